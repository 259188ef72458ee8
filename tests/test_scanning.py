"""The library face: whatever the caller names is read, and every fact comes out as a DataFrame."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import io
import lzma
import struct
from pathlib import Path

import pandas as pd
import pytest
import talk

import analyzer
from analyzer.findings.rules import RULES
from analyzer.findings.tables import TABLES
from analyzer.handshakes.handshake import Handshake
from analyzer.handshakes.prelude import Plain

SAMPLES = Path(__file__).parents[1] / "samples"
TOUR = SAMPLES / "tour.pcapng"
SAMPLE = SAMPLES / "tls12-ecdhe-rsa.pcapng"


@pytest.fixture(scope="module")
def tour():
    return analyzer.scan(TOUR)


@pytest.fixture(scope="module")
def packets():
    """Packets of SAMPLE, little-endian pcapng with nanoseconds, read without the reader."""
    return talk.frames(SAMPLE.stem)


def pcap(found):
    """A classic capture with nanoseconds."""
    rows = b"".join(struct.pack("<IIII", time // 10**9, time % 10**9, len(data), len(data)) + data for time, data in found)
    return struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1) + rows


def same(one, other, *, but=("source",)):
    """Whether two scans have the same rows in every table, but for the capture's name."""
    for name in TABLES:
        left, right = (scan.table(name).drop(columns=list(but), errors="ignore") for scan in (one, other))
        pd.testing.assert_frame_equal(left, right)
    return True


def test_all_tables_of_the_tour(tour):
    assert len(tour) == 34
    for name, table in TABLES.items():
        frame = getattr(tour, name)
        assert list(frame.columns) == [column.name for column in table.columns]
        assert len(frame) or name in {"anomalies", "policy", "policies"}
        assert frame is getattr(tour, name)
    assert set(TABLES) == {
        "handshakes", "messages", "offers", "extensions", "certificates", "chains", "alerts", "anomalies", "preludes",
        "causes", "findings", "rules", "readiness", "policy", "policies", "trust",
    }  # fmt: skip
    assert set(TABLES) <= set(dir(tour))
    assert "34 handshakes" in repr(tour)
    assert tour.counters.packets == len(talk.frames(TOUR.stem))


def test_dtypes(tour):
    frame = tour.handshakes
    assert str(frame.start.dtype) == "datetime64[ns, UTC]"
    for name in ("version_code", "cipher_suite_code", "client_port"):
        assert pd.api.types.is_integer_dtype(frame[name])
    for name in ("duration_ms", "connect_ms"):
        assert pd.api.types.is_float_dtype(frame[name])
    assert not (frame.select_dtypes("object") == "").any().any()


def test_numbers_lead_to_objects(tour):
    for number, row in zip(tour.handshakes.handshake, tour, strict=True):
        assert tour.handshake(number) is row
        assert row.number == number
    with pytest.raises(KeyError):
        tour.handshake(0)


def test_names_that_are_no_table(tour):
    with pytest.raises(AttributeError, match="handshakes"):
        _ = tour.nothing
    with pytest.raises(KeyError):
        tour.table("nothing")
    assert not hasattr(analyzer, "nothing")


@pytest.mark.parametrize(
    "shape",
    [
        str,
        Path,
        lambda path: [path],
        lambda path: (str(path),),
        lambda path: path.open("rb"),
        lambda path: io.BytesIO(path.read_bytes()),
        lambda path: path.read_bytes(),
    ],
)
def test_one_capture_in_every_shape(shape):
    assert same(analyzer.scan(shape(SAMPLE)), analyzer.scan(SAMPLE))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed(tmp_path, pack):
    path = tmp_path / "capture"
    path.write_bytes(pack(SAMPLE.read_bytes()))
    assert same(analyzer.scan(path), analyzer.scan(SAMPLE))


def test_compressed_by_zstd_and_lz4(tmp_path):
    import sys

    import lz4.frame

    zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    for number, pack in enumerate((zstd.compress, lz4.frame.compress)):
        path = tmp_path / str(number)
        path.write_bytes(pack(SAMPLE.read_bytes()))
        assert same(analyzer.scan(path), analyzer.scan(SAMPLE))


def test_pcap_and_pcapng_tell_the_same(tmp_path, tour):
    path = tmp_path / "tour.pcap"
    path.write_bytes(pcap(talk.frames(TOUR.stem)))
    assert same(analyzer.scan(path), tour)


def test_folder_and_glob(tmp_path):
    for name in ("tls13", "tls12-rsa"):
        (tmp_path / f"{name}.pcapng").write_bytes((SAMPLES / f"{name}.pcapng").read_bytes())
    (tmp_path / "notes.txt").write_text("no capture")
    folder, glob = analyzer.scan(tmp_path), analyzer.scan(str(tmp_path / "*.pcapng"))
    assert len(folder) == len(glob) == 2
    assert same(folder, glob)
    assert len(folder.sources) == 2


def test_packets_at_hand(packets):
    plain = analyzer.scan(SAMPLE)
    assert same(analyzer.scan(packets), plain)
    assert same(analyzer.scan(iter(packets)), plain)
    bare = analyzer.scan([data for _, data in packets])
    assert bare.handshakes.cipher_suite.tolist() == plain.handshakes.cipher_suite.tolist()
    assert len(analyzer.scan([data[14:] for _, data in packets], link=101)) == 1


def test_scapy_packets(packets):
    scapy = pytest.importorskip("scapy.all")
    listed = scapy.PacketList([scapy.Ether(data) for _, data in packets])
    for packet, (time, _) in zip(listed, packets, strict=True):
        packet.time = time / 10**9
    made, plain = analyzer.scan(listed).handshakes, analyzer.scan(SAMPLE).handshakes
    assert made.ja4.tolist() == plain.ja4.tolist()
    assert made.packets.tolist() == plain.packets.tolist()
    assert abs(made.start[0] - plain.start[0]) < pd.Timedelta("1us")


def test_two_halves_are_one_body_of_traffic(tmp_path, packets):
    """A rotated set of captures: the handshake goes on in the next file, and its packets are counted in their own."""
    paths = [tmp_path / "a.pcap", tmp_path / "b.pcap"]
    cut = 7
    for path, part in zip(paths, (packets[:cut], packets[cut:]), strict=True):
        path.write_bytes(pcap(part))
    whole = analyzer.scan(SAMPLE).handshakes.iloc[0]
    for order in (paths, paths[::-1]):
        found = analyzer.scan(order)
        [row] = found.handshakes.to_dict("records")
        assert row["outcome"] == "complete"
        assert row["packets"] == [number if number <= cut else number - cut for number in whole.packets]
        assert [Path(name).name for name in row["packet_sources"]] == ["a.pcap" if number <= cut else "b.pcap" for number in whole.packets]
        assert {source.name.rsplit("/", 1)[-1] for source in found.sources} == {"a.pcap", "b.pcap"}


@pytest.mark.parametrize("content", [pcap([]), []])
def test_nothing_in_it(tmp_path, content):
    if isinstance(content, bytes):
        path = tmp_path / "empty.pcap"
        path.write_bytes(content)
        content = path
    found = analyzer.scan(content)
    assert len(found) == 0
    for name, table in TABLES.items():
        frame = found.table(name)
        assert len(frame) == 0 or name in {"rules", "readiness"}, "what was counted, and that was nothing"
        assert list(frame.columns) == [column.name for column in table.columns]
    assert found.handshakes.dtypes.equals(analyzer.scan(SAMPLE).handshakes.dtypes)


def test_a_capture_that_breaks_off(tmp_path):
    path = tmp_path / "cut.pcapng"
    path.write_bytes(TOUR.read_bytes()[:50_000])
    found = analyzer.scan(path)
    assert 0 < len(found) < 34
    assert found.sources[0].damage


def test_stream_gives_handshakes_once_as_they_end():
    walk = analyzer.stream(TOUR)
    numbers = [number for number, made in walk if made.number == number]
    assert sorted(numbers) == list(range(1, 35))
    assert list(walk) == []
    assert walk.counters.packets
    assert walk.sources[0].name.endswith("tour.pcapng")


# ------------------------------------------------------------------------------------------------ what came to no handshake


def mail(client, *, refused=False, upgrades=False, start=talk.START):
    """An SMTP connection whose server can do TLS (RFC 3207 section 5): not asked, asked and refused, or asked and granted."""
    wire = talk.Wire((bytes([192, 0, 2, 1]), client), (bytes([198, 51, 100, 2]), 25), start=start).open()
    wire.server(b"220 mail.example ESMTP\r\n").client(b"EHLO a.example\r\n").server(b"250-mail.example\r\n250 STARTTLS\r\n")
    if refused or upgrades:
        wire.client(b"STARTTLS\r\n").server(b"454 4.7.0 TLS not available\r\n" if refused else b"220 2.0.0 Ready\r\n")
    if upgrades:
        talk.play(talk.full12(), wire)
    else:
        wire.client(b"QUIT\r\n").server(b"221 2.0.0 Bye\r\n")
    return wire.fin(talk.CLIENT).fin(talk.SERVER).packets


@pytest.fixture(scope="module")
def letters():
    """Three connections: one upgrades, one is refused, one does not ask."""
    starts = [talk.START + second * 10**9 for second in range(3)]
    return [*mail(50_001, upgrades=True, start=starts[0]), *mail(50_002, refused=True, start=starts[1]), *mail(50_003, start=starts[2])]


def test_everything_is_the_handshakes_and_what_came_to_none(letters):
    walk = analyzer.stream(letters, link=talk.RAW)
    found = list(walk.everything())
    assert [type(one) for one in found] == [Handshake, Plain, Plain]
    assert [one.client.port for one in found] == [50_001, 50_002, 50_003]
    assert [[(prelude.protocol, prelude.offered, prelude.requested, prelude.granted) for prelude in one.preludes] for one in found] == [
        [("smtp", True, True, True)], [("smtp", True, True, False)], [("smtp", True, False, None)]]  # fmt: skip
    assert list(walk.everything()) == list(walk) == []


def test_iterating_gives_handshakes_alone(letters):
    assert [(number, made.client.port) for number, made in analyzer.stream(letters, link=talk.RAW)] == [(1, 50_001)]


def test_a_scan_tells_preludes_with_and_without_a_handshake(letters):
    found = analyzer.scan(letters, link=talk.RAW)
    assert len(found) == len(list(found)) == len(found.handshakes) == 1
    assert found.handshakes.prelude.tolist() == ["smtp"]
    table = found.preludes
    assert table[["protocol", "result", "server_port"]].to_numpy().tolist() == [
        ["smtp", "upgraded", 25], ["smtp", "refused", 25], ["smtp", "not_taken", 25]]  # fmt: skip
    assert str(table.handshake.dtype) == "Int64"
    assert table.handshake.isna().tolist() == [False, True, True]
    assert table.handshake[0] == 1
    assert table.greeting.tolist() == ["220 mail.example ESMTP"] * 3
    assert table.answer[1] == "454 4.7.0 TLS not available"
    assert found.preludes.dtypes.equals(analyzer.scan([]).preludes.dtypes)
    assert found.handshakes.merge(table, on="handshake").shape[0] == 1


def test_nothing_but_preludes(letters):
    found = analyzer.scan([packet for packet in letters if packet[0] >= talk.START + 10**9], link=talk.RAW)
    assert len(found) == 0
    rows = {name: len(found.table(name)) for name in TABLES}
    assert rows.pop("rules") == len(RULES)
    assert {name: count for name, count in rows.items() if count} == {"preludes": 2, "findings": 2, "readiness": 1}
    assert set(found.findings.rule) == {"starttls-refused", "starttls-not-taken"}
    assert found.findings.handshake.isna().all()
    assert found.handshakes.dtypes.equals(analyzer.scan(SAMPLE).handshakes.dtypes)


def test_progress_is_told():
    told = []
    analyzer.scan(TOUR, progress=lambda done, total: told.append((done, total)))
    assert told
    assert 0 < told[-1][0] <= told[-1][1] == TOUR.stat().st_size


def test_in_a_running_loop():
    async def inside():
        return len(analyzer.scan(SAMPLE))

    assert asyncio.run(inside()) == 1


def test_nothing_is_printed(capfd):
    analyzer.scan(SAMPLE)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("what", [[1, 2], [object()], iter([str(SAMPLE)]), 7])
def test_what_is_no_capture(what):
    with pytest.raises((TypeError, analyzer.errors.CaptureError)):
        analyzer.scan(what)


def test_a_handshake_as_a_ladder():
    found = analyzer.scan(SAMPLE)
    ladder = found.ladder(1)
    assert ladder.number == 1
    assert {rung.source for rung in ladder.rungs if rung.source} == {str(SAMPLE)}
    assert ladder._repr_svg_().startswith("<svg")
    assert not any(rung.fields for rung in ladder.rungs)
    assert any(rung.fields for rung in found.ladder(1, fields=True).rungs)
    with pytest.raises(KeyError):
        found.ladder(99)
