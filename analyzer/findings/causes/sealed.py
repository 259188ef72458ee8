"""Sealed: what TLS 1.3 hides, inferred from record sizes, directions and the close (RFC 8446 section 5.2).

Here lives: who refused whose flight, and whether a client showed a certificate.  Here does not live: alerts that can be read
(``alerts``), the arithmetic of lengths (``handshakes.lengths``), what the decision on the outcome was (``handshakes.progress``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.causes import certificates
from analyzer.findings.causes.cause import CAUSES
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.lengths import PADDING, finished_length, is_alert, is_padded_alert
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Alert, Seen

__all__ = ["by_hidden_close", "by_sealed_alert", "late_refusal"]

Proof = tuple[str, int | None]

_HEADER, _EMPTY_CERTIFICATE = 4, 8
"""Bytes of a handshake header, and of a Certificate message with no certificate in it (RFC 8446 section 4.4.2)."""
_SHA384 = 0x1302
_NO_CERTIFICATE = 200
"""Bytes of a flight in which no certificate has room: EncryptedExtensions, and perhaps a CertificateRequest."""
_REASONS = (("unknown_ca", 44), ("expired", 40), ("name", 38), ("not_yet_valid", 24))
"""What clients most often refuse in a certificate, with a rank."""


def by_sealed_alert(view: View, alert: Alert) -> Iterator[Candidate]:
    """Rank what an encrypted alert in the place of a handshake message means."""
    if not view.story.tls13:
        yield from _old_refusal(view, alert)
    elif alert.sender == CLIENT:
        yield from _client_refuses(view, [view.alert_proof(alert)], 72)
    else:
        yield from _server_refuses(view, [view.alert_proof(alert)], 76)


def _old_refusal(view: View, alert: Alert) -> Iterator[Candidate]:
    """Up to TLS 1.2 an alert is encrypted after a ChangeCipherSpec, and in all of a renegotiation."""
    if view.handshake.renegotiation:
        yield view.make(
            66,
            "insecure_renegotiation",
            f"The {alert.sender} refused to negotiate anew in the middle of the connection, or did not like what it was offered.",
            "Do without renegotiation: TLS 1.3 has none.",
            view.alert_proof(alert),
            inferred=True,
        )
    peer = SERVER if alert.sender == CLIENT else CLIENT
    yield view.make(
        45,
        "refused",
        f"The {alert.sender} refused the {peer}'s last messages, with an alert that is encrypted.",
        f"See the log of the {alert.sender}.",
        view.alert_proof(alert),
        inferred=True,
    )


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
    if not mine and theirs and made.framing in {"tls", "tds"} and _looks_like_alert(theirs[-1].length, made.cipher_suite):
        yield from _server_breaks_off(view, theirs)
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
            55,
            "tampered",
            "The client refused the server's flight, in which there is no certificate (a pre-shared key was taken): keys that differ.",
            "Compare the keys of both sides; look for what stands between them.",
            *proof,
            inferred=True,
        )
        return
    if view.handshake.server_chain:
        yield from certificates.of_server(view, None, bare=True)
        return
    yield view.make(
        rank,
        "certificate_refused",
        f"The client refused what {view.server_text} sent after its ServerHello, most probably the certificate; TLS 1.3 encrypts which "
        "and why.",
        "See the client's log for the reason; check the certificate that the server shows: authority, whole chain, dates, name.",
        *proof,
        inferred=True,
    )
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
    if not flight:
        yield view.make(
            35,
            "refused",
            "The server refused what the client sent, with an alert that is encrypted.",
            "See the server's log.",
            *proof,
            inferred=True,
        )
        return
    first, finished = flight[0], finished_length(view.handshake.cipher_suite)
    empty = _sized(view.handshake.cipher_suite, _EMPTY_CERTIFICATE)
    if first.length in {empty, empty + PADDING, finished + _EMPTY_CERTIFICATE}:
        size = view.proven(
            f"the client's first encrypted record of {first.length} bytes, as long as a Certificate message without a certificate,",
            first.packet,
        )
        yield view.make(
            rank,
            "client_certificate_missing",
            "The server asked for a certificate, the client had none, and the server refused that.",
            "Give the client a certificate and its key; or let the server do without.",
            size,
            *proof,
            inferred=True,
        )
        return
    if first.length in {finished, finished + PADDING}:
        size = view.proven("the client's Finished, and nothing else before it,", first.packet)
        psk = codes.PRE_SHARED_KEY in view.story.answered
        yield view.make(
            45,
            "refused",
            "The server refused or closed right after the client's Finished; no client certificate was asked for.",
            "See the server's log: it may have denied access, or have had nothing to say.",
            size,
            *proof,
            inferred=True,
        )
        yield view.make(
            30,
            "wrong_psk" if psk else "tampered",
            "The client's Finished may not have verified: keys that differ.",
            "Compare the keys of both sides.",
            size,
            *proof,
            inferred=True,
        )
        return
    size = view.proven(
        f"the client's first encrypted record of {first.length} bytes, too long for a Finished: a certificate,", first.packet
    )
    yield view.make(
        rank,
        "client_certificate_refused",
        "The server refused the client's certificate after the client's Finished; TLS 1.3 encrypts which and why.",
        "See the server's log; give the client a valid certificate of an authority that the server trusts.",
        size,
        *proof,
        inferred=True,
    )
    yield view.make(
        34,
        "client_certificate_missing",
        "The client's answer may hold no certificate after all.",
        "Give the client a certificate.",
        size,
        *proof,
        inferred=True,
    )


def _sized(suite: int | None, message: int) -> int:
    """Return the length of an encrypted record that holds a message of so many bytes, its header counted."""
    hashed = 48 if suite == _SHA384 else 32
    return finished_length(suite, 0) - hashed + message


def _looks_like_alert(length: int, suite: int | None) -> bool:
    return is_alert(length, suite) or is_padded_alert(length, suite)


def _server_breaks_off(view: View, flight: list[Seen]) -> Iterator[Candidate]:
    """An encrypted alert of the server in the middle of its own flight: it has no certificate that fits, or failed."""
    size, finished = sum(seen.length for seen in flight[:-1]), finished_length(view.handshake.cipher_suite)
    proof = view.proven("an encrypted record as long as an alert, the last of the server,", flight[-1].last_packet)
    before = (f"{size} bytes of its encrypted flight before it", flight[0].packet)
    if any(seen.length in {finished, finished + PADDING} for seen in flight[:-1]):
        yield view.make(
            56,
            "refused",
            "The server refused what the client sent meanwhile, after its own whole flight, with an alert that is encrypted.",
            "See the server's log; see what else the client sent than its Finished.",
            proof,
            before,
            inferred=True,
        )
        return
    yield view.make(
        56,
        "internal_error",
        "The server broke off its own flight with an encrypted alert: a reason of its own, most probably.",
        "See the server's log: key, certificate, memory.",
        proof,
        before,
        inferred=True,
    )
    if view.schemes and size < _NO_CERTIFICATE:
        usual = {0x0403, 0x0804} <= set(view.schemes)
        yield view.make(
            50 if usual else 66,
            "no_shared_signature_scheme",
            f"The server broke off before its certificate: its key makes no signature that the client takes ({view.schemes_text}).",
            "Give the server a certificate whose key fits (RSA, or ECDSA on P-256), or let the client offer more schemes.",
            proof,
            before,
            view.hello_proof(lambda: view.schemes_text),
            inferred=True,
        )


def late_refusal(view: View) -> Iterator[Candidate]:
    """Find a refusal behind a handshake that is complete as far as the wire shows: the server left without a word after a certificate.

    Only where the client's flight held more than a Finished (so the server asked for a certificate), the server sent nothing at all after
    it (a server that goes on sends a ticket or data) and closed first.
    """
    made = view.handshake
    flight = view.sealed(CLIENT)
    if (
        not view.story.tls13
        or made.framing not in {"tls", "tds"}
        or made.closed_by != SERVER
        or made.closed not in {"fin", "rst"}
        or made.lost
        or not flight
        or flight[0].length - finished_length(made.cipher_suite) in {0, PADDING}
        or view.offers(codes.EARLY_DATA)
        or any(True for _ in view.events("application_data", sender=SERVER))
    ):
        return
    how = next(view.events(made.closed, sender=SERVER), None)
    proof: list[Proof] = [view.proven(f"{made.closed.upper()} from the server", how.packet)] if how else []
    for rank, cause in _server_refuses(view, [*proof, ("nothing of the server after the client's flight", None)], 55):
        if cause.cause != "refused" and rank >= 50:
            yield rank, cause
