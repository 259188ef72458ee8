import pytest

from analyzer.facts import TABLES
from analyzer.reports import summary
from analyzer.reports.report import Told
from analyzer.reports.summary import COUNTED, Summary

DAY = 86_400 * 10**9


@pytest.fixture
def count(tables):
    def run(*handshakes):
        told, counted = Told(tables, []), Summary(tables)
        for one in handshakes:
            told.take(one)
            counted.add(told)
        return counted

    return run


def test_counts(count, make):
    found = count(make(), make(outcome="failed", alert="bad_certificate", post_quantum=False), make(version=None, post_quantum=None))
    assert found.handshakes == 3
    assert found.counts("outcomes") == {"complete": 2, "failed": 1}
    assert found.counts("alerts") == {"bad_certificate": 1}
    assert found.counts("versions") == {"TLS 1.3": 2}
    assert (found.post_quantum, found.key_exchanges_known) == (1, 2)
    (server,) = found.servers.values()
    assert (server.handshakes, server.versions) == (3, ["TLS 1.3"])


def test_what_came_to_no_handshake_counts_among_the_preludes_and_nowhere_else(count, make, plain):
    smtp, proxy = {"protocol": "smtp", "result": "refused"}, {"protocol": "connect", "result": "no_tls"}
    found, bare = count(make(), plain(smtp), plain(proxy, smtp)), count(make())
    assert found.preludes == {"smtp refused": 2, "connect no_tls": 1}
    assert not bare.preludes
    assert found.facts() == bare.facts() | {"preludes": dict(found.preludes)}
    upgraded = count(make(preludes=[smtp | {"result": "upgraded"}]))
    assert upgraded.preludes == {"smtp upgraded": 1}
    assert upgraded.handshakes == 1


def test_certificates_are_judged_by_the_time_of_the_capture(count, make):
    start = 1_000 * DAY
    chain = [{"sha256": str(days), "subject": f"CN={days}", "not_after": start + days * DAY} for days in (-1, 1, 29, 31)]
    found = count(make(start=start, chain=chain))
    assert (found.certificates, found.expired, found.expiring) == (4, 1, 2)
    assert [one.left // DAY for one in found.expiries] == [-1, 1, 29]
    assert found.facts()["expiries"][0]["subject"] == "CN=-1"


def test_what_the_wire_can_invent_is_capped(count, make, monkeypatch):
    monkeypatch.setattr(summary, "NAMES", 3)
    monkeypatch.setattr(summary, "SERVERS", 5)
    found = count(*(make(alpn=f"p{number}", server_name=f"{number}.example") for number in range(10)))
    assert found.counts("alpn") == {"p0": 1, "p1": 1, "p2": 1, "(others)": 7}
    assert (len(found.servers), found.servers_beyond) == (5, 5)


def test_the_real_tables_have_what_is_counted():
    columns = {column.name for column in TABLES["handshakes"].columns}
    assert set(COUNTED.values()) <= columns
    assert {"start", "hello_retry", "post_quantum", "leaf_not_after", "server_name", "server", "server_port"} <= columns
    assert {"protocol", "result"} <= {column.name for column in TABLES["preludes"].columns}
    assert {"sha256", "subject", "subject_cn", "not_after"} <= {column.name for column in TABLES["certificates"].columns}
