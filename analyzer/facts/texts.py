"""How bytes and numbers of the wire are told as plain text, without loss.

Here lives: addresses, names made of bytes, packet numbers.  Here does not live: names of numbers (``registry``), escaping for
a medium (``reports``): control characters stay as they are, JSON carries them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop
from typing import TYPE_CHECKING

from analyzer.capture.block import SOURCE_SHIFT

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["address_text", "key_text", "place_text", "source_text", "wire_text"]

PLAIN = re.compile(rb"[\x00-\x5b\x5d-\x7f]*").fullmatch
"""ASCII without the backslash: bytes that are their own text."""


@lru_cache(maxsize=1 << 16)
def address_text(address: bytes) -> str:
    """Tell a packed address as ``inet_ntop`` does (RFC 5952); bytes of another length than 4 or 16 as hex."""
    family = {4: AF_INET, 16: AF_INET6}.get(len(address))
    return address.hex() if family is None else inet_ntop(family, address)


def place_text(address: str, port: int | None) -> str:
    """Tell an address (as ``address_text`` does) and a port: IPv6 in brackets (RFC 3986 section 3.2.2)."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def key_text(algorithm: str | None, curve: str | None, size: int | None) -> str | None:
    """Tell a public key for people: its algorithm with its curve, else its size: "EC secp256r1", "RSA 2048"; None for an unreadable one."""
    return " ".join(str(part) for part in (algorithm, curve or size) if part is not None) if algorithm else None


def wire_text(data: bytes) -> str:
    r"""Tell bytes that should be ASCII: as they are, else with ``\xNN`` for each byte above 127 and ``\x5c`` for a backslash.

    No two byte strings have one text.  IDNA names stay in their A-label form (xn--…): what was sent is what is told.
    """
    if PLAIN(data):
        return data.decode("ascii")
    return data.replace(b"\\", b"\\x5c").decode("ascii", "backslashreplace")


def source_text(packet: int, sources: Sequence[str]) -> str | None:
    """Name of the source that holds a packet id, None where the scan has no name for it."""
    source = packet >> SOURCE_SHIFT
    return sources[source] if 0 <= source < len(sources) else None
