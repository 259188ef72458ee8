"""Handshakes that fail, built by hand from the RFCs (tests/handshakes/talk.py), and certificates made by ``cryptography``.

Here lives: what the tests of causes build with.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from struct import pack

import talk
from talk import CLIENT, SERVER, Wire, play

DAY = 86_400 * 10**9
NOW = dt.datetime.fromtimestamp(talk.START // 10**9, dt.UTC)
"""The time of the connections that talk.Wire makes."""


def groups(*codes):
    return talk.extension(10, talk.vector(b"".join(pack(">H", one) for one in codes)))


def schemes(*codes):
    return talk.extension(13, talk.vector(b"".join(pack(">H", one) for one in codes)))


def versions(*codes):
    return talk.extension(43, talk.vector(b"".join(pack(">H", one) for one in codes), 1))


def alpn(*names):
    return talk.extension(16, talk.vector(b"".join(talk.vector(name, 1) for name in names)))


EMS, RENEGOTIATION = talk.extension(23), talk.extension(0xFF01, b"\0")
USUAL = (talk.SERVER_NAME, groups(29, 23, 24, 25, 256), schemes(0x0804, 0x0403, 0x0401, 0x0503, 0x0601, 0x0805), EMS, RENEGOTIATION)
"""Extensions of a hello in which nothing is narrow."""
SUITES12 = (0xC02F, 0xC030, 0xC02B, 0xC02C, 0xCCA8, 0x009C)


def refused(description, sender=SERVER, *, suites=SUITES12, extensions=USUAL, version=0x0303, before=()):
    """A ClientHello, what comes in ``before``, and a fatal alert."""
    hello = talk.client_hello(suites, extensions, version=version)
    return play([(CLIENT, hello), *before, (sender, talk.alert(description))]).one()


def flight(*chain, suite=0xC02F, extensions=(), more=()):
    """A TLS 1.2 server's flight."""
    messages = [talk.handshake(one) for one in (talk.certificate_message(*chain), *more, talk.SERVER_KEY, talk.DONE)]
    return SERVER, talk.server_hello(suite, list(extensions)) + b"".join(messages)


def shown(description, chain, *, host=b"shop.example"):
    """A client's alert after the server's TLS 1.2 flight with a chain."""
    name = talk.extension(0, talk.vector(b"\0" + talk.vector(host)))
    return refused(description, CLIENT, extensions=(name, *USUAL[1:]), before=(flight(*chain),))


def opened(**fields):
    return Wire(**fields).open()


@dataclass
class Opinion:
    """What a judge of chains says."""

    verdict: str
    detail: str = "as told"
    name_matches: bool | None = None


def judge(verdict, **fields):
    return lambda *_: Opinion(verdict, **fields)


def certificate(name="shop.example", *, issuer=None, begins=-30, ends=30, names=None, hashed="SHA256", usage=None, bits=0, aia=None):
    """The DER of a certificate; days are counted from NOW.  ``issuer`` is a common name, None for its own."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

    key = rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1())
    signer = ec.generate_private_key(ec.SECP256R1()) if issuer else key

    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer or name)).public_key(key.public_key()).serial_number(7)
        .not_valid_before(NOW + dt.timedelta(days=begins)).not_valid_after(NOW + dt.timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in (names or [name])]), critical=False)
    )  # fmt: skip
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage)]), critical=False)
    if aia:
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(aia))
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return builder.sign(signer, getattr(hashes, hashed)()).public_bytes(serialization.Encoding.DER)
