"""Certificate extensions: one row per extension that is understood, OID → how it is read.

Here lives: the rows and their readers.  Here does not live: the SCT list's own shape (``tls.transparency``), names of object
identifiers (``registry``).  Every reader takes the extension's value and gives fields of ``Certificate``; what is broken
becomes a fault and the fields that could be read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from analyzer import registry
from analyzer.tls.transparency import SignedCertificateTimestamp, read_sct_list
from analyzer.x509 import der, policies
from analyzer.x509.general_names import GeneralName, read_general_name, read_general_names
from analyzer.x509.names import text_or_hex

__all__ = ["CertificateExtension", "Sct", "read_extension"]

Fields = dict[str, Any]
Reader = Callable[[bytes, list[str]], Fields]

KEY_USAGES = ("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign",
              "encipherOnly", "decipherOnly")  # fmt: skip
NETSCAPE_TYPES = ("SSL client", "SSL server", "S/MIME", "object signing", "reserved", "SSL CA", "S/MIME CA", "object signing CA")
_OCSP, _CA_ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"
_STATUS_REQUEST = 5
_LISTS = {"dNSName": "san_dns", "iPAddress": "san_ip", "rfc822Name": "san_email", "uniformResourceIdentifier": "san_uri"}


class CertificateExtension(msgspec.Struct, frozen=True):
    """One extension as it stood: dotted, its name (None: unknown to us), and the bytes inside its OCTET STRING."""

    oid: str
    name: str | None
    critical: bool
    value: bytes


class Sct(msgspec.Struct, frozen=True):
    """A signed certificate timestamp (RFC 6962 section 3.2): ``log_id`` in hex, the log's name and operator where known, ns since 1970."""

    version: int
    log_id: str
    log: str | None
    operator: str | None
    time: int | None


def _show(name: GeneralName) -> str:
    """Return a name whose kind is not known from where it stands."""
    return f"{name.kind}:{name.value}"


def _uris(names: tuple[GeneralName, ...]) -> list[str]:
    """Return URIs bare, other names with their kind."""
    return [name.value if name.kind == "uniformResourceIdentifier" else _show(name) for name in names]


def _bits(raw: bytes, names: tuple[str, ...], faults: list[str]) -> tuple[str, ...]:
    """Return the names of the bits that are set in a BIT STRING of named bits."""
    value = der.bit_string(raw, faults)
    found = [names[i] for i in range(min(len(names), 8 * len(value))) if value[i >> 3] & 0x80 >> (i & 7)]
    return tuple(found)


def _subject_key_id(body: bytes, faults: list[str]) -> Fields:
    raw = der.single(body, 0x04, faults)
    return {} if raw is None else {"subject_key_id": raw.hex()}


def _key_usage(body: bytes, faults: list[str]) -> Fields:
    raw = der.single(body, 0x03, faults)
    return {} if raw is None else {"key_usage": _bits(raw, KEY_USAGES, faults)}


def _subject_alternative_names(body: bytes, faults: list[str]) -> Fields:
    outer = der.children(body, 0, len(body), faults)
    if len(outer) != 1 or outer[0][0] != 0x30:
        faults.append("no single SEQUENCE")
    names = read_general_names(body, outer[0][2], outer[0][3], faults) if outer else ()
    split: dict[str, list[str]] = {}
    for name in names:
        field = _LISTS.get(name.kind)
        split.setdefault(field or "san_other", []).append(name.value if field else _show(name))
    return {"subject_alternative_names": names, **{field: tuple(values) for field, values in split.items()}}


def _issuer_alternative_names(body: bytes, faults: list[str]) -> Fields:
    return {"issuer_alternative_names": tuple([read_general_name(body, element, faults) for element in der.sequence(body, faults)])}


def _basic_constraints(body: bytes, faults: list[str]) -> Fields:
    fields: Fields = {"is_ca": False}
    for tag, _, start, stop, _ in der.sequence(body, faults):
        if tag == 0x01:
            fields["is_ca"] = der.boolean(body[start:stop], faults)
            if not fields["is_ca"]:
                faults.append("encoded default")
        elif tag == 0x02:
            fields["path_length"] = der.integer(body[start:stop], faults)
        else:
            faults.append(f"tag 0x{tag:x}")
    return fields


def _name_constraints(body: bytes, faults: list[str]) -> Fields:
    fields: Fields = {}
    for tag, _, start, stop, _ in der.sequence(body, faults):
        subtrees = [der.children(body, subtree[2], subtree[3], faults) for subtree in der.children(body, start, stop, faults)]
        names = tuple([_show(read_general_name(body, subtree[0], faults)) for subtree in subtrees if subtree])
        field = {0xA0: "name_constraints_permitted", 0xA1: "name_constraints_excluded"}.get(tag)
        if field:
            fields[field] = names
        else:
            faults.append(f"tag 0x{tag:x}")
    return fields


def _crl_urls(body: bytes, faults: list[str]) -> Fields:
    urls: list[str] = []
    for _, _, start, stop, _ in der.sequence(body, faults):
        for tag, _, inside, end, _ in der.children(body, start, stop, faults):
            if tag == 0xA0:
                for kind, _, first, last, _ in der.children(body, inside, end, faults):
                    if kind == 0xA0:
                        urls += _uris(read_general_names(body, first, last, faults))
    return {"crl_urls": tuple(urls)}


def _authority_key_id(body: bytes, faults: list[str]) -> Fields:
    fields: Fields = {}
    for tag, _, start, stop, _ in der.sequence(body, faults):
        if tag == 0x80:
            fields["authority_key_id"] = body[start:stop].hex()
        elif tag == 0xA1:
            fields["authority_issuer"] = tuple([_show(name) for name in read_general_names(body, start, stop, faults)])
        elif tag == 0x82:
            fields["authority_serial"] = der.integer_hex(body[start:stop], faults)
        else:
            faults.append(f"tag 0x{tag:x}")
    return fields


def _extended_key_usage(body: bytes, faults: list[str]) -> Fields:
    oids = der.object_identifiers(body, der.sequence(body, faults), faults)
    return {"extended_key_usage": tuple([registry.oid_name(oid) or oid for oid in oids])}


def _authority_information(body: bytes, faults: list[str]) -> Fields:
    found: dict[str, list[str]] = {_OCSP: [], _CA_ISSUERS: []}
    for element in der.sequence(body, faults):
        pair = der.children(body, element[2], element[3], faults)
        method = der.object_identifiers(body, pair[:1], faults)
        if len(pair) < 2 or not method:
            faults.append("bad access description")
        elif method[0] in found:
            found[method[0]] += _uris((read_general_name(body, pair[1], faults),))
    return {"aia_ocsp": tuple(found[_OCSP]), "aia_ca_issuers": tuple(found[_CA_ISSUERS])}


def _tls_feature(body: bytes, faults: list[str]) -> Fields:
    numbers = [der.integer(body[start:stop], faults) for tag, _, start, stop, _ in der.sequence(body, faults) if tag == 0x02]
    return {"tls_features": tuple([n for n in numbers if n is not None]), "must_staple": _STATUS_REQUEST in numbers}


def _sct(sct: SignedCertificateTimestamp) -> Sct:
    log = registry.ct_log(sct.log_id) if sct.log_id else None
    time = None if sct.timestamp is None else sct.timestamp * 1_000_000
    return Sct(sct.version, sct.log_id.hex(), log and log.description, log and log.operator, time)


def _scts(body: bytes, faults: list[str]) -> Fields:
    raw = der.single(body, 0x04, faults)
    if raw is None:
        return {}
    scts, fault = read_sct_list(raw)
    if fault is not None:
        faults.append(f"bad SCT list ({fault.reason} at {fault.at})")
    return {"scts": tuple([_sct(sct) for sct in scts])}


def _poison(body: bytes, faults: list[str]) -> Fields:
    if body != b"\x05\0":
        faults.append("no NULL")
    return {"precertificate": True}


def _netscape_type(body: bytes, faults: list[str]) -> Fields:
    raw = der.single(body, 0x03, faults)
    return {} if raw is None else {"netscape_cert_type": _bits(raw, NETSCAPE_TYPES, faults)}


def _netscape_comment(body: bytes, faults: list[str]) -> Fields:
    outer = der.children(body, 0, len(body), faults)
    return {"netscape_comment": text_or_hex(body, outer[0], faults)} if outer else {}


# dotted -> (name where the registry has none, reader).  RFC 5280 section 4.2; the others as noted.
READERS: dict[str, tuple[str, Reader]] = {
    "2.5.29.14": ("subjectKeyIdentifier", _subject_key_id),
    "2.5.29.15": ("keyUsage", _key_usage),
    "2.5.29.17": ("subjectAltName", _subject_alternative_names),
    "2.5.29.18": ("issuerAltName", _issuer_alternative_names),
    "2.5.29.19": ("basicConstraints", _basic_constraints),
    "2.5.29.30": ("nameConstraints", _name_constraints),
    "2.5.29.31": ("cRLDistributionPoints", _crl_urls),
    "2.5.29.32": ("certificatePolicies", policies.policies),
    "2.5.29.33": ("policyMappings", policies.policy_mappings),
    "2.5.29.35": ("authorityKeyIdentifier", _authority_key_id),
    "2.5.29.36": ("policyConstraints", policies.policy_constraints),
    "2.5.29.37": ("extKeyUsage", _extended_key_usage),
    "2.5.29.54": ("inhibitAnyPolicy", policies.inhibit_any_policy),
    "1.3.6.1.5.5.7.1.1": ("authorityInfoAccess", _authority_information),
    "1.3.6.1.5.5.7.1.24": ("tlsFeature", _tls_feature),  # RFC 7633
    "1.3.6.1.4.1.11129.2.4.2": ("signedCertificateTimestampList", _scts),  # RFC 6962 section 3.3
    "1.3.6.1.4.1.11129.2.4.3": ("precertificatePoison", _poison),  # RFC 6962 section 3.1
    "2.16.840.1.113730.1.1": ("netscapeCertType", _netscape_type),
    "2.16.840.1.113730.1.13": ("netscapeComment", _netscape_comment),
}


def _read(body: bytes) -> tuple[CertificateExtension | None, Fields, tuple[str, ...]]:
    """Read one Extension and its value."""
    faults: list[str] = []
    parts = der.children(body, 0, len(body), faults)
    if len(parts) not in {2, 3} or parts[0][0] != 0x06 or parts[-1][0] & ~0x20 != 0x04:
        return None, {}, (*faults, "bad extension")
    _, _, start, stop, _ = parts[0]
    oid = der.object_identifier(body[start:stop], faults)
    critical = False
    if len(parts) == 3:
        critical = der.boolean(body[parts[1][2] : parts[1][3]], faults)
        if not critical:
            faults.append("encoded default")
    value = der.octets(body, parts[-1], faults)
    name, reader = READERS.get(oid, (None, None))
    name = registry.oid_name(oid) or name
    fields = reader(value, faults) if reader else {}
    return CertificateExtension(oid, name, critical, value), fields, tuple([f"{fault} in {name or oid}" for fault in faults])


_read_cached = lru_cache(maxsize=2048)(_read)


def read_extension(body: bytes) -> tuple[CertificateExtension | None, Fields, tuple[str, ...]]:
    """Return an extension (contents of its SEQUENCE), the fields of Certificate that it fills, and its faults.

    The fields must not be changed: small extensions repeat from certificate to certificate (key usages, policies, an
    authority's addresses) and are remembered.
    """
    return _read_cached(body) if len(body) <= 256 else _read(body)
