"""DER as it really comes: tag, length and value at offsets of one bytes object, with every oddity noted and none fatal.

Here lives: the walk over elements, the primitive values (integer, object identifier, boolean, bit string), and an element written
anew.  Here does not live: what any element means.

A fault is a short text for a person, appended to the caller's list; the caller adds where it was.  Nothing here raises or
recurses; an element that promises more than its parent holds ends with its parent.  Source: ITU-T X.690.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = [
    "ELEMENTS", "Element", "bit_string", "boolean", "children", "encoded", "integer", "integer_bits", "integer_hex", "object_identifier",
    "object_identifiers", "octets", "sequence", "single",
]  # fmt: skip

Element = tuple[int, int, int, int, int]
"""``(tag, head, start, stop, end)``: identifier octet (high tag numbers: ``octet | number << 8``), where its header starts,
where its contents start and stop, and where the next element starts (past the end-of-contents octets of an indefinite one)."""

ELEMENTS = 20_000
"""Elements read from one constructed value: a certificate of 9,000 names is silly, one of a million is an attack."""

OID_OCTETS = 64
"""Longest object identifier that is written in dots; turning larger numbers to decimal is quadratic."""


def children(data: bytes, start: int, stop: int, faults: list[str]) -> list[Element]:
    """Return the elements that lie side by side in ``data[start:stop]``; what is broken ends the list."""
    found: list[Element] = []
    at = start
    last = stop - 1
    for _ in range(ELEMENTS):
        if at >= stop:
            return found
        tag = data[at]
        length = data[at + 1] if at < last and tag & 0x1F != 0x1F else 0xFF
        if length < 0x80:
            begin = at + 2
            finish = end = begin + length
        elif length == 0x82 and at + 3 < stop and data[at + 2]:
            begin = at + 4
            finish = end = begin + (data[at + 2] << 8 | data[at + 3])
        else:
            header = _header(data, at, stop, faults)
            if header is None:
                return found
            tag, length, begin = header
            if length < 0:
                faults.append("indefinite length")
                finish, end = _end_of_contents(data, begin, stop, faults)
            else:
                finish = end = begin + length
        if end > stop:
            faults.append("length past the end")
            finish = end = stop
        found.append((tag, at, begin, finish, end))
        at = end
    if at < stop:
        faults.append(f"more than {ELEMENTS} elements")
    return found


def _header(data: bytes, at: int, stop: int, faults: list[str]) -> tuple[int, int, int] | None:
    """Return tag, length (-1: indefinite) and start of contents of any header, or None where it is cut off or senseless."""
    tag = data[at]
    at += 1
    if tag & 0x1F == 0x1F:
        number = 0
        for octet in data[at : min(at + 4, stop)]:
            at += 1
            number = number << 7 | octet & 0x7F
            if octet < 0x80:
                break
        else:
            faults.append("endless tag")
            return None
        if number < 0x1F:
            faults.append("non-minimal tag")
        tag |= number << 8
    if at >= stop:
        faults.append("cut off")
        return None
    first = data[at]
    at += 1
    if first < 0x80:
        return tag, first, at
    if first == 0x80:
        return tag, -1, at
    octets_of_length = first & 0x7F
    if first == 0xFF or at + octets_of_length > stop:
        faults.append("length of length past the end" if first < 0xFF else "reserved length")
        return None
    length = int.from_bytes(data[at : at + octets_of_length], "big")
    if length < 0x80 or not data[at]:
        faults.append("non-minimal length")
    return tag, length, at + octets_of_length


def _end_of_contents(data: bytes, at: int, stop: int, faults: list[str]) -> tuple[int, int]:
    """Return where the contents of an indefinite element stop and where the next element starts (X.690 section 8.1.5)."""
    depth = 1
    while at < stop:
        if data[at] == 0 and data[at : at + 2] == b"\0\0":
            depth -= 1
            if not depth:
                return at, at + 2
            at += 2
            continue
        header = _header(data, at, stop, [])
        if header is None:
            break
        _, length, at = header
        if length < 0:
            depth += 1
        else:
            at += length
    faults.append("no end of contents")
    return stop, stop


def octets(data: bytes, element: Element, faults: list[str]) -> bytes:
    """Return the contents of a string; one that BER cut into pieces is put together (X.690 section 8.7.3), one level deep."""
    tag, _, start, stop, _ = element
    if tag & 0x20 == 0 or tag & 0xC0:
        return data[start:stop]
    faults.append("string in pieces")
    return b"".join(data[piece[2] : piece[3]] for piece in children(data, start, stop, faults))


def integer(raw: bytes, faults: list[str]) -> int | None:
    """Return an integer of at most 8 octets (9 with the sign's zero); None for an empty or longer one."""
    if not raw:
        faults.append("empty integer")
        return None
    _check_minimal(raw, faults)
    significant = raw.lstrip(b"\0")
    if len(significant) > 8:
        return None
    return int.from_bytes(raw, "big", signed=True)


def integer_hex(raw: bytes, faults: list[str]) -> str | None:
    """Return an integer of any length in lower-case hexadecimal without leading zeros, its sign kept; None for an empty one."""
    if not raw:
        faults.append("empty integer")
        return None
    _check_minimal(raw, faults)
    return format(int.from_bytes(raw, "big", signed=True), "x")


def integer_bits(raw: bytes) -> int:
    """Return how many bits an unsigned integer needs, however long it is, without computing with it."""
    significant = raw.lstrip(b"\0")
    return 8 * (len(significant) - 1) + significant[0].bit_length() if significant else 0


def _check_minimal(raw: bytes, faults: list[str]) -> None:
    """Note needless sign octets (X.690 section 8.3.2)."""
    if len(raw) > 1 and ((raw[0] == 0 and raw[1] < 0x80) or (raw[0] == 0xFF and raw[1] >= 0x80)):
        faults.append("non-minimal integer")


def boolean(raw: bytes, faults: list[str]) -> bool:
    """Return a BOOLEAN; DER knows only 0x00 and 0xff (X.690 section 11.1)."""
    if raw not in {b"\0", b"\xff"}:
        faults.append("bad boolean")
    return any(raw)


def bit_string(raw: bytes, faults: list[str]) -> bytes:
    """Return the octets of a BIT STRING; unused bits are noted only where they are more than seven."""
    if not raw:
        faults.append("empty bit string")
    elif raw[0] > 7 or (raw[0] and len(raw) == 1):
        faults.append("bad count of unused bits")
    return raw[1:]


def object_identifier(raw: bytes, faults: list[str]) -> str:
    """Return an object identifier in dots, or ``#`` and its first octets in hexadecimal where it is none."""
    if len(raw) > OID_OCTETS:
        faults.append("overlong object identifier")
        return "#" + raw[:OID_OCTETS].hex()
    dotted, fault = _dotted(raw)
    if fault:
        faults.append(fault)
    return dotted


def object_identifiers(data: bytes, elements: list[Element], faults: list[str]) -> list[str]:
    """Return the object identifiers among elements; anything else among them is a fault."""
    if any(element[0] != 0x06 for element in elements):
        faults.append("no object identifier")
    return [object_identifier(data[element[2] : element[3]], faults) for element in elements if element[0] == 0x06]


def sequence(data: bytes, faults: list[str]) -> list[Element]:
    """Return the elements of the one SEQUENCE that ``data`` is."""
    outer = children(data, 0, len(data), faults)
    if not outer or outer[0][0] != 0x30:
        faults.append("no SEQUENCE")
        return []
    if len(outer) > 1:
        faults.append("trailing bytes")
    return children(data, outer[0][2], outer[0][3], faults)


def single(data: bytes, tag: int, faults: list[str]) -> bytes | None:
    """Return the contents of the one element of that tag that ``data`` is, None where it is something else."""
    outer = children(data, 0, len(data), faults)
    if not outer or outer[0][0] != tag:
        faults.append(f"no element of tag 0x{tag:02x}")
        return None
    if len(outer) > 1:
        faults.append("trailing bytes")
    return data[outer[0][2] : outer[0][3]]


def encoded(tag: int, contents: bytes) -> bytes:
    """Return an element of one identifier octet with its length in the shortest form (X.690 section 10.1)."""
    size = len(contents)
    if size < 0x80:
        return bytes((tag, size)) + contents
    octets_of_length = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | octets_of_length)) + size.to_bytes(octets_of_length, "big") + contents


@lru_cache(maxsize=4096)
def _dotted(raw: bytes) -> tuple[str, str | None]:
    """Return an object identifier and what is wrong with it (X.690 section 8.19)."""
    if not raw or raw[-1] >= 0x80:
        return "#" + raw.hex(), "bad object identifier"
    fault = None
    arcs: list[int] = []
    arc, fresh = 0, True
    for octet in raw:
        if fresh and octet == 0x80:
            fault = "padded object identifier"
        arc = arc << 7 | octet & 0x7F
        fresh = octet < 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:]))), fault
