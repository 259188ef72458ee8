"""What is said of a ladder where no picture can be."""

import pytest
from rendering import MS, long, made, rung

from analyzer.ladders.ladder import Ladder, Pace
from analyzer.ladders.words import Wording, agreed, arrow, heading, shares, waited


def said(one):
    return Wording(made()).sentence(one)


def test_a_rung_in_a_sentence():
    ladder = made()
    words = Wording(ladder)
    hello, finished, missing = ladder.rungs[4], ladder.rungs[7], ladder.rungs[13]
    assert words.sentence(hello) == (
        "1.020000 s: Client sends ClientHello, 1,800 bytes, in 2 records (900 + 900), packets 5-6, step 1."
        " server name www.example.com; versions TLS 1.3; ALPN h2, http/1.1."
    )
    assert words.sentence(finished) == (
        "13.001000 s: Server sends Finished, 69 bytes, packet 10, step 2, encrypted with handshake traffic keys,"
        " named by its place and size."
    )
    assert words.sentence(missing) == "Missing from the client: Finished. the client never ended the handshake."
    assert said(rung(name="x" * 1000, step="flight 2")) == f"0.000000 s: Client sends {'x' * 300}…, flight 2."


def test_what_is_of_no_known_epoch_is_only_encrypted():
    assert "encrypted." in said(rung(encrypted=True, epoch=7))
    assert Wording(made()).keys(rung(epoch=-1)) == ""


def test_heading_and_what_was_agreed():
    assert heading(made()) == "Handshake 12: www.example.com"
    assert heading(long(0)) == "Handshake 1: 192.0.2.2:443"
    assert agreed(made()) == "TLS 1.3 · TLS_AES_128_GCM_SHA256 · X25519MLKEM768 · failed"
    assert agreed(long(0)) == "cut"


def test_whose_time_it_was():
    assert [name for name, _ in shares(made())] == ["client", "server", "network", "flights"]
    assert shares(Ladder(number=1, client="", server="", pace=Pace(client=-1, network=0))) == [("network", 0)]


@pytest.mark.parametrize(("total", "rest"), [(100, [("flights", 40)]), (61, []), (60, []), (None, []), (0, [])])
def test_what_nobody_waited_for_is_within_flights(total, rest):
    """A fiftieth is not worth a word."""
    pace = Pace(total=total, client=10, server=20, network=30)
    assert shares(Ladder(number=1, client="", server="", pace=pace))[3:] == rest


def test_who_took_no_time_is_not_named():
    assert waited(rung()) == ""
    assert waited(rung(thought=3 * MS)) == "client and network 3.00 ms"
    assert waited(rung(thought=3 * MS, network=MS)) == "client 2.00 ms, network 1.00 ms"
    assert waited(rung(thought=3 * MS, network=3 * MS)) == waited(rung(thought=2 * MS, network=3 * MS)) == "network 3.00 ms"


def test_from_whom_to_whom():
    assert arrow(rung(sender="server")) == "server → client"
    assert arrow(rung(sender="both")) == "both → its peer"


def test_a_long_ladder_ends():
    told = list(Wording(long(50)).sentences(10))
    assert len(told) == 1 + 10 + 1
    assert told[-1] == "40 more are not told here."
