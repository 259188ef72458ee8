"""tbs: fields that are missing, of a wrong type, or odd, one at a time; all others are still read."""

import pytest

from analyzer.x509 import read_certificate

FIELDS_OF = {
    "serial": ("serial",),
    "algorithm": ("tbs_signature_algorithm_oid",),
    "issuer": ("issuer", "issuer_cn"),
    "validity": ("not_before", "not_after"),
    "subject": ("subject", "subject_cn"),
    "spki": ("public_key_algorithm", "public_key_size", "spki"),
}


def test_nothing_is_wrong_with_what_the_builder_makes(der):
    c = read_certificate(der.certificate())
    assert c.faults == ()
    assert (c.version, c.serial, c.issuer, c.subject) == (3, "7b", "CN=issuer", "CN=subject")
    assert (c.not_before, c.not_after, c.validity_days) == (1735689600_000000000, 1767225600_000000000, 365 + 1 / 86400)
    assert (c.public_key_algorithm, c.public_key_size, c.public_key_exponent) == ("RSA", 2048, 65537)
    assert (c.signature_algorithm, c.signature_hash, c.signature) == ("sha256WithRSAEncryption", "sha256", b"\x11" * 256)
    assert (c.self_issued, c.extensions) == (False, ())


@pytest.mark.parametrize("field", FIELDS_OF)
def test_a_field_of_a_wrong_type_leaves_the_others(der, field):
    good = read_certificate(der.certificate())
    bad = read_certificate(der.certificate(**{field: b"\x0c\x01?"}))
    assert len(bad.faults) == 1
    assert "tag 0xc" in bad.faults[0]
    for name, columns in FIELDS_OF.items():
        for column in columns:
            assert getattr(bad, column) == (None if name == field else getattr(good, column))


def test_a_missing_serial_leaves_the_others(der):
    c = read_certificate(der.certificate(serial=b""))
    assert (c.serial, c.issuer, c.subject, c.public_key_size, c.faults) == (None, "CN=issuer", "CN=subject", 2048, ("no serial",))


@pytest.mark.parametrize(
    ("changed", "column", "value", "fault"),
    [
        ({"serial": b"\x02\x01\x80"}, "serial", "-80", "negative number in serial"),
        ({"serial": b"\x02\x02\xff\x80"}, "serial", "-80", "negative number in serial"),
        ({"serial": b"\x02\x01\0"}, "serial", "0", "zero in serial"),
        ({"serial": b"\x02\x02\0\x01"}, "serial", "1", "non-minimal integer in serial"),
        ({"serial": b"\x02\0"}, "serial", None, "empty integer in serial"),
        ({"serial": b"\x02\x15" + b"\x01" * 21}, "serial", "1" + "01" * 20, "more than 20 octets in serial"),
        ({"version": b""}, "version", 1, None),
        ({"version": b"\xa0\x03\x02\x01\0"}, "version", 1, "encoded default in version"),
        ({"version": b"\xa0\x03\x02\x01\x01"}, "version", 2, None),
        ({"version": b"\xa0\x04\x02\x02\0\xff"}, "version", 256, "no known number in version"),
        ({"version": b"\xa0\x03\x04\x01\x02"}, "version", None, "no known number in version"),
        ({"issuer": b"\x30\0"}, "issuer", "", "empty name in issuer"),
        ({"subject": b"\x30\0"}, "subject", "", None),
        ({"validity": b"\x30\0"}, "not_after", None, "0 times in validity"),
        ({"validity": b"\x30\x0f\x17\x0d251301000000Z"}, "not_before", None, "bad UTCTime (not_before) in validity"),
        (
            {"validity": b"\x30\x1e\x17\x0d260101000000Z\x17\x0d250101000000Z"},
            "not_after",
            1735689600_000000000,
            "not_after before not_before in validity",
        ),
        (
            {"outer_algorithm": b"\x30\x05\x06\x03\x2b\x65\x70"},
            "signature_algorithm_oid",
            "1.3.101.112",
            "two different signature algorithms",
        ),
        ({"outer_algorithm": b"\x30\0"}, "signature_algorithm_oid", None, "no algorithm in signature algorithm"),
        ({"signature": b""}, "signature", None, "no signature"),
        ({"signature": b"\x03\0"}, "signature", b"", "empty bit string"),
        ({"extensions": b"\xa3\x02\x30\0"}, "extensions", (), "no extension in extensions"),
        ({"extensions": b"\xa3\x04\x30\x02\x30\0"}, "extensions", (), "bad extension"),
        ({"extensions": b"\xa4\x01\0"}, "public_key_size", 2048, "tag 0xa4 in certificate"),
    ],
)
def test_oddities(der, changed, column, value, fault):
    c = read_certificate(der.certificate(**changed))
    assert getattr(c, column) == value
    assert (fault in c.faults) if fault else c.faults == ()
    assert c.issuer_cn == "issuer" or "issuer" in changed


def test_extensions_twice_or_too_early(der):
    twice = der.extensions(der.extension("2.5.29.19", b"\x30\x03\x01\x01\xff"), der.extension("2.5.29.19", b"\x30\0"))
    c = read_certificate(der.certificate(extensions=twice))
    assert (c.is_ca, len(c.extensions), c.faults) == (True, 2, ("duplicate extension 2.5.29.19",))
    c = read_certificate(der.certificate(extensions=der.extensions(der.extension("2.5.29.19", b"\x30\0")), version=b""))
    assert (c.is_ca, c.faults) == (False, ("extensions in version 1",))


def test_self_issued_means_the_same_octets(der):
    assert read_certificate(der.certificate(issuer=der.fields["subject"])).self_issued is True
    printable = der.name(("2.5.4.3", b"subject", 0x13))
    assert read_certificate(der.certificate(issuer=printable)).self_issued is False
    assert read_certificate(der.certificate(issuer=b"\x05\0")).self_issued is None


def test_identifiers_of_version_2_are_passed_over(der):
    assert read_certificate(der.certificate(version=b"\xa0\x03\x02\x01\x01", extensions=b"\x81\x02\0a\x82\x02\0b")).faults == ()
