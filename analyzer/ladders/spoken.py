"""Spoken: the messages of a handshake, readable and sealed, as rungs with the names that the RFCs give them.

Here lives: names, and what a sealed record must be by its place and length.  Here does not live: what a message says (``telling``,
``fields``), everything else that went by (``happenings``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.facts.messages import type_name
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.lengths import is_finished
from analyzer.ladders import again
from analyzer.ladders.draft import Draft
from analyzer.ladders.epochs import TICKET, bare
from analyzer.tls.codes import COMPRESS_CERTIFICATE, PRE_SHARED_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.facts.story import Story
    from analyzer.handshakes.handshake import Seen

__all__ = ["drafts", "message_name"]

HEADER, DTLS_HEADER = 4, 12
"""Bytes of a handshake message's header (RFC 8446 section 4; RFC 6347 section 4.2.2)."""
SSLV2 = 256
"""What ``Seen.code`` adds to the types of SSL 2.0."""
NAMES = {
    "certificate_url": "CertificateURL", "channel_id": "ChannelID", "ekt_key": "EKTKey", "message_hash": "message_hash",
    "client_certificate_request": "ClientCertificateRequest", "request_connection_id": "RequestConnectionId",
    "new_connection_id": "NewConnectionId", "sslv2_error": "ERROR",
}  # fmt: skip
"""What the RFCs do not spell as the words of IANA's name in capitals."""

GUESSES = {
    "finished": "Finished", "encrypted extensions …": "EncryptedExtensions …", "… finished": "… Finished", "certificate": "Certificate",
    "certificate …": "Certificate …", "certificate verify": "CertificateVerify",
}  # fmt: skip
"""``Seen.guess`` -> what the rung is called."""
FLIGHTS: dict[tuple[bool, int], tuple[str, ...]] = {
    (True, 2): ("EncryptedExtensions", "Finished"),
    (False, 4): ("EncryptedExtensions", "Certificate", "CertificateVerify", "Finished"),
    (False, 5): ("EncryptedExtensions", "CertificateRequest", "Certificate", "CertificateVerify", "Finished"),
}
"""(a pre-shared key was taken, records in the server's flight, the last as long as a Finished) -> what they are (RFC 8446 section 2)."""
SSLV2_SEALED = {CLIENT: ("CLIENT-FINISHED",), SERVER: ("SERVER-VERIFY", "SERVER-FINISHED")}
"""What each side seals in SSL 2.0, in order (draft-hickman-netscape-ssl-00 section 1.3)."""
MACS = {"MD5": 16, "SHA": 20, "SHA256": 32, "SHA384": 48}
"""Hash of a suite's HMAC -> bytes of it behind what a record holds (RFC 5246 section 6.2.3.1)."""
COMPRESSED = "or CompressedCertificate, which the client takes too (RFC 8879)"
"""What compress_certificate of a ClientHello makes possible."""
SEALED = {"quic": "Handshake packet"}
"""framing -> what a sealed thing is called of which no more is known."""


def message_name(seen: Seen) -> str:
    """Return a readable message's name as its RFC spells it: ClientHello, HelloRetryRequest, CLIENT-HELLO of SSL 2.0."""
    assert seen.code is not None
    name = type_name(seen.code, seen.message)
    if name is None:
        return f"handshake message {seen.code}"
    if name in NAMES:
        return NAMES[name]
    if seen.code >= SSLV2:
        return name.removeprefix("sslv2_").replace("_", "-").upper()
    return "".join(word.capitalize() for word in name.split("_"))


def drafts(story: Story) -> Iterator[Draft]:
    """Give a rung for each message, in the order of ``Handshake.seen``."""
    made = story.handshake
    guesses = _sealed_names(story)
    header = DTLS_HEADER if made.framing == "dtls" else HEADER
    compressible = story.tls13 and COMPRESS_CERTIFICATE in story.offered
    for index, seen in enumerate(made.seen):
        if seen.code is not None:
            head = 0 if seen.code < 0 or seen.code >= SSLV2 else header
            yield Draft(
                kind="message", sender=seen.sender, name=message_name(seen), packet=seen.packet, last=seen.last_packet, time=seen.time,
                length=seen.length + head, seen=seen, records=_records(story, seen, head), encrypted=again.sealed(made, seen),
            )  # fmt: skip
            continue
        name = guesses.get(index)
        if name == "Finished" and bare(story):
            yield _open_finished(story, seen)
            continue
        plain = SEALED.get(made.framing, "encrypted handshake record")
        yield Draft(
            kind="sealed", sender=seen.sender, name=name or plain, guessed=name is not None, encrypted=True, packet=seen.packet,
            last=seen.last_packet, time=seen.time, length=seen.length, seen=seen,
            records=() if made.framing == "quic" else (seen.length,),
            note=COMPRESSED if name == "Certificate" and seen.sender == SERVER and compressible else None,
        )  # fmt: skip


def _open_finished(story: Story, seen: Seen) -> Draft:
    """Make a Finished that is protected and not encrypted."""
    code = story.handshake.cipher_suite
    suite = None if code is None else registry.cipher_suite(code)
    mac = MACS.get(suite.mac or "", 0) if suite else 0
    return Draft(
        kind="message", sender=seen.sender, name="Finished", packet=seen.packet, last=seen.last_packet, time=seen.time,
        length=max(seen.length - mac, 0), records=(seen.length,), seen=seen, note="not encrypted, but followed by a MAC",
    )  # fmt: skip


def _records(story: Story, seen: Seen, head: int) -> tuple[int, ...]:
    """Return the lengths of the records that a message came in; one that names none had a record of its own."""
    if story.handshake.framing == "quic" or (seen.code or 0) >= SSLV2:
        return ()  # CRYPTO frames of QUIC packets; SSL 2.0 has records of its own kind
    return tuple(length for length in seen.records if length) if seen.records else (seen.length + head,)


def _sealed_names(story: Story) -> dict[int, str]:
    """Name what is sealed by its place and size: index in ``seen`` -> name."""
    made = story.handshake
    names = {index: GUESSES[seen.guess] for index, seen in enumerate(made.seen) if seen.guess in GUESSES}
    if made.framing == "sslv2":
        for sender, order in SSLV2_SEALED.items():
            sealed = [index for index, seen in enumerate(made.seen) if seen.code is None and seen.sender == sender]
            names.update(zip(sealed, order, strict=False))
    if made.renegotiation:
        names.update(again.names(made.seen))
    if story.tls13 and made.framing != "quic" and made.transport == "tcp":
        names.update(_flight_names(story))
    return names


def _flight_names(story: Story) -> dict[int, str]:
    """Name the records of a TLS 1.3 server's flight, where one is as long as a Finished and their number leaves one reading.

    What comes behind that Finished before the client's are NewSessionTickets, or data (RFC 8446 sections 4.4.4 and 4.6.1).
    """
    made = story.handshake
    flight = [index for index, seen in enumerate(made.seen) if seen.code is None and seen.sender == SERVER]
    if SERVER in made.lost:
        return {}
    ends = [number for number, index in enumerate(flight, 1) if is_finished(made.seen[index].length, made.cipher_suite)]
    for number in ends:
        names = FLIGHTS.get((PRE_SHARED_KEY in story.answered, number))
        if names is not None:
            return dict(zip(flight, (*names, *[TICKET] * (len(flight) - number)), strict=True))
    return {flight[-1]: "Finished"} if len(flight) > 1 and len(flight) in ends else {}
