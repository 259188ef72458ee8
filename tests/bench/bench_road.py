"""How fast everything is, from a capture to a report: ``pytest tests/bench/bench_road.py`` (not collected by default)."""

import io

import dense
import pytest

import analyzer
from analyzer.facts import TABLES, Book
from analyzer.facts.frames import frame
from analyzer.reports import FORMATS
from analyzer.reports.report import End, Options, Told, tell

KINDS = ["dense", "mixed", "bulk"]


@pytest.mark.parametrize("kind", KINDS)
def test_handshakes(benchmark, captures, rate, kind):
    path, packets, handshakes = captures[kind]
    assert benchmark(lambda: sum(1 for _ in analyzer.stream(path))) == handshakes
    rate(packets=packets, handshakes=handshakes)


def test_the_tour(benchmark, rate):
    handshakes = benchmark(lambda: sum(1 for _ in analyzer.stream(dense.SAMPLES / "tour.pcapng")))
    rate(handshakes=handshakes)


@pytest.fixture(scope="module")
def seen(captures):
    return list(analyzer.stream(captures["dense"][0]))


@pytest.mark.parametrize("table", TABLES)
def test_rows(benchmark, seen, rate, table):
    def rows():
        book = Book(["dense.pcap"])
        return sum(len(list(TABLES[table].rows(number, handshake, book))) for number, handshake in seen)

    benchmark(rows)
    rate(handshakes=len(seen))


def test_frame(benchmark, seen, rate):
    book = Book(["dense.pcap"])
    rows = [row for number, handshake in seen for row in TABLES["handshakes"].rows(number, handshake, book)]
    assert len(benchmark(frame, TABLES["handshakes"], rows)) == len(seen)
    rate(handshakes=len(seen))


@pytest.mark.parametrize("name", FORMATS)
def test_report(benchmark, captures, rate, name):
    path, packets, handshakes = captures["dense"]

    def write():
        out, walk = io.BytesIO(), analyzer.stream(path)
        report = FORMATS[name].open(out, Options(tables=TABLES))
        tell(walk, Told(TABLES, walk.sources), [report])
        report.end(End(sources=walk.sources, counters=walk.counters))
        return out.tell()

    assert benchmark.pedantic(write, rounds=3, warmup_rounds=1) > 0
    rate(packets=packets, handshakes=handshakes)
