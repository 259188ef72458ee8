"""Canvas: what each plot is drawn on — the figure with its words for who does not see it, and texts that fit.

Here lives: the size of a plot, texts cut to their room, marks of bars, the sentence in a plot's place.  Here does not live: any one plot.
A plot is 400 units wide and scales to the width that the page gives it: on a screen of 390 pixels a letter is still 10 pixels high.
"""

from __future__ import annotations

import unicodedata

from analyzer.escapes import svg, terminal

__all__ = ["SIZE", "WIDTH", "counted", "figure", "fit", "line", "nothing", "rectangle", "text", "units", "width_of", "wrapped"]

WIDTH = 400
SIZE = 12
"""Height of a letter's em."""

_HEAD = 22
"""Height of a figure's title."""
_MOST_TOLD = 300
"""Characters of a text that its ``<title>`` tells: a name on the wire may have 60,000."""
_MOST_COUNT = 10**15
"""A larger count is told as more than this: no traffic has it, and its digits would leave the plot."""

_THIN = frozenset("iljtfrI.,:;'|!()[] ")
_BROAD = frozenset("mwMW@%")


def counted(count: int) -> str:
    """Return a count for people, digits in groups of three."""
    return f"{count:,}" if count <= _MOST_COUNT else f"> {_MOST_COUNT:,}"


def units(value: float) -> str:
    """Return a place on the drawing with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def width_of(shown: str, size: float = SIZE) -> float:
    """Return about how wide a text is in a broad sans-serif font, rather too wide than too narrow."""
    wide = 0.0
    for character in shown:
        if character in _THIN:
            wide += 0.4
        elif character in _BROAD:
            wide += 1.0
        elif character.isupper():
            wide += 0.72
        elif unicodedata.east_asian_width(character) in "WF":
            wide += 1.05
        else:
            wide += 0.64
    return wide * size


def fit(shown: str, room: float, size: float = SIZE) -> str:
    """Return as much of a text as has room, with "…" where something was cut off."""
    if width_of(shown[:_MOST_TOLD], size) <= room and len(shown) <= _MOST_TOLD:
        return shown
    room -= size
    end = 0
    while end < len(shown) and (room := room - width_of(shown[end], size)) >= 0:
        end += 1
    return shown[:end].rstrip() + "…"


def wrapped(content: str, room: float = WIDTH, most: int = 3) -> list[str]:
    """Return a text as at most ``most`` lines, broken between words; "…" where there was more."""
    lines = [""]
    for word in terminal(content, _MOST_TOLD).split(" "):
        longer = f"{lines[-1]} {word}".lstrip()
        if width_of(longer) <= room:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = longer  # too long: ``fit`` cuts it
            break
    return [fit(one, room) for one in lines if one]


def text(
    x: float, y: float, content: str, kind: str = "label", *, room: float = WIDTH, end: bool = False, size: float = SIZE, bold: bool = False
) -> str:
    """Return a text with its base line at ``y``: from ``x`` on, or up to it (``end``).

    What is cut to ``room`` stands in its title, up to the first 300 characters.
    """
    shown = terminal(content, _MOST_TOLD)
    cut = fit(shown, room, size)
    places = f'x="{units(x)}" y="{units(y)}"'
    kept = (
        ("text-anchor", "end" if end else ""),
        ("font-size", "" if size == SIZE else units(size)),
        ("font-weight", "600" if bold else ""),
    )
    more = "".join(f' {name}="{value}"' for name, value in kept if value)
    whole = "" if cut == shown else f"<title>{svg(shown)}</title>"
    return f'<text class="{kind}" {places}{more}>{whole}{svg(cut)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "grid", *, dashed: bool = False) -> str:
    """Return a line."""
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    places = f'x1="{units(x1)}" y1="{units(y1)}" x2="{units(x2)}" y2="{units(y2)}"'
    return f'<line class="{kind}" {places} stroke="currentColor"{dashes}/>'


def rectangle(x: float, y: float, wide: float, high: float, kind: str, title: str = "") -> str:
    """Return a filled rectangle."""
    told = f"<title>{svg(terminal(title, _MOST_TOLD))}</title>" if title else ""
    places = f'x="{units(x)}" y="{units(y)}" width="{units(wide)}" height="{units(high)}"'
    return f'<rect class="{kind}" {places}>{told}</rect>' if told else f'<rect class="{kind}" {places}/>'


def figure(height: float, title: str, told: str, body: str, kind: str = "", *, headed: bool = True) -> str:
    """Return the ``<svg>``: ``title`` names it and stands above it (``headed``), ``told`` says in words what it shows.

    It takes the width that it is given; without the page's colours it is drawn in the colour of the text.
    """
    if headed:
        body = f'{text(0, SIZE, title, room=WIDTH * 0.9, bold=True)}<g transform="translate(0 {_HEAD})">{body}</g>'
        height += _HEAD
    return (
        f'<svg class="plot{" " if kind else ""}{kind}" role="img" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {units(height)}" '
        f'width="100%" font-size="{SIZE}" fill="currentColor"><title>{svg(terminal(title))}</title><desc>{svg(told)}</desc>{body}</svg>'
    )


def nothing(title: str, why: str) -> str:
    """Return the sentence that stands where there is nothing to draw."""
    return f'<p class="plot nothing">{svg(terminal(title))}: {svg(why)}</p>'
