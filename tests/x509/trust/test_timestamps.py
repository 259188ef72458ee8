"""timestamps: SCTs of logs made here, over certificates that cryptography makes; damage, strangers, times that cannot be."""

import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.registry.ct_log_keys import CtLogKey
from analyzer.tls.transparency import SignedCertificateTimestamp
from analyzer.x509 import read_certificate
from analyzer.x509.trust.timestamps import REASONS, SKEW, TIMESTAMPS, check_timestamps, precertificate_tbs

DER, SPKI = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
TIME = 1_735_700_000_123  # ms
CA, OTHER, LEAF = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
LOGS = {"ec": ec.generate_private_key(ec.SECP256R1()), "rsa": rsa.generate_private_key(65537, 2048)}


def spki(key):
    return key.public_key().public_bytes(DER, SPKI)


def log_of(kind, **fields):
    return CtLogKey(hashlib.sha256(spki(LOGS[kind])).digest(), "Nobody", f"{kind} log", spki(LOGS[kind]), **fields)


TABLE = {log.log_id: log for log in map(log_of, LOGS)}


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def build(*, key=LEAF, subject="leaf", issuer="ca", signer=CA, extensions=()):
    builder = x509.CertificateBuilder(
        named(issuer), named(subject), key.public_key(), 77, dt.datetime(2025, 1, 1, tzinfo=dt.UTC), dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, hashes.SHA256())


ISSUER = read_certificate(build(key=CA, subject="ca").public_bytes(DER))
NAMES = x509.SubjectAlternativeName([x509.DNSName("leaf.example")])


def opaque(octets, data):
    return len(data).to_bytes(octets, "big") + data


def tls_sct(kind, entry, time=TIME, extensions=b""):
    signed = b"\0\0" + time.to_bytes(8, "big") + entry + opaque(2, extensions)
    sha256 = hashes.SHA256()
    key = LOGS[kind]
    signature = key.sign(signed, ec.ECDSA(sha256)) if kind == "ec" else key.sign(signed, padding.PKCS1v15(), sha256)
    return SignedCertificateTimestamp(0, log_of(kind).log_id, time, extensions, 4, 3 if kind == "ec" else 1, signature)


def encoded(sct):
    return (
        bytes((sct.version,)) + sct.log_id + sct.timestamp.to_bytes(8, "big") + opaque(2, sct.extensions)
        + bytes((sct.hash_algorithm, sct.signature_algorithm)) + opaque(2, sct.signature)
    )  # fmt: skip


def with_scts(*kinds, issuer_key=CA, extensions=(NAMES,), place=None, time=TIME, inside=b""):
    """Make a leaf with an SCT of each kind of log inside, after ``place`` other extensions."""
    tbs = build(extensions=extensions).tbs_certificate_bytes
    entry = b"\0\1" + hashlib.sha256(spki(issuer_key)).digest() + opaque(3, tbs)
    listed = opaque(2, b"".join(opaque(2, encoded(tls_sct(kind, entry, time, inside))) for kind in kinds))
    value = x509.UnrecognizedExtension(SCT_LIST, b"\x04\x82" + opaque(2, listed))
    place = len(extensions) if place is None else place
    return build(extensions=(*extensions[:place], value, *extensions[place:]))


def test_inside_the_certificate():
    made = with_scts("ec", "rsa", inside=b"extension")
    leaf = read_certificate(made.public_bytes(DER))
    first, second = check_timestamps(leaf, ISSUER, logs=TABLE, at=TIME * 1_000_000)
    for check, kind in ((first, "ec"), (second, "rsa")):
        assert (check.origin, check.log_id, check.log) == ("certificate", log_of(kind).log_id.hex(), f"{kind} log")
        assert (check.operator, check.kind, check.time) == ("Nobody", "production", TIME * 1_000_000)
        assert (check.signed, check.valid, check.reason) == (True, True, None)


@pytest.mark.parametrize(("extensions", "place"), [((NAMES,), 0), ((), 0), ((NAMES, x509.OCSPNoCheck()), 1)])
def test_the_precertificate_is_rebuilt_as_cryptography_does(extensions, place):
    made = with_scts("ec", extensions=extensions, place=place)
    rebuilt = precertificate_tbs(made.public_bytes(DER))
    assert rebuilt == build(extensions=extensions).tbs_certificate_bytes
    if extensions:
        assert rebuilt == made.tbs_precertificate_bytes
    assert [check.valid for check in check_timestamps(read_certificate(made.public_bytes(DER)), ISSUER, logs=TABLE)] == [True]


def test_many_names_need_long_lengths():
    names = x509.SubjectAlternativeName([x509.DNSName(f"name{number}.leaf.example") for number in range(4000)])
    made = with_scts("ec", extensions=(names,))
    assert len(made.public_bytes(DER)) > 1 << 16
    assert precertificate_tbs(made.public_bytes(DER)) == made.tbs_precertificate_bytes


def test_beside_the_certificate():
    leaf = read_certificate(build(extensions=(NAMES,)).public_bytes(DER))
    sct = tls_sct("ec", b"\0\0" + opaque(3, leaf.der))
    for origin in ("tls", "ocsp"):
        (check,) = check_timestamps(leaf, None, [(origin, sct)], logs=TABLE)  # no issuer is needed
        assert (check.origin, check.signed, check.valid, check.reason) == (origin, True, True, None)
    other = read_certificate(build(subject="other").public_bytes(DER))
    (check,) = check_timestamps(other, ISSUER, [("tls", sct)], logs=TABLE)
    assert (check.signed, check.valid, check.reason) == (False, False, "signature is wrong")


def reasons(*args, **kwargs):
    return [(check.signed, check.valid, check.reason) for check in check_timestamps(*args, **kwargs)]


def test_the_issuer():
    leaf = read_certificate(with_scts("ec").public_bytes(DER))
    stranger = read_certificate(build(key=OTHER, subject="ca", signer=OTHER).public_bytes(DER))
    assert reasons(leaf, None, logs=TABLE) == [(None, None, "issuer not in the capture")]
    assert reasons(leaf, stranger, logs=TABLE) == [(None, None, "issuer not in the capture")]
    wrong = read_certificate(with_scts("ec", issuer_key=OTHER).public_bytes(DER))
    assert reasons(wrong, ISSUER, logs=TABLE) == [(False, False, "signature is wrong")]
    purpose = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.4")])
    signing = read_certificate(build(key=CA, subject="ca", extensions=(purpose,)).public_bytes(DER))
    assert reasons(leaf, signing, logs=TABLE) == [(None, None, "issuer is a precertificate signing certificate")]


def test_times_that_cannot_be():
    leaf = read_certificate(with_scts("ec").public_bytes(DER))
    late = TIME * 1_000_000 - SKEW - 1
    assert reasons(leaf, ISSUER, logs=TABLE, at=late) == [(True, False, "timestamp is after the packet")]
    assert reasons(leaf, ISSUER, logs=TABLE, at=late + 1) == [(True, True, None)]
    log_id = log_of("ec").log_id
    for states, told in (
        ((("A", "retired", TIME * 1_000_000 - 1), ("B", "rejected", 5)), "timestamp is after the log's last date"),
        ((("A", "retired", TIME * 1_000_000), ("B", "rejected", 5)), None),
        ((("A", "retired", 5), ("B", "usable", 6)), None),
    ):
        (check,) = check_timestamps(leaf, ISSUER, logs={log_id: log_of("ec", states=states)})
        assert (check.signed, check.valid, check.reason, check.states) == (True, told is None, told, states)


def test_what_cannot_be_told():
    leaf = read_certificate(build(extensions=(NAMES,)).public_bytes(DER))
    good = tls_sct("ec", b"\0\0" + opaque(3, leaf.der))

    def changed(**fields):
        names = ("version", "log_id", "timestamp", "extensions", "hash_algorithm", "signature_algorithm", "signature")
        return SignedCertificateTimestamp(**{name: getattr(good, name) for name in names} | fields)

    for fields, told in (
        ({"log_id": bytes(32)}, (None, None, "unknown log")),
        ({"version": 1}, (None, None, "unknown version")),
        ({"timestamp": TIME + 1}, (False, False, "signature is wrong")),
        ({"extensions": b"!"}, (False, False, "signature is wrong")),
        ({"signature": b""}, (False, False, "signature is wrong")),
        ({"hash_algorithm": 2}, (False, False, "algorithm is not allowed")),
        ({"signature_algorithm": 1}, (False, False, "signature is wrong")),  # an RSA signature of an EC key
    ):
        assert reasons(leaf, None, [("tls", changed(**fields))], logs=TABLE) == [told]
        assert told[2] in REASONS
    broken = CtLogKey(good.log_id, "Nobody", "no key", b"\x30\0")
    assert reasons(leaf, None, [("tls", good)], logs={good.log_id: broken}) == [(None, None, "cannot be checked")]


def test_no_more_than_the_cap():
    leaf = read_certificate(build().public_bytes(DER))
    sct = SignedCertificateTimestamp(0, bytes(32), TIME)
    assert len(check_timestamps(leaf, None, [("tls", sct)] * (TIMESTAMPS + 9), logs=TABLE)) == TIMESTAMPS
    assert check_timestamps(leaf, None) == ()


def test_the_registry_is_the_default():
    leaf = read_certificate(build().public_bytes(DER))
    pilot = bytes.fromhex("a4b90990b418581487bb13a2cc67700a3c359804f91bdfb8e377cd0ec80ddc10")
    (check,) = check_timestamps(leaf, None, [("tls", SignedCertificateTimestamp(0, pilot, TIME, b"", 4, 3, b"\x30\0"))])
    assert (check.operator, check.log, check.valid) == ("Google", "Google 'Pilot' log", False)


WHOLE = with_scts("ec", "rsa").public_bytes(DER)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_bytes_raise_and_no_damage_verifies(data):
    good = WHOLE
    damaged = bytearray(good[: data.draw(st.integers(0, len(good)))]) if data.draw(st.booleans()) else bytearray(good)
    for at in data.draw(st.lists(st.integers(0, max(len(damaged) - 1, 0)), max_size=3, unique=True)):
        if at < len(damaged):
            damaged[at] ^= data.draw(st.integers(1, 255))
    leaf = read_certificate(bytes(damaged))
    for check in check_timestamps(leaf, ISSUER, logs=TABLE):
        assert check.reason is None or check.reason in REASONS
        if check.valid:
            assert precertificate_tbs(leaf.der) == precertificate_tbs(good)
    precertificate_tbs(data.draw(st.binary(max_size=60)))
