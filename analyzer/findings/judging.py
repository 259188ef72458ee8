"""Judging: by which trust store, at which time and by which policies is judged — what a person may choose.

Here lives: the choice and what it comes to.  Here does not live: how anything is judged (``judge``), options of a command line (``cli``).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from analyzer.errors import JudgingError

if TYPE_CHECKING:
    from analyzer.findings.policies import Policy
    from analyzer.x509.trust import Judge

__all__ = ["Judging", "moment_of"]

_SECOND = 1_000_000_000


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """What findings rest on.  Nothing is opened before it is needed."""

    trust_store: tuple[str, ...] = ()
    """Trust stores: certifi (when empty), system, none, a file or a folder; several are joined."""
    trust_ca: tuple[str, ...] = ()
    """Names of CAs that are trusted too where their root stands in the capture: a lab's or a company's own."""
    at: int | None = None
    """Time that certificates are judged for, ns since 1970 UTC; None: that of the packet."""
    policies: tuple[str, ...] = ()
    """Policies to judge by: names of built-in ones, or files."""

    def judge(self) -> Judge:
        """Open the trust store; return who judges chains by it, with its own memory of intermediates.  Raises TrustStoreError."""
        from analyzer.x509.trust import Judge, open_store  # noqa: PLC0415 - only who judges pays for it

        return Judge(open_store(self.trust_store), named_cas=self.trust_ca)

    def load_policies(self) -> tuple[Policy, ...]:
        """Read the policies; raises PolicyError."""
        from analyzer.findings.policies import load  # noqa: PLC0415 - only who judges pays for it

        return load(self.policies)

    def moment(self, packet: int) -> int:
        """Return the time to judge for, where the packet's own is ``packet``."""
        return packet if self.at is None else self.at


def moment_of(text: str) -> int | None:
    """Return what ``--at`` means: None for "capture", now, or an ISO 8601 date or time (UTC without a zone); raises JudgingError."""
    if text == "capture":
        return None
    if text == "now":
        return time.time_ns()
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise JudgingError(f"{text!r} is neither capture, now, nor a date such as 2026-03-15 or 2026-03-15T12:00:00Z") from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return int((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * _SECOND
