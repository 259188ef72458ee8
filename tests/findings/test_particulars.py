"""particulars: every subject of rules has what a finding names of its things."""

import captures as c
import captures_chains as chains
import captures_names as n
import talk

import analyzer
from analyzer.findings.particulars import _ABOUT
from analyzer.findings.rules import RULES, SUBJECTS


def found(packets, rule):
    [one] = [one for one in analyzer.scan(list(packets), link=talk.RAW, trust_store="none").judged() if one.rule == rule]
    return one


def test_every_subject():
    assert {*_ABOUT} == {*SUBJECTS} - {"scan"}


def test_of_a_handshake():
    one = found(c.made(c.full(hello=c.client_hello([0x0005], c.GOOD))).packets, "broken-suites-offered")
    assert (one.handshake, one.handshakes, one.count, one.certificate) == (1, (1,), 1, None)
    assert one.severity == RULES[one.rule].severity
    assert one.packets == (4,)


def test_of_a_chain_and_its_name():
    made = chains.self_signed()
    chain = found(made.packets, "chain-self-signed")
    assert chain.certificate
    assert (chain.handshakes, chain.count, chain.packets) == ((1,), 1, (5,))


def test_of_a_prelude_without_a_handshake():
    [pair] = [pair for name, pair in sorted(n.SHOWN.items()) if name == "starttls-refused"]
    one = found(pair.trips().packets, "starttls-refused") if not isinstance(pair.trips, str) else next(
        each for each in analyzer.scan(c.SAMPLES / f"{pair.trips}.pcapng").judged() if each.rule == "starttls-refused")  # fmt: skip
    assert (one.handshake, one.handshakes) == (None, ())
    assert one.packets
