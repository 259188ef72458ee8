"""Handshakes of the page: which are kept, what the row has and what the details."""

import io

import pytest

from analyzer.reports.html import handshakes
from analyzer.reports.html.certificates import Certificates
from analyzer.reports.html.columns import TextRoom
from analyzer.reports.html.handshakes import Handshakes
from analyzer.reports.html.servers import Servers
from analyzer.reports.report import Told


@pytest.fixture
def gather(tables):
    """Add made-up handshakes; return (the handshakes, their servers)."""

    def run(*made):
        room = TextRoom(10**6)
        kept, servers, certificates, told = Handshakes(tables, room), Servers(), Certificates(tables, room), Told(tables, [])
        for one in made:
            told.take(one)
            row = kept.row(told)
            kept.add(told, row, servers.add(row), certificates, ["a.pcap"])
        return kept, servers

    return run


def details(kept, taken, kind):
    out = io.BytesIO()
    getattr(kept, kind).write(out, 10**6)
    return taken(out.getvalue()).details(kind)


def test_what_failed_is_kept_apart(gather, make, taken):
    kept, _ = gather(make(handshake=1), make(handshake=2, outcome="failed"), make(handshake=3))
    assert list(kept.columns.texts("chunk")) == ["usual-0", "telling-0", "usual-0"]
    assert set(details(kept, taken, "usual")) == {1, 3}
    assert set(details(kept, taken, "telling")) == {2}


def test_details_do_not_repeat_the_row(gather, make, taken):
    kept, _ = gather(make(server_name="a" * 300, alpn=None, hidden=["alpn"]))
    told = details(kept, taken, "usual")[1]
    assert told["server_name"] == "a" * 300
    assert told["hidden"] == ["alpn"]
    assert told["packets"] == "1-2, 5"
    assert not {"alpn", "client", "cipher_suite", "duration_ms", "post_quantum"} & set(told)
    assert list(kept.columns.texts("server_name")) == ["a" * 200 + "…"]


def test_every_detail_has_a_ladder(gather, make, taken):
    kept, _ = gather(make())
    told = details(kept, taken, "usual")[1]
    assert told["shapes"][told["ladder:shape"]][2] == list(range(len(told["forms"])))


def test_the_gravest_finding_is_kept(gather, make):
    kept, servers = gather(make(handshake=1), make(handshake=2), make(handshake=3, server_name="other"))
    for numbers, severity in (([1, 2], "low"), ([2, 3], "high"), ([2], "medium"), ([99], "critical")):
        kept.found(numbers, severity)
    assert list(kept.columns.texts("severity")) == ["low", "high", "high"]
    assert [one.severity for one in servers.all()] == ["high", "high"]


def test_what_failed_has_room(monkeypatch, gather, make):
    monkeypatch.setattr(handshakes, "MOST_HANDSHAKES", 4)
    made = [make(handshake=number) for number in range(5)] + [make(handshake=9, outcome="failed")]
    kept, _ = gather(*made)
    assert list(kept.columns.numbers("handshake")) == [0, 1, 2, 9]
    assert kept.room.left_out == 2
