"""``tlsscan slice`` cuts out what a finding is about, and a scan of the slice finds it again."""

import re

import pytest
from captures_shown import SHOWN

import analyzer
from analyzer.capture.block import packet_number
from analyzer.cli import main
from analyzer.findings.rules import RULES


def said(one):
    """What of a finding does not depend on where its packets stand in a file: numbers of handshakes and packets do."""
    words = re.sub(r"handshakes [\d, ]+", "handshakes …", one.detail) if RULES[one.rule].subject == "scan" else one.detail
    return one.rule, one.severity, words, one.certificate, one.time, one.count, len(one.handshakes), len(one.packets)


@pytest.mark.parametrize("rule", RULES)
def test_a_slice_shows_it_again(shelf, rule, tmp_path, capfdbinary):
    captured = SHOWN[rule].trips
    found = shelf.found(captured, rule)
    one, small = found[0], tmp_path / "small.pcapng"
    options = shelf.options(captured)
    trust = ["--trust-store", options["trust_store"]] if options else []
    with shelf.world(captured):
        code = main(["slice", str(shelf.path(captured)), one.name, "-o", str(small), *trust])
        assert (code, capfdbinary.readouterr().err) == (0, b"")
        again = [other for other in analyzer.scan(str(small), **options).judged() if other.rule == rule]
    assert said(one) in map(said, again), (said(one), list(map(said, again)))
    kept = analyzer.scan(str(small)).counters.packets
    assert len(one.packets) <= kept <= shelf.scanned(captured).counters.packets
    assert all(packet_number(packet) <= kept for other in again for packet in other.packets)
