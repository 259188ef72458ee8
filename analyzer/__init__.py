"""tlsscan: TLS handshakes out of network captures.

>>> import analyzer
>>> found = analyzer.scan("samples/tour.pcapng")
>>> found.handshakes          # a DataFrame; also messages, offers, extensions, certificates, chains, alerts, anomalies
>>> found.handshake(1).seen   # the messages of one handshake as objects
>>> analyzer.watch("eth0", duration=60).scan()   # the same of what passes on an interface in a minute

Here lives: the names that people import, each loaded when it is asked for.  Here does not live: any work (``scanning``).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analyzer.scanning import Scan, Stream, scan, stream
    from analyzer.watching import Watch, watch

__all__ = ["Scan", "Stream", "Watch", "scan", "stream", "watch"]


def __getattr__(name: str) -> Any:
    """Load the library face when one of its names is asked for, so that ``import analyzer`` costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'analyzer' has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - see above

    return getattr(importlib.import_module("analyzer.watching" if name.lower() == "watch" else "analyzer.scanning"), name)
