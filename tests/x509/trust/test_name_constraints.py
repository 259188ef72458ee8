"""name_constraints: every kind of name, permitted and excluded, as openssl compares them."""

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509.trust import Judge, name_constraints
from analyzer.x509.trust.member import read_member
from analyzer.x509.trust.name_constraints import Comparison

# (constraints' names, leaf's names, whether they fall inside): RFC 5280 section 4.2.1.10
TABLE = [
    ("dns:example.com", "dns:example.com", True),
    ("dns:example.com", "dns:a.b.Example.COM", True),
    ("dns:example.com", "dns:badexample.com", False),
    ("dns:example.com", "dns:example.org", False),
    ("dns:example.com", "dns:*.example.com", True),
    ("dns:.example.com", "dns:a.example.com", True),
    ("dns:.example.com", "dns:example.com", False),
    ("dns:", "dns:anything.example", True),
    ("ip:192.0.2.0/24", "ip:192.0.2.7", True),
    ("ip:192.0.2.0/24", "ip:192.0.3.7", False),
    ("ip:0.0.0.0/0", "ip:203.0.113.1", True),
    ("ip:0.0.0.0/0", "ip:2001:db8::1", False),
    ("ip:2001:db8::/32", "ip:2001:db8:1::1", True),
    ("ip:2001:db8::/32", "ip:2001:db9::1", False),
    ("mail:example.com", "mail:joe@example.com", True),
    ("mail:example.com", "mail:joe@a.example.com", False),
    ("mail:.example.com", "mail:joe@a.example.com", True),
    ("mail:.example.com", "mail:joe@example.com", False),
    ("mail:joe@example.com", "mail:joe@EXAMPLE.com", True),
    ("mail:joe@example.com", "mail:ann@example.com", False),
    ("uri:.example.com", "uri:https://a.example.com:8443/x?y", True),
    ("uri:.example.com", "uri:https://example.com/", False),
    ("uri:example.com", "uri:https://example.com/", True),
    ("uri:example.com", "uri:https://a.example.com", False),
    ("dir:COUNTRY_NAME=DE,ORGANIZATION_NAME=Acme", "dir:COUNTRY_NAME=DE,ORGANIZATION_NAME=acme,COMMON_NAME=x", True),
    ("dir:COUNTRY_NAME=DE,ORGANIZATION_NAME=Acme", "dir:COUNTRY_NAME=DE,COMMON_NAME=x", False),
]


def chain_of(pki, kind, base, name, subject=""):
    inter = pki.make("Bound", pki.root, ca=True, **{kind: [base]})
    return [pki.make(subject, inter, ca=False, san=(name,) if name else ()).der, inter.der]


@pytest.mark.parametrize(("base", "name", "inside"), TABLE)
@pytest.mark.parametrize("kind", ["permitted", "excluded"])
def test_each_kind(pki, openssl, kind, base, name, inside):
    chain = chain_of(pki, kind, base, name)
    judged = Judge(pki.store(pki.root)).judge(chain, pki.now)
    good = inside == (kind == "permitted")
    assert judged.faults == (() if good else ("name_constraints",)), judged.detail
    assert judged.edges[0].name_constraints == good
    assert openssl(chain, [pki.root]) == (set() if good else {47 if kind == "permitted" else 48})


def test_other_kinds_are_free(pki, openssl):
    chain = chain_of(pki, "permitted", "dns:example.com", "ip:192.0.2.1")
    assert Judge(pki.store(pki.root)).judge(chain, pki.now).verdict == "trusted"
    assert openssl(chain, [pki.root]) == set()


@pytest.mark.parametrize(("organization", "good"), [("Acme", True), (" aCME ", True), ("Evil", False)])
def test_the_subject_is_a_directory_name(pki, openssl, organization, good):
    inter = pki.make("Bound", pki.root, ca=True, permitted=["dir:ORGANIZATION_NAME=Acme"])
    chain = [pki.make([("ORGANIZATION_NAME", organization), ("COMMON_NAME", "x")], inter, san=("dns:x.example",)).der, inter.der]
    assert Judge(pki.store(pki.root)).judge(chain, pki.now).faults == (() if good else ("name_constraints",))
    assert openssl(chain, [pki.root]) == (set() if good else {47})


def test_mail_and_host_in_the_subject(pki, openssl):
    parts = {"mail:example.com": ("EMAIL_ADDRESS", "joe@evil.example"), "dns:example.com": ("COMMON_NAME", "www.evil.example")}
    for base, part in parts.items():
        inter = pki.make("Bound", pki.root, ca=True, permitted=[base])
        chain = [pki.make([part], inter, ca=False).der, inter.der]
        assert Judge(pki.store(pki.root)).judge(chain, pki.now).verdict == "name_constraints"
        assert openssl(chain, [pki.root]) == {47}
    # a common name that no client takes for a host
    chain = [pki.make("Just a name", inter, ca=False).der, inter.der]
    assert Judge(pki.store(pki.root)).judge(chain, pki.now).verdict == "trusted"
    assert openssl(chain, [pki.root]) == set()


def test_they_hold_for_all_below_but_self_issued(pki, openssl):
    top = pki.make([("ORGANIZATION_NAME", "Acme")], pki.root, ca=True, permitted=["dir:ORGANIZATION_NAME=Acme,COMMON_NAME=x"])
    again = pki.make([("ORGANIZATION_NAME", "Acme")], top, ca=True)  # self-issued: free
    chain = [pki.make([("ORGANIZATION_NAME", "Acme"), ("COMMON_NAME", "x")], again).der, again.der, top.der]
    assert Judge(pki.store(pki.root)).judge(chain, pki.now).verdict == "trusted"
    assert openssl(chain, [pki.root]) == set()
    low = pki.make([("ORGANIZATION_NAME", "Evil")], top, ca=True)
    chain = [pki.make([("ORGANIZATION_NAME", "Acme"), ("COMMON_NAME", "x")], low).der, low.der, top.der]
    judged = Judge(pki.store(pki.root)).judge(chain, pki.now)
    assert judged.verdict == "name_constraints"
    assert [edge.name_constraints for edge in judged.edges] == [True, False, True]
    assert openssl(chain, [pki.root]) == {47}


def test_a_root_has_them_too(pki, openssl):
    root = pki.make("Root", ca=True, excluded=["dns:example.com"])
    chain = [pki.make("", root, san=("dns:www.example.com",)).der]
    assert Judge(pki.store(root)).judge(chain, pki.now).verdict == "name_constraints"
    assert openssl(chain, [root]) == {48}


def test_what_cannot_be_judged(pki, openssl):
    chain = chain_of(pki, "permitted", "rid:1.2.3", "rid:1.2.3")
    judged = Judge(pki.store(pki.root)).judge(chain, pki.now)
    assert judged.verdict == "name_constraints"
    assert "cannot be judged" in judged.detail
    assert openssl(chain, [pki.root]) & {51, 53}


def test_a_minimum_is_refused(pki, openssl, der):
    subtree = der.tlv(0x30, der.tlv(0x82, b"example.com"), der.tlv(0x80, b"\1"))
    body = der.tlv(0x30, der.tlv(0xA0, subtree))
    extra = [(x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.30"), body), True)]
    inter = pki.make("Bound", pki.root, ca=True, extra=extra)
    chain = [pki.make("", inter, san=("dns:www.example.com",)).der, inter.der]
    assert Judge(pki.store(pki.root)).judge(chain, pki.now).verdict == "name_constraints"
    assert openssl(chain, [pki.root]) == {49}


def test_uris_without_a_host(pki):
    for name in ("uri:mailto:joe@example.com", "uri:https://192.0.2.1/", "uri:https://[2001:db8::1]/"):
        chain = chain_of(pki, "permitted", "uri:example.com", name)
        assert Judge(pki.store(pki.root)).judge(chain, pki.now).verdict == "name_constraints"
    chain = chain_of(pki, "excluded", "uri:example.com", "uri:mailto:joe@example.com")
    assert Judge(pki.store(pki.root)).judge(chain, pki.now).verdict == "name_constraints"  # RFC 5280: such a name is rejected


def test_who_asks_is_no_part_of_the_host(pki):
    # RFC 3986 section 3.2; OpenSSL 3.0 takes "joe@example.com" for the host
    for name, good in (("uri:https://joe@example.com/", True), ("uri:https://example.com@evil.example/", False)):
        judged = Judge(pki.store(pki.root)).judge(chain_of(pki, "permitted", "uri:example.com", name), pki.now)
        assert judged.faults == (() if good else ("name_constraints",))


def test_too_many_to_compare(pki, monkeypatch):
    monkeypatch.setattr(name_constraints, "COMPARISONS", 3)
    chain = chain_of(pki, "permitted", "dns:example.com", "dns:www.example.com", "CN")
    assert "more names" in Judge(pki.store(pki.root)).judge(chain, pki.now).detail


@given(body=st.binary(max_size=80), names=st.binary(max_size=80))
def test_any_bytes(der, body, names):
    ca = read_member(der.certificate(extensions=der.extensions(der.extension("2.5.29.30", der.tlv(0x30, body)))))
    leaf = read_member(der.certificate(extensions=der.extensions(der.extension("2.5.29.17", der.tlv(0x30, names)))))
    comparison = Comparison()
    told = comparison.outside(ca, leaf)
    assert told is None or told
    assert comparison.outside(ca, leaf) == told
