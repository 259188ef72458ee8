"""Asset: what a CBOM is about, as it is gathered: how often it was seen in which role, the first packets that prove it.

Here lives: the nouns, their roles, their bom-refs.  Here does not live: gathering (``assets``), CycloneDX (``components``).
"""

from __future__ import annotations

from bisect import insort
from collections import Counter

import msgspec

from analyzer import registry

__all__ = [
    "BY_CLIENT", "BY_SERVER", "CERTIFYING", "USED", "Certificate", "Key", "Place", "Protocol", "Server", "Tally",
    "certificate_ref", "key_ref", "protocol_ref",
]  # fmt: skip

USED, BY_CLIENT, BY_SERVER, CERTIFYING = "used", "offered-by-client", "offered-by-server", "certified-by"
"""Roles, as they stand in properties and occurrences."""
OCCURRENCES = 10
"""Packets told of an asset in a role; the first ones."""

Place = tuple[int, str, int]
"""Packet id, message, handshake."""


class Tally(msgspec.Struct):
    """How often an asset was seen in each role, and the first packets that show it in each."""

    counts: Counter[str] = msgspec.field(default_factory=Counter)
    seen: dict[str, list[Place]] = msgspec.field(default_factory=dict)

    def add(self, role: str, place: Place, count: int = 1) -> None:
        """Count."""
        self.counts[role] += count
        places = self.seen.setdefault(role, [])
        if len(places) < OCCURRENCES or place < places[-1]:
            insort(places, place)
            del places[OCCURRENCES:]


class Protocol(msgspec.Struct):
    """A version of the protocol: suites negotiated and offered, the bom-refs of groups and signatures that went with them."""

    code: int
    tally: Tally = msgspec.field(default_factory=Tally)
    used: Counter[int] = msgspec.field(default_factory=Counter)
    offered: Counter[int] = msgspec.field(default_factory=Counter)
    used_with: dict[str, None] = msgspec.field(default_factory=dict)
    offered_with: dict[str, None] = msgspec.field(default_factory=dict)


class Certificate(msgspec.Struct):
    """A certificate that was shown, as its row told it first."""

    sha256: str
    name: str
    subject: str | None
    issuer: str | None
    not_before: int | None
    not_after: int | None
    signature: str
    """bom-ref of the algorithm that signed it."""
    key: str | None
    """Hex SHA-256 of its public key."""
    faults: int
    tally: Tally = msgspec.field(default_factory=Tally)


class Key(msgspec.Struct):
    """A public key that certificates hold."""

    algorithm: str
    """Its bom-ref."""
    name: str
    size: int | None
    certificates: int = 0
    places: list[Place] = []


class Server(msgspec.Struct):
    """A server: a name at an address and port, and the bom-refs of what it used."""

    name: str | None
    address: str
    port: int
    transport: str
    handshakes: int = 0
    complete: int = 0
    uses: dict[str, None] = msgspec.field(default_factory=dict)


def protocol_ref(version: int) -> str:
    """Return the bom-ref of a version of the protocol, as it was used."""
    name = registry.version_name(version)
    return f"crypto/protocol/{name.lower().replace(' ', '-')}" if name else f"crypto/protocol/0x{version:04x}"


def certificate_ref(sha256: str) -> str:
    """Return the bom-ref of a certificate."""
    return f"crypto/certificate/{sha256}"


def key_ref(pin: str) -> str:
    """Return the bom-ref of a public key, by the hex SHA-256 of its SubjectPublicKeyInfo."""
    return f"crypto/key/{pin}"
