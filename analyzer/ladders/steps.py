"""Steps: the number that a message has where handshakes are taught — the eleven steps of TLS 1.2, the flights of TLS 1.3.

TLS up to 1.2 is taught step by step, one number for each message that a full handshake with an ephemeral key exchange always has (RFC
5246 section 7.3).  A message that is only sometimes there has the number of the step that it belongs to: CertificateStatus that of the
Certificate, CertificateRequest that of the ServerHelloDone that it comes before, the client's Certificate and CertificateVerify that
of the ClientKeyExchange that they stand around, NewSessionTicket that of the ChangeCipherSpec behind it.  The abbreviated handshake
(figure 2 there) has its own seven.  TLS 1.3, DTLS and QUIC are taught by flights: all that one side sends before it must wait for the
other (RFC 8446 section 2, RFC 6347 section 4.2.4, RFC 9147 section 5.7, RFC 9001 section 4).

What is missing has the step that it would have had.

Here lives: these tables and the count of flights.  Here does not live: what should have come (``missing``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.facts.hello import newest, offered_versions
from analyzer.facts.resumption import abbreviated
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.order import CHANGE_CIPHER_SPEC
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.facts.story import Story
    from analyzer.ladders.draft import Draft

__all__ = ["ABBREVIATED", "ASKS", "CLOSE", "ELEVEN", "SSLV2", "by_flights", "number"]

CLOSE = "close"
"""Name of the rung for a close that is not in the capture."""

SEALED = -3
"""Stands for the first sealed record behind a ChangeCipherSpec: the Finished."""
DATA = -4
"""Stands for application data."""

FINISHED = frozenset({"Finished", "CLIENT-FINISHED", "SERVER-VERIFY", "SERVER-FINISHED"})
NAMED = {
    "ClientHello": codes.CLIENT_HELLO, "ServerHello": codes.SERVER_HELLO, "ServerHello …": codes.SERVER_HELLO,
    "ServerHello … ServerHelloDone": codes.SERVER_HELLO, "HelloVerifyRequest": codes.HELLO_VERIFY_REQUEST, "Certificate": codes.CERTIFICATE,
    "ServerKeyExchange": codes.SERVER_KEY_EXCHANGE, "ServerHelloDone": codes.SERVER_HELLO_DONE,
    "ClientKeyExchange": codes.CLIENT_KEY_EXCHANGE, "CertificateVerify": codes.CERTIFICATE_VERIFY,
    "NewSessionTicket": codes.NEW_SESSION_TICKET, "ChangeCipherSpec": CHANGE_CIPHER_SPEC, "CLIENT-HELLO": 256 + codes.CLIENT_HELLO,
    "CLIENT-MASTER-KEY": 256 + 2, "SERVER-HELLO": 256 + 4, **dict.fromkeys(FINISHED, SEALED),
}  # fmt: skip
"""What has a step though it could not be read, or did not come: name of its rung -> code."""
ASKS = frozenset({"Retry", "Version Negotiation"})
"""Packets of QUIC that a client answers with another first flight, as DTLS's HelloVerifyRequest (RFC 9000 sections 17.2.5 and 6.2)."""

Table = dict[tuple[str, int], int]
"""(sender, code) -> step."""

ELEVEN: Table = {
    (CLIENT, codes.CLIENT_HELLO): 1, (CLIENT, 256 + codes.CLIENT_HELLO): 1,
    (SERVER, codes.SERVER_HELLO): 2, (SERVER, codes.SUPPLEMENTAL_DATA): 2,
    (SERVER, codes.CERTIFICATE): 3, (SERVER, codes.CERTIFICATE_STATUS): 3, (SERVER, codes.COMPRESSED_CERTIFICATE): 3,
    (SERVER, codes.SERVER_KEY_EXCHANGE): 4,
    (SERVER, codes.CERTIFICATE_REQUEST): 5, (SERVER, codes.SERVER_HELLO_DONE): 5,
    (CLIENT, codes.SUPPLEMENTAL_DATA): 6, (CLIENT, codes.CERTIFICATE): 6, (CLIENT, codes.CERTIFICATE_URL): 6,
    (CLIENT, codes.CLIENT_KEY_EXCHANGE): 6, (CLIENT, codes.CERTIFICATE_VERIFY): 6,
    (CLIENT, CHANGE_CIPHER_SPEC): 7, (CLIENT, SEALED): 8, (CLIENT, codes.FINISHED): 8,
    (SERVER, codes.NEW_SESSION_TICKET): 9, (SERVER, CHANGE_CIPHER_SPEC): 9, (SERVER, SEALED): 10, (SERVER, codes.FINISHED): 10,
    (CLIENT, DATA): 11, (SERVER, DATA): 11,
}  # fmt: skip
"""The full handshake, RFC 5246 figure 1; a key exchange without ServerKeyExchange (RSA) has no step 4."""
ABBREVIATED: Table = {
    (CLIENT, codes.CLIENT_HELLO): 1, (SERVER, codes.SERVER_HELLO): 2,
    (SERVER, codes.NEW_SESSION_TICKET): 3, (SERVER, CHANGE_CIPHER_SPEC): 3, (SERVER, SEALED): 4, (SERVER, codes.FINISHED): 4,
    (CLIENT, CHANGE_CIPHER_SPEC): 5, (CLIENT, SEALED): 6, (CLIENT, codes.FINISHED): 6,
    (CLIENT, DATA): 7, (SERVER, DATA): 7,
}  # fmt: skip
"""RFC 5246 figure 2: an earlier session is taken up again."""
SSLV2: Table = {
    (CLIENT, 256 + 1): 1, (SERVER, 256 + 4): 2, (CLIENT, 256 + 2): 3, (CLIENT, SEALED): 4, (SERVER, SEALED): 5,
}  # fmt: skip
"""draft-hickman-netscape-ssl-00 section 1.3: CLIENT-HELLO, SERVER-HELLO, CLIENT-MASTER-KEY, what each side seals."""


def number(story: Story, drafts: Iterable[Draft]) -> str:
    """Give each rung its step, in order of capture, and return what the steps count, in words."""
    made = story.handshake
    if made.framing == "sslv2":
        _by_table(drafts, SSLV2)
        return "the five steps of SSL 2.0"
    if made.framing in {"dtls", "quic"} or by_flights(story):
        _Flights(story).number(drafts)
        if made.framing == "quic":
            return "the flights of TLS 1.3, in packets of QUIC"
        return f"the flights of {_version(story, 'DTLS' if made.framing == 'dtls' else 'TLS 1.3')}"
    if _short(story):
        _by_table(drafts, ABBREVIATED)
        return f"the seven steps of an abbreviated handshake of {_version(story, 'TLS')}"
    _by_table(drafts, ELEVEN)
    return f"the eleven steps of {_version(story, 'TLS 1.2')}"


def _version(story: Story, other: str) -> str:
    made, version = story.handshake, story.handshake.version
    return other if version is None or (made.server_hello is None and not made.renegotiation) else registry.version_name(version) or other


_OLD = frozenset({codes.CERTIFICATE, codes.CLIENT_KEY_EXCHANGE})
"""What a client says in the open up to TLS 1.2 only."""


def by_flights(story: Story) -> bool:
    """Whether it is of TLS 1.3, or would have become so: nobody answered a hello that offers it, or the answer is not in the capture."""
    made, hello = story.handshake, story.handshake.client_hello
    if made.server_hello is not None or made.hello_retry is not None or hello is None:
        return story.tls13
    if len(made.client_hellos) == 1 and any(seen.sender == SERVER or seen.code in _OLD for seen in made.seen):
        return False
    return codes.is_tls13(newest(offered_versions(hello, story.offered.get(codes.SUPPORTED_VERSIONS))))


def _short(story: Story) -> bool:
    """Whether it takes an earlier session up; of a renegotiation, which is sealed, the first ChangeCipherSpec tells it."""
    seen = story.handshake.seen
    if story.handshake.renegotiation and all(one.message is None for one in seen):
        return next((one.sender for one in seen if one.code == CHANGE_CIPHER_SPEC), CLIENT) == SERVER
    return abbreviated(story)


def _by_table(drafts: Iterable[Draft], table: Table) -> None:
    for one in drafts:
        code = None
        if one.seen is not None:
            code = NAMED.get(one.name) if one.seen.code is None else one.seen.code
        elif one.kind == "missing":
            code = NAMED.get(one.name)
        elif one.kind == "data" and one.event is not None and one.event.kind == "application_data":
            code = DATA
        step = None if code is None else table.get((one.sender, code))
        one.step = None if step is None else str(step)


class _Flights:
    """Counts flights: the client's are odd, the server's even; a retry or a cookie is a round of its own."""

    def __init__(self, story: Story) -> None:
        self._rounds = {CLIENT: 0, SERVER: 0}
        self._answered = False
        self._last = story.handshake.framing == "dtls" and not story.tls13 and not abbreviated(story)
        """The server has the last word: its ChangeCipherSpec and Finished answer the client's (DTLS up to 1.2, a full handshake)."""
        self._went_on = False
        """The server's flight before its last one is over: it said so (ServerHelloDone), or the client answered."""

    def number(self, drafts: Iterable[Draft]) -> None:
        """Number all rungs of the handshake."""
        for one in drafts:
            flight = None
            if one.seen is not None or one.kind in {"message", "missing"}:
                code = one.seen.code if one.seen is not None else NAMED.get(one.name)
                if one.sender == CLIENT:
                    flight = self._client(code)
                elif one.name != CLOSE:
                    flight = self._server(code, asks=code == codes.HELLO_VERIFY_REQUEST or one.name == "HelloRetryRequest")
            elif one.kind == "quic" and one.name in ASKS and not self._answered:
                flight = self._server(None, asks=True)
            elif one.kind == "data" and one.sender == CLIENT and not self._answered and one.name != "heartbeat":
                flight = max(2 * self._rounds[CLIENT] - 1, 1)
            one.step = None if flight is None else f"flight {flight}"

    def _client(self, code: int | None) -> int:
        if code in {codes.CLIENT_HELLO, 256 + codes.CLIENT_HELLO}:
            self._rounds[CLIENT] += 1
            self._rounds[SERVER] = max(self._rounds[SERVER], self._rounds[CLIENT] - 1)
            return 2 * self._rounds[CLIENT] - 1
        if self._answered:
            self._went_on = True
            return 2 * self._round + 1
        if code == CHANGE_CIPHER_SPEC and self._rounds[SERVER] < self._rounds[CLIENT]:
            return 2 * self._rounds[CLIENT] - 1
        return 2 * max(self._rounds[SERVER], 1) + 1

    def _server(self, code: int | None, *, asks: bool) -> int:
        if asks:
            if not self._rounds[SERVER] or self._rounds[SERVER] < self._rounds[CLIENT]:  # else it is said twice
                self._rounds[SERVER] += 1
            return 2 * self._rounds[SERVER]
        if code == CHANGE_CIPHER_SPEC and not self._answered and self._rounds[SERVER]:
            return 2 * self._rounds[SERVER]  # RFC 8446 appendix D.4: behind a HelloRetryRequest
        if not self._answered:
            self._answered = True
            self._rounds[SERVER] = max(self._rounds[SERVER] + 1, self._rounds[CLIENT])
        self._went_on |= code == codes.SERVER_HELLO_DONE
        ends = code in {None, SEALED, CHANGE_CIPHER_SPEC, codes.NEW_SESSION_TICKET, codes.FINISHED}
        return 2 * self._round + (2 if self._last and self._went_on and ends else 0)

    @property
    def _round(self) -> int:
        return max(self._rounds[SERVER], 1)
