"""Network: handshakes that ended without an alert — plaintext, proxies, resets, closes, silence, a capture that is cut.

Here lives: what the close, its sender and the place in the handshake tell.  Here does not live: alerts (``alerts``), what is hidden by
TLS 1.3 (``sealed``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.facts.texts import wire_text
from analyzer.findings.causes import certificates
from analyzer.findings.causes.view import LONGEST, listed, packet_text
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.registry.cipher_suites import cipher_suite
from analyzer.registry.groups import group
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Event
    from analyzer.handshakes.prelude import Prelude

__all__ = ["before_tls", "by_close", "of_quic"]

_FIRST_BYTES: tuple[tuple[bytes, str, str], ...] = (
    (b"HTTP/", "HTTP", "Use http:// for this port, or the port on which the server speaks TLS (443)."),
    (b"<", "HTTP (a page without a header)", "Use http:// for this port, or the port on which the server speaks TLS."),
    (b"SSH-", "SSH", "This is an SSH server: use another port."),
    (b"220", "SMTP or FTP", "Use STARTTLS (AUTH TLS of FTP) on this port, or the port for TLS from the start (465, 990)."),
    (b"5", "a protocol of text lines, such as SMTP", "Use STARTTLS on this port, or the port for TLS from the start."),
    (b"* ", "IMAP", "Use STARTTLS on this port, or port 993 for TLS from the start."),
    (b"+OK", "POP3", "Use STLS on this port, or port 995 for TLS from the start."),
    (b"-ERR", "POP3 or Redis", "Use STLS on this port, or the port for TLS from the start."),
    (b"RFB ", "VNC", "This is a VNC server: use another port."),
    (b"E", "PostgreSQL", "Ask for TLS the way of PostgreSQL first (sslmode=require)."),
)
"""First bytes of an answer -> the protocol, and what to change."""
_PROXIES = {"connect": "HTTP proxy", "socks4": "SOCKS proxy", "socks4a": "SOCKS proxy", "socks5": "SOCKS proxy"}
_STARTTLS = frozenset({"smtp", "lmtp", "imap", "pop3", "ftp", "nntp", "managesieve", "xmpp", "irc", "ldap", "postgresql", "mysql", "rdp", "tds"})
_QUICK = 50_000_000
"""ns: a client that goes so soon did not wait for an answer."""
_BIG = 1200
"""Bytes of a hello with a post-quantum key share, at least."""


# ---- before TLS, or instead of it


def before_tls(view: View) -> Iterator[Candidate]:
    """Plaintext in the server's answer, a refused STARTTLS, a refusing proxy."""
    made = view.handshake
    last = made.preludes[-1] if made.preludes else None
    if last is not None and not view.answered:
        yield from _prelude(view, last)
    if not made.answer or view.answered:
        return
    odd = next((one for one in made.anomalies if one.kind == "not-tls-answer"), None)
    text = wire_text(made.answer)[:LONGEST]
    protocol, advice = next(
        ((name, what) for start, name, what in _FIRST_BYTES if made.answer.startswith(start)),
        ("something that is not TLS", "See which protocol listens on this port, and whether TLS must be asked for first (STARTTLS)."),
    )
    proof = view.proven(f"the server's answer: {text}", odd.packet) if odd else (f"the server's answer: {text}", None)
    yield view.make(96, "plaintext_server", f"The server does not speak TLS on this port: it answered the ClientHello in {protocol}.", advice, proof)


def _prelude(view: View, last: Prelude) -> Iterator[Candidate]:
    proof = [(f"{last.protocol} before TLS: {wire_text(last.answer or last.greeting)[:LONGEST] or '(no text)'}", one) for one in last.packets[-1:]]
    if last.granted is False:
        if last.protocol in _PROXIES:
            yield view.make(
                95, "proxy_refused", f"The {_PROXIES[last.protocol]} refused the connection, and the client began TLS all the same.",
                "Let the proxy allow this target, or give it the credentials that it wants; mend the client, which does not heed the answer.", *proof,
            )  # fmt: skip
        else:
            yield view.make(
                95, "starttls_refused", f"The server refused to change from {last.protocol} to TLS, and the client began TLS all the same.",
                "Enable TLS on the server (certificate, module); mend the client, which does not heed the answer.", *proof,
            )  # fmt: skip
    elif last.protocol in _STARTTLS and not last.requested:
        yield view.make(
            94, "plaintext_server", f"The server speaks {last.protocol} in plaintext on this port, and the client began TLS without asking for it.",
            "Use STARTTLS (or the protocol's own way to ask for TLS) on this port, or the port for TLS from the start.", *proof,
        )  # fmt: skip


# ---- QUIC


_QUIC_ERRORS = (
    ("0x1 ", "internal_error", "failed for a reason of its own"), ("0x2 ", "refused", "refused the connection (it may be overloaded)"),
    ("0xb ", "refused", "did not take the address token"), ("0x10 ", "refused", "found no path that carries QUIC"),
)  # fmt: skip


def of_quic(view: View) -> Iterator[Candidate]:
    """QUIC's own reasons: versions, and errors that are no TLS alerts (RFC 9000 section 20.1)."""
    made = view.handshake
    quic = made.quic
    if quic is None:
        return
    if quic.versions_refused and not view.answered:
        event = next(view.events("version_negotiation"), None)
        servers = listed(registry.quic_version_name(one) for one in quic.versions_refused)
        mine = registry.quic_version_name(quic.first_version or quic.version)
        yield view.make(
            95, "no_shared_quic_version", f"The client speaks {mine}, and the server only {servers}.",
            "Update the older side: QUIC version 1 (RFC 9000) should be known to both.", (f"the client's first packet: {mine}", None),
            (f"Version Negotiation of the server{f' in {packet_text(event.packet)}' if event else ''}: {servers}", event.packet if event else None),
        )  # fmt: skip
    for one in made.anomalies:
        if one.kind != "quic-close":
            continue
        cause, words = next(
            ((word, what) for start, word, what in _QUIC_ERRORS if one.detail.startswith(f"error {start}")),
            ("protocol_violation", "closed because of a fault in what its peer sent"),
        )
        yield view.make(
            88, cause, f"The {one.sender} {words}: {one.detail}.", f"See the log of the {one.sender}; update the other side if it broke QUIC's rules.",
            view.proven(f"CONNECTION_CLOSE, {one.detail},", one.packet),
        )  # fmt: skip


# ---- the close


def by_close(view: View) -> Iterator[Candidate]:
    """Rank what the end of the connection tells where no alert does."""
    made = view.handshake
    if made.outcome == "one_sided":
        yield view.make(
            70, "one_direction", "Only one direction is in the capture; what it shows got as far as encrypted data, so nothing says that it failed.",
            "Record where both directions pass.", (f"no packet of the {_unheard(view)}", None),
        )  # fmt: skip
        return
    canceled = view.warned(codes.USER_CANCELED, CLIENT) or view.warned(codes.USER_CANCELED, SERVER)
    if canceled is not None:
        yield view.make(
            85, "user_canceled", f"The {canceled.sender} canceled the handshake.", f"Ask who uses the {canceled.sender}.", view.alert_proof(canceled)
        )
    if made.client_hello is None or any(made.lost.values()):
        yield _cut(view, 80)
    elif not view.answered:
        yield from _unanswered(view)
    elif made.closed is None:
        yield _cut(view, 60)
    elif made.closed_by == CLIENT:
        yield from _client_left(view)
    else:
        yield from _server_left(view)


def _unheard(view: View) -> str:
    return CLIENT if all(seen.sender == SERVER for seen in view.handshake.seen) else SERVER


def _closing(view: View) -> Event | None:
    """Return the event that closed the connection."""
    made = view.handshake
    return next(view.events("fin", "rst", "connection_close", sender=made.closed_by), None)


_HOW = {"fin": "FIN", "rst": "RST", "close_notify": "close_notify", "connection_close": "CONNECTION_CLOSE"}


def _close_proof(view: View) -> list[tuple[str, int | None]]:
    made, event = view.handshake, _closing(view)
    how = f"{_HOW.get(made.closed or '', 'the close')} from the {made.closed_by}"
    return [view.proven(how, event.packet)] if event else [(how, None)]


def _hello_proof(view: View) -> tuple[str, int | None]:
    seen = view.hello_seen
    if seen is None:
        return "the ClientHello", None
    if seen.packet != seen.last_packet:
        return f"a ClientHello of {seen.length + 4} bytes in packets {packet_text(seen.packet)[7:]} to {packet_text(seen.last_packet)[7:]}", seen.last_packet
    return f"a ClientHello of {seen.length + 4} bytes in {packet_text(seen.packet)}", seen.packet


def _post_quantum(view: View) -> bool:
    return any(known is not None and known.post_quantum for known in map(group, view.groups))


def _unanswered(view: View) -> Iterator[Candidate]:
    """No message of the server."""
    made, seen = view.handshake, view.hello_seen
    split = seen is not None and seen.packet != seen.last_packet
    hello = _hello_proof(view)
    large = " with a post-quantum key share" if split and _post_quantum(view) else ""
    mtu = (
        "See whether a middlebox or server in between reads only the first packet of a ClientHello (tldr.fail): update it; as a test let the client "
        "offer no post-quantum group, so that its hello fits into one packet."
    )
    if made.closed_by == SERVER and made.closed in {"rst", "fin", "close_notify", "connection_close"}:
        proof = [hello, *_close_proof(view)]
        how = "reset" if made.closed == "rst" else "closed"
        if split:
            yield view.make(
                70 if made.closed == "rst" else 62, "reset_after_split_hello",
                f"The connection was {how} after a ClientHello{large} that needs more than one packet.", mtu, *proof,
            )  # fmt: skip
        word = "reset_after_hello" if made.closed == "rst" else "closed_after_hello"
        yield view.make(
            66 if made.closed == "rst" else 68, word, f"The {'server, or something in between,' if how == 'reset' else 'server'} {how} the connection "
            f"right after the ClientHello for {view.server_text}.",
            "See whether the server speaks TLS on this port and for this name, and whether a firewall forbids name or client; its log may say more.", *proof,
        )  # fmt: skip
        if view.name is None:
            yield view.make(30, "name_missing", "The client named no server (SNI); some servers close then.", "Let the client send a server name.", hello)
        if view.newest >= codes.TLS13 and len(view.versions) == 1:
            yield view.make(28, "no_shared_version", f"The client offers {view.versions_text}; old servers close instead of sending an alert.",
                            "Let the client offer TLS 1.2 too, or update the server.", hello)  # fmt: skip
        return
    gone = _closing(view) if made.closed_by == CLIENT else None
    waited = f" for {(gone.time - seen.time) / 1e9:.3g} s" if gone is not None and seen is not None and gone.time >= seen.time else ""
    proof = [hello, *(_close_proof(view) if made.closed_by == CLIENT else [])]
    heard = made.transport != "tcp" or any(True for _ in view.events("syn_ack", "fin", "rst", sender=SERVER))
    advice = "See whether the server runs and whether a firewall drops the packets; record near the server to learn whether the hello arrives."
    if gone is not None and seen is not None and gone.time - seen.time < _QUICK:
        yield view.make(62, "closed_by_client", f"The client closed the connection{waited and ' after' + waited[4:]}, before the server had answered.",
                        "Ask the client's log; a client that tries several connections at once closes those that it does not need.", *proof)  # fmt: skip
    if split and large and seen is not None and seen.length > _BIG:
        yield view.make(64 if made.closed_by == CLIENT else 56, "silence_after_split_hello", f"Nobody answered a ClientHello{large} that needs more than "
                        f"one packet{waited and ', and the client gave up after' + waited[4:]}.", mtu, *proof)  # fmt: skip
    rank = 61 if made.closed_by == CLIENT else 55 if heard else 45
    yield view.make(rank, "no_answer", f"The server did not answer the ClientHello for {view.server_text}"
                    f"{', and the client gave up after' + waited[4:] if waited else ''}.", advice, *proof)  # fmt: skip
    if made.closed is None:
        if made.transport == "tcp" and not heard:
            yield view.make(
                54, "one_direction", "Only the client's direction is in the capture: the server may have answered.",
                "Record where both directions pass.", hello, ("no packet of the server", None),
            )  # fmt: skip
        else:
            yield view.make(
                40, "cut_capture", "The capture may end before the server's answer.", "Record longer.", hello, ("no sign of a close", None)
            )


def _cut(view: View, rank: int) -> Candidate:
    """The capture lacks the rest."""
    made = view.handshake
    gaps = [one for one in made.anomalies if one.kind == "gap"]
    last = made.seen[-1] if made.seen else None
    if any(made.lost.values()) or gaps:
        what = " and ".join(f"{count} bytes of the {side}" for side, count in sorted(made.lost.items()) if count) or "messages"
        proof = [view.proven(one.detail, one.packet) for one in gaps[:3]]
        return view.make(
            rank, "cut_capture", f"The capture lacks {what} in the middle of the handshake: how it went on is not known.",
            "Record whole packets (snap length 0) without drops, and from the start of the connection on.", *proof,
        )  # fmt: skip
    if last is None:
        return view.make(rank, "cut_capture", "The capture holds no message of the handshake.", "Record the start of the connection.")
    name = registry.handshake_type_name(last.code) if last.code is not None else last.guess or "encrypted message"
    return view.make(
        rank, "cut_capture", f"The capture ends, or nobody went on, after the {last.sender}'s {name} in {packet_text(last.last_packet)}; nothing closed the connection.",
        "Record longer; where that is no help, see whether the path carries large packets (MTU).", view.proven(f"the last message, {name},", last.last_packet),
    )  # fmt: skip


def _client_left(view: View) -> Iterator[Candidate]:
    """The client closed in the middle."""
    proof = _close_proof(view)
    if not view.client_went_on():
        for rank, cause in certificates.of_server(view, None, bare=True):
            yield view.make(rank, cause.cause, cause.sentence, cause.advice, *zip(cause.proof, _padded(cause.packets, len(cause.proof)), strict=True), *proof)
        warned = view.warned(112, SERVER)
        if warned is not None:
            yield view.make(58, "name_not_served", f"The server warned that it does not know the name {view.name}, and the client left.",
                            "Ask for a name that the server serves.", view.alert_proof(warned), *proof)  # fmt: skip
    where = "after it had answered the server's flight" if view.client_went_on() else "after the server's answer"
    yield view.make(
        52, "closed_by_client", f"The client closed the connection {where} and did not say why.",
        "See the client's log: a scanner has what it wants, a browser or application may not like the certificate, a user may have left.", *proof,
    )  # fmt: skip


def _padded(packets: tuple[int, ...], size: int) -> list[int | None]:
    return [*packets, *[None] * size][:size]


def _server_left(view: View) -> Iterator[Candidate]:
    """The server closed in the middle."""
    proof = _close_proof(view)
    if view.client_went_on():
        yield from certificates.of_client(view, None)
        suite = cipher_suite(view.handshake.cipher_suite) if view.handshake.cipher_suite is not None else None
        if suite is not None and "PSK" in (suite.key_exchange or ""):
            yield view.make(60, "wrong_psk", "The server closed after the client's pre-shared key: it does not know the identity, or has another key.",
                            "Compare identity and key on both sides.", *proof)  # fmt: skip
    where = "after the client's answer" if view.client_went_on() else "in the middle of its own flight"
    yield view.make(
        54, "closed_by_server", f"The server closed the connection {where} and did not say why.",
        "See the server's log; it may refuse a certificate, or have failed.", *proof,
    )  # fmt: skip
