"""Merging: what the same client shows again and again is one finding, with its handshakes and packets, in bounded memory."""

from pathlib import Path

import analyzer
from analyzer.findings import merging
from analyzer.findings.finding import MOST_HANDSHAKES, MOST_PACKETS, Finding
from analyzer.findings.merging import Merging
from analyzer.findings.rules import RULES

TOUR = Path(__file__).parents[2] / "samples" / "tour.pcapng"


def finding(number, packets=None):
    return Finding(rule="r", severity="low", title="t", detail="d", citation="c", advice="a", handshake=number, handshakes=(number,),
                   packets=packets or (number,), time=number)  # fmt: skip


def add(room, key, number, packets=None):
    if not room.again(key):
        room.add(key, finding(number, packets))


def test_one_for_each_key():
    room = Merging()
    for number, key in enumerate("abacab", 1):
        add(room, key, number)
    assert [(one.handshake, one.handshakes, one.packets, one.count) for one in room.told()] == [
        (1, (1, 3, 5), (1, 3, 5), 3), (2, (2, 6), (2, 6), 2), (4, (4,), (4,), 1),
    ]  # fmt: skip
    assert list(room.told()) == []


def test_the_lowest_number_comes_first_whatever_the_order():
    room = Merging()
    for number in (7, 3, 5):
        add(room, "a", number)
    (one,) = room.told()
    assert (one.handshake, one.handshakes) == (3, (3, 5, 7))


def test_of_very_many_some_are_named_and_all_are_counted():
    room = Merging()
    for number in range(1, 5 * MOST_HANDSHAKES + 1):
        assert room.again("a") is (number > MOST_HANDSHAKES), "no packets are looked for that nobody is told"
        if number <= MOST_HANDSHAKES:
            room.add("a", finding(number, tuple(range(20 * number, 20 * number + 20))))
    (one,) = room.told()
    assert one.count == 5 * MOST_HANDSHAKES
    assert len(one.handshakes) == MOST_HANDSHAKES == len({*one.handshakes})
    assert len(one.packets) == MOST_PACKETS


def test_full(monkeypatch):
    monkeypatch.setattr(merging, "MOST_HELD", 2)
    room = Merging()
    add(room, "a", 1)
    assert not room.full
    add(room, "b", 2)
    assert room.full
    assert len(list(room.told())) == 2
    assert not room.full


def test_clients_of_the_tour():
    """Each client is told once of each thing that it offers, and no handshake is lost by that."""
    scan = analyzer.scan(TOUR)
    found = [one for one in scan.judged() if one.rule == "old-version-offered"]
    clients = scan.handshakes.set_index("handshake").client
    told = [(clients[one.handshake], one.detail) for one in found]
    assert len(told) == len({*told})
    assert all({clients[number] for number in one.handshakes} == {clients[one.handshake]} for one in found)
    assert sum(one.count for one in found) == scan.rules.set_index("rule").failed["old-version-offered"]
    assert len({number for one in found for number in one.handshakes}) == sum(one.count for one in found)


def test_which_rules_are_told_so():
    assert {rule.name for rule in RULES.values() if rule.once} == {
        "old-version-offered", "broken-suites-offered", "weak-signatures-offered", "compression-offered",
    }  # fmt: skip


def test_live_what_was_told_is_only_counted(monkeypatch):
    monkeypatch.setattr(merging, "MOST_TOLD", 4)
    room = Merging(live=True)
    for number, key in enumerate("aab", 1):
        add(room, key, number)
    assert [one.handshakes for one in room.told()] == [(1, 2), (3,)]
    assert room.again("a")
    assert list(room.told()) == []
    for number, key in enumerate("cdefgh", 10):
        add(room, key, number)
        list(room.told())
    assert room.forgotten > 0
    assert not room.again("a"), "that was long ago"
    assert Merging().forgotten == 0
