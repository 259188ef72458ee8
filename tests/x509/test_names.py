"""names: RFC 4514's examples, string types good and bad, agreement with cryptography."""

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509.names import Name, escape, read_name_der, read_text

CN, ORG, OU, DC, L, C = "2.5.4.3", "2.5.4.10", "2.5.4.11", "0.9.2342.19200300.100.1.25", "2.5.4.7", "2.5.4.6"
UTF8, PRINTABLE, IA5 = 0x0C, 0x13, 0x16


# RFC 4514 section 4
def test_rfc_4514_examples(der):
    def text(*pairs):
        return read_name_der(der.name(*pairs)).text

    assert text((DC, b"net", IA5), (DC, b"example", IA5), ("0.9.2342.19200300.100.1.1", b"jsmith", UTF8)) == "UID=jsmith,DC=example,DC=net"
    assert (
        text((DC, b"net", IA5), (DC, b"example", IA5), (CN, b'James "Jim" Smith, III', UTF8))
        == 'CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net'
    )
    assert text((CN, "Lučić".encode(), UTF8)) == "CN=Lučić"
    assert text(("1.3.6.1.4.1.1466.0", b"Hi", 0x04)) == "1.3.6.1.4.1.1466.0=#04024869"
    two = der.tlv(0x31, der.attribute(OU, b"Sales"), der.attribute(CN, b"J.  Smith"))
    rest = [der.tlv(0x31, der.attribute(DC, part, IA5)) for part in (b"net", b"example")]
    assert read_name_der(der.tlv(0x30, *rest, two)).text == "OU=Sales+CN=J.  Smith,DC=example,DC=net"


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("#hash", "\\#hash"),
        (" x ", "\\ x\\ "),
        (" ", "\\ "),
        ("  ", "\\ \\ "),
        ("a=b", "a=b"),
        ("a\\b", "a\\\\b"),
        ("\0", "\\00"),
        ("<;>+", "\\<\\;\\>\\+"),
        ("", ""),
    ],
)
def test_escapes(value, escaped):
    assert escape(value) == escaped


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_escapes_can_be_undone_by_another_reader(value):
    text = x509.Name.from_rfc4514_string("L=" + escape(value))
    assert [attribute.value for attribute in text] == [value]


def test_fields_of_a_name(der):
    pairs = [
        (C, b"DE"),
        ("2.5.4.8", b"BY"),
        (L, b"M"),
        (ORG, b"Org"),
        (OU, b"a"),
        (OU, b"b"),
        (CN, b"wide"),
        (CN, b"narrow"),
        ("1.2.840.113549.1.9.1", b"m@x"),
    ]
    name = read_name_der(der.name(*((oid, value, PRINTABLE if b"@" not in value else IA5) for oid, value in pairs)))
    assert (name.c, name.st, name.l, name.o, name.ou, name.cn, name.email) == ("DE", "BY", "M", "Org", ("a", "b"), "narrow", "m@x")
    assert [(part.oid, part.value) for part in name.parts] == [(oid, value.decode()) for oid, value in pairs]
    assert [part.name for part in name.parts[:6]] == ["C", "ST", "L", "O", "OU", "OU"]
    assert name.faults == ()


@pytest.mark.parametrize(
    ("tag", "raw", "text", "fault"),
    [
        (0x0C, "grüße 😀".encode(), "grüße 😀", None),
        (0x0C, b"\xff\xfe\xc0\x80ok", "\\xff\\xfe\\xc0\\x80ok", "bad UTF8String"),
        (0x0C, b"\\xff", "\\xff", None),
        (0x13, b"A-z 0'()+,./:=?", "A-z 0'()+,./:=?", None),
        (0x13, b"*.example.com", "*.example.com", "bad PrintableString"),
        (0x13, "é".encode(), "é", "bad PrintableString"),
        (0x16, b"a@b", "a@b", None),
        (0x16, b"good.test\0.evil", "good.test\0.evil", "NUL in IA5String"),
        (0x12, b"0 1", "0 1", None),
        (0x12, b"x", "x", "bad NumericString"),
        (0x14, b"plain", "plain", None),
        (0x14, b"\xe9", "é", "bad T61String"),
        (0x1E, "Ωλ".encode("utf-16-be"), "Ωλ", None),
        (0x1E, b"\0a\0", "a\\x00", "bad BMPString"),
        (0x1E, b"\xd8\0\0a", "\\xd8\\x00a", "bad BMPString"),
        (0x1C, "😀".encode("utf-32-be"), "😀", None),
        (0x1C, b"\xff\xff\xff\xff", "\\xff\\xff\\xff\\xff", "bad UniversalString"),
        (0x0C, b"a\nb", "a\nb", "bad UTF8String"),
        (0x02, b"\x05", None, None),
    ],
)
def test_string_types(tag, raw, text, fault):
    faults = []
    assert read_text(tag, raw, faults) == text
    assert faults == ([fault] if fault else [])


@given(st.sampled_from((0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1B, 0x1C, 0x1E)), st.binary(max_size=40))
def test_text_can_always_be_written(tag, raw):
    read_text(tag, raw, []).encode("utf-8")


def test_broken_names(der):
    assert read_name_der(der.name((CN, b"\x05", 0x02))).text == "CN=#020105"
    assert read_name_der(der.name((CN, b"\x05", 0x02))).faults == ("attribute CN is no string",)
    assert read_name_der(b"") == Name(faults=("no name",))
    assert read_name_der(der.tlv(0x30)) == Name()
    assert read_name_der(der.tlv(0x30) + b"\0").faults == ("cut off",)
    assert "empty RDN" in read_name_der(der.tlv(0x30, der.tlv(0x31))).faults
    assert "tag 0x30 for an RDN" in read_name_der(der.tlv(0x30, der.tlv(0x30))).faults
    assert "bad attribute" in read_name_der(der.tlv(0x30, der.tlv(0x31, der.tlv(0x30, der.oid(CN))))).faults


def test_three_thousand_parts(der):
    name = read_name_der(der.name(*[(OU, b"ou", UTF8)] * 3000))
    assert len(name.ou) == 3000
    assert name.faults == ()


OIDS = [
    getattr(x509.NameOID, key)
    for key in (
        "COMMON_NAME",
        "ORGANIZATION_NAME",
        "ORGANIZATIONAL_UNIT_NAME",
        "LOCALITY_NAME",
        "STATE_OR_PROVINCE_NAME",
        "DOMAIN_COMPONENT",
    )
]
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=16)  # 64 octets: theirs allow a CN no more


@given(st.lists(st.lists(st.tuples(st.sampled_from(OIDS), WORDS), min_size=1, max_size=2, unique_by=lambda pair: pair[0]), max_size=6))
def test_agreement_with_cryptography(rdns):
    theirs = x509.Name(
        [
            x509.RelativeDistinguishedName([x509.NameAttribute(oid, text, x509.name._ASN1Type.UTF8String) for oid, text in rdn])
            for rdn in rdns
        ]
    )
    ours = read_name_der(theirs.public_bytes())
    assert sorted((part.oid, part.value) for part in ours.parts) == sorted((a.oid.dotted_string, a.value) for a in theirs)
    assert x509.Name.from_rfc4514_string(ours.text) == theirs
    assert ours.faults == ()
