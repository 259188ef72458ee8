"""signed: signatures that cryptography and openssl make hold, damaged ones do not, strange ones cannot be told."""

import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.x509.signatures import SignatureAlgorithm, read_signature_algorithm
from analyzer.x509.signed import KEY_OCTETS, signed_by

OPENSSL = shutil.which("openssl")
DATA = b"what is signed"
RSA, ECDSA, NIST = "1.2.840.113549.1.1.", "1.2.840.10045.4.", "2.16.840.1.101.3.4.3."


def spki_of(key):
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def pss(digest, salt, mask=None):
    names = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384}
    return lambda key: key.sign(DATA, padding.PSS(padding.MGF1(names[mask or digest]()), salt), names[digest]())


def pkcs1(digest):
    return lambda key: key.sign(DATA, padding.PKCS1v15(), digest)


def ecdsa(digest):
    return lambda key: key.sign(DATA, ec.ECDSA(digest))


CASES = {
    "rsa md5": ("rsa", RSA + "4", pkcs1(hashes.MD5())),
    "rsa sha1": ("rsa", RSA + "5", pkcs1(hashes.SHA1())),
    "rsa sha1 of OIW": ("rsa", "1.3.14.3.2.29", pkcs1(hashes.SHA1())),
    "rsa sha256": ("rsa", RSA + "11", pkcs1(hashes.SHA256())),
    "rsa sha512-256": ("rsa", RSA + "16", pkcs1(hashes.SHA512_256())),
    "rsa sha3": ("rsa", NIST + "14", pkcs1(hashes.SHA3_256())),
    "ecdsa sha1": ("p256", ECDSA + "1", ecdsa(hashes.SHA1())),
    "ecdsa sha256": ("p256", ECDSA + "3.2", ecdsa(hashes.SHA256())),
    "ecdsa sha384": ("p384", ECDSA + "3.3", ecdsa(hashes.SHA384())),
    "ecdsa sha512": ("p521", ECDSA + "3.4", ecdsa(hashes.SHA512())),
    "ecdsa brainpool": ("brainpool", ECDSA + "3.2", ecdsa(hashes.SHA256())),
    "ecdsa k1": ("k1", ECDSA + "3.2", ecdsa(hashes.SHA256())),
    "dsa sha1": ("dsa", "1.2.840.10040.4.3", lambda key: key.sign(DATA, hashes.SHA1())),
    "dsa sha256": ("dsa", NIST + "2", lambda key: key.sign(DATA, hashes.SHA256())),
    "ed25519": ("ed25519", "1.3.101.112", lambda key: key.sign(DATA)),
    "ed448": ("ed448", "1.3.101.113", lambda key: key.sign(DATA)),
}


@pytest.mark.parametrize("case", CASES)
def test_holds_and_damaged_does_not(case, keys, der):
    kind, oid, sign = CASES[case]
    spki, algorithm, signature = spki_of(keys[kind]), read_signature_algorithm(der.oid(oid)), sign(keys[kind])
    assert signed_by(spki, algorithm, DATA, signature) is True
    assert signed_by(spki, algorithm, DATA + b"!", signature) is False
    assert signed_by(spki, algorithm, DATA, signature[:-1] + bytes((signature[-1] ^ 1,))) is False
    other = spki_of(keys["p256" if kind == "rsa" else "rsa"])
    assert signed_by(other, algorithm, DATA, signature) is not True


def test_ml_dsa(der):
    mldsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.mldsa", reason="an older cryptography knows no ML-DSA")
    try:
        key = mldsa.MLDSA65PrivateKey.generate()
    except Exception as unsupported:  # noqa: BLE001 - the OpenSSL below may be too old
        pytest.skip(f"no ML-DSA here: {unsupported}")
    spki, signature = spki_of(key), key.sign(DATA)
    algorithm = read_signature_algorithm(der.oid(NIST + "18"))
    assert signed_by(spki, algorithm, DATA, signature) is True
    assert signed_by(spki, algorithm, DATA, signature[:-1] + bytes((signature[-1] ^ 1,))) is False
    assert signed_by(spki, read_signature_algorithm(der.oid(NIST + "17")), DATA, signature) is None


def pss_algorithm(der, digest=None, mask=None, salt=None):
    oids = {"sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2"}
    parameters = []
    if digest:
        parameters.append(der.tlv(0xA0, der.tlv(0x30, der.oid(oids[digest]))))
    if mask:
        parameters.append(der.tlv(0xA1, der.tlv(0x30, der.oid(RSA + "8"), der.tlv(0x30, der.oid(oids[mask])))))
    if salt is not None:
        parameters.append(der.tlv(0xA2, der.tlv(0x02, salt)))
    return read_signature_algorithm(der.oid(RSA + "10") + der.tlv(0x30, *parameters))


def test_pss(keys, der):
    spki = spki_of(keys["rsa"])
    assert signed_by(spki, pss_algorithm(der), DATA, pss("sha1", 20)(keys["rsa"])) is True  # RFC 4055 section 3.1: the defaults
    mixed = pss_algorithm(der, "sha256", "sha384", b"\x21")
    assert (mixed.hash, mixed.mask_hash, mixed.salt_length, mixed.key) == ("sha256", "sha384", 33, "RSASSA-PSS")
    assert signed_by(spki, mixed, DATA, pss("sha256", 33, "sha384")(keys["rsa"])) is True
    assert signed_by(spki, mixed, DATA, pss("sha256", 33)(keys["rsa"])) is False
    assert signed_by(spki, mixed, DATA, pss("sha256", 32, "sha384")(keys["rsa"])) is False
    assert signed_by(spki_of(keys["p256"]), mixed, DATA, pss("sha256", 33)(keys["rsa"])) is False
    for salt in (b"", b"\xff", b"\x7f" * 9):
        assert signed_by(spki, pss_algorithm(der, "sha256", "sha256", salt), DATA, pss("sha256", 32)(keys["rsa"])) is None


def test_a_key_for_pss_alone(keys, der):
    numbers = spki_of(keys["rsa"])[-275:]  # the BIT STRING of a key of 2048 bits
    assert numbers[:4] == b"\x03\x82\x01\x0f"
    spki = der.tlv(0x30, der.tlv(0x30, der.oid(RSA + "10")), numbers)
    answer = signed_by(spki, pss_algorithm(der, "sha256", "sha256", b"\x20"), DATA, pss("sha256", 32)(keys["rsa"]))
    assert answer is True
    assert signed_by(spki, read_signature_algorithm(der.oid(RSA + "11")), DATA, pkcs1(hashes.SHA256())(keys["rsa"])) is False


@pytest.mark.parametrize(("options", "oid"), [(["-sha256"], RSA + "11"), (["-md5"], RSA + "4")])
@pytest.mark.skipif(OPENSSL is None, reason="asks the openssl command")
def test_what_openssl_signed(tmp_path, der, options, oid):
    key = tmp_path / "key.pem"
    (tmp_path / "data").write_bytes(DATA)
    subprocess.run([OPENSSL, "genrsa", "-out", key, "1024"], check=True, capture_output=True)
    spki = subprocess.check_output([OPENSSL, "rsa", "-in", key, "-pubout", "-outform", "DER"], stderr=subprocess.DEVNULL)
    signature = subprocess.check_output([OPENSSL, "dgst", *options, "-sign", key, tmp_path / "data"])
    assert signed_by(spki, read_signature_algorithm(der.oid(oid)), DATA, signature) is True


def test_what_cannot_be_told(keys, der):
    sha256 = read_signature_algorithm(der.oid(RSA + "11"))
    good = pkcs1(hashes.SHA256())(keys["rsa"])
    spki = spki_of(keys["rsa"])
    for key, algorithm, signature in (
        (b"", sha256, good),
        (spki, sha256, b""),
        (spki[:-1], sha256, good),
        (spki + bytes(KEY_OCTETS), sha256, good),
        (spki, SignatureAlgorithm(), good),
        (spki, read_signature_algorithm(der.oid("1.2.156.10197.1.501")), good),
        (spki, read_signature_algorithm(der.oid(RSA + "2")), good),
    ):
        assert signed_by(key, algorithm, DATA, signature) is None
    for modulus, exponent in ((1 << 18, 1), (4096, 1), (512, 20)):
        numbers = der.tlv(0x30, der.tlv(0x02, b"\x7f" * modulus), der.tlv(0x02, b"\x03" * exponent))
        huge = der.tlv(0x30, der.tlv(0x30, der.oid(RSA + "1"), b"\x05\0"), der.tlv(0x03, b"\0", numbers))
        assert signed_by(huge, sha256, DATA, good) is None


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_bytes_raise(keys, der, data):
    kind = data.draw(st.sampled_from(["rsa", "p256", "ed25519", "dsa"]))
    spki = bytearray(spki_of(keys[kind]))
    for at in data.draw(st.lists(st.integers(0, len(spki) - 1), max_size=3)):
        spki[at] ^= 1 << data.draw(st.integers(0, 7))
    oid = data.draw(st.sampled_from([one[1] for one in CASES.values()]))
    signature = data.draw(st.binary(max_size=80))
    assert signed_by(bytes(spki), read_signature_algorithm(der.oid(oid)), DATA, signature) is not True
    assert signed_by(signature, read_signature_algorithm(signature), DATA, bytes(spki)) is not True
