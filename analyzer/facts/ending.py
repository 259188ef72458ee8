"""The handshakes table's columns about how it ended: outcome, alert, close, what was lost, and the packets that prove it.

Here lives: these columns and their cells.  Here does not live: the decision on the outcome (``handshakes.conversation``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.capture.block import SOURCE_SHIFT
from analyzer.facts.table import Column
from analyzer.facts.texts import source_text
from analyzer.handshakes.handshake import OUTCOMES, SERVER
from analyzer.tls.codes import CLOSE_NOTIFY, FATAL, NO_RENEGOTIATION, USER_CANCELED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.facts.story import Story
    from analyzer.facts.table import Row
    from analyzer.handshakes.handshake import Alert, Handshake

__all__ = ["COLUMNS", "cells"]

COLUMNS = (
    Column("outcome", "text", "; ".join(f"{outcome}: {meaning}" for outcome, meaning in OUTCOMES.items()) + "."),
    Column("alert", "text", "Name of the alert that failed the handshake; encrypted where it cannot be read."),
    Column("alert_code", "int", "Number of alert."),
    Column("alert_sender", "text", "client or server."),
    Column("closed", "text", "close_notify, fin, rst, connection_close (QUIC): how it was closed first; null where no close was seen."),
    Column("closed_by", "text", "client or server."),
    Column("renegotiation", "flag", "A later handshake inside a connection that was already encrypted."),
    Column("client_known", "flag", "False where neither SYN nor hello tells the sides apart and their ports decided."),
    Column("server_flight_bytes", "int", "Bytes of the server's messages from its ServerHello on, before the client's next."),
    Column("lost_bytes", "int", "Bytes that are missing in the streams of both sides."),
    Column("anomalies", "int", "Rows of this handshake in the anomalies table."),
    Column("packets", "ints", "Numbers of its packets in their own file, from 1 as Wireshark counts."),
    Column("packet_sources", "texts", "File of each of packets; null where all are of source."),
)
"""The columns, in the order of ``cells``."""

HARMLESS = frozenset({CLOSE_NOTIFY, USER_CANCELED, NO_RENEGOTIATION})
"""Alerts that do not fail a handshake whatever their level (RFC 8446 section 6)."""
NUMBER = (1 << SOURCE_SHIFT) - 1


def fatal_alert(handshake: Handshake) -> Alert | None:
    """Return the alert that failed a handshake: the first fatal one, else the first that fails it by its meaning, else an encrypted one."""
    if handshake.outcome != "failed":
        return None
    alerts = handshake.alerts
    for alert in alerts:
        if alert.level == FATAL:
            return alert
    for alert in alerts:
        if alert.description is not None and alert.description not in HARMLESS:
            return alert
    return next((alert for alert in alerts if alert.description is None), None)


def server_flight(story: Story) -> int | None:
    """Sum the server's messages from its ServerHello to the client's next message; None where there is no ServerHello."""
    handshake = story.handshake
    total = None
    for seen in handshake.seen:
        if total is None:
            if seen.message is handshake.server_hello and seen.message is not None:
                total = seen.length
        elif seen.sender == SERVER:
            total += seen.length
        else:
            break
    return total


def cells(story: Story, source: str | None, sources: Sequence[str]) -> Row:
    """Cells of one handshake, in the order of COLUMNS; ``source`` is what the column of that name says."""
    handshake = story.handshake
    alert = fatal_alert(handshake)
    code = alert.description if alert else None
    packets = handshake.packets
    files: list[str | None] | None = None
    if packets and min(packets) >> SOURCE_SHIFT != max(packets) >> SOURCE_SHIFT:
        files = [source_text(packet, sources) or source for packet in packets]
    return (
        handshake.outcome,
        None if alert is None else "encrypted" if code is None else registry.alert_name(code),
        code,
        alert.sender if alert else None,
        handshake.closed,
        handshake.closed_by,
        handshake.renegotiation,
        handshake.client_known,
        server_flight(story),
        sum(handshake.lost.values()) if handshake.lost else 0,
        len(handshake.anomalies),
        [packet & NUMBER for packet in packets],
        files,
    )
