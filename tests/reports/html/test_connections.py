"""Connections that came to no handshake are listed, and counted beyond the bound."""

from analyzer.reports.html import connections
from analyzer.reports.html.connections import Connections
from analyzer.reports.report import Told


def test_only_what_came_to_no_handshake(tables, make, plain):
    told, kept = Told(tables, []), Connections(tables)
    row = {"protocol": "smtp", "result": "refused", "greeting": "220 hello"}
    for one in (plain(row, row), make(preludes=[row | {"handshake": 1}])):
        told.take(one)
        kept.add(told)
    told.finish()
    kept.add(told)
    assert kept.count == 2
    assert [(one["protocol"], one["result"], one["packets"]) for one in kept.listed] == [("smtp", "refused", "")] * 2


def test_bound(tables, plain, monkeypatch):
    monkeypatch.setattr(connections, "MOST", 3)
    told, kept = Told(tables, []), Connections(tables)
    for _ in range(5):
        told.take(plain({"protocol": "smtp", "result": "refused"}))
        kept.add(told)
    assert (len(kept.listed), kept.count) == (3, 5)
