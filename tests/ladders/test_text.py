"""A ladder as text: head, rungs as lifelines or as a list, foot; every sample and hostile names at every width."""

from __future__ import annotations

import msgspec
import pytest
import talk

import analyzer
from analyzer.ladders import Epoch, Ladder, Pace, Rung
from analyzer.ladders.cells import width_of
from analyzer.ladders.reading import ladder as read
from analyzer.ladders.text import WIDEST, lines
from analyzer.reports.paint import STYLES, Paint

WIDTHS = (20, 39, 40, 59, 60, 79, 80, 100, 120, 200, 300)
MADE = Ladder(
    number=3,
    client="192.0.2.10:51234",
    server="203.0.113.5:443",
    server_name="www.example.com",
    version="TLS 1.3",
    cipher_suite="TLS_AES_256_GCM_SHA384",
    group="x25519",
    outcome="complete",
    ending="Both sides finished.",
    taught="the flights of TLS 1.3",
    rungs=(
        Rung(kind="message", sender="client", name="ClientHello", time=0, epoch=0, source="a.pcap", packet=1),
        Rung(kind="sealed", sender="server", name="Finished", time=5_000_000, encrypted=True, guessed=True, epoch=1,
             source="b.pcap", packet=1),
    ),
    epochs=(Epoch(name="plaintext", readable=True, doc="No keys."), Epoch(name="handshake keys", readable=False, doc="Hide the rest.")),
    pace=Pace(total=5_000_000, client=0, server=1_000_000, network=4_000_000, round_trip=4_000_000, where="near the client"),
    left_out=7,
)  # fmt: skip
LITTLE = Ladder(number=1, client="a", server="b")


def shown(made, width):
    return ["".join(text for text, _ in line).rstrip() for line in lines(made, width)]


def test_head_and_foot():
    text = shown(MADE, 100)
    assert text[:4] == [
        "#3  192.0.2.10:51234 → 203.0.113.5:443  www.example.com",
        "TLS 1.3 · TLS_AES_256_GCM_SHA384 · x25519 · complete",
        "Both sides finished.",
        "",
    ]
    assert text[-9:] == [
        "time      5.00 ms · round trip 4.00 ms · captured near the client",
        "          client       0 ns   0%",
        "          server    1.00 ms  20%  ██████",
        "          network   4.00 ms  80%  ████████████████████████",
        "steps     the flights of TLS 1.3",
        "keys      handshake keys: Hide the rest.",
        "signs     ║ a side that encrypts · ═▶ encrypted · (name) encrypted: told by its place and size",
        "packets   a: a.pcap",
        "          b: b.pcap",
    ]
    assert "left out  7 more, past the most that is drawn" in text


def test_narrow_it_is_a_list():
    assert not any("│" in line for line in shown(MADE, 59))
    assert any("│" in line for line in shown(MADE, 60))
    assert shown(MADE, 30)[:3] == ["#3  192.0.2.10:51234 →", "    203.0.113.5:443", "    www.example.com"]


def test_what_is_not_known_is_not_told():
    assert shown(LITTLE, 80)[:2] == ["#1  a → b", "cut"]
    assert not any(line.startswith(("time", "keys", "steps", "signs", "packets")) for line in shown(LITTLE, 80))


@pytest.mark.parametrize("total", [0, -5])
def test_a_time_that_cannot_be_is_not_told(total):
    made = msgspec.structs.replace(LITTLE, pace=Pace(total=total, client=5))
    assert not any(line.startswith("time") for line in shown(made, 80))
    made = msgspec.structs.replace(LITTLE, pace=Pace(total=total, round_trip=5))
    assert "time      round trip 5 ns" in shown(made, 80)


def _check(made):
    for width in WIDTHS:
        paint = Paint(width, color=False)
        for line in lines(made, width):
            text = "".join(part for part, _ in line)
            assert width_of([(text.rstrip(" "), "")]) <= min(width, WIDEST)
            assert text.isprintable()
            assert {style for _, style in line} <= {*STYLES}
            assert paint.line(line).decode() == text.rstrip(" ") + "\n", "nothing is cut or escaped once more"


def _ladders(capture, *, fields):
    walk = analyzer.stream(capture)
    return [read(made, [source.name for source in walk.sources], fields=fields) for _, made in walk]


@pytest.mark.parametrize("capture", sorted(talk.SAMPLES.glob("*.pcapng")), ids=lambda path: path.stem)
def test_every_sample_fits_every_width(capture):
    for made in _ladders(capture, fields=capture.stem != "tour"):
        _check(made)


HOSTILE = ["\x1b]52;c;AAAA\x07", "a\x9b31m", "a\u202eb", "\ud800", "a\nb\rc", "\x00" * 5000, "́" * 200, "本" * 900]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_escaped_and_fits(text):
    odd = Rung(kind=text, sender=text, name=text, step=text, source=text, packet=1, telling=((text, text),), note=text, epoch=0, time=0)
    other = Rung(kind="message", sender="client", name=text, source="other", packet=1)
    epochs = (Epoch(name=text, readable=False, doc=text),)
    _check(Ladder(number=1, client=text, server=text, server_name=text, version=text, cipher_suite=text, group=text, outcome=text,
                  ending=text, taught=text, rungs=(odd, other), epochs=epochs, pace=Pace(total=1, where=text)))  # fmt: skip


def test_time_that_is_nobodys_is_told():
    made = msgspec.structs.replace(LITTLE, pace=Pace(total=10_000_000, client=1_000_000, network=4_000_000))
    assert shown(made, 80)[-5:] == [
        "          client    1.00 ms  10%  ███",
        "          network   4.00 ms  40%  ████████████",
        "          flights   5.00 ms  50%  ███████████████",
        "          flights: while one side goes on with what it says in one go; its",
        "          packets wait for acknowledgements, are late, or it thinks",
    ]
    made = msgspec.structs.replace(LITTLE, pace=Pace(total=10_000_000))
    assert shown(made, 80)[-1] == "time      10.0 ms"
