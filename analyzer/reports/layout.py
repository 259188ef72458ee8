"""Layout: columns for rows that are shown before those after them are known: their widths rest on the width of the line alone.

Here lives: which columns find room, how wide each is, and a row as a line.  Here does not live: widths by what rows hold (``grid``),
what stands in the cells (``cells``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from analyzer.reports.cells import HANDSHAKE_COLUMNS, table_columns
from analyzer.reports.concerns import SEVERITY_STYLES
from analyzer.reports.gravest import MARKS, Gravest
from analyzer.reports.grid import GridColumn, joined
from analyzer.reports.overview import OUTCOME_STYLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from analyzer.facts.table import Table
    from analyzer.reports.paint import Paint

__all__ = ["LONGEST", "Layout", "handshake_cells", "of_handshakes", "of_table"]

LONGEST = 200
"""Characters kept of a cell: no column shows more."""

_GAP = 2
_NARROW = 60
"""Below this width one blank between columns is enough."""

_FAILED = "x"
"""Mark of a handshake that failed without a finding."""
_MARK = GridColumn("", 0, 2, 2)
_FOUND = GridColumn("findings", 0, 8, 48)
_COLUMNS = (*(replace(one, where="cut") if one.header == "time" else one for one, _ in HANDSHAKE_COLUMNS), _FOUND, _MARK)
_AT = {column.header: at for at, column in enumerate(_COLUMNS)}
_NAME, _OUTCOME = _AT["server name"], _AT["outcome"]
_FOUND_AT, _MARK_AT = _AT[_FOUND.header], _AT[_MARK.header]
_PLACES = (_MARK_AT, *range(_MARK_AT))
"""The columns from left to right."""

_STEPS = (
    ("time", 8), ("outcome", 4), ("server name", 3), ("server name", 14), ("outcome", 10), ("version", 8), ("server name", 18),
    ("findings", 16), ("time", 12), ("server name", 22), ("findings", 23), ("cipher suite", 22), ("outcome", 25), ("server", 21),
    ("group", 14), ("over", 8), ("client", 23), ("#", 8), ("certificate", 20), ("ALPN", 9), ("ms", 8),
)  # fmt: skip
"""What is given room, in this order until one finds none: time, outcome and name first, then the ranks of the text report."""

_GROWTH = (
    ("server name", 28), ("outcome", 25), ("server name", 36), ("findings", 32), ("cipher suite", 37), ("certificate", 44), ("server", 47),
    ("client", 49), ("outcome", 40), ("findings", 48), ("over", 24), ("group", 24), ("cipher suite", 45), ("certificate", 60),
)  # fmt: skip
"""Who takes what is left, in this order."""

_USUAL = {
    "time": 30, "int": 10, "float": 12, "flag": 5, "text": 20, "texts": 32, "ints": 24, "data": 32,
    "sender": 6, "severity": 8, "level": 8, "certainty": 10, "verdict": 14, "protocol": 12, "result": 12, "finding": 28, "subject_cn": 28,
    "issuer_cn": 28, "detail": 40, "title": 40, "sentence": 60, "greeting": 40, "answer": 40,
}  # fmt: skip
"""Kind or name of a column of another table -> cells that its values usually need."""


class Layout:
    """Columns with a place and a width each."""

    def __init__(self, columns: Sequence[GridColumn], chosen: Mapping[int, int], gap: int) -> None:
        """``chosen``: number of a column -> its cells, from left to right, ``gap`` blanks between them."""
        self._columns = columns
        self._gap = gap
        self.chosen = chosen

    @property
    def shows_findings(self) -> bool:
        """Whether words on findings have a column (of handshakes)."""
        return _FOUND_AT in self.chosen

    def header(self, paint: Paint) -> str:
        """Return the names of the columns as a line."""
        names = [one.header for one in self._columns]
        return joined(paint, self._columns, names, self.chosen, dict.fromkeys(self.chosen, "label"), self._gap)

    def row(self, paint: Paint, cells: Sequence[str]) -> str:
        """Return a row of any table as a line."""
        return joined(paint, self._columns, cells, self.chosen, {}, self._gap)

    def handshake(self, paint: Paint, cells: Sequence[str], found: Gravest | None) -> str:
        """Return the row of a handshake, its cells as of ``handshake_cells``, and what was found about it as a line."""
        if found is None:
            mark = _FAILED if OUTCOME_STYLES.get(cells[_OUTCOME].partition(":")[0]) == "bad" else ""
            return joined(paint, self._columns, (*cells, "", mark), self.chosen, {_MARK_AT: "bad"}, self._gap)
        style = SEVERITY_STYLES[found.severity]
        styles = {_FOUND_AT: style, _MARK_AT: style}
        if style in {"bad", "warn"}:
            styles[_NAME] = style
        words = found.short if _MARK_AT in self.chosen else found.words
        return joined(paint, self._columns, (*cells, words, MARKS[found.severity]), self.chosen, styles, self._gap)


def handshake_cells(named: dict[str, Any]) -> list[str]:
    """Return the cells of a row of the handshakes table (column -> value); they are not escaped yet."""
    return [cell(named)[:LONGEST] for _, cell in HANDSHAKE_COLUMNS]


def of_handshakes(width: int, *, marks: bool, findings: bool) -> Layout:
    """Return the layout of handshakes for lines of ``width`` cells, with ``marks`` before the rows and words on ``findings`` after them."""
    gap = 1 if width < _NARROW else _GAP
    chosen = {_MARK_AT: min(width, _MARK.least)} if marks else {}
    left = width - (_MARK.least + gap if marks else 0) + gap
    left -= chosen.setdefault(_AT["time"], max(min(_STEPS[0][1], left - gap), 0)) + gap
    for header, cells in _STEPS:
        at = _AT[header]
        more = cells - chosen[at] if at in chosen else cells + gap
        if at == _FOUND_AT and not findings:
            continue
        if more > left:
            break
        if more > 0:
            chosen[at] = cells
            left -= more
    for header, cells in _GROWTH:
        if (at := _AT[header]) in chosen:
            more = max(min(cells - chosen[at], left), 0)
            chosen[at] += more
            left -= more
    return Layout(_COLUMNS, {at: chosen[at] for at in _PLACES if chosen.get(at, 0) > 0}, gap)


def of_table(table: Table, width: int) -> Layout:
    """Return the layout of another table for lines of ``width`` cells: as many columns as usual values leave room for, the first always."""
    columns = table_columns(table)
    usual = [max(_USUAL.get(column.name, _USUAL[column.kind]), one.least) for column, one in zip(table.columns, columns, strict=True)]
    chosen: dict[int, int] = {}
    left = width + _GAP
    for at in sorted(range(len(columns)), key=lambda at: columns[at].rank):
        cells = min(usual[at], left - _GAP)
        if chosen and cells < columns[at].least:
            break
        chosen[at] = cells
        left -= cells + _GAP
    for at, cells in chosen.items():
        chosen[at] += max(min(columns[at].most - cells, left), 0)
        left -= chosen[at] - cells
    return Layout(columns, dict(sorted(chosen.items())), _GAP)
