"""Certificates for the rules: a root and an issuer that stand for a CA, and leaves with one thing changed, made by ``cryptography``.

Here lives: making and signing them, OCSP responses, timestamps.  Here does not live: captures that show them (``captures_chains``).
Keys are made once in a process; what ``cryptography`` refuses to make is patched into the finished certificate and signed anew.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from functools import cache

import msgspec
import talk
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from analyzer.registry.ct_log_keys import CtLogKey

DER = serialization.Encoding.DER
USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
          "encipher_only", "decipher_only")  # fmt: skip
PURPOSES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH, "code": ExtendedKeyUsageOID.CODE_SIGNING}
NOW = dt.datetime.fromtimestamp(talk.START // 10**9, dt.UTC)
SIGNS = ("digital_signature", "key_encipherment")
SHA256_RSA, SHA1_RSA = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")


class Issued(msgspec.Struct):
    """A certificate with its key."""

    der: bytes
    key: object
    name: x509.Name


@cache
def key(kind="ec", which=0):  # noqa: ARG001 - as the docstring says
    """Make a key; ``which`` tells keys of one kind apart."""
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, int(kind[3:]))


def named(text, organization=None):
    pairs = [(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    pairs += [(NameOID.COMMON_NAME, text)] if text else []
    return x509.Name([x509.NameAttribute(*pair) for pair in pairs])


def usage(*bits):
    return x509.KeyUsage(**{bit: bit in bits for bit in USAGES})


def issue(
    name="shop.example", issuer=None, *, ca=False, uses=SIGNS, extended=("server",), names=("shop.example",), days=(-10, 80), own=None,
    public=None, serial=None, more=(), organization=None, digest=None,
):  # fmt: skip
    """Issue a certificate; without an issuer it signs itself.  ``days`` from the captures' time; ``public`` stands for a key of its own."""
    own = own or key("ec", name)
    subject = named(name, organization)
    signer = issuer.key if issuer else own
    builder = x509.CertificateBuilder(
        issuer.name if issuer else subject, subject, public or own.public_key(), serial or x509.random_serial_number(),
        NOW + dt.timedelta(days=days[0]), NOW + dt.timedelta(days=days[1]),
    )  # fmt: skip
    wanted = [(x509.BasicConstraints(ca=ca, path_length=None), True)]
    wanted += [(usage(*uses), True)] if uses else []
    wanted += [(x509.ExtendedKeyUsage([PURPOSES[one] for one in extended]), False)] if extended else []
    wanted += [(x509.SubjectAlternativeName([general(one) for one in names]), False)] if names else []
    for extension, critical in (*wanted, *((one, False) for one in more)):
        builder = builder.add_extension(extension, critical)
    certificate = builder.sign(signer, hashes.SHA256())
    encoded = certificate.public_bytes(DER)
    return Issued(signed_with_sha1(encoded, certificate, signer) if digest == "SHA1" else encoded, own, subject)


def general(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def signed_with_sha1(encoded, certificate, signer):
    """Exchange sha256WithRSAEncryption for sha1WithRSAEncryption, and sign anew: cryptography makes no such certificates any more."""
    tbs = certificate.tbs_certificate_bytes.replace(SHA256_RSA, SHA1_RSA)
    signature = signer.sign(tbs, padding.PKCS1v15(), hashes.SHA1())
    return encoded.replace(SHA256_RSA, SHA1_RSA).replace(certificate.signature, signature)


@cache
def root():
    return issue("Test Root", ca=True, uses=("key_cert_sign", "crl_sign"), extended=(), names=(), days=(-1000, 3000))


@cache
def issuing(**how):
    how = {"ca": True, "uses": ("key_cert_sign", "crl_sign"), "extended": (), "names": (), "days": (-500, 1000)} | how
    return issue(how.pop("name", "Test Issuing CA"), how.pop("issuer", None) or root(), **how)


@cache
def leaf(name="shop.example", /, **how):
    """A leaf of the issuing CA with which nothing is wrong, but for what is said."""
    return issue(name, issuing(), **how)


def chain(**how):
    """Leaf and issuing CA, as a server sends them."""
    return leaf(**how).der, issuing().der


def numbers(modulus, exponent=65537):
    """A public key of these numbers, nobody has its private half."""
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def roca():
    """A modulus as the chips of CVE-2017-15361 make: a power of 65537 modulo the product of the first 39 primes, and no small factor."""
    primes = [n for n in range(2, 168) if all(n % d for d in range(2, n))]
    product = 1
    for prime in primes:
        product *= prime
    small = [n for n in range(168, 1 << 16) if all(n % d for d in primes if d * d <= n)]
    modulus = pow(65537, 5, product) + product * ((1 << 2047) // product + 1)
    while any(modulus % prime == 0 for prime in small):
        modulus += product
    return modulus


# ---- OCSP and timestamps


def staple(certificate, issuer, status="GOOD", *, updated=-1, following=6):
    """An OCSP response by the issuer (RFC 6960); ``updated`` and ``following`` in days from the captures' time."""
    revoked = status == "REVOKED"
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=x509.load_der_x509_certificate(certificate.der), issuer=x509.load_der_x509_certificate(issuer.der), algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus[status], this_update=NOW + dt.timedelta(days=updated),
        next_update=NOW + dt.timedelta(days=following), revocation_time=NOW - dt.timedelta(days=3) if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    ).responder_id(ocsp.OCSPResponderEncoding.HASH, x509.load_der_x509_certificate(issuer.der))  # fmt: skip
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(DER)


def log():
    """A Certificate Transparency log of which the key is known."""
    spki = key("ec", "log").public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    identity = hashlib.sha256(spki).digest()
    return {identity: CtLogKey(identity, "Nobody", "test log", spki)}


def timestamp(signed):
    """A timestamp of that log over an entry of bytes (RFC 6962 section 3.2)."""
    time = (talk.START // 10**6 - 86_400_000).to_bytes(8, "big")
    signature = key("ec", "log").sign(b"\0\0" + time + signed + b"\0\0", ec.ECDSA(hashes.SHA256()))
    return b"\0" + next(iter(log())) + time + b"\0\0" + b"\4\3" + talk.vector(signature)


def of_certificate(encoded):
    """The entry of a certificate itself, for timestamps that come in the handshake (RFC 6962 sections 3.2 and 3.3)."""
    return b"\0\0" + talk.vector(encoded, 3)
