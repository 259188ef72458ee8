import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls import messages as m
from analyzer.tls.messages import Fault, read_message
from analyzer.tls.offers import KeyShareEntry, PskIdentity, ServerName
from analyzer.tls.reader import REASONS


def values(message):
    return {extension.code: extension.value for extension in message.extensions}


def test_client_hello_of_rfc_8448(rfc8448):
    hello = read_message(1, rfc8448["client_hello"])
    assert isinstance(hello, m.ClientHello)
    assert hello.version == 0x0303
    assert hello.random.hex() == "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7"
    assert (hello.session_id, hello.cipher_suites, hello.compression_methods, hello.fault) == (b"", (0x1301, 0x1303, 0x1302), (0,), None)
    assert not any(extension.fault for extension in hello.extensions)
    share = KeyShareEntry(0x1D, bytes.fromhex("99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c"))
    assert values(hello) == {
        0: (ServerName(0, b"server"),),
        65281: b"",
        10: (0x1D, 0x17, 0x18, 0x19, 0x100, 0x101, 0x102, 0x103, 0x104),
        35: b"",
        51: (share,),
        43: (0x0304,),
        13: (0x403, 0x503, 0x603, 0x203, 0x804, 0x805, 0x806, 0x401, 0x501, 0x601, 0x201, 0x402, 0x502, 0x602, 0x202),
        45: (1,),
        28: 0x4001,
    }


def test_resuming_client_hello_of_rfc_8448(rfc8448):
    hello = read_message(1, rfc8448["client_hello_psk"])
    found = values(hello)
    assert hello.fault is None
    assert (found[42], found[21]) == (True, 0x57)
    offered = found[41]
    assert [(len(psk.identity), psk.obfuscated_ticket_age) for psk in offered.identities] == [(0xB2, 0xFAD6AACB)]
    assert isinstance(offered.identities[0], PskIdentity)
    assert [binder.hex()[:8] for binder in offered.binders] == ["3add4fb2"]


def test_server_hello_of_rfc_8448(rfc8448):
    hello = read_message(2, rfc8448["server_hello"])
    assert type(hello) is m.ServerHello
    assert (hello.version, hello.cipher_suite, hello.compression_method, hello.fault) == (0x0303, 0x1301, 0, None)
    assert values(hello)[43] == 0x0304
    assert values(hello)[51].group == 0x1D


def test_hello_retry_request_of_rfc_8448(rfc8448):
    hello = read_message(2, rfc8448["hello_retry_request"])
    assert isinstance(hello, m.HelloRetryRequest)
    assert values(hello)[51] == 0x17
    assert len(values(hello)[44]) == 0x72
    assert hello.fault is None


def test_the_server_flight_of_rfc_8448(rfc8448):
    extensions = read_message(8, rfc8448["encrypted_extensions"], version=0x0304)
    assert values(extensions) == {10: (0x1D, 0x17, 0x18, 0x19, 0x100, 0x101, 0x102, 0x103, 0x104), 28: 0x4001, 0: ()}
    for version in (0x0304, 0x7F1C, None):
        certificate = read_message(11, rfc8448["certificate"], version=version)
        assert (certificate.request_context, len(certificate.chain), certificate.fault) == (b"", 1, None)
        assert len(certificate.chain[0].data) == 0x1B0
        verify = read_message(15, rfc8448["certificate_verify"], version=version)
        assert (verify.signature_scheme, len(verify.signature), verify.fault) == (0x0804, 128, None)
    assert len(read_message(20, rfc8448["finished"], version=0x0304).verify_data) == 32


NAMES = [
    (1, "client_hello"), (1, "client_hello_psk"), (2, "server_hello"), (2, "hello_retry_request"), (8, "encrypted_extensions"),
    (11, "certificate"), (15, "certificate_verify"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name"), NAMES)
def test_every_prefix_is_read_and_has_a_fault(rfc8448, code, name):
    body = rfc8448[name]
    before_extensions = {1: 45, 2: 38}.get(code)  # where a hello of SSL 3.0 may end
    for cut in range(len(body)):
        message = read_message(code, body[:cut], version=0x0304)
        assert (message.fault is None) is (cut == before_extensions)
        assert message.fault is None or message.fault.reason in REASONS


def test_what_was_read_before_the_break_stays(rfc8448):
    hello = read_message(1, rfc8448["client_hello"][:-1])
    assert hello.fault.reason == "length"
    assert [extension.code for extension in hello.extensions] == [0, 65281, 10, 35, 51, 43, 13, 45]
    hello = read_message(1, rfc8448["client_hello"][:20])
    assert (hello.version, hello.random, hello.extensions, hello.fault) == (0x0303, b"", None, Fault("cut", 2))
    assert read_message(1, b"\x03") == m.Opaque(type_code=1, body=b"\x03", fault=Fault("cut", 0))
    assert read_message(1, rfc8448["client_hello"] + b"x").fault == Fault("trailing", 192)
    assert read_message(2, rfc8448["server_hello"][:35]).cipher_suite is None


def test_no_extensions_is_not_an_empty_list():
    bare = b"\x03\x00" + bytes(32) + b"\x00\x00\x02\x00\x05\x01\x00"
    assert read_message(1, bare).extensions is None
    assert read_message(1, bare + b"\x00\x00").extensions == ()
    assert read_message(1, bare + b"\x00").fault == Fault("cut", 41)


def test_drafts_of_tls_13():
    block = b"\x00\x28\x00\x02\x00\x1d"
    for version in (0x7F0E, 0x7F15):
        hello = read_message(2, struct.pack(">H32sHH", version, b"r" * 32, 0x1301, len(block)) + block)
        assert (hello.version, hello.cipher_suite, hello.compression_method, hello.fault) == (version, 0x1301, None, None)
    hello = read_message(2, struct.pack(">H32sHH", 0x0304, b"r" * 32, 0xC02B, len(block)) + block)  # draft 14 as it was on the wire
    assert (hello.cipher_suite, hello.fault) == (0xC02B, None)
    retry = read_message(6, b"\x7f\x12\x00\x06" + block)
    assert isinstance(retry, m.HelloRetryRequest)
    assert (retry.version, retry.cipher_suite, values(retry), retry.fault) == (0x7F12, None, {40: 0x1D}, None)
    assert read_message(6, b"\x7f\x13\x13\x01\x00\x06" + block).cipher_suite == 0x1301


def test_dtls_cookie_and_hello_verify_request():
    hello = read_message(1, b"\xfe\xfd" + bytes(32) + b"\x00\x03abc\x00\x02\xc0\x2b\x01\x00")
    assert (hello.cookie, hello.cipher_suites, hello.fault) == (b"abc", (0xC02B,), None)
    assert read_message(3, b"\xfe\xff\x02ab") == m.HelloVerifyRequest(version=0xFEFF, cookie=b"ab")


def test_an_odd_cipher_suite_list_keeps_its_pairs():
    hello = read_message(1, b"\x03\x03" + bytes(33) + b"\x00\x05\x00\x2f\x00\x35\xff\x01\x00")
    assert (hello.cipher_suites, hello.compression_methods, hello.fault) == ((0x2F, 0x35), (0,), Fault("odd", 35))


def test_small_messages():
    assert read_message(0, b"") == m.HelloRequest()
    assert read_message(14, b"") == m.ServerHelloDone()
    assert read_message(14, b"x").fault == Fault("trailing", 0)
    assert read_message(5, b"") == m.EndOfEarlyData()
    assert read_message(24, b"\x01") == m.KeyUpdate(request_update=1)
    assert read_message(20, b"f" * 36, version=0x0300) == m.Finished(verify_data=b"f" * 36)
    for code in (17, 21, 23, 26, 67, 254, 99):
        assert read_message(code, b"abc") == m.Opaque(type_code=code, body=b"abc")


@given(
    st.integers(0, 30),
    st.binary(max_size=200),
    st.sampled_from([None, 0x0300, 0x0301, 0x0303, 0x0304, 0x7F12, 0xFEFD]),
    st.sampled_from([None, "RSA", "ECDHE", "DHE_PSK", "SRP_SHA", "ECCPWD", "ECJPAKE", "GOSTR341112_256", "KRB5", "RSA_EXPORT"]),
)
def test_no_bytes_raise(code, body, version, key_exchange):
    message = read_message(code, body, version=version, key_exchange=key_exchange)
    assert isinstance(message, m.Message)
    if message.fault is not None:
        assert message.fault.reason in REASONS
        assert 0 <= message.fault.at <= len(body)


@given(st.data())
def test_a_lying_byte_anywhere_never_raises(rfc8448, data):
    code, name = data.draw(st.sampled_from(NAMES))
    body = bytearray(rfc8448[name])
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    message = read_message(code, bytes(body))
    for extension in getattr(message, "extensions", None) or ():
        assert extension.fault is None or extension.fault.reason in REASONS
