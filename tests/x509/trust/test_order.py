"""order: how a chain was sent."""

from analyzer.x509 import read_certificate
from analyzer.x509.trust import Judge


def order_of(pki, *chain, roots=None):
    return Judge(pki.store(*(roots or [pki.root]))).judge([one.der for one in chain], pki.now).order


def test_as_it_should_be(pki):
    order = order_of(pki, pki.leaf, pki.inter)
    assert (order.in_order, order.duplicates, order.root_included, order.unused, order.strangers) == (True, (), False, (), ())
    assert (order.borrowed, order.missing_issuer, order.aia) == ((), None, ())


def test_the_root_too(pki):
    order = order_of(pki, pki.leaf, pki.inter, pki.root)
    assert (order.in_order, order.root_included, order.unused) == (True, True, ())
    assert not order_of(pki, pki.make("leaf")).root_included  # a self-signed leaf is no root that was sent beside it


def test_reversed(pki):
    low = pki.make("Low", pki.inter, ca=True)
    order = order_of(pki, pki.make("leaf", low), pki.inter, low)
    assert (order.in_order, order.unused, order.strangers) == (False, (), ())


def test_duplicates_and_strangers(pki):
    stranger = pki.make("Stranger", ca=True)
    order = order_of(pki, pki.leaf, stranger, pki.inter, pki.leaf, pki.inter, stranger)
    assert (order.in_order, order.duplicates, order.unused, order.strangers) == (False, (3, 4, 5), (1,), (1,))


def test_another_way_to_the_leaf_is_no_stranger(pki):
    cross = pki.make("Intermediate", pki.make("Other root", ca=True), ca=True, key=pki.inter.key)
    order = order_of(pki, pki.leaf, pki.inter, cross)
    assert (order.unused, order.strangers) == ((2,), ())


def test_what_is_missing(pki):
    leaf = pki.make("leaf", pki.inter, aia="ldap://ca.example/cn=CA")
    order = order_of(pki, leaf)
    assert (order.missing_issuer, order.aia) == ("CN=Intermediate", ("ldap://ca.example/cn=CA",))
    assert order_of(pki, pki.leaf, pki.inter, pki.root, roots=[leaf]).missing_issuer is None  # complete, if unknown


def test_bytes_that_are_no_certificate(pki):
    judged = Judge(pki.store(pki.root)).judge([pki.leaf.der, b"nothing", pki.inter.der], pki.now)
    assert judged.verdict == "trusted"
    assert judged.order.strangers == (1,)
    assert judged.certificates[1] == pki.inter.der
    assert judged.path[1] == read_certificate(pki.inter.der).sha256
