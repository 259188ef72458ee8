"""What was seen, as tables: handshakes in, rows out; ``frames.frame`` makes DataFrames of them.

Here lives: the list of the tables.  Here does not live: why any of it matters (``findings``), output formats (``reports``).
No import of this room loads pandas.
"""

from analyzer.facts.alerts import TABLE as ALERTS
from analyzer.facts.anomalies import TABLE as ANOMALIES
from analyzer.facts.certificates import TABLE as CERTIFICATES
from analyzer.facts.chains import TABLE as CHAINS
from analyzer.facts.extensions import TABLE as EXTENSIONS
from analyzer.facts.handshakes import TABLE as HANDSHAKES
from analyzer.facts.messages import TABLE as MESSAGES
from analyzer.facts.offers import TABLE as OFFERS
from analyzer.facts.preludes import TABLE as PRELUDES
from analyzer.facts.table import Book, Column, Table

__all__ = ["TABLES", "Book", "Column", "Table"]

TABLES: dict[str, Table] = {
    "handshakes": HANDSHAKES,
    "messages": MESSAGES,
    "offers": OFFERS,
    "extensions": EXTENSIONS,
    "certificates": CERTIFICATES,
    "chains": CHAINS,
    "alerts": ALERTS,
    "anomalies": ANOMALIES,
    "preludes": PRELUDES,
}
"""Name -> table, in the order in which people read them."""
