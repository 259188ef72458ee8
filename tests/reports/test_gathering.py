"""Gathering: findings counted by rule, the gravest severity kept, rules past a cap counted together."""

from analyzer.reports.gathering import Gathered


def test_a_rule_is_as_grave_as_its_gravest_finding():
    one = Gathered(9)
    for severity, count in (("low", 1), ("critical", 3), ("medium", 2)):
        group = one.take("old", severity, "Old", count)
    assert (group.rule, group.severity, group.title, group.findings, group.count, group.examples) == ("old", "critical", "Old", 3, 6, [])
    assert one.by_severity() == [("critical", "1 critical"), ("medium", "1 medium"), ("low", "1 low")]


def test_rules_past_the_cap_are_counted_together():
    one = Gathered(2)
    groups = [one.take(f"rule-{number % 4}", "low", "", 1) for number in range(1_008)]
    assert [group.findings for group in groups[:2]] == [252, 252]
    assert groups[2:4] == [None, None]
    assert one.beyond == 504
    assert one.by_severity() == [("low", "1,008 low")]
