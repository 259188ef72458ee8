"""Distinguished names: the DER of a Name in, its attributes and its RFC 4514 text out.

Here lives: string types, attributes, RFC 4514's order and escapes.  Here does not live: alternative names
(``general_names``), the names of object identifiers (``registry``).
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from analyzer import registry
from analyzer.x509 import der

__all__ = ["Attribute", "Name", "escape", "read_name", "read_name_der", "read_text", "text_or_hex"]


class Attribute(msgspec.Struct, frozen=True):
    """One attribute of a name: dotted ``oid``, its short name (or the dots again), and its value as text."""

    oid: str
    name: str
    value: str


class Name(msgspec.Struct, frozen=True):
    """A distinguished name.  Where an attribute stands more than once the last, most specific, counts (RFC 2818 section 3.1)."""

    text: str = ""
    """RFC 4514: the last part first."""
    parts: tuple[Attribute, ...] = ()
    """In the order of the encoding."""
    c: str | None = None
    st: str | None = None
    l: str | None = None  # noqa: E741 - locality is "L" in RFC 4514
    o: str | None = None
    ou: tuple[str, ...] = ()
    cn: str | None = None
    email: str | None = None
    faults: tuple[str, ...] = ()


_SINGLE = {"2.5.4.6": "c", "2.5.4.8": "st", "2.5.4.7": "l", "2.5.4.10": "o", "2.5.4.3": "cn", "1.2.840.113549.1.9.1": "email"}
_UNIT = "2.5.4.11"

_CACHED_OCTETS = 1024
"""Longer names are read anew each time, so that a cache of names cannot grow large."""

# tag -> (name of the string type, codec, what it may hold); Printable and IA5 strings are read as UTF-8 because that is what
# stands in those that hold more than ASCII; Teletex (T.61) as Latin-1, as everybody does.
_STRINGS: dict[int, tuple[str, str, re.Pattern[str]]] = {
    0x0C: ("UTF8String", "utf-8", re.compile(r"[^\x00-\x1f\x7f]*")),
    0x12: ("NumericString", "utf-8", re.compile(r"[0-9 ]*")),
    0x13: ("PrintableString", "utf-8", re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")),
    0x14: ("T61String", "latin-1", re.compile(r"[\x20-\x7e]*")),
    0x16: ("IA5String", "utf-8", re.compile(r"[\x20-\x7e]*")),
    0x1A: ("VisibleString", "utf-8", re.compile(r"[\x20-\x7e]*")),
    0x1B: ("GeneralString", "latin-1", re.compile(r"[\x20-\x7e]*")),
    0x1C: ("UniversalString", "utf-32-be", re.compile(r"[^\x00-\x1f\x7f]*")),
    0x1E: ("BMPString", "utf-16-be", re.compile(r"[^\x00-\x1f\x7f]*")),
}

_ESCAPED = re.compile(r'[\\",+;<>]|^[ #]|(?<!^) $|\0')


def read_text(tag: int, raw: bytes, faults: list[str]) -> str | None:
    r"""Return the text of a string type, None for any other type.  Bytes that are no text become ``\xNN`` and a fault."""
    kind = _STRINGS.get(tag & ~0x20)
    if kind is None:
        return None
    name, codec, allowed = kind
    text = raw.decode(codec, "backslashreplace")
    if not allowed.fullmatch(text) or ("\\" in text and text.encode(codec) != raw):
        faults.append(f"NUL in {name}" if "\0" in text else f"bad {name}")
    return text


def text_or_hex(data: bytes, element: der.Element, faults: list[str]) -> str:
    """Return an element's text, or ``#`` and its DER in hexadecimal where it is no string (RFC 4514 section 2.4)."""
    text = read_text(element[0], der.octets(data, element, faults), faults)
    return "#" + data[element[1] : element[4]].hex() if text is None else text


def escape(text: str) -> str:
    """Return an attribute value as RFC 4514 section 2.4 writes it."""
    return _ESCAPED.sub(lambda match: "\\00" if match[0] == "\0" else "\\" + match[0], text)


def read_name(data: bytes, start: int, stop: int) -> Name:
    """Return the Name whose RDNs lie in ``data[start:stop]`` (the contents of its SEQUENCE)."""
    if stop - start > _CACHED_OCTETS:
        return _read(data[start:stop])
    return _read_cached(data[start:stop])


def read_name_der(encoded: bytes) -> Name:
    """Return the Name of a whole DER encoding, such as stands in a CertificateRequest's certificate_authorities."""
    faults: list[str] = []
    outer = der.children(encoded, 0, len(encoded), faults)
    if not outer or outer[0][0] != 0x30:
        return Name(faults=("no name", *faults))
    name = read_name(encoded, outer[0][2], outer[0][3])
    if len(outer) > 1:
        faults.append("trailing bytes")
    return msgspec.structs.replace(name, faults=(*faults, *name.faults)) if faults else name


def _read(body: bytes) -> Name:
    """Read a name."""
    faults: list[str] = []
    texts: list[str] = []
    parts: list[Attribute] = []
    for element in der.children(body, 0, len(body), faults):
        tag, _, start, stop, _ = element
        if tag != 0x31:
            faults.append(f"tag 0x{tag:x} for an RDN")
            continue
        read = _read_rdn_cached if stop - start <= _CACHED_OCTETS else _read_rdn
        text, attributes, odd = read(body[start:stop])
        texts.append(text)
        parts += attributes
        faults += odd
    single = {_SINGLE[part.oid]: part.value for part in parts if part.oid in _SINGLE}
    units = tuple([part.value for part in parts if part.oid == _UNIT])
    return Name(text=",".join(reversed(texts)), parts=tuple(parts), ou=units, faults=tuple(dict.fromkeys(faults)), **single)


def _read_rdn(body: bytes) -> tuple[str, tuple[Attribute, ...], tuple[str, ...]]:
    """Return text, attributes and faults of one RDN (the contents of its SET)."""
    faults: list[str] = []
    texts: list[str] = []
    attributes: list[Attribute] = []
    for tag, _, start, stop, _ in der.children(body, 0, len(body), faults):
        pair = der.children(body, start, stop, faults)
        if tag != 0x30 or len(pair) != 2 or pair[0][0] != 0x06:
            faults.append("bad attribute")
            if len(pair) < 2:
                continue
        oid = der.object_identifier(body[pair[0][2] : pair[0][3]], faults)
        short = registry.attribute_short_name(oid)
        value = read_text(pair[1][0], der.octets(body, pair[1], faults), faults)
        if value is None:
            faults.append(f"attribute {short or oid} is no string")
        hexadecimal = "#" + body[pair[1][1] : pair[1][4]].hex()
        # RFC 4514 section 2.4: an attribute without a short name shows its value in hexadecimal
        texts.append(f"{short or oid}={hexadecimal if short is None or value is None else escape(value)}")
        attributes.append(Attribute(oid, short or registry.oid_name(oid) or oid, hexadecimal if value is None else value))
    if not attributes:
        faults.append("empty RDN")
    return "+".join(texts), tuple(attributes), tuple(faults)


_read_cached = lru_cache(maxsize=1024)(_read)
_read_rdn_cached = lru_cache(maxsize=1024)(_read_rdn)
