"""tlsscan rules: the list, one rule whole, JSON, a name that is none."""

import json

from analyzer.findings.finding import SEVERITIES
from analyzer.findings.rules import RULES


def test_the_list(road):
    code, out, _ = road("rules")
    lines = out.decode().splitlines()
    assert code == 0
    assert [line.split()[1] for line in lines] == list(RULES)
    assert {line.split()[0] for line in lines} <= set(SEVERITIES)


def test_one_rule_whole(road):
    code, out, _ = road("rules", "heartbleed")
    text = " ".join(out.decode().split())
    assert code == 0
    assert all(part in text for part in (RULES["heartbleed"].title, RULES["heartbleed"].citation, RULES["heartbleed"].advice))
    assert max(map(len, out.decode().splitlines())) <= 100


def test_json(road):
    _, out, _ = road("rules", "--format", "json")
    rows = json.loads(out)
    assert [row["name"] for row in rows] == list(RULES)
    assert all(row["citation"] and row["scope"] and row["severity"] in SEVERITIES for row in rows)


def test_no_such_rule(road):
    code, out, err = road("rules", "hartbleed")
    assert (code, out) == (2, b"")
    assert b"'hartbleed' is no rule" in err
