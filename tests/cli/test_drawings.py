"""The formats of a drawing: what one ladder and what several make of a file."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET

import click
import msgspec
import pytest

from analyzer.cli.drawings import DRAWINGS, Sheet, drawing_of
from analyzer.ladders import Ladder, Rung

ONE = Ladder(number=1, client="192.0.2.1:5000", server="192.0.2.2:443", server_name="a`b\n.example",
             rungs=(Rung(kind="message", sender="client", name="ClientHello", time=0, packet=1),))  # fmt: skip
TWO = msgspec.structs.replace(ONE, number=2)


def written(name, *ladders, path="-"):
    out = io.BytesIO()
    DRAWINGS[name].write(out, ladders, Sheet(path=path, width=80))
    assert out.getvalue().endswith(b"\n")
    return out.getvalue().decode()


def test_text():
    assert written("text", ONE).startswith("#1  192.0.2.1:5000 → 192.0.2.2:443  a`b\\u{a}.example\n")
    assert "\n\n\n#2  " in written("text", ONE, TWO)


def test_json_is_always_an_array():
    assert [ladder["number"] for ladder in json.loads(written("json", ONE))] == [1]
    assert [ladder["number"] for ladder in json.loads(written("json", ONE, TWO))] == [1, 2]
    assert msgspec.json.decode(written("json", ONE), type=list[Ladder]) == [ONE]


def test_svg_has_one():
    assert ET.fromstring(written("svg", ONE)).tag == "{http://www.w3.org/2000/svg}svg"
    with pytest.raises(click.ClickException, match="room for one handshake, not for 2"):
        written("svg", ONE, TWO)


def test_html_has_all():
    assert written("html", ONE, TWO).count("<svg") >= 2


def test_mermaid_is_a_diagram_or_blocks_of_markdown():
    assert written("mermaid", ONE).lstrip().startswith("sequenceDiagram")
    assert written("mermaid", ONE, path="x.mmd") == written("mermaid", ONE)
    text = written("mermaid", ONE, path="x.MD")
    assert text.startswith("## Handshake 1: 192.0.2.1:5000 → 192.0.2.2:443 (`a\\u{60}b\\u{a}.example`)\n")
    assert (text.count("```mermaid\n"), text.count("```\n")) == (1, 1)
    several = written("mermaid", ONE, TWO)
    assert (several.count("```mermaid\n"), several.count("sequenceDiagram")) == (2, 2)
    with pytest.raises(click.ClickException, match="one diagram, not 2"):
        written("mermaid", ONE, TWO, path="x.mmd")


@pytest.mark.parametrize(
    ("path", "name", "wanted"),
    [
        ("-", None, "text"), ("-", "svg", "svg"), ("x.SVG", None, "svg"), ("x.html", "svg", "html"), ("x.md", None, "mermaid"),
        ("x.mmd", None, "mermaid"), ("x.json", None, "json"), ("x.txt", "json", "text"), ("x.bin", "json", "json"),
        ("/dev/stdout", "text", "text"),
    ],
)  # fmt: skip
def test_the_suffix_decides_then_the_name(path, name, wanted):
    assert drawing_of(path, name).name == wanted


def test_a_suffix_that_is_none():
    with pytest.raises(click.BadParameter, match=r"the suffix is none of \.txt \.svg"):
        drawing_of("x.png", None)
