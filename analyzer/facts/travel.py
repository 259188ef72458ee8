"""The handshakes table's columns about how it travelled: tunnels, proxies, what QUIC and connection ids say.

Here lives: these columns and their cells.  Here does not live: the preludes one by one (``preludes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.facts.table import Column
from analyzer.facts.texts import address_text, wire_text

if TYPE_CHECKING:
    from analyzer.facts.table import Row
    from analyzer.handshakes.handshake import Handshake
    from analyzer.packets.carriage import Layer

__all__ = ["COLUMNS", "carriage_text", "cells"]

COLUMNS = (
    Column("carriage", "text", "What its first packet travelled in, outermost first: vlan 5, gre, vxlan 77 …; null for IP on the link."),
    Column("outer_client", "texts", "IP addresses of the tunnels' ends on the client's side, outermost first."),
    Column("outer_server", "texts", "IP addresses of the tunnels' ends on the server's side, outermost first."),
    Column("target", "text", "Host name or IP address that the client asked a proxy for (or that a PROXY header names)."),
    Column("target_port", "int", "Port that goes with it."),
    Column("origin", "text", "IP address of the real client that a PROXY header names."),
    Column("origin_port", "int", "Port of the real client."),
    Column("answer", "text", "First bytes of what the server said to the ClientHello where that was not TLS; bytes above 127 as \\xNN."),
    Column("quic_version", "text", "Version of QUIC that carried the handshake (RFC 9000 section 15)."),
    Column("quic_version_code", "int", "Number of quic_version."),
    Column("quic_first_version", "text", "Version that the client tried first, where it was another."),
    Column("quic_retry", "flag", "The server sent a Retry (RFC 9000 section 8.1); null where it is not QUIC."),
    Column("quic_versions", "texts", "Versions that a Version Negotiation packet named."),
    Column("quic_zero_rtt", "int", "0-RTT packets seen."),
    Column("paths", "int", "Pairs of addresses and ports that the connection used while it was watched; null where it is not QUIC."),
    Column("client_connection_id", "text", "Connection id that the client asked its peer to use (QUIC, DTLS), hex."),
    Column("server_connection_id", "text", "Connection id that the server asked its peer to use, hex."),
)
"""The columns, in the order of ``cells``."""

NOTHING: Row = (None,) * len(COLUMNS)


def carriage_text(layers: tuple[Layer, ...]) -> str | None:
    """Tell a carriage in words, outermost layer first."""
    return ", ".join(layer.name if layer.id is None else f"{layer.name} {layer.id}" for layer in layers) or None


def _ends(layers: tuple[Layer, ...], *, sources: bool) -> list[str] | None:
    found = [layer.source if sources else layer.target for layer in layers]
    return [address_text(one) for one in found if one is not None] or None


def _quic(handshake: Handshake) -> Row:
    told = handshake.quic
    if told is None:
        return (None,) * 7
    first = told.first_version
    return (
        registry.quic_version_name(told.version),
        told.version,
        None if first is None or first == told.version else registry.quic_version_name(first),
        told.retried,
        [registry.quic_version_name(version) for version in told.versions_refused] or None,
        told.zero_rtt,
        told.paths,
    )


def cells(handshake: Handshake) -> Row:
    """Cells of one handshake, in the order of COLUMNS."""
    if not (handshake.carriage or handshake.preludes or handshake.answer or handshake.quic or handshake.connection_ids):
        return NOTHING
    layers, ids = handshake.carriage, handshake.connection_ids
    target = next((one.target for one in reversed(handshake.preludes) if one.target is not None), None)
    origin = next((one.origin for one in handshake.preludes if one.origin is not None), None)
    return (
        carriage_text(layers),
        _ends(layers, sources=handshake.outbound),
        _ends(layers, sources=not handshake.outbound),
        None if target is None else wire_text(target.name) if target.name else address_text(target.address) if target.address else None,
        None if target is None else target.port,
        None if origin is None else address_text(origin.address),
        None if origin is None else origin.port,
        wire_text(handshake.answer) or None,
        *_quic(handshake),
        ids["client"].hex() if "client" in ids else None,
        ids["server"].hex() if "server" in ids else None,
    )
