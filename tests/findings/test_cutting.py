import importlib.util
import io
from pathlib import Path

import msgspec
import pytest

import analyzer
from analyzer.capture import SOURCE_SHIFT, Capture
from analyzer.capture.writing import Writer, select
from analyzer.findings import cutting
from analyzer.findings.cutting import Known, Ledger, Lenders, connections, known
from analyzer.findings.finding import Finding
from analyzer.findings.presented import COLUMNS
from analyzer.handshakes.handshake import Endpoint, Handshake
from analyzer.handshakes.prelude import Plain, Prelude
from analyzer.limits import DEFAULT, Limits
from analyzer.scanning import stream

spec = importlib.util.spec_from_file_location("made_traffic", Path(__file__).parents[1] / "cli" / "traffic.py")
traffic = importlib.util.module_from_spec(spec)
spec.loader.exec_module(traffic)

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.pcapng"))
PLACES = {"handshake", "source", "packets", "interface", "packet_sources"}
"""Columns that another file cannot have the same."""


def ledger_of(path):
    ledger = Ledger()
    ones = list(stream(path).everything())
    for one in ones:
        ledger.add(one)
    return ones, ledger


def sliced(path, wanted):
    """The bytes of a slice, and the ids in it."""
    ids = connections([Capture(str(path))], wanted)
    out = io.BytesIO()
    writer = Writer(out)
    for block in select([Capture(str(path))], ids):
        writer.write(block)
    assert writer.packets == len(ids)
    return out.getvalue(), ids


def facts(table):
    return [{name: str(value) for name, value in row.items() if name not in PLACES} for row in table.to_dict("records")]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_scan_of_the_slice_tells_the_same_of_the_handshake(path):
    seen = analyzer.scan(str(path))
    ledger = ledger_of(path)[1]
    wanted = facts(seen.handshakes)
    for handshake, row in list(zip(seen, wanted, strict=True))[:12]:
        data, ids = sliced(path, [ledger.connection(handshake.number)])
        assert set(ledger[handshake.number].packets) <= ids
        again = facts(analyzer.scan(io.BytesIO(data)).handshakes)
        assert row in again
        assert all(other in wanted for other in again)


@pytest.mark.parametrize("name", ["starttls-smtp-not-taken", "starttls-smtp-refused", "starttls-postgres-refused", "connect-refused"])
def test_and_of_a_connection_that_came_to_none(name):
    [path] = [path for path in SAMPLES if path.stem == name]
    wanted = facts(analyzer.scan(str(path)).preludes)
    ones, _ = ledger_of(path)
    for one in ones:
        data, _ = sliced(path, [known(one)])
        again = facts(analyzer.scan(io.BytesIO(data)).preludes)
        assert again
        assert all(row in wanted for row in again)


def test_all_at_once_are_what_each_is_alone():
    path = next(path for path in SAMPLES if path.stem == "tour")
    _, ledger = ledger_of(path)
    each = [ledger.connection(number) for number in range(1, len(ledger) + 1)]
    assert connections([Capture(str(path))], each) == set().union(*(connections([Capture(str(path))], [one]) for one in each))
    assert connections([Capture(str(path))], []) == set()


# ---- made connections


def made(tail=0, *, close=True):
    """A capture of a hello, ``tail`` segments of 1000 bytes and a FIN, then another connection between the same ports."""
    frames = traffic.connection(50_000, (False, traffic.hello(b"a.example")))
    at = 100 + len(traffic.hello(b"a.example"))
    frames += [traffic.segment(50_000, at + 1000 * number, 0x18, bytes(1000)) for number in range(tail)]
    if close:
        frames.append(traffic.segment(50_000, at + 1000 * tail, 0x11))
    again = 5_000_000
    frames += [
        traffic.segment(50_000, again - 1, 2),
        traffic.segment(50_000, 77, 0x12, back=True, acknowledged=again),
        traffic.segment(50_000, again, 0x18, traffic.hello(b"b.example"), acknowledged=78),
    ]
    return traffic.pcap(frames)


def ids_of(data, number=1, **limits):
    _, ledger = ledger_of(io.BytesIO(data))
    limits = msgspec.structs.replace(DEFAULT, **limits)
    return connections([Capture(data, 0, limits)], [ledger.connection(number)], limits)


def test_a_long_tail_is_cut_and_the_close_is_kept(monkeypatch):
    monkeypatch.setattr(cutting, "TAIL_BYTES", 5000)
    data = made(tail=50)
    ids = ids_of(data)
    whole = ids_of(made(tail=3))
    assert whole == set(range(1, 8))
    assert {1, 2, 3, 54} <= ids  # SYN, SYN/ACK, hello, FIN
    assert len(ids) == 5 + 4  # the first segment of the tail is an anomaly; then 1054 bytes each


def test_another_connection_between_the_same_ports_is_another():
    assert ids_of(made(close=False)) == {1, 2, 3}
    assert ids_of(made(close=False), 2) == {4, 5, 6}


def test_the_size_of_blocks_does_not_matter():
    data = made(tail=20)
    assert ids_of(data) == ids_of(data, block_bytes=600) == ids_of(data, block_packets=2)


def test_reading_stops_behind_the_close():
    told = []
    path = next(path for path in SAMPLES if path.stem == "tour")
    _, ledger = ledger_of(path)
    connections([Capture(str(path))], [ledger.connection(1)], progress=lambda done, _: told.append(done))
    assert told
    data = made() + made()[24:] * 200
    ledger = Ledger()
    ledger.add(next(iter(stream(io.BytesIO(made())).everything())))
    told.clear()
    connections([Capture(data, 0, Limits(block_bytes=500))], [ledger.connection(1)], progress=lambda done, _: told.append(done))
    assert told[-1] < 20


# ---- what is known


ENDS = {"client": Endpoint(bytes(4), 1), "server": Endpoint(bytes(4), 2)}


def test_a_renegotiation_brings_what_came_before_on_its_connection():
    ledger = Ledger()
    for number, renegotiation in ((1, False), (2, False), (3, True), (4, True)):
        ledger.add(Handshake(number=number, packets=[number, 10 + number], renegotiation=renegotiation, **ENDS))
    ledger.add(Handshake(number=5, packets=[90], client=Endpoint(bytes(4), 7), server=ENDS["server"]))
    assert ledger.connection(4) == Known((2, 3, 4, 12, 13, 14), (2, 3, 4, 12, 13, 14), ledger[4].ends)
    assert ledger.connection(1) == ledger[1]
    assert (len(ledger), 5 in ledger, 6 in ledger) == (5, True, False)
    ledger.add(Handshake(number=6, packets=[99], renegotiation=True, client=Endpoint(bytes(4), 8), server=ENDS["server"]))
    assert ledger.connection(6).packets == (99,)


def test_connections_that_came_to_none_are_found_by_a_packet():
    ledger = Ledger()
    one = Plain(**ENDS, preludes=[Prelude(protocol="smtp", packets=[3, 4]), Prelude(protocol="smtp", packets=[7])])
    ledger.add(one)
    assert ledger.plain([4]) == [known(one)] == [Known((3, 4, 7), (3, 4, 7), known(one).ends)]
    assert ledger.plain([5]) == ledger.plain([]) == []


def test_packets_that_are_in_no_capture_stay_wanted():
    gone = Known((5 << SOURCE_SHIFT | 1,), (5 << SOURCE_SHIFT | 1,), ())
    assert connections([Capture(made())], [gone]) == {5 << SOURCE_SHIFT | 1}


def trust_row(**cells):
    return tuple(cells.get(column.name) for column in COLUMNS)


def test_who_lent_a_certificate(monkeypatch):
    from hashlib import sha256

    monkeypatch.setattr(cutting, "LENT", 2)
    lenders = Lenders()
    for number, chain in [(1, (b"leaf",)), (2, (b"leaf", b"one")), (3, (b"leaf", b"one", b"two")), (4, (b"leaf", b"three"))]:
        lenders.add(Handshake(number=number, server_chain=chain, **ENDS))
    one, two, three = (sha256(data).hexdigest() for data in (b"one", b"two", b"three"))
    lenders.trust([trust_row(handshake=1, certificates=["leaf"])])
    lenders.trust([trust_row(handshake=5, certificates=["leaf"], borrowed=[two, one, three])])
    fields = {"rule": "r", "severity": "low", "title": "", "detail": "", "citation": "", "advice": ""}
    assert lenders.of(Finding(handshake=5, certificate="leaf", **fields)) == [2, 3]
    assert lenders.of(Finding(handshake=1, certificate="leaf", **fields)) == lenders.of(Finding(handshake=5, **fields)) == []
    assert lenders.of(Finding(**fields)) == []
