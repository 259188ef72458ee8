"""Conversation: reads what both sides of one flow say, finds the records and messages in it, and yields Handshakes.

Here lives: where TLS begins in a stream, where it goes on behind gaps, messages over many records.  Here does not live: who is
who and which handshake is on (``roles``), record boundaries (``sender``), what a message changes (``progress``), bytes in
order (``streams``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.capture.block import SOURCE_SHIFT
from analyzer.handshakes import outcome
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.roles import Numbers, Roles
from analyzer.handshakes.sender import Record, Sender
from analyzer.handshakes.version2 import Version2
from analyzer.packets.sieve import LINGER, WATCH
from analyzer.packets.signs import TAILS
from analyzer.streams.flow import DONE
from analyzer.tls import codes
from analyzer.tls.records import looks_like_client_hello, looks_like_record, plausible_header, read_header
from analyzer.tls.sslv2 import Sslv2ServerHello

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyzer.handshakes.handshake import Handshake
    from analyzer.limits import Limits
    from analyzer.streams.flow import Flow

__all__ = ["Conversation", "Numbers"]

class Conversation(Roles):
    """The Listener of one TCP flow (``streams.flow.Listener``)."""

    def __init__(self, flow: Flow, limits: Limits, number: Numbers, emit: Callable[[Handshake], None]) -> None:
        """``number`` gives the next handshake's number, ``emit`` takes each Handshake when the flow is over."""
        super().__init__(flow, limits, number)
        self._emit = emit
        self._senders = (Sender(), Sender())
        self._version2 = Version2()

    # ------------------------------------------------------------------------------------------------ what the flow tells

    def begins(self, data: bytes) -> bool:
        """Whether a stream joined in the middle can be read from this segment on."""
        return self._record_starts(data, sealed=any(sender.sealed for sender in self._senders)) or self._version2.begins(data)

    def event(self, kind: str, side: int, packet: int, time: int) -> None:
        """Take syn, syn_ack, fin or rst."""
        if kind in {"syn", "syn_ack"}:
            if self._client is None:
                self._cast(side if kind == "syn" else 1 - side)
            self._joined[side] = True
            if len(self._syns) < 8:
                self._syns.append((kind, side, packet, time))
        for progress in self._all:
            progress.event(kind, self._names[side], packet, time)

    def note(self, kind: str, side: int, detail: str, packet: int, time: int) -> None:
        """Take an oddity of the stream."""
        if self._progress is not None:
            self._progress.anomaly(kind, "tcp", detail, self._names[side], packet, time)
        elif len(self._notes) < self._limits.anomalies:
            self._notes.append((kind, side, detail, packet, time))

    def run(self, side: int, data: bytes, packet: int, time: int, lost: int) -> int:
        """Take bytes in order, or the news of lost ones."""
        sender = self._senders[side]
        if lost:
            self._gap(side, packet, time, lost)
        if not data:
            return WATCH
        if not sender.aligned and (self._version2.speaks(side) or not self._align(side, sender, data, packet, time)):
            return self._take_version2(side, data, packet, time) if self._version2.speaks(side) else self._patience()
        for record in sender.take(data, packet, time):
            self._record(side, sender, record)
            if self._progress is not None and self._progress.over:
                return LINGER
        if sender.strange is not None:
            self._stray(side, sender, packet, time)
        if self._progress is None:
            return self._patience()
        return WATCH if sender.spoke < self._limits.side_bytes else LINGER  # no handshake is that long: only its close is of interest

    def play(self, records: Iterable[tuple[int, int, Record]], closes: int) -> int:
        """Take the records of a connection that is whole; -1 where they do not tell a handshake to its end (nothing is kept then)."""
        for row, side, record in records:
            sender = self._senders[side]
            if not sender.aligned:
                plain = record.kind == codes.HANDSHAKE and record.fragment[0] in codes.HANDSHAKE_TYPES
                sender.aligned = plain or record.kind == codes.ALERT
            if row > closes or not sender.aligned:
                break
            sender.spoke += len(record.fragment)
            self._record(side, sender, record)
            progress = self._progress
            if progress is None:
                break
            if progress.over:
                return row
        self._number.back(len(self._all))
        return -1

    def late(self, side: int, data: bytes, packet: int, time: int) -> int:
        """Take a segment that may hold a late sign: an alert at its start or end, a handshake record (renegotiation)."""
        if self._progress is None:
            return LINGER
        kind = data[0]
        if kind == codes.HANDSHAKE and looks_like_record(data[:5]) and (self._renegotiates() or self._begins_again(data)):
            for sender in self._senders:
                sender.aligned = False
            return WATCH
        found = 5 if kind == codes.ALERT and looks_like_record(data) else 0
        for tail, size in TAILS if not found else ():
            at = len(data) - size - 5
            if at >= 0 and data[at] == tail and data[at + 1] == 3 and data[at + 3 : at + 5] == size.to_bytes(2, "big"):
                found = at + 5
                break
        if found:
            fragment = data[found : found + int.from_bytes(data[found - 2 : found], "big")]
            self._progress.alert(self._names[side], Record(codes.ALERT, 0, fragment, (packet,), time), sealed=len(fragment) > 2)
        return LINGER

    def finish(self) -> None:
        """The flow is over: judge and emit its handshakes."""
        if self._progress is None:
            return
        for side, sender in enumerate(self._senders):
            torn = sender.torn()
            if torn is not None and not self._progress.over:
                self._torn(side, sender, torn)
        heard = {self._names[side] for side in (0, 1) if self._flow.heard >> side & 1}
        for progress in self._all:
            made, last = progress.handshake, self._all[-1].handshake
            made.closed, made.closed_by = last.closed, last.closed_by  # it is one connection that closes
            made.outcome = outcome.judge(progress, heard=heard)
            made.packets = _once(made.packets)
            self._emit(made)
        self._all = []

    # ------------------------------------------------------------------------------------------------ finding TLS

    def _align(self, side: int, sender: Sender, data: bytes, packet: int, time: int) -> bool:
        """Look for a record at the start of this segment; until then what goes by is not TLS (a prelude, or the middle of something)."""
        if self._record_starts(data, sealed=sender.sealed) and not (self._progress is None and data[0] == codes.APPLICATION_DATA):
            sender.aligned = True
            if sender.spoke and self._progress is not None:
                self._progress.unsure(self._names[side])
            return True
        if self._version2.starts(side, data, self._progress is None or self._progress.handshake.server_hello is None):
            return False
        if not sender.spoke and self._progress is not None and not self._lost[side] and self._progress.handshake.server_hello is None:
            shown = data[:24].decode("ascii", "backslashreplace")
            self._progress.anomaly("not-tls-answer", "record", ascii(shown)[1:-1], self._names[side], packet, time)
        sender.spoke += len(data)
        return False

    def _record_starts(self, data: bytes, *, sealed: bool) -> bool:
        """Whether a record starts here; of an encrypted one only the header can be looked at."""
        header = read_header(data) if sealed else None
        return plausible_header(*header) if header else looks_like_record(data)

    def _patience(self) -> int:
        """Whether a flow that has not shaken hands is still worth reading."""
        if self._progress is None and sum(sender.spoke for sender in self._senders) > self._limits.patience_bytes:
            return DONE
        return WATCH

    def _stray(self, side: int, sender: Sender, packet: int, time: int) -> None:
        """Bytes stand where a record should: say so, and look for the next record at a segment's start."""
        strange, sender.strange = sender.strange or b"", None
        if self._progress is not None:
            self._progress.anomaly("bad-record", "record", strange[:8].hex(), self._names[side], packet, time)
            self._progress.unsure(self._names[side])

    def _gap(self, side: int, packet: int, time: int, lost: int) -> None:
        """Bytes are missing: read what came before them, and go on behind them where the framing allows."""
        sender = self._senders[side]
        torn = sender.lose(lost)
        self._lost[side] += lost
        if torn is not None and self._progress is not None and not self._progress.over:
            self._torn(side, sender, torn)
        if self._progress is not None:
            name = self._names[side]
            missing = self._missing(name)
            self._progress.lost(name, lost)
            self._progress.anomaly("gap", "tcp", f"{lost} bytes of the {name} are not in the capture{missing}", name, packet, time)

    def _missing(self, name: str) -> str:
        """Say after what the gap stands."""
        assert self._progress is not None
        before = [seen.code for seen in self._progress.handshake.seen if seen.sender == name]
        if not before:
            return ", before its first message"
        return f", after its message of type {before[-1]}" if before[-1] is not None else ", after it began to encrypt"

    # ------------------------------------------------------------------------------------------------ reading records

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
        if sender.message:
            sender.message += data
            if sender.message_packets[-1] != packets[0]:
                sender.message_packets += packets
            elif len(packets) > 1:
                sender.message_packets += packets[1:]
            if len(sender.message) < 4 + int.from_bytes(sender.message[1:4], "big") <= 4 + self._limits.message_bytes:
                return
            data, packets, time = bytes(sender.message), tuple(sender.message_packets), sender.message_time
            sender.message = bytearray()
        at, size = 0, len(data)
        while size - at >= 4:
            code, length = data[at], int.from_bytes(data[at + 1 : at + 4], "big")
            if code not in codes.HANDSHAKE_TYPES or length > self._limits.message_bytes:
                self._unreadable(side, sender, record, code, length)
                return
            end = at + 4 + length
            if end > size:
                break
            progress = self._progress
            if progress is None or progress.over or not self._certain:
                progress = self._place(side, code)
            progress.message(self._names[side], code, data[at + 4 : end], packets, time, record.version)
            if at == 0 and packets is not record.packets:
                packets, time = record.packets, record.time
            at = end
        if at < size:
            sender.message = bytearray(data[at:])
            sender.message_packets, sender.message_time = list(packets), time

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

    # ------------------------------------------------------------------------------------------------ SSL 2.0

    def _take_version2(self, side: int, data: bytes, packet: int, time: int) -> int:
        """Read SSL 2.0 framing; after a hello for TLS the rest of the stream is records again."""
        for part in self._version2.take(side, data, packet):
            progress = self._progress
            if progress is None:
                progress = self._open(side, SERVER if isinstance(part.message, Sslv2ServerHello) else CLIENT)
            self._version2.tell(progress, self._names[side], part, time)
            if progress.over:
                return LINGER
        rest = self._version2.rest(side)
        if rest:
            return self.run(side, rest, packet, time, 0)
        return WATCH if self._progress is not None else self._patience()


def _once(packets: list[int]) -> list[int]:
    """Return each packet once, in order; over several captures, whose ids do not follow time, in order of their messages."""
    numbers = sorted(set(packets))
    return numbers if not numbers or numbers[0] >> SOURCE_SHIFT == numbers[-1] >> SOURCE_SHIFT else list(dict.fromkeys(packets))
