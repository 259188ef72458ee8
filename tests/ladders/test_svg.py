"""The picture: valid XML that runs nothing and asks for nothing, with every rung in it, in Chromium and librsvg as it is meant."""

import re
import shutil
import struct
import subprocess
import zlib
from base64 import b64encode
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from rendering import ANY, HOSTILE, SAMPLES, long, made, of_sample, scheme

from analyzer.escapes import terminal
from analyzer.ladders import svg
from analyzer.ladders.drawing.placing import FIRST, LAST, WIDTH

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "style", "g", "rect", "line", "path", "text", "tspan"}
ATTRIBUTES = {"viewBox", "width", "height", "role", "class", "x", "y", "x1", "x2", "y1", "y2", "rx", "d", "text-anchor",
              "{http://www.w3.org/XML/1998/namespace}space"}  # fmt: skip


def parsed(picture):
    """The picture as XML, after a look at each of its elements."""
    root = ET.fromstring(picture)  # what tests parse was written here
    assert {one.tag for one in root.iter()} <= {SVG + name for name in ELEMENTS}
    assert {name for one in root.iter() for name in one.attrib} <= ATTRIBUTES
    return root


def titles(root):
    rungs = [one.find(f"{SVG}title") for one in root.iter(f"{SVG}g") if "rung" in one.get("class").split()]
    return [title.text for title in rungs if title is not None]  # those of the legend have none


def shown(root):
    return ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_drawn_with_all_its_rungs(name):
    for ladder in of_sample(name):
        root = parsed(svg.draw(ladder))
        assert len(titles(root)) == len(ladder.rungs)
        for rung, title in zip(ladder.rungs, titles(root), strict=True):
            assert terminal(rung.name) in title
        assert root.find(f"{SVG}title").text == f"Handshake {ladder.number}: {terminal(ladder.server_name or ladder.server)}"


def test_who_cannot_see_it_is_told_it():
    root = parsed(svg.draw(made()))
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    told = root.find(f"{SVG}desc").text
    assert "client 192.0.2.1:50000 and server [2001:db8::7]:443" in told
    assert "Client sends ClientHello, 1,800 bytes, in 2 records (900 + 900), packets 5-6, step 1. server name www.example.com;" in told
    assert "Missing from the client: Finished. the client never ended the handshake." in told
    assert "3 more are not told here." in told


def test_every_kind_is_told_apart_without_colour():
    text = svg.draw(made())
    forms = {}
    for kind in ("message", "sealed", "tcp", "again", "loss", "missing", "oddity", "alert", "quic", "prelude"):
        group = re.search(rf'<g class="rung {kind}[ "].*?</g>', text)[0]
        dashes = re.search(rf"\.ladder \.{kind} \.shaft[^}}]*stroke-dasharray: ([^;}}]*)", text)
        forms[kind] = (
            *(f'class="{part}"' in group for part in ("pipe", "head", "tip", "cross", "blot", "dashes", "stroke", "shaft")),
            dashes and dashes[1], re.findall(r"<path d=\"M[\d. ]+([a-z])", group)[:1] == ["a"],
        )  # fmt: skip
    assert len(set(forms.values())) == len(forms)


def test_it_runs_nothing_and_asks_for_nothing():
    text = svg.draw(made(HOSTILE))
    parsed(text)
    for never in ("://", "url(", "@import", "<script", "\x1b", "\u202e", "\udcff"):
        assert never not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_texts_that_are_too_long_are_cut_and_whole_in_the_title():
    name = "a" * 250
    root = parsed(svg.draw(made(name)))
    assert not any(name in text for text in shown(root))
    assert any(f"ServerHello{name}" in title for title in titles(root))
    assert sum(text.endswith("…") for text in shown(root)) >= 5


def test_thousands_of_rungs_are_told_and_not_drawn():
    root = parsed(svg.draw(long(5000)))
    assert len(titles(root)) == FIRST + LAST
    assert f"{5000 - FIRST - LAST:,} more that are not drawn" in shown(root)
    assert f"{5000 - FIRST - LAST:,} more rungs are not drawn." in shown(root)
    assert "packet 5000" in shown(root)
    assert int(root.get("height")) < 32_000  # what browsers and printers still take
    assert len(titles(parsed(svg.draw(long(FIRST + LAST))))) == FIRST + LAST


def test_a_page_has_style_and_heading_itself():
    alone, bare = svg.draw(made()), svg.draw(made(), alone=False)
    assert svg.style() in alone
    assert not re.search('<style|class="title"', bare)
    assert not set("<&") & set(svg.style())
    parsed(bare)


@settings(max_examples=150, deadline=None)
@given(ANY)
def test_any_ladder_is_valid(ladder):
    root = parsed(svg.draw(ladder))
    assert len(titles(root)) == len(ladder.rungs)


def test_the_same_ladder_gives_the_same_bytes():
    assert svg.draw(of_sample("tls13")[0]) == svg.draw(of_sample("tls13")[0])


@pytest.mark.parametrize("name", ["tls13", "tls12-client-certificate", "quic-v1"])
def test_librsvg_draws_it(tmp_path, name):
    program = shutil.which("rsvg-convert")
    if program is None:
        pytest.skip("rsvg-convert is not installed")
    source = tmp_path / "ladder.svg"
    source.write_text(svg.draw(of_sample(name)[0]), encoding="utf-8")
    done = subprocess.run([program, source, "-o", tmp_path / "ladder.png"], check=True, capture_output=True, timeout=60)
    assert not done.stderr
    image = (tmp_path / "ladder.png").read_bytes()
    assert struct.unpack(">I", image[16:20]) == (WIDTH,)
    assert len(set(_samples(image))) > 30


def _samples(image):
    """The filtered bytes of a PNG: few different ones where it is empty."""
    at, data = 8, b""
    while at < len(image):
        (length,) = struct.unpack(">I", image[at : at + 4])
        if image[at + 4 : at + 8] == b"IDAT":
            data += image[at + 8 : at + 8 + length]
        at += 12 + length
    return zlib.decompress(data)


FITS = """
const sheet = document.documentElement.getBoundingClientRect();
return [...document.querySelectorAll('text')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.left < sheet.left || box.right > sheet.right || box.bottom > sheet.bottom;
}).map(one => one.textContent);
"""
BETWEEN = """
const [left, right] = [...document.querySelectorAll('rect.life')].slice(0, 2).map(one => one.getBoundingClientRect());
return [...document.querySelectorAll('.name, .field, .note, .wait, .tag')].filter(one => one.closest('.rung, .tagged')).filter(one => {
  const box = one.getBoundingClientRect();
  return box.left < left.right || box.right > right.left;
}).map(one => one.textContent);
"""


@pytest.mark.parametrize(
    "name", ["tls13", "tls12-long-chain", "tls13-mlkem", "dtls12-cookie", "starttls-smtp", "quic-retry", "made", "hostile"]
)
def test_in_chromium_every_text_is_where_there_is_room(browser, tmp_path, name):
    ladder = {"made": made(), "hostile": made(HOSTILE)}.get(name) or of_sample(name)[0]
    path = tmp_path / "ladder.svg"
    path.write_text(svg.draw(ladder), encoding="utf-8")
    browser.get(path.as_uri())
    assert browser.execute_script(FITS) == []
    assert browser.execute_script(BETWEEN) == []
    assert browser.get_log("browser") == []


PIXELS = """
const [source, done] = arguments, image = new Image();
image.onload = () => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) colours.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
  done([canvas.width, colours.size]);
};
image.onerror = () => done(null);
image.src = source;
"""


def test_chromium_draws_it_as_an_image_too(browser):
    browser.get("about:blank")
    source = "data:image/svg+xml;base64," + b64encode(svg.draw(made()).encode()).decode()
    width, colours = browser.execute_async_script(PIXELS, source)
    assert width == WIDTH
    assert colours > 100


def test_it_is_dark_where_the_reader_is(browser, tmp_path):
    path = tmp_path / "ladder.svg"
    path.write_text(svg.draw(made()), encoding="utf-8")
    fills = []
    for name in ("light", "dark"):
        scheme(browser, name)
        browser.get(path.as_uri())
        fills.append(browser.execute_script(
            "return ['.paper', '.title', '.value', '.step'].map(one => getComputedStyle(document.querySelector(one)).fill)"))  # fmt: skip
    scheme(browser, "light")
    assert all(light != dark for light, dark in zip(*fills, strict=True))


CONTRAST = """
function light(colour) {
  const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map(one => one / 255).map(
    one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}
const found = [];
for (const one of document.querySelectorAll('text, tspan')) {
  if (one.matches('.step, .mark, .sharename')) continue;
  const under = one.matches('.sidename, .place') ? '.side' : '.paper';
  const box = one.closest('.tagged')?.querySelector('.tagbox') ?? document.querySelector(under);
  const [a, b] = [light(getComputedStyle(one).fill), light(getComputedStyle(box).fill)].sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 4.5) found.push([one.textContent, (a + 0.05) / (b + 0.05)]);
}
for (const [words, under] of [['.step', '.disc'], ['text.sharename.server', 'rect.share.server']]) {
  const [a, b] = [words, under].map(one => light(getComputedStyle(document.querySelector(one)).fill)).sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 4.5) found.push([words, (a + 0.05) / (b + 0.05)]);
}
return found;
"""


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_text_can_be_read(browser, tmp_path, name):
    """WCAG 2.1, success criterion 1.4.3: a contrast of 4.5 to 1."""
    path = tmp_path / "ladder.svg"
    path.write_text(svg.draw(made()), encoding="utf-8")
    scheme(browser, name)
    browser.get(path.as_uri())
    found = browser.execute_script(CONTRAST)
    scheme(browser, "light")
    assert found == []
