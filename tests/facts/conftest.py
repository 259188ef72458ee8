"""Handshakes made by hand: small builders that fill a Handshake as ``handshakes.conversation`` would."""

from __future__ import annotations

import datetime as dt
import struct
from functools import cache

import pytest

from analyzer.facts import TABLES, Book
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Handshake, Seen
from analyzer.handshakes.prelude import Plain, Prelude
from analyzer.tls import messages as m
from analyzer.tls.extensions import read_extension

CODES = {
    m.HelloRequest: 0, m.ClientHello: 1, m.ServerHello: 2, m.HelloRetryRequest: 2, m.NewSessionTicket: 4, m.EncryptedExtensions: 8,
    m.Certificate: 11, m.CompressedCertificate: 25, m.ServerKeyExchange: 12, m.CertificateRequest: 13, m.ServerHelloDone: 14,
    m.CertificateVerify: 15, m.ClientKeyExchange: 16, m.Finished: 20, m.CertificateStatus: 22, m.Opaque: 99,
}  # fmt: skip
START = 1_700_000_000_123_456_789
MS = 1_000_000
CCS = -1
ENCRYPTED = None


def u16(*numbers):
    return struct.pack(f">{len(numbers)}H", *numbers)


def vector(data, width=2):
    return len(data).to_bytes(width, "big") + data


def extension(code, body=b"", where="client_hello"):
    return read_extension(code, body, where)


def sni(name):
    return extension(0, vector(b"\0" + vector(name)))


def alpn(*names, where="client_hello"):
    return extension(16, vector(b"".join(vector(name, 1) for name in names)), where)


def client_hello(*extensions, **fields):
    fields = {
        "version": 0x0303, "random": b"\x11" * 32, "session_id": b"", "cipher_suites": (0x1301, 0xC02F, 0x00FF),
        "compression_methods": (0,), "extensions": extensions,
    } | fields  # fmt: skip
    return m.ClientHello(**fields)


def server_hello(*extensions, shape=m.ServerHello, **fields):
    fields = {
        "version": 0x0303, "random": b"\x22" * 32, "session_id": b"", "cipher_suite": 0xC02F, "compression_method": 0,
        "extensions": extensions,
    } | fields  # fmt: skip
    return shape(**fields)


def server_hello13(*extensions, group=29, **fields):
    share = [extension(51, u16(group) + vector(b"\4" * 32), "server_hello")] if group else []
    fields = {"cipher_suite": 0x1301} | fields
    return server_hello(extension(43, u16(0x0304), "server_hello"), *share, *extensions, **fields)


def handshake(*steps, **fields):
    """Steps are (sender, message), (sender, CCS) or (sender, ENCRYPTED); packets count from 1, a millisecond each."""
    made = Handshake(client=Endpoint(bytes([10, 0, 0, 1]), 50000), server=Endpoint(bytes([192, 0, 2, 1]), 443))
    made.start, made.end, made.outcome = START, START + (len(steps) - 1) * MS, "complete"
    made.packets = list(range(1, len(steps) + 1))
    for number, (sender, what) in enumerate(steps, 1):
        message = None if what in (CCS, ENCRYPTED) else what
        code = CODES[type(message)] if message else what
        if isinstance(message, m.ClientHello) and message.sslv2:
            code = 257
        made.seen.append(Seen(sender, code, 100 + number, number, number, START + (number - 1) * MS, message, record_version=0x0303))
        if isinstance(message, m.ClientHello):
            made.client_hellos.append(message)
        elif isinstance(message, m.HelloRetryRequest):
            made.hello_retry = message
        elif isinstance(message, m.ServerHello):
            made.server_hello, made.cipher_suite = message, message.cipher_suite
            selected = [e.value for e in message.extensions or () if e.code == 43]
            made.version = selected[0] if selected else message.version
        elif isinstance(message, m.Certificate):
            chain = tuple(entry.data for entry in message.chain)
            if sender == SERVER:
                made.server_chain = chain
            else:
                made.client_chain = chain
    made.client_hello = made.client_hellos[0] if made.client_hellos else None
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def full(*hello_extensions, certificates=(b"leaf",), key_exchange=None, more=(), answer=None, **fields):
    """Make a full TLS 1.2 handshake; ``more`` are server messages between ServerKeyExchange and ServerHelloDone."""
    exchange = key_exchange or m.ServerKeyExchange(kind="ecdhe", group=23, curve_type=3, public=b"\4" * 65, signature_scheme=0x0403)
    chain = m.Certificate(chain=tuple(m.CertificateEntry(der) for der in certificates))
    return handshake(
        (CLIENT, client_hello(*hello_extensions)), (SERVER, answer or server_hello()), (SERVER, chain), (SERVER, exchange),
        *((SERVER, message) for message in more), (SERVER, m.ServerHelloDone()),
        (CLIENT, m.ClientKeyExchange(kind="ecdhe", public=b"\4" * 65)), (CLIENT, CCS), (CLIENT, ENCRYPTED), (SERVER, CCS),
        (SERVER, ENCRYPTED), **fields,
    )  # fmt: skip


def prelude(protocol="smtp", **fields):
    """Make a prelude that asked for TLS and was granted it."""
    fields = {
        "client_side": 0, "offered": True, "requested": True, "granted": True, "greeting": b"220 mail.example ESMTP", "answer": b"220 go",
        "packets": [4, 6], "start": START, "end": START + 2 * MS,
    } | fields  # fmt: skip
    return Prelude(protocol=protocol, **fields)


def plain(*preludes, **fields):
    """Make a connection that came to no handshake."""
    ends = {"client": Endpoint(bytes([10, 0, 0, 1]), 50000), "server": Endpoint(bytes([192, 0, 2, 1]), 25)}
    return Plain(**(ends | {"preludes": list(preludes)} | fields))


@cache
def certificate():
    """Make a self-signed certificate, as DER."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    oid = x509.NameOID
    name = x509.Name([x509.NameAttribute(oid.COMMON_NAME, "test.example"), x509.NameAttribute(oid.ORGANIZATION_NAME, "Ex")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(0xABCDEF)
        .not_valid_before(dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("test.example"), x509.DNSName("www.test.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    return made.public_bytes(serialization.Encoding.DER)


class Make:
    """What tests build with."""

    CCS, ENCRYPTED, START = CCS, ENCRYPTED, START
    u16, vector, extension, sni, alpn = map(staticmethod, (u16, vector, extension, sni, alpn))
    client_hello, server_hello, server_hello13 = map(staticmethod, (client_hello, server_hello, server_hello13))
    handshake, full, certificate, prelude, plain = map(staticmethod, (handshake, full, certificate, prelude, plain))

    @staticmethod
    def rows(table, made, book=None, number=1):
        """Rows of a table as dicts."""
        names = [column.name for column in TABLES[table].columns]
        book = book or Book(sources=["a.pcap", "b.pcap"])
        return [dict(zip(names, row, strict=True)) for row in TABLES[table].rows(number, made, book)]

    @staticmethod
    def plain_rows(table, made, book=None):
        """Rows of a connection that came to no handshake, as dicts."""
        names = [column.name for column in TABLES[table].columns]
        return [dict(zip(names, row, strict=True)) for row in TABLES[table].plain(made, book or Book(sources=["a.pcap", "b.pcap"]))]

    @classmethod
    def row(cls, made):
        """Return the row of the handshakes table."""
        [row] = cls.rows("handshakes", made)
        return row


@pytest.fixture(scope="session")
def make():
    return Make
