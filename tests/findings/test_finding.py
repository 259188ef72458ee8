"""finding: the display filter holds exactly the numbers, the row says where packets are, names tell findings apart."""

import re

from hypothesis import given
from hypothesis import strategies as st

from analyzer.capture.block import SOURCE_SHIFT
from analyzer.findings import finding
from analyzer.findings.finding import COLUMNS, SEVERITIES, Finding, display_filter, row, severity_rank

BASE = {"rule": "r", "severity": "high", "title": "t", "detail": "d", "citation": "RFC 1", "advice": "a"}
NAMES = [column.name for column in COLUMNS]


def read(words):
    """Read a display filter back, by its own grammar: a comparison, or a set of numbers and ranges."""
    if (alone := re.fullmatch(r"frame\.number == (\d+)", words)) is not None:
        return [int(alone[1])]
    [listed] = re.fullmatch(r"frame\.number in \{([\d., ]+)\}", words).groups()
    numbers = []
    for part in listed.split(", "):
        first, _, last = part.partition("..")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def cells(one, sources=("a.pcap", "b.pcap")):
    return dict(zip(NAMES, row(one, sources), strict=True))


@given(st.lists(st.integers(1, 60) | st.integers(1, 1 << 39)))
def test_a_filter_holds_exactly_its_numbers(numbers):
    words = display_filter(numbers)
    assert (words is None) == (not numbers)
    if words is not None:
        assert read(words) == sorted(set(numbers))


def test_filters_as_a_person_writes_them():
    assert display_filter([7, 7]) == "frame.number == 7"
    assert display_filter([4, 3, 5]) == "frame.number in {3..5}"
    assert display_filter([9, 1, 2, 5]) == "frame.number in {1..2, 5, 9}"
    assert display_filter(iter([2, 4])) == "frame.number in {2, 4}"


def test_a_row_says_where_its_packets_are():
    told = cells(Finding(**BASE, handshake=3, handshakes=(3,), packets=(4, 6), time=9))
    assert (told["source"], told["packets"], told["packet_sources"]) == ("a.pcap", [4, 6], None)
    assert told["display_filter"] == "frame.number in {4, 6}"
    assert (told["finding"], told["handshakes"], told["certificate"], told["time"]) == ("r:3", [3], None, 9)


def test_packets_of_two_captures():
    """The filter is for the capture that is named; each packet says which is its own."""
    second = 1 << SOURCE_SHIFT
    told = cells(Finding(**BASE, handshake=1, packets=(4, second | 2, second | 7)))
    assert (told["source"], told["packets"], told["packet_sources"]) == ("a.pcap", [4, 2, 7], ["a.pcap", "b.pcap", "b.pcap"])
    assert told["display_filter"] == "frame.number == 4"


def test_names():
    assert Finding(**BASE, handshake=3).name == "r:3"
    assert Finding(**BASE, handshake=3, certificate="0123456789abcdef").name == "r:3:01234567"
    assert Finding(**BASE, packets=((2 << SOURCE_SHIFT) | 44,)).name == "r:p44"
    assert Finding(**BASE).name == "r:0"


def test_rows_are_bounded():
    told = cells(Finding(**BASE, handshake=1, handshakes=tuple(range(1, 300)), count=299, packets=tuple(range(1, 5000))))
    assert len(told["handshakes"]) == finding.MOST_HANDSHAKES
    assert len(told["packets"]) == finding.MOST_PACKETS
    assert told["display_filter"] == f"frame.number in {{1..{finding.MOST_PACKETS}}}"
    assert told["count"] == 299


def test_nothing_to_show():
    told = cells(Finding(**BASE))
    assert (told["source"], told["packets"], told["display_filter"], told["handshakes"]) == (None, [], None, None)


def test_severities_have_an_order():
    assert [severity_rank(name) for name in SEVERITIES] == [0, 1, 2, 3, 4]
    assert list(SEVERITIES) == ["critical", "high", "medium", "low", "info"]
