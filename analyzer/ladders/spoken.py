"""Spoken: the messages of a handshake, readable and sealed, as rungs with the names that the RFCs give them.

Here lives: names, and what a sealed record must be by its place and length.  Here does not live: what a message says (``telling``,
``fields``), everything else that went by (``happenings``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.facts.messages import type_name
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.lengths import PADDING, finished_length
from analyzer.ladders.draft import Draft
from analyzer.tls.codes import PRE_SHARED_KEY

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
    for index, seen in enumerate(made.seen):
        if seen.code is not None:
            head = 0 if seen.code < 0 or seen.code >= SSLV2 else header
            yield Draft(
                kind="message", sender=seen.sender, name=message_name(seen), packet=seen.packet, last=seen.last_packet, time=seen.time,
                length=seen.length + head, seen=seen, records=_records(story, seen, head),
            )  # fmt: skip
            continue
        name = guesses.get(index)
        plain = SEALED.get(made.framing, "encrypted handshake record")
        yield Draft(
            kind="sealed", sender=seen.sender, name=name or plain, guessed=name is not None, encrypted=True, packet=seen.packet,
            last=seen.last_packet, time=seen.time, length=seen.length, seen=seen,
            records=() if made.framing == "quic" else (seen.length,),
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
        names.update(_renegotiation_names(made.seen))
    if story.tls13 and made.framing != "quic" and made.transport == "tcp":
        names.update(_flight_names(story))
    return names


def _renegotiation_names(every: list[Seen]) -> dict[int, str]:
    """Name the first sealed messages of a renegotiation (RFC 5246 sections 7.4.1.1 and 7.3): who asks for it, and both hellos."""
    sealed = [(index, seen.sender) for index, seen in enumerate(every) if seen.code is None]
    hello = next((place for place, (_, sender) in enumerate(sealed) if sender == CLIENT), len(sealed))
    names = {index: "HelloRequest" for index, _ in sealed[:hello]}
    names.update({index: "ClientHello" for index, _ in sealed[hello : hello + 1]})
    answer = next((index for index, sender in sealed[hello:] if sender == SERVER), None)
    if answer is not None and every[answer].guess is None:
        names[answer] = "ServerHello"
    return names


def _flight_names(story: Story) -> dict[int, str]:
    """Name the records of a TLS 1.3 server's flight, where the last is as long as a Finished and their number leaves one reading."""
    made = story.handshake
    flight = [index for index, seen in enumerate(made.seen) if seen.code is None and seen.sender == SERVER]
    finished = finished_length(made.cipher_suite)
    if not flight or SERVER in made.lost or made.seen[flight[-1]].length not in {finished, finished + PADDING}:
        return {}
    names = FLIGHTS.get((PRE_SHARED_KEY in story.answered, len(flight)))
    if names is None:
        return {flight[-1]: "Finished"} if len(flight) > 1 else {}
    return dict(zip(flight, names, strict=True))
