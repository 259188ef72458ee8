"""Reading: the records of both sides of a flow, cut into messages and told to the handshake that is going on.

Here lives: messages over many records, what is in plaintext and what is not.  Here does not live: where records begin
(``conversation``, ``sender``), who is who and which handshake is on (``roles``), what a message changes (``progress``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes.roles import Numbers, Roles
from analyzer.handshakes.sender import Record, Sender
from analyzer.tls import codes
from analyzer.tls.records import looks_like_client_hello

if TYPE_CHECKING:
    from analyzer.limits import Limits
    from analyzer.streams.flow import Flow

__all__ = ["Reading"]

SHORTEST_HELLO = 36
"""Version, random and what even a draft of TLS 1.3 adds: where a stream was joined, less is the explicit nonce of an encrypted record."""


class Reading(Roles):
    """What a Conversation does with records."""

    def __init__(self, flow: Flow, limits: Limits, number: Numbers) -> None:
        """Begin with no record read."""
        super().__init__(flow, limits, number)
        self._senders = (Sender(), Sender())

    def _record(self, side: int, sender: Sender, record: Record) -> None:
        progress, kind = self._progress, record.kind
        if kind == codes.HANDSHAKE:
            if sender.sealed and not self._plain_hello(record):
                if progress is not None:
                    progress.encrypted_handshake(self._names[side], record)
            else:
                self._handshake(side, sender, record)
            return
        if progress is None:
            if kind == codes.CHANGE_CIPHER_SPEC:
                sender.sealed = True
            return
        name = self._names[side]
        if kind == codes.CHANGE_CIPHER_SPEC:
            sender.sealed = not progress.tls13
            progress.change_cipher_spec(name, record)
        elif kind == codes.APPLICATION_DATA:
            progress.application_data(name, record)
        elif kind == codes.ALERT:
            progress.alert(name, record, sealed=sender.sealed and len(record.fragment) > 2)
        else:
            progress.heartbeat(name, record)

    def _plain_hello(self, record: Record) -> bool:
        """A ClientHello after a ChangeCipherSpec (TLS 1.3's compatibility mode, seen without the server's side) is in plaintext."""
        fragment = record.fragment
        return fragment[0] == codes.CLIENT_HELLO and len(fragment) >= 42 and int.from_bytes(fragment[1:4], "big") == len(fragment) - 4

    def _handshake(self, side: int, sender: Sender, record: Record) -> None:
        """Cut a plaintext handshake record into messages; one may go on in the next record."""
        data, packets, time = record.fragment, record.packets, record.time
        own = len(data) if record.whole else 0
        records: tuple[int, ...] | None = None
        if sender.beyond:
            data, sender.beyond = data[sender.beyond :], max(0, sender.beyond - len(data))
        if sender.message:
            sender.message += data
            if sender.message_packets[-1] != packets[0]:
                sender.message_packets += packets
            elif len(packets) > 1:
                sender.message_packets += packets[1:]
            records = sender.message_records = (*sender.message_records, own)
            if len(sender.message) < 4 + int.from_bytes(sender.message[1:4], "big") <= 4 + self._limits.message_bytes:
                return
            data, packets, time = bytes(sender.message), tuple(sender.message_packets), sender.message_time
            sender.message = bytearray()
        at, size = 0, len(data)
        while size - at >= 4:
            code, length = data[at], int.from_bytes(data[at + 1 : at + 4], "big")
            end = at + 4 + length
            if code not in codes.HANDSHAKE_TYPES:
                self._unreadable(side, sender, record, code, length)
                return
            if length > self._limits.message_bytes:
                self._unreadable(side, sender, record, code, length)
                sender.beyond, at = max(0, end - size), end
                continue
            if end > size:
                break
            progress = self._progress
            if progress is None or progress.over or not self._certain:
                if progress is None and length < SHORTEST_HELLO and code in {codes.CLIENT_HELLO, codes.SERVER_HELLO}:
                    self._unreadable(side, sender, record, code, length)
                    return
                progress = self._place(side, code)
            came = records or (() if end - at == own else (own,))
            progress.message(self._names[side], code, data[at + 4 : end], packets, time, record.version, came)
            if at == 0 and packets is not record.packets:
                packets, time, records = record.packets, record.time, None
            at = end
        if at < size:
            sender.message = bytearray(data[at:])
            sender.message_packets, sender.message_time, sender.message_records = list(packets), time, records or (own,)

    def _unreadable(self, side: int, sender: Sender, record: Record, code: int, length: int) -> None:
        """A handshake record that holds no message: encrypted (the stream was joined after its ChangeCipherSpec), or nonsense."""
        if self._progress is None:
            sender.aligned = False
            return
        name = self._names[side]
        if length > self._limits.message_bytes and code in codes.HANDSHAKE_TYPES:
            self._progress.anomaly("message-too-long", "message", f"type {code}, {length} bytes", name, record.packets[-1], record.time)
        elif self._lost[side]:
            return
        else:
            self._progress.anomaly("unknown-message", "message", f"type {code}, {length} bytes", name, record.packets[-1], record.time)

    def _torn(self, side: int, sender: Sender, record: Record) -> None:
        """Read the messages that are whole in the beginning of a record whose end is missing."""
        if record.kind == codes.HANDSHAKE and not sender.sealed:
            self._handshake(side, sender, record)
            sender.message = bytearray()

    def _begins_again(self, data: bytes) -> bool:
        """Whether a ClientHello in plaintext follows what is over: another try on the connection, or another use of its ports."""
        if len(self._all) >= self._limits.messages or not looks_like_client_hello(data):
            return False
        self._senders = (Sender(), Sender())
        return True
