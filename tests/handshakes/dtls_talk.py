"""DTLS made by hand: records, fragments and flights built from RFC 6347 and RFC 9147, and an association to read them."""

from __future__ import annotations

from struct import pack

import talk

from analyzer.handshakes.roles import Numbers
from analyzer.handshakes.udp.dtls import Association
from analyzer.limits import DEFAULT
from analyzer.packets.network import IPV4_HIGH
from analyzer.streams.exchange import Exchange

CLIENT, SERVER = 0, 1
NAMES = (talk.CLIENT, talk.SERVER)
ENDS = ((int(IPV4_HIGH), 0xC0000201, 50000), (int(IPV4_HIGH), 0xC6336402, 4433))
DTLS10, DTLS12, DTLS13 = 0xFEFF, 0xFEFD, 0xFEFC


class Line:
    """Two ends that send datagrams to each other, one a millisecond."""

    def __init__(self, limits=DEFAULT, ends=ENDS):
        self.told = []
        self.exchange = Exchange(1, ends)
        self.association = Association(self.exchange, limits, Numbers(), self.told.append)
        self.packet = 0
        self.wants = 1

    def say(self, side, *datagrams, missing=0):
        for data in datagrams:
            self.packet += 1
            self.exchange.heard |= 1 << side
            self.wants = self.association.datagram(side, data, self.packet, talk.START + self.packet * talk.MS, missing)
        return self

    def play(self, turns):
        for side, datagram in turns:
            self.say(side, datagram)
        return self

    def read(self):
        self.association.finish()
        return self.told

    def one(self):
        [made] = self.read()
        return made


def record(kind, body, epoch=0, sequence=0, version=DTLS12):
    """DTLSPlaintext, RFC 6347 section 4.1."""
    return pack(">BHHHIH", kind, version, epoch, sequence >> 32, sequence & 0xFFFFFFFF, len(body)) + body


def fragment(message, sequence, start=0, stop=None):
    """A piece of a TLS handshake message (with its header of four bytes) with DTLS's header, RFC 6347 section 4.2.2."""
    code, body = message[:1], message[4:]
    piece = body[start:stop]
    return code + message[1:4] + pack(">H", sequence) + start.to_bytes(3, "big") + len(piece).to_bytes(3, "big") + piece


def hand(message, sequence, start=0, stop=None, **fields):
    return record(22, fragment(message, sequence, start, stop), **fields)


def unified(epoch, body, *, cid=b"", number=7, wide=True, length=True):
    """DTLSCiphertext, RFC 9147 section 4."""
    bits = 0x20 | (0x10 if cid else 0) | (8 if wide else 0) | (4 if length else 0) | epoch & 3
    return bytes([bits]) + cid + number.to_bytes(1 + wide, "big") + (pack(">H", len(body)) if length else b"") + body


def client_hello(cookie=b"", suites=(0xC02F, 0x002F), extensions=(), version=DTLS12, random=b"\x11" * 32, session=b""):
    """RFC 6347 section 4.2.1."""
    listed = talk.vector(b"".join(pack(">H", suite) for suite in suites))
    body = pack(">H", version) + random + talk.vector(session, 1) + talk.vector(cookie, 1) + listed + b"\1\0"
    return talk.message(1, body + (talk.vector(b"".join(extensions)) if extensions else b""))


def server_hello(suite=0xC02F, extensions=(), version=DTLS12, random=b"\x22" * 32):
    return talk.server_hello_message(suite, extensions, version=version, random=random)


def verify_request(cookie, version=DTLS10):
    return talk.message(3, pack(">H", version) + talk.vector(cookie, 1))


COOKIE = b"c" * 20
HELLO = client_hello(extensions=[talk.SERVER_NAME])
HELLO_AGAIN = client_hello(COOKIE, extensions=[talk.SERVER_NAME])
ANSWER = server_hello()
CCS = record(20, b"\1", sequence=9)
FINISHED = record(22, bytes(8) + b"\xf1" * 40, epoch=1)


def data(size=100, epoch=1):
    return record(23, b"\xda" * size, epoch=epoch, sequence=3)


def sealed_alert(epoch=1):
    return record(21, bytes(26), epoch=epoch, sequence=4)


VERSIONS = talk.extension(43, talk.vector(pack(">HH", DTLS13, DTLS12), 1))
CHOSEN = talk.extension(43, pack(">H", DTLS13))
HELLO13 = client_hello(suites=[0x1301, 0xC02F], extensions=[talk.SERVER_NAME, VERSIONS, talk.SHARE])
ANSWER13 = server_hello(0x1301, [CHOSEN, talk.SHARED])
FINISHED13 = 12 + 32 + 1 + 16
"""Bytes of a sealed DTLS 1.3 Finished with SHA-256 and a tag of 16 (RFC 9147 sections 4 and 5.2)."""

FLIGHTS = [
    (CLIENT, [HELLO]),
    (SERVER, [verify_request(COOKIE)]),
    (CLIENT, [HELLO_AGAIN]),
    (SERVER, [ANSWER, talk.CERTIFICATE, talk.SERVER_KEY, talk.REQUEST, talk.DONE]),
    (CLIENT, [talk.certificate_message(b"mine"), talk.CLIENT_KEY, talk.VERIFY]),
    (SERVER, [talk.TICKET]),
]
"""A full handshake with cookie and client certificate (RFC 6347 figure 1) but for what follows each side's ChangeCipherSpec."""


def full(version=DTLS12):
    """That handshake, one datagram a flight, as turns."""
    numbers, turns = [0, 0], []
    for side, messages in FLIGHTS:
        said = b""
        for message in messages:
            said += hand(message, numbers[side], version=version)
            numbers[side] += 1
        turns.append((side, said))
    for index in (4, 5):
        side, said = turns[index]
        turns[index] = side, said + CCS + FINISHED
    return turns


def full13():
    """A full DTLS 1.3 handshake (RFC 9147 figure 6)."""
    return [
        (CLIENT, hand(HELLO13, 0)),
        (SERVER, hand(ANSWER13, 0) + unified(2, b"e" * 80)),
        (SERVER, unified(2, b"e" * 700, length=False)),
        (SERVER, unified(2, b"e" * FINISHED13)),
        (CLIENT, unified(2, b"e" * (2 + 16 + 1 + 16))),  # an ACK of one record
        (CLIENT, unified(2, b"e" * FINISHED13)),
        (SERVER, unified(3, b"e" * (2 + 16 + 1 + 16))),
        (CLIENT, unified(3, b"e" * 90)),
    ]
