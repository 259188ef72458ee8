"""The page of the report: colours, print, keyboard, narrow windows, without script; no line in the console, no request."""

import csv
import io
import re
from itertools import pairwise

import pytest
from browsing import NARROW, WIDE

from analyzer.escapes import csv_cell

SECTIONS = ("overview", "findings", "servers", "certificates", "handshakes")
CONTROLS = ("#search", "#pager", "#theme", ".filters", ".tools", "nav")


def seen(page, selector):
    """How many elements of a kind are drawn."""
    return page.run("return [...document.querySelectorAll(arguments[0])].filter((one) => one.getClientRects().length).length", selector)


def views(samples):
    finding, certificate = samples.rows("findings")[0], samples.rows("certificates")[0]
    return ("handshake-1", f"finding-{finding['finding']}", f"certificate-{certificate['sha256']}", "server-1")


def test_the_overview_counts_what_was_scanned(show, samples):
    page = show(samples.page)
    words = page.text("#overview")
    rows = samples.rows("handshakes")
    complete = sum(row["outcome"] == "complete" for row in rows)
    assert re.search(rf"\b{len(rows):,}\s+handshakes", words)
    assert re.search(rf"\b{complete:,}\s+complete", words)
    assert re.search(rf"\b{len(samples.rows('findings')):,}\s+findings", words)
    assert page.all("#overview svg.plot[role=img]")
    assert {one.rpartition("/")[2] for one in page.texts("#overview tbody th.name")} == {
        source["name"].rpartition("/")[2] for source in samples.rows("sources")
    }


def test_plots_tell_the_numbers_of_the_scan(show, samples):
    page = show(samples.page)
    told = dict(zip(page.texts("#overview svg > title"), page.texts("#overview svg > desc"), strict=True))
    for name, count in samples.rows("summary")["versions"].items():
        assert f"{name} {count:,} (" in told["Versions"]
    assert any("median" in words for words in told.values())


def test_the_policy_is_in_force(show, samples):
    page = show(samples.page)
    page.expected = ("Content Security Policy",)
    page.run(
        """const made = document.createElement("script"); made.textContent = "window.owned = 'script'"; document.body.append(made);
        const box = document.createElement("div"); document.body.append(box);
        box.innerHTML = `<img src="https://example.invalid/x.png" onerror="window.owned = 'image'">
            <p id="styled" style="color: rgb(1, 2, 3)">a</p>
            <iframe src="https://example.invalid/"></iframe><style>body { color: rgb(1, 2, 3) }</style>`;
        fetch("https://example.invalid/").catch(() => { window.refused = true; });"""
    )
    page.until("window.refused === true")
    page.run("return new Promise((done) => setTimeout(done, 100))")
    assert page.run("return window.owned ?? null") is None
    assert page.run("return getComputedStyle(document.getElementById('styled')).color") != "rgb(1, 2, 3)"
    policy = page.one('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_scrolls_sideways(show, samples, width, dark):
    page = show(samples.page, width=width, dark=dark)
    for fragment in (*SECTIONS, *views(samples)):
        page.go(f"#{fragment}")
        needed, there = page.size()
        assert needed <= there, fragment


def background(page):
    return page.run("return getComputedStyle(document.body).backgroundColor")


def test_light_and_dark(show, samples):
    page = show(samples.page, dark=False)
    light = background(page)
    page.media(dark=True)
    dark = background(page)
    assert sum(map(int, re.findall(r"\d+", light)[:3])) > 600
    assert sum(map(int, re.findall(r"\d+", dark)[:3])) < 200
    page.one("#theme").click()
    assert background(page) == light
    page.one("#theme").click()
    assert background(page) == dark
    page.media(dark=False)
    assert background(page) == dark, "what was chosen stays"


def test_print(show, samples):
    page = show(samples.page)
    assert all(seen(page, one) for one in CONTROLS)
    page.media("print")
    assert {one: seen(page, one) for one in CONTROLS} == dict.fromkeys(CONTROLS, 0)
    assert seen(page, "#overview svg.plot")
    assert seen(page, "#findings table tbody tr, #findings article")
    assert seen(page, "#servers tbody tr")
    assert seen(page, "#handshake-table tbody tr")
    assert page.printed().startswith(b"%PDF-")
    page.media("print", dark=True)
    assert sum(map(int, re.findall(r"\d+", background(page))[:3])) > 600, "paper is white"


def test_by_keyboard_alone(show, samples):
    page = show(samples.page)
    page.press("TAB")
    assert page.active().get_attribute("href").endswith("#main")
    page.press("ENTER")
    page.press("TAB")
    assert page.run("return document.activeElement.closest('main') !== null"), "the skip link skips"
    page.press("/")
    page.until("document.activeElement.id === 'search'")
    number = samples.rows("handshakes")[4]["handshake"]
    page.press(*"tour.pcapng")
    page.until("document.querySelector('#matches').textContent.includes(' of ')")
    assert page.active().get_attribute("id") == "search"
    page.press("ESCAPE")
    page.run("document.querySelector('#handshake-table tbody tr:nth-child(5) a').focus()")
    page.press("ENTER")
    page.settled()
    page.until("document.querySelector('#handshake-view').hidden === false")
    assert page.text("#handshake-view h2") == f"Handshake {number}"
    assert page.run("return document.activeElement.tagName") == "H2"
    page.press("ESCAPE")
    page.until("document.querySelector('#sections').hidden === false")


def test_whatever_has_the_focus_shows_it(show, tour):
    page = show(tour.page)
    reached = set()
    for _ in range(60):
        page.press("TAB")
        told = page.run(
            """const one = document.activeElement; const style = getComputedStyle(one); const box = one.getBoundingClientRect();
            return [one.tagName + "." + one.className + "." + (one.getAttribute("href") ?? one.textContent.slice(0, 20)),
                one === document.body || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0),
                box.width > 0 && box.height > 0]"""
        )
        assert told[1:] == [True, True], told
        reached.add(told[0])
    assert len(reached) > 20


def test_headings_come_in_order(show, samples):
    page = show(samples.page)
    for fragment in ("overview", *views(samples)):
        page.go(f"#{fragment}")
        levels = page.run(
            """return [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.getClientRects().length)
            .map((one) => Number(one.tagName[1]))"""
        )
        assert all(after <= before + 1 for before, after in pairwise(levels)), (fragment, levels)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_without_script_the_overview_is_there(show, samples, width):
    page = show(samples.page, script=False, width=width)
    assert "Scripts are off" in page.one("main").text
    assert seen(page, ".scripted") == 0
    assert seen(page, "#overview svg.plot")
    assert seen(page, "#findings article") == min(len(samples.rows("findings")), 200)
    assert seen(page, "#servers tbody tr")
    needed, there = page.size()
    assert needed <= there


def test_nothing_moves_where_that_is_not_wished(show, samples):
    page = show(samples.page)
    page.browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    moving = page.run(
        """return [...document.querySelectorAll("*")].filter((one) => { const style = getComputedStyle(one);
        return parseFloat(style.transitionDuration) > 0.01 || parseFloat(style.animationDuration) > 0.01
            || style.scrollBehavior === "smooth"; }).length"""
    )
    assert moving == 0


CELLS = [
    "plain", "-1.5", "-1.5.x", "=1+1", "  =1", "\"'=1", "@SUM(A1)", "+49", "a;=1", 'a; "-1', "\uff1d1", "a;b=c",
    "b=c", "", "-", "1.2.3.4", 'a"b',
]  # fmt: skip


def test_the_saved_table_is_what_is_shown_and_no_formula(show, samples):
    page = show(samples.page, fragment="handshakes")
    assert [page.run("return defused(arguments[0])", one) for one in CELLS] == [
        one if re.fullmatch(r"-?[\d.]+", one) else csv_cell(one) for one in CELLS
    ]
    saved = page.driver.execute_async_script("""
        const [done] = arguments;
        URL.createObjectURL = (blob) => { blob.text().then(done); return "data:,"; };
        HTMLAnchorElement.prototype.click = () => {};
        document.querySelector("#handshakes .export").click();
    """)
    head, *rows = csv.reader(io.StringIO(saved))
    assert head == page.run("return [...document.querySelectorAll('#handshake-table th[data-column]')].map((one) => one.dataset.column)")
    assert [row[0] for row in rows] == [str(row["handshake"]) for row in samples.rows("handshakes")]
    assert [row[head.index("server_name")] for row in rows] == [row["server_name"] or "" for row in samples.rows("handshakes")]
