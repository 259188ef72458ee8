"""What -w keeps on the road: a scan of the written file finds the handshakes that were told live, whatever packets travelled in."""

import importlib.util
import sys
from collections import Counter
from itertools import count
from pathlib import Path
from struct import pack

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.capture import Capture, blocks, from_packets
from analyzer.capture.keeping import Keeper
from analyzer.facts import TABLES, Book
from analyzer.findings.tables import rows_of
from analyzer.handshakes.handshake import Handshake
from analyzer.limits import DEFAULT
from analyzer.pipeline import Counters, handshakes
from analyzer.watching import keep

TESTS = Path(__file__).parents[1]
for name, path in (("talk", TESTS / "handshakes" / "talk.py"), ("kept_files", Path(__file__).with_name("kept_files.py"))):
    if name not in sys.modules:  # importlib mode puts no test folder on the path
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
import talk  # noqa: E402 - as above
from kept_files import Memory  # noqa: E402 - as above

SAMPLES = sorted((TESTS.parent / "samples").rglob("*.pcapng"))
NUMBERS = {"handshake", "packet", "packets", "last_packet", "packet_sources"}
"""Columns that count what is in a capture."""


def told(found):
    """Rows of all tables, without what counts packets and handshakes: the last telling of each."""
    last = {one.number if isinstance(one, Handshake) else -id(one): one for one in found}
    rows = Counter()
    for table in TABLES.values():
        keep_columns = [at for at, column in enumerate(table.columns) if column.name not in NUMBERS]
        for one in last.values():
            for row in rows_of(table, one, Book(["a capture"])):
                rows[table.name, repr([row[at] for at in keep_columns])] += 1
    return rows


def ticking(capture):
    for block in blocks([capture]):
        block.until = int(block.time.max())
        yield block


def live(capture, keeper, limits, *, ticks=True):
    found = []
    for one in handshakes(ticking(capture) if ticks else blocks([capture]), limits, Counters(), live=ticks, keeper=keeper):
        keep(keeper, one)
        found.append(one)
    keeper.close()
    return found


def again(data):
    capture = Capture(data)
    found = list(handshakes(blocks([capture]), DEFAULT, Counters()))
    assert capture.source.damage is None
    return found, capture.source


def kept(capture, limits=DEFAULT, *, ticks=True, sink=None):
    sink = sink or Memory()
    keeper = Keeper(sink, sources=[capture.source], limits=limits)
    return live(capture, keeper, limits, ticks=ticks), keeper, sink


def same(packets, link=1, limits=DEFAULT):
    """Walk packets at hand and prove that the file tells the same; return (packets written, lost, what was found)."""
    found, keeper, sink = kept(from_packets(packets, link, limits=limits), limits)
    repeated, source = again(sink.whole())
    assert told(repeated) == told(found)
    assert source.packets == keeper.packets
    return keeper.packets, keeper.lost, found


# ---- the road


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [DEFAULT.block_bytes, 700])
def test_the_file_tells_what_was_told(sample, size):
    limits = msgspec.structs.replace(DEFAULT, block_bytes=size)
    capture = Capture(sample, 0, limits)
    found, keeper, sink = kept(capture, limits, ticks=size == 700)
    repeated, source = again(sink.whole())
    assert found
    assert told(repeated) == told(found)
    assert keeper.lost == 0
    assert keeper.packets == source.packets <= capture.source.packets
    assert sink.closed == 1
    assert b"CLIENT_" not in sink.whole(), "secrets are never written"


def frames(sample):
    return [(int(time), data) for block in Capture(TESTS.parent / "samples" / f"{sample}.pcapng")
            for time, data in zip(block.time, block, strict=True)]  # fmt: skip


def test_what_shakes_no_hands_is_not_written():
    wire = talk.play(talk.full12(), talk.Wire().open())
    noise = talk.Wire((bytes([192, 0, 2, 7]), 40_000)).open()
    for _ in range(50):
        noise.say(talk.CLIENT, b"GET / HTTP/1.1\r\n\r\n")
    packets = sorted([*wire.packets, *noise.packets])
    written, lost, found = same(packets, talk.RAW, msgspec.structs.replace(DEFAULT, block_bytes=300))
    assert (written, lost, len(found)) == (len(wire.packets), 0, 1)


def in_fragments(frame, size=200):
    """Cut the IPv4 packet of an Ethernet frame into fragments."""
    ether, head, body = frame[:14], frame[14:34], frame[34 : 14 + int.from_bytes(frame[16:18], "big")]
    if len(body) <= size:
        return [frame]
    made = []
    for at in range(0, len(body), size):
        place = at >> 3 | (at + size < len(body)) << 13
        piece = body[at : at + size]
        made.append(ether + head[:2] + pack("!H", 20 + len(piece)) + head[4:6] + pack("!H", place) + head[8:] + piece)
    return made


identifications = count(1)


def vxlan(frame):
    inner = pack("!HHHH", 50_000, 4789, 16 + len(frame), 0) + b"\x08\0\0\0\0\0\x4d\0" + frame
    head = pack("!BBHHHBBH", 0x45, 0, 20 + len(inner), next(identifications), 0, 64, 17, 0) + bytes([203, 0, 113, 1, 203, 0, 113, 2])
    return bytes(12) + b"\x08\0" + head + inner


@pytest.mark.parametrize("sample", ["tls12-long-chain", "dtls12", "quic-v1", "starttls-smtp"])
@pytest.mark.parametrize("size", [DEFAULT.block_bytes, 500])
def test_all_fragments_and_what_a_tunnel_adds_are_written(sample, size):
    limits = msgspec.structs.replace(DEFAULT, block_bytes=size)
    plain, *_ = same(frames(sample), limits=limits)
    tunnelled, lost, _ = same([(time, vxlan(data)) for time, data in frames(sample)], limits=limits)
    assert lost == 0
    assert plain <= tunnelled <= len(frames(sample))
    cut = [(time, piece) for time, data in frames(sample) for piece in in_fragments(data)]
    assert len(cut) > len(frames(sample))
    fragmented, lost, _ = same(cut, limits=limits)
    assert lost == 0
    assert plain < fragmented <= len(cut)
    backwards = [(time, piece) for time, data in frames(sample) for piece in reversed(in_fragments(vxlan(data)))]
    fragmented, lost, _ = same(backwards, limits=limits)
    assert lost == 0
    assert plain < fragmented <= len(backwards)


def test_fragments_of_others_do_not_fill_memory():
    limits = msgspec.structs.replace(DEFAULT, block_bytes=2000, kept_bytes=1 << 16)
    sink = Memory()
    keeper = Keeper(sink, limits=limits)
    stray = bytes(12) + b"\x08\0" + pack("!BBHHHBBH", 0x45, 0, 1020, 9, 0x2000, 64, 17, 0) + bytes(range(8)) + bytes(1000)
    packets = [(at, stray[:18] + pack("!H", at) + stray[20:]) for at in range(500)]
    assert live(from_packets(packets, limits=limits), keeper, limits) == []
    assert keeper.packets == 0
    several = [(at, piece) for at, (_, data) in enumerate(frames("tls12-long-chain")) for piece in in_fragments(vxlan(data))]
    tight = msgspec.structs.replace(DEFAULT, kept_bytes=4000)
    _, keeper, sink = kept(from_packets(several, limits=tight), tight)
    again(sink.whole())
    assert keeper.lost > 0


@pytest.mark.parametrize("sample", ["quic-v1", "quic-retry", "quic-unknown-ca"])
def test_a_client_that_changes_its_port_is_kept_whole(sample):
    packets = frames(sample)
    port = packets[0][1][34:36]
    moved = packets[:2] + [(time, data[:34] + data[34:38].replace(port, b"\x9c\x41") + data[38:]) for time, data in packets[2:]]
    limits = msgspec.structs.replace(DEFAULT, block_bytes=1500)
    written, lost, [*found] = same(moved, limits=limits)
    assert lost == 0
    assert {one.quic.paths for one in found} == {2}
    assert written > 2


@given(st.data(), st.integers(60, 3000))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_cut_and_shuffled_packets_never_raise(data, size):
    packets = frames(data.draw(st.sampled_from(["tls13", "tls12-fragmented", "dtls12-fragmented", "quic-v1-to-v2"])))
    order = data.draw(st.permutations(range(len(packets))))
    cuts = data.draw(st.lists(st.integers(0, 2000), min_size=len(packets), max_size=len(packets)))
    made = [(packets[at][0], packets[at][1][: cuts[at]], len(packets[at][1])) for at in order]
    limits = msgspec.structs.replace(DEFAULT, block_bytes=size, kept_bytes=data.draw(st.integers(500, 1 << 16)))
    _, keeper, sink = kept(from_packets(made, limits=limits), limits)
    assert again(sink.whole())[1].packets == keeper.packets <= len(made)
