"""Fields: everything that a readable message holds, as rows of a tree, for who asks for all of it.

It is what the tables ``messages`` and ``extensions`` tell, with the bytes beside it.

Here lives: the walk over a message's fields, and its bounds.  Here does not live: how a value is told (``facts.values``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer import registry
from analyzer.facts.messages import fault_text, type_name
from analyzer.facts.values import EXTENSIONS, tell, tellers
from analyzer.ladders.ladder import Field
from analyzer.tls.messages import CertificateEntry, Extension
from analyzer.x509 import read_certificate
from analyzer.x509.names import read_name_der

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.handshakes.handshake import Seen

__all__ = ["FIELDS", "HEX", "TEXT", "fields"]

FIELDS = 2000
"""Rows of one message: a real one has about a hundred, and the limit on items lets hostile ones have many thousands."""
HEX = 64 << 10
"""Characters of hex of one row: a post-quantum key share has 3,200, a chain of certificates 20,000; a message may have a million."""
TEXT = 4000
"""Characters of one value; a list of a hundred cipher suites has 3,500."""
DEEPEST = 16
"""Levels, as in ``facts.values``."""
BYTE = 0xFF
SINGLE = {"authorities": "authority", "chain": "certificate", "responses": "response", "proof": "proof"}
"""Name of a list -> what one of it is called; others lose their s."""


def fields(seen: Seen) -> tuple[Field, ...]:
    """Return the fields of a message, in order; the last one says how many are left out, where they are too many."""
    told: list[Field] = []
    left = 0
    for one in _all(seen):
        if len(told) < FIELDS:
            told.append(one)
        else:
            left += 1
    if left:
        told.append(Field(name="…", value=f"{left} more fields are left out"))
    return tuple(told)


def _all(seen: Seen) -> Iterator[Field]:
    """Tell what stands around a message, and the message."""
    if seen.code is not None and seen.code >= 0:
        yield Field(name="msg_type", value=f"{type_name(seen.code, seen.message) or 'unknown'} ({seen.code & BYTE})")
    if seen.record_version is not None:
        name = registry.version_name(seen.record_version)
        yield Field(name="record version", value=_scalar({"code": seen.record_version, "name": name}))
    if seen.message is not None:
        yield from _struct(seen.message, 0)


def _struct(value: msgspec.Struct, depth: int) -> Iterator[Field]:
    for name, teller in tellers(type(value)):
        if name != "fault":
            yield from _field(name, getattr(value, name), teller, depth, owner=value)
    fault = getattr(value, "fault", None)
    if fault is not None:
        yield Field(depth=depth, name="fault", fault=fault_text(fault))


def _field(name: str, value: Any, teller: Any, depth: int, *, owner: Any = None) -> Iterator[Field]:
    """Tell one field, and what is in it below it."""
    if value is None:
        return
    if depth >= DEEPEST:
        yield Field(depth=depth, name=name, value="…")
    elif isinstance(value, Extension):
        yield from _extension(value, depth)
    elif isinstance(value, CertificateEntry):
        yield from _entry(name, value, depth)
    elif isinstance(value, msgspec.Struct):
        yield Field(depth=depth, name=name)
        yield from _struct(value, depth + 1)
    elif isinstance(value, bytes) and name.startswith(SINGLE["authorities"]):
        yield Field(depth=depth, name=name, value=_text(read_name_der(value).text or f"{len(value)} bytes"), data=_hex(value))
    elif isinstance(value, bytes):
        text = tell(value, teller)
        yield Field(depth=depth, name=name, value=_text(f"{len(value)} bytes" if text == value.hex() else text), data=_hex(value))
    elif isinstance(value, (tuple, list)):
        yield from _list(name, value, teller, depth, owner)
    elif isinstance(value, dict):
        yield Field(depth=depth, name=name, value=f"{len(value)}")
        for key, item in value.items():
            yield from _field(str(key), item, teller, depth + 1)
    else:
        yield Field(depth=depth, name=name, value=_text(_scalar(tell(value, teller))))


def _list(name: str, value: Any, teller: Any, depth: int, owner: Any) -> Iterator[Field]:
    """Tell a list: what is small in one line, what holds others each on its own."""
    if all(isinstance(item, (int, str, float)) or item is None for item in value):
        yield Field(depth=depth, name=name, value=_text(", ".join(_scalar(tell(item, teller)) for item in value[:FIELDS]) or "empty"))
        return
    yield Field(depth=depth, name=name, value=f"{len(value)}")
    single = SINGLE.get(name, name.removesuffix("s"))
    for index, item in enumerate(value):
        yield from _field(f"{single} {index + 1}", item, teller, depth + 1, owner=owner)


def _extension(one: Extension, depth: int) -> Iterator[Field]:
    """Tell an extension: its name and bytes, and below it what they mean."""
    name = registry.extension_name(one.code) or "unknown extension"
    yield Field(
        depth=depth, name=name, value=f"{len(one.body)} bytes", code=one.code, data=_hex(one.body), fault=fault_text(one.fault),
    )  # fmt: skip
    value, teller = one.value, EXTENSIONS.get(one.code)
    if isinstance(value, msgspec.Struct):
        yield from _struct(value, depth + 1)
    elif isinstance(value, (tuple, list)) and value and not all(isinstance(item, (int, str)) for item in value):
        for item in value:
            yield from _field(_noun(item), item, teller, depth + 1)
    elif value is not None and value != () and not (isinstance(value, bytes) and value == one.body and teller is None):
        yield from _field("value", value, teller, depth + 1)


def _noun(item: Any) -> str:
    """Return what an item of an extension's list is called: its type's own name, in lower case."""
    if not isinstance(item, msgspec.Struct):
        return "item"
    name = type(item).__name__
    return "".join(f" {letter.lower()}" if letter.isupper() and index else letter.lower() for index, letter in enumerate(name))


def _entry(name: str, one: CertificateEntry, depth: int) -> Iterator[Field]:
    """Tell a certificate of a chain; what stands in it has a table of its own."""
    leaf = read_certificate(one.data)
    yield Field(depth=depth, name=name, value=_text(leaf.subject or "no subject"), data=_hex(one.data),
                fault="; ".join(leaf.faults) or None)  # fmt: skip
    yield Field(depth=depth + 1, name="sha256", value=leaf.sha256)
    yield Field(depth=depth + 1, name="issuer", value=_text(leaf.issuer or ""))
    for extension in one.extensions:
        yield from _extension(extension, depth + 1)


def _scalar(told: Any) -> str:
    """Write a told number with its name."""
    if isinstance(told, dict):
        code = told.get("code")
        number = f"0x{code:04x}" if isinstance(code, int) and code > BYTE else str(code)
        return f"{told['name']} ({number})" if told.get("name") else number
    if isinstance(told, bool):
        return "yes" if told else "no"
    return "" if told is None else str(told)


def _text(text: str) -> str:
    return text if len(text) <= TEXT else f"{text[:TEXT]}… ({len(text) - TEXT} more characters)"


def _hex(data: bytes) -> str | None:
    if len(data) * 2 <= HEX:
        return data.hex() or None
    return f"{data[: HEX // 2].hex()}… ({len(data) - HEX // 2} more bytes)"
