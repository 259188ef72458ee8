"""Everything in the report links to everything: views of handshakes, certificates, findings and servers, their addresses, the ladder."""

from collections import Counter
from urllib.parse import quote, unquote

import pytest
from browsing import NARROW, WIDE

KINDS = {"handshake": ("handshakes", "handshake"), "certificate": ("certificates", "sha256"), "finding": ("findings", "finding")}
"""Kind of a view -> its table, and the column that its address names."""


def shown(page):
    """The heading of the view that is shown, None for none."""
    return page.run(
        "return [...document.querySelectorAll('main > section.view')].find((one) => !one.hidden)?.querySelector('h2').textContent ?? null"
    )


def hrefs(page, within):
    return page.run("return [...document.querySelectorAll(`${arguments[0]} a[href]`)].map((one) => one.getAttribute('href'))", within)


def test_every_link_leads_somewhere_and_everything_is_reached(show, samples):
    page = show(samples.page)
    for pager in ("#pager", "#findings-pager", "#certificates-pager", "#servers-pager"):
        page.whole(pager)
    waiting = list(dict.fromkeys(hrefs(page, "body")))
    seen = set()
    while waiting:
        fragment = waiting.pop()
        if fragment in seen:
            continue
        seen.add(fragment)
        assert fragment.startswith("#"), fragment
        page.run("location.hash = arguments[0]", fragment)
        page.settled()
        kind, dash, _ = fragment[1:].partition("-")
        if dash and kind in {*KINDS, "server"}:
            view = f"#{kind}-view"
            assert page.run("return document.querySelector(arguments[0]).hidden", view) is False, fragment
            assert not page.all(f"{view} > .notice"), fragment
            assert page.text(f"{view} h2")
            waiting += [one for one in hrefs(page, view) if one not in seen]
        else:
            assert page.all(fragment), fragment
            assert shown(page) is None
    assert page.one("#trouble").get_attribute("hidden") is not None
    for kind, (table, key) in KINDS.items():
        assert {f"#{kind}-{quote(str(row[key]), safe='')}" for row in samples.rows(table)} <= {
            f"#{kind}-{quote(unquote(one.partition('-')[2]), safe='')}" for one in seen if one.startswith(f"#{kind}-")
        }


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_walk_and_the_way_back(show, samples, width):
    page = show(samples.page, width=width, fragment="handshakes")
    finding = next(row for row in samples.rows("findings") if row["handshake"] and row["certificate"])
    number = finding["handshake"]
    page.enter('#handshake-table .filter[data-column="handshake"]', str(number))
    page.counts(f"1 of {len(samples.rows('handshakes'))} handshakes")
    page.one("#handshake-table tbody a").click()
    page.settled()
    walk = [shown(page)]
    assert walk == [f"Handshake {number}"]
    steps = (
        f'[href^="#finding-"][href*="{finding["rule"]}"]', '[href^="#certificate-"]', f'[href="#handshake-{number}"]', '[href^="#server-"]',
    )  # fmt: skip
    for step in steps:
        page.one(f"main > section.view:not([hidden]) > :not(.viewbar) a{step}, main > section.view:not([hidden]) > a{step}").click()
        page.settled()
        walk.append(shown(page))
    assert walk[1] == finding["title"]
    assert walk[3] == f"Handshake {number}"
    for title in reversed(walk[:-1]):
        page.back()
        assert shown(page) == title
    page.back()
    assert shown(page) is None
    assert page.column("handshake") == [str(number)], "the filter is as it was"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_view_begins_at_its_top_and_back_is_where_one_was(show, samples, width):
    page = show(samples.page, width=width, fragment="handshakes")
    row = page.all("#handshake-table tbody tr")[20]
    page.run("arguments[0].scrollIntoView({ block: 'center' })", row)
    before = page.run("return scrollY")
    assert before > 500
    row.find_element("css selector", "a").click()
    page.settled()
    top = page.run("return document.querySelector('#handshake-view h2').getBoundingClientRect().top")
    assert 0 <= top < 300
    page.back()
    page.until("Math.abs(scrollY - arguments[0]) < 40", before)


def test_addresses_can_be_shared(show, samples):
    finding = next(row for row in samples.rows("findings") if row["certificate"])
    certificate = next(row for row in samples.rows("certificates") if row["sha256"] == finding["certificate"])
    for fragment, title in (
        ("handshake-7", "Handshake 7"),
        (f"finding-{quote(finding['finding'], safe='')}", finding["title"]),
        (f"certificate-{certificate['sha256']}", certificate["subject_cn"] or certificate["subject"]),
        ("server-1", None),
        ("handshake-999999999", "Handshake 999999999"),
        (f"certificate-{'0' * 64}", "Certificate"),
    ):
        page = show(samples.page, fragment=fragment)
        page.until("[...document.querySelectorAll('main > section.view')].some((one) => !one.hidden && one.querySelector('h2'))")
        page.settled()
        assert title is None or shown(page) == title
        assert bool(page.all("main > section.view:not([hidden]) > .notice")) is ("9999" in fragment or "0000" in fragment)


@pytest.mark.parametrize("fragment", [
    "handshake-%", "handshake-", "finding-%E0%A4%A", "server--1", "x", "%3Cimg src=x onerror=alert(1)%3E", "constructor-1",
])  # fmt: skip
def test_an_odd_address_breaks_nothing(show, samples, fragment):
    page = show(samples.page, fragment=fragment)
    page.settled()
    page.go("#handshake-1")
    assert shown(page) == "Handshake 1"


# ---- the ladder


def test_the_ladder_has_every_message_and_more(show, samples):
    """Each message of the table messages is a rung, in its order; what was not read (encrypted) has another name there."""
    page = show(samples.page)
    messages = {}
    for row in samples.rows("messages"):
        if not row["encrypted"]:
            messages.setdefault(row["handshake"], []).append((row["sender"], row["length"]))
    numbers = [row["handshake"] for row in samples.rows("handshakes")][::6]
    kinds = Counter()
    for number in numbers:
        page.go(f"#handshake-{number}")
        rungs = page.run(
            """return [...document.querySelectorAll("#ladder > li")].map((one) => [one.dataset.kind,
            one.classList.contains("client") ? "client" : "server", one.querySelector(".name strong").textContent])"""
        )
        kinds.update(kind for kind, _, _ in rungs)
        told = [sender for sender, _ in messages.get(number, [])]
        drawn = [sender for kind, sender, _ in rungs if kind == "message"]
        assert Counter(drawn) >= Counter(told), number
        assert len(rungs) >= len(told)
        assert all(name for _, _, name in rungs)
    assert kinds["message"]
    assert kinds["tcp"]
    assert kinds["sealed"]


def test_the_ladder_says_what_is_encrypted(show, tour):
    page = show(tour.page, fragment="handshake-1")
    page.settled()
    assert page.all("#ladder .encrypted")
    assert page.text("#ladder li.message .name").startswith("client to server:")
    assert "shop.example" in page.text("#ladder li.message")
    assert page.one("#ladder").tag_name == "ol"
