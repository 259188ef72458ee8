"""Links: what depends on what, and the components that a version of the protocol comes to.

Here lives: versions as they were used and as they were only offered, dependencies between bom-refs.  Here does not live: gathering
(``assets``), CycloneDX (``components``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping  # noqa: TC003 - msgspec resolves field types at run time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from analyzer import registry
from analyzer.facts.texts import place_text
from analyzer.reports.cbom.asset import USED, Tally, certificate_ref, key_ref, protocol_ref
from analyzer.reports.cbom.exchanges import sealing, suited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.reports.cbom.asset import Protocol, Server
    from analyzer.reports.cbom.assets import Assets

__all__ = ["OFFERED", "ROOT", "Version", "dependencies", "made_of", "service_ref", "versions"]

ROOT = "capture"
"""bom-ref of what is described."""
OFFERED = "/offered"
"""What the bom-ref of a version ends in that holds what was only offered."""


class Version(msgspec.Struct, frozen=True):
    """A version of the protocol as one component: its bom-ref and name, suites with how often, bom-refs of what went with them."""

    ref: str
    name: str
    code: int
    suites: Mapping[int, int]
    beside: list[str]
    tally: Tally


def versions(one: Protocol, assets: Assets) -> Iterator[Version]:
    """Walk a version as it was used, and as it was only offered, where there is more of that."""
    name, ref = registry.version_name(one.code) or f"version 0x{one.code:04x}", protocol_ref(one.code)
    known = assets.algorithms
    if one.used:
        yield Version(ref, name, one.code, one.used, [other for other in one.used_with if other in known], one.tally)
    left = {code: count for code, count in one.offered.items() if code not in one.used}
    beside = [other for other in one.offered_with if other not in one.used_with and other in known]
    if left or beside or not one.used:
        tally = Tally(Counter({**one.tally.counts, USED: 0}), one.tally.seen)
        yield Version(ref + OFFERED, f"{name} (only offered)", one.code, left, beside, tally)


def dependencies(assets: Assets, known: set[str]) -> Iterator[dict[str, Any]]:
    """Walk what depends on what, of the ``known`` bom-refs, by bom-ref."""
    links: dict[str, Iterable[str]] = {ROOT: [ref for ref in known if ref.startswith(("service/", "crypto/protocol/"))]}
    for ref, (algorithm, _) in assets.algorithms.items():
        links[ref] = [part.ref for part in algorithm.parts]
    for protocol in assets.protocols.values():
        for version in versions(protocol, assets):
            links[version.ref] = [*version.beside, *(ref for suite in version.suites for ref in made_of(suite, version.code))]
    for one in assets.certificates.values():
        links[certificate_ref(one.sha256)] = [one.signature, *([key_ref(one.key)] if one.key else [])]
    links |= {key_ref(pin): [key.algorithm] for pin, key in assets.keys.items()}
    links |= {service_ref(server): server.uses for server in assets.servers.values()}
    for ref in sorted(links):
        others = sorted({other for other in links[ref] if other in known and other != ref})
        yield {"ref": ref, "dependsOn": others} if others else {"ref": ref}


def service_ref(one: Server) -> str:
    """Return the bom-ref of a server: where it is, and the name by which it was asked for."""
    return f"service/{one.transport}/{place_text(one.address, one.port)}" + (f"/{quote(one.name, safe='')}" if one.name else "")


def made_of(suite: int, version: int) -> Iterator[str]:
    """Walk the bom-refs of what a suite is made of in a version."""
    for algorithm in (*sealing(suite, version), *suited(suite)):
        yield algorithm.ref
