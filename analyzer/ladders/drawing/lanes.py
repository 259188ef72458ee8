"""Lanes: what goes from top to bottom beside the arrows — lifelines with the keys of each side, times, steps, packets and sizes.

Here lives: these columns.  Here does not live: the arrows (``arrows``), what stands above and below all (``captions``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.ladders.drawing.arrows import key_class, padlock
from analyzer.ladders.drawing.ink import cut, element, label, measure, path, rect, safe, title
from analyzer.ladders.drawing.placing import CLIENT_X, MIDDLE, SERVER_X, SHORT, WIDTH
from analyzer.ladders.phrases import lasted
from analyzer.ladders.words import waited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.ladders.drawing.placing import Place
    from analyzer.ladders.ladder import Ladder
    from analyzer.ladders.words import Wording

__all__ = ["columns", "lifelines", "steps", "waits"]

_SIDES = {"client": (CLIENT_X, 1), "server": (SERVER_X, -1)}
"""side -> where its lifeline is, and the way to the other."""
_EDGE = 24
_BESIDE = 22
"""From a lifeline to the bracket of a step, outside."""
_SMALL = 11.5


def lifelines(ladder: Ladder, placed: Sequence[Place], top: float, bottom: float) -> Iterator[str]:
    """Draw both lifelines, filled from where their side encrypts, with the name of the keys where they change."""
    for side, (x, way) in _SIDES.items():
        yield rect(x - 4, top, 8, bottom - top, "life", 3)
        changes = [place for place in placed if place.tag is not None and place.rung.sender == side]
        for at, place in enumerate(changes):
            assert place.tag is not None
            end = changes[at + 1].tag if at + 1 < len(changes) else bottom
            epoch = ladder.epochs[place.rung.epoch or 0]
            sealed = place.rung.encrypted or not epoch.readable
            class_ = key_class(epoch.name)
            if sealed:
                yield rect(x - 5, place.tag, 10, (end or bottom) - place.tag, f"band {class_}", 3)
            yield _tag(x, way, place.tag, safe(epoch.name), class_ if sealed else "open", sealed=sealed)


def _tag(x: float, way: int, y: float, name: str, class_: str, *, sealed: bool) -> str:
    """Write the name of keys beside a lifeline, in a small box."""
    text = cut(name, 250, _SMALL, bold=True)
    width = measure(text, _SMALL, bold=True) + (32 if sealed else 16)
    left = x + 10 if way > 0 else x - 10 - width
    box = rect(left, y - 9, width, 18, "tagbox", 9)
    lock = element("g", padlock(left + 7, y - 7.5), class_="tiny") if sealed else ""
    words = label(left + (22 if sealed else 8), y + 4, text, "tag")
    return element("g", title(f"from here on: {name}") + box + lock + words, class_=f"tagged {class_}")


def waits(placed: Sequence[Place]) -> Iterator[str]:
    """Tell how long each side took to answer, beside its lifeline; break the lifelines where nobody could draw the wait."""
    for place in placed:
        if place.skipped:
            yield label(MIDDLE, place.top + 15, f"{place.skipped:,} more that are not drawn", "note", "middle")
            yield from (path(f"M{x - 7} {place.top + 14:.1f}l14 -6m0 6l-14 6", "break") for x, _ in _SIDES.values())
        if place.broken is not None:
            yield from (path(f"M{x - 8} {place.broken + 2:.1f}l16 -7m0 6l-16 7", "break") for x, _ in _SIDES.values())
        if place.wait is not None:
            x, way = _SIDES.get(place.rung.sender, _SIDES["client"])
            top, beside = place.wait - 4, x + way * (14 if place.broken is None else 22)
            glass = path(f"M{beside - 4} {top - 5:.1f}h8l-8 10h8z", "glass")
            yield glass + label(beside + way * 10, place.wait, waited(place.rung), "wait", "start" if way > 0 else "end")


def columns(placed: Sequence[Place], words: Wording) -> Iterator[str]:
    """Write the time of each rung at the left, packets and sizes at the right."""
    for place in placed:
        rung = place.rung
        yield label(_EDGE + 66, place.arrow + 4, words.at(rung), "time", "end")
        if rung.after is not None and rung.after >= SHORT and place.arrow - 26 - place.top >= 12:
            middle = place.wait or (place.broken + 4 if place.broken is not None else place.top + 10)
            yield label(_EDGE + 66, middle, f"+{lasted(rung.after)}", "since long" if place.broken is not None else "since", "end")
        packets, told = words.packets(rung), f"{rung.length:,} byte{'' if rung.length == 1 else 's'}" if rung.length is not None else ""
        first, second = (packets, told) if packets else (told, "")
        x, room = WIDTH - _EDGE, 110.0
        yield label(x, place.arrow + (4 if not second else -3), cut(first, room, _SMALL), "packet", "end")
        yield label(x, place.arrow + 12, cut(second, room, _SMALL), "size", "end")
        if len(rung.records) > 1:
            yield label(x, place.arrow + 26, f"{len(rung.records)} records", "size", "end")


def steps(placed: Sequence[Place]) -> Iterator[str]:
    """Write the number of a step outside its sender's lifeline, with a bracket along the rungs that share it."""
    for side, (x, way) in _SIDES.items():
        runs: list[list[Place]] = []
        for place in placed:
            if place.rung.step is None:
                continue
            if place.rung.sender == side and runs and runs[-1] and runs[-1][0].rung.step == place.rung.step:
                runs[-1].append(place)
            elif place.rung.sender == side:
                runs.append([place])
            elif runs and runs[-1]:
                runs.append([])  # the other side's step ends a run
        for run in filter(None, runs):
            yield _step(x - way * _BESIDE, way, run)


def _step(x: float, way: int, run: Sequence[Place]) -> str:
    """Write one step: its number in a disc, or "flight 2" in a box, where its first rung is."""
    text = cut(safe(run[0].rung.step or ""), 80, _SMALL, bold=True)
    first, last = run[0].arrow, run[-1].arrow
    bracket = ""
    if last > first:
        bracket = path(f"M{x + way * 6} {first:.1f}h{-way * 6}V{last:.1f}h{way * 6}", "bracket")
    width = max(measure(text, _SMALL, bold=True) + 10, 20)
    left = x - way * 4 - (width if way > 0 else 0)
    left = left if last > first else left + way * 8
    disc = rect(left, first - 10, width, 20, "disc", 10)
    return bracket + disc + label(left + width / 2, first + 4, text, "step", "middle")
