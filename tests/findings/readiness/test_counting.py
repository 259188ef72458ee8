"""Sums by client, server and name: against a plain count of the same, in bounded memory."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.findings.readiness import COLUMNS, Readiness
from analyzer.findings.readiness.counting import MOST_SIZES, OTHERS, Count
from analyzer.findings.readiness.marks import FIGURES, MOST_GROUPS
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint

NAMES = [column.name for column in COLUMNS]


def told(readiness):
    return [dict(zip(NAMES, row, strict=True)) for row in readiness.rows()]


def of(readiness, about, name=None):
    [row] = [row for row in told(readiness) if (row["about"], row["name"]) == (about, name)]
    return row


def made(make, name, offered, chosen, server=1, **fields):
    groups = make.extension(10, make.vector(make.u16(*offered)))
    one = make.handshake((CLIENT, make.client_hello(make.sni(name), groups)), (SERVER, make.server_hello13(group=chosen)), **fields)
    one.server = Endpoint(bytes([192, 0, 2, server]), 443)
    return one


def test_the_samples(sample, frame):
    """samples/manifest.json: X25519MLKEM768 agreed in one, x25519 in the other, of clients that offer it."""
    readiness = Readiness()
    readiness.add(frame(*sample("tls13-mlkem"), *sample("tls13-mlkem-declined"), *sample("tls13-hello-retry"), *sample("tls12-rsa")))
    row = of(readiness, "all")
    assert (row["handshakes"], row["offered"], row["not_offered"], row["key_share_sent"]) == (4, 2, 2, 2)
    assert (row["answered"], row["accepted"], row["classical_forced"], row["retry_lost"]) == (2, 1, 1, 0)
    assert (row["offered_share"], row["accepted_share"], row["key_share_share"]) == (0.5, 0.5, 1.0)
    assert row["groups"] == ["X25519MLKEM768", "SecP256r1MLKEM768", "curveSM2MLKEM768"]
    assert row["groups_accepted"] == ["X25519MLKEM768"]
    assert (row["certificates_seen"], row["certificates_encrypted"]) == (1, 3)
    assert row["hello_bytes_max"] == 1551
    assert of(readiness, "server_name", "bank.example")["accepted"] == 1


def test_by_client_server_and_name(make, frame):
    readiness = Readiness()
    readiness.add(frame(made(make, b"a.example", (4588, 29), 4588), made(make, b"a.example", (4588, 29), 29, server=2)))
    readiness.add(frame(made(make, b"b.example", (29,), 29, server=2), make.handshake((CLIENT, make.client_hello()))))
    assert of(readiness, "server_name", "a.example")["accepted_share"] == 0.5
    assert of(readiness, "server_name", "b.example")["accepted_share"] is None
    assert of(readiness, "server", "192.0.2.2:443")["classical_forced"] == 1
    assert of(readiness, "server", "192.0.2.1:443")["handshakes"] == 2
    clients = [row for row in told(readiness) if row["about"] == "client"]
    assert sum(row["handshakes"] for row in clients) == 4
    assert len(clients) == 2  # JA4 does not tell groups apart
    abouts = [row["about"] for row in told(readiness)]
    assert abouts == sorted(abouts, key=["all", "client", "server", "server_name"].index)


def test_addresses_of_ipv6_are_bracketed(make, frame):
    one = made(make, b"a.example", (29,), 29)
    one.server = Endpoint(bytes(15) + b"\1", 8443)
    readiness = Readiness()
    readiness.add(frame(one))
    assert of(readiness, "server", "[::1]:8443")["handshakes"] == 1


def test_how_the_frames_are_cut_does_not_matter(sample, frame):
    every = [*sample("tls13-mlkem"), *sample("tls13-mlkem-declined"), *sample("tls12-rsa"), *sample("quic-v1"), *sample("fail-unanswered")]
    whole, pieces = Readiness(), Readiness()
    whole.add(frame(*every))
    for one in every:
        pieces.add(frame(one))
    assert told(whole) == told(pieces)


def test_without_a_hello_it_is_only_counted(make, frame):
    readiness = Readiness()
    readiness.add(frame(make.handshake((SERVER, make.server_hello()))))
    readiness.add(frame())
    assert readiness.unread == 1
    assert [row["handshakes"] for row in told(readiness)] == [0]


def test_names_beyond_the_cap_are_one(make, frame):
    readiness = Readiness(most_names=3)
    for number in range(10):
        readiness.add(frame(made(make, b"n%d.example" % number, (4588,), 4588, server=number)))
    names = [row["name"] for row in told(readiness) if row["about"] == "server_name"]
    assert len(names) == 4
    assert of(readiness, "server_name", OTHERS)["handshakes"] == 7
    assert sum(row["accepted"] for row in told(readiness) if row["about"] == "server") == 10
    assert of(readiness, "all")["handshakes"] == 10


def test_groups_of_one_name_are_capped(make, frame):
    readiness, many = Readiness(), [0x0200 + number for number in range(3)] + list(range(0x023A, 0x0260)) + list(range(0x2F00, 0x2F80))
    for group in many:
        readiness.add(frame(made(make, b"a.example", (group,), 29)))
    assert len(of(readiness, "server_name", "a.example")["groups"]) == MOST_GROUPS


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=80))
def test_the_median_is_exact_or_told_by_its_step(sizes):
    count = Count(most_sizes=8)
    for size in sizes:
        count.add_size(size, 1)
    exact = statistics.median(sizes)
    assert len(count.sizes) <= 8
    assert exact <= count.median() < exact + count.step
    assert count.largest == max(sizes)
    assert (count.step == 1) == (len({*sizes}) <= 8) or count.step > 1


def test_a_count_of_nothing():
    assert Count().median() is None
    assert Count()["handshakes"] == 0
    assert MOST_SIZES < 100  # what a row may hold is what its memory rests on


def test_columns_and_figures_go_together():
    assert [name for name in NAMES if name in FIGURES] == list(FIGURES)
    assert NAMES[:2] == ["about", "name"]


@pytest.mark.parametrize("figure", list(FIGURES))
def test_all_is_the_sum_of_servers(sample, frame, figure):
    readiness = Readiness()
    readiness.add(frame(*sample("tls13-mlkem"), *sample("tls13"), *sample("tls12-rsa"), *sample("dtls12")))
    servers = np.array([row[figure] for row in told(readiness) if row["about"] == "server"])
    assert servers.sum() == of(readiness, "all")[figure]
