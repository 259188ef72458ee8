"""Trust: whether a chain of certificates leads to somebody whom one trusts, at a given time, and what vouches for it.

Here lives: the room's face.  Here does not live: what stands in a certificate (``x509``), whether it matters (``findings``).
"""

from analyzer.x509.trust.hostnames import NameMatch, match
from analyzer.x509.trust.judge import Judge
from analyzer.x509.trust.revocation import ResponseCheck, check_response
from analyzer.x509.trust.store import Root, TrustStore, open_store
from analyzer.x509.trust.timestamps import TimestampCheck, check_timestamps
from analyzer.x509.trust.verdicts import VERDICTS, ChainVerdict, Edge, Fault, SentOrder

__all__ = [
    "VERDICTS", "ChainVerdict", "Edge", "Fault", "Judge", "NameMatch", "ResponseCheck", "Root", "SentOrder", "TimestampCheck", "TrustStore",
    "check_response", "check_timestamps", "match", "open_store",
]  # fmt: skip
