"""Rules on the protocol's options and its abuse: compression, renegotiation, tickets, early data, Heartbleed, broken messages.

Here lives: these rules.  Here does not live: what is broken (``handshakes.anomaly`` names it), old versions (``versions``).
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analyzer import registry
from analyzer.findings.rule import Rule
from analyzer.findings.rules.heartbeats import bleeds
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.order import CHANGE_CIPHER_SPEC
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.findings.frame import Frame, Mask
    from analyzer.handshakes.anomaly import Anomaly
    from analyzer.handshakes.handshake import Handshake, Seen

__all__ = ["RULES"]

DAY, WEEK = 86_400, 604_800
"""Seconds; a week is RFC 8446 section 4.6.1's most for a ticket."""
BROKEN_MESSAGES = frozenset({
    "malformed-message", "malformed-extension", "duplicate-extension", "extension-not-offered", "cipher-suite-not-offered",
    "malformed-alert", "record-overflow", "early-plaintext", "unexpected-message",
})  # fmt: skip
"""Anomalies with which an endpoint breaks the protocol."""
EVASIONS = frozenset({"overlap-conflict", "dropped-segment"})
"""Anomalies with which somebody on the way may deceive a reader."""
_FULL = frozenset({codes.CERTIFICATE, codes.SERVER_KEY_EXCHANGE, codes.SERVER_HELLO_DONE})
"""Messages that only a full handshake has."""


def _old(frame: Frame) -> Mask:
    """Return where TLS 1.2 or older was negotiated."""
    old: Mask = frame.true("answered") & (frame["tls13"] == 0)
    return old


def _has(wanted: frozenset[str]) -> Callable[[tuple[str, ...]], bool]:
    """Return what tells whether one of these kinds is among a handshake's anomalies."""
    return lambda kinds: bool(wanted.intersection(kinds))


def _naming(pattern: str, base: int, name: Callable[[int], str | None]) -> Callable[[str], str]:
    """Return what puts names for the numbers of a pattern: what stands before them, and they themselves."""

    def told(found: re.Match[str]) -> str:
        known = name(int(found[2], base))
        return f"{found[1]}{known}" if known else found[0]

    return partial(re.compile(pattern).sub, told)


_NAMINGS = (
    _naming(r"\b(extension )(\d{1,5})\b", 10, registry.extension_name), _naming(r"\b(type )(\d{1,3})\b", 10, registry.handshake_type_name),
    _naming(r"()\b0x([0-9a-f]{4})\b", 16, registry.cipher_suite_name),
)  # fmt: skip
"""Names for the numbers in the details of anomalies: the rooms below know none."""


def _named(detail: str) -> str:
    for naming in _NAMINGS:
        detail = naming(detail)
    return detail


def _details(wanted: frozenset[str], frame: Frame, at: int) -> str:
    """Tell the first three anomalies of these kinds."""
    handshake: Handshake = frame.things[at]
    odd = [one for one in handshake.anomalies if one.kind in wanted and not _is_early_ccs(one)]
    told = list(dict.fromkeys(f"{one.kind}: {_named(one.detail)}" for one in odd))
    return "; ".join(told[:3]) + (f" and {len(told) - 3} more" if len(told) > 3 else "")


def _who_is_insecure(frame: Frame, at: int) -> str:
    """Tell which side leaves out renegotiation_info; a client may say it by a cipher suite (RFC 5746 section 3.3)."""
    version, offered = frame.cell("version", at), frame.cell("offered", at)
    if offered is None:
        return f"{version}, and the server does not answer with renegotiation_info"
    client = codes.RENEGOTIATION_INFO in offered or codes.EMPTY_RENEGOTIATION_INFO_SCSV in frame.cell("offered_suites", at)
    return f"{version}, and the {'server does not answer with' if client else 'client does not send'} renegotiation_info"


def _is_early_ccs(one: Anomaly) -> bool:
    """Whether this anomaly is a change of ciphers where a full handshake has none (CVE-2014-0224)."""
    late = (f"type {codes.FINISHED}", "type -1")
    return one.kind == "unexpected-message" and one.detail.startswith("type -1 from") and not one.detail.endswith(late)


def _changed_as_usual(messages: list[Seen]) -> bool:
    """Tell quickly whether the first to change is the client, behind its key and the server's whole flight."""
    done = key = False
    for seen in messages:
        code = seen.code
        if code == codes.SERVER_HELLO_DONE:
            done = True
        elif code == codes.CLIENT_KEY_EXCHANGE:
            key = True
        elif code == CHANGE_CIPHER_SPEC:
            return done and key and seen.sender == CLIENT
    return False


def _early_ccs(handshake: Handshake) -> str:
    """Tell who changed ciphers before keys were exchanged, "" where nobody did (CVE-2014-0224).

    Only what one side sent is put in order: across both the capture's order proves little.  A ChangeCipherSpec right after a hello is that
    of an abbreviated handshake (RFC 5246 figure 2), which has none of the messages that exchange keys.
    """
    if not handshake.anomalies and _changed_as_usual(handshake.seen):
        return ""
    early = {str(one.sender) for one in handshake.anomalies if _is_early_ccs(one)}
    if not (handshake.lost or any(one.kind == "gap" for one in handshake.anomalies)):
        before: dict[str, set[int | None]] = {CLIENT: set(), SERVER: set()}
        said: dict[str, set[int | None]] = {CLIENT: set(), SERVER: set()}
        for seen in handshake.seen:
            said[seen.sender].add(seen.code)
            if CHANGE_CIPHER_SPEC not in said[seen.sender]:
                before[seen.sender].add(seen.code)
        key = codes.CLIENT_KEY_EXCHANGE
        if CHANGE_CIPHER_SPEC in said[CLIENT] and key not in before[CLIENT] and _FULL & before[SERVER]:
            early.add(CLIENT)
        if CHANGE_CIPHER_SPEC in said[SERVER] and key in said[CLIENT] and codes.SERVER_HELLO_DONE not in before[SERVER]:
            early.add(SERVER)
    return " and ".join(f"the {sender}" for sender in sorted(early))


def _mask(frame: Frame, tell: Callable[[Handshake], object]) -> Mask:
    """Ask a function of each handshake that has anomalies or heartbeats; all others are whole."""
    odd: Mask = frame.true("heartbeats") | (frame["anomalies"] > 0)
    for at in np.flatnonzero(odd).tolist():
        odd[at] = bool(tell(frame.things[at]))
    return odd


def _changed_early(frame: Frame) -> Mask:
    early = _old(frame)
    for at in np.flatnonzero(early).tolist():
        early[at] = bool(_early_ccs(frame.things[at]))
    return early


RULES: tuple[Rule, ...] = (
    Rule(
        name="compression",
        severity="high",
        title="TLS compression was negotiated",
        subject="handshake",
        scope="handshakes with a ServerHello",
        citation="RFC 9325 section 3.3; RFC 8446 section 4.1.2; CVE-2012-4929 (CRIME)",
        advice="Disable TLS compression on both sides.",
        applies=lambda frame: frame.true("answered"),
        fails=lambda frame: frame.known("compression_method_code"),
        detail="{compression_method} was negotiated",
        evidence=("server_hello",),
    ),
    Rule(
        name="compression-offered",
        severity="low",
        title="The client offers TLS compression",
        subject="handshake",
        scope="handshakes with a ClientHello",
        citation="RFC 9325 section 3.3; CVE-2012-4929 (CRIME)",
        advice="Disable TLS compression in the client.",
        applies=lambda frame: frame.true("asked"),
        needs=("offered_compressions",),
        fails=lambda frame: frame.each("offered_compressions", any),
        detail=lambda frame, at: "offers " + ", ".join(
            registry.compression_method_name(code) or f"method {code}" for code in frame.cell("offered_compressions", at) if code
        ),
        once="client",
        evidence=("client_hello",),
    ),
    Rule(
        name="insecure-renegotiation",
        severity="medium",
        title="Renegotiation is not secured (RFC 5746)",
        subject="handshake",
        scope="handshakes in which TLS 1.2 or older was negotiated",
        citation="RFC 5746 sections 3.4 to 3.7; RFC 9325 section 3.5; CVE-2009-3555",
        advice="Update the side that does not speak RFC 5746; forbid renegotiation until then.",
        applies=_old,
        needs=("secure_renegotiation",),
        fails=lambda frame: frame["secure_renegotiation"] == 0,
        detail=_who_is_insecure,
        evidence=("server_hello",),
    ),
    Rule(
        name="renegotiation",
        severity="info",
        title="A later handshake inside a connection",
        subject="handshake",
        scope="handshakes of TLS 1.2 and older",
        citation="RFC 9325 section 3.5; RFC 8446 section 4.1.2",
        advice="Forbid renegotiation by clients: it costs the server far more than the client.",
        applies=lambda frame: frame["tls13"] != 1,
        fails=lambda frame: frame.true("renegotiation"),
        detail="it renegotiates a connection that was encrypted already",
        evidence=("all",),
    ),
    Rule(
        name="no-extended-master-secret",
        severity="low",
        title="The master secret is not bound to the handshake (no extended_master_secret)",
        subject="handshake",
        scope="handshakes in which TLS 1.2 or older was negotiated",
        citation="RFC 7627 section 5.2; RFC 9325 section 3.5; CVE-2015-6112 (triple handshake)",
        advice="Update the side that does not speak RFC 7627, or use TLS 1.3.",
        applies=_old,
        needs=("extended_master_secret",),
        fails=lambda frame: frame["extended_master_secret"] == 0,
        detail=lambda frame, at: "the server does not take up extended_master_secret" if frame.cell("offers_ems", at)
        else "the client does not offer extended_master_secret" if frame.cell("asked", at) else "extended_master_secret was not agreed on",
        evidence=("client_hello", "server_hello"),
    ),
    Rule(
        name="heartbleed",
        severity="critical",
        title="Heartbleed: a heartbeat that asks for more than it sends",
        subject="handshake",
        scope="connections with heartbeat messages while they were watched",
        citation="RFC 6520 section 4; CVE-2014-0160",
        advice="Update OpenSSL (1.0.1g or later) and replace keys and certificates: the memory of the attacked side is known to the other.",
        applies=lambda frame: frame.true("heartbeats"),
        fails=lambda frame: _mask(frame, bleeds),
        detail=lambda frame, at: bleeds(frame.things[at]),
        evidence=("heartbeat",),
    ),
    Rule(
        name="early-change-cipher-spec",
        severity="high",
        title="ChangeCipherSpec before keys were exchanged",
        subject="handshake",
        scope="handshakes of TLS 1.2 and older, without early data",
        citation="RFC 5246 section 7.1; CVE-2014-0224",
        advice="Update OpenSSL (0.9.8za, 1.0.0m, 1.0.1h or later) on both sides, and find who injected it.",
        applies=lambda frame: _old(frame) & ~frame.true("early_data"),
        fails=_changed_early,
        detail=lambda frame, at: f"ChangeCipherSpec of {_early_ccs(frame.things[at])}",
        evidence=("change_cipher_spec",),
    ),
    Rule(
        name="long-lived-ticket",
        severity="low",
        title="A session ticket that lives longer than seven days",
        subject="handshake",
        scope="handshakes that end with a NewSessionTicket, or do so behind encryption",
        citation="RFC 9325 section 3.4; RFC 8446 section 4.6.1",
        advice="Let tickets live for hours, and change their keys each day: until then who gets such a key reads what it resumed.",
        applies=lambda frame: frame.known("ticket_lifetime") | frame.true("tls13"),
        needs=("ticket_lifetime",),
        fails=lambda frame: frame["ticket_lifetime"] > WEEK,
        detail=lambda frame, at: f"a lifetime of {frame.cell('ticket_lifetime', at) / DAY:,.1f} days",
        evidence=("session_ticket",),
    ),
    Rule(
        name="early-data-accepted",
        severity="low",
        title="0-RTT data was taken: it can be replayed and has no forward secrecy",
        subject="handshake",
        scope="handshakes in which the client offers early data",
        citation="RFC 8446 section 8 and appendix E.5; RFC 9325 section 3.10",
        advice="Take early data only for requests that may be repeated, with a profile of the application (RFC 8470 for HTTP).",
        applies=lambda frame: frame.true("early_data"),
        needs=("early_data_taken",),
        fails=lambda frame: frame.true("early_data_taken"),
        detail="the server takes the early data",
        evidence=("client_hello", "encrypted_extensions"),
    ),
    Rule(
        name="early-data-offered",
        severity="info",
        title="The client sends 0-RTT data",
        subject="handshake",
        scope="handshakes with a ClientHello",
        citation="RFC 8446 section 8 and appendix E.5; RFC 9325 section 3.10",
        advice="See that the application sends early data only in requests that may be repeated.",
        applies=lambda frame: frame.true("asked"),
        fails=lambda frame: frame.true("early_data"),
        detail="the client offers early data",
        evidence=("client_hello",),
    ),
    Rule(
        name="protocol-violation",
        severity="low",
        title="A message breaks the protocol",
        subject="handshake",
        scope="all handshakes",
        citation="RFC 8446 sections 4.2 and 6.2; RFC 5246 section 7.2.2",
        advice="Update the side that sent it; where no stack explains it, take it for an attack or a scanner.",
        fails=lambda frame: _mask(frame, lambda one: any(odd.kind in BROKEN_MESSAGES and not _is_early_ccs(odd) for odd in one.anomalies)),
        detail=lambda frame, at: _details(BROKEN_MESSAGES, frame, at),
    ),
    Rule(
        name="conflicting-segments",
        severity="medium",
        title="Segments that contradict each other: somebody may be deceiving who reads along",
        subject="handshake",
        scope="all handshakes",
        citation="RFC 9293 section 3.10.7.4; RFC 3128",
        advice="Look at the packets' TTL and checksums, and find who sends the other copy.",
        fails=lambda frame: frame.each("anomaly_kinds", _has(EVASIONS)),
        detail=lambda frame, at: _details(EVASIONS, frame, at),
    ),
)  # fmt: skip

ANOMALIES = {
    "protocol-violation": BROKEN_MESSAGES, "conflicting-segments": EVASIONS, "downgrade-sentinel": frozenset({"downgrade-sentinel"}),
}  # fmt: skip
"""Rules whose packets are those of anomalies -> their kinds."""
