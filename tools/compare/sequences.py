"""Ladders beside Wireshark: are their readable messages, packet by packet, those that tshark saw, and is each difference explained?

    python tools/compare/sequences.py FOLDER [--only TEXT] [--explained FILE]

FOLDER has ``oracle.ndjson`` (one JSON object a line: file, streams; a stream's ``hs_seq`` is [packet, sender, HandshakeType] for each
message that tshark saw in plaintext) and ``captures/``.  Two ends that talk are one talk, however often they connected.  A rung stands in
the packet that completed its message, as tshark's does.  Prints how many talks are equal, and each that is not and that
``sequences.toml`` has no reason for; then the exit code is 1.

Here lives: the comparison.  Here does not live: ladders (``analyzer.ladders``), who is right (``sequences.toml``).
"""
# ruff: noqa: INP001, T201 - a script for people

from __future__ import annotations

import argparse
import collections
import fnmatch
import json
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import analyzer
from analyzer.facts.texts import address_text
from analyzer.ladders.reading import ladder
from analyzer.ladders.spoken import message_name

__all__ = ["Difference", "explain", "main", "oracle", "ours"]

EXPLAINED = Path(__file__).with_name("sequences.toml")
CODE = 0xFF
"""The part of a code that is a HandshakeType: 256 marks those of SSL 2.0."""

Step = tuple[int, str, int]
"""Packet, sender as address:port, HandshakeType."""
Talks = dict[tuple[str, str], list[Step]]


class Difference(NamedTuple):
    """A talk that is told differently."""

    capture: str
    ends: tuple[str, str]
    wanted: list[Step]
    shown: list[Step]

    @property
    def lacking(self) -> list[Step]:
        """What tshark saw and no rung shows."""
        return [*(collections.Counter(self.wanted) - collections.Counter(self.shown)).elements()]

    @property
    def beyond(self) -> list[Step]:
        """What a rung shows and tshark did not see."""
        return [*(collections.Counter(self.shown) - collections.Counter(self.wanted)).elements()]


def oracle(streams: list[dict[str, Any]]) -> Talks:
    """Return what tshark saw."""
    talks: Talks = collections.defaultdict(list)
    for stream in streams:
        ends = sorted((f"{stream['src']}:{stream['sport']}", f"{stream['dst']}:{stream['dport']}"))
        talks[ends[0], ends[1]] += [(packet, sender, code) for packet, sender, code in stream.get("hs_seq", [])]
    return _sorted(talks)


def ours(path: Path) -> Talks:
    """Return what the ladders of a capture show."""
    talks: Talks = collections.defaultdict(list)
    walk = analyzer.stream(path)
    for _, made in walk:
        drawn = ladder(made, [source.name for source in walk.sources])
        place = {"client": _end(made.client), "server": _end(made.server)}
        ends = sorted(place.values())
        codes = collections.defaultdict(collections.deque)
        for seen in made.seen:
            if seen.code is not None and seen.code >= 0:
                codes[seen.sender, message_name(seen)].append(seen.code & CODE)
        for rung in drawn.rungs:
            left = codes[rung.sender, rung.name]  # none of what tshark passes over: a hello said again, a Finished with only a MAC
            if rung.kind == "message" and rung.name != "ChangeCipherSpec" and left:
                talks[ends[0], ends[1]].append((rung.last_packet or 0, place[rung.sender], left.popleft()))
    return _sorted(talks)


def _end(end: Any) -> str:
    return f"{address_text(end.address)}:{end.port}"


def _sorted(talks: Talks) -> Talks:
    return {ends: sorted(steps, key=lambda step: step[:2]) for ends, steps in talks.items() if steps}


def explain(difference: Difference, reasons: list[dict[str, Any]]) -> str | None:
    """Return the reason of a difference: the first row whose patterns fit.

    ``capture`` is a pattern of names, ``lacking`` and ``beyond`` the types that may be so (none where a row does not name them);
    ``again``: also those that the same sender said before.
    """
    told = {step[1:] for step in difference.shown}
    fresh = {step[2] for step in difference.lacking if step[1:] not in told}
    again = {step[2] for step in difference.lacking} - fresh
    beyond = {step[2] for step in difference.beyond}
    for row in reasons:
        lacking = fresh if row.get("again") else fresh | again
        named = set(row.get("lacking", ())), set(row.get("beyond", ()))
        if fnmatch.fnmatchcase(difference.capture, row["capture"]) and lacking <= named[0] and beyond <= named[1]:
            return str(row["reason"])
    return None


def main(argv: list[str]) -> int:
    """Compare, print, and return 1 where something is not explained."""
    parser = argparse.ArgumentParser(description="Ladders beside Wireshark.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", metavar="TEXT", help="captures whose name has this")
    parser.add_argument("--explained", type=Path, default=EXPLAINED)
    options = parser.parse_args(argv)
    reasons = tomllib.loads(options.explained.read_text())["explained"]
    count: collections.Counter[str] = collections.Counter()
    told: collections.Counter[str] = collections.Counter()
    open_: list[Difference] = []
    for line in (options.folder / "oracle.ndjson").read_text().splitlines():
        row = json.loads(line)
        if options.only not in row["file"]:
            continue
        wanted, shown = oracle(row["streams"]), ours(options.folder / "captures" / row["file"])
        count["captures"] += 1
        for ends in sorted({*wanted, *shown}):
            one = Difference(row["file"], ends, wanted.get(ends, []), shown.get(ends, []))
            count["talks"] += 1
            count["messages"] += len(one.wanted)
            if one.wanted == one.shown:
                count["equal"] += 1
                count["messages of equal talks"] += len(one.wanted)
            elif reason := explain(one, reasons):
                told[reason] += 1
            else:
                open_.append(one)
    for name, number in count.items():
        print(f"{number:6} {name}")
    for reason, number in told.most_common():
        print(f"{number:6} differ: {reason}")
    for one in open_:
        print(f"not explained: {one.capture} {' '.join(one.ends)}\n  lacking {one.lacking[:12]}\n  beyond  {one.beyond[:12]}"
              + ("" if one.lacking or one.beyond else f"\n  order   {one.wanted[:12]}\n  shown   {one.shown[:12]}"))  # fmt: skip
    print(f"{len(open_):6} not explained")
    return int(bool(open_))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
