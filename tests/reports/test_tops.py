import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from analyzer.findings.finding import Finding, row
from analyzer.findings.tables import TABLES
from analyzer.reports.concerns import Concerns
from analyzer.reports.paint import STYLES, Paint
from analyzer.reports.summary import Server, Summary
from analyzer.reports.tops import tops


def seen(hostile=""):
    summary, concerns = Summary(TABLES), Concerns()
    summary.handshakes = 100
    for counted in ("versions", "cipher_suites", "groups", "alerts"):
        summary.counts(counted).update({f"{counted} {at}{hostile}": at for at in range(1, 30)})
    for at in range(30):
        summary.servers[f"s{at}", "2001:db8::1", 443] = Server(f"s{at}{hostile}", "2001:db8::1", 443, at)
    summary.servers[None, "192.0.2.1", 8443] = Server(None, "192.0.2.1", 8443, 1000)
    made = {"citation": "C", "advice": "A", "detail": "D", "packets": (1,)}
    concerns.add([row(Finding(rule=name, severity=name, title=f"a {name} thing{hostile}", **made), ["a"]) for name in ("low", "high")])
    return summary, concerns


@given(st.integers(min_value=1, max_value=260), st.integers(min_value=0, max_value=80), st.sampled_from(["", "\x1b[31m\u202e漢字" * 20]))
def test_lists_fit_any_screen(width, height, hostile):
    lines = tops(*seen(hostile), width, height)
    paint = Paint(width, color=False, least=1)
    assert len(lines) <= height
    for line in lines:
        assert cell_len(paint.text(line)) <= width
        assert paint.text(line).isprintable()
        assert all(style in STYLES for _, style in line)


def shown(width, height):
    paint = Paint(width, color=False)
    return [paint.text(line) for line in tops(*seen(), width, height)]


def test_the_gravest_and_the_most_frequent_stand_first():
    lines = shown(80, 60)
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads == ["Findings", "Versions", "Cipher suites", "Groups", "Servers", "Alerts"]
    assert [line.split()[0] for line in lines[1:3]] == ["!", "-"]
    assert lines[lines.index("Versions") + 1].split()[:3] == ["versions", "29", "29"]
    first = lines[lines.index("Servers") + 1]
    assert first.split() == ["no", "name", "192.0.2.1:8443", "1,000"]


@pytest.mark.parametrize("height", range(61))
def test_a_lower_screen_leaves_out_the_last_lists(height):
    heads = [line for line in shown(80, height) if line and not line.startswith(" ")]
    assert heads == ["Findings", "Versions", "Cipher suites", "Groups", "Servers", "Alerts"][: len(heads)]


def test_a_wide_screen_has_two_columns():
    lines = shown(120, 40)
    assert lines[0].split() == ["Versions", "Findings"]
    place = lines[0].index("Findings")
    assert all(not line[place - 4 : place].strip() for line in lines), "nothing stands between them"


def test_nothing_seen_is_nothing_shown():
    assert tops(Summary(TABLES), Concerns(), 80, 24) == []
