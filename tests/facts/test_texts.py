import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from analyzer.facts.texts import address_text, key_text, place_text, source_text, wire_text


@given(st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16))
def test_an_address_is_told_as_another_reader_would(address):
    assert ipaddress.ip_address(address_text(address)) == ipaddress.ip_address(address)


def test_golden_addresses():
    assert address_text(bytes([192, 0, 2, 1])) == "192.0.2.1"
    assert address_text(bytes.fromhex("20010db8000000000000000000000001")) == "2001:db8::1"  # RFC 5952 section 4.2
    assert address_text(b"abc") == "616263"


@given(st.binary(max_size=40))
def test_wire_text_loses_nothing(data):
    text = wire_text(data)
    assert text.isascii()
    plain = data.isascii() and b"\\" not in data
    assert (text if plain else text.encode("ascii").decode("unicode_escape")).encode("latin-1") == data


def test_golden_wire_texts():
    assert wire_text(b"xn--bcher-kva.example") == "xn--bcher-kva.example"
    assert wire_text("bü".encode()) == "b\\xc3\\xbc"
    assert wire_text(b"\\xc3") == "\\x5cxc3"
    assert wire_text(b"a\0\n") == "a\0\n"


def test_a_packet_names_its_source():
    assert source_text(7, ["a", "b"]) == "a"
    assert source_text(1 << 40 | 7, ["a", "b"]) == "b"
    assert source_text(2 << 40, ["a", "b"]) is None


def test_a_place_is_an_address_and_a_port():
    assert place_text("192.0.2.1", 443) == "192.0.2.1:443"
    assert place_text("2001:db8::1", 443) == "[2001:db8::1]:443"


def test_keys():
    keys = (("RSA", None, 2048), ("EC", "secp256r1", 256), ("Ed25519", None, None), ("RSA", "", 0), (None, "x", 1))
    assert [key_text(*key) for key in keys] == ["RSA 2048", "EC secp256r1", "Ed25519", "RSA 0", None]
