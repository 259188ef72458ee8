"""Captures made to fill the memory of judgement, or to take its time: chains, names, randoms, constraints, cross-signed CAs, responses.

    python tests/bench/chains.py                            # each at two sizes: text, and the table findings
    python tests/bench/chains.py crossed --count 100
    python tests/bench/chains.py --tell chains 1000 --table findings --format ndjson    # one run, as JSON

Prints for each: handshakes, CPU seconds beyond those of a plain scan, microseconds a handshake of these, peak memory of the process.

Here lives: the floods; certificates put together by hand, since ten thousands are needed.  Here does not live: floods of packets and how
a process is measured (``floods``), what must hold (``tests/test_bounded_judgement.py``).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from functools import cache
from itertools import islice
from math import prod
from pathlib import Path
from struct import pack

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.path.insert(0, str(Path(__file__).parent))
import floods  # a script's folder, or the tests' own

# ---- DER


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return bytes((tag,)) + (size if len(body) < 128 else bytes((0x80 | len(size),)) + size) + body


ECDSA = bytes.fromhex("300a06082a8648ce3d040302")
RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
VALIDITY = tlv(0x30, tlv(0x17, b"230101000000Z"), tlv(0x17, b"260101000000Z"))
AUTHORITY = bytes.fromhex("300f0603551d130101ff040530030101ff")
TIME = tlv(0x18, b"20231114000000Z")
SAN, CONSTRAINTS = bytes.fromhex("0603551d11"), bytes.fromhex("0603551d1e0101ff")


@cache
def key(number):
    return ec.derive_private_key(number, ec.SECP256R1())


@cache
def spki(number):
    return key(number).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def name(text):
    return tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(0x0C, text.encode()))))


def certificate(subject, issuer, serial, *, own=1, by=1, ca=False, more=b"", public=None, algorithm=ECDSA):
    """Make a certificate; ``own`` and ``by`` are numbers of keys, ``more`` further extensions; ``public`` another key than ``own``."""
    extensions = (AUTHORITY if ca else b"") + more
    tbs = tlv(0x30, b"\xa0\3\2\1\2", tlv(2, b"\1" + serial.to_bytes(8, "big")), algorithm, name(issuer), VALIDITY, name(subject),
              public or spki(own), tlv(0xA3, tlv(0x30, extensions)) if extensions else b"")  # fmt: skip
    signature = key(by).sign(tbs, ec.ECDSA(hashes.SHA256())) if algorithm is ECDSA else b"\1" * (len(public) - 40)
    return tlv(0x30, tbs, algorithm, tlv(3, b"\0", signature))


# ---- conversations


def talk(number, said, answer, port=443):
    """Frames of a connection: what the client says, what the server answers, a reset."""
    source, own = floods.client(number)
    yield floods.ip(source, floods.SERVER, 6, floods.tcp(own, port, 1000, 0, floods.SYN))
    yield floods.ip(floods.SERVER, source, 6, floods.tcp(port, own, 5000, 1001, floods.SYN | floods.ACK))
    yield floods.ip(source, floods.SERVER, 6, floods.tcp(own, port, 1001, 5001, floods.PSH_ACK, said))
    for at in range(0, len(answer), 1400):
        piece = answer[at : at + 1400]
        yield floods.ip(floods.SERVER, source, 6, floods.tcp(port, own, 5001 + at, 1001 + len(said), floods.PSH_ACK, piece))
    yield floods.ip(floods.SERVER, source, 6, floods.tcp(port, own, 5001 + len(answer), 1001 + len(said), floods.RST | floods.ACK))


def message(code, body):
    return bytes((code,)) + len(body).to_bytes(3, "big") + body


def records(*messages):
    body = b"".join(messages)
    return b"".join(b"\x16\3\3" + pack(">H", len(body[at : at + 16000])) + body[at : at + 16000] for at in range(0, len(body), 16000))


def answered(chain, chance, *, suite=0xC02B, more=(), randoms=None):
    """A ServerHello of TLS 1.2 and what follows it."""
    hello = b"\3\3" + (randoms or chance.randbytes(32)) + b"\0" + pack(">H", suite) + b"\0" \
        + pack(">H", 9) + bytes.fromhex("00170000ff01000100")
    listed = b"".join(len(one).to_bytes(3, "big") + one for one in chain)
    sent = [message(11, len(listed).to_bytes(3, "big") + listed)] if chain else []
    return records(message(2, hello), *sent, *more, message(14, b""))


def asked(number, chance):
    return floods.record(floods.message(floods.hello_body(number, chance)))


def handshakes(made):
    """Make a flood of a function that gives the server's chain (and messages after it) for a number."""

    def flood(numbers, chance):
        for number in numbers:
            chain, more = made(number, chance)
            yield from talk(number, asked(number % 100, chance), answered(chain, chance, more=more))

    flood.__name__ = made.__name__
    flood.__doc__ = made.__doc__
    return flood


# ---- the floods


@handshakes
def chains(number, _chance):
    """Each handshake with a self-signed certificate of its own."""
    return [certificate("self", "self", number)], ()


@handshakes
def leaves(number, _chance):
    """Each with a leaf of its own under one CA."""
    return [certificate(f"h{number}.example", "one ca", number, by=2), one_ca()], ()


@cache
def one_ca():
    return certificate("one ca", "one ca", 1, own=2, by=2, ca=True)


def names(numbers, chance):
    """One chain for ever new server names."""
    chain = [certificate("one", "one ca", 7, by=2, more=tlv(0x30, SAN, tlv(4, tlv(0x30, tlv(0x82, b"*.example"))))), one_ca()]
    for number in numbers:
        yield from talk(number, asked(number, chance), answered(chain, chance))


def randoms(numbers, _chance):
    """One client random and one key share in all handshakes, and ever new ones of the server."""
    for number in numbers:
        again = random.Random(1)
        yield from talk(number, asked(5, again), answered((), again, randoms=number.to_bytes(32, "big")))


@handshakes
def long_chains(number, _chance):
    """Chains of a hundred CAs, each issued by the next."""
    return [certificate(f"c{at}", f"c{at + 1}", number, ca=True) for at in range(100)], ()


@handshakes
def alternatives(number, _chance):
    """Certificates of ten thousand names, most of them wildcards."""
    listed = b"".join(tlv(0x82, b"*.h%07d.example" % (number * 10_000 + at)) for at in range(10_000))
    return [certificate("many", "one ca", number, by=2, more=tlv(0x30, SAN, tlv(4, tlv(0x30, listed)))), one_ca()], ()


@cache
def bomb():
    bases = b"".join(tlv(0x30, tlv(0x82, b"b%06d.example" % at)) for at in range(1000))
    held = tlv(0x30, CONSTRAINTS, tlv(4, tlv(0x30, tlv(0xA0, bases), tlv(0xA1, bases))))
    return [certificate("held", "held", at, own=2, by=2, ca=True, more=held) for at in range(4)]


@handshakes
def constraints(number, _chance):
    """A thousand names held to two thousand subtrees by four CAs."""
    listed = b"".join(tlv(0x82, b"h%07d.b000999.example" % at) for at in range(1000))
    return [certificate("bound", "held", number, by=2, more=tlv(0x30, SAN, tlv(4, tlv(0x30, listed)))), *bomb()], ()


@cache
def knot():
    pairs = [(own, by) for own in range(2, 10) for by in range(2, 10) if own != by]
    return [certificate("knot", "knot", 100 * own + by, own=own, by=by, ca=True) for own, by in pairs]


@handshakes
def crossed(number, _chance):
    """Eight keys of one CA that sign each other, and no root."""
    return [certificate(f"h{number}", "knot", number, by=2), *knot()], ()


@handshakes
def intermediates(number, _chance):
    """Ever new CAs, of which none leads anywhere."""
    return [certificate(f"h{number}", f"c{number}-0", number),
            *(certificate(f"c{number}-{at}", f"c{number}-{at + 1}", number, ca=True) for at in range(5))], ()  # fmt: skip


@handshakes
def same_name(number, _chance):
    """Ever new CAs of one name and ever new keys that sign nothing, and a leaf that names them."""
    public = spki(100 + number)
    return [certificate(f"h{number}", "knot", number, by=2), certificate("knot", "knot", number, public=public, ca=True)], ()


@cache
def stapled():
    of = tlv(0x30, bytes.fromhex("300906052b0e03021a0500"), tlv(4, bytes(20)), tlv(4, bytes(20)), b"\2\1\7")
    answers = tlv(0x30, *[tlv(0x30, of, b"\x80\0", TIME)] * 5000)
    basic = tlv(0x30, tlv(0x30, tlv(0xA2, tlv(4, bytes(20))), TIME, answers), ECDSA, tlv(3, b"\0" * 70))
    return tlv(0x30, b"\x0a\1\0", tlv(0xA0, tlv(0x30, bytes.fromhex("06092b0601050507300101"), tlv(4, basic))))


@handshakes
def responses(number, _chance):
    """Stapled responses of five thousand answers, each for another leaf."""
    body = stapled()[:-8] + number.to_bytes(8, "big")
    return [certificate(f"h{number}", "one ca", number, by=2), one_ca()], [message(22, b"\1" + len(body).to_bytes(3, "big") + body)]


def modulus(chance, bits):
    return b"\0" + (chance.getrandbits(bits) | 1 << bits - 1 | 1).to_bytes(bits // 8, "big")


def rsa(chance, bits):
    return tlv(0x30, RSA, tlv(3, b"\0", tlv(0x30, tlv(2, modulus(chance, bits)), b"\2\x08\x7f" + b"\xff" * 7)))


@handshakes
def large_keys(number, chance):
    """Self-signed certificates with RSA keys of 16384 bits, of ever new moduli and long exponents."""
    return [certificate("self", "self", number, public=rsa(chance, 16384), algorithm=RSA, ca=True)], ()


@handshakes
def usual_keys(number, chance):
    """The same with keys of 4096 bits."""
    return [certificate("self", "self", number, public=rsa(chance, 4096), algorithm=RSA, ca=True)], ()


def primes(numbers, chance):
    """Diffie-Hellman groups of 4096 bits without a small factor, another in each handshake."""
    small = prod(n for n in range(2, 200) if all(n % factor for factor in range(2, n)))
    for number in numbers:
        prime = ((1 << 4095) // small + chance.getrandbits(3000)) * small - 1
        body = pack(">H", 512) + (prime | 1 << 4095).to_bytes(512, "big") + b"\0\1\2\2\0" + b"\7" * 512 + b"\4\1\0\4abcd"
        yield from talk(number, asked(5, chance), answered([one_ca()], chance, suite=0x009E, more=[message(12, body)]))


FLOODS = {flood.__name__: (flood, size) for flood, size in (
    (chains, 20_000), (leaves, 20_000), (names, 50_000), (randoms, 100_000), (long_chains, 300), (alternatives, 200), (constraints, 100),
    (crossed, 500), (intermediates, 10_000), (same_name, 2000), (responses, 200), (large_keys, 500), (usual_keys, 2000), (primes, 1000),
)}  # fmt: skip
"""name -> (flood, how many make a large one)"""

_LINES = ("--format", "ndjson")
ASKED = {"plain": _LINES, "text": (), "findings": (*_LINES, "--table", "findings"), "trust": (*_LINES, "--table", "trust"),
         "policy": (*_LINES, "--table", "policy", "--policy", "bsi-tr-02102-2")}  # fmt: skip
"""What is measured -> options."""


def frames(flood, size):
    return FLOODS[flood][0](iter(range(size)), random.Random(1))


def tell(flood, size, *options):
    """Run tlsscan on a flood through standard input; write {"code": …, "rows": …, "messages": […], "seconds": …, "peak": MiB}."""
    with tempfile.TemporaryFile() as errors:
        command = [sys.executable, "-m", "analyzer", *options, "-"]
        walk = floods.capture(frames(flood, int(size)))
        pieces = iter(lambda: b"".join(islice(walk, 1000)), b"")
        code, rows, seconds, peak = floods.measure(command, pieces, errors)
        errors.seek(0)
        messages = errors.read().decode().splitlines()
    json.dump({"code": code, "rows": rows, "messages": messages, "seconds": seconds, "peak": peak}, sys.stdout)


def main():
    if sys.argv[1:2] == ["--tell"]:
        tell(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("floods", nargs="*", metavar="FLOOD", help=", ".join(FLOODS))
    parser.add_argument("--count", type=int)
    parser.add_argument("--asked", nargs="+", default=["text", "findings"], choices=ASKED)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for flood in arguments.floods or FLOODS:
            size, path, plain = arguments.count or FLOODS[flood][1], Path(folder, "flood.pcap"), None
            with path.open("wb") as file:
                file.writelines(floods.capture(frames(flood, size)))
            for what in ("plain", *arguments.asked):
                command = [sys.executable, "-m", "analyzer", *ASKED[what], str(path)]
                with tempfile.TemporaryFile() as errors:
                    code, lines, cpu, peak = floods.measure(command, None, errors)
                    errors.seek(0)
                    said = errors.read().decode().splitlines()
                plain = cpu if plain is None else plain
                shown = f"exit {code}  {lines:8,} lines  {cpu:7.2f} s  {(cpu - plain) / size * 1e6:8.0f} us each  {peak:5.0f} MiB"
                sys.stdout.write(f"{flood:14} {size:7,}  {what:9} {shown}  {said[:1]}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
