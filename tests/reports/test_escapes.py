"""Whatever the wire says, nothing that a terminal, a spreadsheet or a reader of lines would obey gets through."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.reports.escapes import csv_cell, json_line, terminal

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


@given(ANY)
def test_no_cell_runs_in_a_spreadsheet(text):
    cell = csv_cell(text)
    assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"}
    assert not {unicodedata.category(character) for character in cell} & OBEYED


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1"])
def test_a_formula_is_defused(text):
    assert csv_cell(text) == "'" + text


@given(st.text(max_size=60))
def test_json_says_the_same_without_what_moves_text(text):
    line = json_line(json.dumps({text: [text]}, ensure_ascii=False).encode())
    assert json.loads(line) == {text: [text]}
    shown = line.decode()
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Zl", "Zp"}
    assert not set(shown) & set("\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\x7f\x85\x9b")


def test_json_keeps_letters_readable():
    assert json_line('"Übergröße"'.encode()) == '"Übergröße"'.encode()
