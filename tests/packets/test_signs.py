"""Signs: no shape of hello is ever refused, nor any prefix of one; late events are found wherever they stand."""

from collections import Counter
from struct import pack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packet_makers import ACK, FIN, RST, SYN, block_of, ether, hello, ipv4, record, segments, tcp

from analyzer.packets.signs import TAILS, hellos, late_signs

FIRST_TYPES = (0, 1, 2, 4, 6, 11, 12, 13, 14, 16, 22)  # IANA TLS HandshakeType: all that a plaintext flight can begin with
VERSIONS = (0x0300, 0x0301, 0x0302, 0x0303, 0x0304)


def found(*payloads, flags=ACK):
    packets = segments(block_of([ether(ipv4(tcp(data, flags=flags))) for data in payloads]), Counter())
    return hellos(packets).tolist()


def lates(*payloads, flags=ACK):
    packets = segments(block_of([ether(ipv4(tcp(data, flags=flags))) for data in payloads]), Counter())
    return late_signs(packets, np.arange(len(packets))).tolist()


def v2_client(version, header=2, specs=3, session=0, challenge=16):
    body = pack("!BHHHH", 1, version, specs * 3, session, challenge) + bytes(range(specs * 3 + session + challenge))
    return (pack("!H", 0x8000 | len(body)) if header == 2 else pack("!HB", len(body) + 5, 5)) + body + bytes(5 if header == 3 else 0)


def v2_server(hit=0, header=2, certificate=300):
    body = pack("!BBBHHHH", 4, hit, 1 - hit, 2, certificate, 3, 16) + bytes(certificate + 3 + 16)
    return (pack("!H", 0x8000 | len(body)) if header == 2 else pack("!HB", len(body) + 5, 5)) + body


HELLOS = [
    *(record(bytes([kind]) + (60).to_bytes(3, "big") + bytes(60), version=version) for kind in FIRST_TYPES for version in VERSIONS),
    *(v2_client(version, header) for version in (2, 0x0300, 0x0301, 0x0303) for header in (2, 3)),
    v2_client(2, specs=40, session=16, challenge=32), v2_server(), v2_server(hit=1, certificate=0), v2_server(header=3),
]  # fmt: skip


@pytest.mark.parametrize("data", HELLOS)
def test_every_shape_of_hello_and_every_prefix_is_a_sign(data):
    least = 1 if data[0] == 22 else 3 if data[0] & 0x80 else 4  # an SSL 2.0 header says nothing before its message type
    if data[0] != 22 and data[least - 1] == 4:
        least += 3  # and a server_hello nothing before its certificate type
    sizes = range(least, min(len(data), 40) + 1)
    assert found(*(data[:size] for size in sizes)) == list(range(len(sizes)))


@given(st.integers(0, 0x3FFFF), st.sampled_from(FIRST_TYPES), st.integers(1, 2**14), st.sampled_from(VERSIONS))
def test_any_message_size_and_any_record_size_is_a_sign(size, kind, cut, version):
    message = bytes([kind]) + size.to_bytes(3, "big") + bytes(min(size, 80))
    whole = b"".join(record(message[at : at + cut], version=version) for at in range(0, len(message), cut))
    declared = pack("!BHH", 22, version, min(cut, 4 + size)) + message
    assert found(whole[:200], declared[:200]) == [0, 1]


def test_a_hello_in_records_of_one_byte():
    message = hello()[5:]
    assert found(b"".join(record(message[i : i + 1]) for i in range(len(message)))) == [0]


def test_a_lone_change_cipher_spec():
    assert found(*(record(b"\x01", 20, version) for version in VERSIONS)) == list(range(len(VERSIONS)))
    assert found(record(b"\x02", 20), record(b"\x01\x01", 20)) == []


def test_a_hello_with_a_syn_is_a_sign():  # TCP Fast Open, RFC 7413
    assert found(hello(), flags=SYN) == [0]


def test_what_is_no_hello():
    noise = [b"", b"GET / HTTP/1.1\r\n", b"SSH-2.0-OpenSSH", record(bytes(40), 23), record(b"\x01\x00", 21), b"\x16\x02\x01",
             b"\x16\x03\x07\x00\x10\x01",
             record(b"\x14" + bytes(40)), record(bytes(b"\x01\xff" + bytes(40))), b"\x80", b"\x00\x00"]  # fmt: skip
    assert found(*noise) == []
    assert found(noise[1], hello(), noise[2], hello()) == [1, 3]


@given(st.lists(st.binary(max_size=30), max_size=10))
def test_noise_never_raises_and_rows_are_in_order(payloads):
    rows = found(*payloads)
    assert rows == sorted(set(rows))
    late = lates(*payloads)
    assert late == sorted(set(late))


@pytest.mark.parametrize("flag", [SYN, FIN, RST, SYN | ACK, FIN | ACK, RST | ACK])
def test_late_flags(flag):
    assert lates(b"", b"data", flags=flag) == [0, 1]


@pytest.mark.parametrize(("kind", "size"), TAILS)
def test_a_closing_record_is_found_first_alone_and_last(kind, size):
    closing = record(bytes(size), kind, 0x0303)
    before = record(bytes(100), 23, 0x0303)
    assert lates(closing, before + closing, before, closing[:-1] if kind == 21 else before) == ([0, 1, 3] if kind == 21 else [0, 1])


def test_late_records():
    assert lates(record(b"\x02\x28", 21), hello(), record(bytes(50), 23), b"", b"\x17", b"\x15") == [0, 1, 5]


def test_late_signs_looks_only_at_the_rows_asked_about():
    packets = segments(block_of([ether(ipv4(tcp(hello())))] * 5), Counter())
    assert late_signs(packets, np.array([1, 3])).tolist() == [1, 3]
