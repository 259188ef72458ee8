"""Golden values from IANA and the rule for pairs of TLS 1.2."""


import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.registry import signature_scheme_name
from analyzer.registry.generated.signature_schemes import SIGNATURE_SCHEMES

GOLDEN = {
    0x0201: "rsa_pkcs1_sha1", 0x0203: "ecdsa_sha1", 0x0401: "rsa_pkcs1_sha256", 0x0403: "ecdsa_secp256r1_sha256",  # RFC 8446 4.2.3
    0x0603: "ecdsa_secp521r1_sha512", 0x0804: "rsa_pss_rsae_sha256", 0x0807: "ed25519", 0x0808: "ed448", 0x080B: "rsa_pss_pss_sha512",
    0x0420: "rsa_pkcs1_sha256_legacy", 0x0708: "sm2sig_sm3", 0x0709: "gostr34102012_256a", 0x070F: "gostr34102012_512c",
    0x081A: "ecdsa_brainpoolP256r1tls13_sha256", 0x0840: "gostr34102012_256", 0x0841: "gostr34102012_512",
    0x0904: "mldsa44", 0x0905: "mldsa65", 0x0906: "mldsa87", 0x0911: "slhdsa_sha2_128s", 0x091C: "slhdsa_shake_256f",
    # pairs of RFC 5246 section 7.4.1.4.1 without a scheme
    0x0101: "rsa_pkcs1_md5", 0x0202: "dsa_sha1", 0x0301: "rsa_pkcs1_sha224", 0x0303: "ecdsa_sha224", 0x0402: "dsa_sha256",
    0x0602: "dsa_sha512", 0x0400: "anonymous_sha256", 0x0001: "rsa_pkcs1_none",
    0x0A0A: "GREASE", 0x0700: None, 0x0404: None, 0xFFFF: None,
}  # fmt: skip


@pytest.mark.parametrize(("code", "name"), GOLDEN.items())
def test_golden(code, name):
    assert signature_scheme_name(code) == name


def test_no_two_schemes_share_a_name():
    assert len(set(SIGNATURE_SCHEMES.values())) == len(SIGNATURE_SCHEMES)


@given(st.integers())
def test_any_number_is_answered(code):
    assert signature_scheme_name(code) != ""


def test_agrees_with_wireshark(wireshark):
    rows = wireshark["tls.handshake.sig_hash_alg"]
    assert len(rows) > 15
    for code, name in rows:
        ours = signature_scheme_name(code)
        assert ours is not None
        if code < 0xFE00:  # private use: experiments that took each other's numbers
            assert ours == name
