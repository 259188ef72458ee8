"""Attempt: one handshake over DTLS, from its first message on — who is who, what is plaintext, what is sealed.

Here lives: messages told in order of message_seq, hellos said again (RFC 6347 section 4.2.1), epochs.  Here does not live: one attempt
after another on the same ports (``dtls``), fragments (``flights``), what a message changes (``progress``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.handshakes import order, outcome
from analyzer.handshakes.handshake import CLIENT, SERVER, Handshake
from analyzer.handshakes.progress import Progress
from analyzer.handshakes.roles import by_ports, endpoint
from analyzer.handshakes.sender import Record
from analyzer.handshakes.udp.dtls13 import Hidden
from analyzer.handshakes.udp.flights import Flights, Whole
from analyzer.tls import codes
from analyzer.tls.dtls import FRAGMENT_HEADER, SEALED, DtlsRecord, Fragment
from analyzer.tls.messages import HelloVerifyRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.handshakes.roles import Numbers
    from analyzer.limits import Limits
    from analyzer.streams.exchange import Exchange
    from analyzer.tls.messages import Message

__all__ = ["Attempt"]

_HELLOS = frozenset({codes.CLIENT_HELLO, codes.SERVER_HELLO, codes.HELLO_VERIFY_REQUEST})
_CONNECTION_IDS = frozenset({codes.CONNECTION_ID, codes.CONNECTION_ID_DRAFT})


class Attempt:
    """One handshake.  ``progress`` is None until its first message is whole."""

    def __init__(self, exchange: Exchange, limits: Limits, number: Numbers, after: Attempt | None = None, *, hidden: bool = False) -> None:
        """Take the attempt that came before it on the same ports; ``hidden``: it is a renegotiation under that one's encryption."""
        self.progress: Progress | None = None
        self._exchange = exchange
        self._limits = limits
        self._number = number
        self._flights = (Flights(limits), Flights(limits))
        self._names = (CLIENT, SERVER)
        self._certain = False
        self._epoch = 0
        """Epoch of its first messages; what is sealed by its own keys has a higher one."""
        self._later = after is not None
        self._changed = [False, False]
        self._finished = [False, False]
        self._lost = [0, 0]
        self._latest = [-1, -1]
        self._hellos: tuple[list[bytes], list[bytes]] = ([], [])
        self._hidden = Hidden()
        if hidden and after is not None and after.progress is not None:
            self._continue(after, after.progress.handshake)

    def measure(self, side: int) -> int | None:
        """Return the length of the connection id that records of ``side`` carry (that its peer asked for), None where nothing told it."""
        ids = self.progress.handshake.connection_ids if self.progress is not None else {}
        peer = ids.get(self._names[1 - side])
        return None if peer is None else len(peer)

    @property
    def held(self) -> int:
        """Bytes of handshake messages that are kept."""
        return sum(flights.held for flights in self._flights)

    @property
    def weight(self) -> int:
        """Bytes of memory that its messages take beyond their lengths."""
        return self.progress.weight if self.progress is not None else 0

    # ------------------------------------------------------------------------------------------------ plaintext messages

    def fragment(self, side: int, fragment: Fragment, packet: int, time: int, version: int, record: int = 0) -> Whole | None:
        """Take a fragment in plaintext, from a record of so many bytes; return the hello it completes where that begins another attempt."""
        flights, progress = self._flights[side], self.progress
        if fragment.code in _HELLOS and progress is not None:
            wrong = fragment.code == codes.CLIENT_HELLO and self._names[side] == SERVER and self._certain
            if wrong or progress.over or self._epoch or flights.told(fragment.sequence):
                whole = flights.again(fragment, packet, time, version, record)
                if whole is not None and whole.body in self._hellos[side]:
                    progress.hitch("again", self._names[side], packet, time, len(whole.body))
                    return None
                return None if whole is None else self._another(side, whole)
        if self._epoch:
            return None
        turn = flights.take(fragment, packet, time, version, record)
        if flights.repeats and progress is not None:
            progress.hitch("again", self._names[side], packet, time, len(fragment.data))
        if not turn and fragment.code in _HELLOS:  # whatever should stand before a hello came before the peer's last word
            turn = flights.give_up(fragment.sequence)
        if turn:
            self._went_on(1 - side)
            self.tell(side, turn)
        return None

    def tell(self, side: int, messages: Iterable[Whole]) -> None:
        """Add messages that are whole, in this order."""
        for whole in messages:
            progress = self.progress or self._open(side, whole.code)
            if not self._certain:
                self._settle_roles(side, whole.code)
            name, seen = self._names[side], progress.handshake.seen
            if whole.sequence != self._latest[side] + 1 or self._changed[side]:
                progress.unsure(name)
            self._latest[side] = whole.sequence
            count = len(seen)
            alone = whole.records == (len(whole.body) + FRAGMENT_HEADER,)
            records = () if alone else whole.records
            message = progress.message(name, whole.code, whole.body, whole.packets, whole.time, whole.version, records)
            order.put_in_place(seen, count)
            if whole.code in _HELLOS:
                self._hello(side, whole, message)

    def begin(self, side: int, hello: Whole) -> None:
        """Take the hello that began this attempt, found by the one before it."""
        fragment = Fragment(hello.code, len(hello.body), hello.sequence, 0, hello.body)
        flights = self._flights[side]
        for whole in flights.take(fragment, hello.packets[-1], hello.time, hello.version) or flights.give_up(hello.sequence):
            self.tell(side, [msgspec.structs.replace(whole, packets=hello.packets, records=hello.records)])

    def odd(self, side: int, data: bytes, packet: int, time: int) -> None:
        """Take a plaintext handshake record that holds something else than fragments."""
        if self.progress is not None and not self.progress.over:
            self.progress.anomaly("bad-record", "record", data[:12].hex(), self._names[side], packet, time)

    def skipped(self, side: int, count: int) -> None:
        """Take the news that the capture cut so many bytes off a handshake message."""
        if self.progress is None:
            self._lost[side] += count
        elif not self.progress.over:
            self.progress.lost(self._names[side], count)

    def _hello(self, side: int, whole: Whole, message: Message) -> None:
        self._hellos[side].append(whole.body)
        for extension in getattr(message, "extensions", None) or ():
            if extension.code in _CONNECTION_IDS and isinstance(extension.value, bytes):
                assert self.progress is not None
                self.progress.handshake.connection_ids[self._names[side]] = extension.value

    def _another(self, side: int, whole: Whole) -> Whole | None:
        """Take a hello that differs from those before it; return it where it begins another attempt."""
        assert self.progress is not None
        made, flights, random = self.progress.handshake, self._flights[side], whole.body[2:34]
        open_still = made.server_hello is None and not self.progress.over
        if whole.code == codes.CLIENT_HELLO:
            if not self._same_client(random, whole.body):
                return whole
            if self._names[side] == SERVER:
                if not self.progress.over:
                    detail = "the client's own ClientHello came back"
                    self.progress.anomaly("unexpected-message", "message", detail, SERVER, whole.packets[-1], whole.time)
                return None
        alone = whole.code == codes.SERVER_HELLO and made.client_hello is None
        if alone and made.server_hello is not None and made.server_hello.random != random:
            return whole
        if open_still and not self._epoch:
            flights.restart(whole.sequence + 1)
            self._latest[side] = whole.sequence - 1
            self.tell(side, [whole])
        elif not self.progress.over and whole.code != codes.HELLO_VERIFY_REQUEST:
            detail = f"message_seq {whole.sequence} was sent again with different content"
            self.progress.anomaly("overlap-conflict", "message", detail, self._names[side], whole.packets[-1], whole.time)
        return None

    def _same_client(self, random: bytes, body: bytes) -> bool:
        """Whether a ClientHello goes on with this attempt: the same random, or the cookie that the server gave."""
        assert self.progress is not None
        made = self.progress.handshake
        if any(hello.random == random for hello in made.client_hellos):
            return True
        asked = (seen.message for seen in made.seen if isinstance(seen.message, HelloVerifyRequest))
        return any(one.cookie and one.cookie in body for one in asked)

    def _went_on(self, side: int) -> None:
        """The peer of ``side`` went on: it has what the capture lacks."""
        self.tell(side, self._flights[side].give_up())

    # ------------------------------------------------------------------------------------------------ all other records

    def record(self, side: int, record: DtlsRecord, packet: int, time: int) -> None:
        """Take a record that is no handshake in plaintext."""
        if self.progress is None and record.kind in {codes.CHANGE_CIPHER_SPEC, codes.HANDSHAKE}:
            self._went_on(side)  # a flight ends here, and nothing before it is in the capture
        progress = self.progress
        if progress is None:
            return
        name = self._names[side]
        told = Record(record.kind, record.version, record.fragment, (packet,), time, record.whole)
        if record.kind == SEALED:
            stale = self._later and progress.handshake.server_hello is None
            if record.whole and not stale and (progress.tls13 or progress.handshake.server_hello is None):
                self._hidden.take(progress, name, record.epoch, told)
        elif record.epoch > self._epoch:
            if not progress.tls13 and not (self._later and not self._changed[side]):  # else what the attempt before it sealed
                self._sealed(side, told)
        elif record.epoch == self._epoch:
            if record.kind == codes.CHANGE_CIPHER_SPEC:
                self._change(side, told)
            elif record.kind == codes.ALERT:
                progress.alert(name, told, sealed=self._epoch > 0)
            elif record.kind == codes.HANDSHAKE:
                progress.encrypted_handshake(name, told)
            elif record.kind == codes.HEARTBEAT:
                progress.heartbeat(name, told)

    def _change(self, side: int, record: Record) -> None:
        """Take a ChangeCipherSpec; no number tells its place, so that its order proves nothing, and sent again it is no second one."""
        progress, name = self.progress, self._names[side]
        assert progress is not None
        if self._changed[side] and any(seen.code == order.CHANGE_CIPHER_SPEC and seen.sender == name for seen in progress.handshake.seen):
            return
        self._changed[side] = True
        self._went_on(1 - side)
        progress.unsure(name)
        count = len(progress.handshake.seen)
        progress.change_cipher_spec(name, record)
        if not self._epoch:
            order.put_in_place(progress.handshake.seen, count)

    def _sealed(self, side: int, record: Record) -> None:
        """Take a record that this attempt's keys seal (DTLS up to 1.2)."""
        progress, name = self.progress, self._names[side]
        assert progress is not None
        self._changed[side] = True
        progress.seals(name)
        kind = record.kind
        if kind == codes.TLS12_CID:  # the real type is sealed: first comes the Finished
            kind = codes.APPLICATION_DATA if self._finished[side] else codes.HANDSHAKE
        if kind == codes.HANDSHAKE and not self._finished[side]:  # another one is the Finished sent again
            self._finished[side] = True
            self._went_on(1 - side)
            progress.finished[name] = False  # application data may have come before it
            progress.encrypted_handshake(name, record)
        elif kind == codes.HANDSHAKE:
            progress.hitch("again", name, record.packets[0], record.time, len(record.fragment))
        elif kind == codes.APPLICATION_DATA:
            progress.application_data(name, record)
        elif kind == codes.ALERT:
            progress.alert(name, record, sealed=True)
        elif kind == codes.HEARTBEAT:
            progress.heartbeat(name, record)

    def renegotiates(self, side: int, record: DtlsRecord) -> bool:
        """Whether this record belongs to another handshake that this one's encryption hides (RFC 5246 section 7.4.1.1)."""
        progress = self.progress
        if progress is None or progress.tls13 or record.kind != codes.HANDSHAKE or record.epoch != self._epoch + 1:
            return False
        made, name = progress.handshake, self._names[side]
        finished = {seen.length for seen in made.seen if seen.guess == "finished" and seen.sender == name}
        return made.outcome == "complete" and bool(finished) and len(record.fragment) not in finished  # else it is sent again

    # ------------------------------------------------------------------------------------------------ beginning and end

    def _open(self, side: int, code: int) -> Progress:
        speaks = order.sender_of(code)
        self._certain = speaks is not None
        progress = self._start({CLIENT: side, SERVER: 1 - side}.get(speaks or "", by_ports(self._exchange.ends)))
        for index, count in enumerate(self._lost):
            if count:
                progress.lost(self._names[index], count)
        return progress

    def _start(self, client: int) -> Progress:
        self._names = (SERVER, CLIENT) if client else (CLIENT, SERVER)
        ends = self._exchange.ends
        made = Handshake(
            number=self._number.next(), client=endpoint(ends[client]), server=endpoint(ends[1 - client]), transport="udp", framing="dtls",
            client_known=self._certain, outbound=self._exchange.opener == client, seen=[], alerts=[], anomalies=[], events=[], lost={},
            packets=[], client_hellos=[], connection_ids={},
        )  # fmt: skip
        self.progress = Progress(made, self._limits)
        return self.progress

    def _continue(self, before: Attempt, first: Handshake) -> None:
        """Open a renegotiation, all of which is sealed by the keys of the attempt before it."""
        self._certain, self._epoch, self._later = before._certain, before._epoch + 1, False
        again = self._start(0 if before._names[0] == CLIENT else 1).handshake
        again.version, again.renegotiation = first.version, True
        again.connection_ids.update(first.connection_ids)

    def _settle_roles(self, side: int, code: int) -> None:
        """Turn the roles round where a message shows that ports misled."""
        speaks = order.sender_of(code)
        assert self.progress is not None
        made = self.progress.handshake
        if speaks is None:
            return
        if self._names[side] != speaks:
            if made.seen:
                return
            self._names = (self._names[1], self._names[0])
            made.client, made.server, made.outbound = made.server, made.client, not made.outbound
        self._certain = made.client_known = True

    def rest(self) -> None:
        """Let go of the bytes kept to compare with: the handshake is over."""
        for flights in self._flights:
            flights.forget()

    def end(self) -> Handshake | None:
        """Tell what waits behind missing messages, say what is missing, and give the last word; None where there was no message."""
        waiting = [(side, whole) for side in (0, 1) for whole in self._flights[side].give_up()]
        for side, whole in sorted(waiting, key=lambda one: one[1].packets[-1]):
            self.tell(side, [whole])
        progress = self.progress
        if progress is None:
            return None
        self._hidden.end(progress)
        for side, flights in enumerate(self._flights):
            name, made = self._names[side], progress.handshake
            for text, packet, time in flights.missing():
                progress.anomaly("gap", "message", f"{text} of the {name} not in the capture", name, packet, time)
            last = made.packets[-1] if made.packets else 0
            for sequence in flights.torn:
                detail = f"message_seq {sequence} was sent again with different content"
                progress.anomaly("overlap-conflict", "message", detail, name, last, made.end)
            if flights.full:
                progress.anomaly("buffer-full", "message", "fragments were dropped to stay within the limits", name, last, made.end)
        return self._judged(progress)

    def so_far(self, now: int) -> Handshake | int:
        """Live, where the exchange fell silent: give the word on a handshake that is over, else the time to ask again (0: do not)."""
        progress = self.progress
        if progress is None or progress.handshake.open:
            return 0
        self._hidden.end(progress)
        if not (progress.over or progress.settling):
            return 0
        due = outcome.settled(progress.handshake)
        return self._judged(progress) if progress.over or now >= due else due

    def _judged(self, progress: Progress) -> Handshake:
        return outcome.conclude(progress, {self._names[side] for side in (0, 1) if self._exchange.heard >> side & 1})
