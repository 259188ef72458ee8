"""Conversation: reads what both sides of one flow say, finds the records and messages in it, and yields Handshakes.

Here lives: where TLS begins in a stream, where it goes on behind gaps, what is told when the flow is over.  Here does not live:
records into messages (``reading``), who is who and which handshake is on (``roles``), record boundaries (``sender``), what was
spoken before TLS (``preludes``), bytes in order (``streams``).
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from analyzer.handshakes.afterwards import Afterwards
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.handshakes.preludes import Preludes, starts
from analyzer.handshakes.roles import Numbers
from analyzer.handshakes.sender import Record, Sender
from analyzer.handshakes.telling import ANSWER, Telling
from analyzer.handshakes.version2 import Version2
from analyzer.packets.sieve import LINGER, WATCH
from analyzer.packets.signs import TAILS
from analyzer.streams.flow import DONE
from analyzer.tls import codes
from analyzer.tls.records import HEADER, looks_like_record, plausible_header, read_header
from analyzer.tls.sslv2 import Sslv2ServerHello

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyzer.handshakes.handshake import Handshake
    from analyzer.handshakes.prelude import Plain
    from analyzer.handshakes.progress import Progress
    from analyzer.limits import Limits
    from analyzer.streams.flow import Flow
    from analyzer.streams.tcp import Run

__all__ = ["Conversation", "Numbers"]

_BROKEN = frozenset({"malformed-message", "unknown-message", "bad-record"})
"""Anomalies of bytes that do not belong together."""


class Conversation(Telling):
    """The Listener of one TCP flow (``streams.flow.Listener``)."""

    def __init__(
        self, flow: Flow, limits: Limits, number: Numbers, emit: Callable[[Handshake | Plain], None], *, curious: bool = False
    ) -> None:
        """``number`` gives the next handshake's number, ``emit`` as for Telling; ``curious``: look for the first data behind, too."""
        super().__init__(flow, limits, number, emit)
        self._version2 = Version2()
        self.curious = curious
        self._behind: list[list[Record]] = [[], []]
        """Records of each side in the segment in which the handshake ended, behind its end."""
        self._after: dict[int, Afterwards] = {}

    # ------------------------------------------------------------------------------------------------ what the flow tells

    def begins(self, data: bytes) -> bool:
        """Whether a stream joined in the middle can be read from this segment on."""
        sealed = any(sender.sealed for sender in self._senders)
        return self._record_starts(data, sealed=sealed) or self._version2.begins(data) or starts(data)

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

    def confirm(self, time: int) -> None:
        """Take the time of the client's first packet behind the SYN/ACK."""
        self._confirmed = time

    def note(self, kind: str, side: int, detail: str, packet: int, time: int) -> None:
        """Take an oddity of the stream."""
        if self._progress is not None:
            self._progress.anomaly(kind, "tcp", detail, self._names[side], packet, time)
        elif len(self._notes) < self._limits.anomalies:
            self._notes.append((kind, side, detail, packet, time))

    def hitch(self, kind: str, side: int, packet: int, time: int, length: int) -> None:
        """Take it that bytes were lost, late or sent again."""
        if self._progress is not None:
            self._progress.hitch(kind, self._names[side], packet, time, length)
        elif len(self._hitches) < self._limits.messages:
            self._hitches.append((kind, side, packet, time, length))

    def run(self, side: int, data: bytes, packet: int, time: int, lost: int) -> int:
        """Take bytes in order, or the news of lost ones."""
        sender = self._senders[side]
        if lost:
            self._gap(side, packet, time, lost)
        if not data:
            return WATCH
        if self._preludes is not None and self._preludes.framing is not None:
            data = self._preludes.unwrap(side, data)
        if not sender.aligned:
            if self._is_early(side) and not self._version2.speaks(side):
                data = self._before_tls(side, data, packet, time)
            if not data:
                return self._patience()
            if self._version2.speaks(side) or not self._align(side, sender, data, packet, time):
                return self._take_version2(side, data, packet, time) if self._version2.speaks(side) else self._patience()
        records = iter(sender.take(data, packet, time))
        for record in records:
            self._record(side, sender, record)
            if self._progress is not None and self._progress.over:
                if self.curious:
                    self._behind[side] = [*records]
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
                if self.curious:
                    self._play_on(progress, records, closes)
                return row
        self._number.back(len(self._all))
        return -1

    def remains(self) -> tuple[bool, bool]:
        """Look behind the end of the handshake in what was taken already; return whether each side's first data is still to come."""
        progress = self._progress
        if progress is None:
            return False, False
        for side, sender in enumerate(self._senders):
            one = self._after[side] = Afterwards(progress, self._names[side])
            one.records(self._behind[side])
            one.data(*sender.rest())
        self._behind = [[], []]
        return not self._after[0].over, not self._after[1].over

    def after(self, side: int, data: bytes, packet: int, time: int, *, follows: bool) -> bool:
        """Take a segment behind the end; return whether the side's data was found, or something that says there is none."""
        one = self._after[side]
        (one.data if follows else one.begins)(data, packet, time)
        return one.over

    def _play_on(self, progress: Progress, records: Iterable[tuple[int, int, Record]], closes: int) -> None:
        """Take the records of a tape behind the end of its handshake."""
        both = [Afterwards(progress, name) for name in self._names]
        for row, side, record in records:
            if row > closes or all(one.over for one in both):
                return
            both[side].records((record,))

    def late(self, side: int, data: bytes, packet: int, time: int) -> int:
        """Take a segment that may hold a late sign: an alert at its start or end, a handshake record (renegotiation), a heartbeat."""
        if self._progress is None:
            return LINGER
        kind = data[0]
        if kind == codes.HANDSHAKE and looks_like_record(data[:5]) and (self._renegotiates(packet, time) or self._begins_again(data)):
            for sender in self._senders:
                sender.aligned = False
            return WATCH
        if kind == codes.HEARTBEAT and len(data) >= HEADER and looks_like_record(data) and self._progress.agreed_heartbeats:
            record = Record(kind, 0, data[HEADER:], (packet,), time)
            self._progress.heartbeat(self._names[side], record, int.from_bytes(data[3:HEADER], "big"))
            return LINGER
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

    @property
    def _broken(self) -> bool:
        """Whether what was read makes no sense."""
        return not self._all or any(one.kind in _BROKEN for progress in self._all for one in progress.handshake.anomalies)

    def reread(self, runs: list[tuple[int, Run]]) -> None:
        """Read other copies of contested bytes, and keep them where they make sense and the first copies did not."""
        if not self._broken:
            return
        other = Conversation(self._flow, self._limits, Numbers(), self._emit)
        for name in ("_client", "_names", "_syns", "_joined", "_confirmed", "_hitches"):
            setattr(other, name, getattr(self, name))
        for side, run in runs:
            if other.run(side, *run) != WATCH:
                break
        if other._broken:
            return
        for progress, before in zip_longest(other._all, self._all[: len(other._all)]):
            progress.handshake.number = before.handshake.number if before is not None else self._number.next()
            if before is None:
                continue
            for one in before.handshake.anomalies:
                if one.kind == "overlap-conflict":
                    detail = f"{one.detail}; this copy is read, for the first one breaks the handshake"
                    progress.anomaly(one.kind, one.layer, detail, one.sender, one.packet, one.time)
            for event in before.handshake.events:
                if event.kind in {"fin", "rst"}:
                    progress.event(event.kind, event.sender, event.packet, event.time)
            progress.handshake.hitches = before.handshake.hitches
        for name in ("_all", "_progress", "_senders", "_version2", "_preludes", "_client", "_names", "_lost", "_unknown"):
            setattr(self, name, getattr(other, name))

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
            self._not_tls(self._progress, data, packet, time, self._names[side])
        sender.spoke += len(data)
        return False

    def _record_starts(self, data: bytes, *, sealed: bool) -> bool:
        """Whether a record starts here; of an encrypted one only the header can be looked at."""
        header = read_header(data) if sealed else None
        return plausible_header(*header) if header else looks_like_record(data)

    def _is_early(self, side: int) -> bool:
        """Whether what is no record may belong to a prelude: a client may say hello before the server has granted what it asked for."""
        progress, preludes = self._progress, self._preludes
        return progress is None or (preludes is not None and preludes.goes_on(side) and progress.handshake.server_hello is None)

    def _before_tls(self, side: int, data: bytes, packet: int, time: int) -> bytes:
        """Give what comes before TLS to the preludes; return what does not belong to them."""
        preludes = self._preludes
        if (preludes is None or not preludes.going) and (looks_like_record(data) or self._version2.begins(data)):
            return data
        if preludes is None:
            preludes = self._preludes = Preludes(self._limits)
        elif len(data) > HEADER and looks_like_record(data):
            return data  # TLS has begun, whatever was expected
        known = preludes.goes_on(side)
        at = preludes.take(side, data, packet, time)
        if not known and not preludes.told:
            self._unknown.setdefault(side, (data[:ANSWER], packet, time))
        rest = data[at:] if known or preludes.going or at < len(data) else preludes.back(side) + data
        return preludes.unwrap(side, rest) if rest and preludes.framing is not None else rest

    def _patience(self) -> int:
        """Whether a flow that has not shaken hands is still worth reading."""
        if self._progress is not None:
            return WATCH
        if self._preludes is not None and self._preludes.settled:
            return DONE
        return DONE if sum(sender.spoke for sender in self._senders) > self._limits.patience_bytes else WATCH

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
        self.hitch("lost", side, packet, time, lost)
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
