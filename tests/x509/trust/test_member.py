"""member: names made alike, what cannot be judged by, a short walk to the subject."""

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509.trust import Judge
from analyzer.x509.trust.member import name_key, read_member, subject_of

CN, ORG = "2.5.4.3", "2.5.4.10"
UTF8, PRINTABLE, BMP, T61 = 0x0C, 0x13, 0x1E, 0x14


def contents(der, *pairs):
    encoded = der.name(*pairs)
    return encoded[2:]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ((CN, b"Example CA", UTF8), (CN, b"Example CA", PRINTABLE), True),
        ((CN, b"Example CA", UTF8), (CN, b"EXAMPLE  ca ", PRINTABLE), True),
        ((CN, b"Example CA", UTF8), (CN, "Example CA".encode("utf-16-be"), BMP), True),
        ((CN, "Ünïon".encode(), UTF8), (CN, "ÜNÏON".encode("latin-1"), T61), True),
        ((CN, b"Example CA", UTF8), (CN, b"ExampleCA", UTF8), False),
        ((CN, b"Example CA", UTF8), (ORG, b"Example CA", UTF8), False),
        ((CN, b"\x01\x02", 0x04), (CN, b"\x01\x02", 0x04), True),
        ((CN, b"ab", 0x04), (CN, b"AB", 0x04), False),
    ],
)
def test_names_made_alike(der, one, other, alike):
    # RFC 5280 section 7.1
    assert (name_key(contents(der, one)) == name_key(contents(der, other))) == alike


def test_the_order_of_parts_counts_but_not_inside_of_one(der):
    first, second = (ORG, b"a", UTF8), (CN, b"b", UTF8)
    assert name_key(contents(der, first, second)) != name_key(contents(der, second, first))
    one, other = (der.tlv(0x31, *(der.attribute(*pair) for pair in pairs)) for pairs in ((first, second), (second, first)))
    assert name_key(one) == name_key(other)


def test_issuers_are_found_by_names_that_are_alike(pki, openssl):
    inter = pki.make("inter", pki.make("ROOT  ca", key=pki.root.key), issuer_name="ROOT  ca", ca=True)
    root = pki.make("Root CA", ca=True, key=pki.root.key)
    leaf = pki.make("leaf", inter)
    judged = Judge(pki.store(root)).judge([leaf.der, inter.der], pki.now)
    assert judged.verdict == "trusted"
    assert [edge.names_equal for edge in judged.edges] == [True, False]
    assert "but for case" in judged.edges[1].text
    assert openssl([leaf.der, inter.der], [root]) == set()


def test_titles(pki, der):
    assert read_member(pki.leaf.der).title == '"www.example.com"'
    assert read_member(pki.make([("ORGANIZATION_NAME", "Acme")]).der).title == '"O=Acme"'
    assert read_member(der.certificate(subject=der.name((CN, b"x" * 300, UTF8)))).title == '"' + "x" * 99 + '…"'
    assert read_member(b"").title == "certificate e3b0c44298fc1c14"


def test_what_stands_twice_is_not_judged_by(pki, der):
    ca, no_ca = (x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.19"), bytes.fromhex(body)) for body in ("30030101ff", "3000"))
    twice = der.certificate(
        extensions=der.extensions(*[der.extension("2.5.29.19", one.value) for one in (ca, no_ca)]), issuer=der.fields["subject"]
    )
    assert "stands twice" in read_member(twice).unreadable
    judged = Judge(pki.store()).judge([twice], pki.now)
    assert judged.verdict == "unreadable"
    assert "stands twice" in judged.detail


@given(st.binary(max_size=120))
def test_any_bytes(data):
    member = read_member(data)
    assert member.unreadable
    assert subject_of(data) is None or member.signed
    assert name_key(data) == name_key(bytes(data))
