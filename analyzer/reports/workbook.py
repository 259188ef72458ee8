"""Workbook: sheets that grow row by row and end as one Office Open XML file (ECMA-376 part 1), in flat memory.

Here lives: cells, sheets, styles, the zip.  Here does not live: which tables stand in it (``xlsx``).

A text is typed as text: none is ever a formula or a link, and one that would become a formula when it is edited is marked as quoted
(``quotePrefix``).  Characters that cannot be seen are shown as on a terminal.  Excel's limits: 32,767 UTF-16 units in a cell (a longer text
ends with a word about its cut), 1,048,576 rows in a sheet, numbers of 53 bits (an integer past them is text).
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any

from analyzer.escapes import terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["CELL", "ROWS", "Sheet", "date", "flag", "integer", "number", "save", "text"]

CELL = 32_767
"""UTF-16 units of a cell."""
ROWS = 1_048_576
"""Rows of a sheet, its header among them."""
_EXACT = 1 << 53
_SPOOL_BYTES = 1 << 20
"""A sheet larger than this waits on disk."""
_HOLD = 1 << 16
"""Characters of rows that wait, for a write for each row would cost more than the row."""
_WIDTHS = (9, 60)
"""The narrowest and the widest column, in characters."""
_LOOKED_AT = 100
"""Rows by which a column's width is judged."""

_BOLD, _DATE, _QUOTED = 1, 2, 3
"""Places in the style sheet's ``cellXfs``."""

_SIMPLE = re.compile(r"[A-Za-z0-9.,:;/()\[\]{}#%*|~-](?:[A-Za-z0-9.,:;/()\[\]{}#%*|~ +=@-]*[A-Za-z0-9.,:;/()\[\]{}#%*|~+=@-])?").fullmatch
"""Texts that are their own XML, without blanks at the ends."""
_FORMULA = frozenset("=+-@")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What a reader would take for an escaped character (ECMA-376 part 1, section 22.9.2.19)."""

_MILLISECONDS_A_DAY = 86_400_000
_EPOCH = 25_569
"""1970-01-01 as Excel counts days."""
_DATES = range(-2_203_891_200_000, 253_402_300_800_000)
"""Milliseconds since 1970 that Excel has a date for: from 1900-03-01, before which its days are off by one, to the year 9999."""


def _escaped(shown: str) -> str:
    return _ESCAPED.sub("_x005F_", shown).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _units(shown: str) -> int:
    return len(shown) + sum(character > "\uffff" for character in shown)


def _fitted(value: str) -> tuple[str, bool]:
    """Return the text as a cell can hold it, and whether it was cut."""
    shown = terminal(value[:CELL], CELL)
    if len(value) <= CELL and (len(shown) <= CELL // 2 or _units(shown) <= CELL):
        return shown, False
    word = f"… (cut: {len(value):,} characters in all)"
    room = CELL - len(word)
    kept = shown[:room]
    while (over := _units(kept) - room) > 0:
        kept = kept[: -((over + 1) // 2)]
    return kept + word, True


def text(value: str, style: int = 0, on_cut: Callable[[], Any] | None = None) -> str:
    """Return the cell of a text, from behind its address on; ``on_cut`` is called where the text had to be cut."""
    if len(value) <= 64:
        return _short(value, style)
    shown, cut = _fitted(value)
    if cut and on_cut is not None:
        on_cut()
    return _inline(shown, style)


@lru_cache(1 << 14)
def _short(value: str, style: int) -> str:
    return _inline(value if _SIMPLE(value) else terminal(value), style)


def _inline(shown: str, style: int) -> str:
    space = ' xml:space="preserve"' if shown[:1] == " " or shown[-1:] == " " else ""
    style = style or (_QUOTED if shown.lstrip(" \"'")[:1] in _FORMULA else 0)
    styled = f' s="{style}"' if style else ""
    return f'{styled} t="inlineStr"><is><t{space}>{shown if _SIMPLE(shown) else _escaped(shown)}</t></is></c>'


def integer(value: int) -> str:
    """Return the cell of a whole number; one that Excel would round is text."""
    return f"><v>{value}</v></c>" if -_EXACT <= value <= _EXACT else _inline(str(value), 0)


def number(value: float) -> str:
    """Return the cell of a number with every digit; one that Excel cannot hold (infinity) is text."""
    return f"><v>{value!r}</v></c>" if value - value == 0 else _inline(repr(value), 0)


def flag(value: object) -> str:
    """Return the cell of true or false."""
    return f' t="b"><v>{1 if value else 0}</v></c>'


def date(ns: int) -> str | None:
    """Return the cell of a time as Excel has dates, UTC, to the millisecond; None for one that Excel does not know."""
    milliseconds = ns // 1_000_000
    return f' s="{_DATE}"><v>{milliseconds / _MILLISECONDS_A_DAY + _EPOCH!r}</v></c>' if milliseconds in _DATES else None


def _letters(place: int) -> str:
    """Return the name of a column: A to Z, then AA and so on."""
    name = ""
    while place >= 0:
        place, rest = divmod(place, 26)
        name, place = chr(65 + rest) + name, place - 1
    return name


class Sheet:
    """A sheet that grows.  ``rows`` counts those beside the header."""

    def __init__(self, name: str, header: Sequence[str]) -> None:
        """Begin with the header, which stays in sight and has a filter in each cell."""
        self.name = name
        self.rows = 0
        self._letters = [_letters(place) for place in range(len(header))]
        self._widths = [len(word) + 4 for word in header]
        self._waiting = tempfile.SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115 - closed when it was saved, or with the sheet
        self._held: list[str] = []
        self._held_size = 0
        self._line(1, [text(word, _BOLD) for word in header])

    def add(self, cells: Sequence[str | None]) -> None:
        """Add a row of cells as this module's functions give them; None is empty."""
        self.rows += 1
        if self.rows <= _LOOKED_AT:
            for place, cell in enumerate(cells):
                if cell is not None:
                    self._widths[place] = max(self._widths[place], len(_TAGS.sub("", cell)))
        self._line(self.rows + 1, cells)

    def _line(self, number: int, cells: Sequence[str | None]) -> None:
        told = [f'<c r="{letter}{number}"{cell}' for letter, cell in zip(self._letters, cells, strict=True) if cell is not None]
        self._held.append(f'<row r="{number}">{"".join(told)}</row>')
        self._held_size += len(self._held[-1])
        if self._held_size > _HOLD:
            self._hand_on()

    def _hand_on(self) -> None:
        self._waiting.write("".join(self._held).encode())
        self._held, self._held_size = [], 0

    def parts(self) -> tuple[bytes, IO[bytes], bytes]:
        """Return the sheet's XML: what stands before the rows, the rows, what stands behind them."""
        least, most = _WIDTHS
        widths = "".join(
            f'<col min="{place}" max="{place}" width="{min(max(width, least), most)}" customWidth="1"/>'
            for place, width in enumerate(self._widths, 1)
        )
        last = f"{self._letters[-1]}{self.rows + 1}"
        head = (
            f'{_XML}<worksheet xmlns="{_MAIN}"><dimension ref="A1:{last}"/><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft"/>'
            f'</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>{widths}</cols><sheetData>'
        )
        tail = f'</sheetData><autoFilter ref="A1:{last}"/></worksheet>'
        self._hand_on()
        self._waiting.seek(0)
        return head.encode(), self._waiting, tail.encode()

    def close(self) -> None:
        """Let go of its rows."""
        self._waiting.close()


_TAGS = re.compile("^[^>]*>|<[^>]*>")

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss.000"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    told = "".join(f'<Relationship Id="rId{at}" Type="{kind}" Target="{target}"/>' for at, (kind, target) in enumerate(targets, 1))
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'


def _frame(sheets: Sequence[Sheet], title: str) -> dict[str, str]:
    """Return what stands around the sheets: name of the part -> its XML."""
    places = range(1, len(sheets) + 1)
    types = "".join(f'<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for at in places)
    named = "".join(f'<sheet name="{_quoted(sheet.name)}" sheetId="{at}" r:id="rId{at}"/>' for at, sheet in enumerate(sheets, 1))
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{types}'
        '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
        "_rels/.rels": _relations(
            [
                (f"{_OFFICE}/officeDocument", "xl/workbook.xml"),
                (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ]
        ),
        "docProps/core.xml": f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{_quoted(title)}</dc:creator></cp:coreProperties>',
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            [*((f"{_OFFICE}/worksheet", f"worksheets/sheet{at}.xml") for at in places), (f"{_OFFICE}/styles", "styles.xml")]
        ),
        "xl/styles.xml": _STYLES,
    }


def _quoted(value: str) -> str:
    return _escaped(terminal(value)).replace('"', "&quot;")


def save(sheets: Sequence[Sheet], title: str, write: Callable[[IO[bytes]], Any]) -> None:
    """Put the sheets, in their order, into one file and hand it to ``write``; the same sheets give the same bytes.  Raises OSError."""
    with tempfile.TemporaryFile() as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as packed:
            for name, xml in _frame(sheets, title).items():
                packed.writestr(_part(name), xml.encode(), zipfile.ZIP_DEFLATED)
            for at, sheet in enumerate(sheets, 1):
                head, rows, tail = sheet.parts()
                part = _part(f"xl/worksheets/sheet{at}.xml")
                part.file_size = rows.seek(0, 2) + len(head) + len(tail)  # so that more than 4 GiB are written as such
                rows.seek(0)
                with packed.open(part, "w") as out:
                    out.write(head)
                    while piece := rows.read(1 << 20):
                        out.write(piece)
                    out.write(tail)
                sheet.close()
        whole.seek(0)
        write(whole)


_LEVEL = 3
"""Of compression: half the time of the usual one, for a tenth more bytes."""


def _part(name: str) -> zipfile.ZipInfo:
    """Return a member of the zip whose date is none."""
    part = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    part.compress_type = zipfile.ZIP_DEFLATED
    return part
