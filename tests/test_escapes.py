"""Whatever the wire says, nothing that a terminal, a spreadsheet or a reader of lines would obey gets through."""

import csv
import io
import json
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import PurePosixPath, PureWindowsPath
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analyzer import escapes
from analyzer.escapes import csv_cell, encoded, file_name, html, json_line, markdown, svg, terminal

ANY = st.text(st.characters(exclude_categories=()), max_size=60)
OBEYED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(ANY)
def test_no_hidden_character_survives_on_a_terminal(text):
    shown = terminal(text)
    assert not {unicodedata.category(character) for character in shown} & OBEYED
    shown.encode()


@given(ANY)
def test_escaping_twice_changes_nothing(text):
    assert terminal(terminal(text)) == terminal(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("www.example.com", "www.example.com"),
        ("Übergrößen 例え.テスト", "Übergrößen 例え.テスト"),
        ("\x1b[31mred", "\\u{1b}[31mred"),
        ("a\u202egnp.exe", "a\\u{202e}gnp.exe"),
        ("zero\u200bwidth", "zero\\u{200b}width"),
        ("two\nlines\r\t", "two\\u{a}lines\\u{d}\\u{9}"),
        ("\udcff", "\\u{dcff}"),
        ("a\u00a0b", "a\\u{a0}b"),
        ("[bold red]not markup[/]", "[bold red]not markup[/]"),
    ],
)
def test_terminal(text, shown):
    assert terminal(text) == shown


def test_a_tower_of_marks_is_cut_down():
    assert terminal("e" + "\u0301" * 50).count("\u0301") == 2
    assert not terminal("\u0301a").startswith("\u0301")


def test_an_endless_text_ends():
    assert len(terminal("a" * 100_000)) == 1001


# ---- encodings


@pytest.mark.parametrize("ornaments", ["…→·█", "│║─═╌▶◀▷◁⇒⇐←✗µ"])
def test_our_own_ornaments_have_a_stand_in_as_wide(ornaments):
    assert terminal(ornaments) == ornaments
    said = encoded(ornaments, "ascii")
    assert len(said) == len(ornaments)
    assert not set(said.decode()) & {"\\", "?"}


@given(ANY, st.sampled_from(["ascii", "latin-1", "cp1252", "koi8-r", "gb18030", "utf-8"]))
def test_an_encoding_that_lacks_a_letter_shows_its_number(text, encoding):
    shown = terminal(text)
    data = encoded(shown, encoding)
    said = data.decode(encoding)
    for ours, instead in escapes._ORNAMENTS.items():
        shown, said = shown.replace(ours, instead), said.replace(ours, instead)
    assert re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), shown) == re.sub(
        r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), said
    )
    if encoding in {"ascii", "latin-1"}:
        assert not re.search(rb"[\x00-\x1f\x7f-\x9f]", data)


@given(st.text(max_size=60), st.sampled_from(["ascii", "latin-1"]))
def test_json_in_another_encoding_says_the_same(text, encoding):
    assert json.loads(encoded(json.dumps(text, ensure_ascii=False), encoding, as_json=True).decode(encoding)) == text


# ---- CSV

SIGNS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""With which a cell must not start (OWASP, CSV injection)."""


@given(st.text(st.characters(exclude_categories=()) | st.sampled_from(SIGNS + ";\"' ,|")), st.sampled_from(",;"))
@example(' =cmd|" /C calc"!A0', ",")
@example("a;=1", ";")
@example('";=1', ";")
@example(";;\"'+1", ";")
def test_no_cell_runs_in_a_spreadsheet(text, separator):
    """Also in one that takes semicolons for separators, and quotes or blanks off the start of a cell."""
    cell = csv_cell(text)
    assert not {unicodedata.category(character) for character in cell} & OBEYED
    line = io.StringIO()
    csv.writer(line).writerow(["1", cell, "2"])
    cells = next(csv.reader([line.getvalue()], delimiter=separator))
    for one in (cell, *cells, *line.getvalue().rstrip("\r\n").split(separator) * (separator == ";")):
        assert one.strip(' "')[:1] not in {*SIGNS}
    if separator == ",":
        assert cells == ["1", cell, "2"]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", " =1", '"=1"', "'=1", ' "\' @A1', "=cmd|' /C calc'!A0"],
)
def test_a_formula_is_defused(text):
    assert csv_cell(text) == "'" + text


@pytest.mark.parametrize(
    ("text", "cell"),
    [("a;=1", "a;'=1"), ('a; "-1', "a;' \"-1"), ("\t=1", "\\u{9}=1"), ("\r\n@A1", "\\u{d}\\u{a}@A1"), ("a=1", "a=1"),
     ("CN=a; b", "CN=a; b"), ("www.example.com", "www.example.com"), ("5", "5"), ("", ""), ("2026-01-01", "2026-01-01")],
)  # fmt: skip
def test_a_cell(text, cell):
    assert csv_cell(text) == cell


# ---- HTML, SVG, Markdown


class Heard(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.append(("comment", data))

    handle_decl = handle_pi = unknown_decl = handle_comment


MARKUP = st.text(st.sampled_from("<>&'\"!-/=;#xa `*_[]()|\\~:.@1+") | st.characters(exclude_categories=()), max_size=60)


@given(MARKUP)
@example("<script>alert(1)</script>")
@example("&lt;<!--")
def test_html_is_text(text):
    heard = Heard(f"<p title=\"{html(text)}\" class='{html(text)}'>{html(text)}</p>")
    assert heard.tags == [("p", [("title", terminal(text)), ("class", terminal(text))])]
    assert heard.text == terminal(text)


@given(MARKUP)
@example("]]>")
def test_svg_is_text(text):
    tree = ET.fromstring(f"<svg><text id=\"{svg(text)}\" class='{svg(text)}'>{svg(text)}</text></svg>")
    (one,) = tree
    assert (one.text or "", one.attrib) == (terminal(text), {"id": terminal(text), "class": terminal(text)})
    assert len(one) == 0


@given(MARKUP)
@example("    code")
@example("1. one")
@example("two  ")
@example("a\\|b")
@example("\\")
@example("\\\\|")
@example("<b>&amp;")
@example("http://example.com")
def test_markdown_is_text(text):
    """In a paragraph, and in a cell of a table between two others: one code span."""
    told = re.sub("[`|]|^ | $", lambda found: f"\\u{{{ord(found[0]):x}}}", terminal(text))
    said = Heard(MarkdownIt("commonmark").enable("table").render(markdown(text, 10**6)))
    assert [tag for tag, _ in said.tags] == ["p", "code"] * bool(text)
    assert said.text.rstrip("\n") == told
    table = Heard(MarkdownIt("commonmark").enable("table").render(f"|a|b|c|\n|-|-|-|\n|1|{markdown(text, 10**6)}|2|\n"))
    tags = [tag for tag, _ in table.tags if tag in {"th", "td", "code", "em", "a", "img", "br"}]
    assert tags == ["th"] * 3 + ["td"] * 2 + ["code"] * bool(text) + ["td"]
    cells = re.sub(r"\n+", "\n", table.text).strip("\n").split("\n")
    assert cells == ["a", "b", "c", "1", *[told] * bool(text), "2"]


# ---- names of files


@given(st.text(st.sampled_from("ab./\\:C-_ ~\0\n") | st.characters(exclude_categories=()), max_size=150))
@example("../../etc/passwd")
@example("..")
@example("C:\\con")
@example(".con.txt")
@example("~root")
def test_a_name_of_a_file_is_one_component_everywhere(text):
    name = file_name(text)
    assert 0 < len(name.encode()) <= 100
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name)
    assert not name.endswith(".")
    for kind in (PurePosixPath, PureWindowsPath):
        assert kind(name).parts == (name,)
        assert not kind(name).is_absolute()
        assert (kind("folder") / name).parent == kind("folder")
    assert not PureWindowsPath(name).drive
    assert name.partition(".")[0].lower() not in {"con", "prn", "aux", "nul", *(f"{a}{n}" for a in ("com", "lpt") for n in range(10))}
    assert file_name(text) == name


@pytest.mark.parametrize("name", ["www.example.com", "report-1.pem", "_a", "a_b-c.d"])
def test_an_ordinary_name_stays(name):
    assert file_name(name) == name


def test_no_two_names_meet():
    texts = ["a", "A", "", ".", "..", "a/b", "a\\b", "a_b", "con", "CON", "_con", "nul.txt", "-a", ".a", "ä", "ö", "\ud800"]
    texts += ["x" * length for length in (99, 100, 101, 102)]
    texts += [file_name(text) for text in texts if file_name(text) != text]  # one made to look like ours
    assert len({file_name(text).lower() for text in texts}) == len(texts)


# ---- JSON


@given(st.text(max_size=60))
def test_json_says_the_same_without_what_moves_text(text):
    line = json_line(json.dumps({text: [text]}, ensure_ascii=False).encode())
    assert json.loads(line) == {text: [text]}
    shown = line.decode()
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Zl", "Zp"}
    assert not set(shown) & set("\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\x7f\x85\x9b")


def test_json_keeps_letters_readable():
    assert json_line('"Übergröße"'.encode()) == '"Übergröße"'.encode()
