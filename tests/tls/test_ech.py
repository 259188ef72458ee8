import pytest

from analyzer.tls.ech import EchConfig, client_ech, client_esni, ech_configs
from analyzer.tls.reader import Malformed, Reader


def test_retry_configs():
    contents = bytes.fromhex("2a 0020 0004 6b6b6b6b 0004 0001 0003 80 06 7075622e6578 0000")
    body = b"\xfe\x0d" + len(contents).to_bytes(2, "big") + contents + b"\x9a\x9a\x00\x01z"
    found = ech_configs(Reader(len(body).to_bytes(2, "big") + body))
    assert found[0] == EchConfig(0xFE0D, contents, 42, 0x20, b"kkkk", ((1, 3),), 128, b"pub.ex", b"")
    assert found[1] == EchConfig(0x9A9A, b"z")


def test_an_unknown_type_has_no_shape():
    with pytest.raises(Malformed):
        client_ech(Reader(b"\x02"))


def test_esni_of_the_drafts():
    esni = client_esni(Reader(bytes.fromhex("1301 001d 0002 6b6b 0002 6464 0003 656565")))
    assert (esni.cipher_suite, esni.group, esni.key_exchange, esni.record_digest, esni.encrypted_sni) == (0x1301, 29, b"kk", b"dd", b"eee")
