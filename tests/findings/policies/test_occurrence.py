"""Where a column has a meaning: what does not occur is told apart from what cannot be seen (RFC 8446 section 2, RFC 5246 section 7.3)."""

import pytest

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import messages as m

YES, NO, UNKNOWN = 1, 0, -1


def tls13(make, group=29, **fields):
    return make.handshake(
        (CLIENT, make.client_hello()), (SERVER, make.server_hello13(group=group)), (SERVER, make.CCS), (SERVER, make.ENCRYPTED), **fields
    )


def test_tls12_with_ecdhe(make, observed):
    seen = observed(make.full())
    told = {name: seen.occurs(name)[0] for name in ("group", "curve_bits", "dh_bits", "signature_scheme", "leaf_key_bits", "ocsp_stapled")}
    assert told == {"group": YES, "curve_bits": YES, "dh_bits": NO, "signature_scheme": YES, "leaf_key_bits": YES, "ocsp_stapled": YES}
    assert seen.occurs("compression_method")[0] == seen.occurs("extended_master_secret")[0] == YES


def test_tls13_hides_certificate_and_signature_and_has_no_compression(make, observed):
    seen = observed(tls13(make))
    hidden = ("leaf_key_bits", "leaf_signature_hash", "ocsp_stapled", "alpn", "answered_extensions")
    assert {name: seen.occurs(name)[0] for name in hidden} == dict.fromkeys(hidden, UNKNOWN)
    assert seen.occurs("signature_scheme")[0] == YES  # the server signs, but nobody sees with what
    assert seen.value("signature_scheme", 0) is None
    absent = ("compression_method", "extended_master_secret", "secure_renegotiation", "encrypt_then_mac", "dh_bits")
    assert {name: seen.occurs(name)[0] for name in absent} == dict.fromkeys(absent, NO)
    assert seen.occurs("group")[0] == seen.occurs("cipher_suite")[0] == YES


@pytest.mark.parametrize(
    ("kind", "suite", "occurring"),
    [("rsa", 0x009C, set()), ("dhe", 0x009E, {"group", "dh_bits", "signature_scheme"}), ("dh_anon", 0x00A6, {"group", "dh_bits"})],
)
def test_the_key_exchange_decides(make, observed, kind, suite, occurring):
    exchange = m.ServerKeyExchange(kind=kind, dh_p=b"\xff" * 256) if kind != "rsa" else None
    seen = observed(make.full(answer=make.server_hello(cipher_suite=suite), key_exchange=exchange))
    assert {name for name in ("group", "dh_bits", "curve_bits", "signature_scheme") if seen.occurs(name)[0] == YES} == occurring


def test_a_resumed_session_has_neither_keys_nor_certificate(sample, observed):
    seen = observed(*sample("tls12-resume-ticket"))
    assert seen.occurs("group").tolist() == seen.occurs("leaf_key_bits").tolist() == [YES, NO]
    assert seen.occurs("signature_scheme").tolist() == [YES, NO]
    assert seen.occurs("cipher_suite").tolist() == [YES, YES]


def test_nothing_is_known_of_an_answer_that_was_not_seen(sample, observed):
    seen = observed(*sample("fail-unanswered"))
    for name in ("version", "cipher_suite", "group", "dh_bits", "leaf_key_bits", "signature_scheme", "compression_method"):
        assert seen.occurs(name)[0] == UNKNOWN, name
    assert seen.occurs("offered_groups")[0] == YES


def test_a_version_that_only_a_record_told_is_none(make, observed):
    made = make.handshake((CLIENT, make.client_hello()), version=0x0301)
    assert observed(made).occurs("version")[0] == UNKNOWN


def test_before_tls12_a_signature_names_no_scheme(sample, observed):
    assert observed(*sample("tls10-dhe")).occurs("signature_scheme")[0] == NO
    assert observed(*sample("tls10-dhe")).occurs("dh_bits")[0] == YES


def test_a_signature_with_its_own_hash_has_no_hash(observed, make):
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key, name = ed25519.Ed25519PrivateKey.generate(), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ed.example")])
    read = x509.load_der_x509_certificate(make.certificate())
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    made = built.not_valid_before(read.not_valid_before_utc).not_valid_after(read.not_valid_after_utc).sign(key, None)
    seen = observed(make.full(certificates=(made.public_bytes(serialization.Encoding.DER),)), make.full(certificates=(make.certificate(),)))
    assert seen.occurs("leaf_signature_hash").tolist() == [NO, YES]
    assert seen.occurs("leaf_key_algorithm").tolist() == [YES, YES]
