import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.fingerprints.ja3 import ja3, ja3_text, ja3s, ja3s_text
from analyzer.tls.messages import ClientHello, Extension, ServerHello, read_message


def hello(text):
    version, suites, codes, groups, formats = [[int(number) for number in field.split("-") if number] for field in text.split(",")]
    known = {10: tuple(groups), 11: tuple(formats)}
    extensions = tuple(Extension(code, b"", known.get(code)) for code in codes)
    return ClientHello(version=version[0], cipher_suites=tuple(suites), extensions=extensions or None)


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        # the two examples of the JA3 README
        ("769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0", "ada70206e40642a3e4461f35503241d5"),
        ("769,4-5-10-9-100-98-3-6-19-18-99,,,", "de350869b8c85de67a350c8d186f11e6"),
    ],
)
def test_the_examples_of_the_readme(text, digest):
    assert ja3_text(hello(text)) == text
    assert ja3(hello(text)) == digest


def test_grease_is_left_out():
    clean = "771,4865-49195,0-23-10-11,29-23,0"
    assert ja3_text(hello("771,2570-4865-49195,19018-0-23-10-11-31354,51914-29-23,0")) == clean


def test_ja3s_as_wireshark_has_it():
    server = ServerHello(version=771, cipher_suite=49200, extensions=tuple(Extension(code, b"") for code in (65281, 11, 35)))
    assert ja3s_text(server) == "771,49200,65281-11-35"
    assert ja3s(server) == "e35df3e00ca4ef31d42b34bebaa2f86e"
    assert ja3s(ServerHello(version=771)) is None


def test_ssl_2_framing_has_none():
    assert ja3(ClientHello(version=2, sslv2=True)) is None
    assert ja3_text(ClientHello(version=2, sslv2=True)) is None


@given(st.binary(max_size=150))
def test_any_hello_has_one(body):
    for code in (1, 2):
        message = read_message(code, b"\x03\x03" + body)
        assert len((ja3 if code == 1 else ja3s)(message) or "0" * 32) == 32
