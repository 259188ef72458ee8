"""Page: ladders as one HTML file that stands alone: Ladders → str.

Here lives: what the template is given, and the policy that lets nothing run or load.  Here does not live: the page's form
(``page.html.j2``, ``page.css``), the picture (``svg``), the report of a whole capture (``reports``).
"""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from analyzer.escapes import terminal
from analyzer.ladders import svg
from analyzer.ladders.drawing.arrows import kind_of
from analyzer.ladders.phrases import lasted
from analyzer.ladders.words import Wording, agreed, arrow, heading, waited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jinja2 import Template

    from analyzer.ladders.ladder import Field, Ladder, Rung

__all__ = ["draw", "parts"]

_TEXT = 4_000
"""Characters of one text: a page stays readable …"""
_HEX = 65_536
"""… and shows bytes up to the longest record that TLS has, and a few."""


class _Field(msgspec.Struct, frozen=True):
    """A field of a message as the page shows it."""

    indent: int
    name: str
    value: str
    data: str


class _Line(msgspec.Struct, frozen=True):
    """A rung as the page's list shows it."""

    kind: str
    name: str
    arrow: str
    at: str
    told: list[str]
    wait: str
    telling: list[tuple[str, str]]
    note: str
    fields: list[_Field]


class _Section(msgspec.Struct, frozen=True):
    """A ladder as the page shows it."""

    number: int
    heading: str
    agreed: str
    ending: str
    picture: str
    """Markup: goes into the page as it is."""
    lines: list[_Line]
    left_out: int


def draw(ladders: Sequence[Ladder]) -> str:
    """Return the page as one text; see ``parts``."""
    return "".join(parts(ladders))


def parts(ladders: Sequence[Ladder]) -> Iterator[str]:
    """Give the page piece by piece, so that only one ladder of it is in memory.

    Below each picture stands the same as a list, with all fields where the ladders have them.
    No script, nothing from elsewhere: its Content-Security-Policy allows one style sheet, by its hash.
    """
    from markupsafe import Markup  # noqa: PLC0415 - only who asks for a page pays for it

    style = _own("page.css") + svg.style()
    contents = [(one.number, _safe(heading(one)), _safe(agreed(one))) for one in ladders]
    yield from _template().generate(
        title=contents[0][1] if len(contents) == 1 else f"{len(contents):,} handshakes",
        contents=contents,
        policy=f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'",
        style=Markup(style),  # noqa: S704 - our own file
        sections=(_section(one) for one in ladders),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - as above

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_own("page.html.j2"))


def _own(name: str) -> str:
    """Return a file that lies beside this one."""
    return files("analyzer.ladders").joinpath(name).read_text(encoding="utf-8")


def _section(ladder: Ladder) -> _Section:
    from markupsafe import Markup  # noqa: PLC0415 - as above

    words = Wording(ladder)
    return _Section(
        number=ladder.number, heading=_safe(heading(ladder)), agreed=_safe(agreed(ladder)), ending=_safe(ladder.ending),
        picture=Markup(svg.draw(ladder, alone=False)),  # noqa: S704 - which escaped all that is not ours
        lines=[_line(rung, words, ladder.outcome) for rung in ladder.rungs], left_out=ladder.left_out,
    )  # fmt: skip


def _line(rung: Rung, words: Wording, outcome: str) -> _Line:
    wait = waited(rung)
    if rung.after:
        wait = f"after {lasted(rung.after)}" + (f": {wait}" if wait else "")
    name = f"missing: {rung.name}" if rung.kind == "missing" else rung.name
    return _Line(
        kind=kind_of(rung, outcome), name=_safe(f"({name})" if rung.guessed else name), arrow=arrow(rung), at=words.at(rung),
        told=[_safe(piece) for piece in words.told(rung)], wait=wait, telling=[(_safe(label), _safe(text)) for label, text in rung.telling],
        note=_safe(rung.note or ""), fields=[_field(one) for one in rung.fields],
    )  # fmt: skip


def _field(one: Field) -> _Field:
    code = "" if one.code is None else f" ({one.code})"
    value = _safe(one.value) if one.fault is None else f"{_safe(one.value)} — could not be read: {_safe(one.fault)}".strip()
    data = one.data or ""
    cut = "" if len(data) <= _HEX else f" … {(len(data) - _HEX) // 2:,} bytes more"
    pairs = " ".join(data[at : at + 2] for at in range(0, min(len(data), _HEX), 2))
    return _Field(min(max(one.depth, 0), 6), _safe(one.name) + code, value, _safe(pairs, 2 * _HEX) + cut)


def _safe(text: str, limit: int = _TEXT) -> str:
    """Show what cannot be seen; the template escapes for HTML."""
    return terminal(text, limit)
