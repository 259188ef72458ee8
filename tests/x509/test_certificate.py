"""certificate: agreement with cryptography on whole certificates, broken bytes of every kind, the memory."""

import datetime as dt
import hashlib

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.x509 import Certificate, read_certificate
from analyzer.x509 import certificate as module

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=16)  # 64 octets: theirs allow a CN no more
HOSTS = st.from_regex(r"[a-z0-9*][a-z0-9-]{0,20}(\.[a-z]{1,10}){0,3}", fullmatch=True)


def nanoseconds(moment):
    return int((moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(seconds=1)) * 1_000_000_000


@settings(max_examples=40, deadline=None)
@given(WORDS, WORDS, st.lists(HOSTS, min_size=1, max_size=10), st.integers(1, (1 << 159) - 1))
def test_agreement_with_cryptography(make, common_name, organization, hosts, serial):
    subject = x509.Name(
        [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organization), x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)]
    )
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    encoded = make("ed25519", subject=subject, extensions=[(names, False)], serial=serial)
    theirs = x509.load_der_x509_certificate(encoded)
    ours = read_certificate(encoded)
    assert ours.faults == ()
    assert ours.version == theirs.version.value + 1
    assert int(ours.serial, 16) == theirs.serial_number
    assert x509.Name.from_rfc4514_string(ours.subject) == theirs.subject
    assert (ours.subject_cn, ours.subject_o) == (common_name, organization)
    assert (ours.not_before, ours.not_after) == (nanoseconds(theirs.not_valid_before_utc), nanoseconds(theirs.not_valid_after_utc))
    assert ours.signature_algorithm_oid == ours.tbs_signature_algorithm_oid == theirs.signature_algorithm_oid.dotted_string
    assert ours.public_key_oid == theirs.public_key_algorithm_oid.dotted_string
    assert ours.signature == theirs.signature
    assert ours.san_dns == tuple(hosts)
    assert ours.sha256 == theirs.fingerprint(x509.base.hashes.SHA256()).hex()
    assert ours.sha1 == theirs.fingerprint(x509.base.hashes.SHA1()).hex()
    assert ours.size == len(encoded)


@pytest.fixture(scope="session")
def rich(make):
    """A certificate with much in it to break."""
    san = x509.SubjectAlternativeName([x509.DNSName("a.example"), x509.RFC822Name("a@b"), x509.DirectoryName(x509.Name([]))])
    usage = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH])
    policies = x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.2"), ["http://cps", x509.UserNotice(None, "n")])]
    )
    key = x509.AuthorityKeyIdentifier(b"k", [x509.DNSName("x")], 1)
    constraints = x509.NameConstraints([x509.DNSName("x")], None)
    return make(
        extensions=[
            (extension, False)
            for extension in (san, usage, policies, key, constraints, x509.TLSFeature([x509.TLSFeatureType.status_request]))
        ]
    )


def still_sane(data):
    c = module._read(data)
    assert isinstance(c, Certificate)
    assert (c.sha256, c.size, c.der) == (hashlib.sha256(data).hexdigest(), len(data), data)
    assert len(c.faults) <= module.FAULTS
    for text in (c.subject, c.issuer, *c.faults, *c.san_dns, *c.san_other, c.netscape_comment):
        (text or "").encode("utf-8")
    return c


def test_every_cut(rich):
    whole = still_sane(rich)
    assert whole.faults == ()
    for length in range(len(rich)):
        c = still_sane(rich[:length])
        assert c.faults, length
        assert c.serial in {None, whole.serial} or whole.serial.startswith(c.serial)


def test_every_byte_with_every_bit_flipped(rich):
    for at in range(len(rich)):
        for bit in range(8):
            still_sane(rich[:at] + bytes((rich[at] ^ 1 << bit,)) + rich[at + 1 :])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_inserted_and_overwritten_bytes(rich, data):
    at = data.draw(st.integers(0, len(rich)))
    skip = data.draw(st.integers(0, 20))
    still_sane(rich[:at] + data.draw(st.binary(max_size=20)) + rich[at + skip :])


@given(st.binary(max_size=200))
def test_any_bytes(data):
    assert still_sane(data).faults or not data


def test_trailing_bytes_and_nothing(rich):
    assert still_sane(rich + b"\x05\0").faults == ("trailing bytes",)
    nothing = still_sane(b"")
    assert nothing.faults == ("no certificate",)
    assert nothing.sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert nothing.subject is None
    assert nothing.serial is None
    assert nothing.self_issued is None


def test_ber_of_a_certificate_is_read(der):
    body = der.certificate()[4:]
    c = still_sane(b"\x30\x80" + body + b"\0\0")
    assert (c.subject_cn, c.public_key_size, c.faults) == ("subject", 2048, ("indefinite length",))
    c = still_sane(b"\x30\x83\0" + der.certificate()[2:4] + body)
    assert (c.subject_cn, c.faults) == ("subject", ("non-minimal length",))


@pytest.mark.parametrize("opening", [b"\x30\x80", b"\x30\x84\0\x0f\xff\xff", b"\xa3\x80", b"\x24\x80"])
def test_deep_nesting(der, opening):
    deep = opening * 100_000
    still_sane(deep)
    for field in ("issuer", "spki", "extensions", "validity"):
        still_sane(der.certificate(**{field: deep}))
    san = der.extensions(der.extension("2.5.29.17", der.tlv(0x30, der.tlv(0xA4, deep))))
    still_sane(der.certificate(extensions=san))


def test_a_megabyte_of_integer(der):
    million = der.tlv(0x02, b"\x7f" * (1 << 20))
    c = still_sane(der.certificate(serial=million))
    assert len(c.serial) == 2 << 20
    assert c.subject_cn == "subject"


def test_nine_thousand_names_and_faults_without_end(der):
    names = [der.tlv(0x82, b"h%d.example" % i) for i in range(9000)]
    c = still_sane(der.certificate(extensions=der.extensions(der.extension("2.5.29.17", der.tlv(0x30, *names)))))
    assert len(c.san_dns) == 9000
    assert c.faults == ()
    c = still_sane(der.certificate(extensions=der.extensions(*(der.extension(f"2.5.29.{i}", b"") for i in (*range(200), *range(200))))))
    assert len(c.faults) == module.FAULTS


def test_each_certificate_is_read_once(der):
    data = der.certificate(serial=b"\x02\x01\x11")
    assert read_certificate(data) is read_certificate(bytes(bytearray(data)))


def test_memory_is_bounded(monkeypatch):
    memory = module._Memory()
    monkeypatch.setattr(module, "_memory", memory)
    for i in range(memory.entries + 10):
        read_certificate(i.to_bytes(4))
    assert len(memory) == memory.entries
    assert memory.held == 4 * memory.entries
    for i in range(12):
        read_certificate(i.to_bytes(4) + bytes(1 << 20))
        assert memory.held <= memory.octets
    assert read_certificate(bytes(16 << 20)).size == 16 << 20
    assert memory.held == 0
    assert not memory
