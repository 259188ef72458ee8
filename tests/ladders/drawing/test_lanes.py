"""What goes beside the arrows: keys, waits, times, packets, steps."""

import re

from rendering import MS, long, made, rung

from analyzer.ladders.drawing import lanes
from analyzer.ladders.drawing.placing import FIRST, LAST, places
from analyzer.ladders.ladder import Ladder
from analyzer.ladders.words import Wording


def texts(parts):
    return re.findall(r"<text[^>]*>([^<]*)</text>", "".join(parts))


def bands(ladder):
    placed = places(ladder, 0)
    drawn = "".join(lanes.lifelines(ladder, placed, 0, placed[-1].bottom))
    return [(float(x), float(y), float(height), keys) for x, y, height, keys in re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="10" height="([\d.]+)" rx="3" class="band (\w+)"/>', drawn)]  # fmt: skip


def test_a_lifeline_is_filled_from_where_its_side_encrypts():
    placed = places(made(), 0)
    finished = next(place for place in placed if place.rung.name == "Finished" and place.rung.encrypted)
    data = next(place for place in placed if place.rung.name == "application data")
    client, server = bands(made())
    assert (server[1], client[1]) == (round(finished.tag, 1), round(data.tag, 1))
    assert abs(server[1] + server[2] - placed[-1].bottom) < 0.2
    assert client[3] == server[3] == "keys1"


def test_keys_end_where_the_next_begin():
    ladder = made()
    rungs = (rung(epoch=1, encrypted=True), rung(epoch=0), rung(epoch=1, encrypted=True))
    both = bands(Ladder(number=1, client="", server="", rungs=rungs, epochs=ladder.epochs))
    placed = places(Ladder(number=1, client="", server="", rungs=rungs, epochs=ladder.epochs), 0)
    assert len(both) == 2
    assert abs(both[0][1] + both[0][2] - placed[1].tag) < 0.2


def test_waits_are_told():
    told = texts(lanes.waits(places(made(), 0)))
    assert told == ["server 12.0 s, network 10.0 ms"]
    rungs = (rung(thought=3 * MS, after=3 * MS),)
    assert texts(lanes.waits(places(Ladder(number=1, client="", server="", rungs=rungs), 0))) == ["client and network 3.00 ms"]
    drawn = "".join(lanes.waits(places(made(), 0)))
    assert drawn.count('class="break"') == 2 * 2  # both lifelines, two waits of more than a second


def test_what_is_not_drawn_is_told_where_it_is_left_out():
    assert texts(lanes.waits(places(long(FIRST + LAST + 1234), 0))) == ["1,234 more that are not drawn"]


def test_times_packets_and_sizes():
    ladder = made()
    told = texts(lanes.columns(places(ladder, 0), Wording(ladder)))
    for wanted in ("0.000000", "13.000000", "+1.00 s", "+11.9 s", "packets 5-6", "1,800 bytes", "2 records", "packet 9", "122 bytes"):
        assert wanted in told
    bare = Ladder(number=1, client="", server="", rungs=(rung(at=None, length=1),))
    assert texts(lanes.columns(places(bare, 0), Wording(bare))) == ["1 byte"]


def test_a_step_is_written_once_for_its_rungs():
    order = [("client", 1), ("server", 2), ("server", None), ("server", 2), ("client", 3), ("server", 2)]
    rungs = tuple(rung(sender=sender, step=None if number is None else f"flight {number}") for sender, number in order)
    drawn = list(lanes.steps(places(Ladder(number=1, client="", server="", rungs=rungs), 0)))
    assert texts(drawn) == ["flight 1", "flight 3", "flight 2", "flight 2"]
    assert "".join(drawn).count('class="bracket"') == 1
