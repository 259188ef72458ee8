"""signatures: each algorithm's hash, and certificates that signed themselves or did not."""

import base64

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from analyzer.x509 import is_self_signed, read_certificate
from analyzer.x509.signatures import read_signature_algorithm


@pytest.mark.parametrize(
    ("dotted", "hashing"),
    [
        ("1.2.840.113549.1.1.4", "md5"),
        ("1.2.840.113549.1.1.5", "sha1"),
        ("1.3.14.3.2.29", "sha1"),
        ("1.2.840.113549.1.1.11", "sha256"),
        ("1.2.840.10045.4.3.3", "sha384"),
        ("2.16.840.1.101.3.4.3.2", "sha256"),
        ("1.2.156.10197.1.501", "sm3"),
        ("1.3.101.112", None),
        ("2.16.840.1.101.3.4.3.18", None),
        ("1.2.3.4", None),
    ],
)
def test_hashes(der, dotted, hashing):
    algorithm = read_signature_algorithm(der.oid(dotted))
    assert (algorithm.oid, algorithm.hash, algorithm.faults) == (dotted, hashing, ())


def test_pss_defaults_to_sha1(der):
    algorithm = read_signature_algorithm(der.oid("1.2.840.113549.1.1.10") + der.tlv(0x30))
    assert (algorithm.hash, algorithm.mask_hash) == ("sha1", "sha1")  # RFC 4055 section 3.1


@pytest.mark.parametrize(
    ("key", "options", "hashing"),
    [
        ("rsa", {}, "sha256"),
        ("rsa", {"digest": hashes.SHA512()}, "sha512"),
        ("rsa", {"padding": padding.PSS(padding.MGF1(hashes.SHA384()), 20), "digest": hashes.SHA384()}, "sha384"),
        ("rsa", {"digest": hashes.SHA3_256()}, "sha3-256"),
        ("p256", {}, "sha256"),
        ("p521", {"digest": hashes.SHA512()}, "sha512"),
        ("ed25519", {}, None),
        ("ed448", {}, None),
        ("dsa", {}, "sha256"),
    ],
)
def test_self_signed(make, key, options, hashing):
    certificate = read_certificate(make(key, **options))
    assert certificate.faults == ()
    assert certificate.signature_hash == hashing
    assert certificate.self_issued is True
    assert is_self_signed(certificate) is True
    broken = msgspec.structs.replace(certificate, signature=bytes(len(certificate.signature)))
    assert is_self_signed(broken) is False


def test_weak_hashes_are_checked_too(der, keys):
    for dotted, digest in (("1.2.840.113549.1.1.4", hashes.MD5()), ("1.2.840.113549.1.1.5", hashes.SHA1())):
        algorithm = der.tlv(0x30, der.oid(dotted), b"\x05\0")
        spki = read_certificate_spki(keys["rsa"])
        unsigned = der.certificate(algorithm=algorithm, outer_algorithm=algorithm, spki=spki, issuer=der.fields["subject"])
        outer = len(unsigned) - len(algorithm) - len(der.fields["signature"])
        signature = keys["rsa"].sign(unsigned[4:outer], padding.PKCS1v15(), digest)
        signed = der.certificate(
            algorithm=algorithm,
            outer_algorithm=algorithm,
            spki=spki,
            issuer=der.fields["subject"],
            signature=der.tlv(0x03, b"\0" + signature),
        )
        assert is_self_signed(read_certificate(signed)) is True


def read_certificate_spki(key):
    from cryptography.hazmat.primitives import serialization

    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_not_self_signed(make, der):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "other")])
    assert is_self_signed(read_certificate(make("p256", issuer=name))) is False
    assert is_self_signed(read_certificate(make("p256", signer="k1"))) is False
    assert is_self_signed(read_certificate(der.certificate())) is False


def test_what_cannot_be_told(der):
    same = {"issuer": der.fields["subject"]}
    sm2 = der.tlv(0x30, der.oid("1.2.156.10197.1.501"))
    assert is_self_signed(read_certificate(der.certificate(**same, outer_algorithm=sm2))) is None
    assert is_self_signed(read_certificate(der.certificate(**same, spki=der.tlv(0x30)))) is None
    assert is_self_signed(read_certificate(der.certificate(**same, signature=b""))) is None
    assert is_self_signed(read_certificate(b"")) is None
    for modulus, exponent in ((1 << 18, 1), (4096, 1), (512, 20)):
        key = der.tlv(0x30, der.tlv(0x02, b"\x7f" * modulus), der.tlv(0x02, b"\x03" * exponent))
        spki = der.tlv(0x30, der.tlv(0x30, der.oid("1.2.840.113549.1.1.1"), b"\x05\0"), der.tlv(0x03, b"\0", key))
        assert is_self_signed(read_certificate(der.certificate(**same, spki=spki))) is None


def test_an_algorithm_that_does_not_fit_the_key(make):
    certificate = make("rsa")
    ecdsa = bytes.fromhex("300a06082a8648ce3d040302")
    rsa_encryption = bytes.fromhex("300d06092a864886f70d01010b0500")
    head, tail = certificate.rsplit(rsa_encryption, 1)
    changed = head + ecdsa + tail
    changed = changed[:2] + (len(changed) - 4).to_bytes(2) + changed[4:]
    assert is_self_signed(read_certificate(certificate)) is True
    assert is_self_signed(read_certificate(changed)) is False


# RFC 8410 section 10.2: an X25519 certificate signed with the Ed25519 key of section 10.1 (errata 6936 tell of its explicit FALSE)
X25519 = """MIIBLDCB36ADAgECAghWAUdKKo3DMDAFBgMrZXAwGTEXMBUGA1UEAwwOSUVURiBUZXN0IERlbW8wHhcNMTYwODAxMTIxOTI0WhcNNDAxMjMxMjM1OTU5WjAZ
MRcwFQYDVQQDDA5JRVRGIFRlc3QgRGVtbzAqMAUGAytlbgMhAIUg8AmJMKdUdIt93LQ+91oNvzoNJjga9OukqY6qm05qo0UwQzAPBgNVHRMBAf8EBTADAQEAMA4GA1Ud
DwEBAAQEAwIDCDAgBgNVHQ4BAQAEFgQUmx9e7e0EM4Xk97xiPFl1uQvIuzswBQYDK2VwA0EAryMB/t3J5v/BzKc9dNZIpDmAgs3babFOTQbs+BolzlDUwsPrdGxO3YNG
hW7Ibz3OGhhlxXrCe1Cgw1AH9efZBw=="""


def test_rfc_8410_certificate():
    certificate = read_certificate(base64.b64decode(X25519))
    assert (certificate.version, certificate.serial, certificate.subject) == (3, "5601474a2a8dc330", "CN=IETF Test Demo")
    assert (certificate.public_key_algorithm, certificate.signature_algorithm_oid) == ("X25519", "1.3.101.112")
    assert (certificate.not_before, certificate.not_after) == (1470053964_000000000, 2240611199_000000000)
    assert (certificate.key_usage, certificate.is_ca, certificate.path_length) == (("keyAgreement",), False, None)
    assert certificate.subject_key_id == "9b1f5eeded043385e4f7bc623c5975b90bc8bb3b"
    assert certificate.faults == tuple(f"encoded default in {name}" for name in ("basicConstraints", "keyUsage", "subjectKeyIdentifier"))
    assert certificate.self_issued
    assert is_self_signed(certificate) is None
