"""The tables of the report: search, sort, filters, pages and choice of columns show what the same scan says as JSON."""

import pytest
from browsing import NARROW, WIDE
from selenium.webdriver.support.ui import Select

SEVERITIES = ["critical", "high", "medium", "low", "info"]


@pytest.fixture(params=[WIDE, NARROW])
def page(request, show, samples):
    return show(samples.page, width=request.param, fragment="handshakes")


def texts(rows, name):
    return [("" if row[name] is None else str(row[name])) for row in rows]


def test_every_handshake_has_its_row(page, samples):
    rows = samples.rows("handshakes")
    page.counts(f"{len(rows):,} handshakes")
    page.whole()
    assert page.column("handshake") == texts(rows, "handshake")
    for name in ("server_name", "version", "cipher_suite", "group", "outcome"):
        assert [one.replace("_", " ") for one in page.column(name)] == [one.replace("_", " ") for one in texts(rows, name)], name
    assert page.column("start") == [one["start"][:23].replace("T", " ") for one in rows]


@pytest.mark.parametrize(("table", "name"), [("certificates", "certificates"), ("findings", "findings")])
def test_the_other_tables_are_whole_too(page, samples, table, name):
    rows = samples.rows(table)
    page.counts(f"{len(rows):,} {name}", f"#{table}-matches")
    page.whole(f"#{table}-pager")
    assert len(page.all(f"#{table}-table tbody tr[data-row]")) == len(rows)


def test_servers_are_those_of_the_handshakes(page, samples):
    servers = {(row["server"], row["server_port"], row["server_name"]) for row in samples.rows("handshakes") if row["server"]}
    page.counts(f"{len(servers):,} servers", "#servers-matches")


@pytest.mark.parametrize(("words", "test"), [
    ("tls10", lambda row: "tls10" in row["source"]),
    ("x25519mlkem768", lambda row: "X25519MLKEM768" in (row["group"] or "")),
    ("SHOP.example tls 1.2", None),
])  # fmt: skip
def test_search(page, samples, words, test):
    page.enter("#search", words)
    if test is not None:
        rows = [row for row in samples.rows("handshakes") if test(row)]
        assert rows
        page.counts(f"{len(rows):,} of {len(samples.rows('handshakes')):,} handshakes")
        page.whole()
        assert page.column("handshake") == texts(rows, "handshake")
    else:
        page.until("document.querySelector('#matches').textContent.includes(' of ')")
        shown = page.column("handshake")
        numbers = {str(row["handshake"]): row for row in samples.rows("handshakes")}
        assert shown
        for number in shown:
            told = " ".join(str(value) for value in numbers[number].values()).lower()
            assert all(word in told for word in words.lower().split())
    page.enter("#search", "no such words anywhere")
    page.counts(f"0 of {len(samples.rows('handshakes')):,} handshakes")
    assert page.column("handshake") == []
    assert page.text("#handshake-table tbody")


def sorted_by(page, name):
    """Press a column's button; in which order its texts stand, and what the table says of it."""
    page.run("arguments[0].click()", page.one(f'#handshake-table th[data-column="{name}"] button'))
    return page.column(name), page.one(f'#handshake-table th[data-column="{name}"]').get_attribute("aria-sort")


@pytest.mark.parametrize(("name", "key"), [
    ("handshake", int), ("duration_ms", float), ("server_port", int), ("start", str), ("version", str), ("outcome", str),
    ("severity", SEVERITIES.index),
])  # fmt: skip
def test_sort(page, name, key):
    page.whole()
    before = page.column(name)
    if name == "handshake":  # the table begins in this order
        first, then = reversed([sorted_by(page, name), sorted_by(page, name)])
    else:
        first, then = sorted_by(page, name), sorted_by(page, name)
    assert (first[1], then[1]) == ("ascending", "descending")
    for shown in (first[0], then[0]):
        assert sorted(shown) == sorted(before)
        there = [one for one in shown if one]
        assert shown == there + [""] * (len(shown) - len(there)), "what is absent stands last"
    up, down = ([key(one) for one in shown if one] for shown in (first[0], then[0]))
    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    said = page.run("return [...document.querySelectorAll('#handshake-table th')].map((one) => one.ariaSort)")
    assert len(said) - said.count("none") == 1


def test_a_filter_of_few_texts_is_a_choice(page, samples):
    rows = samples.rows("handshakes")
    choice = Select(page.one('#handshake-table .filter[data-column="version"]'))
    choice.select_by_value("TLS 1.2")
    wanted = [row for row in rows if row["version"] == "TLS 1.2"]
    page.counts(f"{len(wanted):,} of {len(rows):,} handshakes")
    Select(page.one('#handshake-table .filter[data-column="outcome"]')).select_by_value("failed")
    wanted = [row for row in wanted if row["outcome"] == "failed"]
    page.counts(f"{len(wanted):,} of {len(rows):,} handshakes")
    page.whole()
    assert page.column("handshake") == texts(wanted, "handshake")
    page.run("document.querySelector('#handshakes .clear').click()")
    page.counts(f"{len(rows):,} handshakes")


@pytest.mark.parametrize(("name", "asked", "test"), [
    ("duration_ms", ">10", lambda row: row["duration_ms"] > 10),
    ("handshake", "3-7", lambda row: 3 <= row["handshake"] <= 7),
    ("server_port", "443", lambda row: row["server_port"] == 443),
    ("start", "2026-03-02", lambda row: row["start"].startswith("2026-03-02")),
])  # fmt: skip
def test_a_filter_of_numbers_takes_bounds(page, samples, name, asked, test):
    rows = samples.rows("handshakes")
    wanted = [row for row in rows if test(row)]
    assert 0 < len(wanted) < len(rows)
    page.enter(f'#handshake-table .filter[data-column="{name}"]', asked)
    page.counts(f"{len(wanted):,} of {len(rows):,} handshakes")


def test_pages(page, samples):
    rows = texts(samples.rows("handshakes"), "handshake")
    seen = page.column("handshake")
    size = len(seen)
    assert 0 < size < len(rows)
    while True:
        following = page.one('#pager [aria-label="Next page"]')
        if not following.is_enabled():
            break
        page.run("arguments[0].click()", following)
        seen += page.column("handshake")
    assert seen == rows
    page.run("document.querySelector('#pager [aria-label=\"First page\"]').click()")
    assert page.column("handshake") == rows[:size]


def test_columns_are_chosen(page, samples):
    boxes = {box.get_attribute("value"): box for box in page.all("#handshakes .choose input")}
    assert "ja4" in boxes
    assert not page.all('#handshake-table th[data-column="ja4"]')
    page.run("arguments[0].click()", boxes["ja4"])
    page.whole()
    assert page.column("ja4") == texts(samples.rows("handshakes"), "ja4")
    page.run("arguments[0].click()", boxes["ja4"])
    assert not page.all('#handshake-table th[data-column="ja4"]')
