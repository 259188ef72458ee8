"""The certificates table: one row each distinct certificate of the scan, with every field and where it was seen first.

Here lives: its columns and rows.  Here does not live: reading DER (``x509``), which handshakes showed it (``chains``), trust.
Lists that are empty are null: the extension is absent.
"""

from __future__ import annotations

from base64 import b64encode
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from analyzer.capture.block import packet_number
from analyzer.facts.chains import shown
from analyzer.facts.table import Column, Table
from analyzer.facts.texts import source_text
from analyzer.facts.values import tell
from analyzer.handshakes.handshake import SERVER
from analyzer.x509 import is_self_signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.facts.table import Book, Row
    from analyzer.handshakes.handshake import Handshake, Seen

__all__ = ["TABLE"]

SEEN = (
    Column("handshake", "int", "Number of the handshake that showed it first."),
    Column("source", "text", "The capture that holds the message that showed it first."),
    Column("packet", "int", "Number of that message's first packet in that capture."),
    Column("time", "time", "Time of that packet."),
    Column("role", "text", "server or client: who showed it first."),
    Column("self_signed", "flag", "Its signature holds with its own key; null where that cannot be told."),
    Column("der_base64", "text", "The certificate itself, DER in base64."),
)

FIELDS = (
    Column("sha256", "text", "SHA-256 of the DER, hex."),
    Column("sha1", "text", "SHA-1 of the DER, hex."),
    Column("size", "int", "Bytes of DER."),
    Column("version", "int", "1, 2 or 3 (the encoding counts from 0)."),
    Column("serial", "text", "Serial number, hex without leading zeros; a negative one begins with -."),
    Column("subject", "text", "Subject as RFC 4514 writes it, the last part first; empty for an empty name."),
    Column("subject_cn", "text", "Common name of the subject; of several parts of one kind the last here and below."),
    Column("subject_o", "text", "Organization of the subject."),
    Column("subject_ou", "texts", "Organizational units of the subject."),
    Column("subject_c", "text", "Country of the subject."),
    Column("subject_st", "text", "State or province of the subject."),
    Column("subject_l", "text", "Locality of the subject."),
    Column("subject_email", "text", "Mail address in the subject."),
    Column("subject_parts", "data", "All attributes of the subject in the order of the encoding: oid, name, value."),
    Column("issuer", "text", "Issuer as RFC 4514 writes it."),
    Column("issuer_cn", "text", "Common name of the issuer."),
    Column("issuer_o", "text", "Organization of the issuer."),
    Column("issuer_ou", "texts", "Organizational units of the issuer."),
    Column("issuer_c", "text", "Country of the issuer."),
    Column("issuer_st", "text", "State or province of the issuer."),
    Column("issuer_l", "text", "Locality of the issuer."),
    Column("issuer_email", "text", "Mail address in the issuer."),
    Column("issuer_parts", "data", "All attributes of the issuer in the order of the encoding."),
    Column("not_before", "time", "Start of validity."),
    Column("not_after", "time", "End of validity; the year 9999 means that there is none (RFC 5280 section 4.1.2.5)."),
    Column("validity_days", "float", "Days from start to end, both seconds included."),
    Column("public_key_algorithm", "text", "RSA, EC, Ed25519, ML-DSA-65 …, or the OID."),
    Column("public_key_oid", "text", "OID of that algorithm."),
    Column("public_key_size", "int", "Bits of the key."),
    Column("public_key_curve", "text", "Its curve."),
    Column("public_key_exponent", "int", "RSA exponent; null where it passes 63 bits."),
    Column("public_key_exponent_hex", "text", "RSA exponent, hex."),
    Column("public_key_modulus", "text", "RSA modulus, hex."),
    Column("spki_sha256", "text", "SHA-256 of the SubjectPublicKeyInfo, base64: the pin of RFC 7469."),
    Column("signature_algorithm", "text", "Name of the algorithm that signed it."),
    Column("signature_algorithm_oid", "text", "Its OID."),
    Column("tbs_signature_algorithm_oid", "text", "The OID inside what is signed; must be the same."),
    Column("signature_hash", "text", "Its hash; null where the algorithm has one of its own."),
    Column("signature", "text", "The signature, hex."),
    Column("subject_alternative_names", "data", "All alternative names of the subject: kind, value."),
    Column("san_dns", "texts", "DNS names among them."),
    Column("san_ip", "texts", "IP addresses among them."),
    Column("san_email", "texts", "Mail addresses among them."),
    Column("san_uri", "texts", "URIs among them."),
    Column("san_other", "texts", "The rest, as kind:value."),
    Column("issuer_alternative_names", "data", "Alternative names of the issuer: kind, value."),
    Column("key_usage", "texts", "Key usage, the names of RFC 5280 section 4.2.1.3."),
    Column("extended_key_usage", "texts", "Extended key usage, names or OIDs."),
    Column("is_ca", "flag", "basicConstraints says it is a CA; null where there is no such extension."),
    Column("path_length", "int", "How many CAs may follow below it."),
    Column("subject_key_id", "text", "Subject key identifier, hex."),
    Column("authority_key_id", "text", "Authority key identifier, hex."),
    Column("authority_issuer", "texts", "Issuer of the authority's certificate."),
    Column("authority_serial", "text", "Serial number of the authority's certificate, hex."),
    Column("policies", "texts", "OIDs of the certificate policies."),
    Column("policy_kind", "text", "DV, OV, IV or EV, where a policy says so."),
    Column("cps_uris", "texts", "Certification practice statements."),
    Column("user_notices", "texts", "User notices of the policies."),
    Column("policy_mappings", "texts", "Policy mappings."),
    Column("require_explicit_policy", "int", "Policy constraint: certificates until an explicit policy is required."),
    Column("inhibit_policy_mapping", "int", "Policy constraint: certificates until mappings end."),
    Column("inhibit_any_policy", "int", "Certificates until anyPolicy ends."),
    Column("name_constraints_permitted", "texts", "Names that it may certify."),
    Column("name_constraints_excluded", "texts", "Names that it may not certify."),
    Column("aia_ocsp", "texts", "OCSP responders."),
    Column("aia_ca_issuers", "texts", "Where the issuer's certificate is."),
    Column("crl_urls", "texts", "Where the revocation lists are."),
    Column("scts", "data", "Signed certificate timestamps: version, log_id, log, operator, time (ns since 1970)."),
    Column("tls_features", "ints", "TLS features that it demands (RFC 7633)."),
    Column("must_staple", "flag", "It demands a stapled OCSP response (RFC 7633)."),
    Column("precertificate", "flag", "It carries the poison of RFC 6962: no certificate for use."),
    Column("netscape_cert_type", "texts", "Netscape's certificate type."),
    Column("netscape_comment", "text", "Netscape's comment."),
    Column("extensions", "data", "All extensions in order: oid, name, critical, value (hex)."),
    Column("self_issued", "flag", "Subject and issuer are the same octets."),
    Column("faults", "texts", "What is odd about its encoding."),
)
"""Fields of ``x509.Certificate`` of the same names."""

INT64 = range(-(1 << 63), 1 << 63)
CELLS: dict[str, Callable[[Any], Any]] = {
    "texts": lambda value: list(value) or None,
    "ints": lambda value: list(value) or None,
    "data": lambda value: tell(value) or None,
    "int": lambda value: value if value is None or value in INT64 else None,
}
"""Kind of column -> how a field becomes a cell; fields of other kinds are cells."""
TELLERS = tuple(CELLS.get(column.kind) for column in FIELDS)
READ = attrgetter(*[column.name for column in FIELDS])
HEX = [column.name for column in FIELDS].index("signature")
CERTIFICATE_CODES = (11, 25, 256 + 4)
"""Certificate, CompressedCertificate, and SSL 2.0's server hello, which holds one."""


def carrier(handshake: Handshake, sender: str) -> Seen | None:
    """Find the message in which a side showed its certificates."""
    return next((seen for seen in handshake.seen if seen.sender == sender and seen.code in CERTIFICATE_CODES), None)


def rows(number: int, handshake: Handshake, book: Book) -> Iterator[Row]:
    """Give one row for each certificate that no earlier handshake of the book showed."""
    for sender, _, certificate in shown(handshake):
        if certificate.sha256 in book.certificates_told:
            continue
        book.certificates_told.add(certificate.sha256)
        seen = carrier(handshake, sender)
        fields = [value if teller is None else teller(value) for value, teller in zip(READ(certificate), TELLERS, strict=True)]
        if fields[HEX] is not None:
            fields[HEX] = fields[HEX].hex()
        yield (
            *fields,
            number,
            source_text(seen.packet, book.sources) if seen else None,
            packet_number(seen.packet) if seen else None,
            seen.time if seen else handshake.start,
            "server" if sender == SERVER else "client",
            is_self_signed(certificate),
            b64encode(certificate.der).decode("ascii"),
        )


TABLE = Table(
    name="certificates",
    doc="One row for each distinct certificate of the scan, where it was seen first.",
    columns=FIELDS + SEEN,
    rows=rows,
)
