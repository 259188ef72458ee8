"""Policies as data: what somebody demands of TLS, in TOML, and whether handshakes meet it.

``load`` takes names of the policies that stand here, or paths of files; ``judge`` asks one of whole frames; ``rows`` and ``Tally`` tell it.
"""

from analyzer.findings.policies.files import builtin, load
from analyzer.findings.policies.observed import Observed
from analyzer.findings.policies.policy import COLUMNS, VERDICTS, Judgement, Policy, findings, judge, rows
from analyzer.findings.policies.tally import SUMS, Tally

__all__ = [
    "COLUMNS", "SUMS", "VERDICTS", "Judgement", "Observed", "Policy", "Tally", "builtin", "findings", "judge", "load", "rows",
]  # fmt: skip
