"""judge: what is found does not depend on how the captures are read, and no capture makes it raise."""

import io
import random
from functools import cache

import captures as c
import captures_authority as a
import captures_chains as chains
import captures_handshakes as h
import captures_names as n
import pytest
import talk
from captures_shown import SHOWN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import analyzer
from analyzer.findings import judge, ledgers, showings
from analyzer.findings.finding import severity_rank
from analyzer.findings.judging import Judging
from analyzer.findings.rules import RULES
from analyzer.findings.tables import JUDGED, TABLES, JudgedBook, rows_of
from analyzer.limits import DEFAULT
from analyzer.x509.trust import paths, pool

MADE = [one for pair in SHOWN.values() for one in (pair.trips, pair.passes) if not isinstance(one, str)]
SAMPLES = sorted(c.SAMPLES.glob("*.pcapng"))
STATES = ["passed", "failed", "not_applicable", "not_observable"]


@cache
def many():
    """A capture of many connections: what the made captures hold, one after the other."""
    packets = []
    for at, make in enumerate([h.sentinel, h.composite, h.bleeding, h.early_change, h.deflate, n.ech_required, chains.self_signed,
                               chains.forged, chains.stapled("REVOKED"), h.draft, h.lasting(10**6)]):  # fmt: skip
        for time, packet in make().packets:
            port = (51_000 + at).to_bytes(2, "big")
            client = packet[12:16] == bytes([192, 0, 2, 1])
            where = 20 if client else 22
            packets.append((time + at * 10**9, packet[:where] + port + packet[where + 2 :]))
    return packets


def judged(packets, limits=DEFAULT):
    """Findings, and what the rules counted."""
    scan = analyzer.scan(packets, link=talk.RAW, trust_store="none", limits=limits)
    found = sorted((one.name, one.detail, one.packets, one.handshakes, one.count, one.time) for one in scan.judged())
    return found, scan.rules[["rule", *STATES]].to_numpy().tolist()


@pytest.fixture(scope="module")
def whole():
    return judged(many())


def test_there_is_much_to_find(whole):
    found, _ = whole
    rules = {name.partition(":")[0] for name, *_ in found}
    assert rules >= {
        "downgrade-sentinel", "weak-dh-prime", "heartbleed", "early-change-cipher-spec", "compression", "ech-refused", "chain-self-signed",
        "chain-bad-signature", "draft-version", "long-lived-ticket", "certificate-serial-reused",
    }  # fmt: skip


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_batches_do_not_matter(whole, batch, monkeypatch):
    monkeypatch.setattr(judge, "BATCH", batch)
    assert judged(many()) == whole


def test_nor_do_their_bytes(whole, monkeypatch):
    monkeypatch.setattr(judge, "BATCH_BYTES", 1)
    assert judged(many()) == whole


@pytest.mark.parametrize("most", [1, 2, 3])
def test_chains_that_wait_do_not_matter(whole, most, monkeypatch):
    """What the made captures show borrows nothing from what comes later."""
    monkeypatch.setattr(showings, "MOST_CHAINS", most)
    found, states = judged(many())
    assert [one[:3] for one in found] == [one[:3] for one in whole[0]]
    assert len(states) == len(whole[1])


@pytest.mark.parametrize("packets", [1, 7])
def test_blocks_do_not_matter(whole, packets, tmp_path):
    """Each packet in a block of its own, or a few."""
    made = many()
    stretches = [made[at : at + packets] for at in range(0, len(made), packets)]
    paths = []
    for at, some in enumerate(stretches[:40]):
        path = tmp_path / f"{at:03}.pcap"
        path.write_bytes(c.Made(packets=some).pcap())
        paths.append(str(path))
    rest = tmp_path / "rest.pcap"
    rest.write_bytes(c.Made(packets=[packet for some in stretches[40:] for packet in some]).pcap())
    scan = analyzer.scan([*paths, str(rest)], trust_store="none")
    assert sorted((one.name, one.detail, one.handshakes, one.count, one.time) for one in scan.judged()) == sorted(
        (name, detail, handshakes, count, time) for name, detail, _, handshakes, count, time in whole[0] if ":p" not in name)  # fmt: skip
    assert scan.rules[["rule", *STATES]].to_numpy().tolist() == whole[1]


def several_names():
    """A chain that leads nowhere, for three server names."""
    hellos = [c.client_hello(extensions=(c.server_name(name), *c.GOOD[1:])) for name in (b"a.example", b"b.example", b"c.example")]
    return c.made(*[c.full(hello=hello) for hello in hellos]).packets


def test_what_is_given_up_is_told(monkeypatch):
    def told():
        found = judge.Judge(Judging(trust_store=("none",)), lambda: ["a"], ("findings",))
        book = JudgedBook(["a"])
        for one in analyzer.scan(many(), link=talk.RAW):
            found.take(one, lambda table, one=one: rows_of(TABLES[table], one, book))
        found.finish()
        return found.limits

    assert told() == {}
    monkeypatch.setattr(showings, "MOST_CHAINS", 1)
    monkeypatch.setattr(showings, "MOST_TOLD", 2)
    monkeypatch.setattr(ledgers, "MOST_ENTRIES", 2)
    monkeypatch.setattr(judge, "BATCH", 1)
    monkeypatch.setattr(pool, "ENTRIES", 0)
    monkeypatch.setattr(paths, "STEPS", 0)
    assert told().keys() == judge.LIMITS.keys()


@pytest.mark.parametrize("wanted", [("findings",), ("findings", "trust"), tuple(JUDGED)])
def test_what_else_is_asked_for_does_not_matter(wanted):
    """A chain is one finding for all its names, whether or not other judges are asked about each of them."""
    found = judge.Judge(Judging(trust_store=("none",)), lambda: ["a"], wanted)
    book = JudgedBook(["a"])
    for one in analyzer.scan(several_names(), link=talk.RAW):
        found.take(one, lambda table, one=one: rows_of(TABLES[table], one, book))
    found.finish()
    told = [(one.rule, one.count, one.handshakes) for one in found.findings if one.rule.startswith("chain-")]
    assert ("chain-untrusted", 3, (1, 2, 3)) in told
    assert len(told) == len({rule for rule, _, _ in told})


def test_the_worst_is_the_gravest():
    scan = analyzer.scan(many(), link=talk.RAW, trust_store="none")
    assert min((one.severity for one in scan.judged()), key=severity_rank) == "critical"


def asked(states, counted):
    """How often each rule was asked, by subject."""
    told = {}
    for rule, *counts in states:
        told.setdefault(RULES[rule].subject, set()).add(sum(counts))
    assert told["handshake"] == {counted}
    assert all(len(one) == 1 for subject, one in told.items() if subject != "scan")


def test_states_add_up(whole):
    asked(whole[1], len(analyzer.scan(many(), link=talk.RAW, trust_store="none")))


# ---- whatever the packets hold


def damaged(packets, seed):
    """Packets cut, flipped, dropped, doubled, swapped."""
    dice, told = random.Random(seed), []
    for time, packet in packets:
        made, fate = bytearray(packet), dice.random()
        if fate < 0.05:
            continue
        if fate < 0.12:
            del made[dice.randrange(20, len(made) + 1) :]
        elif fate < 0.5 and len(made) > 40:
            for _ in range(dice.randrange(1, 6)):
                made[dice.randrange(40, len(made))] = dice.randrange(256)
        told += [(time, bytes(made))] * (2 if dice.random() < 0.05 else 1)
    if dice.random() < 0.3:
        at = dice.randrange(len(told) - 1)
        told[at], told[at + 1] = told[at + 1], told[at]
    return told


def sound(scan):
    """What must hold of any findings."""
    numbers = {one.number for one in scan}
    told = scan.rules.set_index("rule")
    for one in scan.judged():
        assert one.packets == tuple(sorted(set(one.packets)))
        assert set(one.handshakes) <= numbers
        assert one.detail
        assert RULES[one.rule].severity == one.severity
    assert len(scan.judged()) == len(scan.findings)
    assert told["failed"].sum() == sum(one.count if RULES[one.rule].once else 1 for one in scan.judged())
    asked(scan.rules[["rule", *STATES]].to_numpy().tolist(), len(scan))


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_damaged_captures(seed):
    sound(analyzer.scan(damaged(many(), seed), link=talk.RAW, trust_store="none"))


@given(st.sampled_from(MADE), st.integers(0, 10**6))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damage_to_what_trips_and_passes(make, seed):
    sound(analyzer.scan(damaged(make().packets, seed), link=talk.RAW, trust_store="none"))


@given(st.sampled_from(SAMPLES), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_samples(path, data):
    blob = bytearray(path.read_bytes()[: data.draw(st.integers(300, 12_000))])
    for at in data.draw(st.lists(st.integers(200, len(blob) - 1), max_size=8)):
        blob[at] = data.draw(st.integers(0, 255))
    sound(analyzer.scan(io.BytesIO(bytes(blob)), trust_store="none"))


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=80)), max_size=6), st.sampled_from([25, 443, 465, 5432, 50_000]))
@settings(max_examples=60, deadline=None)
def test_any_conversation(turns, port):
    said = [(talk.CLIENT if client else talk.SERVER, data) for client, data in turns]
    sound(analyzer.scan(c.made([(talk.CLIENT, c.client_hello()), *said], port=port).packets, link=talk.RAW, trust_store="none"))


@given(st.binary(max_size=60) | st.integers(0, 2000).flatmap(lambda at: st.just(a.leaf().der[:at] + a.leaf().der[at + 1 :])))
@settings(max_examples=60, deadline=None)
def test_any_certificate(der):
    sound(analyzer.scan(c.made(c.full((der, a.issuing().der))).packets, link=talk.RAW, trust_store="none"))
