"""The preludes table: what was spoken before TLS, or instead of it, and the word for how it ended."""

from ipaddress import ip_address

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.facts import TABLES, Book
from analyzer.facts.preludes import RESULTS, result
from analyzer.handshakes.handshake import Endpoint
from analyzer.handshakes.prelude import Plain, Prelude, Target

A6 = "2001:db8::1"


def test_a_row_of_a_handshake(make):
    mail = make.prelude(start=make.START, end=make.START + 1_500_000)
    (row,) = make.rows("preludes", make.full(preludes=(mail,)), number=9)
    assert row == {
        "handshake": 9, "position": 1, "protocol": "smtp", "source": "a.pcap", "client": "10.0.0.1", "client_port": 50000,
        "server": "192.0.2.1", "server_port": 443, "carriage": None, "start": make.START, "duration_ms": 1.5,
        "offered": True, "requested": True, "granted": True, "result": "upgraded", "greeting": "220 mail.example ESMTP", "answer": "220 go",
        "target": None, "target_address": None, "target_port": None, "origin": None, "origin_port": None, "packets": [4, 6],
    }  # fmt: skip


def test_a_row_where_no_handshake_followed(make):
    (row,) = make.plain_rows("preludes", make.plain(make.prelude(granted=False, answer=b"454 4.7.0 TLS not available")))
    assert (row["handshake"], row["result"], row["answer"]) == (None, "refused", "454 4.7.0 TLS not available")
    assert (row["client"], row["server"], row["server_port"]) == ("10.0.0.1", "192.0.2.1", 25)


def test_one_after_another_in_order(make):
    proxy = make.prelude("connect", target=Target(b"mail.example", None, 25), greeting=b"")
    both = (proxy, make.prelude("smtp"))
    for rows in (make.rows("preludes", make.full(preludes=both)), make.plain_rows("preludes", make.plain(*both))):
        assert [(row["position"], row["protocol"]) for row in rows] == [(1, "connect"), (2, "smtp")]
    assert make.rows("preludes", make.full()) == make.plain_rows("preludes", make.plain()) == []


# offered, requested, granted -> the word where no TLS followed
WORDS = [
    (None, False, None, "unknown"),
    (True, False, None, "not_taken"),
    (False, False, None, "not_offered"),
    (None, True, None, "no_tls"),
    (True, True, None, "no_tls"),
    (True, True, True, "no_tls"),
    (False, True, None, "no_tls"),
    (None, True, False, "refused"),
    (True, True, False, "refused"),
    (True, False, False, "refused"),
]


@pytest.mark.parametrize(("offered", "requested", "granted", "word"), WORDS)
def test_how_it_ended(make, offered, requested, granted, word):
    one = make.prelude(offered=offered, requested=requested, granted=granted)
    assert result(one, upgraded=False) == word
    assert make.plain_rows("preludes", make.plain(one))[0]["result"] == word


def test_every_word_is_told_and_documented(make):
    told = {word for *_, word in WORDS} | {result(make.prelude(), upgraded=True)}
    assert told == set(RESULTS)
    (column,) = [column for column in TABLES["preludes"].columns if column.name == "result"]
    assert all(f"{name}: {meaning}" in column.doc for name, meaning in RESULTS.items())


@pytest.mark.parametrize(("target", "want"), [
    (None, (None, None, None)),
    (Target(), (None, None, None)),
    (Target(b"www.example", None, 443), ("www.example", None, 443)),
    (Target(b"b\xfccher.example", None, 8443), ("b\\xfccher.example", None, 8443)),
    (Target(None, ip_address("192.0.2.7").packed, 443), (None, "192.0.2.7", 443)),
    (Target(None, ip_address(A6).packed, 443), (None, A6, 443)),
    (Target(b"", b"", 0), (None, None, 0)),
])  # fmt: skip
def test_targets(make, target, want):
    (row,) = make.rows("preludes", make.full(preludes=(make.prelude("socks5", target=target),)))
    assert (row["target"], row["target_address"], row["target_port"]) == want


def test_the_real_client(make):
    proxied = make.prelude("proxy2", origin=Endpoint(ip_address(A6).packed, 0), target=Target(None, bytes([192, 0, 2, 1]), 443))
    (row,) = make.rows("preludes", make.full(preludes=(proxied,)))
    assert (row["origin"], row["origin_port"]) == (A6, 0)


def test_packets_are_told_by_their_numbers_in_their_own_file(make):
    spoken = make.prelude(packets=[1 << 40 | 7, 1 << 40 | 9])
    (row,) = make.plain_rows("preludes", make.plain(spoken))
    assert (row["source"], row["packets"]) == ("b.pcap", [7, 9])
    (row,) = make.plain_rows("preludes", make.plain(make.prelude(packets=[])))
    assert (row["source"], row["packets"]) == (None, [])


def test_what_was_said_is_told_as_sent(make):
    spoken = make.prelude(greeting=b"220 \x1b[31m\xff\\", answer=b"")
    (row,) = make.plain_rows("preludes", make.plain(spoken))
    assert (row["greeting"], row["answer"]) == ("220 \x1b[31m\\xff\\x5c", None)


FLAGS = st.none() | st.booleans()
BYTES = st.binary(max_size=20)
TARGETS = st.builds(Target, name=st.none() | BYTES, address=st.none() | BYTES, port=st.none() | st.integers(0, 65535))
ENDS = st.builds(Endpoint, BYTES, st.integers(0, 65535))
SPOKEN = st.fixed_dictionaries({
    "protocol": st.sampled_from(["smtp", "tds"]), "offered": FLAGS, "requested": st.booleans(), "granted": FLAGS, "greeting": BYTES,
    "answer": BYTES, "target": st.none() | TARGETS, "origin": st.none() | ENDS, "packets": st.lists(st.integers(0, 2**50), max_size=3),
    "start": st.integers(0, 2**62), "end": st.integers(0, 2**62),
}).map(lambda fields: Prelude(**fields))  # fmt: skip


@given(ENDS, ENDS, st.lists(SPOKEN, max_size=3))
def test_whatever_was_spoken_is_rows_that_are_json(client, server, preludes):
    one, table = Plain(client=client, server=server, preludes=preludes), TABLES["preludes"]
    rows = list(table.plain(one, Book(sources=["a"])))
    msgspec.json.encode(rows)
    assert len(rows) == len(one.preludes)
    for row in rows:
        named = dict(zip([column.name for column in table.columns], row, strict=True))
        assert named["handshake"] is None
        assert named["result"] in set(RESULTS) - {"upgraded"}
