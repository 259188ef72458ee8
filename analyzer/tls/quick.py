"""Quick: the common forms of hellos read in one go.

Here lives: short cuts for bodies that are sound and usual.  Each gives exactly what the shapes give, or None, and then the
shapes read the body (a property test holds the two together).  Here does not live: anything odd.
"""

from __future__ import annotations

import struct
from typing import Any

from analyzer.tls import codes
from analyzer.tls.offers import KeyShareEntry, ServerName

__all__ = ["EXTENSIONS", "client_hello", "server_hello"]

_FRONT = struct.Struct(">H32sB").unpack_from
_VERSIONS = frozenset((codes.SSL3, codes.TLS10, codes.TLS11, codes.TLS12))
"""Versions whose hellos have no cookie and no draft's shape."""


def _server_names(body: bytes) -> tuple[ServerName, ...] | None:
    """One host name, which is all that RFC 6066 section 3 lets a client send."""
    size = len(body)
    if size > 5 and body[2] == 0 and body[0] << 8 | body[1] == size - 2 and body[3] << 8 | body[4] == size - 5:
        return (ServerName(0, body[5:]),)
    return None


def _key_shares(body: bytes) -> tuple[KeyShareEntry, ...] | None:
    """Client shares of at least a byte each (RFC 8446 section 4.2.8)."""
    size = len(body)
    if size < 2 or body[0] << 8 | body[1] != size - 2:
        return None
    at, shares = 2, []
    while at + 4 < size:
        stop = at + 4 + (body[at + 2] << 8 | body[at + 3])
        if stop > size or stop == at + 4:
            return None
        shares.append(KeyShareEntry(body[at] << 8 | body[at + 1], body[at + 4 : stop]))
        at = stop
    return tuple(shares) if at == size else None


def _key_share(body: bytes) -> KeyShareEntry | None:
    """The server's share."""
    size = len(body)
    if size > 4 and body[2] << 8 | body[3] == size - 4:
        return KeyShareEntry(body[0] << 8 | body[1], body[4:])
    return None


EXTENSIONS: dict[str, dict[int, Any]] = {
    "client_hello": {codes.SERVER_NAME: _server_names, codes.KEY_SHARE: _key_shares},
    "server_hello": {codes.KEY_SHARE: _key_share},
}
"""message -> extension -> its short cut: those that differ from hello to hello, so that no memory helps."""


def client_hello(body: bytes, suites: dict[bytes, tuple[int, ...]]) -> tuple[dict[str, Any], int] | None:
    """Return the fields before the extensions and where their block's contents start; ``suites`` are the lists met before."""
    size = len(body)
    if size < 44:
        return None
    version, random, length = _FRONT(body)
    at = 35 + length
    if version not in _VERSIONS or at + 2 > size:
        return None
    after = at + 2 + (body[at] << 8 | body[at + 1])
    known = suites.get(body[at + 2 : after])
    if known is None or after >= size:
        return None
    start = after + 1 + body[after]
    if start + 2 > size or body[start] << 8 | body[start + 1] != size - start - 2:
        return None
    return {
        "version": version, "random": random, "session_id": body[35:at], "cipher_suites": known,
        "compression_methods": tuple(body[after + 1 : start]),
    }, start + 2  # fmt: skip


def server_hello(body: bytes) -> tuple[dict[str, Any], int] | None:
    """Return the fields before the extensions and where their block's contents start."""
    size = len(body)
    if size < 40:
        return None
    version, random, length = _FRONT(body)
    at = 35 + length
    if version not in _VERSIONS or at + 5 > size or body[at + 3] << 8 | body[at + 4] != size - at - 5:
        return None
    return {
        "version": version, "random": random, "session_id": body[35:at], "cipher_suite": body[at] << 8 | body[at + 1],
        "compression_method": body[at + 2],
    }, at + 5  # fmt: skip
