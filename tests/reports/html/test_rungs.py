"""A ladder comes out of the page as it went in."""

import json

from analyzer.ladders.ladder import Epoch, Ladder, Pace, Rung
from analyzer.reports.html import rungs
from analyzer.reports.html.rungs import Forms

START = 1_767_225_600_123_456_000
RUNGS = (
    Rung(kind="tcp", sender="client", name="SYN", time=START, packet=7, last_packet=7),
    Rung(kind="message", sender="client", name="ClientHello", step="1", length=500, records=(500,), time=START + 3_000, packet=9,
         last_packet=11, epoch=0, telling=(("server name", "a\u202e.example"),), thought=3_000, network=None),
    Rung(kind="missing", sender="server", name="ServerHello", note="it did not come"),
    Rung(kind="tcp", sender="server", name="FIN", time=START + 2_000, packet=12, last_packet=12, thought=5_000,
         network=5_000),
)  # fmt: skip
LADDER = Ladder(number=3, client="a:1", server="b:2", ending="cut: the end", taught="the flights", rungs=RUNGS,
                epochs=(Epoch(name="plaintext", readable=True, doc="all see it"),),
                pace=Pace(total=9_000_000, where="near the client"), left_out=2)  # fmt: skip


def test_unfolding_gives_the_ladder():
    forms = Forms()
    told = {name.removeprefix("ladder:"): value for name, value in json.loads(json.dumps(forms.take(LADDER))).items()}
    shared = json.loads(json.dumps(forms.shared()))
    taught, epochs, numbers = shared["shapes"][told["shape"]]
    assert (told["ending"], told["where"], told["left_out"], taught) == ("cut: the end", "near the client", 2, "the flights")
    assert epochs == [["plaintext", True, "all see it"]]
    assert told["pace"] == [9_000, None, None, None, None]
    assert [shared["forms"][number][:3] for number in numbers] == [[rung.kind, rung.sender, rung.name] for rung in RUNGS]
    assert shared["forms"][numbers[1]][3:] == [False, False, "1", 500, [500], 0, [["server name", r"a\u{202e}.example"]], None]
    assert shared["forms"][numbers[2]][-1] == "it did not come"
    assert (told["unit"], told["times"]) == (1000, [0, 3, None, -1])
    assert (told["packets"], told["widths"], told["thoughts"]) == ([7, 2, None, 3], [0, 2, None, 0], [[1, -1, None], [3, 5, -1]])


def test_nanoseconds_are_kept_where_there_are_any():
    odd = Ladder(number=1, client="", server="", rungs=(RUNGS[0], Rung(kind="tcp", sender="server", name="FIN", time=START + 1)))
    told = Forms().take(odd)
    assert (told["ladder:unit"], told["ladder:times"]) == (1, [0, 1])


def test_likes_share_their_shape():
    forms = Forms()
    assert forms.take(LADDER)["ladder:shape"] == forms.take(LADDER)["ladder:shape"] == 0
    shared = forms.shared()
    assert (len(shared["forms"]), len(shared["shapes"])) == (4, 1)
    assert forms.shared() == {"forms": [], "shapes": []}


def test_what_is_beyond_the_bound_is_counted(monkeypatch):
    monkeypatch.setattr(rungs, "MOST", 3)
    forms = Forms()
    assert forms.take(LADDER)["ladder:left_out"] == 3
    assert len(forms.shared()["forms"]) == 3
