"""Sealed: what TLS 1.3 hides, inferred from record sizes, directions and the close (RFC 8446 section 5.2).

Here lives: who refused whose flight, and whether a client showed a certificate.  Here does not live: alerts that can be read (``alerts``), the
arithmetic of lengths (``handshakes.lengths``), what the decision on the outcome was (``handshakes.progress``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.causes import certificates
from analyzer.findings.causes.cause import CAUSES
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.lengths import finished_length, is_alert
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Alert, Seen

__all__ = ["by_hidden_close", "by_sealed_alert", "late_refusal"]

Proof = tuple[str, int | None]

_HEADER, _EMPTY_CERTIFICATE = 4, 8
"""Bytes of a handshake header, and of a Certificate message with no certificate in it (RFC 8446 section 4.4.2)."""
_REASONS = (("unknown_ca", 44), ("expired", 40), ("name", 38), ("not_yet_valid", 24))
"""What clients most often refuse in a certificate, with a rank."""


def by_sealed_alert(view: View, alert: Alert) -> Iterator[Candidate]:
    """Rank what an encrypted alert in the place of a handshake message means."""
    if alert.sender == CLIENT:
        yield from _client_refuses(view, [view.alert_proof(alert)], 72)
    else:
        yield from _server_refuses(view, [view.alert_proof(alert)], 76)


def by_hidden_close(view: View) -> Iterator[Candidate]:
    """Rank what a close without any readable alert means behind a TLS 1.3 ServerHello."""
    made = view.handshake
    if not view.story.tls13 or made.server_hello is None or any(made.lost.values()):
        return
    mine, theirs = view.sealed(CLIENT), view.sealed(SERVER)
    if made.framing == "quic":
        short = [seen for seen in mine if seen.guess is None]
        if theirs and short and len(short) == len(mine) and not any(True for _ in view.events("one_rtt", sender=CLIENT)):
            last = short[-1]
            yield from _client_refuses(view, [view.proven("the client's last packet, too short for a Finished,", last.last_packet)], 62)
        return
    if not mine and theirs and made.framing in {"tls", "tds"} and is_alert(theirs[-1].length, made.cipher_suite):
        yield view.make(
            64, "internal_error", "The server broke off its own flight with an encrypted alert: a reason of its own, most probably.",
            "See the server's log (key, certificate, memory).", view.proven("an encrypted record as long as an alert from the server", theirs[-1].packet),
            inferred=True,
        )  # fmt: skip
    elif not mine and theirs and made.closed_by == CLIENT:
        yield from _client_refuses(view, [(f"{made.closed} from the client, which sent no Finished", None)], 58)


def _client_refuses(view: View, proof: list[Proof], rank: int) -> Iterator[Candidate]:
    """The client took the ServerHello and refused what came next."""
    flight = view.sealed(SERVER)
    if flight:
        size = sum(seen.length for seen in flight)
        proof = [*proof, (f"the server's encrypted flight of {size} bytes from {_place(flight)} on", flight[0].packet)]
    proof = [*proof, ("no Finished of the client", None)]
    if codes.PRE_SHARED_KEY in view.story.answered:
        yield view.make(
            55, "tampered", "The client refused the server's flight, in which there is no certificate (a pre-shared key was taken): keys that differ.",
            "Compare the keys of both sides; look for what stands between them.", *proof, inferred=True,
        )  # fmt: skip
        return
    if view.handshake.server_chain:
        yield from certificates.of_server(view, None, bare=True)
        return
    yield view.make(
        rank, "certificate_refused",
        f"The client refused what {view.server_text} sent after its ServerHello, most probably the certificate; TLS 1.3 encrypts which and why.",
        "See the client's log for the reason; check the certificate that the server shows: authority, whole chain, dates, name.",
        *proof, inferred=True,
    )  # fmt: skip
    for fault, lower in _REASONS:
        if fault == "name" and view.name is None:
            continue
        cause, advice = certificates.CAUSE_OF[fault]
        yield view.make(lower, cause, f"It may be that {CAUSES[cause]}.", advice, *proof, inferred=True)


def _place(flight: list[Seen]) -> str:
    return f"packet {flight[0].packet & ((1 << 40) - 1)}"


def _server_refuses(view: View, proof: list[Proof], rank: int) -> Iterator[Candidate]:
    """The server refused the client's flight, whose sizes tell whether there was a certificate in it."""
    flight = view.sealed(CLIENT)
    if not view.story.tls13 or not flight:
        yield view.make(
            35, "refused", "The server refused what the client sent, with an alert that is encrypted.", "See the server's log.", *proof, inferred=True
        )
        return
    first, suite = flight[0], view.handshake.cipher_suite
    overhead = finished_length(suite) - finished_length(suite, 0) - _HEADER
    finished = finished_length(suite)
    empty = {finished - finished_length(suite, 0) + overhead, *()} and {_sized(finished, suite, _EMPTY_CERTIFICATE)}
    merged = finished + _EMPTY_CERTIFICATE
    if first.length in empty or first.length == merged:
        size = view.proven(f"the client's first encrypted record of {first.length} bytes, as long as a Certificate message without a certificate,", first.packet)
        yield view.make(
            rank, "client_certificate_missing", "The server asked for a certificate, the client had none, and the server refused it after its Finished.",
            "Give the client a certificate and its key; or let the server do without.", size, *proof, inferred=True,
        )  # fmt: skip
        return
    if first.length == finished:
        size = view.proven("the client's Finished, and nothing else before it,", first.packet)
        psk = codes.PRE_SHARED_KEY in view.story.answered
        yield view.make(
            45, "refused", "The server refused or closed right after the client's Finished; no client certificate was asked for.",
            "See the server's log: it may have denied access, or have had nothing to say.", size, *proof, inferred=True,
        )  # fmt: skip
        yield view.make(
            30, "wrong_psk" if psk else "tampered", "The client's Finished may not have verified: keys that differ.",
            "Compare the keys of both sides.", size, *proof, inferred=True,
        )  # fmt: skip
        return
    size = view.proven(f"the client's first encrypted record of {first.length} bytes, too long for a Finished: a certificate,", first.packet)
    yield view.make(
        rank, "client_certificate_refused", "The server refused the client's certificate after the client's Finished; TLS 1.3 encrypts which and why.",
        "See the server's log; give the client a valid certificate of an authority that the server trusts.", size, *proof, inferred=True,
    )  # fmt: skip
    yield view.make(
        34, "client_certificate_missing", "The client's answer may hold no certificate after all.", "Give the client a certificate.", size, *proof,
        inferred=True,
    )  # fmt: skip


def _sized(finished: int, suite: int | None, message: int) -> int:
    """Return the length of an encrypted record that holds a message of so many bytes."""
    return finished - (_HEADER + (48 if suite == 0x1302 else 32)) + message


def late_refusal(view: View) -> Iterator[Candidate]:
    """Find a refusal behind a handshake that is complete as far as the wire shows: the server left without a word after a certificate.

    Only where the client's flight held more than a Finished (so the server asked for a certificate), the server sent nothing at all after
    it (a server that goes on sends a ticket or data) and closed first.
    """
    made = view.handshake
    flight = view.sealed(CLIENT)
    if (
        not view.story.tls13 or made.framing not in {"tls", "tds"} or made.closed_by != SERVER or made.closed not in {"fin", "rst"} or made.lost
        or not flight or flight[0].length == finished_length(made.cipher_suite) or view.offers(codes.EARLY_DATA)
        or any(True for _ in view.events("application_data", sender=SERVER))
    ):  # fmt: skip
        return
    how = next(view.events(made.closed, sender=SERVER), None)
    proof: list[Proof] = [view.proven(f"{made.closed.upper()} from the server", how.packet)] if how else []
    for rank, cause in _server_refuses(view, [*proof, ("nothing of the server after the client's flight", None)], 55):
        if cause.cause != "refused" and rank >= 50:
            yield rank, cause
