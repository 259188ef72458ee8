import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.escapes import markdown as code
from analyzer.escapes import terminal
from analyzer.reports.gfm import head, row, sentence

spec = importlib.util.spec_from_file_location("rendered", Path(__file__).with_name("rendered.py"))
rendered = sys.modules["rendered"] = importlib.util.module_from_spec(spec)  # importlib mode puts no test folder on the path
spec.loader.exec_module(rendered)

HOSTILE = [
    "|", "`", "``", "a`b", "a|b", "a\\|b", "\\", "\\\\|", "`|`", "<img src=x onerror=alert(1)>", "<!--", "-->", "@octocat", "#123", "GH-1",
    "[x](javascript:alert(1))", "![x](http://evil.example/x.png)", "https://evil.example", "www.evil.example", "me@evil.example", "a\nb",
    "a\r\n\r\n# b", "\u202ex", "\udcff", " a ", "   ", "***", "~~a~~", "&lt;", "&#124;", "$x$", ":smile:",
    "0123456789abcdef0123456789abcdef01234567", "| --- |", "- [ ] task", "</code></td></table>", "\0", "𐍈",
]  # fmt: skip
NUMBERED = {"`": "\\u{60}", "|": "\\u{7c}"}


def visible(text):
    """What a code span shows of a text, told apart from how it is written."""
    text = "".join(NUMBERED.get(character, character) for character in terminal(text))
    if text[:1] == " ":
        text = "\\u{20}" + text[1:]
    return text[:-1] + "\\u{20}" if text[-1:] == " " else text


@pytest.mark.parametrize("renderer", rendered.RENDERERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_code_span_shows_what_it_holds_in_a_line_a_list_and_a_table(renderer, text):
    table = f"{head(['a', 'b'], [False, True])}\n{row([code(text), '1'])}\n"
    page = rendered.shown(renderer, f"{code(text)} after\n\n- {code(text)}\n\n{table}")
    assert [one.replace("\n", " ") for one in page.code] == [visible(text)] * 3
    assert page.rows == [["a", "b"], [visible(text), "1"]]
    assert set(page.tags) <= rendered.OURS
    assert page.prose.split() == ["after", "a", "b", "1"]


@given(st.text(st.characters(exclude_categories=()) | st.sampled_from("`|\\ <>[]@#\n"), max_size=30))
def test_any_text_stays_in_its_cell(text):
    page = rendered.shown("markdown_it", f"{head(['a', 'b'], [False, True])}\n{row([code(text, 1000), '1'])}\n")
    assert page.rows == [["a", "b"], [visible(text), "1"]]


def test_nothing_is_no_span_and_much_is_cut():
    assert code("") == ""
    assert code("a" * 300, 10) == "`aaaaaaaaa…`"
    assert code("a" * 10, 10) == "`aaaaaaaaaa`"
    assert len(code("\0" * 10**6, 50)) == 52


@pytest.mark.parametrize("renderer", rendered.RENDERERS)
@pytest.mark.parametrize("text", [
    "TLS_RSA_WITH_NULL_SHA *x* _y_ __z__ `q` <b>v</b> [l](/a) ~~s~~ | a \\ & &amp; $m$",
    "# h", "- l", "+ l", "1. l", "12) l", "= e", "> q",
])  # fmt: skip
def test_a_sentence_means_itself(renderer, text):
    page = rendered.shown(renderer, f"{sentence(text)}\n\n{head([text], [False])}\n{row([sentence(text)])}\n\n### {sentence(text)}\n")
    assert [page.prose.strip().split("\n")[0], *page.rows] == [text, [text], [text]]
    assert set(page.tags) == {"p", "table", "thead", "tbody", "tr", "th", "td", "h3"}


def test_a_sentence_can_be_read_unrendered():
    ours = "Disable TLS 1.0 (RFC 8996), and TLS_RSA suites; see section 4.1 - it's old."
    assert sentence(ours) == ours
