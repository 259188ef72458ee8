"""Network: handshakes that ended without an alert — closes in the middle, a capture that is cut or has one direction.

Here lives: what the close, its sender and the place in the handshake tell.  Here does not live: a hello that nothing followed
(``unanswered``), alerts (``alerts``), what is hidden by TLS 1.3 (``sealed``), plaintext (``plaintext``), QUIC's own errors (``quic``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.causes import certificates
from analyzer.findings.causes.unanswered import unanswered
from analyzer.findings.causes.view import packet_text
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.registry.cipher_suites import cipher_suite
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Seen

__all__ = ["by_close"]


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
        yield from unanswered(view)
    elif made.closed is None:
        yield _cut(view, 60)
    elif made.closed_by == CLIENT:
        yield from _client_left(view)
    else:
        yield from _server_left(view)


def _unheard(view: View) -> str:
    return CLIENT if all(seen.sender == SERVER for seen in view.handshake.seen) else SERVER


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
    proof = view.close_proof()
    gone = view.closing
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
    proof = view.close_proof()
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
