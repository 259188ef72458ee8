"""domains: what of a name somebody registered, and which wildcards reach beyond that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.findings.domains import owned, reaches_over_others

LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("www.shop.example", "shop.example"), ("shop.example", "shop.example"), ("*.Shop.Example.", "shop.example"),
        ("a.b.shop.co.uk", "shop.co.uk"), ("shop.co.uk", "shop.co.uk"), ("co.uk", "co.uk"), ("www.shop.com.au", "shop.com.au"),
        ("x.shop.go.jp", "shop.go.jp"), ("x.go.it", "go.it"), ("FW60E-0001", "fw60e-0001"), ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8::7", "2001:db8::7"), ("", ""), ("CN=Somebody,O=Else", "cn=somebody,o=else"),
    ],
)  # fmt: skip
def test_what_somebody_registered(name, own):
    assert owned(name) == own


@pytest.mark.parametrize(
    ("name", "wide"),
    [
        ("*", True), ("*.com", True), ("*.example.com", False), ("*.co.uk", True), ("*.me.uk", True), ("*.com.au", True), ("*.go.jp", True),
        ("*.go.it", False), ("*.me.de", False), ("*.a.co.uk", False), ("www.example.com", False), ("*.LOCAL.", True), ("*.Org.UK", True),
        ("w*.com", True), ("www.*.com", False), ("", False),
    ],
)  # fmt: skip
def test_wildcards(name, wide):
    assert reaches_over_others(name) == wide


@given(st.lists(LABELS, min_size=3, max_size=6))
def test_names_below_a_name_have_its_owner(labels):
    name = ".".join(labels)
    own = owned(name)
    assert name == own or name.endswith(f".{own}")
    assert owned(f"www.{name}") == owned(name) or name == own


@given(st.text(max_size=30))
def test_any_name(name):
    assert isinstance(owned(name), str)
    assert reaches_over_others(name) in {True, False}
    assert not (reaches_over_others(name) and "*" not in name)
