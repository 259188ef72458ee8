import struct
import tracemalloc
import zlib

import pytest

from analyzer.tls.certificate import uncompress
from analyzer.tls.messages import CertificateEntry, Fault, Opaque, read_message
from analyzer.tls.reader import Bounds, Malformed


def u24(body):
    return len(body).to_bytes(3, "big") + body


CHAIN = u24(u24(b"leaf") + u24(b"issuer"))


@pytest.mark.parametrize("version", [None, 0x0300, 0x0301, 0x0303])
def test_before_13(version):
    certificate = read_message(11, CHAIN, version=version)
    assert certificate.chain == (CertificateEntry(b"leaf"), CertificateEntry(b"issuer"))
    assert (certificate.request_context, certificate.fault) == (None, None)


@pytest.mark.parametrize("version", [None, 0x0304, 0x7F17])
def test_13_with_extensions(version):
    status = b"\x00\x05\x00\x07\x01" + u24(b"ocs")
    body = b"\x02cc" + u24(u24(b"leaf") + struct.pack(">H", len(status)) + status + u24(b"issuer") + b"\x00\x00")
    certificate = read_message(11, body, version=version)
    assert (certificate.request_context, certificate.fault) == (b"cc", None)
    assert [entry.data for entry in certificate.chain] == [b"leaf", b"issuer"]
    assert certificate.chain[0].extensions[0].value.response == b"ocs"


def test_empty_ones():
    assert read_message(11, bytes(3)).request_context is None
    assert read_message(11, bytes(4)).request_context == b""
    assert read_message(11, b"", version=0x0303) == Opaque(type_code=11, body=b"", fault=Fault("cut", 0))


def test_a_chain_that_lies_keeps_what_came_before():
    certificate = read_message(11, u24(u24(b"leaf") + b"\x00\xff\xff?"), version=0x0303)
    assert certificate.chain == (CertificateEntry(b"leaf"),)
    assert certificate.fault == Fault("length", 10)


def test_a_raw_public_key_is_one_entry():
    key = b"\x30\x59\x30\x13" + bytes(87)
    assert read_message(11, u24(key), version=0x0303).chain == (CertificateEntry(key),)


def test_requests_of_each_version():
    old = b"\x02\x01\x40\x00\x05\x00\x03DER"
    new = b"\x01\x01\x00\x04\x04\x03\x08\x04\x00\x00"
    newest = b"\x00\x00\x08\x00\x0d\x00\x04\x00\x02\x04\x03"
    for version in (0x0301, None):
        request = read_message(13, old, version=version)
        assert (request.certificate_types, request.authorities, request.signature_schemes, request.fault) == ((1, 64), (b"DER",), (), None)
    for version in (0x0303, None):
        request = read_message(13, new, version=version)
        assert (request.certificate_types, request.signature_schemes, request.fault) == ((1,), (0x403, 0x804), None)
    for version in (0x0304, None):
        request = read_message(13, newest, version=version)
        assert (request.request_context, request.signature_schemes, request.fault) == (b"", (0x403,), None)


def test_status():
    assert read_message(22, b"\x01" + u24(b"ocsp")).responses == (b"ocsp",)
    assert read_message(22, b"\x02" + u24(u24(b"one") + u24(b""))).responses == (b"one", b"")
    assert read_message(22, b"\x02" + u24(u24(b"one") + b"\x00\x00\x09")).responses == (b"one",)


def test_verify_before_12():
    assert read_message(15, b"\x00\x03sig", version=0x0302).signature == b"sig"
    assert read_message(15, b"\x00\x03sig").signature_scheme is None


CERTIFICATE = b"\x00" + u24(u24(b"leaf" * 500) + b"\x00\x00")


def packed(algorithm, data, length=None):
    length = len(CERTIFICATE) if length is None else length
    return struct.pack(">H", algorithm) + length.to_bytes(3, "big") + u24(data)


def compressors():
    import brotli
    from backports import zstd

    return {1: zlib.compress, 2: brotli.compress, 3: zstd.compress}


@pytest.mark.parametrize("algorithm", [1, 2, 3])
def test_compressed_certificates(algorithm):
    compress = compressors()[algorithm]
    message = read_message(25, packed(algorithm, compress(CERTIFICATE)))
    assert message.fault is None
    assert message.certificate.chain[0].data == b"leaf" * 500
    for length in (len(CERTIFICATE) - 1, len(CERTIFICATE) + 1, 0):
        lying = read_message(25, packed(algorithm, compress(CERTIFICATE), length))
        assert (lying.certificate, lying.fault.reason) == (None, "unpack")
    whole = compress(CERTIFICATE)
    for data in (whole[:-1], b"", b"\x00" * 20, whole[:8]):
        assert read_message(25, packed(algorithm, data)).fault.reason == "unpack"


@pytest.mark.parametrize("algorithm", [1, 2, 3])
def test_a_bomb_is_not_unpacked(algorithm):
    bomb = compressors()[algorithm](bytes(64 << 20))
    tracemalloc.start()
    with pytest.raises(Malformed) as caught:
        uncompress(algorithm, bomb, 1000)
    assert caught.value.reason == "unpack"
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_the_limit_and_unknown_algorithms():
    assert read_message(25, packed(1, zlib.compress(CERTIFICATE)), bounds=Bounds(unpacked=100)).fault == Fault("limit", 2)
    assert read_message(25, packed(9, b"zz")).fault == Fault("value", 0)
