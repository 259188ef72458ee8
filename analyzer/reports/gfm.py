r"""GFM: GitHub Flavored Markdown (https://github.github.com/gfm/), as pieces that mean the same to every reader.

Here lives: code spans, sentences, tables.  Here does not live: what is told (``markdown``), which characters are hidden (``escapes``).

Whatever the wire wrote stands in a code span.  In a sentence escapes would keep it from being markup, but GitHub looks for @mentions, #123,
addresses and commits in what is shown, when the escapes are gone; not so in code.  Within code nothing can be escaped, so what would end
the span, or a cell of a table, is told by number: a backtick is ``\u{60}``, a bar ``\u{7c}``, a blank at the ends ``\u{20}``.

Our own sentences, and those of a policy's author, are escaped only where they would be markup, so that they can be read unrendered too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.escapes import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["code", "head", "row", "sentence"]

_MARKUP = re.compile(r"([\\`*\[\]<>&~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[#+=-]|(?<=^[0-9])[.)]|(?<=^[0-9]{2})[.)])|([|])")
"""What begins markup within a line, or a block where it stands first."""
_NUMBERED = re.compile("[`|]|^ | $")


def code(text: str, limit: int = 100) -> str:
    """Return a code span of at most about ``limit`` characters whatever the text is; of no text none."""
    shown = _NUMBERED.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", terminal(text[: limit + 1], limit + 1))
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return f"`{shown}`" if shown else ""


def sentence(text: str, limit: int = 600) -> str:
    """Return words that are not of the wire as one line that is no markup, in a cell of a table too."""
    return _MARKUP.sub(lambda found: f"\\{found[1]}" if found[1] else f"&#{ord(found[2])};", terminal(text, limit))


def head(names: Iterable[str], right: Sequence[bool]) -> str:
    """Return the two lines that begin a table; ``right``: whose cells end at one edge, as numbers do."""
    return row(sentence(name) for name in names) + "\n" + row("--:" if one else "---" for one in right)


def row(cells: Iterable[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"
