"""Servers are counted by name, address and port."""

from analyzer.reports.html import servers
from analyzer.reports.html.servers import Servers

ROW = {"server_name": "a.example", "server": "2001:db8::1", "server_port": 443, "outcome": "complete", "version": "TLS 1.3",
       "cipher_suite": "A", "group": "x25519", "post_quantum": True, "certificates": ["aa", "bb"]}  # fmt: skip


def test_counting():
    told = Servers()
    first = told.add(ROW)
    assert told.add(ROW | {"outcome": "failed", "version": None, "post_quantum": None, "certificates": None}) is first
    other = told.add(ROW | {"server_port": 8443})
    assert (first.handshakes, first.outcomes, first.versions, first.post_quantum) == (2, {"complete": 1, "failed": 1}, {"TLS 1.3": 1}, 1)
    assert (first.where, first.certificate, first.place, other.place) == ("[2001:db8::1]:443", "aa", 1, 2)
    assert told.all() == [first, other]


def test_the_gravest_is_kept():
    server = Servers().add(ROW)
    for severity in ("low", "high", "medium"):
        server.found(severity)
    assert server.severity == "high"


def test_bounds(monkeypatch):
    monkeypatch.setattr(servers, "MOST_SERVERS", 2)
    told = Servers()
    made = [told.add(ROW | {"server_port": port, "version": f"v{port}"}) for port in range(4)]
    assert made[2:] == [None, None]
    assert told.beyond == 2
    for number in range(100):
        told.add(ROW | {"server_port": 0, "version": f"v{number}"})
    assert len(made[0].versions) == servers._NAMES
