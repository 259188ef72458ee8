"""Version2: the parts of a conversation that are in SSL 2.0 framing.

Here lives: telling SSL 2.0 records from TLS ones, cutting them, what they add to a handshake.  Here does not live: the
messages' fields (``tls.sslv2``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyzer.handshakes.handshake import CLIENT, SERVER, Seen
from analyzer.tls import sslv2
from analyzer.tls.messages import ClientHello, Message

if TYPE_CHECKING:
    from analyzer.handshakes.progress import Progress

__all__ = ["Part", "Version2"]

LONGEST = 1 << 15
"""Bytes of the longest SSL 2.0 record, header included."""


class Part(NamedTuple):
    """A message, or an encrypted record (``message`` None)."""

    code: int
    message: Message | None
    packets: tuple[int, ...]
    length: int


class Version2:
    """One for a flow: which sides speak SSL 2.0 now, and their unread bytes."""

    __slots__ = ("_bytes", "_packets", "_refused", "_sealed", "_speaks", "answered", "hello")

    def __init__(self) -> None:
        """Start with nobody speaking it."""
        self._bytes = [b"", b""]
        self._packets: list[tuple[int, ...]] = [(), ()]
        self._speaks = [False, False]
        self._sealed = [False, False]
        self._refused = [False, False]
        self.hello: int | None = None
        """The side that sent a ClientHello in SSL 2.0 framing."""
        self.answered = False
        """The other side answered in SSL 2.0: the whole conversation is."""

    def begins(self, data: bytes) -> bool:
        """Whether a stream can begin with these bytes in SSL 2.0 framing."""
        return bool(sslv2.looks_like_client_hello(data)) or bool(sslv2.looks_like_server_hello(data))

    def speaks(self, side: int) -> bool:
        """Whether this side's bytes are SSL 2.0 records now."""
        return self._speaks[side]

    def starts(self, side: int, data: bytes, unanswered: bool) -> bool:
        """Look whether SSL 2.0 framing starts here (only before a TLS ServerHello)."""
        if self._refused[side]:
            return False
        if self.answered:
            self._speaks[side] = True
        elif unanswered and self.hello in {None, side}:
            verdict = sslv2.looks_like_client_hello(data)
            self._speaks[side] = verdict is True or (verdict is None and data[0] >= 0x80)
        elif unanswered:
            self._speaks[side] = sslv2.looks_like_server_hello(data) is not False
        if not self._speaks[side] and unanswered and self.hello is None:
            self._speaks[side] = sslv2.looks_like_server_hello(data) is True
        return self._speaks[side]

    def take(self, side: int, data: bytes, packet: int) -> list[Part]:
        """Take bytes of a side that speaks SSL 2.0 and return the parts they complete."""
        data = self._bytes[side] + data
        packets = (*self._packets[side], packet) if self._bytes[side] else (packet,)
        parts = []
        while self._speaks[side]:
            header = sslv2.read_header(data)
            if header is None:
                break
            head, size, padding = header
            if not size or (not self._sealed[side] and not self._plausible(side, data)):
                self._speaks[side], self._refused[side] = False, True
                break
            if len(data) < head + size:
                break
            body, data = data[head : head + size - min(padding, size)], data[head + size :]
            parts.append(self._part(side, body, packets, head + size))
            packets = (packet,)
        self._bytes[side], self._packets[side] = data, packets
        return parts

    def rest(self, side: int) -> bytes:
        """Return the bytes of a side that has stopped speaking SSL 2.0 (once)."""
        if self._speaks[side]:
            return b""
        data, self._bytes[side] = self._bytes[side], b""
        return data

    def tell(self, progress: Progress, sender: str, part: Part, time: int) -> None:
        """Add a part to a handshake."""
        made, message = progress.handshake, part.message
        if message is None:
            made.seen.append(Seen(sender, None, part.length, part.packets[0], part.packets[-1], time, None, None, 2))
            progress.finished[sender] = True
            if progress.finished[CLIENT] and progress.finished[SERVER]:
                progress.complete()
            return
        progress.sslv2(sender, part.code, message, part.packets, time, part.length)
        if isinstance(message, sslv2.Sslv2ServerHello):
            made.version, made.framing = message.version, "sslv2"
            made.server_chain = (message.certificate,) if message.certificate else made.server_chain
        elif isinstance(message, sslv2.Sslv2ClientMasterKey):
            made.cipher_suite = message.cipher_kind
        elif isinstance(message, sslv2.Sslv2Error):
            made.outcome = "failed"
            progress.over = True

    # ------------------------------------------------------------------------------------------------ inside

    def _plausible(self, side: int, data: bytes) -> bool:
        """Whether a plaintext record of this side can be what its place wants."""
        if self.hello is None:
            return sslv2.looks_like_client_hello(data) is not False or sslv2.looks_like_server_hello(data) is not False
        if side == self.hello:
            return self.answered
        return self.answered or sslv2.looks_like_server_hello(data) is not False

    def _part(self, side: int, body: bytes, packets: tuple[int, ...], length: int) -> Part:
        if self._sealed[side]:
            return Part(-1, None, packets, length)
        message = sslv2.read_message(body)
        code = body[0]
        if isinstance(message, ClientHello):
            self.hello = side
            self._speaks[side] = False  # what follows depends on the answer
        elif isinstance(message, sslv2.Sslv2ServerHello):
            self.hello = 1 - side if self.hello is None else self.hello
            self.answered = True
            self._sealed[side] = True
        elif isinstance(message, sslv2.Sslv2ClientMasterKey):
            self._sealed[side] = True
        return Part(code, message, packets, length)
