"""Captures for the rules, byte by byte: hellos and flights with one thing changed, put into TCP segments as ``talk`` does.

Here lives: the noun, hellos, flights of TLS 1.2, connections.  Here does not live: certificates (``captures_authority``), which capture
trips which rule (``captures_*``).
"""

from __future__ import annotations

import struct
from struct import pack

import captures_authority
import msgspec
import talk
from talk import CLIENT, SERVER, extension, vector

SAMPLES = talk.SAMPLES
MODP = {
    # bits -> (words of the pi in the middle, what is added to it): RFC 2409 sections 6.1 and 6.2, RFC 3526 section 3
    768: (638, 149_686), 1024: (894, 129_093), 2048: (1918, 124_476),
}  # fmt: skip


class Made(msgspec.Struct, kw_only=True):
    """A capture made here: (time in ns, IPv4 packet)s, and what it is scanned with."""

    packets: list[tuple[int, bytes]]
    trusted: tuple[bytes, ...] = ()
    """Roots of the trust store, DER."""
    public: bool = False
    """Root programs hold these roots."""
    logs: dict[bytes, object] = {}
    """Certificate Transparency logs whose keys are known, instead of the true ones."""

    def pcap(self) -> bytes:
        """Return it as a file (LINKTYPE_RAW)."""
        head = pack("<IHHiIII", 0xA1B2_3C4D, 2, 4, 0, 0, 65_535, talk.RAW)
        return head + b"".join(pack("<IIII", *divmod(at, 10**9), len(one), len(one)) + one for at, one in self.packets)


# ---- hellos


def u16(*numbers):
    return pack(f">{len(numbers)}H", *numbers)


def server_name(name):
    return extension(0, vector(b"\0" + vector(name)))


def schemes(*codes):
    return extension(13, vector(u16(*codes)))


def groups(*codes):
    return extension(10, vector(u16(*codes)))


def shares(*pairs):
    return extension(51, vector(b"".join(u16(group) + vector(key) for group, key in pairs)))


NAME = server_name(b"shop.example")
SECURE, BOUND = extension(0xFF01, b"\0"), extension(23)  # RFC 5746, RFC 7627
TLS13_ONLY = extension(43, vector(u16(0x0304), 1))
GOOD = (NAME, SECURE, BOUND, groups(29, 23), schemes(0x0403, 0x0804))
"""A hello with these is all that the rules wish for."""


def client_hello(suites=(0xC02F, 0x00FF), extensions=GOOD, *, random=b"\x11" * 32, version=0x0303, methods=b"\0", session=b""):
    body = u16(version) + random + vector(session, 1) + vector(u16(*suites)) + vector(methods, 1) + vector(b"".join(extensions))
    return talk.handshake(talk.message(1, body), version=min(version, 0x0303))


def server_hello(suite=0xC02F, extensions=(SECURE, BOUND), *, random=b"\x22" * 32, version=0x0303, method=0, session=b""):
    body = u16(version) + random + vector(session, 1) + pack(">HB", suite, method)
    return talk.handshake(talk.message(2, body + (vector(b"".join(extensions)) if extensions else b"")), version=version)


def ecdhe(group=29, scheme=0x0804, key=b"\4" * 32):
    """ServerKeyExchange, RFC 8422 section 5.4."""
    return talk.message(12, b"\3" + u16(group) + vector(key, 1) + u16(scheme) + vector(b"s" * 64))


def dhe(prime, scheme=0x0804):
    """ServerKeyExchange, RFC 5246 section 7.4.3."""
    return talk.message(12, vector(prime) + vector(b"\2") + vector(b"\7" * len(prime)) + u16(scheme) + vector(b"s" * 64))


def rsa_export(bits=512):
    """ServerKeyExchange of an export suite, RFC 2246 section 7.4.3: the temporary key, signed as in TLS 1.2."""
    return talk.message(12, vector(b"\xc1" + b"\x55" * (bits // 8 - 1)) + vector(b"\3") + u16(0x0401) + vector(b"s" * 64))


def modp(bits):
    """A prime of Oakley and its successors: 2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + c)."""
    words, added = MODP[bits]
    return (2**bits - 2 ** (bits - 64) - 1 + 2**64 * (_pi(words) + added)).to_bytes(bits // 8, "big")


def _pi(bits):
    """[2^bits pi] by Machin's formula."""
    one = 1 << (bits + 64)

    def arctan(n):
        total, power, k = 0, one // n, 1
        while power:
            total += power // k if k % 4 == 1 else -(power // k)
            power //= n * n
            k += 2
        return total

    return (4 * (4 * arctan(5) - arctan(239))) >> 64


# ---- conversations


KEYS = {"ecdhe": talk.CLIENT_KEY, "other": talk.message(16, vector(b"\4" * 64))}
"""ClientKeyExchange of ECDHE and of all others (RFC 5246 section 7.4.7, RFC 8422 section 5.7)."""


def full(leaf=None, *, hello=None, answer=None, exchange=None, request=b"", mine=(), between=b"", ticket=None):
    """A full handshake of TLS 1.2 (RFC 5246 figure 1), as turns; ``between`` comes before the ServerKeyExchange."""
    mine_key = KEYS["ecdhe" if exchange is None or exchange[4:5] == b"\3" else "other"]
    exchange = ecdhe() if exchange is None else exchange
    leaf = captures_authority.chain() if leaf is None else leaf
    flight = talk.certificate_message(*leaf) if leaf else b""
    told = [*filter(None, (flight, between, exchange, request, talk.DONE))]
    ours = [talk.certificate_message(*mine)] if mine else []
    signed = [talk.VERIFY] if mine else []
    new = b"" if ticket is None else talk.handshake(talk.message(4, pack(">I", ticket) + vector(b"t" * 100)))
    return [
        (CLIENT, hello or client_hello()),
        (SERVER, (answer or server_hello()) + b"".join(map(talk.handshake, told))),
        (CLIENT, b"".join(map(talk.handshake, [*ours, mine_key, *signed])) + talk.CCS + talk.FINISHED),
        (SERVER, new + talk.CCS + talk.FINISHED),
        (CLIENT, talk.data()), (SERVER, talk.data(300)),
    ]  # fmt: skip


def connection(turns, number=0, *, port=443, start=talk.START, close=True):
    """A whole TCP connection, the ``number``-th of the capture; returns its packets."""
    ends = (bytes([192, 0, 2, 1]), 50_000 + number), (bytes([198, 51, 100, 2]), port)
    wire = talk.play(turns, talk.Wire(*ends, start=start + number * 10**9).open())
    if close:
        wire.fin(CLIENT).fin(SERVER)
    return wire.packets


def made(*conversations, port=443, start=talk.START, **how):
    """A capture of connections, one second after the other, each given as turns."""
    packets = [packet for at, turns in enumerate(conversations) for packet in connection(turns, at, port=port, start=start)]
    return Made(packets=packets, **how)


def spoken(*turns, port=25):
    """A capture of one connection in plain text."""
    return made([(sender, said if isinstance(said, bytes) else said.encode()) for sender, said in turns], port=port)


def version2(*messages):
    """Messages of SSL 2.0 with their headers (draft-hickman-netscape-ssl-00 section 1.1)."""
    return b"".join(struct.pack(">H", 0x8000 | len(one)) + one for one in messages)
