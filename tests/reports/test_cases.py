import pytest

from analyzer.findings.causes import CAUSES
from analyzer.findings.finding import COLUMNS
from analyzer.reports import cases
from analyzer.reports.cases import Failures, Findings

ROW = {
    "finding": "old:1", "rule": "old", "severity": "low", "title": "An old version", "detail": "TLS 1.0", "advice": "Turn it off.",
    "citation": "RFC 8996", "handshake": 1, "handshakes": [1], "count": 1, "certificate": None, "time": 0, "source": "a.pcap",
    "packets": [4, 5], "packet_sources": None, "display_filter": "frame.number in {4..5}",
}  # fmt: skip
assert list(ROW) == [column.name for column in COLUMNS]


def told(*rows, captures=False):
    findings = Findings()
    findings.add(rows)
    return list(findings.told(captures=captures)), findings


def test_a_rule_with_its_first_findings():
    rows = [ROW | {"finding": f"old:{at}", "count": 2} for at in range(1, 6)]
    [(found, text)], findings = told(*rows)
    assert found == 5
    assert text == (
        "### low: An old version (10)\n\nTurn it off. *RFC 8996*\n\n"
        "- `TLS 1.0`  \n  `old:1`, packets 4, 5  \n  `frame.number in {4..5}`\n"
        "- `TLS 1.0`  \n  `old:2`, packets 4, 5  \n  `frame.number in {4..5}`\n"
        "- `TLS 1.0`  \n  `old:3`, packets 4, 5  \n  `frame.number in {4..5}`\n"
        "- … 2 more: `old`\n"
    )
    assert findings.words() == "5 low"


def test_the_gravest_first_then_the_most_frequent():
    found = (("b", "low", 1), ("a", "low", 1), ("c", "low", 9), ("d", "critical", 1), ("e", "info", 99))
    texts, findings = told(*(ROW | {"rule": rule, "severity": severity, "title": rule, "count": count} for rule, severity, count in found))
    assert [text.splitlines()[0] for _, text in texts] == [
        "### critical: d", "### low: c (9)", "### low: a", "### low: b", "### info: e (99)",
    ]  # fmt: skip
    assert findings.words() == "1 critical, 3 low, 1 info"


def test_the_capture_is_named_where_there_are_several():
    [(_, text)], _ = told(ROW | {"packets": [7]}, captures=True)
    assert "`old:1`, packet 7 of `a.pcap`  \n" in text


def test_a_filter_that_is_too_long_is_left_out_and_packets_are_counted():
    [(_, text)], _ = told(ROW | {"packets": list(range(1, 101)), "display_filter": "frame.number in {" + "1, " * 100 + "2}"})
    assert "packets 1, 2, 3, 4, 5, 6, 7, 8 and 92 more" in text
    assert "frame.number" not in text


def test_of_a_connection_without_packets_or_detail():
    [(_, text)], _ = told(ROW | {"packets": [], "display_filter": None, "detail": None, "source": None, "advice": None, "citation": None})
    assert text == "### low: An old version\n\n- `An old version`  \n  `old:1`\n"


def test_rules_past_the_cap_are_counted(monkeypatch):
    monkeypatch.setattr(cases, "_RULES", 2)
    texts, findings = told(*(ROW | {"rule": f"r{at}"} for at in range(5)))
    assert (len(texts), findings.beyond, findings.severities["low"]) == (2, 3, 5)


@pytest.mark.parametrize("evil", ["`|`<img src=x>", "@all #1\n\n# x"])
def test_what_the_wire_wrote_stands_in_code(evil):
    [(_, text)], _ = told(ROW | {"detail": evil, "source": evil}, captures=True)
    shown = evil.replace("`", "\\u{60}").replace("|", "\\u{7c}").replace("\n", "\\u{a}")
    assert text.count(f"`{shown}`") == 2
    assert evil not in text.replace(f"`{shown}`", "")


def failed(number, cause="no_answer", **cells):
    row = {"handshake": number, "cause": cause, "why": "It `broke`.", "server_name": None, "server": "2001:db8::1", "server_port": 443}
    return row | cells


def test_failures_by_cause():
    failures = Failures()
    assert not failures
    failures.add(failed(0, cause=None))
    failures.add({"handshake": 1, "server_name": "a", "server": "b", "server_port": 1})  # a table of facts alone has no causes
    assert not failures
    for number in range(1, 8):
        failures.add(failed(number))
    failures.add(failed(9, "wrong_psk", server_name="www.example.com", why=None))
    [(many, first), (once, second)] = failures.told()
    assert (many, once) == (7, 1)
    assert first.splitlines() == [
        f"- `no_answer` (7 handshakes): {CAUSES['no_answer']}",
        *(f"  - handshake {number} `[2001:db8::1]:443` `It \\u{{60}}broke\\u{{60}}.`" for number in range(1, 6)),
        "  - … 2 more",
    ]
    assert second == f"- `wrong_psk` (1 handshake): {CAUSES['wrong_psk']}\n  - handshake 9 `www.example.com`"
