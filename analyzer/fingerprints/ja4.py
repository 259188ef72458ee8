"""JA4: the ClientHello fingerprint of John Althouse (FoxIO, BSD 3-Clause), by its written rule technical_details/JA4.md.

Here lives: ``a_b_c`` as hashes and raw.  Here does not live: JA4S, JA4X and the rest of JA4+, which are under another
licence.  GREASE (RFC 8701) is left out everywhere.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from analyzer.tls.codes import ALPN, SERVER_NAME, SIGNATURE_ALGORITHMS, SUPPORTED_VERSIONS, is_grease

if TYPE_CHECKING:
    from analyzer.tls.messages import ClientHello

__all__ = ["ja4", "ja4_raw", "ja4_raw_original"]

Numbers = tuple[int, ...]

LARGEST_KEPT = 512
"""A hello with more numbers than this is not remembered, so that hostile ones cannot fill memory (real ones have 100)."""

_VERSIONS = {
    0x0002: "s2", 0x0300: "s3", 0x0301: "10", 0x0302: "11", 0x0303: "12", 0x0304: "13", 0xFEFF: "d1", 0xFEFD: "d2", 0xFEFC: "d3",
}  # fmt: skip
"""Version -> its two characters; any other is "00"."""


def ja4(hello: ClientHello, transport: str = "t") -> str | None:
    """Return the fingerprint (``t13d1516h2_8daaf6152771_e5627efa2ab1``); None for a hello in SSL 2.0 framing.

    ``transport`` is "t" for TLS over TCP, "q" for QUIC, "d" for DTLS.
    """
    return None if hello.sslv2 else _texts(hello, transport)[0]


def ja4_raw(hello: ClientHello, transport: str = "t") -> str | None:
    """Return the fingerprint with sorted lists in the place of hashes (JA4_r)."""
    return None if hello.sslv2 else _texts(hello, transport)[1]


def ja4_raw_original(hello: ClientHello, transport: str = "t") -> str | None:
    """Return the fingerprint with lists in the order of the wire, server_name and ALPN among them (JA4_ro)."""
    return None if hello.sslv2 else _texts(hello, transport)[2]


def _texts(hello: ClientHello, transport: str) -> tuple[str, str, str]:
    parts = _parts(hello)
    if sum(map(len, parts[1:])) > LARGEST_KEPT:
        return _fingerprints.__wrapped__(transport, *parts)
    return _fingerprints(transport, *parts)


def _parts(hello: ClientHello) -> tuple[int, Numbers, Numbers, Numbers, Numbers, bytes]:
    codes = []
    versions: Any = None
    schemes: Any = None
    protocols: Any = None
    for extension in hello.extensions or ():
        code = extension.code
        codes.append(code)
        if code == SUPPORTED_VERSIONS:
            versions = extension.value
        elif code == SIGNATURE_ALGORITHMS:
            schemes = extension.value
        elif code == ALPN:
            protocols = extension.value
    return hello.version, hello.cipher_suites, tuple(codes), versions or (), schemes or (), protocols[0] if protocols else b""


def _ends(protocol: bytes) -> str:
    """First and last character of the first ALPN value; of its hex where one of them is no ASCII letter or digit."""
    if not protocol:
        return "00"
    ends = protocol[:1] + protocol[-1:]
    return ends.decode("ascii") if ends.isalnum() else protocol.hex()[0] + protocol.hex()[-1]


def _age(version: int) -> int:
    """Order versions by age: DTLS counts downwards from 0xfeff."""
    return version if version < 0xFE00 else 0x10000 - version


def _sane(numbers: Numbers) -> list[int]:
    return [number for number in numbers if not is_grease(number)]


def _list(numbers: list[int]) -> str:
    return ",".join([f"{number:04x}" for number in numbers])


def _hash(text: str) -> str:
    return sha256(text.encode("ascii")).hexdigest()[:12] if text else "000000000000"


@lru_cache(maxsize=4096)
def _fingerprints(
    transport: str, version: int, suites: Numbers, codes: Numbers, versions: Numbers, schemes: Numbers, protocol: bytes
) -> tuple[str, str, str]:
    sane_suites, sane_codes, sane_schemes = _sane(suites), _sane(codes), _list(_sane(schemes))
    newest = _VERSIONS.get(max(_sane(versions), key=_age, default=version), "00")
    name = "d" if SERVER_NAME in codes else "i"
    first = f"{transport}{newest}{name}{min(len(sane_suites), 99):02d}{min(len(sane_codes), 99):02d}{_ends(protocol)}"
    tail = f"_{sane_schemes}" if sane_schemes else ""
    sorted_suites = _list(sorted(sane_suites))
    kept = _list(sorted([code for code in sane_codes if code not in {SERVER_NAME, ALPN}]))
    return (
        f"{first}_{_hash(sorted_suites)}_{_hash(kept + tail if kept else '')}",
        f"{first}_{sorted_suites}_{kept}{tail}",
        f"{first}_{_list(sane_suites)}_{_list(sane_codes)}{tail}",
    )
