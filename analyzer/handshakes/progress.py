"""Progress: one handshake as it goes on — what each message and record adds to it, and when it is over.

Here lives: the negotiated version and suite, what is encrypted from where, when both sides have finished, what ended it.
Here does not live: finding records and messages (``conversation``), legal order (``order``), final words (``outcome``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from analyzer.handshakes import checks, order
from analyzer.handshakes.anomaly import Anomaly
from analyzer.handshakes.handshake import CLIENT, SERVER, Alert, Event, Handshake, Hitch, Seen
from analyzer.handshakes.lengths import PADDING, finished_length, flight_guesses, is_alert, is_finished, is_padded_alert
from analyzer.registry import cipher_suite, encrypts_nothing
from analyzer.tls import codes
from analyzer.tls.messages import (
    Certificate,
    ClientHello,
    CompressedCertificate,
    HelloRetryRequest,
    Message,
    ServerHello,
    read_message,
)
from analyzer.tls.reader import Bounds

if TYPE_CHECKING:
    from analyzer.handshakes.sender import Record
    from analyzer.limits import Limits

__all__ = ["Progress"]


USUAL_HELLO = 2048
"""Bytes of a hello of today, post-quantum key share and ECH included: what it costs is in what a flow costs (``streams.flow``)."""
PER_BYTE = 20
"""Bytes of memory for each further byte of a hello: two bytes may be a number of 32 bytes and its place in a tuple."""
PER_CERTIFICATE = 100
"""Bytes of memory for each entry of a chain beside its DER."""

FLIGHT = 8
"""Records behind a client's first sealed one among which its Finished may be: a Certificate in four of them, a CertificateVerify."""


@lru_cache(8)
def _bounds(limits: Limits) -> Bounds:
    return Bounds(items=limits.items, unpacked=limits.unpacked_certificate_bytes, ratio=limits.unpacked_certificate_ratio)


class Flight:
    """What a TLS 1.3 client says behind its first sealed record, as long as that may not have been all of its flight."""

    __slots__ = ("first", "records", "told")

    def __init__(self, first: int) -> None:
        """``first`` is the index of that record in ``Handshake.seen``."""
        self.first = first
        self.records: list[Record] = []
        self.told: int | None = None
        """Index in ``Handshake.events`` of what was told of these records: that they are application data."""


class Progress:
    """Builds a Handshake.  ``over`` is set once nothing more can be learned from it but how the connection closes."""

    __slots__ = ("_before", "_changed", "_data", "_encrypted", "_flight", "_limits", "_offers_early", "_sure", "_told", "_touched",
                 "finished", "handshake", "mutual", "over", "settling", "tls13", "weight")  # fmt: skip

    def __init__(self, handshake: Handshake, limits: Limits) -> None:
        """Take a fresh handshake."""
        self.handshake = handshake
        self.over = False
        self.tls13 = False
        """TLS 1.3 (or a draft) was negotiated."""
        self.settling = False
        """TLS 1.3: the client's Finished went by; the server's next record tells whether it was taken."""
        self.mutual = False
        """TLS 1.3 with early data: both sides went on after the server's flight, though no record had a Finished's length."""
        self.finished = {CLIENT: False, SERVER: False}
        self.weight = 0
        """Bytes of memory that its messages take beyond what their lengths let expect: small numbers read from bytes are objects."""
        self._limits = limits
        self._before = {CLIENT: order.FIRST, SERVER: order.FIRST}
        self._sure = {CLIENT: True, SERVER: True}
        self._encrypted = {CLIENT: 0, SERVER: 0}
        self._changed = {CLIENT: False, SERVER: False}
        self._data = {CLIENT: False, SERVER: False}
        self._flight: Flight | None = None
        self._told = 0
        self._touched: tuple[int, ...] | None = None
        self._offers_early: bool | None = None

    # ------------------------------------------------------------------------------------------------ what comes in

    def message(self, sender: str, code: int, body: bytes, packets: tuple[int, ...], time: int, version: int | None,
                records: tuple[int, ...] = ()) -> Message:  # fmt: skip
        """Take a handshake message in plaintext and return it read; ``records`` as in Seen."""
        made = self.handshake
        suite = cipher_suite(made.cipher_suite) if made.cipher_suite is not None and code in _NEEDS_SUITE else None
        exchange = suite.key_exchange if suite else None
        message = read_message(code, body, version=made.version, key_exchange=exchange, bounds=_bounds(self._limits))
        if len(body) > USUAL_HELLO and code in _HELLOS:
            self.weight += PER_BYTE * (len(body) - USUAL_HELLO)
        self._check_order(sender, codes.HELLO_RETRY_REQUEST if type(message) is HelloRetryRequest else code, packets[0], time)
        last = packets[0] if len(packets) == 1 else _completing(packets)
        self._add(Seen(sender, code, len(body), packets[0], last, time, message, None, version, records), packets, time)
        extensions = getattr(message, "extensions", None)
        if message.fault is not None or (extensions and not checks.sound(extensions)):
            for kind, layer, detail in checks.in_message(message):
                self.anomaly(kind, layer, detail, sender, last, time)
        take = _TAKE.get(type(message))
        if take is not None:
            take(self, sender, message, last, time)
        return message

    def sslv2(self, sender: str, code: int, message: Message, packets: tuple[int, ...], time: int, length: int) -> None:
        """Take a message in SSL 2.0 framing."""
        self._before[sender] = code if isinstance(message, ClientHello) else order.FIRST
        self._add(Seen(sender, 256 + code, length, packets[0], _completing(packets), time, message, None, 2), packets, time)
        for kind, layer, detail in checks.in_message(message):
            self.anomaly(kind, layer, detail, sender, packets[-1], time)
        if isinstance(message, ClientHello):
            self._client_hello(sender, message, packets[-1], time)

    def change_cipher_spec(self, sender: str, record: Record) -> None:
        """Take a ChangeCipherSpec; in TLS 1.3 it means nothing (RFC 8446 appendix D.4)."""
        self._check_order(sender, order.CHANGE_CIPHER_SPEC, record.packets[0], record.time)
        self._changed[sender] = True
        packets, time, length = record.packets, record.time, len(record.fragment)
        last = _completing(packets)
        self._add(Seen(sender, order.CHANGE_CIPHER_SPEC, length, packets[0], last, time, None, None, record.version), packets, time)

    def seals(self, sender: str) -> None:
        """Take it that this sender has changed its cipher: its records say so (DTLS's epoch), though no ChangeCipherSpec was seen."""
        self._changed[sender] = True

    def encrypted_handshake(self, sender: str, record: Record) -> None:
        """Take an encrypted handshake record of TLS 1.2 or older: the first after a ChangeCipherSpec is the Finished."""
        first = self._changed[sender] and not self.finished[sender]
        self._encrypted[sender] += 1
        self._seal(sender, record, "finished" if first else None)
        if first:
            self.finished[sender] = True
            if all(self.finished.values()):
                self.complete()

    def application_data(self, sender: str, record: Record) -> None:
        """Take an application data record: in TLS 1.3 the encrypted part of the handshake looks like it."""
        length = len(record.fragment)
        if self.tls13 and sender == SERVER and not self.settling:
            self._encrypted[SERVER] += 1
            self.mutual |= self._encrypted[CLIENT] > 0
            self._seal(SERVER, record, "encrypted extensions …" if self._encrypted[SERVER] == 1 else None)
            return
        if not self.tls13:
            self.first_data(sender, record)
            if self.handshake.server_hello is None and self.handshake.client_hello is not None and not self._changed[sender]:
                return  # early data, or an answer that is not in the capture
            self.finished[sender] = True
            if all(self.finished.values()) and (self._changed[CLIENT] or self._changed[SERVER]):
                self.complete()
            return
        if self.settling:
            self._settle(sender, length, record)
        elif self._encrypted[SERVER] and self._refuses(length):
            self._sealed_alert(CLIENT, record)
        elif self._early() and length != finished_length(self.handshake.cipher_suite):
            self._encrypted[CLIENT] += self._encrypted[SERVER] > 0
            self.first_data(CLIENT, record)
        else:
            self._encrypted[CLIENT] += 1
            ends = is_finished(length, self.handshake.cipher_suite)
            self._seal(CLIENT, record, "finished" if ends else "… finished")
            self.finished[CLIENT] = True
            self.settling = True
            self._flight = None if ends else Flight(len(self.handshake.seen) - 1)

    def sealed(self, sender: str, length: int, packets: tuple[int, ...], time: int, guess: str | None = None) -> None:
        """Take something encrypted that belongs to the handshake and came in no TLS record (a QUIC packet, a DTLS 1.3 record)."""
        self._add(Seen(sender, None, length, packets[0], _completing(packets), time, None, guess, None), packets, time)

    def alert(self, sender: str, record: Record, *, sealed: bool) -> None:
        """Take an alert record, in plaintext or (``sealed``, or by its length) encrypted."""
        made, fragment = self.handshake, record.fragment
        packet = record.packets[-1]
        if len(fragment) > 2 and not self.tls13 and encrypts_nothing(made.cipher_suite):  # a MAC follows (RFC 5246 section 6.2.3.1)
            fragment, sealed = fragment[:2], False
        if len(fragment) == 2 and fragment[0] in {codes.WARNING, codes.FATAL} and not sealed:
            level, description = fragment
            if len(made.alerts) >= self._limits.messages:
                self.over = True
                return
            made.alerts.append(Alert(sender, level, description, packet, record.time))
            self._touch(record.packets, record.time)
            if description == codes.CLOSE_NOTIFY:
                self.closed("close_notify", sender)
            elif not self.over and (level == codes.FATAL or (self.tls13 and description != codes.USER_CANCELED)):
                made.outcome = "failed"
                self.over = True
            return
        if not sealed and not self.tls13 and not self.over and len(fragment) < 16:
            self.anomaly("malformed-alert", "record", f"{len(fragment)} bytes: {fragment[:8].hex()}", sender, packet, record.time)
            return
        if self.over or (self.finished[sender] and not self.tls13):  # who has finished closes: a refusal comes before its Finished
            if len(made.alerts) < self._limits.messages:
                made.alerts.append(Alert(sender, None, None, packet, record.time))
            self.closed("close_notify", sender)
        else:
            self._sealed_alert(sender, record)

    @property
    def agreed_heartbeats(self) -> bool:
        """Whether the server agreed to heartbeats (RFC 6520 section 2)."""
        hello = self.handshake.server_hello
        return hello is not None and any(extension.code == codes.HEARTBEATS for extension in hello.extensions or ())

    def heartbeat(self, sender: str, record: Record, length: int | None = None) -> None:
        """Take a heartbeat; in plaintext its payload must fit its record (RFC 6520 section 4).

        ``length`` is the record's, where its fragment may not be there to its end.
        """
        made, fragment = self.handshake, record.fragment
        if len(made.events) < self._limits.messages:
            made.events.append(Event("heartbeat", sender, record.packets[-1], record.time, len(fragment) if length is None else length))
        if len(fragment) >= 3 and fragment[0] in {1, 2} and not self._changed[sender]:
            claimed = fragment[1] << 8 | fragment[2]
            if 3 + claimed + 16 > len(fragment):
                detail = f"claims {claimed} bytes in a record of {len(fragment)}"
                self.anomaly("malformed-heartbeat", "record", detail, sender, record.packets[-1], record.time)

    def event(self, kind: str, sender: str, packet: int, time: int) -> None:
        """Take a SYN, SYN/ACK, FIN or RST."""
        if len(self.handshake.events) < self._limits.messages:
            self.handshake.events.append(Event(kind, sender, packet, time))
        if kind in {"fin", "rst"}:
            self.closed(kind, sender)

    def closed(self, how: str, sender: str) -> None:
        """Note how the connection ends; the first sign counts."""
        if self.handshake.closed is None:
            self.handshake.closed, self.handshake.closed_by = how, sender

    def lost(self, sender: str, count: int) -> None:
        """Note missing bytes: order is no longer sure."""
        self.handshake.lost[sender] = self.handshake.lost.get(sender, 0) + count
        self.unsure(sender)

    def hitch(self, kind: str, sender: str, packet: int, time: int, length: int) -> None:
        """Note where bytes were lost, late or sent again, up to the limit on messages."""
        made = self.handshake
        if len(made.hitches) < self._limits.messages and not self.over:
            made.hitches = (*made.hitches, Hitch(kind, sender, packet, time, length))

    def unsure(self, sender: str) -> None:
        """Expect any message of this sender next (its stream was joined in the middle, or bytes are missing)."""
        self._sure[sender] = False

    def anomaly(self, kind: str, layer: str, detail: str, sender: str | None, packet: int, time: int) -> None:
        """Add an anomaly, up to the limit; then count."""
        made = self.handshake.anomalies
        if len(made) < self._limits.anomalies:
            made.append(Anomaly(kind, layer, detail, sender, packet, time))
            return
        self._told += 1
        made[-1] = Anomaly("more-anomalies", layer, f"{self._told + 1} more", sender, packet, time)

    # ------------------------------------------------------------------------------------------------ what it means

    def _add(self, seen: Seen, packets: tuple[int, ...], time: int) -> None:
        kept = self.handshake.seen
        if len(kept) >= self._limits.messages:
            if not self.over:
                self.anomaly("too-many-messages", "message", f"more than {self._limits.messages}", seen.sender, seen.packet, time)
            self.over = True
            return
        kept.append(seen)
        self._touch(packets, time)

    def _touch(self, packets: tuple[int, ...], time: int) -> None:
        made = self.handshake
        if time < made.start or not made.start:
            made.start = time
        made.end = max(made.end, time)
        if packets is self._touched:  # another message of the same record
            return
        self._touched = packets
        numbers = made.packets
        if not numbers or numbers[-1] != packets[0]:
            numbers.extend(packets)
        elif len(packets) > 1:
            numbers.extend(packets[1:])

    def _check_order(self, sender: str, code: int, packet: int, time: int) -> None:
        before, self._before[sender] = self._before[sender], code
        if self.tls13:
            return
        if not self._sure[sender]:
            self._sure[sender] = True
        elif code != before and not order.allowed(sender, before, code):
            after = "at the start" if before == order.FIRST else f"after type {before}"
            self.anomaly("unexpected-message", "message", f"type {code} from the {sender} {after}", sender, packet, time)

    def _client_hello(self, sender: str, hello: Message, packet: int, time: int) -> None:
        assert isinstance(hello, ClientHello)
        made = self.handshake
        made.client_hellos.append(hello)
        if made.client_hello is None:
            made.client_hello = hello
        elif made.hello_retry is None and made.server_hello is None and self._before[SERVER] not in _ASKED_AGAIN:
            self.anomaly("unexpected-message", "message", "a second ClientHello that no HelloRetryRequest asked for", sender, packet, time)

    def _server_hello(self, sender: str, hello: Message, packet: int, time: int) -> None:
        assert isinstance(hello, ServerHello)
        made = self.handshake
        if type(hello) is HelloRetryRequest:
            made.hello_retry = hello
        elif made.server_hello is None:
            made.server_hello = hello
        if made.server_hello is not hello and made.hello_retry is not hello:
            return
        made.version = _negotiated(hello)
        if type(hello) is not HelloRetryRequest or hello.cipher_suite:
            made.cipher_suite = hello.cipher_suite
        self.tls13 = codes.speaks_tls13(made.version, made.cipher_suite)
        if made.client_hellos and made.server_hello is hello:
            for kind, layer, detail in checks.in_server_hello(hello, made.client_hellos[-1], made.version):
                self.anomaly(kind, layer, detail, sender, packet, time)

    def _certificate(self, sender: str, message: Message, _packet: int, _time: int) -> None:
        whole = message.certificate if isinstance(message, CompressedCertificate) else message
        if not isinstance(whole, Certificate):
            return
        chain = tuple(entry.data for entry in whole.chain)
        self.weight += PER_CERTIFICATE * len(chain)
        if isinstance(message, CompressedCertificate):
            self.weight += message.uncompressed_length
        if sender == CLIENT:
            self.handshake.client_chain = chain
        elif self.handshake.server_chain is None:
            self.handshake.server_chain = chain

    def _seal(self, sender: str, record: Record, guess: str | None) -> None:
        packets, time, length = record.packets, record.time, len(record.fragment)
        last = packets[0] if len(packets) == 1 else _completing(packets)
        self._add(Seen(sender, None, length, packets[0], last, time, None, guess, record.version), packets, time)

    def _sealed_alert(self, sender: str, record: Record) -> None:
        made = self.handshake
        made.alerts.append(Alert(sender, None, None, record.packets[-1], record.time))
        self._touch(record.packets, record.time)
        made.outcome = "failed"
        self.over = True

    def _settle(self, sender: str, length: int, record: Record) -> None:
        """After a client's Finished: a server that refuses it (its certificate, say) sends an alert before anything else.

        Where the client has closed already, the alert is the server's close_notify.
        """
        if sender == SERVER and self.handshake.closed_by != CLIENT and self._is_servers_alert(length):
            self._sealed_alert(SERVER, record)
            return
        if self._flight is not None and sender == CLIENT:
            self._go_on(self._flight, length, record)
            return
        self.first_data(sender, record)
        if sender == SERVER:
            self.complete()

    def _go_on(self, flight: Flight, length: int, record: Record) -> None:
        """Take what a client says behind a record that is no Finished alone: data, unless a Finished shows that its flight goes on."""
        flight.records.append(record)
        if not is_finished(length, self.handshake.cipher_suite):
            if not self._data[CLIENT]:
                flight.told = len(self.handshake.events)
                self.first_data(CLIENT, record)
            if len(flight.records) == FLIGHT:
                self._flight = None
            return
        self._flight, made = None, self.handshake
        if flight.told is not None:
            del made.events[flight.told]  # it was no data
            self._data[CLIENT] = False
        first, *others = flight_guesses(made.seen[flight.first].length, len(flight.records), made.cipher_suite)
        made.seen[flight.first] = replace(made.seen[flight.first], guess=first)
        for one, guess in zip(flight.records, others, strict=True):
            self._seal(CLIENT, one, guess)

    def _refuses(self, length: int) -> bool:
        """Whether a client's record in the place of its Finished is an alert; one as long as a padded alert may be early data."""
        suite = self.handshake.cipher_suite
        return is_alert(length, suite) or (is_padded_alert(length, suite) and not self._early())

    def _is_servers_alert(self, length: int) -> bool:
        """Whether a server's first record after the client's Finished is an alert: a padded one only of a server that padded its own."""
        suite = self.handshake.cipher_suite
        if is_alert(length, suite):
            return True
        last = next((seen for seen in reversed(self.handshake.seen) if seen.sender == SERVER), None)
        return is_padded_alert(length, suite) and last is not None and last.length == finished_length(suite) + PADDING

    def first_data(self, sender: str, record: Record) -> None:
        """Take application data that tells nothing but that it is there."""
        self._first_data(sender, record.packets[0], record.time, len(record.fragment))

    def _first_data(self, sender: str, packet: int, time: int, length: int) -> None:
        if not self._data[sender]:
            self._data[sender] = True
            self.handshake.events.append(Event("application_data", sender, packet, time, length))

    def wants_data(self, sender: str) -> bool:
        """Whether the handshake is complete and this sender's first data was not seen."""
        return self.handshake.outcome == "complete" and not self._data[sender]

    def later_data(self, sender: str, length: int, packet: int, time: int) -> bool:
        """Take application data behind the handshake; return whether it is that, and no alert of TLS 1.3."""
        if self.tls13 and is_alert(length, self.handshake.cipher_suite):
            return False
        self._first_data(sender, packet, time, length)
        return True

    def complete(self) -> None:
        """Both sides have finished."""
        self.handshake.outcome = "complete"
        self.over = True

    def _early(self) -> bool:
        """Whether the first ClientHello announced early data, so that the client's records may be that."""
        if self._offers_early is None:
            hello = self.handshake.client_hello
            self._offers_early = hello is not None and any(extension.code == codes.EARLY_DATA for extension in hello.extensions or ())
        return self._offers_early


def _completing(packets: tuple[int, ...]) -> int:
    """Return the packet with which the last missing byte came: segments may come out of order."""
    return max(packets)


def _negotiated(hello: ServerHello) -> int:
    """Return the version that a ServerHello chose: supported_versions where it stands (RFC 8446 section 4.2.1)."""
    for extension in hello.extensions or ():
        if extension.code == codes.SUPPORTED_VERSIONS and isinstance(extension.value, int):
            return extension.value
    return hello.version


_ASKED_AGAIN = frozenset({order.FIRST, codes.HELLO_VERIFY_REQUEST})
"""Of a server: what came last where a second ClientHello is no wonder (its question, if any, is lost, or it was DTLS's)."""
_HELLOS = frozenset({codes.CLIENT_HELLO, codes.SERVER_HELLO, codes.HELLO_RETRY_REQUEST})
_NEEDS_SUITE = frozenset({codes.SERVER_KEY_EXCHANGE, codes.CLIENT_KEY_EXCHANGE})

_TAKE = {
    ClientHello: Progress._client_hello,  # noqa: SLF001 - a table of this class's own methods
    ServerHello: Progress._server_hello,  # noqa: SLF001 - as above
    HelloRetryRequest: Progress._server_hello,  # noqa: SLF001 - as above
    Certificate: Progress._certificate,  # noqa: SLF001 - as above
    CompressedCertificate: Progress._certificate,  # noqa: SLF001 - as above
}
"""What each message type changes."""
