"""QUIC connection: one connection from its client's first Initial packet until its handshake is over.

Here lives: what each kind of packet adds to it, its keys and CRYPTO streams, when it is complete.  Here does not live: which connection a
packet belongs to (``quic``), headers, frames and keys (``tls.quic``, ``tls.quic_keys``).

QUIC hides all of the handshake behind the ServerHello.  What shows that it is complete: a client has keys for 1-RTT packets only once
it has the server's Finished, and sends its own Finished in front of them (RFC 9001 sections 4.1.1 and 5.7).  Its first 1-RTT packet is
therefore the proof.  A server may send 1-RTT packets before (RFC 9001 section 5.7): they count only behind a client's Handshake packet
that is long enough for a Finished, and only where no 1-RTT packet of the client comes in the end.  That a server then refuses a
client's certificate is behind encryption.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes import outcome
from analyzer.handshakes.handshake import CLIENT, SERVER, Handshake, Quic
from analyzer.handshakes.lengths import finished_length
from analyzer.handshakes.progress import Progress
from analyzer.handshakes.sender import Record
from analyzer.handshakes.udp.crypto_stream import CryptoStream
from analyzer.tls import codes
from analyzer.tls.quic import Close, Crypto, frames
from analyzer.tls.quic_keys import TAG, initial_keys, retry_tag
from analyzer.tls.quic_versions import COMPATIBLE, edition

if TYPE_CHECKING:
    from analyzer.handshakes.handshake import Endpoint
    from analyzer.handshakes.roles import Numbers
    from analyzer.handshakes.udp.quic_path import Path
    from analyzer.limits import Limits
    from analyzer.tls.quic import Packet

__all__ = ["Connection", "Opened", "unlock"]

Opened = tuple[bytes, int, list[Crypto | Close]]
"""The salt whose keys opened an Initial packet, its packet number, its frames."""

_ALERTS = range(0x100, 0x200)
"""Errors of QUIC that are TLS alerts (RFC 9001 section 4.8)."""
_ERRORS = (
    "NO_ERROR", "INTERNAL_ERROR", "CONNECTION_REFUSED", "FLOW_CONTROL_ERROR", "STREAM_LIMIT_ERROR", "STREAM_STATE_ERROR",
    "FINAL_SIZE_ERROR", "FRAME_ENCODING_ERROR", "TRANSPORT_PARAMETER_ERROR", "CONNECTION_ID_LIMIT_ERROR", "PROTOCOL_VIOLATION",
    "INVALID_TOKEN", "APPLICATION_ERROR", "CRYPTO_BUFFER_EXCEEDED", "KEY_UPDATE_ERROR", "AEAD_LIMIT_REACHED", "NO_VIABLE_PATH",
)  # fmt: skip
"""RFC 9000 section 20.1."""
_FIRST_MESSAGE = {CLIENT: codes.CLIENT_HELLO, SERVER: codes.SERVER_HELLO}
_AROUND = 3
"""Bytes that a Finished costs more in a Handshake packet than in a record, at least: its number and a CRYPTO frame's head."""
_MOST_SECRETS = 3
"""Destination Connection IDs that made Initial keys and are kept: the first, a Retry's, one more for a new version."""


def unlock(packet: Packet, data: bytes, sender: str, destination: bytes, largest: int, salt: bytes | None = None) -> Opened | None:
    """Open an Initial packet with the keys that ``destination`` makes, None where it does not open.

    A packet that the capture cut off has no tag: it is believed where its frames begin the sender's hello.
    """
    known = edition(packet.version)
    if known is None:
        return None
    for one in known.salts if salt not in known.salts else (salt,):
        assert one is not None
        keys = initial_keys(one, known.label, destination, server=sender == SERVER)
        opened = keys.open(data, packet.at, packet.number_at, packet.end, largest, cut=not packet.whole)
        if opened is None:
            continue
        number, payload = opened
        found = list(frames(payload, google=known.google, cut=not packet.whole))
        if packet.whole or any(_begins_hello(frame, sender) for frame in found):
            return one, number, found
    return None


def _begins_hello(frame: Crypto | Close, sender: str) -> bool:
    """Whether a frame of which no tag says that it is true begins a ClientHello or ServerHello: type, length under 64 KiB, TLS 1.2."""
    if not isinstance(frame, Crypto) or frame.offset:
        return False
    return frame.data[:2] == bytes((_FIRST_MESSAGE[sender], 0)) and frame.data[4:6] == b"\3\3"


class Connection:
    """Builds the Handshake of one connection; ``over`` once nothing more can be learned."""

    __slots__ = ("_limits", "_number", "_ones", "_salt", "_sealed", "_streams", "_told", "_undecryptable", "heard", "ids", "largest",
                 "made", "paths", "progress", "secrets", "spoke")  # fmt: skip

    def __init__(self, limits: Limits, number: Numbers, client: Endpoint, server: Endpoint, packet: Packet) -> None:
        """Begin with the client's first Initial packet, which has been opened."""
        self.made = Handshake(
            client=client, server=server, transport="udp", framing="quic", seen=[], alerts=[], anomalies=[], events=[], lost={}, packets=[],
            client_hellos=[], connection_ids={CLIENT: packet.source},
            quic=Quic(version=packet.version, original_destination=packet.destination, token=len(packet.token)),
        )  # fmt: skip
        self.progress = Progress(self.made, limits)
        self.secrets = [packet.destination]
        """Destination Connection IDs of which Initial keys are made, the latest first."""
        self.paths: dict[Path, None] = {}
        """Where its packets were seen, in that order."""
        self.ids: list[tuple[str, bytes]] = []
        """Connection ids that the packets of each sender carry as their destination."""
        self.heard: set[str] = set()
        self.spoke = False
        """A CRYPTO frame was seen: this is a handshake."""
        self.largest = {CLIENT: -1, SERVER: -1}
        """Largest packet numbers of opened Initial packets."""
        self._limits = limits
        self._number = number
        self._salt: bytes | None = None
        self._streams = {CLIENT: CryptoStream(limits), SERVER: CryptoStream(limits)}
        self._sealed = {CLIENT: 0, SERVER: 0}
        self._ones = {CLIENT: 0, SERVER: 0}
        self._told: set[str] = set()
        self._undecryptable = False

    @property
    def quic(self) -> Quic:
        """What it says outside of TLS."""
        assert self.made.quic is not None
        return self.made.quic

    @property
    def over(self) -> bool:
        """Whether nothing more can be learned."""
        return self.progress.over or max(self._ones.values()) >= self._limits.late_packets

    # ------------------------------------------------------------------------------------------------ Initial packets

    def open(self, sender: str, packet: Packet, data: bytes) -> Opened | None:
        """Open one of its Initial packets; the server may have gone over to a compatible version (RFC 9368 section 2.3)."""
        if packet.version != self.quic.version and not (packet.version in COMPATIBLE and self.quic.version in COMPATIBLE):
            return None
        for destination in self.secrets:
            opened = unlock(packet, data, sender, destination, self.largest[sender], self._salt)
            if opened is not None:
                return opened
        return None

    def initial(self, sender: str, packet: Packet, opened: Opened, number: int, time: int) -> None:
        """Take an opened Initial packet of the capture's packet ``number``."""
        self.heard.add(sender)
        self._salt, at, found = opened
        self.largest[sender] = max(self.largest[sender], at)
        quic = self.quic
        if packet.version != quic.version and (sender == SERVER or self.largest[SERVER] >= 0):
            quic.first_version, quic.version = quic.first_version or quic.version, packet.version
        if sender == SERVER:
            self.made.connection_ids[SERVER] = packet.source
        stream = self._streams[sender]
        for frame in found:
            if isinstance(frame, Crypto):
                stream.put(frame.offset, frame.data, number, time)
                if stream.repeated:
                    self.progress.hitch("again", sender, number, time, stream.repeated)
                if not self.spoke:
                    self.spoke = True
                    self.made.number = self._number.next()
                    self.made.start = time
                    self.made.packets.append(number)  # of a hello that never becomes whole this alone is known
        self._messages(sender, stream, number, time)
        for frame in found:
            if isinstance(frame, Close):
                self._closed(sender, frame, number, time)
        self._weigh()

    def undecryptable(self, sender: str, number: int, time: int) -> None:
        """Take an Initial packet that its connection ids say is of this connection, and that does not open."""
        self.heard.add(sender)
        self._undecryptable = True
        self._once(f"key {sender}", "quic-undecryptable", "an Initial packet", sender, number, time)

    def _messages(self, sender: str, stream: CryptoStream, number: int, time: int) -> None:
        progress = self.progress
        for message in stream.messages():
            if message.code not in codes.HANDSHAKE_TYPES:
                self._once(f"type {sender}", "unknown-message", f"type {message.code}", sender, message.packets[-1], message.time)
                stream.stop()
                break
            progress.message(sender, message.code, message.body, message.packets, message.time, None)
            if progress.over:
                return
        if stream.conflict is not None:
            self._once(f"conflict {sender}", "overlap-conflict", f"at byte {stream.conflict} of the CRYPTO stream", sender, number, time)
        if stream.full:
            self._once(f"full {sender}", "buffer-full", "CRYPTO frames were given up to stay within the limits", sender, number, time)
        if stream.too_long is not None:
            self._once(f"long {sender}", "message-too-long", f"{stream.too_long} bytes", sender, number, time)

    def _closed(self, sender: str, frame: Close, number: int, time: int) -> None:
        """Take a CONNECTION_CLOSE frame."""
        progress = self.progress
        progress.event("connection_close", sender, number, time)
        if frame.error in _ALERTS:
            alert = bytes((codes.FATAL, frame.error & 0xFF))
            progress.alert(sender, Record(codes.ALERT, 0, alert, (number,), time), sealed=False)
            return
        if frame.error:
            name = _ERRORS[frame.error] if frame.error < len(_ERRORS) else "unknown"
            reason = f": {frame.reason[:100].decode('utf-8', 'replace')}" if frame.reason else ""
            self._once(f"close {sender}", "quic-close", f"error 0x{frame.error:x} ({name}){reason}", sender, number, time)
        progress.closed("connection_close", sender)
        if sender == SERVER and self.made.outcome == "cut":
            self.made.outcome = "aborted"
        progress.over = True

    # ------------------------------------------------------------------------------------------------ other packets

    def zero_rtt(self, number: int, time: int) -> None:
        """Take a 0-RTT packet."""
        self.heard.add(CLIENT)
        if not self.quic.zero_rtt:
            self.progress.event("zero_rtt", CLIENT, number, time)
        self.quic.zero_rtt += 1

    def handshake(self, sender: str, packet: Packet, number: int, time: int) -> None:
        """Take a Handshake packet: the encrypted rest of a flight, or no more than an acknowledgement."""
        self.heard.add(sender)
        first = not self._sealed[sender]
        self._sealed[sender] += 1
        length = packet.length
        ends = sender == CLIENT and length >= finished_length(self.made.cipher_suite) + _AROUND
        self.progress.finished[CLIENT] |= ends
        if len(self.made.seen) < self._limits.messages - 1:
            guess = "… finished" if ends else "encrypted extensions …" if first and sender == SERVER else None
            self.progress.sealed(sender, length, (number,), time, guess)
        self._weigh()

    def one_rtt(self, sender: str, number: int, time: int) -> None:
        """Take a 1-RTT packet (see the head of this file)."""
        self.heard.add(sender)
        if not self._ones[sender]:
            self.progress.event("one_rtt", sender, number, time)
        self._ones[sender] += 1
        self.progress.settling |= sender == SERVER and self.progress.finished[CLIENT]
        self._weigh()

    def _weigh(self, *, end: bool = False) -> None:
        """Tell that it is complete, once the proof is there (see the head of this file); a late ServerHello is waited for."""
        proof = self._ones[CLIENT] and (self._sealed[SERVER] or self._ones[SERVER])
        if proof and (end or self.made.server_hello is not None) and not self.progress.over:
            self.progress.complete()

    def retry(self, packet: Packet, data: bytes, number: int, time: int) -> bool:
        """Take a Retry packet; return whether the client heeds it (RFC 9000 section 17.2.5.2)."""
        quic = self.quic
        if quic.retried or self.largest[SERVER] >= 0 or not packet.whole or packet.end - packet.number_at < TAG:
            return False
        self.heard.add(SERVER)
        right = retry_tag(packet.version, self.secrets[-1], data[packet.at : packet.end - TAG])
        if right is not None and right != data[packet.end - TAG : packet.end]:
            self._once("retry", "quic-retry-tag", data[packet.end - TAG : packet.end].hex(), SERVER, number, time)
            return False
        quic.retried, quic.retry_source = True, packet.source
        self.secrets.insert(0, packet.source)
        self.progress.event("retry", SERVER, number, time)
        return True

    def refused(self, versions: tuple[int, ...], number: int, time: int) -> None:
        """Take a Version Negotiation packet."""
        self.heard.add(SERVER)
        self.quic.versions_refused = versions
        self.progress.event("version_negotiation", SERVER, number, time)

    def anew(self, packet: Packet) -> None:
        """Go on with another version and new connection ids, as a client does that was refused its first (RFC 9000 section 6.2)."""
        quic = self.quic
        if packet.version != quic.version:
            quic.first_version, quic.version = quic.first_version or quic.version, packet.version
        quic.original_destination = packet.destination
        self.made.connection_ids = {CLIENT: packet.source}
        self.secrets = [packet.destination, *self.secrets][:_MOST_SECRETS]
        self.largest = {CLIENT: -1, SERVER: -1}
        self._salt = None
        self._streams = {CLIENT: CryptoStream(self._limits), SERVER: CryptoStream(self._limits)}

    # ------------------------------------------------------------------------------------------------ the end

    def finish(self) -> Handshake | None:
        """Judge it; None where it never began to shake hands."""
        made, progress = self.made, self.progress
        if not self.spoke:
            return None
        for sender, stream in self._streams.items():
            missing, begins = stream.missing, stream.beginning
            if missing and begins is not None and not progress.over:
                progress.lost(sender, missing)
                progress.anomaly("gap", "quic", f"{missing} bytes of the {sender}'s CRYPTO stream are not in the capture", sender, *begins)
        self._weigh(end=True)
        settled = made.outcome
        made.outcome = settled if settled == "aborted" else outcome.judge(progress, heard=self.heard)
        if made.outcome == "unanswered" and (made.client_hello is None or self._undecryptable):
            made.outcome = "cut"
        made.packets = outcome.once(made.packets)
        return made

    def _once(self, what: str, kind: str, detail: str, sender: str, number: int, time: int) -> None:
        """Tell an anomaly the first time that it is seen."""
        if what not in self._told:
            self._told.add(what)
            self.progress.anomaly(kind, "quic", detail, sender, number, time)
