"""Made-up findings that are told with whatever is told next, as a live run tells them."""

from __future__ import annotations

from analyzer.findings.finding import row as finding_row
from analyzer.reports.report import Told


class Finds(Told):
    """Tells made-up findings beside real rows."""

    found = ()

    def rows(self, table):
        return [finding_row(one, ["a.pcap"]) for one in self.found] if table == "findings" else super().rows(table)

    def give(self, report, one=None, *found):
        """Tell a report one handshake, or at a pulse none, and what was found meanwhile."""
        if one is None:
            self.pulse()
        else:
            self.take(one)
        self.found = found
        report.add(self)
