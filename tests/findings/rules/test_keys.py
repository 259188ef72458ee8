"""Rules on key exchange and signatures: sizes, primes, curves, hashes, and where none of these can be seen."""

import shutil
import subprocess

import captures as c
import captures_handshakes as h
import pytest
import talk

from analyzer.findings.rules.keys import _weak_scheme

APART, UNSEEN, PASSED, FAILED = (0, 0, 1, 0), (0, 0, 0, 1), (1, 0, 0, 0), (0, 1, 0, 0)


def dh(prime):
    return lambda: c.made(c.full(hello=c.client_hello([0x009E]), answer=c.server_hello(0x009E), exchange=c.dhe(prime)))


SIZES = [(768, "broken-dh-group"), (1024, "small-dh-group"), (2048, None)]


@pytest.mark.parametrize(("bits", "rule"), SIZES)
def test_primes_by_length(shelf, bits, rule):
    capture = h.prime(bits)
    for name in ("broken-dh-group", "small-dh-group"):
        assert shelf.counts(capture, name) == (FAILED if name == rule else PASSED)
    if rule:
        [one] = shelf.found(capture, rule)
        assert (one.detail, one.packets) == (f"a prime of {bits} bits", (5,))


def test_a_prime_that_many_share_is_told_apart_from_its_length(shelf):
    [one] = shelf.found(h.prime(1024), "weak-dh-prime")
    assert "1024 bits that many servers share" in one.detail


def test_length_alone_is_told_once(shelf, openssl_prime):
    """A safe prime of 1024 bits that nobody else uses is small, and nothing else."""
    capture = dh(openssl_prime)
    assert shelf.counts(capture, "small-dh-group") == FAILED
    assert shelf.counts(capture, "weak-dh-prime") == PASSED


@pytest.fixture(scope="session")
def openssl_prime():
    """A fresh safe prime of 1024 bits."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not there")
    done = subprocess.run(["openssl", "prime", "-generate", "-bits", "1024", "-safe", "-hex"], capture_output=True, text=True, check=True)
    return bytes.fromhex(done.stdout.strip())


def test_primes_of_any_length_do_not_raise(shelf):
    for prime in (b"\0", b"", b"\1", b"\0" * 300, b"\xff" * 2000, b"\0\0\7"):
        shelf.counts(dh(prime), "weak-dh-prime")


def test_where_there_is_no_prime(shelf):
    for rule in ("broken-dh-group", "small-dh-group", "weak-dh-prime"):
        assert shelf.counts("tls12-ecdhe-rsa", rule) == APART
        assert shelf.counts("tls12-rsa", rule) == APART


def test_ffdhe_of_tls13(shelf):
    """A group of RFC 7919 in a key share has a length too, and travels without its prime."""
    passed, failed, apart, unseen = shelf.counts("tls13-groups", "small-dh-group")
    assert (passed, failed, apart, unseen) == (1, 0, 4, 0)
    assert shelf.counts("tls13-groups", "weak-dh-prime") == (0, 0, 5, 0)


@pytest.mark.parametrize(
    ("group", "detail"),
    [
        (1, "sect163k1: 163 bit curve, less than 112 bits of security (NIST SP 800-57 part 1), withdrawn by RFC 8422 section 5.1.1"),
        (22, "secp256k1: withdrawn by RFC 8422 section 5.1.1"),
        (23, None), (24, None), (25, None), (29, None), (30, None), (26, None),
    ],
)  # fmt: skip
def test_curves(shelf, group, detail):
    def make():
        return c.made(c.full(exchange=c.ecdhe(group)))

    assert [one.detail for one in shelf.found(make, "weak-curve")] == ([detail] if detail else [])


def test_where_there_is_no_curve(shelf):
    assert shelf.counts("tls12-rsa", "weak-curve") == APART
    assert shelf.counts("tls12-dhe", "weak-curve") == APART


WEAK = {0x0101: "rsa_pkcs1_md5", 0x0201: "rsa_pkcs1_sha1", 0x0202: "dsa_sha1", 0x0203: "ecdsa_sha1"}
STRONG = (0x0301, 0x0401, 0x0403, 0x0503, 0x0804, 0x0807, 0x0904, 0x0200, 0x0204, 0x0A0A, 0x0000)


@pytest.mark.parametrize("scheme", [*WEAK, *STRONG])
def test_signature_schemes(shelf, scheme):
    def make():
        return c.made(c.full(exchange=c.ecdhe(scheme=scheme)))

    assert _weak_scheme(scheme) == (scheme in WEAK)
    assert shelf.counts(make, "weak-handshake-signature") == (FAILED if scheme in WEAK else PASSED)


def test_where_there_is_no_scheme(shelf):
    """TLS 1.3 encrypts it; before TLS 1.2 there is no choice; without a signature there is none."""
    assert shelf.counts("tls13", "weak-handshake-signature") == UNSEEN
    assert shelf.counts("tls10-dhe", "weak-handshake-signature") == APART
    assert shelf.counts("tls12-rsa", "weak-handshake-signature") == APART
    assert shelf.counts("tls12-anonymous", "weak-handshake-signature") == (0, 0, 2, 0)


def test_schemes_offered(shelf):
    [one] = shelf.found("weak-signature", "weak-signatures-offered")
    assert one.detail == "offers rsa_pkcs1_sha1"
    assert shelf.counts("ssl30-rsa", "weak-signatures-offered") == APART  # no extensions


def test_export_keys(shelf):
    [one] = shelf.found(h.suite(h.EXPORT, c.rsa_export()), "export-rsa")
    assert one.severity == "critical"
    assert shelf.counts("tls12-dhe", "export-rsa") == APART


def test_post_quantum_offers(shelf):
    """Lost by a HelloRetryRequest only: a server that takes the classical share at once is another matter (the table readiness)."""
    rule = "post-quantum-offer-lost"
    assert shelf.counts("tls13-mlkem-declined", rule) == PASSED
    assert shelf.counts("tls13-mlkem", rule) == PASSED
    assert shelf.counts("tls13-hello-retry", rule) == APART
    [one] = shelf.found("weak-mlkem-lost", rule)
    assert len(one.packets) >= 2  # the offer and the retry

    def unanswered():
        shares = c.shares((0x11EC, b"k" * 1216), (29, b"\4" * 32))
        return c.made([(talk.CLIENT, c.client_hello([0x1301], [c.NAME, talk.VERSIONS, c.groups(0x11EC, 29), shares]))])

    assert shelf.counts(unanswered, rule) == UNSEEN
