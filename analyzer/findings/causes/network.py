"""Network: handshakes that ended without an alert — resets, closes, silence, a capture that is cut.

Here lives: what the close, its sender and the place in the handshake tell.  Here does not live: alerts (``alerts``), what is hidden by
TLS 1.3 (``sealed``), plaintext (``plaintext``), QUIC's own errors (``quic``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.causes import certificates
from analyzer.findings.causes.view import packet_text
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.registry.cipher_suites import cipher_suite
from analyzer.registry.groups import group
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Alert, Event, Seen

__all__ = ["by_close"]

_QUICK = 50_000_000
"""ns: a client that goes so soon did not wait for an answer."""
_SLOW = 1.0
"""s: a server that closes so late did not refuse the hello at once."""
_BIG = 1200
"""Bytes of a hello with a post-quantum key share, at least."""


def by_close(view: View) -> Iterator[Candidate]:
    """Rank what the end of the connection tells where no alert does."""
    made = view.handshake
    if made.outcome == "one_sided":
        yield view.make(
            70,
            "one_direction",
            "Only one direction is in the capture; what it shows got as far as encrypted data, so nothing says that it failed.",
            "Record where both directions pass.",
            (f"no packet of the {_unheard(view)}", None),
        )
        return
    canceled = view.warned(codes.USER_CANCELED, CLIENT) or view.warned(codes.USER_CANCELED, SERVER)
    if canceled is not None:
        yield view.make(
            85,
            "user_canceled",
            f"The {canceled.sender} canceled the handshake.",
            f"Ask who uses the {canceled.sender}.",
            view.alert_proof(canceled),
        )
    if made.client_hello is None and not any(made.lost.values()) and made.seen and all(seen.sender == SERVER for seen in made.seen):
        yield view.make(
            70,
            "one_direction",
            f"Only the server's direction is in the capture, up to its {_name(made.seen[-1])}.",
            "Record where both directions pass.",
            ("no packet of the client", None),
            view.proven("the last message", made.seen[-1].last_packet),
        )
    elif made.client_hello is None or any(made.lost.values()):
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


def _closing(view: View) -> Event | Alert | None:
    """Return what closed the connection; an alert of a client that nobody answered is its giving up."""
    made = view.handshake
    if made.closed_by is None and view.alert is not None and view.alert.sender == CLIENT:
        return view.alert
    return next(view.events("fin", "rst", "connection_close", sender=made.closed_by), None) if made.closed_by else None


_HOW = {"fin": "FIN", "rst": "RST", "close_notify": "close_notify", "connection_close": "CONNECTION_CLOSE"}


def _close_proof(view: View) -> list[tuple[str, int | None]]:
    made, event = view.handshake, _closing(view)
    if event is view.alert and view.alert is not None:
        return [view.alert_proof(view.alert)]
    how = f"{_HOW.get(made.closed or '', 'the close')} from the {made.closed_by}"
    return [view.proven(how, event.packet)] if event else [(how, None)]


def _hello_proof(view: View) -> tuple[str, int | None]:
    seen = view.hello_seen
    if seen is None:
        return "the ClientHello", None
    if seen.packet != seen.last_packet:
        return (
            f"a ClientHello of {seen.length + 4} bytes in packets {packet_text(seen.packet)[7:]} to {packet_text(seen.last_packet)[7:]}",
            seen.last_packet,
        )
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
        "See whether a middlebox or server in between reads only the first packet of a ClientHello (tldr.fail): update it; as a test "
        "let the client "
        "offer no post-quantum group, so that its hello fits into one packet."
    )
    if made.closed_by == SERVER and made.closed in {"rst", "fin", "close_notify", "connection_close"}:
        proof = [hello, *_close_proof(view)]
        how = "reset" if made.closed == "rst" else "closed"
        if split:
            yield view.make(
                70 if made.closed == "rst" else 62,
                "reset_after_split_hello",
                f"The connection was {how} after a ClientHello{large} that needs more than one packet.",
                mtu,
                *proof,
            )
        word = "reset_after_hello" if made.closed == "rst" else "closed_after_hello"
        end = _closing(view)
        after = (end.time - seen.time) / 1e9 if end is not None and seen is not None else 0.0
        moment = f"{after:.3g} s after" if after >= _SLOW else "right after"
        yield view.make(
            66 if made.closed == "rst" else 68,
            word,
            f"The {'server, or something in between,' if how == 'reset' else 'server'} {how} the connection "
            f"{moment} the ClientHello for {view.server_text}.",
            "See whether the server speaks TLS on this port and for this name, and whether a firewall forbids name or client; its log "
            "may say more.",
            *proof,
        )
        if view.name is None:
            yield view.make(
                30,
                "name_missing",
                "The client named no server (SNI); some servers close then.",
                "Let the client send a server name.",
                hello,
            )
        if view.newest >= codes.TLS13 and len(view.versions) == 1:
            yield view.make(
                28,
                "no_shared_version",
                f"The client offers {view.versions_text}; old servers close instead of sending an alert.",
                "Let the client offer TLS 1.2 too, or update the server.",
                hello,
            )
        return
    gone = _closing(view) if made.closed_by != SERVER else None
    waited = f" for {(gone.time - seen.time) / 1e9:.3g} s" if gone is not None and seen is not None and gone.time >= seen.time else ""
    proof = [hello, *(_close_proof(view) if gone is not None else [])]
    heard = made.transport != "tcp" or any(True for _ in view.events("syn_ack", "fin", "rst", sender=SERVER))
    advice = (
        "See whether the server runs and whether a firewall drops the packets; record near the server to learn whether the hello arrives."
    )
    if gone is not None and seen is not None and gone.time - seen.time < _QUICK:
        yield view.make(
            62,
            "closed_by_client",
            f"The client closed the connection{waited and ' after' + waited[4:]}, before the server had answered.",
            "Ask the client's log; a client that tries several connections at once closes those that it does not need.",
            *proof,
        )
    if split and large and seen is not None and seen.length > _BIG:
        yield view.make(
            64 if gone is not None else 56 if made.transport == "tcp" else 40,
            "silence_after_split_hello",
            f"Nobody answered a ClientHello{large} that needs more than "
            f"one packet{waited and ', and the client gave up after' + waited[4:]}.",
            mtu,
            *proof,
        )
    rank = 61 if gone is not None else 55 if heard else 45
    asked = view.told(SERVER, codes.HELLO_VERIFY_REQUEST)
    if asked is not None:
        proof.append(view.proven("HelloVerifyRequest of the server", asked.last_packet))
    yield view.make(
        rank,
        "no_answer",
        f"The server did not answer the {'ClientHello with its cookie' if asked else 'ClientHello'} for {view.server_text}"
        f"{', and the client gave up after' + waited[4:] if waited else ''}.",
        advice,
        *proof,
    )
    if gone is None:
        if not any(one.sender == SERVER for one in made.events):
            yield view.make(
                54 if made.transport == "tcp" else 50,
                "one_direction",
                "Only the client's direction is in the capture: the server may have answered.",
                "Record where both directions pass.",
                hello,
                ("no packet of the server", None),
            )
        else:
            yield view.make(
                40, "cut_capture", "The capture may end before the server's answer.", "Record longer.", hello, ("no sign of a close", None)
            )


def _name(seen: Seen) -> str:
    if seen.code is None:
        return seen.guess or "encrypted message"
    return registry.handshake_type_name(seen.code) or f"message of type {seen.code}"


def _cut(view: View, rank: int) -> Candidate:
    """The capture lacks the rest."""
    made = view.handshake
    gaps = [one for one in made.anomalies if one.kind == "gap"]
    last = made.seen[-1] if made.seen else None
    if any(made.lost.values()) or gaps:
        what = " and ".join(f"{count} bytes of the {side}" for side, count in sorted(made.lost.items()) if count) or "messages"
        proof = [view.proven(one.detail, one.packet) for one in gaps[:3]]
        return view.make(
            rank,
            "cut_capture",
            f"The capture lacks {what} in the middle of the handshake: how it went on is not known.",
            "Record whole packets (snap length 0) without drops, and from the start of the connection on.",
            *proof,
        )
    if last is None:
        return view.make(rank, "cut_capture", "The capture holds no message of the handshake.", "Record the start of the connection.")
    name = _name(last)
    return view.make(
        rank,
        "cut_capture",
        f"The capture ends, or nobody went on, after the {last.sender}'s {name} in {packet_text(last.last_packet)}; nothing closed the "
        "connection.",
        "Record longer; where that is no help, see whether the path carries large packets (MTU).",
        view.proven(f"the last message, {name},", last.last_packet),
    )


def _client_left(view: View) -> Iterator[Candidate]:
    """The client closed in the middle."""
    proof = _close_proof(view)
    gone = _closing(view)
    first = next((seen for seen in view.handshake.seen if seen.sender == SERVER), None)
    if gone is not None and first is not None and gone.time < first.time and view.handshake.closed != "close_notify":
        yield view.make(
            70,
            "closed_by_client",
            "The client closed the connection before the server's answer came.",
            "Ask the client's log; a client that tries several connections at once closes those that it does not need.",
            *proof,
            view.proven("the server's first message", first.packet),
        )
        return
    if not view.client_went_on():
        for rank, cause in certificates.of_server(view, None, bare=True):
            yield view.make(
                rank,
                cause.cause,
                cause.sentence,
                cause.advice,
                *zip(cause.proof, _padded(cause.packets, len(cause.proof)), strict=True),
                *proof,
            )
        warned = view.warned(112, SERVER)
        if warned is not None:
            yield view.make(
                58,
                "name_not_served",
                f"The server warned that it does not know the name {view.name}, and the client left.",
                "Ask for a name that the server serves.",
                view.alert_proof(warned),
                *proof,
            )
    where = "after it had answered the server's flight" if view.client_went_on() else "after the server's answer"
    yield view.make(
        52,
        "closed_by_client",
        f"The client closed the connection {where} and did not say why.",
        "See the client's log: a scanner has what it wants, a browser or application may not like the certificate, a user may have left.",
        *proof,
    )


def _padded(packets: tuple[int, ...], size: int) -> list[int | None]:
    return [*packets, *[None] * size][:size]


def _server_left(view: View) -> Iterator[Candidate]:
    """The server closed in the middle."""
    proof = _close_proof(view)
    if view.client_went_on():
        yield from certificates.of_client(view, None)
        suite = cipher_suite(view.handshake.cipher_suite) if view.handshake.cipher_suite is not None else None
        if suite is not None and "PSK" in (suite.key_exchange or ""):
            yield view.make(
                60,
                "wrong_psk",
                "The server closed after the client's pre-shared key: it does not know the identity, or has another key.",
                "Compare identity and key on both sides.",
                *proof,
            )
    where = "after the client's answer" if view.client_went_on() else "in the middle of its own flight"
    yield view.make(
        54,
        "closed_by_server",
        f"The server closed the connection {where} and did not say why.",
        "See the server's log; it may refuse a certificate, or have failed.",
        *proof,
    )
