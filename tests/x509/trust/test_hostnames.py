"""hostnames: RFC 9525's examples and rules, and agreement with OpenSSL's own check."""

import re
import subprocess

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509 import read_certificate
from analyzer.x509.trust import match
from analyzer.x509.trust.hostnames import REASONS, read_reference

# (alternative names, what is asked for, matched, whether OpenSSL's -verify_hostname says the same)
TABLE = [
    (("dns:www.example.com",), "www.example.com", True),
    (("dns:www.example.com",), "WWW.Example.COM", True),
    (("dns:www.example.com",), "www.example.org", False),
    (("dns:example.com",), "www.example.com", False),
    (("dns:*.example.com",), "www.example.com", True),
    (("dns:*.example.com",), "a.b.example.com", False),
    (("dns:*.example.com",), "example.com", False),
    (("dns:f*.example.com",), "foo.example.com", False),
    (("dns:*oo.example.com",), "foo.example.com", False),
    (("dns:www.*.com",), "www.example.com", False),
    (("dns:*.*.com",), "www.example.com", False),
    (("dns:*.com",), "example.com", False),
    (("dns:*",), "localhost", False),
    (("dns:localhost",), "localhost", True),
    (("dns:xn--bcher-kva.example",), "xn--bcher-kva.example", True),
    (("dns:a.example", "dns:b.example"), "b.example", True),
    (("dns:under_score.example.com",), "under_score.example.com", True),
    (("ip:192.0.2.1",), "192.0.2.1", True),
    (("ip:192.0.2.1",), "192.0.2.2", False),
    (("ip:2001:db8::1",), "2001:DB8:0:0::1", True),
    (("dns:192.0.2.1",), "192.0.2.1", False),
]


@pytest.mark.parametrize(("names", "asked", "matched"), TABLE)
def test_as_openssl(pki, openssl, names, asked, matched):
    del openssl  # only whether it is there
    leaf = pki.make("subject", san=names)
    told = match(read_certificate(leaf.der), asked)
    assert told.matched == matched
    assert told.reason in REASONS
    kind = "-checkip" if re.fullmatch(r"[0-9.]+|.*:.*", asked) else "-checkhost"
    words = ["openssl", "x509", "-noout", kind, asked]
    said = subprocess.run(words, input=pki.pem(leaf.der), capture_output=True, text=True, check=True).stdout
    partial = any(re.search(r"dns:(.+\*|\*[^.])", name) for name in names)  # RFC 9525 section 6.3 takes no more what RFC 6125 took
    assert partial or ("does match" in said) == matched


def test_by_what(pki):
    certificate = read_certificate(pki.make("x", san=("dns:a.example", "dns:*.b.example", "ip:192.0.2.1")).der)
    assert match(certificate, "www.b.example").by == "dNSName:*.b.example"
    assert match(certificate, "192.0.2.1").by == "iPAddress:192.0.2.1"
    told = match(certificate, "c.example")
    assert (told.reason, told.by, told.detail) == ("mismatch", None, "the certificate is for a.example, *.b.example, not for c.example")


def test_a_common_name_does_not_count(pki):
    certificate = read_certificate(pki.make("www.example.com").der)
    told = match(certificate, "www.example.com")
    assert (told.matched, told.reason) == (False, "no_san")
    assert "common name is www.example.com" in told.detail
    assert "common name" not in match(certificate, "evil.example").detail
    with_address = read_certificate(pki.make("www.example.com", san=("ip:192.0.2.1",)).der)
    assert match(with_address, "www.example.com").reason == "no_san"


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("www.example.com.", ("dNSName", "www.example.com")),
        ("Bücher.example", ("dNSName", "xn--bcher-kva.example")),
        ("faß.example", ("dNSName", "xn--fa-hia.example")),  # IDNA 2008
        ("bücher。example", ("dNSName", "xn--bcher-kva.example")),  # UTS 46 maps other dots
        ("[2001:db8::1]", ("iPAddress", "2001:db8::1")),
        ("192.0.2.1", ("iPAddress", "192.0.2.1")),
        ("_dmarc.example.com", ("dNSName", "_dmarc.example.com")),
        ("", None),
        (".", None),
        ("a..b", None),
        ("-a.example", None),
        ("a b.example", None),
        ("*.example.com", None),
        ("1.2.3", None),
        ("192.0.2.1.5", None),
        ("www.example.com\0.evil.example", None),
        ("\u200d.example", None),
        ("xn--\u00fc.example", None),
        ("a" * 64 + ".example", None),
        ("a." * 130 + "example", None),
        ("x" * 2000, None),
    ],
)
def test_references(pki, name, reference):
    assert read_reference(name) == reference
    if reference is None:
        assert match(read_certificate(pki.leaf.der), name).reason == "bad_name"


def test_presented_names_that_are_none(pki):
    certificate = read_certificate(pki.leaf.der)
    for broken in ("www.example.com\0.evil.example", "www.example.com.", "bücher.example", "*.", "*..com", "", "*" * 300):
        changed = msgspec.structs.replace(certificate, san_dns=(broken,))
        for asked in ("www.example.com", "xn--bcher-kva.example", "a.com"):
            assert not match(changed, asked).matched


def test_internationalized(pki):
    certificate = read_certificate(pki.make("x", san=("dns:*.xn--bcher-kva.example",)).der)
    assert match(certificate, "www.bücher.example").matched
    assert match(certificate, "größe.BÜCHER.example").matched  # a wildcard stands for any label


def test_many_names_in_one_sentence(pki):
    told = match(read_certificate(pki.make("x", san=[f"dns:{i}.example" for i in range(50)]).der), "x.example")
    assert told.detail.endswith("and 47 more, not for x.example")


@given(name=st.text(max_size=80), presented=st.lists(st.text(max_size=40), max_size=4))
def test_any_text(pki, name, presented):
    certificate = msgspec.structs.replace(read_certificate(pki.leaf.der), san_dns=tuple(presented), san_ip=tuple(presented))
    told = match(certificate, name)
    assert told.reason in REASONS
    assert told.matched == (told.by is not None)
