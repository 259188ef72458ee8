"""Post-quantum readiness: who offers it, who accepts it, who forces a classical key exchange.

``Readiness`` takes frames of handshakes and gives the rows of its table; ``lines`` says the sum in words.
"""

from analyzer.findings.readiness.counting import COLUMNS, Readiness
from analyzer.findings.readiness.telling import lines

__all__ = ["COLUMNS", "Readiness", "lines"]
