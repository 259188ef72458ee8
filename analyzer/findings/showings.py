"""Showings: which certificates and chains a scan shows, each distinct one once, until they are judged.

Here lives: telling what was shown before from what is new, what came with a chain (OCSP responses, timestamps), the bounds of that memory.
Here does not live: judging any of it (``judge``, ``presented``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.facts import TABLES as FACTS
from analyzer.facts import Book
from analyzer.facts.chains import shown as certificates_of
from analyzer.facts.identity import entries
from analyzer.findings.derived import SENDERS, Shown, extension
from analyzer.findings.evidence import evidence
from analyzer.findings.finding import MOST_HANDSHAKES
from analyzer.findings.memory import Marks
from analyzer.findings.presented import Presented
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import codes
from analyzer.tls.messages import CertificateStatus
from analyzer.tls.offers import OcspStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.facts.table import Row
    from analyzer.findings.repeats import Repeats
    from analyzer.handshakes.handshake import Handshake
    from analyzer.x509.trust import Judge

__all__ = ["Showings"]

MOST_CHAINS, MOST_CHAIN_BYTES = 4000, 16 << 20
"""Distinct chains (for each server name), and bytes of certificates and of what came with them, that wait until all intermediates were
seen; past it they are judged at once.  A chain that waits for several names is held once."""
HEAVY_BYTES = 1 << 20
"""Bytes of new certificates that wait to be asked of rules: their rows tell each name, and take ten times as much."""
MOST_TOLD = 200_000
"""Distinct certificates, and as many chains, that are remembered as judged (as hashes, 70 bytes each); past it the older half, where it was
not shown since, is judged again."""

_STATUS_REQUEST_V2 = 17  # RFC 6961
_CARRIERS = frozenset({codes.CERTIFICATE, codes.COMPRESSED_CERTIFICATE, codes.CERTIFICATE_STATUS})
"""Messages that may hold a stapled response."""

_PLACES = {column.name: place for place, column in enumerate(FACTS["handshakes"].columns)}
_CERTIFICATES, _CLIENT_CERTIFICATES = _PLACES["certificates"], _PLACES["client_certificates"]
_NAME, _BEFORE, _AFTER = _PLACES["server_name"], _PLACES["leaf_not_before"], _PLACES["leaf_not_after"]


class Showings:
    """Certificates and chains in the order in which they were shown first; ``moment`` gives the time to judge for.

    ``live``: a chain with another stapled response is another one, since what the responder says may change in weeks.
    """

    def __init__(self, trust: Judge, repeats: Repeats, moment: Callable[[int], int], *, live: bool = False) -> None:
        self.trust = trust
        """Who learns the chains."""
        self._repeats, self._moment, self._live = repeats, moment, live
        self._shown: list[tuple[Shown, Row]] = []
        self._shown_bytes = 0
        self._chains: dict[tuple[Any, ...], Presented] = {}
        self._held: dict[tuple[str, ...], tuple[bytes, ...]] = {}
        """The chains that wait, by the hashes of their certificates."""
        self._bytes = 0
        self._judged, self._told = Marks(MOST_TOLD), Marks(MOST_TOLD)

    @property
    def full(self) -> bool:
        """Whether so many chains wait that they should be judged now."""
        return len(self._chains) >= MOST_CHAINS or self._bytes > MOST_CHAIN_BYTES

    @property
    def heavy(self) -> bool:
        """Whether new certificates of so many bytes wait that the rules should be asked now."""
        return self._shown_bytes > HEAVY_BYTES

    @property
    def forgotten(self) -> int:
        """How many certificates and chains are forgotten, so that they are judged again where they are shown again."""
        return self._judged.forgotten + self._told.forgotten

    def certificates(self) -> list[tuple[Shown, Row]]:
        """Hand over the certificates that are new, each with its row of the certificates table."""
        shown, self._shown, self._shown_bytes = self._shown, [], 0
        return shown

    def chains(self) -> list[Presented]:
        """Hand over the chains that wait; what shows one of them again is judged already."""
        chains, self._chains, self._held, self._bytes = self._chains, {}, {}, 0
        for key in chains:
            self._judged.add(hash(key))
        return list(chains.values())

    def take(self, one: Handshake, row: Row) -> None:
        """Take the certificates of both sides: each distinct one, and each distinct chain for each name, once."""
        at = self._moment(one.start)
        before, after = row[_BEFORE], row[_AFTER]
        state = (before is not None and at < before) + 2 * (after is not None and at > after)
        sides = (SERVER, row[_CERTIFICATES], one.server_chain), (CLIENT, row[_CLIENT_CERTIFICATES], one.client_chain)
        for sender, hashes, chain in sides:
            if not chain:
                continue
            staples, visible = staple(one, sender)
            stapled = hash(staples) if self._live else bool(staples)
            key = (sender, tuple(hashes), row[_NAME] if sender == SERVER else None, state, stapled, visible)
            known = self._chains.get(key)
            if known is None:
                if hash(key) not in self._judged:
                    self._introduce(key, one, sender, chain, staples, visible=visible, at=at, name=row[_NAME])
                continue
            known.count += 1
            if len(known.handshakes) < MOST_HANDSHAKES:
                known.handshakes.append(one.number)

    def _introduce(
        self, key: tuple[Any, ...], one: Handshake, sender: str, chain: tuple[bytes, ...], staples: tuple[bytes, ...],
        *, visible: bool, at: int, name: str | None,
    ) -> None:  # fmt: skip
        """Take a chain that was not shown before under this name."""
        packets = evidence(one, (SENDERS[sender],))
        self.trust.learn(chain)
        self._bytes += sum(map(len, staples)) + (0 if key[1] in self._held else sum(map(len, chain)))
        held = self._held.setdefault(key[1], chain)
        self._chains[key] = Presented(
            held, sender, name if sender == SERVER else None, at, packets, one.number, one.start, [one.number], 1, staples,
            timestamps(one) if sender == SERVER else (), visible,
        )  # fmt: skip
        fresh = []
        for who, position, certificate in certificates_of(one):
            if who != sender:
                continue
            state = (certificate.not_before or at) > at, (certificate.not_after or at) < at
            told = hash((certificate.sha256, *state))
            if told not in self._told:
                self._told.add(told)
                fresh.append(Shown(certificate, one, sender, position, at))
            if position == 0 and sender == SERVER and name:
                self._repeats.issuer(name, certificate, one.number, packets[0] if packets else 0, one.start)
        if fresh:
            wanted = {shown.certificate.sha256 for shown in fresh}
            others = {certificate.sha256 for _, _, certificate in certificates_of(one)} - wanted
            rows = {row[0]: row for row in FACTS["certificates"].rows(one.number, one, Book([], certificates_told=others))}
            for shown in fresh:
                self._shown_bytes += shown.certificate.size
                self._shown.append((shown, rows[shown.certificate.sha256]))
                packet = packets[0] if packets else 0
                self._repeats.certificate(shown.certificate, one.number, packet, one.start, leaf=shown.position == 0)


def staple(handshake: Handshake, sender: str) -> tuple[tuple[bytes, ...], bool]:
    """Return the OCSP responses beside a side's chain, and whether one was to be expected: the client asked (RFC 6066 section 8)."""
    if sender != SERVER:
        return (), False
    for seen in handshake.seen:
        message = seen.message
        if seen.code not in _CARRIERS:
            continue
        if isinstance(message, CertificateStatus):
            return tuple(message.responses), True
        for leaf in entries(message)[:1] if seen.sender == SERVER else ():
            told = [one.value.response for one in leaf.extensions if isinstance(one.value, OcspStatus)]
            if told:
                return tuple(told), True
    asked = extension(handshake, codes.STATUS_REQUEST), extension(handshake, _STATUS_REQUEST_V2)
    return (), any(value is not None for value in asked)


def timestamps(handshake: Handshake) -> tuple[tuple[str, Any], ...]:
    """Return the timestamps that the handshake itself carries (RFC 6962 section 3.3.1)."""
    found = [extension(handshake, codes.SIGNED_CERTIFICATE_TIMESTAMP, server=True)]
    for leaf in [leaf for seen in handshake.seen if seen.sender == SERVER for leaf in entries(seen.message)[:1]]:
        found += [one.value for one in leaf.extensions if one.code == codes.SIGNED_CERTIFICATE_TIMESTAMP]
    return tuple(("tls", one) for value in found if isinstance(value, tuple) for one in value)
