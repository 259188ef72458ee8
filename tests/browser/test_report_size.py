"""The report of 50,000 handshakes: small enough for a ticket, and every table of it still searched and sorted."""

import copies
import pytest
from browsing import NARROW, WIDE

HANDSHAKES = 50_000
LARGEST = 25_000_000
"""Bytes: what mail and ticket systems take."""


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "report.html"
    copies.page(path, HANDSHAKES)
    return path


def test_it_is_small_enough_for_a_ticket(large):
    assert large.stat().st_size < LARGEST


def test_all_of_it_is_there(show, large):
    page = show(large, fragment="handshakes")
    page.counts("50,000 handshakes")
    page.run("document.querySelector('#pager [aria-label=\"Last page\"]').click()")
    assert page.column("handshake")[-1] == "50000"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_search_and_sort_work_on_it(show, large, width):
    page = show(large, width=width, fragment="handshakes")
    page.enter("#search", copies.host(7))
    page.until("document.querySelector('#matches').textContent.endsWith(' of 50,000 handshakes')")
    assert set(page.column("server")) == {"198.51.0.7"}  # some clients send no name: then its certificate has it
    page.enter("#search", "")
    page.counts("50,000 handshakes")
    for _ in range(2):
        page.run("document.querySelector('#handshake-table th[data-column=duration_ms] button').click()")
    longest = [float(one) for one in page.column("duration_ms")]
    assert longest == sorted(longest, reverse=True)
    assert longest[0] > 100


@pytest.mark.parametrize("number", [1, 25_000, 50_000])
def test_single_ones_open_and_what_had_no_room_is_told(show, large, number):
    page = show(large, fragment=f"handshake-{number}")
    page.until("document.querySelector('#handshake-view h2')?.textContent === arguments[0]", f"Handshake {number}")
    page.settled()
    drawn, told = bool(page.all("#ladder > li")), bool(page.all("#handshake-view > .notice"))
    assert drawn is not told
    if told:
        assert "complete handshakes" in page.text("#left-out")
