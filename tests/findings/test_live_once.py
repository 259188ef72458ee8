"""live, what is told once: what a client offers, what repeats, chains and what changes about them — and for weeks, in bounded memory."""

import importlib.util
import sys
from pathlib import Path

import captures as c
import captures_authority as a
import captures_chains as chains
import msgspec
import pytest
import talk
from watched import Watched, every

import analyzer
from analyzer.findings import ledgers, live, merging, showings, waiting
from analyzer.findings.tables import TABLES
from analyzer.handshakes.handshake import Handshake
from analyzer.x509.trust import judge as verdicts
from analyzer.x509.trust import pool

# ---- clients, repeats


def test_what_a_client_offers_is_told_once():
    packets = c.made(*[c.full(hello=c.client_hello([0x0005], c.GOOD, random=bytes([at]) * 32)) for at in range(1, 5)]).packets
    room = Watched(policies=())
    told = [room.pulse(one).count("broken-suites-offered") for one in analyzer.scan(packets, link=talk.RAW)]
    assert told == [1, 0, 0, 0]
    assert room.finish().judge.states["broken-suites-offered", 1] == 4


def test_what_was_told_long_ago_may_be_told_again(monkeypatch):
    monkeypatch.setattr(merging, "MOST_TOLD", 2)
    some = [one for one in every() if isinstance(one, Handshake)]
    room = Watched(policies=())
    for one in (*some, *(msgspec.structs.replace(one, number=one.number + 1000) for one in some)):
        room.pulse(one)
    assert room.judge.limits["told"] > 0
    assert any("forgotten" in words for words in room.judge.given_up())


def test_the_second_of_a_kind_is_noticed_as_it_comes():
    packets = c.made(*[c.full(hello=c.client_hello(random=b"\1" * 32), answer=c.server_hello(random=bytes([at]) * 32))
                       for at in range(2, 6)]).packets  # fmt: skip
    room = Watched(policies=())
    told = [room.pulse(one).count("client-random-reused") for one in analyzer.scan(packets, link=talk.RAW)]
    assert told == [0, 1, 0, 0]
    [one] = [one for one in room.finish().found if one.rule == "client-random-reused"]
    assert (one.handshakes, one.count, len(one.packets)) == ((1, 2), 2, 2)
    assert room.judge.states["client-random-reused", 1] == 1


def test_each_further_issuer_of_a_name_is_told():
    made = [a.issue("shop.example", a.issue(f"CA {at}", ca=True, organization=f"CA {at}")).der for at in range(3)]
    packets = c.made(*[c.full((der,)) for der in made]).packets
    room = Watched(policies=())
    told = [room.pulse(one).count("several-issuers") for one in analyzer.scan(packets, link=talk.RAW)]
    assert told == [0, 1, 1]
    details = [one.detail for one in room.found if one.rule == "several-issuers"]
    assert details == ["CA 0; CA 1: handshakes 1, 2", "CA 0; CA 1; CA 2: handshakes 1, 2, 3"]


# ---- chains


@pytest.fixture
def root(tmp_path):
    path = tmp_path / "root.pem"
    path.write_text(a.x509.load_der_x509_certificate(a.root().der).public_bytes(a.serialization.Encoding.PEM).decode())
    return str(path)


def borrowed():
    second = a.issue("mail.example", a.issuing(), names=("mail.example",)).der
    hello = c.client_hello(extensions=(c.server_name(b"mail.example"), *c.GOOD[1:]), random=b"\5" * 32)
    return c.made(c.full((a.leaf().der,)), c.full((second, a.issuing().der), hello=hello, answer=c.server_hello(random=b"\6" * 32)))


def test_an_intermediate_that_comes_later_makes_a_better_verdict_that_is_told_once(root):
    first, second = analyzer.scan(borrowed().packets, link=talk.RAW)
    room = Watched(trust_store=(root,), policies=())
    place = [column.name for column in TABLES["trust"].columns].index("verdict")
    assert "chain-untrusted" in room.pulse(first)
    assert [row[place] for row in room.rows["trust"]] == ["incomplete"]
    assert "chain-incomplete" in room.pulse(second), "which the batch road would have said of the first one"
    assert [(row[0], row[place]) for row in room.rows["trust"]] == [(1, "incomplete"), (2, "trusted"), (1, "trusted")]
    again = [msgspec.structs.replace(one, number=one.number + 10) for one in (first, second)]
    assert room.pulse(*again) == []
    assert len(room.finish().rows["trust"]) == 3
    assert room.judge.states["chain-untrusted", 1] == 0
    assert sum(room.judge.states["chain-untrusted", state] for state in range(4)) == 2, "two chains, each counted as it stands now"


def test_a_chain_is_told_once_for_all_its_names_but_each_name_that_does_not_match():
    names = (b"a.example", b"b.example")
    hellos = [c.client_hello(extensions=(c.server_name(name), *c.GOOD[1:]), random=name * 3 + b"12345") for name in names]
    room = Watched(policies=(), trust_store=("none",))
    first, second = analyzer.scan(c.made(*[c.full(hello=hello) for hello in hellos]).packets, link=talk.RAW)
    assert {"chain-untrusted", "name-mismatch"} <= {*room.pulse(first)}
    told = room.pulse(second)
    assert "name-mismatch" in told
    assert "chain-untrusted" not in told


def test_a_response_that_comes_to_say_revoked_is_told(root):
    good, bad = (next(iter(analyzer.scan(chains.stapled(status)().packets, link=talk.RAW))) for status in ("GOOD", "REVOKED"))
    room = Watched(trust_store=(root,), policies=())
    assert "chain-revoked" not in room.pulse(good)
    assert room.pulse(msgspec.structs.replace(bad, number=2)).count("chain-revoked") == 1


def test_a_certificate_that_expires_meanwhile_is_told_so_and_nothing_else_again(root):
    leaf = a.leaf(serial=1)
    one = next(iter(analyzer.scan(c.made(c.full((leaf.der, a.issuing().der))).packets, link=talk.RAW)))
    room = Watched(trust_store=(root,), policies=())
    first = room.pulse(one)
    later = room.pulse(msgspec.structs.replace(one, number=2, start=one.start + 100 * 86_400 * 10**9))
    assert first
    assert any("expired" in rule for rule in later)
    assert not {*first} & {*later}


# ---- weeks


@pytest.fixture
def weeks():
    spec = importlib.util.spec_from_file_location("weeks", Path(__file__).parents[1] / "bench" / "weeks.py")
    module = sys.modules["weeks"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_weeks(weeks, monkeypatch):
    """With the caps at a hundredth and a flood that hits all of them, what is held stops growing."""
    for module, cap in ((ledgers, "MOST_ENTRIES"), (ledgers, "MOST_TEXTS"), (ledgers, "MOST_YOUNG"), (merging, "MOST_TOLD"),
                        (showings, "MOST_TOLD"), (waiting, "MOST_WAITING"), (waiting, "MOST_SEEN"), (pool, "ENTRIES"), (pool, "KNOWN"),
                        (verdicts, "ENTRIES")):  # fmt: skip
        monkeypatch.setattr(module, cap, getattr(module, cap) // 100)
    monkeypatch.setattr(live, "MOST_STANDING", {subject: most // 100 for subject, most in live.MOST_STANDING.items()})
    sizes = []
    for done, found, *_, judge in weeks.walk(6000, 0.1):  # noqa: B007 - the last ones count
        if done in {3000, 6000}:
            sizes.append(weeks.weighed(judge))
    assert found > 6000
    assert judge.limits.keys() >= {"told", "repeats", "waiting", "intermediates"}
    assert sizes[1] < 1.1 * sizes[0] < 4 << 20
