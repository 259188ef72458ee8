"""Unanswered: a ClientHello that no message of the server followed — reset, closed, or silence.

Here lives: these, and what speaks of a box in between that cannot read a hello in several packets.  Here does not live: closes later on
and captures that are cut (``network``), servers that answer in plaintext (``plaintext``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.causes.view import packet_text
from analyzer.handshakes.handshake import SERVER
from analyzer.registry.groups import group
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View

__all__ = ["unanswered"]

_QUICK = 50_000_000
"""ns: a client that goes so soon did not wait for an answer."""
_SLOW = 1_000_000_000
"""ns: a server that closes so late did not refuse the hello at once."""
_BIG = 1200
"""Bytes of a hello with a post-quantum key share, at least."""


def _long(nanoseconds: int) -> str:
    """Return a time span in three digits, as people write it."""
    seconds = nanoseconds / 1e9
    if seconds >= 100:
        return f"{seconds:,.0f} s"
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1000:.3g} ms" if nanoseconds >= 1_000_000 else "less than a millisecond"


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


def unanswered(view: View) -> Iterator[Candidate]:
    """Rank what a reset, a close or silence after the ClientHello means."""
    made, seen = view.handshake, view.hello_seen
    split = seen is not None and seen.packet != seen.last_packet
    hello = _hello_proof(view)
    large = " with a post-quantum key share" if split and _post_quantum(view) else ""
    mtu = (
        "See whether a middlebox or server in between reads only the first packet of a ClientHello (tldr.fail): update it; as a test "
        "let the client offer no post-quantum group, so that its hello fits into one packet."
    )
    if made.closed_by == SERVER and made.closed in {"rst", "fin", "close_notify", "connection_close"}:
        proof = [hello, *view.close_proof()]
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
        end = view.closing
        after = end.time - seen.time if end is not None and seen is not None else 0
        moment = f"{_long(after)} after" if after >= _SLOW else "right after"
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
    gone = view.closing if made.closed_by != SERVER else None
    waited = f" for {_long(gone.time - seen.time)}" if gone is not None and seen is not None and gone.time >= seen.time else ""
    proof = [hello, *(view.close_proof() if gone is not None else [])]
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
