"""Which capture trips a rule on certificates and chains and which passes it.

Here lives: that table.  Here does not live: how certificates are made (``captures_authority``), what else a capture is made of
(``captures``).  The captures' time is ``talk.START``, and the test root is trusted.
"""

from __future__ import annotations

import captures as c
import captures_authority as a
import talk
from captures import full, made
from captures_handshakes import Shown
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
POISON = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.3")
MERSENNE = (2**127 - 1, 2**521 - 1, 2**607 - 1)
"""Primes, so that a product of two of them is a modulus with nothing wrong but its length."""
STAPLE = talk.extension(5)  # status_request, RFC 6066 section 8


def served(*chain, public=False, between=b"", name=b"shop.example", **how):
    """A server that shows a chain; a client asks for ``name``."""
    hello = c.client_hello(extensions=(c.server_name(name), *c.GOOD[1:], talk.extension(5, b"\1\0\0\0\0"), talk.extension(18)))
    more = (STAPLE,) if between else ()
    answer = c.server_hello(extensions=(c.SECURE, c.BOUND, *more, *how.pop("answered", ())))
    return made(full(chain, hello=hello, answer=answer, between=between), trusted=(a.root().der,), public=public, **how)


def leaf(**how):
    """Return what makes a capture of a server whose leaf is made so."""
    return lambda: served(*a.chain(**how))


def under(issuer):
    """Return what makes a capture of a server under another issuer."""
    return lambda: served(a.issue("shop.example", issuer()).der, issuer().der)


def rsa_leaf(**how):
    return lambda: served(*a.chain(own=a.key("rsa2048"), **how))


def weak_numbers(modulus, exponent=65537):
    return lambda: served(a.issue("shop.example", a.issuing(), public=a.numbers(modulus(), exponent)).der, a.issuing().der)


GOOD = leaf()
RSA = rsa_leaf()


def sha1():
    issuer = a.issuing(name="Test RSA CA", own=a.key("rsa2048", 1))
    return served(a.issue("shop.example", issuer, digest="SHA1").der, issuer.der)


def version1():
    """A certificate of version 1: RFC 5280's field is left out, and with it the extensions."""
    whole = x509.load_der_x509_certificate(a.issue("shop.example", a.issuing(), uses=(), extended=(), names=()).der)
    tbs = whole.tbs_certificate_bytes
    at = tbs.index(bytes.fromhex("a003020102"))
    extensions = next(n for n in range(len(tbs) - 1, 0, -1) if tbs[n] == 0xA3 and tbs[n + 1] == len(tbs) - n - 2)
    return served(signed(sequence(tbs[at + 5 : extensions]), a.issuing().key), a.issuing().der)


def length(size):
    """A length of DER, up to 64 KiB."""
    return bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else b"\x82" + size.to_bytes(2, "big")


def sequence(body):
    return b"\x30" + length(len(body)) + body


def signed(tbs, key):
    """A certificate of these octets, signed with ECDSA and SHA-256 (RFC 5758 section 3.2)."""
    signature = key.sign(tbs, a.ec.ECDSA(a.hashes.SHA256()))
    return sequence(tbs + bytes.fromhex("300a06082a8648ce3d040302") + b"\3" + length(len(signature) + 1) + b"\0" + signature)


def garbled():
    """A boolean of another value than DER has (X.690 section 11.1), in a certificate that was signed so."""
    whole = a.leaf()
    certificate = x509.load_der_x509_certificate(whole.der)
    tbs = certificate.tbs_certificate_bytes
    bad = tbs.replace(bytes.fromhex("0101ff"), bytes.fromhex("010101"))
    return served(signed(bad, a.issuing().key), a.issuing().der)


def expired_issuer():
    return a.issuing(name="Old CA", days=(-800, -5))


def future_issuer():
    return a.issuing(name="New CA", days=(5, 800))


def no_ca():
    return a.issue("Not a CA", a.root(), ca=False, names=())


def for_code():
    return a.issuing(name="Code CA", extended=("code",))


def forged():
    good = a.leaf().der
    return served(good[:-1] + bytes([good[-1] ^ 1]), a.issuing().der)


def unknown():
    other = a.issue("Other Root", ca=True, uses=("key_cert_sign",), extended=(), names=(), days=(-9, 900))
    return served(a.issue("shop.example", other).der)


def self_signed():
    return served(a.issue("shop.example").der)


AIA = x509.AuthorityInformationAccess([x509.AccessDescription(
    x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://ca.example/issuing.crt"))])  # fmt: skip


def without_issuer():
    return served(a.leaf(more=(AIA,)).der)


def stapled(status="GOOD", **how):
    """A server that staples a response (RFC 6066 section 8)."""

    def make():
        response = a.staple(a.leaf(), a.issuing(), status, **how)
        return served(*a.chain(), between=talk.message(22, b"\1" + talk.vector(response, 3)))

    return make


MUST = x509.TLSFeature([x509.TLSFeatureType.status_request])


def must_staple():
    response = a.staple(a.leaf(more=(MUST,)), a.issuing())
    return served(*a.chain(more=(MUST,)), between=talk.message(22, b"\1" + talk.vector(response, 3)))


def public(**how):
    return lambda: served(*a.chain(**how), public=True)


def dated(text):
    """Days from the captures' time to a date."""
    return (a.dt.datetime.fromisoformat(text).replace(tzinfo=a.dt.UTC) - a.NOW) / a.dt.timedelta(days=1)


def listed(*stamps):
    return x509.UnrecognizedExtension(SCT_LIST, b"\4" + length(len(_list(stamps))) + _list(stamps))


def _list(stamps):
    return talk.vector(b"".join(map(talk.vector, stamps)))


def logged():
    return served(*a.chain(more=(listed(a.timestamp(b"something else")),)), public=True)


def in_hello(right=True):
    """A timestamp in the ServerHello (RFC 6962 section 3.3.1), over the certificate shown or another."""

    def make():
        entry = a.of_certificate(a.leaf().der if right else a.issuing().der)
        return served(*a.chain(), answered=(talk.extension(18, _list([a.timestamp(entry)])),), logs=a.log())

    return make


CERTIFICATES = {
    "certificate-expired": Shown("fail-certificate-expired", GOOD, "it ended on 2020-12-31, … days before …: expired.example"),
    "certificate-expiring": Shown(leaf(days=(-80, 10)), GOOD, "it ends on 2023-11-24, 10 days after 2023-11-14: shop.example"),
    "certificate-not-yet-valid": Shown(leaf(days=(3, 90)), GOOD, "it begins on 2023-11-17, 3 days after 2023-11-14: shop.example"),
    "certificate-tiny-key": Shown(weak_numbers(lambda: MERSENNE[0] * MERSENNE[1]), GOOD, "RSA of 648 bits: shop.example"),
    "certificate-small-key": Shown(weak_numbers(lambda: MERSENNE[1] * MERSENNE[2]), GOOD, "RSA of 1128 bits: shop.example"),
    "certificate-weak-exponent": Shown(weak_numbers(lambda: rsa.generate_private_key(65537, 2048).public_key().public_numbers().n, 3),
                                       RSA, "exponent 3: shop.example"),
    "certificate-weak-key": Shown(
        weak_numbers(a.roca), RSA, "modulus of a library that chooses primes badly: CVE-2017-15361 (ROCA): shop.example"),
    "certificate-weak-signature": Shown(sha1, GOOD, "sha1WithRSAEncryption: shop.example"),
    "certificate-wrong-usage": Shown(leaf(extended=("client",)), GOOD, "without extended key usage serverAuth: shop.example"),
    "certificate-is-ca": Shown(leaf(ca=True), GOOD, "shop.example"),
    "certificate-without-names": Shown(leaf(names=()), GOOD, "shop.example"),
    "certificate-wide-wildcard": Shown(leaf(names=("*.co.uk", "shop.example")), leaf(names=("*.shop.example",)), "*.co.uk: shop.example"),
    "certificate-misplaced-wildcard": Shown(
        leaf(names=("www.*.example.org", "w*.example.org", "shop.example")), leaf(names=("*.shop.example",)),
        "www.*.example.org, w*.example.org: shop.example"),
    "certificate-wildcard": Shown(leaf(names=("*.shop.example", "shop.example")), GOOD, "*.shop.example"),
    "certificate-many-names": Shown(leaf(names=("shop.example", *(f"n{n}.example" for n in range(100)))), GOOD, "101 names: shop.example"),
    "certificate-serial-entropy": Shown(leaf(serial=0x1234), GOOD, "serial number 1234 (hex): shop.example"),
    "certificate-old-version": Shown(version1, GOOD, "version 1: shop.example"),
    "certificate-malformed": Shown(garbled, GOOD, "bad boolean in basicConstraints, bad boolean in keyUsage: shop.example"),
    "certificate-precertificate": Shown(leaf(more=(x509.UnrecognizedExtension(POISON, b"\5\0"),)), GOOD, "shop.example"),
}  # fmt: skip

CHAINS = {
    "chain-untrusted": Shown(unknown, GOOD, 'the issuer of "shop.example" was not found: CN=Other Root'),
    "chain-self-signed": Shown("fail-self-signed", GOOD, '"nas.example" is its own issuer, which the trust store does not know'),
    "chain-incomplete": Shown(
        without_issuer, GOOD, "the certificate of CN=Test Issuing CA is missing; it says it is at http://ca.example/issuing.crt"),
    "chain-expired": Shown(under(expired_issuer), GOOD, '"Old CA" expired on 2023-11-09 …'),
    "chain-not-yet-valid": Shown(under(future_issuer), GOOD, '"New CA" was not valid before 2023-11-19 …'),
    "chain-revoked": Shown(
        stapled("REVOKED"), stapled(), "status revoked, revoked 2023-11-11 (keyCompromise), from 2023-11-13 to 2023-11-20, verified"),
    "chain-bad-signature": Shown(
        forged, GOOD, 'the signature of "shop.example" does not hold under the key of "Test Issuing CA", which it names as its issuer'),
    "chain-forbidden-algorithm": Shown(sha1, GOOD, '"shop.example" is signed with sha1WithRSAEncryption, …'),
    "chain-constraints": Shown(under(no_ca), GOOD, '"Not a CA" issued a certificate and is no CA (basicConstraints)…'),
    "chain-wrong-usage": Shown(under(for_code), GOOD, '"Code CA" is for codeSigning, not for serverAuth (extKeyUsage)'),
    "chain-out-of-order": Shown(
        lambda: served(a.leaf().der, a.root().der, a.issuing().der), GOOD, "a certificate does not follow the one that it issued"),
    "chain-superfluous": Shown("tls12-client-certificate-declined", GOOD, "the root is included"),
    "name-mismatch": Shown(
        "fail-wrong-host-ignored", GOOD, "the certificate is for www.elsewhere.example, not for shop.example"),
    "certificate-long-lived": Shown(public(days=(-10, 389)), public(), "399 days, and at most 398 were allowed when it was issued"),
    "timestamps-missing": Shown(public(), logged, "no timestamp in the certificate, the handshake or an OCSP response"),
    "timestamp-wrong": Shown(in_hello(right=False), in_hello(), "test log: signature is wrong"),
    "ocsp-response-bad": Shown(
        stapled(updated=-30, following=-20), stapled(), "status good, from 2023-10-15 to 2023-10-25, answer is too old"),
    "staple-missing": Shown(leaf(more=(MUST,)), must_staple, "no OCSP response in the handshake"),
}  # fmt: skip

SHOWN = {**CERTIFICATES, **CHAINS}
