"""The page: nothing runs, nothing loads, wire text is text; all rungs and fields are there; accessible as axe-core sees it."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from rendering import ANY, HOSTILE, long, made, of_sample, scheme

from analyzer.escapes import terminal
from analyzer.ladders import page

ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "main", "nav", "article", "div", "h1", "h2", "h3", "p", "ol", "ul", "li", "a", "span",
    "strong", "dl", "dt", "dd", "details", "summary", "code", "svg", "desc", "g", "rect", "line", "path", "text", "tspan",
}  # fmt: skip


class Elements(HTMLParser):
    """Elements with their attributes, and the texts in each."""

    def __init__(self, text):
        super().__init__()
        self.found, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def checked(text):
    """The page's elements, after a look at each."""
    elements = Elements(text)
    for tag, attributes in elements.found:
        assert tag in ALLOWED
        assert not any(name.startswith("on") or name in {"style", "src", "srcset", "action"} for name in attributes)
        assert attributes.get("href", "#").startswith("#")
    assert text.encode("utf-8")
    return elements


def test_its_policy_lets_one_style_sheet_through_and_nothing_else():
    text = page.draw([made()])
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert len(styles) == 1
    digest = b64encode(sha256(styles[0].encode()).digest()).decode()
    policy = next(one["content"] for _, one in checked(text).found if one.get("http-equiv") == "Content-Security-Policy")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert "url(" not in styles[0]


def test_what_the_wire_wrote_is_text():
    elements = checked(page.draw([made(HOSTILE)]))
    assert any(terminal(HOSTILE, 4000) in text for text in elements.texts)
    assert "script" not in dict(elements.found)


@settings(max_examples=60, deadline=None)
@given(ANY)
def test_any_ladder_makes_a_page(ladder):
    elements = checked(page.draw([ladder]))
    assert sum(tag == "li" for tag, _ in elements.found) == len(ladder.rungs) + sum(len(rung.fields) for rung in ladder.rungs)


@pytest.mark.parametrize("name", ["tls12-client-certificate", "tls13-hello-retry", "quic-retry"])
def test_it_has_all_rungs_and_all_fields(name):
    for ladder in of_sample(name, fields=True):
        text = "".join(checked(page.draw([ladder])).texts)
        for rung in ladder.rungs:
            assert terminal(rung.name) in text
            for field in rung.fields:
                assert terminal(field.name) in text
                assert terminal(field.value, 100_000) in text
                assert re.sub("(..)(?!$)", r"\1 ", field.data or "") in text


def test_bytes_beyond_a_record_are_counted():
    one = made()
    field = next(rung for rung in one.rungs if rung.fields).fields[2]
    assert page._field(field).data == " ".join(["00", "12"] * 9)
    long_one = type(field)(name="x", data="ab" * 100_000)
    assert page._field(long_one).data.endswith(f"ab … {100_000 - page._HEX // 2:,} bytes more")


def test_several_handshakes_have_a_list_of_them():
    ladders = of_sample("tls12-resume-ticket")
    elements = checked(page.draw(ladders))
    assert [one["href"] for tag, one in elements.found if tag == "a"] == [f"#handshake-{ladder.number}" for ladder in ladders]
    assert {one["id"] for tag, one in elements.found if tag == "article"} == {f"handshake-{ladder.number}" for ladder in ladders}
    assert "".join(elements.texts).count(f"{len(ladders)} handshakes") == 2  # title and heading


def test_what_is_not_drawn_is_listed_all_the_same():
    elements = checked(page.draw([long(1000)]))
    assert sum(tag == "li" for tag, _ in elements.found) == 1000
    assert "3 more are not told here." in "".join(checked(page.draw([made()])).texts)


def test_a_handshake_of_which_nothing_was_seen():
    assert "Nothing of it is in the capture." in page.draw([long(0)])


VIOLATIONS = """
const done = arguments[0];
axe.run(document, {resultTypes: ['violations']}).then(found => done(found.violations.map(
  one => [one.id, one.impact, one.nodes.slice(0, 3).map(node => node.html.slice(0, 200))])), error => done([String(error)]));
"""


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_in_chromium_it_is_accessible_and_loads_nothing(browser, node_modules, tmp_path, name, width):
    path = tmp_path / "ladders.html"
    path.write_text(page.draw([made(), *of_sample("tls13", fields=True)]), encoding="utf-8")
    scheme(browser, name)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    try:
        browser.get(path.as_uri())
        assert browser.get_log("browser") == []
        assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        for summary in browser.find_elements("css selector", "summary"):
            browser.execute_script("arguments[0].parentElement.open = true", summary)
        browser.execute_cdp_cmd("Runtime.evaluate", {"expression": (node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")})
        assert browser.execute_async_script(VIOLATIONS) == []
    finally:
        scheme(browser, "light")
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_long_page_comes_in_pieces():
    ladders = [long(20)] * 50
    pieces = list(page.parts(ladders))
    assert "".join(pieces) == page.draw(ladders)
    assert max(map(len, pieces)) < len(page.draw(ladders)) / 10


def test_kinds_are_classes_of_the_list_and_no_others():
    classes = [one.get("class", "").split() for tag, one in checked(page.draw([made()])).found if tag == "li"]
    kinds = [each[1] for each in classes if each[:1] == ["line"]]
    assert kinds[-4:] == ["alert", "calm", "missing", "message"]
