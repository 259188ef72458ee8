"""Rules on certificates: the edges of what they judge by, and whose certificates they are asked of."""

import captures as c
import captures_authority as a
import captures_chains as chains
import pytest
import talk
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from analyzer.findings.rules.certificates import EXPIRING_DAYS, SERIAL_BITS, _misplaced

leaf, served = chains.leaf, chains.served
LEAF_PASSED, LEAF_FAILED = (1, 0, 1, 0), (0, 1, 1, 0)
"""Of a leaf and its issuing CA, of which the rule is asked of the leaf alone."""


def details(shelf, capture, rule):
    return [one.detail for one in shelf.found(capture, rule)]


# ---- time

SECOND = 1 / 86_400


@pytest.mark.parametrize(
    ("days", "rule"),
    [
        ((-10, 80), None),
        ((-80, EXPIRING_DAYS + 1), None),
        ((-80, EXPIRING_DAYS - 1), "certificate-expiring"),
        ((-80, -1), "certificate-expired"),
        ((-80, SECOND), "certificate-expiring"),
        ((1, 90), "certificate-not-yet-valid"),
        ((-1, 5), None),  # made for six days: its end is always near
        ((-30, 29), None),
    ],
)
def test_validity(shelf, days, rule):
    for name in ("certificate-expired", "certificate-expiring", "certificate-not-yet-valid"):
        found = details(shelf, leaf(days=days), name)
        assert bool(found) == (name == rule), name


def test_times_are_told_in_hours_where_they_are_near(shelf):
    assert details(shelf, leaf(days=(-80, -1)), "certificate-expired") == [
        "it ended on 2023-11-13, 24 hours before 2023-11-14: shop.example"]  # fmt: skip
    assert details(shelf, leaf(days=(-800, -400)), "certificate-expired") == [
        "it ended on 2022-10-10, 400 days before 2023-11-14: shop.example"]  # fmt: skip


def test_an_issuers_time_is_the_chains_matter(shelf):
    """An expired certificate that came along may stand on no path (as DST Root CA X3's cross-certificate after 2021)."""
    assert shelf.counts(chains.under(chains.expired_issuer), "certificate-expired") == LEAF_PASSED
    assert shelf.counts(chains.under(chains.future_issuer), "certificate-not-yet-valid") == LEAF_PASSED


# ---- keys


def curve(kind):
    return leaf(own=ec.generate_private_key(kind))


@pytest.mark.parametrize(
    ("capture", "detail"),
    [
        (curve(ec.SECP224R1()), None), (curve(ec.SECP384R1()), None), (curve(ec.SECP192R1()), "EC of 192 bits: shop.example"),
        (chains.RSA, None),
    ],
)  # fmt: skip
def test_small_keys(shelf, capture, detail):
    assert details(shelf, capture, "certificate-small-key") == ([detail] if detail else [])
    assert details(shelf, capture, "certificate-tiny-key") == []


def test_a_key_is_tiny_or_small(shelf):
    tiny = chains.weak_numbers(lambda: chains.MERSENNE[0] * chains.MERSENNE[1])
    assert details(shelf, tiny, "certificate-small-key") == []
    assert len(details(shelf, tiny, "certificate-tiny-key")) == 1


@pytest.mark.parametrize(
    ("exponent", "weak", "broken"), [(3, True, False), (65_535, True, False), (65_537, False, False), (2**40 + 1, False, False)]
)
def test_exponents(shelf, exponent, weak, broken):
    modulus = a.key("rsa2048").public_key().public_numbers().n
    capture = chains.weak_numbers(lambda: modulus, exponent)
    assert bool(details(shelf, capture, "certificate-weak-exponent")) == weak
    assert bool(details(shelf, capture, "certificate-weak-key")) == broken


def test_rules_on_rsa_are_asked_of_rsa(shelf):
    for rule in ("certificate-weak-exponent", "certificate-weak-key"):
        assert shelf.counts(chains.GOOD, rule) == (0, 0, 2, 0)
        assert shelf.counts(chains.RSA, rule) == LEAF_PASSED


# ---- usage


@pytest.mark.parametrize(
    ("how", "lacks"),
    [
        ({}, None),
        ({"extended": ()}, None),
        ({"extended": ("server", "client")}, None),
        ({"extended": ("client",)}, "extended key usage serverAuth"),
        ({"uses": ()}, None),
        ({"uses": ("key_encipherment",)}, "key usage digitalSignature"),
        ({"uses": ("key_encipherment",), "extended": ("code",)}, "extended key usage serverAuth and key usage digitalSignature"),
    ],
)
def test_usage_for_ecdhe(shelf, how, lacks):
    assert details(shelf, leaf(**how), "certificate-wrong-usage") == ([f"without {lacks}: shop.example"] if lacks else [])


@pytest.mark.parametrize(
    ("suite", "uses", "lacks"),
    [
        (0x009C, ("key_encipherment",), None),
        (0x009C, ("digital_signature",), "keyEncipherment"),
        (0x0031, ("key_agreement",), None),
        (0x0031, ("digital_signature",), "keyAgreement"),
        (0x00AC, ("digital_signature",), "keyEncipherment"),  # RSA_PSK
    ],
)
def test_usage_by_key_exchange(shelf, suite, uses, lacks):
    """RFC 5246 section 7.4.2."""

    def make():
        turns = c.full(a.chain(uses=uses), hello=c.client_hello([suite]), answer=c.server_hello(suite), exchange=b"")
        return c.made(turns)

    assert details(shelf, make, "certificate-wrong-usage") == ([f"without key usage {lacks}: shop.example"] if lacks else [])


def test_usage_of_clients(shelf):
    def mutual(*extended):
        mine = a.issue("alice", a.issuing(), extended=extended, names=()).der
        return lambda: c.made(c.full(request=talk.REQUEST, mine=(mine, a.issuing().der)))

    assert details(shelf, mutual("client"), "certificate-wrong-usage") == []
    assert details(shelf, mutual("server"), "certificate-wrong-usage") == ["without extended key usage clientAuth: alice"]
    [one] = shelf.found(mutual("server"), "certificate-wrong-usage")
    assert one.packets == (6,)  # the client's own Certificate message
    assert details(shelf, mutual("client"), "certificate-without-names") == []  # a client needs no name


# ---- names


@pytest.mark.parametrize(
    ("name", "misplaced"),
    [("*.a.example", False), ("*", False), ("www.*.example", True), ("w*.a.example", True), ("*w.a.example", True), ("*.*.example", True)],
)
def test_misplaced_wildcards(name, misplaced):
    """RFC 9525 section 6.3: the whole leftmost label and nothing else."""
    assert _misplaced(name) == misplaced


@given(st.text(max_size=20))
def test_any_name(name):
    assert _misplaced(name) in {True, False}


def test_wildcards_are_told_in_part(shelf):
    names = tuple(f"*.n{at}.example" for at in range(8))
    assert details(shelf, leaf(names=names), "certificate-wildcard") == [f"{', '.join(names[:5])} and 3 more"]
    assert shelf.counts(chains.GOOD, "certificate-wide-wildcard") == (0, 0, 2, 0)


def test_addresses_are_names(shelf):
    assert shelf.counts(leaf(names=("192.0.2.7",)), "certificate-without-names") == LEAF_PASSED


def test_many_names(shelf):
    hundred = tuple(f"n{at}.example" for at in range(100))
    assert shelf.counts(leaf(names=hundred), "certificate-many-names") == LEAF_PASSED


# ---- what it is made of


@pytest.mark.parametrize(("serial", "guessed"), [(1, True), ((1 << SERIAL_BITS) - 1, True), (1 << SERIAL_BITS, False), (1 << 63, False)])
def test_serial_numbers(shelf, serial, guessed):
    assert shelf.counts(leaf(serial=serial), "certificate-serial-entropy") == (LEAF_FAILED if guessed else LEAF_PASSED)


def test_who_signed_himself_may_number_as_he_likes(shelf):
    def own():
        return served(a.issue("shop.example", serial=1).der)

    assert shelf.counts(own, "certificate-serial-entropy") == (0, 0, 1, 0)
    assert shelf.counts(own, "certificate-weak-signature") == (0, 0, 1, 0)


def test_what_cannot_be_read(shelf):
    """Nothing is said of what a broken certificate does not say."""

    def broken():
        return served(b"\x30\x82\x01\x00no certificate")

    assert [one.rule for one in shelf.found(broken) if one.certificate] == ["certificate-malformed", "chain-untrusted"]
    for rule in ("certificate-expired", "certificate-small-key", "certificate-without-names", "certificate-old-version"):
        assert shelf.counts(broken, rule) == (0, 0, 0, 1)


def test_faults_of_roots_that_came_along_are_theirs(shelf):
    """Serial number 0, as old roots have it: whoever trusts the root has it already."""
    zero = a.issue("Zero Root", ca=True, uses=("key_cert_sign",), extended=(), names=(), days=(-9, 900), serial=0x7F)
    tbs = x509.load_der_x509_certificate(zero.der).tbs_certificate_bytes
    encoded = chains.signed(tbs.replace(b"\2\1\x7f", b"\2\1\0", 1), zero.key)

    def with_root():
        return served(a.leaf().der, a.issuing().der, encoded)

    def as_leaf():
        return served(encoded)

    assert details(shelf, as_leaf, "certificate-malformed") == ["zero in serial: Zero Root"]
    assert [one for one in details(shelf, with_root, "certificate-malformed") if "Zero" in one] == []


def test_each_certificate_is_told_once(shelf):
    """Three handshakes with one certificate: one finding, of the first."""

    def thrice():
        return c.made(*[c.full(a.chain(ca=True))] * 3)

    [one] = shelf.found(thrice, "certificate-is-ca")
    fingerprint = x509.load_der_x509_certificate(a.leaf(ca=True).der).fingerprint(a.hashes.SHA256())
    assert (one.handshake, one.certificate) == (1, fingerprint.hex())
