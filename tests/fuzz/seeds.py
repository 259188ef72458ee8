"""What fuzzing starts from: the samples' pieces written as the targets' scripts.

Here lives: one function for each target that returns its seeds.  Here does not live: the scripts' language (``scripts``), reading the
samples (``pieces``), any stored corpus.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
from functools import cache
from struct import pack

import issuers
import made
import pieces
import scripts
from roads import ALL_LINKS, read_packets
from scripts import text

from analyzer.findings.policies import files as policies
from analyzer.handshakes.udp.quic_connection import unlock
from analyzer.tls import dtls as dtls_records
from analyzer.tls import quic as quic_packets
from analyzer.tls.extension_table import TABLE
from analyzer.tls.extensions import WHERE
from analyzer.tls.messages import (
    Certificate,
    CertificateRequest,
    CertificateStatus,
    ClientHello,
    EncryptedExtensions,
    HelloRetryRequest,
    NewSessionTicket,
    ServerHello,
)  # fmt: skip

CARRIERS = {
    ClientHello: "client_hello", ServerHello: "server_hello", HelloRetryRequest: "hello_retry_request",
    EncryptedExtensions: "encrypted_extensions", CertificateRequest: "certificate_request", NewSessionTicket: "new_session_ticket",
}  # fmt: skip


def _once(seeds):
    """Return different seeds, the shortest first."""
    return sorted({*seeds}, key=lambda seed: (len(seed), seed))


# ---- one function for each target


def extensions():
    wheres, codes = [*WHERE], sorted(TABLE)
    found = []
    for one in pieces.handshakes():
        for seen in one.seen:
            lists = [(CARRIERS.get(type(seen.message)), getattr(seen.message, "extensions", None) or ())]
            if isinstance(seen.message, Certificate):
                lists = [("certificate", entry.extensions or ()) for entry in seen.message.chain]
            found += [(where, one.code, one.body) for where, ones in lists if where for one in ones]
    known = [bytes((wheres.index(where), codes.index(code))) + body for where, code, body in found if code in TABLE]
    every = [bytes((where, code)) + body for where in range(len(wheres)) for code in range(len(codes)) for body in (b"", b"\0\2\0\x17")]
    return _once([*known, *every])


def messages():
    found = [bytes((code, version, 3)) + body for code, body in pieces.plain_messages() for version in (0, 3, 4)]
    found += [bytes((code, version, exchange)) + bytes(range(40)) for code in (12, 16) for version in (1, 3) for exchange in range(16)]
    for said in pieces.turns():
        found += [bytes((data[2], 255, 0)) + data[3:] for _, data in said if data[0] & 0x80 and len(data) > 3]  # SSL 2.0
    return _once([*found, *made.messages()])


def certificates():
    return _once([der for one in pieces.handshakes() for der in (*(one.server_chain or ()), *(one.client_chain or ()))])


def x509():
    found = [b"c" + der for der in certificates()]
    for one in pieces.handshakes():
        for seen in one.seen:
            if isinstance(seen.message, CertificateStatus):
                found += [b"o" + response for response in seen.message.responses]
            elif isinstance(seen.message, Certificate):
                found += [b"o" + one.value.response for entry in seen.message.chain for one in entry.extensions or ()
                          if hasattr(one.value, "response")]  # fmt: skip
    for der in certificates():
        at = der.find(b"\x06\x03\x55\x1d")
        while at > 1:
            found.append(b"e" + der[at : at + 2 + der[at - 1]])
            at = der.find(b"\x06\x03\x55\x1d", at + 1)
    found += [b"i" + der for der in certificates()]
    found.append(b"s\0\x33\0\x31\0" + bytes(range(32)) + bytes(8) + b"\0\0\4\3\0\4abcd")
    return _once([*found, *made.x509()])


def texts():
    words = ("example.org", "\x1b[31m", "=1+1", "\u202eabc", "a\u0301\u0301\u0301", "\u3164", "日本語", "\U000e0041", "\u2028", "\udcff")
    return [bytes((width << 2 | kind,)) + word.encode(("utf-8", "utf-8", "latin-1", "utf-16-le")[kind], "replace")
            for word in words for kind in range(4) for width in (0, 5, 40)]  # fmt: skip


def dialogs():
    found = []
    for said in pieces.turns():
        script = b""
        for side, data in said:
            for at in range(0, min(len(data), 600), 127):
                piece = data[at : at + 127]
                script += bytes((side << 7 | len(piece),)) + piece
        found.append(script[:400])
    return _once(found)


def _short(code, body):
    """Return a message's body; of what is long by nature (certificates, tickets, signatures) one that is short."""
    if code == 11:
        return b"\0\0\0"
    return body[:6] + b"\0\0" if code == 4 else body if len(body) < 200 or code in {1, 2} else body[:80]


@cache
def _conversations():
    """Return the samples' conversations as operations, twice: as they were said, and as records and messages."""
    found = []
    for said in pieces.turns():
        plain = b"".join(bytes((scripts.SAY | side << 3,)) + text(data) for side, data in said)
        cut = b""
        for side, data in said:
            for kind, body in pieces.records(data):
                if kind == 22 and len(body) >= 4 and int.from_bytes(body[1:4], "big") == len(body) - 4:
                    cut += bytes((scripts.MESSAGE | side << 3, body[0])) + text(_short(body[0], body[4:]))
                else:
                    cut += bytes((scripts.RECORD | side << 3 | (kind - 20 & 7 | 8) << 4,)) + text(body[:80])
        found += [plain, cut]
    return _once(found)


OPENING = bytes((scripts.FLAGS, scripts.FLAGS | 0x18))
"""SYN and SYN/ACK."""


def conversations():
    return _once([bytes((options,)) + body for body in _conversations() for options in (3, 11)])


def dtls():
    found = []
    for name, said in pieces.datagrams().items():
        if name.startswith("dtls"):
            found.append(b"".join(bytes((scripts.DTLS_RAW | side << 2,)) + text(data) for side, data in said))
            script = b""
            for side, data in said:
                for record in dtls_records.read_records(data):
                    fragments = dtls_records.read_fragments(record.fragment)[0] if (record.kind, record.epoch) == (22, 0) else []
                    to = side << 2 | 0x40
                    for one in fragments:
                        script += bytes((scripts.DTLS_MESSAGE | to, one.code, one.sequence)) + text(_short(one.code, one.data))
                    if not fragments:
                        script += bytes((scripts.DTLS_RECORD | to | record.kind - 20 << 3, record.epoch)) + text(record.fragment[:80])
            found.append(script)
    for code, body in pieces.plain_messages():
        if code in {1, 2, 11, 12, 16} and len(body) < 600:
            whole = body[:35] + b"\0" + body[35:] if code == 1 else body  # with a cookie
            found.append(bytes((scripts.DTLS_MESSAGE | 0x40 | (code == 2) << 2, code, 0)) + text(whole))
            found.append(b"".join(bytes((scripts.DTLS_FRAGMENT | 0x40, code, 0)) + pack(">HB", at, 0) + text(whole[at : at + 100])
                                  for at in range(0, len(whole), 100)))  # fmt: skip
    return _once(found)


@cache
def _crypto():
    """Return the samples' QUIC connections as operations: their CRYPTO frames sealed anew, their other packets as what they are."""
    found = []
    for said in pieces.datagrams().values():
        script, key = b"", None
        for side, data in said:
            for packet in quic_packets.packets(data):
                key = key or packet.destination
                opened = unlock(packet, data, ("client", "server")[side], key, -1) if packet.kind == "initial" else None
                if opened is not None:
                    frames = b"".join(
                        b"\6" + scripts.varint(one.offset) + scripts.varint(len(one.data)) + one.data
                        if isinstance(one, quic_packets.Crypto)
                        else b"\x1c" + scripts.varint(one.error) + b"\0" + text(one.reason[:63])[1:]
                        for one in opened[2]
                    )
                    script += bytes((scripts.QUIC_INITIAL | side << 3,)) + text(frames)
                elif packet.kind == "handshake":
                    script += bytes((scripts.QUIC_LONG | side << 3, 0, packet.length & 0xFF))
                elif packet.kind == "one_rtt":
                    script += bytes((scripts.QUIC_SHORT | side << 3,))
                elif packet.kind == "retry":
                    script += bytes((scripts.QUIC_RETRY | side << 3,)) + text(packet.token[:20])
                elif packet.kind == "version_negotiation":
                    script += bytes((scripts.QUIC_REFUSAL | side << 3, 1, 1))
        found.append(script)
    return found


def quic():
    found = [script for script in _crypto() if script]
    for said in pieces.datagrams().values():
        found += [bytes((scripts.QUIC_RAW | side << 3,)) + text(data) for side, data in said if data[0] & 0x80]
    for code, body in pieces.plain_messages():
        if code in {1, 2} and len(body) < 600:
            found.append(bytes((scripts.QUIC_CRYPTO | (code == 2) << 3,)) + text(pack(">I", code << 24 | len(body)) + body))
    return _once(found)


def captures():
    found = []
    for blob in pieces.files().values():
        found += [bytes((options,)) + blob for options in (0, 1, 2)]
        found += [b"\0" + compress(blob) for compress in (gzip.compress, bz2.compress, lzma.compress)]
    for order, magic in (("<", 0xA1B2C3D4), (">", 0xA1B2C3D4), ("<", 0xA1B23C4D), (">", 0xA1B2CD34)):
        whole = pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
        for frame in pieces.blocks()["fail-unanswered"][0]:
            whole += pack(order + "IIII", 1_700_000_000, 5, len(frame), len(frame)) + bytes(8 * (magic == 0xA1B2CD34)) + frame
        found.append(b"\0" + whole)
    return _once(found)


def packets():
    found = []
    for blocks in pieces.blocks().values():
        frames = [frame for block in blocks for frame in block][:4]
        link = ALL_LINKS.index(int(blocks[0].link[0]))
        found.append(bytes((link,)) + b"".join(text(frame[:0x7FF]) for frame in frames))
    return _once([*found, *made.packets(ALL_LINKS, read_packets)])


def streams():
    found = []
    for options in (*range(8), 0x21, 0x23):
        orders = (range(8), range(7, -1, -1), (0, 2, 1, 3, 5, 4, 7, 6))
        found += [bytes((options,)) + b"".join(bytes((n & 1, 8 + 4 * n, 20, 0)) for n in order) for order in orders]
        found.append(bytes((options,)) + b"".join(bytes((kind << 1 | side, 7, 0, 0)) for kind in (4, 5, 0, 6, 7, 4) for side in (0, 1)))
    return found


def roads():
    found = [b"\0" + blob for blob in pieces.files().values()]
    found += [bytes((1 | (number % 4) << 2,)) + OPENING + body for number, body in enumerate(_conversations())]
    found += [bytes((2,)) + body for body in dtls()] + [bytes((3,)) + body for body in _crypto() if body]
    return _once(found)


def _message(side, code, body):
    return bytes((scripts.MESSAGE | side << 3, code)) + text(body)


def captured():
    """Return whole captures that are short, conversations (what ``roads`` has, but longer), and chains that are shown, two in a capture."""
    found = [*roads(), *(b"\0" + blob for blob in pieces.files().values())]
    hello = b"\3\3" + bytes(32) + b"\0\0\2\xc0\x2b\1\0" + text(pack(">HHHBH", 0, 16, 14, 0, 11) + b"example.org")
    answer = b"\3\3" + bytes(range(32)) + b"\0\xc0\x2b\0"
    staple = next(one for one in issuers.responses() if len(one) > 300)
    for chain in issuers.chains():
        listed = b"".join(len(one).to_bytes(3, "big") + one for one in chain)
        script = _message(0, 1, hello) + _message(1, 2, answer) + _message(1, 11, len(listed).to_bytes(3, "big") + listed)
        for more in (b"", _message(1, 22, b"\1" + len(staple).to_bytes(3, "big") + staple), bytes((scripts.RECORD | 1 << 4, 0, 2, 2, 45))):
            found += [b"\1" + OPENING + script + more, b"\x41" + 2 * OPENING[:1] + 2 * OPENING[1:] + script + more]
    return _once(found)


def judgements():
    """Return seeds of the target ``judgement``: the kind (an index of ``judgements.KINDS``), then what each takes."""
    today = b"\x80\0"
    found = [b"\0" + bytes((options,)) + today + text(name) + b"".join(map(text, chain)) for chain in issuers.chains()
             for options, name in ((0, b"example.org"), (1, b"192.0.2.1"), (2, b""))]  # fmt: skip
    found += [b"\1" + bytes((options,)) + today + one for one in issuers.responses() for options in (0, 1)]
    (whole, _), listed = issuers.logged()
    found += [b"\2\0" + listed, b"\2\1" + whole, b"\2\2" + listed, b"\2\3" + whole]
    hosts = (b"example.org", b"www.example.org", b"*.example.org", b"192.0.2.1", b"[2001:db8::1]", "b\u00fccher.example".encode(), b"a.b.")
    patterns = b"".join(map(text, (b"*.example.org", b"example.org", b"*", b"xn--bcher-kva.example")))
    found += [b"\3" + text(name) + patterns for name in hosts]
    moduli, primes = (3 * (2**61 - 1), issuers.P * issuers.Q), (7, 23, 561, 2**127 - 1, 2**89 - 1, 1019 * 2039)
    found += [b"\4" + bytes((options,)) + text(number.to_bytes(142, "big")) + b"\1\0\1" for number in moduli for options in (1, 3)]
    found += [b"\4\0" + number.to_bytes(-(-number.bit_length() // 8), "big") for number in primes]
    for name in policies.builtin():
        head, *clauses = (policies.FOLDER / f"{name}.toml").read_bytes().split(b"[[clause]]")
        found += [b"\5\1" + head + b"[[clause]]" + clause for clause in clauses if len(head + clause) < 2000]
    moments = (b"now", b"capture", b"2026-03-15", b"2026-03-15T12:00:00Z", b"0001-01-01T00:00:00+23:59", b"2026-W01-1")
    found += [b"\6" + one for one in moments]
    return _once(found)
