"""The targets of fuzzing: functions that take any bytes, raise for none of them, and check what must hold whatever the bytes say.

Here lives: the table of them, those that walk no columns (TLS, X.509, what is spoken before TLS, datagrams, texts).  Here does not live:
captures and packets (``roads``), how bytes are taken for conversations (``scripts``), what they start from (``seeds``), atheris (``run``).
"""

from __future__ import annotations

import html as entities
import json
import string
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import checks
import judgements
import lives
import roads
import seeds
import tellings
from checks import SMALL, lot, settled, told
from rich.cells import cell_len
from scripts import ENDS, MS, START, Ends, Script, dtls_datagrams, operations, quic_datagrams

from analyzer import escapes
from analyzer.facts import TABLES, Book
from analyzer.facts.messages import told_fields
from analyzer.facts.values import tell_extension
from analyzer.fingerprints.ja3 import ja3, ja3_text, ja3s
from analyzer.fingerprints.ja4 import ja4, ja4_raw, ja4_raw_original
from analyzer.handshakes.conversation import Conversation
from analyzer.handshakes.handshake import SERVER, Endpoint, Handshake, Seen
from analyzer.handshakes.prelude import Plain
from analyzer.handshakes.preludes import Preludes
from analyzer.handshakes.roles import Numbers
from analyzer.handshakes.udp.datagrams import Demultiplexer
from analyzer.reports.ndjson import encode
from analyzer.reports.paint import fit, shorten
from analyzer.streams.exchange import Exchange
from analyzer.streams.flow import DONE, LINGER, Flow
from analyzer.tls import dtls, quic, records, sslv2, transparency
from analyzer.tls.extension_table import TABLE
from analyzer.tls.extensions import WHERE, read_extension
from analyzer.tls.messages import ClientHello, ServerHello, read_message
from analyzer.x509 import is_self_signed, read_certificate
from analyzer.x509.extensions import read_extension as read_certificate_extension
from analyzer.x509.ocsp import read_ocsp_response

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TARGETS", "Target"]


class Target(NamedTuple):
    """``run`` takes the bytes, ``seeds`` makes what to start from, ``most`` is the longest input worth trying.

    ``rooms`` are the modules, with all below them, whose lines guide the fuzzer: to watch the others too would cost much of its speed.
    """

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    most: int
    rooms: tuple[str, ...] = ("analyzer",)
    compares: bool = True
    """What is compared guides too: not of use for arrays, each of which the tracer would keep, nor where scripts have the right numbers."""

    def start(self) -> list[bytes]:
        """Return the seeds that are short enough."""
        return [seed for seed in self.seeds() if len(seed) <= self.most]


# ---- TLS: bytes without a conversation

VERSIONS = (None, 0x0300, 0x0301, 0x0303, 0x0304, 0x7F1C, 0x0002)
EXCHANGES = (None, "RSA", "DHE_RSA", "ECDHE_ECDSA", "PSK", "RSA_PSK", "DHE_PSK", "ECDHE_PSK", "SRP_SHA", "ECCPWD", "ECJPAKE",
             "GOSTR341112_256", "KRB5", "DH_anon", "RSA_EXPORT", "ECDH_RSA")  # fmt: skip
CODES = sorted(TABLE)


def _sound(fault, size):
    assert fault is None or 0 <= fault.at <= size, fault


def messages(data):
    """One handshake message: type, version and key exchange are the first three bytes (a version of 255: SSL 2.0)."""
    script = Script(data)
    code, version, exchange = script.byte(), script.byte(), script.byte()
    body = script.rest()
    if version == 255:
        message = sslv2.read_message(bytes((code,)) + body)
    else:
        message = read_message(code, body, version=VERSIONS[version % len(VERSIONS)], key_exchange=EXCHANGES[exchange % len(EXCHANGES)])
    if message.fault is None or message.fault.reason not in {"unpack", "limit"}:
        _sound(message.fault, max(len(body) + 1, 1 << 14))
    checks.harmless(encode(told_fields(message)))
    if isinstance(message, ClientHello):
        assert len(ja3(message) or "") in {0, 32}
        ja3_text(message)
        for kind in "tqd":
            assert len((ja4(message, kind) or "").split("_")) in {1, 3}
        ja4_raw(message), ja4_raw_original(message)
    elif isinstance(message, ServerHello):
        assert len(ja3s(message) or "") in {0, 32}


def extensions(data):
    """One extension in one message: the first byte picks the message, the second a known code (255: the next two are any code)."""
    script = Script(data)
    where, code = [*WHERE][script.byte() % len(WHERE)], script.byte()
    code = script.word() if code == 255 else CODES[code % len(CODES)]
    body = script.rest()
    extension = read_extension(code, body, where)
    assert (extension.code, extension.body) == (code, body)
    _sound(extension.fault, len(body))
    checks.harmless(encode(tell_extension(code, extension.value)))


def x509(data):
    """A certificate, one as an identity, an OCSP answer, an extension of a certificate, a list of timestamps, by the first byte."""
    kind, body = data[:1], data[1:]
    if kind == b"o":
        checks.harmless(encode(read_ocsp_response(body)))
    elif kind == b"e":
        checks.harmless(encode(read_certificate_extension(body)))
    elif kind == b"s":
        found, fault = transparency.read_sct_list(body)
        _sound(fault, len(body))
        checks.harmless(encode(found))
    elif kind == b"i":
        _identity(body)
    else:
        certificate = read_certificate(body)
        assert is_self_signed(certificate) in {True, False, None}
        made = Handshake(client=Endpoint(bytes(4), 1), server=Endpoint(bytes(16), 2), server_chain=(body, body[:40]), packets=[1])
        for table in ("certificates", "chains"):
            for row in TABLES[table].rows(1, made, Book(["a"])):
                checks.harmless(encode(row))


def _identity(der):
    """Tell the columns that a certificate gives to its handshake, and the message that carried it."""
    message = read_message(11, (len(der) + 3).to_bytes(3, "big") + len(der).to_bytes(3, "big") + der)
    made = Handshake(client=Endpoint(bytes(4), 1), server=Endpoint(bytes(16), 2), server_chain=(der,), packets=[1],
                     seen=[Seen(SERVER, 11, len(der), 1, 1, START, message)])  # fmt: skip
    settled(made, 1)
    told(made)


# ---- conversations: operations without packets


def tls_records(data):
    """A TCP connection of operations, read by a flow and its conversation, without tables and columns."""
    script = Script(data)
    options = script.byte()
    head = script.data[1:]
    for at in range(min(len(head), 8)):
        header = records.read_header(head, at)
        assert (header is None) == (len(head) - at < records.HEADER)
        records.looks_like_client_hello(head, at)
        if records.looks_like_record(head, at) and header is not None:
            assert records.plausible_header(*header)
    sslv2.looks_like_client_hello(head), sslv2.looks_like_server_hello(head)
    made = []
    flow = Flow(7, ENDS, None, SMALL)
    flow.listener = Conversation(flow, SMALL, Numbers(), made.append)
    flow.heard, flow.opener = options & 3, options >> 2 & 1
    if options & 8:
        flow.sides[0].start(999), flow.sides[1].start(0xFFFFFF00)
    ends, packet = Ends((1000, 0xFFFFFF01)), 0
    for operation in operations(script):
        packet += 1
        time, side, sequence, flags, said = ends.place(*operation)
        if flow.state == DONE:
            break
        if flow.state == LINGER:
            flow.late(side, sequence, flags, said, packet, time)
        else:
            flow.segment(side, sequence, flags, said, 0, packet, time)
            if flow.state == LINGER:
                flow.rest()
    flow.finish()
    for one in made:
        if isinstance(one, Handshake):
            settled(one, packet)
        told(one, lot(data, 64))


def dialogs(data):
    """What is spoken before TLS: turns of a byte (side, 7 bits of length) and so many bytes."""
    script, preludes, packet = Script(data), Preludes(SMALL), 0
    over = [False, False]
    while script and not all(over):
        turn = script.byte()
        side, said = turn >> 7, script.take(turn & 0x7F)
        packet += 1
        if over[side] or not said:
            continue
        at = preludes.take(side, said, packet, START + packet * MS)
        assert 0 <= at <= len(said)
        over[side] = at < len(said)
        if preludes.framing is not None:
            preludes.unwrap(side, said[at:])
    assert all(1 <= one <= packet for prelude in preludes.told for one in prelude.packets)
    if preludes.told:
        told(Plain(client=Endpoint(bytes(4), 1), server=Endpoint(bytes(16), 2), preludes=preludes.told))


# ---- datagrams


def _heard(datagrams, pick):
    """Let a hearer take datagrams, and a new one once it is done; check what comes of them."""
    made, notes, packet = [], Counter(), 0
    ears = Demultiplexer(SMALL, Numbers(), made.append, notes, ((),))
    exchange = None
    for side, data, missing in datagrams:
        packet += 1
        if exchange is None:
            exchange = Exchange(7, ENDS, 0, side)
            exchange.hearer = ears.hear(exchange)
        exchange.heard |= 1 << side
        exchange.last = START + packet * MS
        if exchange.hearer.datagram(side, data, packet, exchange.last, missing) == DONE:
            exchange.hearer.finish()
            exchange = None
    if exchange is not None:
        exchange.hearer.finish()
    assert not len(ears.quic), "a connection without an exchange"
    for one in made:
        settled(one, packet)
        told(one, pick)


def dtls_talk(data):
    """DTLS: first as one datagram, then as operations that make datagrams."""
    missing = data[0] if data else 0
    dtls.speaks(data), dtls.begins(data), dtls.sealed13(data)
    for record in dtls.read_records(data, missing=missing, cid=missing & 7 or None):
        assert len(record.fragment) <= len(data)
        fragments, _ = dtls.read_fragments(record.fragment, whole=record.whole)
        assert sum(len(fragment.data) for fragment in fragments) <= len(record.fragment)
    _heard(dtls_datagrams(Script(data)), lot(data, 64))


def quic_talk(data):
    """QUIC: first as packets and frames, then as operations whose Initial packets are sealed under the right keys."""
    missing = data[0] if data else 0
    quic.speaks(data, missing), quic.google(data)
    at = 0
    for packet in quic.packets(data, missing):
        assert at <= packet.at < packet.end <= len(data)
        assert packet.number_at <= packet.end
        at = packet.end
    for options in ({}, {"google": True}, {"cut": True}):
        for frame in quic.frames(data, **options):
            assert not isinstance(frame, quic.Crypto) or frame.data in data
    _heard(quic_datagrams(Script(data)), lot(data, 64))


# ---- texts

NAME = {*string.ascii_letters, *string.digits, *"._-"}
SIGNS = {*"=+-@", *"\uff1d\uff0b\uff0d\uff20"}


def texts(data):
    """A text of the wire in every medium: the first byte says which encoding it is taken from and how wide it may be."""
    if not data:
        return
    encoding, errors = (("utf-8", "replace"), ("utf-8", "surrogateescape"), ("latin-1", "strict"), ("utf-16-le", "replace"))[data[0] & 3]
    text, width = data[1:].decode(encoding, errors), data[0] >> 2
    shown, cell, marked = escapes.terminal(text), escapes.csv_cell(text), escapes.markdown(text)
    for made in (shown, escapes.terminal(text, 5), cell, marked, escapes.html(text), escapes.svg(text)):
        assert made.isprintable(), made
    for part in cell.split(";"):
        assert part.startswith("'") or part.lstrip("\"' \u3000")[:1] not in SIGNS, cell
    assert entities.unescape(escapes.html(text)) == entities.unescape(escapes.svg(text)) == shown
    assert not {*"<>\"'"} & {*escapes.html(text)}
    name = escapes.file_name(text)
    assert 0 < len(name) <= 100
    assert not {*name} - NAME
    assert name[0] not in ".-"
    narrow = ("ascii", "cp1252", "utf-8")[lot(data, 3)]
    assert escapes.encoded(shown, narrow).decode(narrow).isprintable()
    line = escapes.encoded(json.dumps(text, ensure_ascii=False), narrow, as_json=True)
    assert json.loads(line.decode(narrow)) == text
    line = encode({"text": text})
    checks.harmless(line)
    assert json.loads(line)["text"] == text
    for where in () if lot(data, 8) else ("end", "middle"):
        assert cell_len(shorten(shown, width, where)) <= width
        assert cell_len(fit(text, width, where)) == width


TARGETS: dict[str, Target] = {
    "extensions": Target(extensions, seeds.extensions, 512),
    "messages": Target(messages, seeds.messages, 1024),
    "dialogs": Target(dialogs, seeds.dialogs, 400, ("analyzer.handshakes.dialogs", "analyzer.handshakes.preludes")),
    "texts": Target(texts, seeds.texts, 64, ("analyzer.escapes", "analyzer.reports.paint")),
    "x509": Target(x509, seeds.x509, 1024, ("analyzer.x509", "analyzer.facts", "analyzer.tls.transparency")),
    "dtls": Target(dtls_talk, seeds.dtls, 800, ("analyzer.handshakes", "analyzer.tls.dtls"), compares=False),
    "quic": Target(quic_talk, seeds.quic, 512, ("analyzer.handshakes.udp", "analyzer.tls.quic"), compares=False),
    "records": Target(tls_records, seeds.conversations, 640, ("analyzer.handshakes", "analyzer.tls.sslv2"), compares=False),
    "packets": Target(roads.packets, seeds.packets, 320, ("analyzer.packets",), compares=False),
    "streams": Target(roads.streams, seeds.streams, 96, ("analyzer.streams",), compares=False),
    "capture": Target(roads.capture, seeds.captures, 1024, ("analyzer.capture",), compares=False),
    "judgement": Target(judgements.judgement, seeds.judgements, 2048, ("analyzer.x509.trust", "analyzer.findings.policies",
                        "analyzer.findings.judging", "analyzer.registry.weak", "analyzer.x509.ocsp")),
    "road": Target(roads.road, seeds.roads, 800, compares=False),
    "live": Target(lives.live, seeds.roads, 800, ("analyzer.handshakes", "analyzer.streams", "analyzer.capture.keeping"), compares=False),
    "tellings": Target(tellings.tellings, seeds.roads, 800, ("analyzer.ladders", "analyzer.reports"), compares=False),
    "findings": Target(judgements.road, seeds.captured, 4096, ("analyzer.findings", "analyzer.x509.trust", "analyzer.capture.writing"),
                       compares=False),
}
"""Name -> target, about from the cheapest to the dearest."""
