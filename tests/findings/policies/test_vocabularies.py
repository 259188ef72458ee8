"""The names that values may have, against other lists of the same."""

import pytest
from cryptodatahub.tls.algorithm import TlsCipherSuite

from analyzer.findings.policies.vocabularies import VOCABULARIES, names, nearest


@pytest.mark.parametrize(
    ("vocabulary", "members"),
    [
        ("version", {"SSL 3.0", "TLS 1.2", "DTLS 1.2"}),
        ("cipher_suite", {"TLS_AES_128_GCM_SHA256", "TLS_FALLBACK_SCSV", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"}),
        ("key_exchange", {"ECDHE", "DH_anon", "hybrid", "ML-KEM", "PSK"}),
        ("authentication", {"RSA", "ECDSA", "anon"}),
        ("cipher", {"AES", "CHACHA20", "RC4", "NULL"}),
        ("cipher_mode", {"GCM", "CBC", "CCM_8"}),
        ("mac", {"AEAD", "SHA256", "MD5"}),
        ("group", {"x25519", "X25519MLKEM768", "ffdhe2048", "MLKEM1024"}),
        ("signature_scheme", {"rsa_pss_rsae_sha256", "mldsa87", "rsa_pkcs1_sha1", "dsa_sha256"}),
        ("extension", {"truncated_hmac", "status_request", "heartbeat"}),
        ("compression_method", {"null", "DEFLATE"}),
        ("hash", {"md5", "sha1", "sha384"}),
        ("key_algorithm", {"RSA", "EC", "ML-DSA-87", "SLH-DSA-SHA2-128s"}),
    ],
)
def test_names(vocabulary, members):
    assert members <= names(vocabulary)
    assert not {"GREASE", "", None} & names(vocabulary)
    assert vocabulary in VOCABULARIES


def test_suites_are_those_of_another_registry():
    theirs = {suite.value.iana_name for suite in TlsCipherSuite if suite.value.iana_name}
    spelled_otherwise = {"TLS_DHE_PSK_WITH_AES_128_CCM_8", "TLS_DHE_PSK_WITH_AES_256_CCM_8"}  # IANA: TLS_PSK_DHE_WITH_AES_128_CCM_8
    of_no_standard = {name for name in theirs if "FIPS" in name or "FORTEZZA" in name}
    assert len(theirs) > 300
    assert theirs - names("cipher_suite") == spelled_otherwise | of_no_standard


def test_the_nearest_name_is_a_hint():
    assert nearest("TLS_AES_128_GCM_SHA265", names("cipher_suite")) == " (is it TLS_AES_128_GCM_SHA256?)"
    assert nearest("nothing like it at all", names("version")) == ""
