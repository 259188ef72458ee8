"""Values: what policies may ask about and no column of the handshakes table tells.

Here lives: how each is made, of the handshakes of an Observed: text, lists joined by NUL, numbers, None for null.  Here does not live:
their names and meanings (``subjects``), where they occur (``occurrence``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analyzer import registry
from analyzer.facts.hello import offered_versions
from analyzer.facts.story import values
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyzer.findings.policies.observed import Observed
    from analyzer.handshakes.handshake import Handshake
    from analyzer.x509.certificate import Certificate

__all__ = [
    "compressions", "curve_bits", "days_of", "extensions", "issued_hashes", "lists", "of_leaf", "plain_groups", "protocols", "versions",
]  # fmt: skip


def lists(code: int, namer: Callable[[int], str | None], tell: Callable[[Any], Iterable[int]] = tuple) -> Callable[[Observed], Any]:
    """Return what gives the names that an extension of the first ClientHello lists."""

    def numbers(handshake: Handshake) -> Iterable[int] | None:
        for extension in handshake.client_hello.extensions or () if handshake.client_hello else ():
            if extension.code == code:
                return tell(extension.value) if isinstance(extension.value, tuple) else None
        return None

    return lambda seen: seen.names_of(map(numbers, seen.things), namer)


def versions(handshake: Handshake) -> tuple[int, ...] | None:
    """Return what versions the first ClientHello offers, None where there is none."""
    greeting = handshake.client_hello
    if greeting is None:
        return None
    return offered_versions(greeting, values(greeting.extensions).get(codes.SUPPORTED_VERSIONS))


def extensions(which: str) -> Callable[[Observed], Any]:
    """Return what gives the names of the extensions of ``client_hello`` or ``server_hello``."""
    def numbers(handshake: Handshake) -> list[int] | None:
        message = getattr(handshake, which)
        return [extension.code for extension in message.extensions or ()] if message else None

    return lambda seen: seen.names_of(map(numbers, seen.things), registry.extension_name)


def of_leaf(tell: Callable[[Certificate], Any]) -> Callable[[Observed], Any]:
    """Return what gives something of the server's first certificate."""
    return lambda seen: (None if leaf is None else tell(leaf) for leaf in seen.leaves())


def issued_hashes(seen: Observed) -> Iterable[str | None]:
    """Walk the hashes of the signatures in each chain, roots' own left out (nobody checks them)."""
    from analyzer.x509 import read_certificate  # noqa: PLC0415 - only where a policy asks

    for one in seen.things:
        read = map(read_certificate, one.server_chain or ())
        yield "\0".join(dict.fromkeys(c.signature_hash for c in read if c.signature_hash and not c.self_issued)) or None


def days_of(tell: Callable[[Certificate, Handshake], int | None]) -> Callable[[Observed], Any]:
    """Return what gives days from ns; the certificates' own numbers, for the year 9999 is beyond 64 bits."""

    def days(seen: Observed) -> Iterable[float | None]:
        for leaf, one in zip(seen.leaves(), seen.things, strict=True):
            told = None if leaf is None else tell(leaf, one)
            yield None if told is None else told / 86_400e9

    return days


def protocols(seen: Observed) -> Iterable[str | None]:
    """Walk the names of the versions as TLS counts them."""
    return [registry.version_name(version) if version else None for version in seen.versions().tolist()]


def curve_bits(seen: Observed) -> Iterable[int | None]:
    """Walk the bits of the groups' classical parts."""
    numbers, known = seen.numbers("group_code")
    groups = {code: registry.group(code) for code in np.unique(numbers[known]).tolist()}
    return [group.bits if (group := groups.get(code)) else None for code in numbers.tolist()]


def compressions(seen: Observed) -> Iterable[str | None]:
    """Walk the compression methods: null where a server's hello chose none."""
    column = [name or (f"0x{code:02X}" if code > 0 else None) for name, code in zip(
        seen.frame["compression_method"].tolist(), seen.frame["compression_method_code"].tolist(), strict=True)]
    return [name or ("null" if answered == 1 else None) for name, answered in zip(column, seen.answered().tolist(), strict=True)]


def plain_groups(seen: Observed) -> Iterable[str | None]:
    """Walk the groups' names: RFC 7919's are the same before TLS 1.3, any other prime is told by what is known of it."""
    numbers, sized = seen.numbers("dh_bits")
    column = seen.named("group", "group_code")
    for name, bits, known in zip(column, numbers.tolist(), sized.tolist(), strict=True):
        yield name.removesuffix(" (RFC 7919)") if name else f"a DH prime of {bits} bits without a name" if known else None
