import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls import sslv2
from analyzer.tls.messages import ClientHello, Opaque


def framed(body):
    return struct.pack(">H", 0x8000 | len(body)) + body


def client_hello(version=0x0002, specs=b"\x01\x00\x80\x07\x00\xc0\x00\x00\x2f", session=b"", challenge=b"c" * 16):
    return struct.pack(">BHHHH", 1, version, len(specs), len(session), len(challenge)) + specs + session + challenge


def server_hello(hit=0, certificate=b"DER", specs=b"\x01\x00\x80", connection=b"i" * 16):
    return (
        struct.pack(">BBBHHHH", 4, hit, int(not hit), 2, len(certificate), len(specs), len(connection)) + certificate + specs + connection
    )


def test_client_hello_keeps_24_bit_kinds():
    hello = sslv2.read_message(client_hello(0x0301, session=b"s" * 16, challenge=b"c" * 32))
    assert isinstance(hello, ClientHello)
    assert hello.sslv2
    assert hello.version == 0x0301
    assert hello.cipher_suites == (0x010080, 0x0700C0, 0x00002F)
    assert (hello.session_id, hello.random, hello.extensions, hello.fault) == (b"s" * 16, b"c" * 32, None, None)


def test_server_hello():
    hello = sslv2.read_message(server_hello())
    assert hello == sslv2.Sslv2ServerHello(
        session_id_hit=0, certificate_type=1, version=2, certificate=b"DER", cipher_specs=(0x010080,), connection_id=b"i" * 16
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\x00\x00\x01", sslv2.Sslv2Error(error_code=1)),
        (
            b"\x02\x01\x00\x80\x00\x02\x00\x03\x00\x01ccdddk",
            sslv2.Sslv2ClientMasterKey(cipher_kind=0x010080, clear_key=b"cc", encrypted_key=b"ddd", key_arg=b"k"),
        ),
        (b"\x03id", sslv2.Sslv2ClientFinished(connection_id=b"id")),
        (b"\x05cc", sslv2.Sslv2ServerVerify(challenge=b"cc")),
        (b"\x06ss", sslv2.Sslv2ServerFinished(session_id=b"ss")),
        (b"\x07\x01cc", sslv2.Sslv2RequestCertificate(authentication_type=1, challenge=b"cc")),
        (b"\x08\x01\x00\x01\x00\x02crr", sslv2.Sslv2ClientCertificate(certificate_type=1, certificate=b"c", response=b"rr")),
        (b"\x09zz", Opaque(type_code=256 + 9, body=b"\x09zz")),
    ],
)
def test_the_other_messages(body, expected):
    assert sslv2.read_message(body) == expected


def test_headers_of_two_and_three_bytes():
    assert sslv2.read_header(b"\x80\x2e") == (2, 0x2E, 0)
    assert sslv2.read_header(b"\x00\x2e\x03") == (3, 0x2E, 3)
    assert sslv2.read_header(b"\x00\x2e") is None
    assert sslv2.read_header(b"\x80") is None


@given(
    st.sampled_from([0x0002, 0x0300, 0x0301, 0x0302, 0x0303]),
    st.lists(st.binary(min_size=3, max_size=3), min_size=1, max_size=60).map(b"".join),
    st.sampled_from([b"", b"s" * 16]),
    st.binary(min_size=16, max_size=32),
)
def test_a_true_client_hello_is_never_denied(version, specs, session, challenge):
    data = framed(client_hello(version, specs, session, challenge))
    answers = [sslv2.looks_like_client_hello(data[:cut]) for cut in range(len(data) + 1)]
    assert answers == [None] * 11 + [True] * (len(data) - 10)
    assert sslv2.read_message(data[2:]).fault is None


def test_a_server_hello_is_told():
    for hello in (server_hello(), server_hello(1, b"", b"")):
        data = framed(hello)
        answers = [sslv2.looks_like_server_hello(data[:cut]) for cut in range(len(data) + 1)]
        assert answers == [None] * 13 + [True] * (len(data) - 12)


@pytest.mark.parametrize(
    "data",
    [
        framed(client_hello(challenge=b"c" * 15)),
        framed(client_hello(specs=b"")),
        framed(client_hello(specs=b"abcd")),
        framed(client_hello(0x0200)),
        framed(client_hello(0x0305)),
        framed(client_hello(session=b"s")),
        framed(client_hello() + b"x"),
        framed(server_hello()),
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01\x00\x50\x01\x00\x00\x4c\x03\x03",
    ],
)
def test_what_does_not_add_up_is_no_client_hello(data):
    assert sslv2.looks_like_client_hello(data) is False


@pytest.mark.parametrize(
    "data",
    [
        framed(client_hello()),
        framed(server_hello(2)),
        framed(server_hello(1)),
        framed(server_hello(0, b"")),
        framed(server_hello() + b"x"),
        framed(server_hello(specs=b"ab")),
    ],
)
def test_what_does_not_add_up_is_no_server_hello(data):
    assert sslv2.looks_like_server_hello(data) is False


def test_every_prefix_has_a_fault():
    for body in (client_hello(), server_hello()):
        for cut in range(len(body)):
            assert sslv2.read_message(body[:cut]).fault is not None


@given(st.one_of(st.binary(max_size=80), st.tuples(st.integers(0, 9), st.binary(max_size=60)).map(lambda t: bytes(t[:1]) + t[1])))
def test_no_bytes_raise(data):
    sslv2.read_message(data)
    sslv2.read_header(data)
    sslv2.looks_like_client_hello(data)
    sslv2.looks_like_server_hello(data)
