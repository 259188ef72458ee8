"""Where the time went, on a wire whose ways and thoughts are known."""

from __future__ import annotations

import pytest
import talk

from analyzer.ladders.reading import ladder

MS = talk.MS


def shake(*, client, server, answers=7 * MS, asks=3 * MS):
    """A handshake seen from a place with these ways to either side and back; the wire's own clock adds 1 ms a packet."""
    wire = talk.Wire()
    wire.segment(talk.CLIENT, talk.SYN).at[talk.CLIENT] += 1
    wire.wait(server - MS).segment(talk.SERVER, talk.SYN | talk.ACK).at[talk.SERVER] += 1
    wire.wait(client - MS).segment(talk.CLIENT)
    wait = {talk.CLIENT: client + asks - MS, talk.SERVER: server + answers - MS}
    for number, (sender, data) in enumerate(talk.full12()):
        (wire.wait(wait[sender]) if number else wire).say(sender, data)
    return ladder(wire.one(), [])


@pytest.mark.parametrize(
    ("client", "server", "where"),
    [(1 * MS, 40 * MS, "near the client"), (40 * MS, 1 * MS, "near the server"), (20 * MS, 30 * MS, "between"), (MS, 2 * MS, "between")],
)
def test_the_ways_are_those_of_syn_and_ack(client, server, where):
    drawn = shake(client=client, server=server)
    assert (drawn.pace.round_trip, drawn.pace.where) == (client + server, where)
    assert (drawn.pace.client, drawn.pace.server) == (3 * MS, 14 * MS)
    assert drawn.pace.network == client + 2 * server
    assert drawn.pace.total == 17 * MS + client + 2 * server


def test_each_turn_has_its_thought():
    drawn = shake(client=1 * MS, server=40 * MS)
    turns = [(rung.name, rung.thought, rung.network) for rung in drawn.rungs if rung.thought is not None]
    assert turns == [
        ("SYN/ACK", 40 * MS, 40 * MS), ("ServerHello", 47 * MS, 40 * MS), ("ClientKeyExchange", 4 * MS, 1 * MS),
        ("NewSessionTicket", 47 * MS, 40 * MS),
    ]  # fmt: skip


def test_without_a_syn_the_quickest_answer_is_the_way():
    wire = talk.Wire()
    for wait, (sender, data) in zip((0, 9 * MS, 4 * MS, 5 * MS), talk.full12(), strict=True):
        wire.wait(wait).say(sender, data)
    pace = ladder(wire.one(), []).pace
    assert (pace.round_trip, pace.where) == (11 * MS, None)
    assert (pace.client, pace.server, pace.network) == (0, 4 * MS, 17 * MS)


def test_one_side_alone_has_no_turns():
    wire = talk.play(talk.full12()).only(talk.CLIENT)
    pace = ladder(wire.one(), []).pace
    assert (pace.client, pace.server, pace.network, pace.round_trip, pace.where) == (None,) * 5
    assert pace.total is not None


def test_a_clock_that_is_set_back_tells_nothing():
    wire = talk.play(talk.full12())
    wire.packets = [(time - 10**12 * (number > 3), packet) for number, (time, packet) in enumerate(wire.packets)]
    drawn = ladder(wire.one(), [])
    assert all(rung.after is None or rung.after >= 0 for rung in drawn.rungs)
    assert next(rung for rung in drawn.rungs if rung.name == "ServerHello").thought is None


def test_inside_one_machine_no_place_is_told():
    assert shake(client=MS // 20, server=MS // 10).pace.where is None


def test_of_a_syn_sent_again_the_last_was_answered():
    wire = talk.Wire()
    wire.segment(talk.CLIENT, talk.SYN).wait(1000 * MS).segment(talk.CLIENT, talk.SYN).at[talk.CLIENT] += 1
    wire.segment(talk.SERVER, talk.SYN | talk.ACK).at[talk.SERVER] += 1
    drawn = ladder(wire.segment(talk.CLIENT).client(talk.full12()[0][1]).one(), [])
    assert drawn.pace.round_trip == 2 * MS
    notes = [rung.note for rung in drawn.rungs if rung.name == "SYN"]
    assert notes == [None, "sent again: its sender had no answer, or the answer was lost"]
