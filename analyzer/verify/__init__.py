"""verify: Wireshark's dissector as a second opinion on a capture, message by message and field by field.

>>> from analyzer.verify import verify
>>> verdict = verify("samples/tour.pcapng")  # doctest: +SKIP
>>> verdict.counts                           # doctest: +SKIP
"""

from analyzer.verify.fact import FIELDS
from analyzer.verify.verdict import Verdict, told, verify
from analyzer.verify.wireshark import WiresharkMissingError, find

__all__ = ["FIELDS", "Verdict", "WiresharkMissingError", "find", "told", "verify"]
