"""Which handshakes the words of a command line name."""

from __future__ import annotations

import click
import pytest

from analyzer.cli.selection import Selection, handshakes_of, selected
from analyzer.findings.judging import Judging
from analyzer.limits import DEFAULT

TOUR = "samples/tour.pcapng"


@pytest.mark.parametrize(
    ("words", "captures", "spans", "findings"),
    [
        (["a.pcap"], ["a.pcap"], [], []),
        (["a.pcap", "3"], ["a.pcap"], [(3, 3)], []),
        (["a.pcap", "b.pcap", "3-5", "7"], ["a.pcap", "b.pcap"], [(3, 5), (7, 7)], []),
        (["a.pcap", "3-"], ["a.pcap"], [(3, None)], []),
        (["a.pcap", "1,4,8-9"], ["a.pcap"], [(1, 1), (4, 4), (8, 9)], []),
        (["-", "handshake:3"], ["-"], [(3, 3)], []),
        (["a.pcap", "-", "3"], ["a.pcap", "-"], [(3, 3)], []),
        (["3", "3"], ["3"], [(3, 3)], []),  # the first word is always a capture
        (["a.pcap", "rc4:8"], ["a.pcap"], [], ["rc4:8"]),
        (["a.pcap", "weak-key:8:0a1b2c3d"], ["a.pcap"], [], ["weak-key:8:0a1b2c3d"]),
        (["a.pcap", "bsi-tr-02102-2/suites:8"], ["a.pcap"], [], ["bsi-tr-02102-2/suites:8"]),
        (["a.pcap", "plain:p17"], ["a.pcap"], [], ["plain:p17"]),
        (["a.pcap", "no-such-rule"], ["a.pcap", "no-such-rule"], [], []),  # no rule has that name
        (["a.pcap", "x" * 5000], ["a.pcap", "x" * 5000], [], []),
        (["a.pcap", "nul\0"], ["a.pcap", "nul\0"], [], []),
        (["a.pcap", "²"], ["a.pcap", "²"], [], []),
    ],
)
def test_words(words, captures, spans, findings):
    found = selected(words)
    assert (found.captures, found.spans, found.findings) == (captures, spans, findings)
    assert found.anything == bool(spans or findings)


def test_a_rule_stands_for_all_that_it_found():
    from analyzer.findings.rules import RULES

    name = next(iter(RULES))
    assert selected(["a.pcap", name]).findings == [name]


def test_a_file_is_a_capture_whatever_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "7").write_bytes(b"")
    assert selected(["a.pcap", "7", "8"]).captures == ["a.pcap", "7"]


@pytest.mark.parametrize("word", ["0", "5-3", "0-3", "1,x", "1,,2", "3-4-5,6"])
def test_no_number(word):
    if word == "3-4-5,6":
        assert selected(["a", word]).captures == ["a", word]
        return
    with pytest.raises(click.UsageError):
        selected(["a", word])


def test_when_all_was_seen():
    def over(*spans):
        one = Selection(captures=[], spans=list(spans))
        return [seen for seen in range(8) if one.over(seen)]

    assert over((3, 3)) == [1, 2, 3, 4, 5, 6, 7]
    assert over((3, 5), (4, 6), (4, 4)) == [4, 5, 6, 7]
    assert over((3, None)) == []


def test_what_is_lacking():
    one = Selection(captures=[], spans=[(2, 9), (5, None), (7, 7)])
    assert [one.lacking((), count) for count in (9, 6, 4, 0)] == [None, 7, 5, 2]
    assert one.lacking({7}, 6) is None, "they are not told in order of their numbers"


def test_order_is_that_of_the_words():
    one = Selection(captures=[], spans=[(7, 7), (2, 4), (3, 3), (6, None)])
    assert one.order([2, 3, 4, 6, 7, 9]) == [7, 2, 3, 4, 6, 9]


def found(*names):
    return handshakes_of(names, [TOUR], DEFAULT, Judging(), lambda _done, _total: None)


def test_the_handshakes_of_findings(request, monkeypatch):
    monkeypatch.chdir(request.config.rootpath)
    import analyzer

    table = analyzer.scan(TOUR).findings.sort_values("handshake")
    first = table[table.handshake.notna()].iloc[0]
    assert found(first.finding)[0] == sorted({first.handshake, *(first.handshakes if isinstance(first.handshakes, list) else ())})
    of_rule = table[(table.rule == first.rule) & table.handshake.notna()]
    assert {*of_rule.handshake} <= {*found(first.rule)[0]}
    with pytest.raises(click.ClickException, match="no finding 'nonsense:1'"):
        found("nonsense:1")
