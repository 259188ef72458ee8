r"""GFM: GitHub Flavored Markdown (https://github.github.com/gfm/), as pieces that mean the same to every reader.

Here lives: sentences, tables.  Here does not live: what is told (``markdown``), code spans, in which stands whatever the wire wrote
(``escapes.markdown``).

Our own sentences, and those of a policy's author, are escaped only where they would be markup, so that they can be read unrendered too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.escapes import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["head", "row", "sentence"]

_MARKUP = re.compile(r"([\\`*\[\]<>&~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[#+=-]|(?<=^[0-9])[.)]|(?<=^[0-9]{2})[.)])|([|])")
"""What begins markup within a line, or a block where it stands first."""


def sentence(text: str, limit: int = 600) -> str:
    """Return words that are not of the wire as one line that is no markup, in a cell of a table too."""
    return _MARKUP.sub(lambda found: f"\\{found[1]}" if found[1] else f"&#{ord(found[2])};", terminal(text, limit))


def head(names: Iterable[str], right: Sequence[bool]) -> str:
    """Return the two lines that begin a table; ``right``: whose cells end at one edge, as numbers do."""
    return row(sentence(name) for name in names) + "\n" + row("--:" if one else "---" for one in right)


def row(cells: Iterable[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"
