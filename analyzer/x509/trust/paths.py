"""Paths: from a leaf over issuers to a root, the best that there is.

Here lives: the search and its bounds, and which of two paths is the better one.  Here does not live: what may stand on a path
(``constraints``), what is told of it (``judge``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.x509.trust.constraints import faults_of_path, turning_points, valid_at
from analyzer.x509.trust.edges import Signatures, has_broken_key, key_ids_agree
from analyzer.x509.trust.name_constraints import Comparison
from analyzer.x509.trust.verdicts import Fault, gravity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.x509.trust.member import Member, NameKey
    from analyzer.x509.trust.pool import Pool
    from analyzer.x509.trust.store import TrustStore

__all__ = ["Effort", "Found", "Search"]

DEPTH = 16
"""Certificates on a path; OpenSSL takes 100, browsers 8 or so, the Web has 5."""

CHECKS = 200
"""Signatures computed for one chain, weighed by the size of the keys (20 ms): cross-signed CAs need ten."""

STEPS = 1000
"""Certificates put on a path in one search, whether or not their signatures were known."""

FAULTY = 64
"""Paths that end and are wrong, before the search does: what is wrong with all of them is wrong with the chain."""

FEW_CHECKS, FEW_LOOKS, FEW_COMPARISONS = 20, 200, 1 << 12
"""What any chain may take: signatures, candidates looked at, comparisons of names; cross-signed CAs need ten and some fifty."""

EFFORT = 20_000
"""What all chains of one judge may take beyond that, in signatures' worth (2 s).  Somebody who sends ever new knots of CAs wants our time:
afterwards each chain has the few alone, and what was not tried is told (``cut``)."""

_LOOK, _COMPARISON = 0.1, 0.01
"""What a candidate and a comparison of names cost, in signatures' worth."""

_SOURCES = {"store": 0, "sent": 1, "borrowed": 2}
_KEY_IDS = {True: 0, None: 1, False: 2}


class Found(msgspec.Struct, frozen=True, eq=False):
    """A path and what is wrong on it."""

    members: tuple[Member, ...]
    sources: tuple[str, ...]
    """Of each member: sent, borrowed, store."""
    signatures: tuple[bool | None, ...]
    """Of each step; one less than members."""
    anchor: str | None
    """Which store (or "named") the last one is a root of."""
    whole: bool
    """It ends at a root, known or not."""
    faults: tuple[Fault, ...]
    """The gravest first."""

    @property
    def rank(self) -> tuple[bool, bool, list[int], int]:
        """Order paths, the best first: no false signature, a known root, less grave and fewer faults, shorter."""
        forged = any(fault.word == "bad_signature" for fault in self.faults)
        return forged, self.anchor is None, [-gravity(fault.word) for fault in self.faults], len(self.members)


class Effort(msgspec.Struct):
    """What is left for chains that are costly."""

    left: float = EFFORT


class Search:
    """One search from one leaf at one time, depth first; the first path without a fault ends it."""

    def __init__(
        self, sent: Sequence[Member], pool: Pool, store: TrustStore, signatures: Signatures, at: int, purpose: str,
        effort: Effort | None = None,
    ) -> None:  # fmt: skip
        self._sent: dict[NameKey, list[Member]] = {}
        for member in sent:
            if member.signed:
                self._sent.setdefault(member.subject, []).append(member)
        self._pool, self._store, self._signatures, self._at, self._purpose = pool, store, signatures, at, purpose
        self._effort = effort or Effort()
        rested = self._effort.left > 0
        self._first_check = signatures.checked
        self._last_check = signatures.checked + (CHECKS if rested else FEW_CHECKS)
        self._most_looks = STEPS * FEW_LOOKS if rested else FEW_LOOKS
        self._steps = self._looks = self._faulty = 0
        self._known: dict[str, list[tuple[Member, str]]] = {}
        self._names = Comparison(None if rested else FEW_COMPARISONS)
        self._done = self._broken_key = False
        self.cut = False
        """The search ended at its bounds."""
        self.best: Found | None = None
        self.wanted: set[NameKey] = set()
        """Subjects that were looked for in the pool."""
        self.turning_points: set[int] = {point for member in sent for point in turning_points(member)}
        """Times before and after which the search may end otherwise."""

    def run(self, leaf: Member) -> Found:
        """Return the best path; one that consists of the leaf alone at least."""
        self._broken_key = not leaf.unreadable and has_broken_key(leaf)
        self._walk((leaf,), ("sent",), ())
        if self.best is None:
            self._end((leaf,), ("sent",), (), None, whole=False)
        self._effort.left -= max(self._signatures.checked - self._first_check - FEW_CHECKS, 0)
        self._effort.left -= max(self._looks - FEW_LOOKS, 0) * _LOOK + max(self._names.made - FEW_COMPARISONS, 0) * _COMPARISON
        assert self.best is not None
        return self.best

    def _anchor(self, member: Member) -> str | None:
        """Return which store trusts a certificate for this purpose, None where none does."""
        root = self._store.root(member.certificate.der)
        if root is not None and root.serves(self._purpose):
            return root.store
        return "named" if self._pool.trusts(member) else None

    def _candidates(self, child: Member) -> list[tuple[Member, str]]:
        """Return who could have issued a certificate, the likeliest first; their order as sent is no reason."""
        if not child.issuer:  # RFC 5280 section 4.1.2.4: an issuer has a name
            return []
        if child.sha256 in self._known:
            return self._known[child.sha256]
        self.wanted.add(child.issuer)
        sources = (("store", self._store.named), ("sent", lambda name: self._sent.get(name, ())), ("borrowed", self._pool.named))
        found: dict[str, tuple[Member, str]] = {}
        for source, named in sources:
            for member in named(child.issuer):
                found.setdefault(member.sha256, (member, source))
        for member, _ in found.values():
            self.turning_points.update(turning_points(member))
        self._known[child.sha256] = candidates = sorted(found.values(), key=lambda pair: self._preference(child, *pair))
        return candidates

    def _preference(self, child: Member, member: Member, source: str) -> tuple[int, bool, bool, int, int, str]:
        """Order candidates: key identifiers, validity, known roots, where from, the longest validity, anything."""
        key_ids = _KEY_IDS[key_ids_agree(child, member)]
        after = member.certificate.not_after or 0
        return key_ids, not valid_at(member, self._at), self._anchor(member) is None, _SOURCES[source], -after, member.sha256

    def _walk(self, path: tuple[Member, ...], sources: tuple[str, ...], signatures: tuple[bool | None, ...]) -> None:
        """Go on from the end of a path."""
        tip = path[-1]
        self._steps += 1
        anchor = self._anchor(tip)
        if anchor:
            self._end(path, sources, signatures, anchor, whole=True)
        own = self._signatures.hold(tip, tip) if tip.certificate.self_issued and not anchor else None
        if tip.certificate.self_issued and own is not False:
            if not anchor:
                self._end(path, sources, signatures, None, whole=True)
            return
        refused: list[tuple[Member, str]] = []
        went_on = False
        for member, source in self._candidates(tip) if len(path) < DEPTH else ():
            if self._done:
                return
            self._looks += 1
            if self._on(path, member):
                continue
            if self._steps >= STEPS or self._looks >= self._most_looks or self._signatures.checked >= self._last_check:
                self.cut = True
                break
            holds = self._signatures.hold(tip, member)
            if holds is False:
                # another CA of the same name is no forgery, and in a capture of labs such CAs abound
                if source != "borrowed" and key_ids_agree(tip, member) is not False:
                    refused.append((member, source))
                continue
            went_on = True
            self._walk((*path, member), (*sources, source), (*signatures, holds))
        if self._done or went_on or anchor:
            return
        if refused and not self.cut:
            member, source = refused[0]
            self._walk((*path, member), (*sources, source), (*signatures, False))
        else:
            self._end(path, sources, signatures, None, whole=own is False and key_ids_agree(tip, tip) is True)

    @staticmethod
    def _on(path: tuple[Member, ...], member: Member) -> bool:
        """Tell whether that name with that key is on the path."""
        key = member.certificate.spki
        return any(other.certificate.spki == key and other.subject == member.subject for other in path)

    def _end(
        self, path: tuple[Member, ...], sources: tuple[str, ...], signatures: tuple[bool | None, ...], anchor: str | None, *, whole: bool
    ) -> None:
        """Judge a path that leads no further, and keep it if it is the best so far."""
        faults = faults_of_path(path, self._at, self._purpose, self._names, whole=whole)
        if self._broken_key:
            faults.append(Fault("unreadable", 0, f"{path[0].title} has a public key that is none"))
        for position, holds in enumerate(signatures):
            faults += _signature(path[position], path[position + 1], position, holds)
        last = len(path) - 1
        tip = path[last]
        if anchor is None and whole:
            if self._signatures.hold(tip, tip) is False:
                text = f"{tip.title} names itself as issuer, and its signature does not hold under its own key"
                faults.append(Fault("bad_signature", last, text))
            text = f"the path ends at the root {tip.title}" if last else f"{tip.title} is its own issuer"
            known = self._store.root(tip.certificate.der) is not None
            text += ", which the trust store does not trust for this purpose" if known else ", which the trust store does not know"
            faults.append(Fault("private_ca" if last else "self_signed", last, text))
        elif anchor is None:
            issuer = tip.certificate.issuer
            text = f"the issuer of {tip.title} was not found: {issuer or 'it names none'}"[:400]
            faults.append(Fault("incomplete", last, f"more than {DEPTH} certificates" if len(path) >= DEPTH else text))
        faults.sort(key=lambda fault: (gravity(fault.word), fault.position))
        found = Found(path, sources, signatures, anchor, whole, tuple(faults))
        if self.best is None or found.rank < self.best.rank:
            self.best = found
        self._faulty += 1
        if self._faulty >= FAULTY:
            self.cut = self._done = True
        # what is wrong with the leaf itself is wrong on every path
        elsewhere = any(fault.position or fault.word in {"bad_signature", "unchecked_signature"} for fault in faults)
        if anchor is not None and not elsewhere:
            self._done = True


def _signature(child: Member, issuer: Member, position: int, holds: bool | None) -> list[Fault]:
    """Say what is wrong with a signature."""
    if holds:
        return []
    if holds is None:
        algorithm = child.certificate.signature_algorithm or "an unknown algorithm"
        text = f"the signature of {child.title} cannot be checked: {algorithm} under the key of {issuer.title}"
        return [Fault("unchecked_signature", position, text, "signature")]
    if not child.same_algorithm:
        text = f"{child.title} names one signature algorithm inside of what is signed and another outside"
    else:
        text = f"the signature of {child.title} does not hold under the key of {issuer.title}, which it names as its issuer"
    return [Fault("bad_signature", position, text, "signature")]
