import pytest

from analyzer.tls.quic_parameters import TransportParameter, draft_transport_parameters, transport_parameters, varint
from analyzer.tls.reader import Malformed, Reader


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("c2197c5eff14e88c", 151_288_809_941_952_652),
        ("9d7f3e7d", 494_878_333),
        ("7bbd", 15_293),
        ("25", 37),
        ("4025", 37),
    ],
)
def test_the_examples_of_rfc_9000(body, number):
    """RFC 9000 appendix A.1."""
    assert varint(Reader(bytes.fromhex(body))) == number


def test_parameters():
    body = bytes.fromhex("01 04 80007530 0c 00 0f 02 6161 03 01 25 40ff 01 00")
    assert transport_parameters(Reader(body)) == (
        TransportParameter(1, 30000),
        TransportParameter(0x0C, value=True),
        TransportParameter(0x0F, b"aa"),
        TransportParameter(3, 37),
        TransportParameter(0xFF, b"\x00"),
    )


def test_a_number_that_is_none_stays_bytes():
    assert transport_parameters(Reader(bytes.fromhex("01 02 2525"))) == (TransportParameter(1, b"\x25\x25"),)


def test_the_form_of_the_drafts():
    assert draft_transport_parameters(Reader(bytes.fromhex("0008 0001 0004 80007530"))) == (TransportParameter(1, 30000),)
    assert draft_transport_parameters(Reader(bytes.fromhex("01 04 80007530"))) == (TransportParameter(1, 30000),)


def test_a_length_that_lies():
    with pytest.raises(Malformed):
        transport_parameters(Reader(bytes.fromhex("01 3f 00")))
