import struct

from hypothesis import given
from hypothesis import strategies as st

from analyzer.tls.reader import Fault
from analyzer.tls.transparency import SignedCertificateTimestamp, read_sct_list

SCT = b"\x00" + b"L" * 32 + struct.pack(">QH2sBBH3s", 1_700_000_000_123, 2, b"xx", 4, 3, 3, b"sig")


def listed(*items):
    body = b"".join(struct.pack(">H", len(item)) + item for item in items)
    return struct.pack(">H", len(body)) + body


def test_a_list():
    scts, fault = read_sct_list(listed(SCT, b"\x01later"))
    assert fault is None
    assert scts == (
        SignedCertificateTimestamp(0, b"L" * 32, 1_700_000_000_123, b"xx", 4, 3, b"sig"),
        SignedCertificateTimestamp(1, body=b"later"),
    )


def test_what_was_read_before_the_break_stays():
    scts, fault = read_sct_list(listed(SCT, SCT[:-1]))
    assert len(scts) == 1
    assert fault.reason == "length"
    assert read_sct_list(listed(SCT) + b"z") == ((scts[0],), Fault("trailing", len(SCT) + 4))
    assert read_sct_list(b"") == ((), Fault("cut", 0))


@given(st.binary(max_size=100))
def test_no_bytes_raise(body):
    read_sct_list(body)
