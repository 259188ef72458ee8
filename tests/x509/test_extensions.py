"""extensions: every row against what cryptography encodes, and each one with garbage."""

import datetime as dt
import ipaddress
import struct

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from analyzer.x509 import read_certificate
from analyzer.x509.extensions import READERS, CertificateExtension, Sct, read_extension

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ca")])
USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
          "encipher_only", "decipher_only")  # fmt: skip
RFC_USAGES = ("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign",
              "encipherOnly", "decipherOnly")  # fmt: skip


def fields_of(encoded):
    """Fields, faults and the extension itself of one Extension's DER."""
    extension, fields, faults = read_extension(encoded[2 if encoded[1] < 0x80 else 2 + (encoded[1] & 0x7F) :])
    return fields, faults, extension


def test_all_that_cryptography_can_write(make):
    def point(url):
        return x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)

    extensions = [
        (x509.SubjectAlternativeName([x509.DNSName("a.example"), x509.IPAddress(ipaddress.ip_address("::1")), x509.RFC822Name("m@x"),
                                      x509.UniformResourceIdentifier("spiffe://x"), x509.DirectoryName(NAME)]), True),
        (x509.IssuerAlternativeName([x509.DNSName("ca.example")]), False),
        (x509.BasicConstraints(ca=True, path_length=3), True),
        (x509.KeyUsage(**{usage: usage != "content_commitment" for usage in USAGES}), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, x509.ObjectIdentifier("1.2.3.4.5")]), False),
        (x509.SubjectKeyIdentifier(b"\x01\x02"), False),
        (x509.AuthorityKeyIdentifier(b"\x03\x04", [x509.DirectoryName(NAME)], 0xABCDEF), False),
        (x509.AuthorityInformationAccess([
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://ocsp")),
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://ca"))]), False),
        (x509.CRLDistributionPoints([point("http://crl/1"), point("ldap://crl/2")]), False),
        (x509.NameConstraints([x509.DNSName(".ok"), x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))], [x509.RFC822Name("bad@x")]), True),
        (x509.CertificatePolicies([
            x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.2"), ["http://cps", x509.UserNotice(None, "read me")]),
            x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.4"), None)]), False),
        (x509.PolicyConstraints(require_explicit_policy=1, inhibit_policy_mapping=2), True),
        (x509.InhibitAnyPolicy(5), True),
        (x509.TLSFeature([x509.TLSFeatureType.status_request, x509.TLSFeatureType.status_request_v2]), False),
        (x509.PrecertPoison(), True),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5.6"), b"\x00whatever"), False),
    ]  # fmt: skip
    c = read_certificate(make(extensions=extensions))
    assert c.faults == ()
    assert [(name.kind, name.value) for name in c.subject_alternative_names] == [
        ("dNSName", "a.example"), ("iPAddress", "::1"), ("rfc822Name", "m@x"), ("uniformResourceIdentifier", "spiffe://x"),
        ("directoryName", "CN=ca"),
    ]  # fmt: skip
    assert (c.san_dns, c.san_ip, c.san_email, c.san_uri) == (("a.example",), ("::1",), ("m@x",), ("spiffe://x",))
    assert c.san_other == ("directoryName:CN=ca",)
    assert [name.value for name in c.issuer_alternative_names] == ["ca.example"]
    assert (c.is_ca, c.path_length) == (True, 3)
    assert c.key_usage == tuple(usage for usage in RFC_USAGES if usage != "nonRepudiation")
    assert c.extended_key_usage == ("serverAuth", "1.2.3.4.5")
    assert (c.subject_key_id, c.authority_key_id) == ("0102", "0304")
    assert (c.authority_issuer, c.authority_serial) == (("directoryName:CN=ca",), "abcdef")
    assert (c.aia_ocsp, c.aia_ca_issuers) == (("http://ocsp",), ("http://ca",))
    assert c.crl_urls == ("http://crl/1", "ldap://crl/2")
    assert c.name_constraints_permitted == ("dNSName:.ok", "iPAddress:10.0.0.0/8")
    assert c.name_constraints_excluded == ("rfc822Name:bad@x",)
    assert (c.policies, c.policy_kind) == (("2.23.140.1.2.2", "1.2.3.4"), "OV")
    assert (c.cps_uris, c.user_notices) == (("http://cps",), ("read me",))
    assert (c.require_explicit_policy, c.inhibit_policy_mapping, c.inhibit_any_policy) == (1, 2, 5)
    assert (c.tls_features, c.must_staple, c.precertificate) == ((5, 17), True, True)
    assert [extension.oid for extension in c.extensions] == [value.oid.dotted_string for value, _ in extensions]
    assert [extension.critical for extension in c.extensions] == [critical for _, critical in extensions]
    assert [extension.value for extension in c.extensions] == [value.public_bytes() for value, _ in extensions]
    assert c.extensions[-1] == CertificateExtension("1.2.3.4.5.6", None, critical=False, value=b"\x00whatever")


@pytest.mark.parametrize("usage", range(9))
def test_each_key_usage(usage, make):
    wanted = {name: i == usage or (usage > 6 and name == "key_agreement") for i, name in enumerate(USAGES)}
    c = read_certificate(make(extensions=[(x509.KeyUsage(**wanted), True)]))
    assert c.key_usage == tuple(rfc for rfc, ours in zip(RFC_USAGES, USAGES, strict=True) if wanted[ours])


def test_leaf_is_no_ca_and_silence_is_not_knowing(make):
    c = read_certificate(make(extensions=[(x509.BasicConstraints(ca=False, path_length=None), True)]))
    assert (c.is_ca, c.path_length, c.faults) == (False, None, ())
    c = read_certificate(make())
    assert (c.is_ca, c.extensions, c.key_usage, c.must_staple) == (None, (), (), False)


# RFC 6962 section 3.3 and 3.2; the log is Google's Pilot (its id is SHA-256 of its key)
def test_signed_certificate_timestamps(der):
    pilot = bytes.fromhex("a4b90990b418581487bb13a2cc67700a3c359804f91bdfb8e377cd0ec80ddc10")
    sct = b"\0" + pilot + struct.pack(">Q", 1524769867891) + b"\0\0" + b"\x04\x03\0\x02ab"
    strange = b"\0" + bytes(32) + struct.pack(">Q", 2**64 - 1) + b"\0\0" + b"\x04\x03\0\0"
    body = b"".join(struct.pack(">H", len(one)) + one for one in (sct, strange))
    fields, faults, _ = fields_of(der.extension("1.3.6.1.4.1.11129.2.4.2", der.tlv(0x04, struct.pack(">H", len(body)) + body)))
    first, second = fields["scts"]
    moment = dt.datetime(2018, 4, 26, 19, 11, 7, 891000, tzinfo=dt.UTC)
    assert first == Sct(0, pilot.hex(), first.log, "Google", int(moment.timestamp() * 1000) * 1_000_000)
    assert "Pilot" in first.log
    assert second == Sct(0, "00" * 32, None, None, (2**64 - 1) * 1_000_000)
    assert faults == ()


def test_netscape_and_policy_mappings(der):
    assert fields_of(der.extension("2.16.840.1.113730.1.13", der.tlv(0x16, b"made by me")))[0] == {"netscape_comment": "made by me"}
    assert fields_of(der.extension("2.16.840.1.113730.1.1", b"\x03\x02\x04\x50"))[0] == {
        "netscape_cert_type": ("SSL server", "object signing")
    }
    pair = der.tlv(0x30, der.oid("1.2.3"), der.oid("1.2.4"))
    assert fields_of(der.extension("2.5.29.33", der.tlv(0x30, pair)))[0] == {"policy_mappings": ("1.2.3=1.2.4",)}


ANYTHING = {"2.5.29.14", "2.16.840.1.113730.1.13"}  # any octets are a key identifier, any element has a text
GARBAGE = (
    b"",
    b"\x05\0",
    b"\x30\x80",
    b"\x30\x84\xff\xff\xff\xff",
    b"\xff" * 40,
    b"\x30\x03\x30\x01\x30",
    b"\x04\x03\0\x05a",
    b"\x30\x06" + b"\x30\0" * 3,
)


@pytest.mark.parametrize("dotted", READERS)
def test_garbage_is_a_fault_and_kept(der, dotted):
    for garbage in GARBAGE:
        _, faults, extension = fields_of(der.extension(dotted, garbage))
        assert extension.value == garbage
        assert faults or garbage[:1] in {b"\x30", b"\x05"} or dotted in ANYTHING


def test_encoded_defaults_are_told(der):
    _, faults, extension = fields_of(der.extension("2.5.29.19", b"\x30\x03\x01\x01\0", critical=b"\x01\x01\0"))
    assert faults == ("encoded default in basicConstraints",) * 2
    assert not extension.critical
