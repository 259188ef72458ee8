import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.fingerprints.ja4 import ja4, ja4_raw, ja4_raw_original
from analyzer.tls.messages import ClientHello, Extension, read_message

SUITES = [0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035]
CODES = [0x1B, 0x00, 0x33, 0x10, 0x4469, 0x17, 0x2D, 0x0D, 0x05, 0x23, 0x12, 0x2B, 0xFF01, 0x0B, 0x0A, 0x15]
SCHEMES = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]


def hello(suites=SUITES, codes=CODES, *, schemes=SCHEMES, versions=(0x0304, 0x0303), alpn=(b"h2", b"http/1.1"), version=0x0303):
    known = {13: tuple(schemes), 16: tuple(alpn), 43: tuple(versions)}
    extensions = tuple(Extension(code, b"", known.get(code)) for code in codes)
    return ClientHello(version=version, cipher_suites=tuple(suites), extensions=extensions)


def test_the_example_of_the_written_rule():
    greased = hello([0x6A6A, *SUITES], [0x1A1A, *CODES, 0xDADA], versions=(0xFAFA, 0x0304, 0x0303))
    assert ja4(greased) == "t13d1516h2_8daaf6152771_e5627efa2ab1"
    assert ja4_raw(greased) == (
        "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_"
        "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_0403,0804,0401,0503,0805,0501,0806,0601"
    )
    assert ja4_raw_original(greased) == (
        "t13d1516h2_1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035_"
        "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015_0403,0804,0401,0503,0805,0501,0806,0601"
    )


@pytest.mark.parametrize(
    ("protocol", "ends"),
    [
        (b"h2", "h2"),
        (b"http/1.1", "h1"),
        (b"a", "aa"),
        (b"", "00"),
        (b"\xab", "ab"),
        (b"\xab\xcd", "ad"),
        (b"\x30\xab", "3b"),
        (b"\x30\x31\xab\xcd", "3d"),
        (b"\x30\xab\xcd\x31", "01"),
    ],
)
def test_first_and_last_of_the_protocol(protocol, ends):
    assert ja4(hello(alpn=(protocol,)))[8:10] == ends


def test_nothing_at_all():
    assert ja4(ClientHello(version=0x0300)) == "ts3i000000_000000000000_000000000000"
    assert ja4(hello(codes=[0, 16], suites=[])) == "t12d0002h2_000000000000_000000000000"


def test_without_signature_algorithms_there_is_no_underscore():
    assert ja4_raw(hello(codes=[0x17, 0x0A])) == ja4_raw(hello(codes=[0x17, 0x0A], schemes=()))
    assert ja4_raw(hello(codes=[0x17, 0x0A])).endswith("_000a,0017")


def test_counts_stop_at_99():
    assert ja4(hello(suites=range(200), codes=range(100, 300)))[4:8] == "9999"


@pytest.mark.parametrize(
    ("version", "versions", "text"),
    [
        (0x0002, (), "s2"),
        (0x0300, (), "s3"),
        (0x0301, (), "10"),
        (0x0302, (), "11"),
        (0x0303, (0x0304,), "13"),
        (0x0303, (0x7F1C, 0x0303), "00"),
        (0xFEFD, (), "d2"),
        (0xFEFF, (), "d1"),
        (0xFEFD, (0xFEFC, 0xFEFD), "d3"),
        (0x0999, (), "00"),
    ],
)
def test_versions(version, versions, text):
    assert ja4(hello(version=version, versions=versions), "q")[:3] == f"q{text}"


def test_ssl_2_framing_has_none():
    sslv2 = ClientHello(version=2, sslv2=True)
    assert (ja4(sslv2), ja4_raw(sslv2), ja4_raw_original(sslv2)) == (None, None, None)


@given(st.binary(max_size=150))
def test_any_hello_has_one(body):
    message = read_message(1, b"\x03\x03" + body)
    assert len(ja4(message)) == 36
