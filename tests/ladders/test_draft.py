"""A rung in the making: where it stands, and what it becomes."""

from __future__ import annotations

from analyzer.handshakes.handshake import Endpoint, Handshake
from analyzer.ladders.draft import Draft, several_sources


def test_of_one_capture_packets_tell_the_order_of_several_the_time():
    early = Draft(kind="tcp", sender="client", name="SYN", packet=9, time=1)
    late = Draft(kind="tcp", sender="client", name="SYN", packet=2, time=5)
    assert late.place(by_time=False) < early.place(by_time=False)
    assert early.place(by_time=True) < late.place(by_time=True)


def test_packet_ids_become_sources_and_numbers():
    rung = Draft(kind="message", sender="client", name="x", packet=1 << 40 | 7, last=1 << 40 | 9).rung(["a", "b"])
    assert (rung.source, rung.packet, rung.last_packet) == ("b", 7, 9)
    nothing = Draft(kind="missing", sender="server", name="x").rung(["a"])
    assert (nothing.source, nothing.packet, nothing.last_packet, nothing.time) == (None,) * 4


def test_several_sources():
    ends = {"client": Endpoint(bytes(4), 1), "server": Endpoint(bytes(4), 2)}
    assert not several_sources(Handshake(**ends, packets=[1, 2]))
    assert several_sources(Handshake(**ends, packets=[1, 1 << 40 | 2]))
