"""What no column of the table tells, against what the samples' stacks and cryptography say."""

import pytest

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import messages as m


def texts(seen, name, at=0):
    return seen.value(name, at)


def test_lists_of_the_hello_are_names_without_grease(make, observed):
    groups = make.extension(10, make.vector(make.u16(0x2A2A, 4588, 29, 0xFFF0)))
    schemes = make.extension(13, make.vector(make.u16(0x0804, 0x0905)))
    shares = make.extension(51, make.vector(make.u16(0x2A2A) + make.vector(b"\0") + make.u16(29) + make.vector(b"k" * 32)))
    versions = make.extension(43, make.vector(make.u16(0x3A3A, 0x0304, 0x0303), 1))
    hello = make.client_hello(groups, schemes, shares, versions, cipher_suites=(0x0A0A, 0x1301, 0x5600, 0xEEEE))
    seen = observed(make.handshake((CLIENT, hello)))
    assert texts(seen, "offered_groups") == ("X25519MLKEM768", "x25519", "0xFFF0")
    assert texts(seen, "offered_signature_schemes") == ("rsa_pss_rsae_sha256", "mldsa65")
    assert texts(seen, "offered_key_shares") == ("x25519",)
    assert texts(seen, "offered_versions") == ("TLS 1.3", "TLS 1.2")
    assert texts(seen, "offered_cipher_suites") == ("TLS_AES_128_GCM_SHA256", "TLS_FALLBACK_SCSV", "0xEEEE")
    assert texts(seen, "offered_extensions") == ("supported_groups", "signature_algorithms", "key_share", "supported_versions")


def test_a_hello_without_lists_has_none(make, observed):
    seen = observed(make.handshake((CLIENT, make.client_hello())), make.handshake((SERVER, make.server_hello())))
    assert [texts(seen, "offered_groups", at) for at in (0, 1)] == [None, None]
    assert texts(seen, "offered_versions", 0) == ("TLS 1.2",)
    assert texts(seen, "offered_versions", 1) is None


@pytest.mark.parametrize(
    ("version", "told"),
    [(0x0303, "TLS 1.2"), (0xFEFD, "TLS 1.2"), (0xFEFF, "TLS 1.1"), (0x7F1C, "TLS 1.3"), (0xFEFC, "TLS 1.3"), (0x0300, "SSL 3.0")],
)
def test_protocol_counts_as_tls_does(make, observed, version, told):
    assert texts(observed(make.full(version=version)), "protocol") == told


def test_groups_have_one_name_in_all_versions(make, observed, sample):
    prime = m.ServerKeyExchange(kind="dhe", dh_p=b"\xff" * 160)
    nameless = make.full(key_exchange=prime, answer=make.server_hello(cipher_suite=0x009E))
    assert texts(observed(nameless), "group") == "a DH prime of 1280 bits without a name"
    assert texts(observed(*sample("tls13-mlkem")), "group") == "X25519MLKEM768"
    assert observed(*sample("tls12-p384")).value("curve_bits", 0) == 384


def test_rfc_7919_group_before_tls13(make, observed):
    from analyzer.registry.generated.dh_groups import DH_GROUPS

    assert "ffdhe2048 (RFC 7919)" in DH_GROUPS.values()  # what the table would say
    p = int(
        "FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695A9E13641146433FBCC939DCE249B3EF97D2FE363630C75D8F681B202AEC4617AD3DF1ED5"
        "D5FD65612433F51F5F066ED0856365553DED1AF3B557135E7F57C935984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73530ACCA4F483A797ABC0AB182B324FB61"
        "D108A94BB2C8E3FBB96ADAB760D7F4681D4F42A3DE394DF4AE56EDE76372BB190B07A7C8EE0A6D709E02FCE1CDF7E2ECC03404CD28342F619172FE9CE98583FF8E4F1232"
        "EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005C58EF1837D1683B2C6F34A26C1B2EFFA886B423861285C97FFFFFFFFFFFFFFFF", 16)  # fmt: skip
    exchange = m.ServerKeyExchange(kind="dhe", dh_p=p.to_bytes(256, "big"))
    seen = observed(make.full(key_exchange=exchange, answer=make.server_hello(cipher_suite=0x009E)))
    assert texts(seen, "group") == "ffdhe2048"


def test_compression_is_null_where_none_was_chosen(make, observed):
    plain, packed = make.full(), make.full(answer=make.server_hello(compression_method=1))
    odd = make.full(answer=make.server_hello(compression_method=0x77))
    seen = observed(plain, packed, odd)
    assert [texts(seen, "compression_method", at) for at in range(3)] == ["null", "DEFLATE", "0x77"]


def test_suites_without_a_name_are_numbers(make, observed):
    assert texts(observed(make.full(answer=make.server_hello(cipher_suite=0xEEEE))), "cipher_suite") == "0xEEEE"


def test_of_certificates(make, observed):
    from cryptography import x509

    read = x509.load_der_x509_certificate(make.certificate())
    seen = observed(make.full(certificates=(make.certificate(),)), make.full(certificates=(b"junk",)))
    assert texts(seen, "leaf_curve") == "secp256r1"
    assert texts(seen, "leaf_signature_hash") == "sha256"
    assert texts(seen, "leaf_signature_algorithm") == "ecdsa-with-SHA256"
    assert seen.value("leaf_validity_days", 0) == pytest.approx((read.not_valid_after_utc - read.not_valid_before_utc).days, abs=1)
    started = make.START / 86_400e9
    assert seen.value("leaf_days_left", 0) == pytest.approx(read.not_valid_after_utc.timestamp() / 86_400 - started, abs=0.01)
    assert seen.value("leaf_days_old", 0) == pytest.approx(started - read.not_valid_before_utc.timestamp() / 86_400, abs=0.01)
    assert [seen.value(name, 1) for name in ("leaf_curve", "leaf_days_left", "chain_signature_hashes")] == [None, None, None]
    assert texts(seen, "chain_signature_hashes") is None  # it is self-issued: nobody checks that signature


def test_hashes_of_a_chain(observed, sample):
    from cryptography import x509

    [one] = sample("tls12-long-chain")[:1]
    issued = [read for read in map(x509.load_der_x509_certificate, one.server_chain) if read.issuer != read.subject]
    assert len(issued) > 1
    assert observed(one).value("chain_signature_hashes", 0) == tuple(dict.fromkeys(read.signature_hash_algorithm.name for read in issued))
