import hashlib

from analyzer.tls import codes


def test_grease_is_the_sixteen_numbers_of_rfc_8701():
    assert [number for number in range(1 << 16) if codes.is_grease(number)] == [n << 12 | 0xA00 | n << 4 | 0xA for n in range(16)]


def test_the_retry_random_is_its_hash():
    assert hashlib.sha256(b"HelloRetryRequest").digest() == codes.HELLO_RETRY_RANDOM


def test_versions():
    versions = (0x0002, 0x0300, 0x0303, 0x0304, 0x7F0E, 0x7F1C, 0xFEFD, 0xFEFC)
    assert [v for v in versions if codes.is_tls13(v)] == [0x0304, 0x7F0E, 0x7F1C, 0xFEFC]
    assert not codes.is_tls13(None)
    assert [v for v in (0x0300, 0x0302, 0x0303, 0x0304, 0xFEFF, 0xFEFD) if codes.has_signature_scheme(v)] == [0x0303, 0x0304, 0xFEFD]


def test_versions_of_dtls_are_compared_as_what_they_are_made_of():
    """RFC 6347 section 1, RFC 9147 section 1: 1.0 is TLS 1.1 on datagrams; there was no DTLS 1.1."""
    assert [codes.tls_of(v) for v in (0xFEFF, 0x0100, 0xFEFD, 0xFEFC)] == [0x0302, 0x0302, 0x0303, 0x0304]
    assert [codes.tls_of(v) for v in (0x0300, 0x0303, 0x7F1C)] == [0x0300, 0x0303, 0x7F1C]
