"""Captures made to fill memory or time: floods of SYNs, half-open hellos, promises, fragments, networks, names.

    python tests/bench/floods.py                            # each flood at two sizes, and tshark beside it where it is installed
    python tests/bench/floods.py hellos quic --count 50000
    python tests/bench/floods.py --endless hellos --gigabytes 10    # through standard input, at flat memory
    python tests/bench/floods.py --tell hellos 1000 --limit flows=5 # one run through standard input, as JSON

Prints for each: packets, handshakes told, CPU seconds and peak memory of the whole process, for ``count`` and twice as many.

Here lives: the floods, and how a process is measured.  Here does not live: what must hold of them (``tests/test_bounded.py``).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from itertools import chain, count, islice
from pathlib import Path
from struct import pack

SYN, ACK, RST, PSH_ACK = 2, 16, 4, 24
CLIENT, SERVER = 0x0A000000, 0xC0A80001
ETHERNET = b"\2" * 12 + b"\x08\0"


def ip(source, target, protocol, body, *, identification=0, fragment=0):
    head = pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), identification & 0xFFFF, fragment, 64, protocol, 0, source, target)
    return ETHERNET + head + body


def tcp(source, target, seq, ack, flags, data=b""):
    return pack(">HHIIBBHHH", source, target, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0) + data


def udp(source, target, data):
    return pack(">HHHH", source, target, 8 + len(data), 0) + data


def client(number):
    """An address and a port of its own for each of 4 billion."""
    return CLIENT + (number & 0xFFFFFF), 1024 + (number >> 24)


def hello_body(number, chance, *, dtls=False):
    name = b"h%07d.example" % number
    extensions = pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    extensions += bytes.fromhex("000a00080006001d00170018000b00020100000d001200100403080404010503080505010806060100")
    extensions += bytes.fromhex("2b0009080304030303020301") + pack(">HHHHH", 0x33, 38, 36, 29, 32) + chance.randbytes(32)
    extensions += bytes.fromhex("00170000ff010001000010000e000c02683208687474702f312e31")
    suites = bytes.fromhex("130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035")
    session = b"\0\0" if dtls else b"\x20" + chance.randbytes(32)
    front = (b"\xfe\xfd" if dtls else b"\3\3") + chance.randbytes(32) + session
    return front + pack(">H", len(suites)) + suites + b"\1\0" + pack(">H", len(extensions)) + extensions


def message(body):
    return b"\1" + len(body).to_bytes(3, "big") + body


def record(body):
    return b"\x16\3\1" + pack(">H", len(body)) + body


# ---- the floods: each yields Ethernet frames for numbers that it is given


def syns(numbers, _chance):
    """SYNs without an answer."""
    for number in numbers:
        source, port = client(number)
        yield ip(source, SERVER, 6, tcp(port, 443, number * 7919, 0, SYN))


def scan(numbers, _chance):
    """A port scan: SYN and RST."""
    for number in numbers:
        source, port = client(number)
        target, door = SERVER + number % 65000, 1 + number % 65000
        yield ip(source, target, 6, tcp(port, door, 1000, 0, SYN))
        yield ip(target, source, 6, tcp(door, port, 0, 1001, RST | ACK))


def hellos(numbers, chance):
    """Half-open connections: SYN and ClientHello."""
    for number in numbers:
        source, port = client(number)
        yield ip(source, SERVER, 6, tcp(port, 443, 1000, 0, SYN))
        yield ip(source, SERVER, 6, tcp(port, 443, 1001, 1, PSH_ACK, record(message(hello_body(number, chance)))))


def promises(numbers, _chance, *, length=0xFFFFFF, rounds=16):
    """Connections whose first message promises a length, and that go on with a kilobyte each in turn."""
    batch = list(islice(numbers, 10_000))
    while batch:
        for number in batch:
            source, port = client(number)
            yield ip(source, SERVER, 6, tcp(port, 443, 1000, 0, SYN))
            yield ip(SERVER, source, 6, tcp(443, port, 5000, 1001, SYN | ACK))
        begin = b"\x16\3\3\x40\0\1" + length.to_bytes(3, "big")
        for turn in range(rounds):
            data = (begin if not turn else b"\x16\3\3\x40\0" if not turn % 16 else b"").ljust(1024, b"\0")
            for number in batch:
                source, port = client(number)
                yield ip(source, SERVER, 6, tcp(port, 443, 1001 + 1024 * turn, 5001, PSH_ACK, data))
        batch = list(islice(numbers, 10_000))


def kept_promises(numbers, chance):
    """The same with a length within the limit."""
    return promises(numbers, chance, length=0x070000, rounds=24)


def heavy_hellos(numbers, _chance):
    """ClientHellos of 16 KB that are nothing but small extensions: a few bytes each on the wire, an object each in memory."""
    extensions = b"".join(pack(">HH", code, 0) for code in range(0x1000, 0x1000 + 4000))
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + pack(">H", len(extensions)) + extensions
    data = record(message(body))
    for number in numbers:
        source, port = client(number)
        yield ip(source, SERVER, 6, tcp(port, 443, 1000, 0, SYN))
        for at in range(0, len(data), 1400):
            yield ip(source, SERVER, 6, tcp(port, 443, 1001 + at, 1, PSH_ACK, data[at : at + 1400]))


def fragments(numbers, _chance):
    """First fragments of packets of which no more comes."""
    for number in numbers:
        yield ip(CLIENT + (number >> 16), SERVER, 17, bytes(1400), identification=number, fragment=0x2000)


def crumbs(numbers, _chance):
    """Fragments of 8 bytes of a thousand packets, each with a hole."""
    for number in numbers:
        yield ip(CLIENT + number % 1000, SERVER, 17, bytes(8), identification=7, fragment=0x2000 | number // 1000 % 8000 + 1)


def dtls(numbers, chance):
    """DTLS ClientHellos without an answer."""
    for number in numbers:
        source, port = client(number)
        body = hello_body(number, chance, dtls=True)
        size = len(body).to_bytes(3, "big")
        handshake = b"\1" + size + b"\0\0" + b"\0\0\0" + size + body
        yield ip(source, SERVER, 17, udp(port, 4433, b"\x16\xfe\xff" + bytes(8) + pack(">H", len(handshake)) + handshake))


def quic(numbers, chance):
    """QUIC Initial packets with a ClientHello and without an answer; sealed by aioquic."""
    from aioquic.buffer import encode_uint_var
    from aioquic.quic.crypto import CryptoPair

    for number in numbers:
        source, port = client(number)
        said, name = message(hello_body(number, chance)), chance.randbytes(8)
        plain = (b"\6\0" + encode_uint_var(len(said)) + said).ljust(1162, b"\0")
        pair = CryptoPair()
        pair.setup_initial(name, is_client=True, version=1)
        head = b"\xc3\0\0\0\1\x08" + name + b"\x08" + chance.randbytes(8) + b"\0" + pack(">H", 0x4000 | len(plain) + 20) + bytes(4)
        yield ip(source, SERVER, 17, udp(port, 443, pair.encrypt_packet(head, plain, 0)))


def networks(numbers, chance):
    """One five-tuple in ever new networks: a VXLAN identifier for each half-open connection."""
    for number in numbers:
        begins = chance.getrandbits(32)
        for frame, more in zip(hellos([0], chance), (0, 1), strict=True):
            inner = frame[:38] + pack(">I", begins + more & 0xFFFFFFFF) + frame[42:]
            yield ip(SERVER, SERVER + 1, 17, udp(50000, 4789, pack(">II", 0x08000000, (number & 0xFFFFFF) << 8) + inner))


FLOODS = {flood.__name__: (flood, size) for flood, size in (
    (syns, 100_000), (scan, 300_000), (hellos, 100_000), (promises, 10_000), (kept_promises, 10_000), (heavy_hellos, 10_000),
    (fragments, 100_000), (crumbs, 100_000), (dtls, 100_000), (quic, 100_000), (networks, 100_000),
)}  # fmt: skip
"""name -> (flood, how many make a large one)"""


def frames(name, size=None):
    """Return the frames of a flood; ``size`` None: without end."""
    numbers = iter(count() if size is None else range(size))
    return FLOODS[name][0](numbers, random.Random(1))


def capture(packets, per_second=50_000):
    """Return a pcap file, piece by piece."""
    yield pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, frame in enumerate(packets):
        seconds, rest = divmod(number, per_second)
        yield pack("<IIII", 1_700_000_000 + seconds, rest * 1_000_000 // per_second, len(frame), len(frame)) + frame


def write(path, name, size):
    with path.open("wb") as file:
        file.writelines(capture(frames(name, size)))


def measure(command, source=None, errors=subprocess.DEVNULL):
    """Run a command; return (exit code, lines written, CPU seconds, peak MiB).  ``source`` gives the bytes of its standard input.

    The kernel counts what this process holds when it forks as the child's: it has to be a small one.
    """
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdin=subprocess.PIPE if source else subprocess.DEVNULL, stdout=out, stderr=errors)
        for piece in source or ():
            process.stdin.write(piece)
        if source:
            process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        lines = sum(part.count(b"\n") for part in iter(lambda: out.read(1 << 20), b""))
    return process.returncode, lines, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


TLSSCAN = [sys.executable, "-m", "analyzer", "--format", "ndjson"]
TSHARK = ["tshark", "-n", "-Y", "tls.handshake.type==1||quic", "-T", "fields", "-e", "frame.number", "-r"]


def endless(names, gigabytes):
    """Feed floods in turn through standard input until so many bytes went by."""
    def pieces():
        sent, buffer = 0, []
        walks = [capture(frames(name)) for name in names]
        yield next(walks[0])
        for walk in walks[1:]:
            next(walk)
        for packet in chain.from_iterable(zip(*walks, strict=True)):
            buffer.append(packet)
            if len(buffer) == 1000:
                block = b"".join(buffer)
                yield block
                sent += len(block)
                buffer.clear()
                if sent > gigabytes * 1e9:
                    return

    code, lines, cpu, peak = measure([*TLSSCAN, "-"], pieces())
    told = f"exit {code}, {lines:,} rows, {cpu:.0f} s CPU, {peak:.0f} MiB"
    sys.stdout.write(f"{'+'.join(names)}: {gigabytes} GB through standard input: {told}\n")


def tell(name, size, *options):
    """Run tlsscan on a flood; write {"code": …, "rows": …, "messages": […], "peak": MiB}."""
    with tempfile.TemporaryFile() as errors:
        code, rows, _, peak = measure([*TLSSCAN, *options, "-"], capture(frames(name, int(size))), errors)
        errors.seek(0)
        messages = errors.read().decode().splitlines()
    json.dump({"code": code, "rows": rows, "messages": messages, "peak": peak}, sys.stdout)


def main():
    if sys.argv[1:2] == ["--tell"]:
        tell(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("floods", nargs="*", default=list(FLOODS), metavar="FLOOD", help=", ".join(FLOODS))
    parser.add_argument("--count", type=int)
    parser.add_argument("--endless", action="store_true")
    parser.add_argument("--gigabytes", type=float, default=10)
    arguments = parser.parse_args()
    if arguments.endless:
        endless(arguments.floods, arguments.gigabytes)
        return
    commands = {"tlsscan": TLSSCAN, **({"tshark": TSHARK} if shutil.which("tshark") else {})}
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.floods:
            size, before = arguments.count or FLOODS[name][1], {}
            for twice in (1, 2):
                path = Path(folder, "flood.pcap")
                write(path, name, size * twice)
                for program, command in commands.items():
                    code, lines, cpu, peak = measure([*command, str(path)])
                    ratio = f"  x{cpu / before[program]:.2f}" if program in before else ""
                    before[program] = cpu
                    shown = f"{path.stat().st_size / 1e6:7.0f} MB  exit {code}  {lines:9,} rows  {cpu:7.2f} s  {peak:6.0f} MiB{ratio}"
                    sys.stdout.write(f"{name:14} {size * twice:9,}  {program:8} {shown}\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main()
