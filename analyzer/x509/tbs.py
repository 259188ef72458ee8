"""TBSCertificate: the walk over what is signed (RFC 5280 section 4.1), field by field, each with its own faults.

Here lives: the order of the fields.  Here does not live: what stands in names, times, keys and extensions (their files).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analyzer.x509 import der
from analyzer.x509.extensions import CertificateExtension, read_extension
from analyzer.x509.names import read_name
from analyzer.x509.public_keys import read_public_key
from analyzer.x509.signatures import read_signature_algorithm
from analyzer.x509.times import SECOND, read_time

__all__ = ["read_tbs"]

Fields = dict[str, Any]

_DAY = 86_400 * SECOND


def _version(data: bytes, element: der.Element, fields: Fields, faults: list[str]) -> None:
    """Read ``[0] EXPLICIT INTEGER``."""
    inner = der.children(data, element[2], element[3], faults)
    number = der.integer(data[inner[0][2] : inner[0][3]], faults) if inner and inner[0][0] == 0x02 else None
    fields["version"] = None if number is None else number + 1
    if number not in {1, 2}:
        faults.append("encoded default" if number == 0 else "no known number")


def _serial(data: bytes, element: der.Element, fields: Fields, faults: list[str]) -> None:
    """Read the serial number (RFC 5280 section 4.1.2.2: positive, at most 20 octets)."""
    raw = data[element[2] : element[3]]
    fields["serial"] = serial = der.integer_hex(raw, faults)
    if serial is None:
        return
    if serial.startswith("-"):
        faults.append("negative number")
    elif serial == "0":
        faults.append("zero")
    if len(raw) > 20:
        faults.append("more than 20 octets")


def _inner_algorithm(data: bytes, element: der.Element, fields: Fields, faults: list[str]) -> None:
    """Read the signature algorithm inside what is signed."""
    algorithm = read_signature_algorithm(data[element[2] : element[3]])
    fields["tbs_signature_algorithm_oid"] = algorithm.oid
    faults += algorithm.faults


def _name(data: bytes, element: der.Element, fields: Fields, faults: list[str], which: str) -> None:
    """Read issuer or subject."""
    name = read_name(data, element[2], element[3])
    fields[which] = name.text
    fields[which + "_parts"] = name.parts
    fields[which + "_c"], fields[which + "_st"], fields[which + "_l"] = name.c, name.st, name.l
    fields[which + "_o"], fields[which + "_ou"], fields[which + "_cn"] = name.o, name.ou, name.cn
    fields[which + "_email"] = name.email
    faults += name.faults


def _issuer(data: bytes, element: der.Element, fields: Fields, faults: list[str]) -> None:
    """Read the issuer, which may not be empty (RFC 5280 section 4.1.2.4)."""
    _name(data, element, fields, faults, "issuer")
    if not fields["issuer"]:
        faults.append("empty name")


def _subject(data: bytes, element: der.Element, fields: Fields, faults: list[str]) -> None:
    """Read the subject."""
    _name(data, element, fields, faults, "subject")


def _validity(data: bytes, element: der.Element, fields: Fields, faults: list[str]) -> None:
    """Read not_before and not_after."""
    times = der.children(data, element[2], element[3], faults)
    if len(times) != 2:
        faults.append(f"{len(times)} times")
    for field, (tag, _, start, stop, _) in zip(("not_before", "not_after"), times, strict=False):
        odd: list[str] = []
        fields[field] = read_time(tag, data[start:stop], odd)
        faults += [f"{fault} ({field})" for fault in odd]
    before, after = fields.get("not_before"), fields.get("not_after")
    if before is not None and after is not None:
        fields["validity_days"] = (after - before + SECOND) / _DAY
        if after < before:
            faults.append("not_after before not_before")


def _public_key(data: bytes, element: der.Element, fields: Fields, faults: list[str]) -> None:
    """Read the SubjectPublicKeyInfo."""
    fields.update(read_public_key(data[element[1] : element[4]], faults))


Reader = Callable[[bytes, der.Element, Fields, list[str]], None]

# RFC 5280 section 4.1: the fields that every TBSCertificate has after its version, in order: (name, tag, reader)
_FIELDS: tuple[tuple[str, int, Reader], ...] = (
    ("serial", 0x02, _serial),
    ("tbs signature algorithm", 0x30, _inner_algorithm),
    ("issuer", 0x30, _issuer),
    ("validity", 0x30, _validity),
    ("subject", 0x30, _subject),
    ("public key", 0x30, _public_key),
)


def _extensions(data: bytes, element: der.Element, fields: Fields, faults: list[str]) -> None:
    """Read ``[3] EXPLICIT SEQUENCE OF Extension`` (RFC 5280 section 4.2); of two with one OID the first counts."""
    odd: list[str] = []
    outer = der.children(data, element[2], element[3], odd)
    found: set[str] = set()
    extensions: list[CertificateExtension] = []
    for tag, _, start, stop, _ in der.children(data, outer[0][2], outer[0][3], odd) if outer else ():
        extension, values, inside = read_extension(data[start:stop]) if tag == 0x30 else (None, {}, ("bad extension",))
        faults += inside
        if extension is None:
            continue
        extensions.append(extension)
        if extension.oid in found:
            faults.append(f"duplicate extension {extension.oid}")
            continue
        found.add(extension.oid)
        fields.update(values)
    if not extensions:
        odd.append("no extension")
    fields["extensions"] = tuple(extensions)
    faults += [f"{fault} in extensions" for fault in odd]


def read_tbs(data: bytes, element: der.Element, fields: Fields, faults: list[str]) -> None:
    """Walk over a TBSCertificate; a field of a wrong type is noted and passed over."""
    odd: list[str] = []
    rest = der.children(data, element[2], element[3], odd)
    faults += [f"{fault} in certificate" for fault in odd]
    rest.reverse()
    fields["version"] = 1
    if rest and rest[-1][0] == 0xA0:
        odd = []
        _version(data, rest.pop(), fields, odd)
        faults += [f"{fault} in version" for fault in odd]
    encoded: dict[str, bytes] = {}
    for position, (name, tag, reader) in enumerate(_FIELDS):
        if rest and rest[-1][0] != tag and sum(part[0] < 0x80 for part in rest) >= len(_FIELDS) - position:
            faults.append(f"tag 0x{rest.pop()[0]:x} for {name}")
            continue
        if not rest or rest[-1][0] != tag:
            faults.append(f"no {name}")
            continue
        odd = []
        encoded[name] = data[rest[-1][2] : rest[-1][3]]
        reader(data, rest.pop(), fields, odd)
        if odd:
            faults += [f"{fault} in {name}" for fault in odd]
    if "issuer" in encoded and "subject" in encoded:
        fields["self_issued"] = encoded["issuer"] == encoded["subject"]
    for part in reversed(rest):
        if part[0] == 0xA3:
            _extensions(data, part, fields, faults)
            if fields["version"] != 3:
                faults.append(f"extensions in version {fields['version']}")
        elif part[0] & ~0x20 not in {0x81, 0x82}:  # the unique identifiers of version 2 say nothing to anybody
            faults.append(f"tag 0x{part[0]:x} in certificate")
