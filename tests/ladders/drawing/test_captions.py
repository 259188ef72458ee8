"""What stands above and below the ladder."""

import re

import msgspec
from rendering import MS, long, made

from analyzer.ladders.drawing.captions import foot, head
from analyzer.ladders.drawing.placing import places
from analyzer.ladders.ladder import Pace
from analyzer.ladders.words import WITHIN, Wording


def texts(drawn):
    return [re.sub("<[^>]*>", "", text) for text in re.findall(r"<text[^>]*>.*?</text>", drawn)]


def below(ladder, left_out=0):
    return texts(foot(ladder, places(ladder, 0), Wording(ladder), left_out, 0)[0])


def test_the_head():
    drawn, bottom = head(made(), titled=True)
    assert texts(drawn) == [
        "Handshake 12: www.example.com", "failed", "TLS 1.3 · TLS_AES_128_GCM_SHA256 · X25519MLKEM768", "The server refused.",
        "client", "192.0.2.1:50000", "server", "[2001:db8::7]:443", "seconds",
    ]  # fmt: skip
    assert 'class="outcome bad"' in drawn
    bare, higher = head(made(), titled=False)
    assert texts(bare)[0] == "client"
    assert higher < bottom
    for outcome, style in (("complete", "good"), ("cut", "open"), ("one_sided", "open"), ("never heard of", "bad")):
        assert f'class="outcome {style}"' in head(msgspec.structs.replace(made(), outcome=outcome), titled=True)[0]


def test_the_foot_tells_where_the_time_went():
    told = below(made(), 3)
    assert told[:4] == [
        "Where 13.0 s went", "server 12.0 s",
        "client 20.0 ms · server 12.0 s · network 40.0 ms · flights 977 ms · one round trip 10.0 ms · captured near the client", WITHIN,
    ]  # fmt: skip
    assert "Numbers beside the lifelines: the flights of TLS 1.3." in told
    assert "3 more rungs are not drawn." in told


def test_parts_of_the_time_are_as_wide_as_they_are_long():
    pace = Pace(total=10 * MS, client=2 * MS, server=5 * MS, network=3 * MS)
    ladder = msgspec.structs.replace(made(), pace=pace)
    drawn = foot(ladder, places(ladder, 0), Wording(ladder), 0, 0)[0]
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="18" class="share', drawn)]
    assert [round(width / sum(widths), 2) for width in widths] == [0.2, 0.5, 0.3]


def test_what_is_not_known_is_not_drawn():
    assert below(long(2)) == []
    assert below(msgspec.structs.replace(long(2), pace=Pace(total=0))) == []
    assert below(msgspec.structs.replace(long(2), pace=Pace(total=5 * MS))) == [
        "5.00 ms from the first message of the handshake to the last"
    ]


def test_the_legend_explains_what_was_drawn():
    told = below(made())
    assert "plaintext: Everybody can read it." in told
    assert "handshake traffic keys: Nobody else can read it (RFC 8446 section 7.1)." in told
    for meaning in ("an alert", "not in the capture", "sent again, or out of order", "something odd", "did not come"):
        assert meaning in told
    assert told[-1] == "(name): encrypted, told by its place and size"


def test_captures_are_named_where_there_are_several():
    ladder = made()
    rungs = (*ladder.rungs, msgspec.structs.replace(ladder.rungs[0], source="b.pcap"))
    told = below(msgspec.structs.replace(ladder, rungs=rungs))
    assert "a: a.pcap" in told
    assert "b: b.pcap" in told
