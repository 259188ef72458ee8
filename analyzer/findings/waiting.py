"""Waiting: chains that do not lead to a trusted root, until a certificate comes by which they may — live, where nobody waits for the end.

Here lives: which chains wait, for which names, how many.  Here does not live: judging them (``presented``, ``live``), what is borrowed
(``x509.trust.pool``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.memory import Marks
from analyzer.x509.trust.member import name_key, read_member, subject_of
from analyzer.x509.trust.pool import SENT
from analyzer.x509.trust.verdicts import gravity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.findings.presented import Judged, Presented

__all__ = ["Waiting"]

MOST_WAITING, MOST_BYTES = 1000, 4 << 20
"""Chains (whatever the server names) and bytes of them and of what came with them; past it the oldest waits no more.  What leads
nowhere in honest traffic are a few dozen private CAs."""
MOST_SEEN = 50_000
"""Certificates that are remembered as having come, 70 bytes each; past it some are only looked up again."""
MOST_DUE = 20
"""Chains that are judged anew at a time, a millisecond each; the others come at the next."""


class Waiting:
    """``put`` what was judged and is not trusted, tell which chains ``came``; ``due`` gives those that may be judged better now."""

    def __init__(self) -> None:
        self._chains: dict[int, tuple[Presented, int, tuple[int, ...]]] = {}
        """Chain -> as shown first, gravity of its verdict, hashes of the names of who may have issued what is on its path."""
        self._named: dict[int, dict[int, None]] = {}
        """Hash of a name -> the chains that wait for it."""
        self._due: dict[int, None] = {}
        self._seen = Marks(MOST_SEEN)
        self._bytes = 0
        self.dropped = 0
        """How many wait no more for want of room."""

    def __len__(self) -> int:
        """Return how many chains wait."""
        return len(self._chains)

    @staticmethod
    def key(shown: Presented) -> int:
        """Return what tells one chain from another."""
        return hash((shown.role, shown.chain))

    def put(self, one: Judged) -> None:
        """Have a judged chain wait, under the name by which it came first; a trusted one waits for nothing."""
        key, verdict = self.key(one.shown), one.verdict
        if verdict.verdict == "trusted":
            self._drop(key)
        if verdict.verdict == "trusted" or key in self._chains:
            return
        path = verdict.certificates
        names = tuple({*map(_subject, path[1:]), *(hash(read_member(encoded).issuer) for encoded in path[-1:])})
        self._chains[key] = (one.shown, gravity(verdict.verdict), names)
        self._bytes += _size(one.shown)
        for name in names:
            self._named.setdefault(name, {})[key] = None
        while len(self._chains) > MOST_WAITING or (self._bytes > MOST_BYTES and self._chains):
            self._drop(next(iter(self._chains)))
            self.dropped += 1

    def came(self, chains: Iterable[Sequence[bytes]]) -> None:
        """Take chains that were shown first now: one of their certificates may be what another waits for."""
        for encoded in dict.fromkeys(encoded for chain in chains for encoded in chain[:SENT]):
            mark = hash(encoded)
            if mark not in self._seen:
                self._seen.add(mark)
                self._due.update(self._named.get(_subject(encoded), {}))

    def due(self) -> list[tuple[Presented, int]]:
        """Hand over chains to judge anew, with how grave their verdicts were; ``put`` them back."""
        keys = list(self._due)[:MOST_DUE]
        told = []
        for key in keys:
            shown, before, _ = self._chains[key]
            told.append((shown, before))
            self._drop(key)
        return told

    def _drop(self, key: int) -> None:
        """Let a chain wait no more."""
        self._due.pop(key, None)
        known = self._chains.pop(key, None)
        if known is None:
            return
        self._bytes -= _size(known[0])
        for name in known[2]:
            self._named[name].pop(key, None)
            if not self._named[name]:
                del self._named[name]


def _subject(encoded: bytes) -> int:
    """Return the hash of a certificate's subject, made alike."""
    return hash(name_key(subject_of(encoded) or b""))


def _size(shown: Presented) -> int:
    return sum(map(len, shown.chain)) + sum(map(len, shown.responses))
