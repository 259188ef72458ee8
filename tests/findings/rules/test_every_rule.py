"""Every rule: a capture that trips it and one that passes it, on the whole road from packets to findings."""

import re

import captures
import pytest
from captures_shown import SHOWN

from analyzer.findings.finding import SEVERITIES
from analyzer.findings.rules import RULES, SUBJECTS

SAMPLES = sorted(path.stem for path in captures.SAMPLES.glob("*.pcapng"))


def pattern(detail):
    """A detail as a pattern: … stands for what depends on when the sample was recorded, or for what need not be said again."""
    return ".+".join(map(re.escape, detail.split("…")))


def test_every_rule_is_shown():
    assert sorted(SHOWN) == sorted(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_it_trips(shelf, rule):
    shown = SHOWN[rule]
    found = shelf.found(shown.trips, rule)
    assert any(re.fullmatch(pattern(shown.detail), one.detail) for one in found), [one.detail for one in found]
    for one in found:
        row = RULES[rule]
        assert (one.severity, one.title, one.citation, one.advice) == (row.severity, row.title, row.citation, row.advice)
        assert one.packets
        assert one.packets == tuple(sorted(set(one.packets)))
        assert one.time is not None
    assert shelf.counts(shown.trips, rule)[1] == len(found)


@pytest.mark.parametrize("rule", RULES)
def test_it_passes(shelf, rule):
    assert shelf.found(SHOWN[rule].passes, rule) == []
    passed, failed, _, _ = shelf.counts(SHOWN[rule].passes, rule)
    assert passed >= 1
    assert failed == 0


def test_rules_are_rows_of_their_kind():
    for name, rule in RULES.items():
        assert rule.name == name
        assert re.fullmatch(r"[a-z0-9-]+", name)
        assert rule.severity in SEVERITIES
        assert rule.subject in SUBJECTS
        assert rule.advice.endswith(".")
        assert not rule.title.endswith(".")
        assert (rule.fails is None) == (rule.subject == "scan")
        for part in rule.citation.split("; "):
            known = r"(RFC \d{4,5}|CVE-\d{4}-\d{4,}|CA/Browser Forum|NIST|IANA|ITU-T|CERT/CC|CISA|Chrome|draft-ietf|CWE-\d+)"
            assert re.match(known, part), part


@pytest.mark.parametrize("sample", SAMPLES)
def test_states_add_up(shelf, sample):
    """Each rule is asked of every handshake, prelude, certificate and chain, and says one of four things."""
    scan = shelf.scanned(sample)
    rules = scan.rules.set_index("rule")
    told = rules[["passed", "failed", "not_applicable", "not_observable"]].sum(axis=1)
    for subject, asked in (("handshake", len(scan)), ("prelude", len(scan.preludes))):
        assert set(told[rules["subject"] == subject]) == {asked}
    for subject in set(SUBJECTS) - {"scan"}:
        assert len(set(told[rules["subject"] == subject])) == 1
    for name, rule in RULES.items():
        found = [one for one in scan.judged() if one.rule == name]
        assert rules.loc[name, "failed"] == (sum(one.count for one in found) if rule.once else len(found))
