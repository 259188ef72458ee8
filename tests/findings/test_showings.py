"""Showings: what is new, what was shown before, what came with it, and what is kept of very many."""

from pathlib import Path

import msgspec
import pytest

import analyzer
from analyzer.facts import TABLES, Book
from analyzer.findings import showings
from analyzer.findings.judging import Judging
from analyzer.findings.repeats import Repeats
from analyzer.findings.showings import Showings, staple, timestamps
from analyzer.tls.messages import CertificateStatus
from analyzer.x509.ocsp import read_ocsp_response

SAMPLES = Path(__file__).parents[2] / "samples"


def handshakes(name):
    return list(analyzer.scan(SAMPLES / f"{name}.pcapng"))


def take(room, one, times=1):
    for _ in range(times):
        room.take(one, *TABLES["handshakes"].rows(one.number, one, Book(["a"])))


@pytest.fixture
def room():
    judging = Judging(trust_store=("none",))
    return Showings(judging.judge(), Repeats(), judging.moment)


def test_each_once(room):
    (one,) = handshakes("tls12-client-certificate")
    take(room, one, 3)
    shown = room.certificates()
    assert [(row[0], thing.sender, thing.position) for thing, row in shown] == [
        *((thing.certificate.sha256, "server", at) for at, (thing, _) in enumerate(shown[: len(one.server_chain)])),
        *((thing.certificate.sha256, "client", at) for at, (thing, _) in enumerate(shown[len(one.server_chain) :])),
    ]
    chains = room.chains()
    assert [(chain.role, chain.count, chain.handshakes) for chain in chains] == [("server", 3, [1, 1, 1]), ("client", 3, [1, 1, 1])]
    assert chains[0].chain == one.server_chain
    assert chains[0].packets


def test_what_was_judged_is_not_new_again(room):
    (one,) = handshakes("tls12-client-certificate")
    take(room, one)
    assert len(room.chains()) == 2
    take(room, one)
    assert room.chains() == []
    assert len(room.certificates()) == len({*one.server_chain, *one.client_chain})


def test_a_chain_that_expires_meanwhile_is_judged_again(room):
    (one,) = handshakes("tls12-client-certificate")
    take(room, one)
    row = dict(zip([column.name for column in TABLES["handshakes"].columns], *TABLES["handshakes"].rows(1, one, Book(["a"])), strict=True))
    one.start = row["leaf_not_after"] + 1
    take(room, one)
    assert [chain.role for chain in room.chains()] == ["server", "client", "server", "client"]
    assert sum(shown.at == one.start for shown, _ in room.certificates()) > 0


def test_other_names_are_other_chains(room):
    for one in handshakes("fail-wrong-host"):
        take(room, one)
    names = {chain.name for chain in room.chains()}
    assert names == {"shop.example"}


def test_full(room, monkeypatch):
    monkeypatch.setattr(showings, "MOST_CHAINS", 1)
    assert not room.full
    (one,) = handshakes("tls12-client-certificate")
    take(room, one)
    assert room.full
    room.chains()
    assert not room.full


def test_what_waits_is_weighed_with_its_responses_and_once_for_all_names(room, monkeypatch):
    (one,) = handshakes("tls12-ocsp")
    responses, _ = staple(one, "server")
    monkeypatch.setattr(showings, "MOST_CHAIN_BYTES", sum(map(len, (*one.server_chain, *responses))) - 1)
    take(room, one)
    assert room.full
    room.chains()
    names = TABLES["handshakes"].columns
    place = [column.name for column in names].index("server_name")
    (row,) = TABLES["handshakes"].rows(one.number, one, Book(["a"]))
    monkeypatch.setattr(showings, "MOST_CHAIN_BYTES", sum(map(len, one.server_chain)) + 3 * sum(map(len, responses)))
    for name in ("a", "b", "c"):
        room.take(one, (*row[:place], name, *row[place + 1 :]))
    assert not room.full
    assert len(room.chains()) == 3


def test_what_came_with_it():
    (one,) = handshakes("tls12-ocsp")
    responses, visible = staple(one, "server")
    assert visible
    assert read_ocsp_response(responses[0]).answer.status == "good"
    assert staple(one, "client") == ((), False)
    (bare,) = handshakes("tls12-client-certificate")
    assert staple(bare, "server") == ((), False), "the client did not ask, so that none is missing"
    asked = handshakes("gnutls-tls12")[0]
    assert staple(asked, "server") == ((), True)
    assert timestamps(bare) == ()


def test_live_another_response_makes_another_chain():
    (one,) = handshakes("tls12-ocsp")
    other = [msgspec.structs.replace(seen, message=msgspec.structs.replace(seen.message, responses=(b"another",)))
             if isinstance(seen.message, CertificateStatus) else seen for seen in one.seen]  # fmt: skip
    judging = Judging(trust_store=("none",))
    for live, chains in ((False, 1), (True, 2)):
        room = Showings(judging.judge(), Repeats(), judging.moment, live=live)
        take(room, one)
        take(room, msgspec.structs.replace(one, seen=other))
        assert len(room.chains()) == chains


def test_what_is_forgotten_is_counted(room, monkeypatch):
    monkeypatch.setattr(showings, "MOST_TOLD", 2)
    small = Showings(room.trust, Repeats(), Judging().moment)
    (one,) = handshakes("tls12-client-certificate")
    for _ in range(3):
        take(small, one)
        small.chains()
    assert small.forgotten > 0
    assert room.forgotten == 0
