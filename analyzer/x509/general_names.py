"""General names: what a certificate calls its subject beside the distinguished name (RFC 5280 section 4.2.1.6).

Here lives: the nine kinds and their text.  Here does not live: which extension holds them (``extensions``).
"""

from __future__ import annotations

from socket import AF_INET, AF_INET6, inet_ntop
from typing import TYPE_CHECKING

import msgspec

from analyzer.x509 import der
from analyzer.x509.names import read_name, read_text, text_or_hex

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GeneralName", "read_general_name", "read_general_names"]


class GeneralName(msgspec.Struct, frozen=True):
    """A name and its kind in RFC 5280's spelling: otherName, rfc822Name, dNSName, x400Address and so on."""

    kind: str
    value: str


def _text(data: bytes, element: der.Element, faults: list[str]) -> str:
    """Read the IA5String of a mail address, a DNS name or a URI."""
    return read_text(0x16, data[element[2] : element[3]], faults) or ""


def _address(data: bytes, element: der.Element, faults: list[str]) -> str:
    """Read an address, or an address and a mask as name constraints hold (RFC 5280 section 4.2.1.10)."""
    raw = data[element[2] : element[3]]
    if len(raw) in {4, 16}:
        return inet_ntop(AF_INET if len(raw) == 4 else AF_INET6, raw)
    if len(raw) in {8, 32}:
        half = len(raw) // 2
        family = AF_INET if half == 4 else AF_INET6
        mask = int.from_bytes(raw[half:], "big")
        bits = mask.bit_count()
        contiguous = mask == (1 << 8 * half) - (1 << 8 * half - bits)
        return f"{inet_ntop(family, raw[:half])}/{bits if contiguous else inet_ntop(family, raw[half:])}"
    faults.append(f"address of {len(raw)} octets")
    return "#" + raw.hex()


def _directory_name(data: bytes, element: der.Element, faults: list[str]) -> str:
    """Read a distinguished name (the tag is explicit because Name is a CHOICE)."""
    inner = der.children(data, element[2], element[3], faults)
    if len(inner) != 1 or inner[0][0] != 0x30:
        faults.append("bad directoryName")
        return _raw(data, element, faults)
    name = read_name(data, inner[0][2], inner[0][3])
    faults += name.faults
    return name.text


def _other_name(data: bytes, element: der.Element, faults: list[str]) -> str:
    """Read an otherName as ``oid=text``."""
    inner = der.children(data, element[2], element[3], faults)
    if len(inner) != 2 or inner[0][0] != 0x06 or inner[1][0] != 0xA0:
        faults.append("bad otherName")
        return _raw(data, element, faults)
    value = der.children(data, inner[1][2], inner[1][3], faults)
    text = text_or_hex(data, value[0], faults) if value else ""
    return f"{der.object_identifier(data[inner[0][2] : inner[0][3]], faults)}={text}"


def _identifier(data: bytes, element: der.Element, faults: list[str]) -> str:
    """Read a registeredID."""
    return der.object_identifier(data[element[2] : element[3]], faults)


def _raw(data: bytes, element: der.Element, faults: list[str]) -> str:  # noqa: ARG001 - one signature for the table
    """Show what has no text of its own."""
    return "#" + data[element[1] : element[4]].hex()


_KINDS: dict[int, tuple[str, Callable[[bytes, der.Element, list[str]], str]]] = {
    0xA0: ("otherName", _other_name),
    0x81: ("rfc822Name", _text),
    0x82: ("dNSName", _text),
    0xA3: ("x400Address", _raw),
    0xA4: ("directoryName", _directory_name),
    0xA5: ("ediPartyName", _raw),
    0x86: ("uniformResourceIdentifier", _text),
    0x87: ("iPAddress", _address),
    0x88: ("registeredID", _identifier),
}


def read_general_name(data: bytes, element: der.Element, faults: list[str]) -> GeneralName:
    """Return one name; a kind that RFC 5280 does not know is ``unknown`` with its DER in hexadecimal."""
    known = _KINDS.get(element[0])
    if known is None:
        faults.append(f"general name with tag 0x{element[0]:x}")
        return GeneralName("unknown", _raw(data, element, faults))
    return GeneralName(known[0], known[1](data, element, faults))


def read_general_names(data: bytes, start: int, stop: int, faults: list[str]) -> tuple[GeneralName, ...]:
    """Return the names that lie in ``data[start:stop]`` (the contents of a GeneralNames SEQUENCE)."""
    return tuple([read_general_name(data, element, faults) for element in der.children(data, start, stop, faults)])
