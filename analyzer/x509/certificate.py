"""Certificate: DER in, every field out, for good certificates and broken ones by one road.

Here lives: the type, the outermost walk, the memory of certificates already read.  Here
does not live: what is signed (``tbs`` and the files it calls), chains, trust and judgement.
"""

from __future__ import annotations

from hashlib import sha1, sha256
from typing import Any

import msgspec

from analyzer.x509 import der
from analyzer.x509.extensions import CertificateExtension, Sct  # noqa: TC001 - msgspec resolves field types at run time
from analyzer.x509.general_names import GeneralName  # noqa: TC001 - as above
from analyzer.x509.names import Attribute  # noqa: TC001 - as above
from analyzer.x509.signatures import read_signature_algorithm
from analyzer.x509.tbs import read_tbs

__all__ = ["Certificate", "read_certificate"]

FAULTS = 50
"""Faults kept of one certificate; a broken one repeats itself."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate.  What is absent or could not be read is None or (); ``faults`` says what is odd and where.

    Times are ns since 1970 UTC (Python integers: the year 9999 is beyond 64 bits).
    """

    sha256: str
    sha1: str
    der: bytes
    size: int
    """Octets of ``der``."""
    version: int | None = None
    """1, 2 or 3 as people count (the encoding counts from 0); another number where another stands."""
    serial: str | None = None
    """Lower-case hexadecimal without leading zeros; a negative one begins with "-"."""
    signature_algorithm: str | None = None
    signature_algorithm_oid: str | None = None
    """The outer one."""
    tbs_signature_algorithm_oid: str | None = None
    """The one inside what is signed: must be the same."""
    signature: bytes | None = None
    signature_hash: str | None = None
    """In TLS's spelling ("sha256"); None where the algorithm has a hash of its own (Ed25519, ML-DSA)."""
    subject: str | None = None
    """RFC 4514 text; "" is an empty name."""
    subject_parts: tuple[Attribute, ...] = ()
    subject_c: str | None = None
    subject_st: str | None = None
    subject_l: str | None = None
    subject_o: str | None = None
    subject_ou: tuple[str, ...] = ()
    subject_cn: str | None = None
    subject_email: str | None = None
    issuer: str | None = None
    issuer_parts: tuple[Attribute, ...] = ()
    issuer_c: str | None = None
    issuer_st: str | None = None
    issuer_l: str | None = None
    issuer_o: str | None = None
    issuer_ou: tuple[str, ...] = ()
    issuer_cn: str | None = None
    issuer_email: str | None = None
    not_before: int | None = None
    not_after: int | None = None
    validity_days: float | None = None
    """From not_before to not_after, both seconds included (RFC 5280 section 4.1.2.5)."""
    public_key_algorithm: str | None = None
    public_key_oid: str | None = None
    public_key_size: int | None = None
    """Bits of the modulus, prime or curve; for a key without such a number, of its encoding."""
    public_key_curve: str | None = None
    public_key_exponent: int | None = None
    """None also where it passes 63 bits; ``public_key_exponent_hex`` has it whole."""
    public_key_exponent_hex: str | None = None
    public_key_modulus: str | None = None
    """Hexadecimal, two digits an octet, no leading zero octets."""
    spki: bytes | None = None
    """DER of the SubjectPublicKeyInfo."""
    spki_sha256: str | None = None
    """The pin of RFC 7469: base64 of the SHA-256 of ``spki``."""
    subject_alternative_names: tuple[GeneralName, ...] = ()
    san_dns: tuple[str, ...] = ()
    san_ip: tuple[str, ...] = ()
    san_email: tuple[str, ...] = ()
    san_uri: tuple[str, ...] = ()
    san_other: tuple[str, ...] = ()
    """"kind:value"."""
    issuer_alternative_names: tuple[GeneralName, ...] = ()
    key_usage: tuple[str, ...] = ()
    extended_key_usage: tuple[str, ...] = ()
    is_ca: bool | None = None
    """None where there is no basicConstraints."""
    path_length: int | None = None
    subject_key_id: str | None = None
    authority_key_id: str | None = None
    authority_issuer: tuple[str, ...] = ()
    authority_serial: str | None = None
    policies: tuple[str, ...] = ()
    policy_kind: str | None = None
    """DV, OV, IV or EV where a policy says so."""
    cps_uris: tuple[str, ...] = ()
    user_notices: tuple[str, ...] = ()
    policy_mappings: tuple[str, ...] = ()
    require_explicit_policy: int | None = None
    inhibit_policy_mapping: int | None = None
    inhibit_any_policy: int | None = None
    name_constraints_permitted: tuple[str, ...] = ()
    name_constraints_excluded: tuple[str, ...] = ()
    aia_ocsp: tuple[str, ...] = ()
    aia_ca_issuers: tuple[str, ...] = ()
    crl_urls: tuple[str, ...] = ()
    scts: tuple[Sct, ...] = ()
    tls_features: tuple[int, ...] = ()
    must_staple: bool = False
    precertificate: bool = False
    netscape_cert_type: tuple[str, ...] = ()
    netscape_comment: str | None = None
    extensions: tuple[CertificateExtension, ...] = ()
    """All, in order, unknown ones too."""
    self_issued: bool | None = None
    """Subject and issuer are the same octets; None where one could not be read."""
    faults: tuple[str, ...] = ()


def _read(data: bytes) -> Certificate:
    """Read a certificate."""
    fields: dict[str, Any] = {}
    faults: list[str] = []
    outer = der.children(data, 0, len(data), faults)
    if len(outer) > 1:
        faults.append("trailing bytes")
    parts = der.children(data, outer[0][2], outer[0][3], faults) if outer and outer[0][0] == 0x30 else []
    if parts and parts[0][0] == 0x30:
        read_tbs(data, parts[0], fields, faults)
    else:
        faults.append("no certificate")
    if len(parts) > 1 and parts[1][0] == 0x30:
        algorithm = read_signature_algorithm(data[parts[1][2] : parts[1][3]])
        fields["signature_algorithm"], fields["signature_algorithm_oid"] = algorithm.name, algorithm.oid
        fields["signature_hash"] = algorithm.hash
        faults += [f"{fault} in signature algorithm" for fault in algorithm.faults]
        if fields.get("tbs_signature_algorithm_oid") not in {None, algorithm.oid}:
            faults.append("two different signature algorithms")
    if len(parts) > 2 and parts[2][0] & ~0x20 == 0x03:
        fields["signature"] = der.bit_string(der.octets(data, parts[2], faults), faults)
    elif parts:
        faults.append("no signature")
    return Certificate(
        sha256=sha256(data).hexdigest(),
        sha1=sha1(data, usedforsecurity=False).hexdigest(),
        der=data,
        size=len(data),
        faults=tuple(dict.fromkeys(faults))[:FAULTS],
        **fields,
    )


class _Memory(dict[bytes, Certificate]):
    """Certificates by their DER, the oldest forgotten first."""

    entries = 4096
    octets = 8 << 20
    """Octets of DER: what is kept of a certificate is mostly a few times that, of one made of tiny names ten times."""
    held = 0

    def keep(self, certificate: Certificate) -> None:
        """Remember a certificate."""
        self[certificate.der] = certificate
        self.held += certificate.size
        while len(self) > self.entries or (self.held > self.octets and self):
            oldest = next(iter(self))
            self.pop(oldest, None)
            self.held -= len(oldest)


_memory = _Memory()


def read_certificate(der: bytes) -> Certificate:
    """Return the Certificate of any bytes; never raises.  Each distinct certificate is read once, as long as it is remembered."""
    known = _memory.get(der)
    if known is None:
        known = _read(bytes(der))
        _memory.keep(known)
    return known
