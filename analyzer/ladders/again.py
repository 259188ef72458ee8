"""Again: what the sealed records of a renegotiation are, by their order and sizes (RFC 5246 sections 7.3 and 7.4.1.1).

Everything in it is encrypted with the keys of the handshake before, the ChangeCipherSpecs too.  A ChangeCipherSpec is one byte, so that its
record tells how much the cipher adds; with a block cipher what is as long as it may be up to a block longer.

Here lives: these names, and what is left general because several readings are left.  Here does not live: the Finished behind each
ChangeCipherSpec, which every handshake has (``handshakes.progress``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.order import CHANGE_CIPHER_SPEC

if TYPE_CHECKING:
    from analyzer.handshakes.handshake import Handshake, Seen

__all__ = ["names", "sealed"]

DONE, EMPTY_CERTIFICATE = 4, 7
"""Bytes of a ServerHelloDone, and of a Certificate without certificates (RFC 5246 sections 7.4.5 and 7.4.6)."""
ELLIPTIC = 118
"""Bytes at most of a ClientKeyExchange with a point of P-384 or smaller, padded; with RSA-1024 it has more (RFC 8422 section 5.7)."""
KEY_EXCHANGE = 540
"""Bytes at most of a ClientKeyExchange with RSA-4096, padded; with a certificate in front of it a record has more."""


def sealed(made: Handshake, seen: Seen) -> bool:
    """Tell whether a ChangeCipherSpec is encrypted: that of a renegotiation, which has more than its one byte."""
    return made.renegotiation and seen.code == CHANGE_CIPHER_SPEC and seen.length > 1 and made.framing != "dtls"


def names(every: list[Seen]) -> dict[int, str]:
    """Name the sealed records before each side's ChangeCipherSpec, as far as one reading is left: index in ``Handshake.seen`` -> name."""
    changes = {seen.sender: index for index, seen in reversed([*enumerate(every)]) if seen.code == CHANGE_CIPHER_SPEC}
    ends = {sender: changes.get(sender, len(every)) for sender in (CLIENT, SERVER)}
    own = [index for index, seen in enumerate(every) if seen.code is None and index < ends[seen.sender]]
    hello = next((place for place, index in enumerate(own) if every[index].sender == CLIENT), len(own))
    told = dict.fromkeys(own[:hello], "HelloRequest") | dict.fromkeys(own[hello : hello + 1], "ClientHello")
    client = [index for index in own[hello + 1 :] if every[index].sender == CLIENT]
    server = [index for index in own[hello:] if every[index].sender == SERVER]
    grown = next((every[index].length - 1 for index in changes.values()), None)
    if not changes or grown is None:
        return told | dict.fromkeys(server[:1], "ServerHello …")
    if changes.get(SERVER, len(every)) < changes.get(CLIENT, len(every)):  # an earlier session is taken up
        return told | dict(zip(server, ("ServerHello", "NewSessionTicket"), strict=False))
    late = [index for index in server if index > ends[CLIENT]]  # only one thing comes there: RFC 5077 section 3.3
    told |= dict.fromkeys(late[:1], "NewSessionTicket")
    flight = server[: len(server) - len(late)]
    return told | _clients(every, client, grown) | _servers(every, flight, client, grown)


def _is(seen: Seen, size: int, grown: int) -> bool:
    """Whether a record is as long as a message of ``size`` bytes, or, padded to the same block, as a ChangeCipherSpec."""
    return seen.length - grown in {size, 1}


def _clients(every: list[Seen], client: list[int], grown: int) -> dict[int, str]:
    """Name the client's records: the key exchange, a certificate before it and its signature behind it."""
    if len(client) == 1:
        return {client[0]: "ClientKeyExchange"} if every[client[0]].length - grown <= KEY_EXCHANGE else {}
    if len(client) == 2 and _is(every[client[0]], EMPTY_CERTIFICATE, grown):
        return dict(zip(client, ("Certificate", "ClientKeyExchange"), strict=True))
    if len(client) == 3:
        return dict(zip(client, ("Certificate", "ClientKeyExchange", "CertificateVerify"), strict=True))
    return {}


def _servers(every: list[Seen], flight: list[int], client: list[int], grown: int) -> dict[int, str]:
    """Name the server's records, from its hello to ServerHelloDone, all of them where the key exchange leaves one reading."""
    if len(flight) == 1:
        return {flight[0]: "ServerHello … ServerHelloDone"}
    if not flight or not _is(every[flight[-1]], DONE, grown):
        return dict.fromkeys(flight[:1], "ServerHello …")
    told = {flight[0]: "ServerHello", flight[-1]: "ServerHelloDone"}
    middle = flight[1:-1]
    if len(client) == 1 and every[client[0]].length - grown <= ELLIPTIC:  # so there is a ServerKeyExchange, and no CertificateRequest
        told |= dict(zip(middle, {1: ("ServerKeyExchange",), 2: ("Certificate", "ServerKeyExchange")}.get(len(middle), ()), strict=False))
    return told
