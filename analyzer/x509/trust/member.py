"""Member: a certificate as a part of chains: whom it names, what is signed, by which key and algorithm.

Here lives: the noun, and names made alike (RFC 5280 section 7.1).  Here does not live: where a member came from (``pool``,
``store``), whether one vouches for another (``edges``), whether it can be read in one way only (``form``).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import msgspec

from analyzer.x509 import der
from analyzer.x509.certificate import Certificate, read_certificate
from analyzer.x509.names import read_text
from analyzer.x509.signatures import SignatureAlgorithm, read_signature_algorithm
from analyzer.x509.trust.form import flaw

__all__ = ["Member", "NameKey", "name_key", "read_member", "subject_of"]

NameKey = tuple[frozenset[tuple[str, str | bytes]], ...]
"""A distinguished name made alike: one set of (attribute, value) for each RDN, in the order of the encoding."""

_CACHED_OCTETS = 1024
"""Longer names are read anew each time, so that a cache of names cannot grow large."""


class Member(msgspec.Struct, frozen=True, eq=False):
    """A certificate and what path building asks of it."""

    certificate: Certificate
    subject: NameKey
    issuer: NameKey
    subject_der: bytes
    """Contents of the Name, as they stand."""
    issuer_der: bytes
    signed: bytes
    """DER of the TBSCertificate."""
    algorithm: SignatureAlgorithm
    same_algorithm: bool
    """The AlgorithmIdentifiers inside and outside of what is signed are the same octets (RFC 5280 section 4.1.1.2)."""
    unreadable: str | None
    """Why no judgement can stand on this certificate, or None."""

    @property
    def sha256(self) -> str:
        """The certificate's SHA-256, hex."""
        return self.certificate.sha256

    @property
    def title(self) -> str:
        """Return what to call it in a sentence: common name, or subject, or the beginning of its hash; at most 100 characters."""
        certificate = self.certificate
        text = certificate.subject_cn or certificate.subject
        if not text:
            return f"certificate {certificate.sha256[:16]}"
        return f'"{text}"' if len(text) <= 100 else f'"{text[:99]}…"'

    def has(self, oid: str) -> bool:
        """Tell whether it has that extension."""
        return any(extension.oid == oid for extension in self.certificate.extensions)

    def extension(self, oid: str) -> bytes | None:
        """Return the value of that extension; of two the first."""
        return next((extension.value for extension in self.certificate.extensions if extension.oid == oid), None)


_ALIKE = {0x0C, 0x13, 0x14, 0x16, 0x1A, 0x1C, 0x1E}
"""String types that are compared as text, whichever of them it is: those that OpenSSL makes alike (NumericString is none)."""


def _alike(tag: int, raw: bytes) -> str | bytes | None:
    """Return a string as RFC 5280 section 7.1 compares it (case folded, inner spaces one, outer none); None: compare octets."""
    text = read_text(tag, raw, []) if tag in _ALIKE else None
    if text is None:
        return None
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def _name_key(body: bytes) -> NameKey:
    """Make a name alike."""
    key = []
    for _, _, start, stop, _ in der.children(body, 0, len(body), []):
        rdn: list[tuple[str, str | bytes]] = []
        for _, head, first, last, end in der.children(body, start, stop, []):
            pair = der.children(body, first, last, [])
            if len(pair) != 2 or pair[0][0] != 0x06:
                rdn.append(("", body[head:end]))
                continue
            oid = der.object_identifier(body[pair[0][2] : pair[0][3]], [])
            value = _alike(pair[1][0], body[pair[1][2] : pair[1][3]])
            rdn.append((oid, body[pair[1][1] : pair[1][4]] if value is None else value))
        key.append(frozenset(rdn))
    return tuple(key)


_name_key_cached = lru_cache(maxsize=2048)(_name_key)


def name_key(body: bytes) -> NameKey:
    """Return the Name whose RDNs are ``body`` (the contents of its SEQUENCE), made alike."""
    return _name_key_cached(body) if len(body) <= _CACHED_OCTETS else _name_key(body)


def _fields(data: bytes, tbs: der.Element) -> list[der.Element]:
    """Return serial, algorithm, issuer, validity, subject, key …: the fields of a TBSCertificate after its version."""
    fields = der.children(data, tbs[2], tbs[3], [])
    return fields[1:] if fields and fields[0][0] == 0xA0 else fields


def _parts(data: bytes) -> list[der.Element]:
    """Return what is signed, the algorithm, the signature."""
    outer = der.children(data, 0, len(data), [])
    return der.children(data, outer[0][2], outer[0][3], []) if outer and outer[0][0] == 0x30 else []


def subject_of(data: bytes) -> bytes | None:
    """Return the contents of a certificate's subject by a short walk (10 microseconds), None where ``data`` is no certificate."""
    parts = _parts(data)
    fields = _fields(data, parts[0]) if len(parts) >= 3 and parts[0][0] == 0x30 else []
    if [field[0] for field in fields[:6]] != [0x02, 0x30, 0x30, 0x30, 0x30, 0x30]:
        return None
    return data[fields[4][2] : fields[4][3]]


def read_member(data: bytes) -> Member:
    """Return the Member of any bytes; never raises.  Costs about 20 microseconds beside reading the certificate, not remembered."""
    certificate = read_certificate(data)
    empty = Member(certificate, (), (), b"", b"", b"", SignatureAlgorithm(), same_algorithm=False, unreadable="no certificate")
    parts = _parts(data)
    if len(parts) < 3 or parts[0][0] != 0x30 or parts[1][0] != 0x30:
        return empty
    fields = _fields(data, parts[0])
    if [field[0] for field in fields[:6]] != [0x02, 0x30, 0x30, 0x30, 0x30, 0x30]:
        return msgspec.structs.replace(empty, unreadable=flaw(certificate) or "fields of another kind or order")
    subject, issuer = data[fields[4][2] : fields[4][3]], data[fields[2][2] : fields[2][3]]
    inner, outer = data[fields[1][2] : fields[1][3]], data[parts[1][2] : parts[1][3]]
    return Member(
        certificate=certificate,
        subject=name_key(subject),
        issuer=name_key(issuer),
        subject_der=subject,
        issuer_der=issuer,
        signed=data[parts[0][1] : parts[0][4]],
        algorithm=read_signature_algorithm(outer),
        same_algorithm=inner == outer,
        unreadable=flaw(certificate),
    )
