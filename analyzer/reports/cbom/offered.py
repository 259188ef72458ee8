"""Offered: what clients offer in their hellos, and servers in their requests for certificates.

Here lives: hellos and requests → algorithms and suites by version.  Hellos that offer the same are counted together, for real clients
repeat themselves.  Here does not live: what was chosen (``assets``).  GREASE (RFC 8701) means nothing and is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer import registry
from analyzer.facts.hello import offered_versions
from analyzer.facts.story import values
from analyzer.handshakes.handshake import SERVER
from analyzer.reports.cbom.asset import BY_CLIENT, BY_SERVER, OCCURRENCES, Place
from analyzer.reports.cbom.exchanges import TLS12, group, sealing, suited
from analyzer.reports.cbom.keys import scheme
from analyzer.tls import codes
from analyzer.tls.messages import CertificateRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.handshakes.handshake import Handshake
    from analyzer.reports.cbom.algorithm import Algorithm
    from analyzer.reports.cbom.assets import Assets

__all__ = ["Offers", "requested"]

PROFILES = 1_000
"""Different offers kept before they are counted and forgotten."""
LONGEST = 1_000
"""Numbers read of one list; real ones have up to two hundred."""
SIGNATURE_ALGORITHMS_CERT = 50
"""RFC 8446 section 4.2.3."""

Profile = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""Versions, cipher suites, groups, signature schemes."""


class _Count(msgspec.Struct):
    """How many hellos offer the same, and where the first are."""

    hellos: int = 0
    places: list[Place] = []


def _plain(numbers: Iterable[int] | None) -> tuple[int, ...]:
    """Return the numbers without GREASE, each once."""
    return tuple(dict.fromkeys([code for code in tuple(numbers or ())[:LONGEST] if not registry.is_grease(code)]))


class Offers:
    """Add handshakes, then finish."""

    def __init__(self, assets: Assets) -> None:
        """Begin; ``assets`` takes what is counted."""
        self._assets = assets
        self._profiles: dict[Profile, _Count] = {}

    def add(self, handshake: Handshake) -> None:
        """Take in the first hello of a client."""
        hello = handshake.client_hello
        if hello is None:
            return
        offered = values(hello.extensions)
        profile = (
            _plain(offered_versions(hello, offered.get(codes.SUPPORTED_VERSIONS))),
            _plain(hello.cipher_suites),
            _plain([*_list(offered.get(codes.SUPPORTED_GROUPS)), *[share.group for share in _list(offered.get(codes.KEY_SHARE))]]),
            _plain([*_list(offered.get(codes.SIGNATURE_ALGORITHMS)), *_list(offered.get(SIGNATURE_ALGORITHMS_CERT))]),
        )
        count = self._profiles.get(profile)
        if count is None:
            if len(self._profiles) >= PROFILES:
                self.finish()
            count = self._profiles[profile] = _Count(places=[])
        count.hellos += 1
        if len(count.places) < OCCURRENCES:
            first = handshake.packets[0] if handshake.packets else 0
            packet = next((seen.packet for seen in handshake.seen if seen.message is hello), first)
            count.places.append((packet, "ClientHello", handshake.number))

    def finish(self) -> None:
        """Count what was taken in."""
        for profile, count in self._profiles.items():
            self._expand(profile, count)
        self._profiles.clear()

    def _expand(self, profile: Profile, count: _Count) -> None:
        versions, suites, groups, schemes = profile
        algorithms: dict[Algorithm, None] = {}
        named = [*map(group, groups), *map(scheme, schemes)]
        for version in versions:
            protocol = self._assets.protocol(version)
            if protocol is None:
                continue
            first, *others = count.places
            protocol.tally.add(BY_CLIENT, first, count.hellos - len(others))
            for place in others:
                protocol.tally.add(BY_CLIENT, place)
            for code in suites:
                if fits(code, version):
                    self._assets.suite(protocol.offered, code, count.hellos)
                    algorithms |= dict.fromkeys((*sealing(code, version), *suited(code)))
            for algorithm in named:
                if (codes.is_tls13(version) or algorithm.primitive not in {"kem", "combiner"}) and len(protocol.offered_with) < LONGEST:
                    protocol.offered_with[algorithm.ref] = None
        self._assets.count([*algorithms, *named], BY_CLIENT, count.places, count.hellos)


def _list(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()


def fits(code: int, version: int) -> bool:
    """Tell whether a suite may be chosen in a version: those of TLS 1.3 only there (RFC 8446 appendix B.4), others not there.

    Those with an AEAD or SHA-2 need TLS 1.2 (RFC 5246 section 1.2, RFC 5288 section 4).  Signalling values are no suites.
    """
    suite = registry.cipher_suite(code)
    if suite is None:
        return registry.cipher_suite_name(code) is None
    if suite.sslv2 or version == 0x0002:
        return suite.sslv2 == (version == 0x0002)
    modern = suite.key_exchange is None
    if codes.is_tls13(version) or modern:
        return codes.is_tls13(version) and modern
    return version in {TLS12, 0xFEFD, 0x0101} or not (suite.aead or suite.mac in {"SHA256", "SHA384"})


def requested(assets: Assets, handshake: Handshake) -> None:
    """Count the signature schemes that a server would take of a client's certificate (CertificateRequest)."""
    for seen in handshake.seen:
        if seen.sender == SERVER and isinstance(seen.message, CertificateRequest):
            extensions = values(seen.message.extensions)
            asked = (seen.message.signature_schemes, *(_list(extensions.get(code)) for code in (13, SIGNATURE_ALGORITHMS_CERT)))
            schemes = map(scheme, _plain(code for numbers in asked for code in numbers or ()))
            assets.count(schemes, BY_SERVER, ((seen.packet, "CertificateRequest", handshake.number),), 1)
            return
