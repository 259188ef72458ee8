"""A little world of trust: roots, CAs, leaves, a log of Certificate Transparency, OCSP responses, all but these the same in each run.

Here lives: keys that are no secret, certificates made with cryptography, the store that trusts the roots.  Here does not live: what is
judged by it (``judgements``).
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from hashlib import sha256
from ipaddress import ip_address
from struct import pack

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from scripts import START

from analyzer.registry.ct_log_keys import CtLogKey
from analyzer.x509.trust import Root, TrustStore
from analyzer.x509.trust.timestamps import precertificate_tbs

NOW = dt.datetime.fromtimestamp(START // 10**9, dt.UTC)
DAY = dt.timedelta(days=1)
P, Q = 2**521 - 1, 2**607 - 1  # Mersenne primes: a modulus that everybody can factor, of 1128 bits


@cache
def key(number):
    """Return a private key: of RSA for 0, Ed25519 for 1, else on P-256."""
    if number == 0:
        e = 65537
        d = pow(e, -1, (P - 1) * (Q - 1))
        public = rsa.RSAPublicNumbers(e, P * Q)
        return rsa.RSAPrivateNumbers(P, Q, d, d % (P - 1), d % (Q - 1), pow(Q, -1, P), public).private_key()
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\1") if number == 1 else ec.derive_private_key(number, ec.SECP256R1())


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])


def made(subject, issuer, own=2, by=None, *, ca=None, names=(), days=(-30, 60), more=(), serial=None, usages=True):
    """Return a certificate (DER): ``own`` and ``by`` are numbers of keys, ``ca`` its path length (True: any), ``days`` around NOW."""
    public, signer = key(own).public_key(), key(own if by is None else by)
    builder = x509.CertificateBuilder(named(issuer), named(subject), public, serial or 1 + int.from_bytes(subject.encode()[:15], "big"))
    builder = builder.not_valid_before(NOW + days[0] * DAY).not_valid_after(NOW + days[1] * DAY)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None if ca is True else ca), critical=True)
    if names:
        listed = [x509.IPAddress(ip_address(one)) if one[0].isdigit() else x509.DNSName(one) for one in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(listed), critical=False)
    if usages and ca is None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    for one in more:
        builder = builder.add_extension(one, critical=isinstance(one, x509.NameConstraints))
    elliptic = isinstance(signer, ec.EllipticCurvePrivateKey)
    hashed = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signer, hashed, ecdsa_deterministic=True if elliptic else None).public_bytes(Encoding.DER)


@cache
def roots():
    """Return two roots that are trusted."""
    return made("root", "root", 2, ca=True), made("other root", "other root", 3, ca=True)


@cache
def store():
    return TrustStore("fuzz", tuple(Root(one, "fuzz") for one in roots()))


@cache
def chains():
    """Return chains (DER, leaf first), good ones and each kind of bad one."""
    root, other = roots()
    ca, crossed = made("ca", "root", 4, 2, ca=0), made("ca", "other root", 4, 3, ca=True)
    leaf = made("leaf", "ca", 5, 4, names=("example.org", "*.example.org", "192.0.2.1"))
    tree = x509.NameConstraints([x509.DNSName("example.org")], [x509.DNSName("no.example.org")])
    held, other_ca = made("held", "root", 6, 2, ca=True, more=(tree,)), made("ca", "root", 6, 2, ca=True)
    features = x509.TLSFeature([x509.TLSFeatureType.status_request])
    return [
        (leaf, ca), (leaf, ca, root), (leaf, crossed), (leaf, ca, crossed, other), (leaf,), (leaf, root, ca), (leaf, ca, ca), (root,),
        (made("leaf", "ca", 5, 4, names=("example.org",), days=(-9, -3)), ca), (made("leaf", "ca", 5, 4, names=("a",), days=(3, 9)), ca),
        (made("leaf", "root", 5, 2, names=("example.org",)),), (made("self", "self", 5, names=("example.org",)),),
        (made("leaf", "private", 5, 6, names=("example.org",)), made("private", "private", 6, ca=True)),
        (leaf, other_ca), (leaf, made("ca", "root", 4, 3, ca=True)), (leaf, made("ca", "root", 4, 2)), (leaf, leaf, ca, other),
        (made("leaf", "held", 5, 6, names=("www.example.org",)), held), (made("leaf", "held", 5, 6, names=("no.example.org",)), held),
        (made("leaf", "held", 5, 6, names=("example.com",)), held),
        (made("below", "low", 5, 6, names=("a.b",)), made("low", "ca", 6, 4, ca=0), ca),
        (made("leaf", "ca", 0, 4, names=("example.org",), more=(features,)), ca),
        (made("leaf", "ca", 1, 4, names=("xn--bcher-kva.example",)), ca), (made("", "ca", 5, 4, names=("2001:db8::1",)), ca),
        (made("leaf", "rsa", 5, 0, names=("example.org",)), made("rsa", "root", 0, 2, ca=True)),
        (made("leaf", "ed", 5, 1, names=("example.org",), usages=False), made("ed", "root", 1, 2, ca=True)),
    ]  # fmt: skip


# ---- a log

LOG_ID = bytes(range(32))


@cache
def logs():
    public = key(7).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {LOG_ID: CtLogKey(LOG_ID, "Fuzz", "a log of the fuzzer's", public, "test")}


def timestamp(entry, *, time=START // 10**6 - 1000):
    """Return an SCT of our log over an entry (RFC 6962 section 3.2), in a list of one."""
    signed = b"\0\0" + pack(">Q", time) + entry + b"\0\0"
    signature = key(7).sign(signed, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    one = b"\0" + LOG_ID + pack(">Q", time) + b"\0\0" + b"\4\3" + pack(">H", len(signature)) + signature
    return pack(">HH", len(one) + 2, len(one)) + one


@cache
def logged():
    """Return a chain whose leaf has our log's promise inside, and a list of one for the leaf as it is."""
    ca = made("ca", "root", 4, 2, ca=0)

    def leaf(listed):
        sct = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), b"\4" + bytes((len(listed),)) + listed)
        return made("leaf", "ca", 5, 4, names=("example.org",), more=(sct,))

    tbs = precertificate_tbs(leaf(bytes(100)))
    spki = key(4).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    whole = leaf(timestamp(b"\0\1" + sha256(spki).digest() + len(tbs).to_bytes(3, "big") + tbs))
    return (whole, ca), timestamp(b"\0\0" + len(whole).to_bytes(3, "big") + whole)


# ---- stapled responses


@cache
def responses():
    """Return OCSP responses about the first chain's leaf: by its CA, by a delegate, by a stranger; good, revoked, unknown, old."""
    leaf, issuer = (x509.load_der_x509_certificate(one) for one in chains()[0])
    signing = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    delegate = made("responder", "ca", 6, 4, more=(signing,), usages=False)
    bad = made("responder", "ca", 6, 4, usages=False), made("responder", "root", 6, 2, more=(signing,), usages=False)
    stranger = made("ca", "root", 3, 2, ca=0)
    statuses = {ocsp.OCSPCertStatus.GOOD: None, ocsp.OCSPCertStatus.REVOKED: NOW - 5 * DAY, ocsp.OCSPCertStatus.UNKNOWN: None}
    found = [ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)]
    for by, certificate in ((4, None), (6, delegate), (6, bad[0]), (6, bad[1]), (3, stranger)):
        for status, revoked in statuses.items():
            for begin, end in ((-1, 1), (-9, -5)):
                builder = ocsp.OCSPResponseBuilder().add_response(
                    leaf, issuer, hashes.SHA1(), status, NOW + begin * DAY, NOW + end * DAY, revoked,
                    x509.ReasonFlags.key_compromise if revoked else None,
                )  # fmt: skip
                responder = issuer if certificate is None else x509.load_der_x509_certificate(certificate)
                encoding = ocsp.OCSPResponderEncoding.NAME if begin == -1 else ocsp.OCSPResponderEncoding.HASH
                builder = builder.responder_id(encoding, responder)
                builder = builder.certificates([responder]) if certificate else builder
                found.append(builder.sign(key(by), hashes.SHA256()))
    return [one.public_bytes(Encoding.DER) for one in found]
