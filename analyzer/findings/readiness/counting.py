"""Readiness: who offers post-quantum key exchange, who accepts it, who forces a classical one — by client, server and name.

Here lives: the counting, in memory that does not grow with the traffic, and the table.  Here does not live: what it says in words
(``telling``), what a figure counts (``marks``), whether any of it is demanded (the policies).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from analyzer.facts.table import Column
from analyzer.facts.texts import place_text
from analyzer.findings.policies.observed import Observed, coded
from analyzer.findings.readiness.marks import FIGURES, MOST_GROUPS, marks, offers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.facts.table import Row
    from analyzer.findings.frame import Array, Frame, Mask
    from analyzer.findings.policies.observed import Coded

__all__ = ["ABOUTS", "COLUMNS", "MOST_NAMES", "OTHERS", "Count", "Readiness"]

ABOUTS = {
    "all": "every handshake", "client": "clients by their JA4", "server": "servers by address and port", "server_name": "names asked for",
}  # fmt: skip
"""What is counted apart -> what its names are."""
MOST_NAMES = 2000
"""Names counted apart for each of client, server and server_name; a scanner's traffic may have millions.  One takes 1 kB, at worst 7."""
MOST_SIZES, MOST_SIZES_OF_ALL = 32, 4096
"""Distinct lengths of ClientHellos that a row and that of all keep; past it they are rounded up, to multiples of 2, 4, 8 … bytes."""
OTHERS = "(others)"
"""The name of all those beyond ``MOST_NAMES``."""

COLUMNS = (
    Column("about", "text", "; ".join(f"{about}: {meaning}" for about, meaning in ABOUTS.items()) + "."),
    Column("name", "text", f"JA4, address and port, or name; null for all; {OTHERS} for those past the first {MOST_NAMES} of their kind."),
    *(Column(name, "int", doc) for name, doc in FIGURES.items()),
    Column("offered_share", "float", "offered / handshakes; null without a base."),
    Column("key_share_share", "float", "key_share_sent / offered; null without a base."),
    Column("accepted_share", "float", "accepted / answered; null without a base."),
    Column("hello_bytes_median", "float", "Median length of the first ClientHello's body in bytes, of those where it is known."),
    Column("hello_bytes_max", "int", "The longest."),
    Column("groups", "texts", f"Post-quantum groups offered, the first {MOST_GROUPS} in order of appearance."),
    Column("groups_accepted", "texts", "Post-quantum groups chosen."),
)
"""The columns of the table readiness."""


class Count(msgspec.Struct):
    """What is counted of one client, server or name."""

    figures: Array = msgspec.field(default_factory=lambda: np.zeros(len(FIGURES), dtype=np.int64))
    sizes: dict[int, int] = {}
    """Length of a ClientHello -> how many; rounded up to ``step``."""
    most_sizes: int = MOST_SIZES
    step: int = 1
    largest: int = 0
    groups: dict[str, list[int]] = {}
    """Post-quantum group -> times offered, times offered and answered, times accepted."""

    def __getitem__(self, figure: str) -> int:
        """Return a figure by its name."""
        return int(self.figures[_PLACES[figure]])

    def add_size(self, size: int, times: int) -> None:
        """Count ClientHellos of one length."""
        self.largest = max(self.largest, size)
        self._add(size, times)
        while len(self.sizes) > self.most_sizes:
            self.step *= 2
            before, self.sizes = self.sizes, {}
            for known, count in before.items():
                self._add(known, count)

    def _add(self, size: int, times: int) -> None:
        rounded = -(-size // self.step) * self.step
        self.sizes[rounded] = self.sizes.get(rounded, 0) + times

    def median(self) -> float | None:
        """Return the median length: exact up to ``most_sizes`` distinct lengths, else less than ``step`` bytes too long."""
        total = sum(self.sizes.values())
        if not total:
            return None
        ends = []
        for place in ((total - 1) // 2, total // 2):
            passed = 0
            for size in sorted(self.sizes):
                passed += self.sizes[size]
                if passed > place:
                    ends.append(size)
                    break
        return sum(ends) / 2


_PLACES = {figure: place for place, figure in enumerate(FIGURES)}


class Readiness:
    """Give it frames of handshakes, ask it for rows.  It holds at most three times ``most_names`` counts, whatever it is given."""

    def __init__(self, most_names: int = MOST_NAMES) -> None:
        self._most = most_names
        self.counts: dict[str, dict[str | None, Count]] = {about: {} for about in ABOUTS}
        self.total = self.counts["all"][None] = Count(most_sizes=MOST_SIZES_OF_ALL)
        self.unread = 0
        """Handshakes whose ClientHello is not in the capture; they are in no figure."""

    def add(self, frame: Frame | Observed) -> None:
        """Count the handshakes of a frame."""
        seen = frame if isinstance(frame, Observed) else Observed(frame)
        greeted = seen.greeted() == 1
        self.unread += int((~greeted).sum())
        if not greeted.any():
            return
        marked = marks(seen, greeted)
        sizes, sized = seen.numbers("client_hello_bytes")
        sizes = np.where(sized & greeted, sizes, -1)
        offered, groups = offers(seen), seen.texts("group")
        for about, names in _names(seen).items():
            codes_, told = names
            places = np.where(greeted, codes_, -1)
            if about != "all":
                places = np.where(codes_ > 0, places, -1)  # no name, nothing to count under
            rows = places >= 0
            sums = np.array([np.bincount(places[rows & mark], minlength=len(told)) for mark in marked.values()])
            for code in np.unique(places[rows]).tolist():
                self._count(about, told[code]).figures += sums[:, code]
            self._sizes(about, told, places, sizes)
            self._groups(about, told, places, marked, offered, groups)

    def _count(self, about: str, name: str | None) -> Count:
        counts = self.counts[about]
        count = counts.get(name)
        if count is None:
            if len(counts) >= self._most:
                name = OTHERS
            count = counts.setdefault(name, Count())
        return count

    def _sizes(self, about: str, told: list[Any], places: Array, sizes: Array) -> None:
        rows = (places >= 0) & (sizes >= 0)
        pairs, times = np.unique(np.stack([places[rows], sizes[rows]]), axis=1, return_counts=True)
        for code, size, count in zip(*pairs.tolist(), times.tolist(), strict=True):
            self._count(about, told[code]).add_size(size, count)

    def _groups(self, about: str, told: list[Any], places: Array, marked: dict[str, Mask], offered: Any, groups: Coded) -> None:
        lists, named = offered
        answered, accepted = marked["answered"], marked["accepted"]
        rows = (places >= 0) & marked["offered"]
        keys = np.stack([places[rows], lists[rows], answered[rows], np.where(accepted[rows], groups.codes[rows], 0)])
        distinct, times = np.unique(keys, axis=1, return_counts=True)
        for code, listed, was_answered, chosen, count in zip(*distinct.tolist(), times.tolist(), strict=True):
            kept = self._count(about, told[code]).groups
            for name in named[listed]:
                if name in kept or len(kept) < MOST_GROUPS:
                    figures = kept.setdefault(name, [0, 0, 0])
                    figures[0] += count
                    figures[1] += count * was_answered
                    figures[2] += count * (groups.values[chosen] == name)

    def rows(self) -> Iterator[Row]:
        """Walk the rows: all, then clients, servers and names, each with the most handshakes first."""
        for about, counts in self.counts.items():
            for name, count in sorted(counts.items(), key=lambda item: (-item[1]["handshakes"], item[0] or "")):
                yield row(about, name, count)


def row(about: str, name: str | None, count: Count) -> Row:
    """Return one count as a row of the table."""
    return (
        about,
        name,
        *count.figures.tolist(),
        share(count["offered"], count["handshakes"]),
        share(count["key_share_sent"], count["offered"]),
        share(count["accepted"], count["answered"]),
        count.median(),
        count.largest or None,
        list(count.groups) or None,
        [group for group, (_, _, accepted) in count.groups.items() if accepted] or None,
    )


def share(part: int, base: int) -> float | None:
    """Return part / base, None without a base."""
    return part / base if base else None


def _names(seen: Observed) -> dict[str, Any]:
    """Return under which names each handshake is counted: codes and the names that they stand for."""
    nobody = np.zeros(len(seen), dtype=np.int32), [None]
    return {
        "all": nobody,
        "client": seen.texts("ja4"),
        "server": coded(map(place_text, seen.frame["server"].tolist(), seen.frame["server_port"].tolist()), split=False),
        "server_name": seen.texts("server_name"),
    }
