import pytest

from analyzer.tls import hello
from analyzer.tls.reader import Malformed, Reader


def test_the_memory_of_cipher_suites_is_bounded():
    for number in range(5000):
        hello._cipher_suites(Reader(b"\x00\x04" + number.to_bytes(4, "big")))
    assert len(hello._SUITES) <= 2048
    hello._cipher_suites(Reader(b"\x40\x00" + b"\x11" * 0x4000))
    assert max(map(len, hello._SUITES)) <= 512


def test_extensions_that_break_off_leave_what_was_read():
    fields = {}
    with pytest.raises(Malformed):
        hello.read_extensions(Reader(b"\x00\x20\x00\x17\x00\x00\x00\x16"), "client_hello", fields)
    assert [extension.code for extension in fields["extensions"]] == [23]
