"""QUIC: versions that nobody shares, and closes by errors that are no TLS alerts (RFC 9000 section 20.1).

Here lives: these two.  Here does not live: alerts in CONNECTION_CLOSE (``alerts``), what is hidden (``sealed``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.causes.view import listed, packet_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View

__all__ = ["of_quic"]

_QUIC_ERRORS = (
    ("0x1 ", "internal_error", "failed for a reason of its own"),
    ("0x2 ", "refused", "refused the connection (it may be overloaded)"),
    ("0xb ", "refused", "did not take the address token"),
    ("0x10 ", "refused", "found no path that carries QUIC"),
)


def of_quic(view: View) -> Iterator[Candidate]:
    """QUIC's own reasons: versions, and errors that are no TLS alerts (RFC 9000 section 20.1)."""
    made = view.handshake
    quic = made.quic
    if quic is None:
        return
    if quic.versions_refused and not view.answered:
        event = next(view.events("version_negotiation"), None)
        servers = listed(registry.quic_version_name(one) for one in quic.versions_refused)
        number = quic.first_version or quic.version
        name = registry.quic_version_name(number)
        mine = f"0x{number:08x}, a version made to be refused (RFC 9000 section 15)," if name == "GREASE" else name
        yield view.make(
            95,
            "no_shared_quic_version",
            f"The client speaks {mine}, and the server only {servers}.",
            "Update the older side: QUIC version 1 (RFC 9000) should be known to both.",
            (f"the client's first packet: {mine}", None),
            (
                f"Version Negotiation of the server{f' in {packet_text(event.packet)}' if event else ''}: {servers}",
                event.packet if event else None,
            ),
        )
    for one in made.anomalies:
        if one.kind != "quic-close":
            continue
        cause, words = next(
            ((word, what) for start, word, what in _QUIC_ERRORS if one.detail.startswith(f"error {start}")),
            ("protocol_violation", "closed because of a fault in what its peer sent"),
        )
        yield view.make(
            88,
            cause,
            f"The {one.sender} {words}: {one.detail}.",
            f"See the log of the {one.sender}; update the other side if it broke QUIC's rules.",
            view.proven(f"CONNECTION_CLOSE, {one.detail},", one.packet),
        )
