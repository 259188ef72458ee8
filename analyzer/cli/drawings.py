"""Drawings: the formats of ``tlsscan show``, and how one or several ladders make a file of each.

Here lives: the table, suffixes, what stands between two ladders.  Here does not live: any drawing (``analyzer.ladders``), which is imported
when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import click
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analyzer.ladders import Ladder

__all__ = ["DRAWINGS", "Drawing", "Sheet", "drawing_of"]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a drawing must know of where it goes."""

    path: str = "-"
    width: int = 100
    color: bool = False


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A format of drawings."""

    name: str
    suffixes: tuple[str, ...]
    doc: str
    write: Callable[[BinaryIO, Sequence[Ladder], Sheet], None]


def _text(out: BinaryIO, ladders: Sequence[Ladder], sheet: Sheet) -> None:
    from analyzer.ladders.text import lines  # noqa: PLC0415 - as below
    from analyzer.reports.paint import Paint  # noqa: PLC0415 - as below

    paint = Paint(sheet.width, color=sheet.color)
    for at, ladder in enumerate(ladders):
        out.write(b"\n\n" if at else b"")
        out.write(b"".join(paint.line(line) for line in lines(ladder, paint.width)))


def _svg(out: BinaryIO, ladders: Sequence[Ladder], sheet: Sheet) -> None:
    from analyzer.ladders.svg import draw  # noqa: PLC0415 - only one of the formats is asked for

    del sheet
    if len(ladders) > 1:
        raise click.ClickException(f"an SVG has room for one handshake, not for {len(ladders)}: name one, or ask for --format html")
    out.write(_utf8(draw(ladders[0])))


def _html(out: BinaryIO, ladders: Sequence[Ladder], sheet: Sheet) -> None:
    from analyzer.ladders.page import parts  # noqa: PLC0415 - as above

    del sheet
    out.writelines(part.encode("utf-8", "backslashreplace") for part in parts(ladders))
    out.write(b"\n")


def _mermaid(out: BinaryIO, ladders: Sequence[Ladder], sheet: Sheet) -> None:
    """Write one diagram as it is; several, or one for Markdown, as blocks of Markdown that GitHub and GitLab draw."""
    from analyzer.escapes import markdown  # noqa: PLC0415 - as above
    from analyzer.ladders.mermaid import draw  # noqa: PLC0415 - as above

    if not sheet.path.lower().endswith((".md", ".markdown")):
        if len(ladders) == 1:
            out.write(_utf8(draw(ladders[0])))
            return
        if sheet.path.lower().endswith(".mmd"):
            raise click.ClickException(f"a file of Mermaid has one diagram, not {len(ladders)}: name one handshake, or an .md file")
    for at, ladder in enumerate(ladders):
        title = f"Handshake {ladder.number}: {ladder.client} → {ladder.server}"
        name = f" ({markdown(ladder.server_name)})" if ladder.server_name else ""
        out.write(b"\n" if at else b"")
        out.write(_utf8(f"## {title}{name}\n\n```mermaid\n{draw(ladder).rstrip()}\n```"))


def _json(out: BinaryIO, ladders: Sequence[Ladder], sheet: Sheet) -> None:
    """Write an array, of one ladder too: who reads it need not ask how many there are."""
    from analyzer.reports.ndjson import encode  # noqa: PLC0415 - as above

    del sheet
    for at, ladder in enumerate(ladders):
        out.write(b",\n" if at else b"[\n")
        out.write(encode(ladder))
    out.write(b"\n]\n")


def _utf8(text: str) -> bytes:
    return text.rstrip("\n").encode("utf-8", "backslashreplace") + b"\n"


DRAWINGS: dict[str, Drawing] = {
    one.name: one
    for one in (
        Drawing(name="text", suffixes=(".txt",), doc="for a terminal", write=_text),
        Drawing(name="svg", suffixes=(".svg",), doc="a picture, of one handshake", write=_svg),
        Drawing(name="html", suffixes=(".html", ".htm"), doc="a page for a browser", write=_html),
        Drawing(name="mermaid", suffixes=(".mmd", ".md", ".markdown"), doc="a diagram for Markdown", write=_mermaid),
        Drawing(name="json", suffixes=(".json",), doc="all of it, for programs", write=_json),
    )
}
"""name -> format."""


def drawing_of(path: str, name: str | None) -> Drawing:
    """Return the format of an output: the suffix decides for a file, then the name, then text.  Raises click.BadParameter for none."""
    found = None if path == "-" else next((one for one in DRAWINGS.values() if path.lower().endswith(one.suffixes)), None)
    found = found or (DRAWINGS[name] if name else None)
    if found is None and path != "-":
        suffixes = " ".join(suffix for one in DRAWINGS.values() for suffix in one.suffixes)
        raise click.BadParameter(f"{path}: the suffix is none of {suffixes}, and there is no --format", param_hint="--output")
    return found or DRAWINGS["text"]
