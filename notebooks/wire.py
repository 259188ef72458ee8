"""Wire: every packet and record of a small capture as frames, and TLS 1.3 records opened with the keys that the lab kept.

Here lives: what the notebooks show beside the scan, which on purpose looks away once a handshake is over.  Here does not live:
drawing (``ladder``).  Made for captures of one connection with nothing lost, late or sent twice, as the lab records them.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from analyzer.capture import Capture, blocks, packet_number
from analyzer.handshakes.sender import Sender
from analyzer.limits import DEFAULT
from analyzer.packets.transport import Transport
from analyzer.registry import alert_name, content_type_name, handshake_type_name, version_name
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer import Scan

__all__ = ["opened", "packets", "records", "story"]

FLAGS = {0x02: "SYN", 0x01: "FIN", 0x04: "RST", 0x10: "ACK"}
"""TCP flag (RFC 9293 section 3.1) -> its name; PSH tells a reader nothing."""
SUITES = {"TLS_AES_128_GCM_SHA256": (16, SHA256), "TLS_AES_256_GCM_SHA384": (32, SHA384)}
"""Suite of TLS 1.3 -> bytes of its key, its hash."""
SEALED_HANDSHAKE, SEALED_DATA = "{}_HANDSHAKE_TRAFFIC_SECRET", "{}_TRAFFIC_SECRET_0"
"""Labels of a key log (RFC 9850): a sender's secret up to its Finished, and after it."""


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    """Walk a frame's rows by name; what a cell holds is for the table to say, not for the type checker."""
    return iter(frame.itertuples())


def packets(path: str | Path) -> pd.DataFrame:
    """Return one row a TCP segment: ``packet``, ``ms`` since the first, ``sender``, ``flags``, ``bytes`` and ``payload``."""
    rows: list[tuple[Any, ...]] = []
    transport = Transport(DEFAULT, Counter())
    for block in blocks([Capture(path)]):
        part = transport.read(block)[0]
        numbers, times = block.packet[part.row].tolist(), block.time[part.row].tolist()
        for at, (number, time) in enumerate(zip(numbers, times, strict=True)):
            payload = block.data[part.start[at] : part.stop[at]].tobytes()
            flags = " ".join(name for bit, name in FLAGS.items() if part.flags[at] & bit)
            rows.append((packet_number(number), time, int(part.source_port[at]), flags, len(payload), payload))
    client = rows[0][2]  # the first packet is the client's SYN
    return pd.DataFrame(
        [(number, (time - rows[0][1]) / 1e6, "client" if port == client else "server", *rest) for number, time, port, *rest in rows],
        columns=["packet", "ms", "sender", "flags", "bytes", "payload"],
    )


def records(sent: pd.DataFrame) -> pd.DataFrame:
    """Cut what ``packets`` returned into TLS records (RFC 8446 section 5.1): one row a record; ``fragment`` is what it carries."""
    senders = {"client": Sender(), "server": Sender()}
    started = dict(zip(sent.packet, sent.ms, strict=True))
    rows: list[tuple[Any, ...]] = []
    for segment in _rows(sent[sent.bytes > 0]):
        for record in senders[segment.sender].take(segment.payload, segment.packet, 0):
            first, last = record.packets[0], record.packets[-1]
            name = content_type_name(record.kind), version_name(record.version)
            rows.append((first, last, started[first], segment.sender, *name, len(record.fragment), record.fragment))
    columns = ["packet", "last_packet", "ms", "sender", "content_type", "version", "length", "fragment"]
    return pd.DataFrame(rows, columns=columns)


class Key:
    """One sender's key for one phase: RFC 8446 sections 7.1 (labels), 7.3 (key and iv) and 5.3 (nonce)."""

    def __init__(self, secret: bytes, suite: str) -> None:
        """Derive key and iv from a traffic secret."""
        size, algorithm = SUITES[suite]

        def expand(label: bytes, length: int) -> bytes:
            label = b"tls13 " + label
            info = length.to_bytes(2, "big") + bytes([len(label)]) + label + b"\0"
            return HKDFExpand(algorithm(), length, info).derive(secret)

        self._cipher, self._iv, self._count = AESGCM(expand(b"key", size)), int.from_bytes(expand(b"iv", 12), "big"), 0

    def open(self, fragment: bytes) -> tuple[int, bytes]:
        """Return the true content type and content of this sender's next record; InvalidTag where a byte of it was changed."""
        nonce, header = (self._iv ^ self._count).to_bytes(12, "big"), b"\x17\x03\x03" + len(fragment).to_bytes(2, "big")
        self._count += 1
        inner = self._cipher.decrypt(nonce, fragment, header).rstrip(b"\0")
        return inner[-1], inner[:-1]


def opened(cut: pd.DataFrame, key_log: str | Path, suite: str) -> pd.DataFrame:
    """Open the encrypted records of a TLS 1.3 connection: one row for each message that ``records`` could not show.

    ``message`` is the handshake message's type, the alert's description, or "application_data"; ``length`` is that of its
    body, ``record_length`` that of the record on the wire, ``body`` its bytes.
    """
    secrets = {label: bytes.fromhex(secret) for label, _, secret in map(str.split, Path(key_log).read_text("ascii").splitlines())}
    keys = {name: Key(secrets[SEALED_HANDSHAKE.format(name.upper())], suite) for name in ("client", "server")}
    rows: list[tuple[Any, ...]] = []
    for record in _rows(cut[cut.content_type == "application_data"]):
        kind, content = keys[record.sender].open(record.fragment)
        content_type = content_type_name(kind)
        if content_type != "handshake":
            found = [(alert_name(content[1]) if content_type == "alert" else content_type, content)]
        else:
            found = []
            while content:
                end = 4 + int.from_bytes(content[1:4], "big")
                found.append((handshake_type_name(content[0]), content[4:end]))
                content = content[end:]
        rows += [
            (record.packet, record.last_packet, record.ms, record.sender, content_type, name, len(body), record.length, body)
            for name, body in found
        ]
        if any(name == "finished" for name, _ in found):
            keys[record.sender] = Key(secrets[SEALED_DATA.format(record.sender.upper())], suite)
    columns = ["packet", "last_packet", "ms", "sender", "content_type", "message", "length", "record_length", "body"]
    return pd.DataFrame(rows, columns=columns)


def story(scan: Scan, sent: pd.DataFrame, sealed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Tell a connection from SYN to the last ACK, one row an arrow: ``packet ms sender name bytes kind``.

    ``kind`` is tcp, plain (a message that anyone can read), sealed (an encrypted one), data or end (an alert that closes);
    ``bytes`` are those of the message's body, or of the record that hides it.
    ``sealed`` is what ``opened`` returned, for TLS 1.3.  ACKs that only say "got it" are left out.
    """
    empty = sent[sent.bytes == 0]
    opens_or_ends = empty["flags"].str.contains("SYN|FIN|RST")
    answers_one = sent["flags"].shift().str.contains("SYN ACK|FIN").eq(other=True)[empty.index]
    started = dict(zip(sent.packet, sent.ms, strict=True))
    rows: list[tuple[Any, ...]] = [
        (row.packet, row.ms, row.sender, row.flags.replace(" ", "/"), 0, "tcp") for row in _rows(empty[opens_or_ends | answers_one])
    ]
    for row in _rows(scan.messages):
        if sealed is None or not row.encrypted:
            name = row.guess if row.encrypted else row.type
            rows.append((row.packet, started[row.packet], row.sender, name, row.length, "sealed" if row.encrypted else "plain"))
    if sealed is None:
        cut = records(sent)
        late = cut[cut.content_type.isin(["alert", "application_data"])]
        rows += [(row.packet, row.ms, row.sender, row.content_type, row.length, _KINDS[row.content_type]) for row in _rows(late)]
    else:
        rows += [(row.packet, row.ms, row.sender, row.message, row.record_length, _KINDS[row.content_type]) for row in _rows(sealed)]
    told = pd.DataFrame(rows, columns=["packet", "ms", "sender", "name", "bytes", "kind"])
    return told.sort_values("packet", kind="stable", ignore_index=True)  # stable: within a packet, plain comes before sealed


_KINDS = {"handshake": "sealed", "application_data": "data", "alert": "end"}
