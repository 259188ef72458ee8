"""repeats: what is told is what a dictionary would find, whatever the order; memory is bounded, and what was let go was told."""

from types import SimpleNamespace

import captures as c
import captures_names as n
import pytest
import talk
from hypothesis import given, settings
from hypothesis import strategies as st

import analyzer
from analyzer.findings import ledgers
from analyzer.findings.finding import MOST_HANDSHAKES, MOST_PACKETS
from analyzer.findings.repeats import REPEATS, Repeats

ENTRIES = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.integers(1, 9)), max_size=30)


def issuer(made, name, who, number, packet=1, time=0):
    made.issuer(name, SimpleNamespace(issuer_o=who, issuer_cn=None, issuer=None), number, packet, time)


def naive(entries):
    """Names with several issuers -> (numbers of their handshakes, how often)."""
    issuers, numbers = {}, {}
    for name, who, number in entries:
        issuers.setdefault(name, set()).add(who)
        numbers.setdefault(name, []).append(number)
    return {name: numbers[name] for name, all_of_them in issuers.items() if len(all_of_them) > 1}, len(issuers)


@given(ENTRIES, st.integers(1, 5))
def test_as_a_dictionary_would(entries, often):
    made, found = Repeats(), []
    for at, (name, who, number) in enumerate(entries):
        issuer(made, name, who, number, packet=at + 1, time=100 + at)
        if at % often == 0:
            found += made.settle()  # nothing is full: nothing is told before the end
    assert found == []
    found = list(made.settle(end=True))
    wanted, distinct = naive(entries)
    told = [(one.handshakes, one.count) for one in found]
    assert sorted(told) == sorted((tuple(sorted(set(numbers))), len(numbers)) for numbers in wanted.values())
    assert made.counts("several-issuers") == (distinct, len(wanted))
    for one in found:
        assert one.rule == "several-issuers"
        assert one.handshake == min(one.handshakes)
        assert one.time == 100 + min(one.packets) - 1
        assert one.packets == tuple(sorted(set(one.packets)))
    assert list(made.settle(end=True)) == []  # once


@given(ENTRIES)
def test_the_order_does_not_matter(entries):
    told = []
    for some in (entries, entries[::-1]):
        made = Repeats()
        for name, who, number in some:
            issuer(made, name, who, number, packet=number)
        told.append(sorted((one.handshakes, one.count, one.packets) for one in made.settle(end=True)))
    assert told[0] == told[1]


@given(ENTRIES, st.integers(1, 9))
@settings(max_examples=60)
def test_what_is_let_go_is_told(entries, most):
    """A full ledger tells what it holds: of each stretch of entries what a dictionary of that stretch finds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledgers, "MOST_ENTRIES", most)
        made, found, wanted, stretch = Repeats(), [], [], []
        for name, who, number in entries:
            issuer(made, name, who, number)
            stretch.append((name, who, number))
            found += made.settle()
            if len(stretch) == most:
                wanted, stretch = [*wanted, *naive(stretch)[0].values()], []
        found += made.settle(end=True)
    wanted += naive(stretch)[0].values()
    assert sorted(one.count for one in found) == sorted(map(len, wanted))
    assert made.full == len(entries) // most


def test_ledgers_hold_no_more_than_they_may(monkeypatch):
    monkeypatch.setattr(ledgers, "MOST_ENTRIES", 50)
    monkeypatch.setattr(ledgers, "MOST_TEXTS", 5)
    made = Repeats()
    for at in range(1000):
        issuer(made, f"name {at}", f"issuer {at}", at + 1)
        list(made.settle())
        ledger = made._ledgers["several-issuers"]
        assert ledger.entries < 50
        assert len(ledger.texts) <= 5
    assert made.counts("several-issuers")[0] == 1000


def test_findings_are_bounded():
    made = Repeats()
    for at in range(3000):
        issuer(made, "a", f"issuer {at % 9}", at + 1, packet=at + 1)
    [one] = made.settle(end=True)
    assert (one.count, len(one.handshakes), len(one.packets)) == (3000, MOST_HANDSHAKES, MOST_PACKETS)
    assert one.detail == "issuer 0; issuer 1; issuer 2; issuer 3; and 5 more: handshakes 1, 2, 3, 4, 5 and 2995 more"


def test_names_are_compared_as_dns_does():
    made = Repeats()
    issuer(made, "Shop.Example", "A", 1)
    issuer(made, "shop.example", "B", 2)
    assert len(list(made.settle(end=True))) == 1


def found(packets):
    scan = analyzer.scan(list(packets), link=talk.RAW, trust_store="none")
    return {one.rule: one for one in scan.judged() if one.rule in {rule.name for rule in REPEATS}}


def test_a_handshake_that_was_captured_twice_repeats_nothing():
    """A proxy hands hellos on as they are: both randoms are the same on both connections."""
    assert found(c.made(c.full(), c.full()).packets) == {}


def test_hellos_that_nobody_answered_are_not_compared():
    """One of them may be the other on the far side of a proxy."""
    hello = c.client_hello()
    assert found(c.made([(talk.CLIENT, hello)], [(talk.CLIENT, hello)]).packets) == {}
    assert found(c.made(c.full(), [(talk.CLIENT, hello)]).packets) == {}


def test_keys_of_all_versions_are_compared():
    """The share of a TLS 1.2 server in its ServerKeyExchange, of a client in its ClientKeyExchange; packets are those of these messages."""
    turns = [c.full(hello=c.client_hello(random=bytes([at]) * 32), answer=c.server_hello(random=bytes([9 - at]) * 32)) for at in (1, 2)]
    told = found(c.made(*turns).packets)
    assert set(told) == {"server-key-share-reused", "client-key-share-reused"}
    assert told["server-key-share-reused"].handshakes == (1, 2)


def test_short_shares_are_no_keys():
    """GREASE has a share of one byte (RFC 8701 section 3.1)."""
    grease = talk.extension(51, talk.vector(c.u16(0x0A0A) + talk.vector(b"\0")))
    hellos = [c.client_hello([0x1301], [c.NAME, talk.VERSIONS, grease], random=bytes([at]) * 32) for at in (1, 2)]
    answers = [c.server_hello(0x1301, [talk.TLS13, talk.SHARED], random=bytes([at]) * 32) for at in (1, 2)]
    told = found(c.made(*([(talk.CLIENT, one), (talk.SERVER, two)] for one, two in zip(hellos, answers, strict=True))).packets)
    assert set(told) == {"server-key-share-reused"}


def test_a_renewed_certificate_keeps_its_key():
    """The same main name, other names beside it: one owner."""
    key = {"own": n.a.key("ec", "renewed")}
    old, new = n.leaf(names=("shop.example",), **key), n.leaf(names=("an-earlier.example", "shop.example"), **key)
    assert "certificate-key-shared" not in found(n.shows(old, new)().packets)
    for name in ("www.shop.example", "mail.shop.example", "*.shop.example"):
        other = n.leaf(name, names=(name,), **key)
        assert "certificate-key-shared" not in found(n.shows(old, other)().packets)


def test_devices_with_a_key_from_the_factory():
    key = {"own": n.a.key("ec", "factory")}
    told = found(n.shows(*(n.leaf(name, names=(), **key) for name in ("FW60E-0001", "FW60E-0002")))().packets)
    assert told["certificate-key-shared"].detail == "CN=FW60E-0001; CN=FW60E-0002: handshakes 1, 2"
    told = found(n.shows(*(n.leaf(name, names=(name,), **key) for name in ("192.0.2.1", "192.0.2.2")))().packets)
    assert "certificate-key-shared" in told


def test_servers_are_told_apart():
    """Another port is another server."""
    dialogs = [[(sender, said.encode()) for sender, said in (*n.SMTP, offer, *n.PLAIN)] for offer in (n.OFFER, n.NO_OFFER)]
    packets = [*c.connection(dialogs[0], 0, port=25), *c.connection(dialogs[1], 1, port=587)]
    assert "starttls-stripped" not in found(packets)
    packets = [*c.connection(dialogs[0], 0, port=25), *c.connection(dialogs[1], 1, port=25)]
    one = found(packets)["starttls-stripped"]
    assert (one.handshake, one.handshakes, one.count) == (None, (), 2)


@given(ENTRIES, st.integers(1, 5))
def test_live_each_name_when_its_second_issuer_comes(entries, often):
    """Again for each further issuer, with all of them; the last telling of a name knows them all."""
    made, found = Repeats(live=True), []
    for at, (name, who, number) in enumerate(entries):
        issuer(made, name, who, number, packet=at + 1, time=100 + at)
        if at % often == 0:
            found += made.settle()
    found += made.settle(end=True)
    issuers = {}
    for name, who, _ in entries:
        issuers.setdefault(name, []).append(who)
    kinds = {name: len({*each}) for name, each in issuers.items()}
    assert len(found) == sum(max(count - 1, 0) for count in kinds.values())
    assert sorted(one.count for one in found) == sorted(count for most in kinds.values() for count in range(2, most + 1))
    assert made.counts("several-issuers") == (len(kinds), sum(count > 1 for count in kinds.values()))
    assert (made.full, made.forgotten) == (0, 0)
