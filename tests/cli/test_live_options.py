"""Options of a live run: what they take, and that they go with -i."""

import click
import pytest

from analyzer.capture.live import SNAPLEN
from analyzer.capture.live.rights import CATCHERS
from analyzer.cli.live_options import PROGRAMS, VIEWS, Seconds, option_of, requests_of
from analyzer.reports import board


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5min", 300), ("5m", 300), ("1.5h", 5400), ("2d", 172_800), (" 1 H ", 3600)]
)
def test_times(text, seconds):
    assert Seconds().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-1", "1w", "1e9", "nan", "inf", "99999999999", "4000d", "٣"])
def test_what_is_no_time(text):
    with pytest.raises(click.BadParameter, match="no time such as"):
        Seconds().convert(text, None, None)


def test_what_catchers_are_asked():
    one, two = requests_of(("a", "b", "a"), "port 443", None, promiscuous=None, monitor=None)
    assert (one.interface, two.interface, one.filter, one.snaplen) == ("a", "b", "port 443", SNAPLEN)
    assert (one.promiscuous, one.monitor) == (True, False)
    [one] = requests_of(("a",), None, 100, promiscuous=False, monitor=True)
    assert (one.filter, one.snaplen, one.promiscuous, one.monitor) == ("", 100, False, True)


@pytest.mark.parametrize(
    "words",
    [["-f", "tcp"], ["--snaplen", "100"], ["--no-promiscuous"], ["--promiscuous"], ["--monitor"],
     ["--capture-with", "tcpdump"],
     ["--duration", "1"], ["--count", "1"], ["--view", "rows"], ["-w", "x.pcapng"], ["--rotate", "1MB"], ["--append", "x.ndjson"],
     ["--stats"]],
    ids=lambda words: words[0],
)  # fmt: skip
def test_they_go_with_an_interface(tlsscan, words):
    code, out, err = tlsscan("2", *words)
    assert (code, out) == (2, b"")
    assert b"goes with -i" in err


def test_what_can_be_chosen_is_what_there_is():
    """The lists are written twice: the rooms that own them are too heavy to be asked for a help text."""
    assert PROGRAMS == CATCHERS
    assert (*board.VIEWS, "quiet") == VIEWS


def test_how_an_option_is_written():
    assert option_of("capture_filter") == "--filter"
    assert option_of("appends") == "--append"
    assert option_of("promiscuous") == "--promiscuous"
