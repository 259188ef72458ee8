"""The diagram: only lines that were meant, whatever the wire wrote; drawn by mermaid itself."""

import html
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rendering import ANY, HOSTILE, SAMPLES, long, made, of_sample

from analyzer.escapes import mermaid as escaped
from analyzer.escapes import terminal
from analyzer.ladders.mermaid import LONGEST, draw

TEXT = r"(?:[^\x00-\x1f#;<>{}%$\"`\\@&~|\[\]^*!?]|#\d+;|<br/>)*"
LINES = re.compile(
    rf"accTitle: {TEXT}|participant [CS] as (?:client|server) {TEXT}|Note over (?:C|S|C,S): {TEXT}|Note (?:left of C|right of S): {TEXT}"
    rf"|[CS](?:-x|--x|--\)|-\)|->>|-->>)[CS]: {TEXT}|rect rgba\(122, 63, 176, 0\.12\)|end",
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


def lines(diagram):
    """The lines behind the first, each of a form that is meant; rects are closed and not nested."""
    first, *rest = diagram.split("\n")
    assert first == "sequenceDiagram"
    assert rest.pop() == ""
    depth = 0
    for line in rest:
        assert line.startswith("    ")
        assert LINES.fullmatch(line[4:]), line
        depth += line.strip().startswith("rect ") - (line.strip() == "end")
        assert depth in {0, 1}
    assert depth == 0
    return [line.strip() for line in rest]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("www.example.com", "www.example.com"),
        ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
        ("例え é", "例え é"),
        ("a;b#c", "a#59;b#35;c"),
        ("%%{init", "#37;#37;#123;init"),
        ("a\nb", "a#92;u#123;a#125;b"),
        ("end", "#101;nd"),
        ("The END, sender", "The #69;ND, sender"),
        ("wrap:x", "#119;rap:x"),
        ("<br>", "#60;br#62;"),
    ],
)
def test_what_means_something_is_told_by_number(text, written):
    assert escaped(text) == written


@given(ANY_TEXT)
@example("ﬂ°°59¶ß")
def test_a_text_keeps_to_its_line_and_loses_nothing(text):
    written = escaped(text, 1000)
    assert re.fullmatch(TEXT, written)
    assert "<br/>" not in written
    assert not re.search(r"\bend\b", written, re.IGNORECASE)
    assert html.unescape(re.sub(r"#(\d+);", r"&#\1;", written)) == terminal(text)


@settings(max_examples=150, deadline=None)
@given(ANY)
def test_any_ladder_gives_only_lines_that_are_meant(ladder):
    lines(draw(ladder))


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_has_its_arrows(name):
    for ladder in of_sample(name):
        drawn = lines(draw(ladder))
        arrows = [line for line in drawn if re.match(r"[CS]-", line)]
        assert len(arrows) == sum(rung.kind != "oddity" for rung in ladder.rungs)
        assert f"Handshake {ladder.number}" in drawn[0]


def test_every_kind_is_told_apart():
    drawn = lines(draw(made()))
    assert "C-)S: SYN, 0.000000 s" in drawn
    assert "C--)S: again: SYN sent again, 1.000000 s" in drawn
    assert "C->>S: 1. ClientHello, 1,800 bytes, 1.020000 s" in drawn
    assert "S-xC: not in the capture: bytes that are not in the capture, 1,448 bytes, 1.060000 s" in drawn
    assert "S-->>C: 2. encrypted (Finished), 69 bytes, 13.001000 s" in drawn
    assert "Note over S: odd: gap<br/>something odd" in drawn
    assert "C--xS: missing: Finished" in drawn
    assert "Note over C,S: after 11.9 s, server 12.0 s, network 10.0 ms" in drawn
    assert "Note right of S: from here on<br/>handshake traffic keys" in drawn
    assert "Note over C,S: 3 more are not drawn" in drawn
    assert drawn[-1] == "Note over C,S: where the time went: client 20.0 ms, server 12.0 s, network 40.0 ms, flights 977 ms"


def test_what_mermaid_would_not_take_is_left_out_and_told():
    diagram = draw(long(5000))
    drawn = lines(diagram)
    assert len(diagram) <= LONGEST
    arrows = sum(line.startswith("C->>S") for line in drawn)
    assert f"Note over C,S: {5000 - arrows:,} more are not drawn" in drawn
    assert len(draw(made(HOSTILE))) <= LONGEST


RENDER = """
const [text, done] = arguments;
mermaid.initialize({startOnLoad: false});
mermaid.render('diagram', text).then(drawn => {
  document.body.innerHTML = drawn.svg;
  done([...document.querySelectorAll('text')].map(one => one.textContent));
}, error => done(String(error)));
"""


@pytest.fixture
def render(browser, node_modules, tmp_path):
    """Draw a diagram with mermaid; return its texts, or the error."""
    page = tmp_path / "mermaid.html"
    program = (node_modules / "mermaid" / "dist" / "mermaid.min.js").as_uri()
    page.write_text(f'<!doctype html><meta charset="utf-8"><body><script src="{program}"></script>', encoding="utf-8")
    browser.get(page.as_uri())
    return lambda text: browser.execute_async_script(RENDER, text)


@pytest.mark.parametrize("name", ["tls13", "tls12-client-certificate", "quic-v1", "dtls12-cookie", "fail-unknown-ca", "starttls-smtp"])
def test_mermaid_draws_samples(render, name):
    ladder = of_sample(name)[0]
    texts = render(draw(ladder))
    assert isinstance(texts, list), texts
    for rung in ladder.rungs:
        assert any(rung.name in text for text in texts)


def test_mermaid_draws_what_is_hostile_as_text(render, browser):
    for ladder in (made(), made(HOSTILE), long(5000)):
        texts = render(draw(ladder))
        assert isinstance(texts, list), texts
    texts = render(draw(made(HOSTILE[:60])))
    assert any("www.example.com\\u{1b}[31m<script>alert(1)</script>\\u{202e}gpj.exe" in text for text in texts)
    assert browser.execute_script("return document.querySelectorAll('body script, a, img').length") == 0


EACH = ["end", "wrap:x", ":wrap:a", "%%{init: {'theme':'dark'}}%%", "<img src=x onerror=alert(1)>", "a;b#c#35;", "$$x^2$$", "click A href",
        "`md **b**`", "a\nb\u2028", "é例 ß end. END-of", "&lt;b&gt; &amp;", "a->>b: c", "participant Z", "@{ type: 'x' }", "ﬂ°°59¶ß",
        "x<br>y", "".join(map(chr, range(33, 127)))]  # fmt: skip


@pytest.mark.parametrize("text", EACH)
def test_mermaid_reads_each_escape_back(render, text):
    written = escaped(text, 200)
    texts = render(
        f"sequenceDiagram\n    accTitle: {written}\n    participant C as {written}\n    participant S as server\n    C->>S: {written}\n"
        f"    Note over C,S: {written}<br/>{written}\n    rect rgba(1,2,3,0.1)\n    Note right of S: {written}\n    end\n"
    )
    assert isinstance(texts, list), texts
    assert [one for one in texts if one != "server"] == [terminal(text)] * 6
