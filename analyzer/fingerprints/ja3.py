"""JA3 and JA3S: the fingerprints of John Althouse, Jeff Atkinson and Josh Atkins (Salesforce, 2017).

Here lives: the text that the hash is made of, and the hash.  Here does not live: what client a fingerprint belongs to.
The rule is that of the JA3 README: decimal numbers, ``-`` between values, ``,`` between fields, GREASE (RFC 8701) left
out of suites, extensions and groups, MD5.  The version is the hello's own field, whatever supported_versions says.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import md5
from typing import TYPE_CHECKING, Any

from analyzer.tls.codes import EC_POINT_FORMATS, SUPPORTED_GROUPS, is_grease

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.tls.messages import ClientHello, ServerHello

__all__ = ["ja3", "ja3_text", "ja3s", "ja3s_text"]

Numbers = tuple[int, ...]

LARGEST_KEPT = 512
"""A hello with more numbers than this is not remembered, so that hostile ones cannot fill memory (real ones have 100)."""


def ja3(hello: ClientHello) -> str | None:
    """Return the fingerprint of a ClientHello, 32 hex digits; None for one in SSL 2.0 framing."""
    return None if hello.sslv2 else _texts(hello)[1]


def ja3_text(hello: ClientHello) -> str | None:
    """Return what ``ja3`` hashes: ``version,suites,extensions,groups,point formats``."""
    return None if hello.sslv2 else _texts(hello)[0]


def ja3s(hello: ServerHello) -> str | None:
    """Return the fingerprint of a ServerHello, 32 hex digits; None for one that broke off before its cipher suite."""
    text = ja3s_text(hello)
    if text is None:
        return None
    return _hash(text) if len(text) <= 1024 else _hash.__wrapped__(text)


def ja3s_text(hello: ServerHello) -> str | None:
    """Return what ``ja3s`` hashes: ``version,suite,extensions``."""
    if hello.cipher_suite is None:
        return None
    codes = tuple([extension.code for extension in hello.extensions or ()])
    return f"{hello.version},{hello.cipher_suite},{_joined(codes)}"


def _texts(hello: ClientHello) -> tuple[str, str]:
    parts = _parts(hello)
    if sum(map(len, parts[1:])) > LARGEST_KEPT:
        return _client.__wrapped__(*parts)
    return _client(*parts)


def _parts(hello: ClientHello) -> tuple[int, Numbers, Numbers, Numbers, Numbers]:
    codes = []
    groups: Any = None
    formats: Any = None
    for extension in hello.extensions or ():
        code = extension.code
        codes.append(code)
        if code == SUPPORTED_GROUPS:
            groups = extension.value
        elif code == EC_POINT_FORMATS:
            formats = extension.value
    return hello.version, hello.cipher_suites, tuple(codes), groups or (), formats or ()


def _joined(numbers: Iterable[int]) -> str:
    return "-".join([str(number) for number in numbers if not is_grease(number)])


@lru_cache(maxsize=4096)
def _client(version: int, suites: Numbers, codes: Numbers, groups: Numbers, formats: Numbers) -> tuple[str, str]:
    point_formats = "-".join(map(str, formats))  # one byte each, where GREASE does not exist
    text = f"{version},{_joined(suites)},{_joined(codes)},{_joined(groups)},{point_formats}"
    return text, _hash(text)


@lru_cache(maxsize=4096)
def _hash(text: str) -> str:
    return md5(text.encode("ascii"), usedforsecurity=False).hexdigest()
