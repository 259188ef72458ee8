"""Zeek's x509.log: one line for each distinct certificate, in each part that it played.

Here lives: its columns, those that Zeek 6 to 8 write without further scripts (X509::Info), and the names that OpenSSL, which Zeek
asks, gives algorithms, curves and distinguished names.  Here does not live: the files (``zeek``, ``zeek_json``).
As in Zeek a certificate has another line where it was the host's own and not only a part of a chain, or the client's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from analyzer.facts.certificates import carrier
from analyzer.facts.chains import shown
from analyzer.handshakes.handshake import CLIENT
from analyzer.reports.report import MOST_CERTIFICATES
from analyzer.reports.zeek_log import Column, Log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.facts.table import Table
    from analyzer.reports.report import Told
    from analyzer.x509 import Certificate

__all__ = ["LOG", "Shown"]

KEYS = {
    "1.2.840.113549.1.1.1": ("rsaEncryption", "rsa"), "1.2.840.113549.1.1.10": ("rsassaPss", None), "2.5.8.1.1": ("rsa", "rsa"),
    "1.2.840.10045.2.1": ("id-ecPublicKey", "ecdsa"), "1.2.840.10040.4.1": ("dsaEncryption", "dsa"), "1.3.101.112": ("ED25519", None),
    "1.3.101.113": ("ED448", None), "1.3.101.110": ("X25519", None), "1.3.101.111": ("X448", None),
    "1.2.840.113549.1.3.1": ("dhKeyAgreement", None), "1.2.840.10046.2.1": ("X9.42 DH", None),
}  # fmt: skip
"""OID of a public key -> OpenSSL's long name of it, Zeek's key_type; where it has none the long name stands for it."""
SIGNATURES = {
    "RSASSA-PSS": "rsassaPss", "dsaWithSha1": "dsaWithSHA1", "Ed25519": "ED25519", "Ed448": "ED448",
    "sha1WithRSASignature": "sha1WithRSA", "sm2sign-with-sm3": "SM2-with-SM3",
    **{f"id-ml-dsa-{size}": f"ML-DSA-{size}" for size in (44, 65, 87)},
    **{f"id-slh-dsa-{hashing.lower()}-{size}": f"SLH-DSA-{hashing}-{size}" for hashing in ("SHA2", "SHAKE")
       for size in ("128s", "128f", "192s", "192f", "256s", "256f")},
}  # fmt: skip
"""Names of signature algorithms for which OpenSSL has another long name."""
CURVES = {"secp192r1": "prime192v1", "secp256r1": "prime256v1", "curveSM2": "SM2"}
"""The same of curves, where Zeek shows the short name."""

_TYPES = {"STREET": "street", "countryCode3c": "c3", "countryCode3n": "n3", "rfc822Mailbox": "mail"}
"""Types of a distinguished name whose short name in OpenSSL is another than ours."""
_OTHERWISE = re.compile(rf"\\.|(^|[,+])({'|'.join(_TYPES)})=|[^ -~]", re.DOTALL)
"""What is written otherwise than in RFC 4514: a type, or a character outside printable ASCII; an escaped one is stepped over."""


class Shown(msgspec.Struct, frozen=True):
    """A certificate and the part that it played: whose, its own or a part of the chain, at what time (ns) first."""

    certificate: Certificate
    host: bool
    client: bool
    time: int


def name(text: str | None) -> str | None:
    """Return a distinguished name as OpenSSL writes RFC 2253: octets that are no printable ASCII as hex behind a backslash."""
    return None if text is None else _OTHERWISE.sub(_otherwise, text)


def _otherwise(found: re.Match[str]) -> str:
    if found[2]:
        return f"{found[1]}{_TYPES[found[2]]}="
    if found[0].isascii() and found[0].isprintable():
        return found[0]
    return "".join(f"\\{octet:02X}" for octet in found[0].lstrip("\\").encode("utf-8", "surrogatepass"))


def serial(one: Certificate) -> str | None:
    """Return the serial number in whole octets, upper case."""
    if one.serial is None:
        return None
    digits = one.serial.lstrip("-").upper()
    return ("-" if one.serial.startswith("-") else "") + digits.zfill(len(digits) + len(digits) % 2)


def key_algorithm(one: Certificate) -> str | None:
    """Name the algorithm of the key."""
    return KEYS.get(one.public_key_oid or "", (one.public_key_algorithm, None))[0]


def key_type(one: Certificate) -> str | None:
    """Name its kind: rsa, dsa, ecdsa, or the algorithm again."""
    return KEYS.get(one.public_key_oid or "", (None, None))[1] or key_algorithm(one)


def exponent(one: Certificate) -> str | None:
    """Return the exponent of an RSA key, decimal; one beyond 63 bits, which no real key has, as hex."""
    if one.public_key_exponent is not None:
        return str(one.public_key_exponent)
    return None if one.public_key_exponent_hex is None else f"0x{one.public_key_exponent_hex}"


COLUMNS = (
    Column("ts", "time", lambda one: one.time),
    Column("fingerprint", "string", lambda one: one.certificate.sha256),
    Column("certificate.version", "count", lambda one: one.certificate.version),
    Column("certificate.serial", "string", lambda one: serial(one.certificate)),
    Column("certificate.subject", "string", lambda one: name(one.certificate.subject)),
    Column("certificate.issuer", "string", lambda one: name(one.certificate.issuer)),
    Column("certificate.not_valid_before", "time", lambda one: one.certificate.not_before),
    Column("certificate.not_valid_after", "time", lambda one: one.certificate.not_after),
    Column("certificate.key_alg", "string", lambda one: key_algorithm(one.certificate)),
    Column("certificate.sig_alg", "string",
           lambda one: SIGNATURES.get(one.certificate.signature_algorithm or "", one.certificate.signature_algorithm)),
    Column("certificate.key_type", "string", lambda one: key_type(one.certificate)),
    Column("certificate.key_length", "count", lambda one: one.certificate.public_key_size),
    Column("certificate.exponent", "string", lambda one: exponent(one.certificate)),
    Column("certificate.curve", "string",
           lambda one: CURVES.get(one.certificate.public_key_curve or "", one.certificate.public_key_curve)),
    Column("san.dns", "vector[string]", lambda one: list(one.certificate.san_dns) or None),
    Column("san.uri", "vector[string]", lambda one: list(one.certificate.san_uri) or None),
    Column("san.email", "vector[string]", lambda one: list(one.certificate.san_email) or None),
    Column("san.ip", "vector[addr]", lambda one: [address for address in one.certificate.san_ip if address[:1] != "#"] or None),
    Column("basic_constraints.ca", "bool", lambda one: one.certificate.is_ca),
    Column("basic_constraints.path_len", "count", lambda one: one.certificate.path_length),
    Column("host_cert", "bool", lambda one: one.host),
    Column("client_cert", "bool", lambda one: one.client),
)  # fmt: skip


def records(tables: dict[str, Table]) -> Callable[[Told], Iterator[Shown]]:
    """Begin a log: a record for each certificate and part that had none yet.

    Of 100,000 is remembered that they had one, then of none: 200 bytes each.  A repeated line says nothing wrong, Zeek repeats each day.
    """
    del tables
    told_already: set[tuple[str, bool, bool]] = set()

    def of(told: Told) -> Iterator[Shown]:
        handshake = told.handshake
        for sender, position, certificate in () if handshake is None else shown(handshake):
            part = certificate.sha256, position == 0, sender == CLIENT
            if part in told_already:
                continue
            if len(told_already) >= MOST_CERTIFICATES:
                told_already.clear()
            told_already.add(part)
            seen = carrier(handshake, sender)
            yield Shown(certificate, host=part[1], client=part[2], time=seen.time if seen else handshake.start)

    return of


LOG = Log(path="x509", columns=COLUMNS, records=records)
