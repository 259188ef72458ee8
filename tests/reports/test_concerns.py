import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from analyzer.findings.finding import SEVERITIES, Finding, row
from analyzer.reports import concerns
from analyzer.reports.concerns import SEVERITY_STYLES, Concerns
from analyzer.reports.paint import STYLES, Paint


def finding(rule="old-version", severity="high", number=1, **fields):
    given = {"title": f"What {rule} is about", "detail": f"detail {number}", "citation": "RFC", "advice": "", "packets": (number,)}
    return row(Finding(rule=rule, severity=severity, **({"handshake": number} | given | fields)), ["a.pcap"])


def shown(rows, width=100):
    """The lines as a person sees them."""
    one = Concerns()
    one.add(rows)
    paint = Paint(width, color=False)
    return [paint.line(line).decode().rstrip("\n") for line in one.lines(width)]


def test_nothing_found_says_nothing():
    one = Concerns()
    assert not one
    assert list(one.lines(80)) == one.words() == []


def test_one_rule_with_its_first_details_and_their_names():
    assert shown([finding(number=number) for number in (1, 2, 3)]) == [
        "high      What old-version is about (3)",
        "          detail 1  old-version:1",
        "          detail 2  old-version:2",
        "          … 1 more; all of them: old-version",
        "tlsscan slice CAPTURE NAME -o FILE cuts the packets of one out; --table findings lists all.",
    ]


def test_the_gravest_stand_first_then_the_most_frequent():
    rows = [finding(f"of-{name}", name) for name in reversed(SEVERITIES)]
    rows += [finding("frequent", "low", number=number) for number in range(5)]
    titles = [line for line in shown(rows) if "What" in line]
    assert [line.split()[0] for line in titles] == ["critical", "high", "medium", "low", "low", "info"]
    assert "frequent" in titles[3]


def test_counts_are_of_handshakes():
    assert shown([finding(count=1234), finding(number=2)])[0] == "high      What old-version is about (1,235)"


def test_no_more_than_twelve_rules_are_told():
    rows = [finding(f"rule-{number}") for number in range(14) for _ in range(2)]
    lines = shown(rows)
    assert sum("What" in line for line in lines) == 12
    assert lines[-2] == "… and 2 more rules with 4 findings"
    assert shown([finding(f"rule-{number}") for number in range(13)])[-2] == "… and 1 more rule with 1 finding"


def test_rules_beyond_the_cap_are_counted(monkeypatch):
    monkeypatch.setattr(concerns, "RULES", 3)
    one = Concerns()
    one.add(finding(f"rule-{number}") for number in range(10))
    assert len(one._groups) == 3
    assert one.severities == {"high": 10}
    assert one.words() == [("10 high", "bad")]
    assert any("with 7 findings" in line[0][0] for line in one.lines(80))


def test_a_narrow_place_has_names_on_lines_of_their_own():
    lines = shown([finding(detail="x" * 200)], 40)
    assert lines[:3] == ["high      What old-version is about", "  " + "x" * 37 + "…", "  old-version:1"]
    assert lines[3].startswith("tlsscan slice")


def test_a_finding_without_a_detail_still_has_its_name():
    assert shown([finding(detail="")])[1] == "          old-version:1"


def test_severities_have_styles():
    assert list(SEVERITY_STYLES) == list(SEVERITIES)
    assert set(SEVERITY_STYLES.values()) <= set(STYLES)


texts = st.text(max_size=60)


@given(st.lists(st.tuples(texts, st.sampled_from(list(SEVERITIES)), texts, st.integers(0, 10**6)), max_size=30), st.integers(20, 140))
def test_no_text_breaks_a_line(made, width):
    one = Concerns()
    one.add(finding(rule, severity, number, title=text, detail=text) for rule, severity, text, number in made)
    paint = Paint(width, color=False)
    for line in one.lines(width):
        told = paint.line(line).decode()
        assert told[:-1].isprintable()
        assert cell_len(told[:-1]) <= width
        assert all(style in STYLES for _, style in line)
        if width >= 40:
            assert cell_len("".join(text for text, _ in line)) <= width


@pytest.mark.parametrize("width", [60, 100])
def test_the_name_is_whole_where_there_is_room(width):
    name = "certificate-expired:123456:0123abcd"
    rows = [finding("certificate-expired", number=123456, certificate="0123abcd" * 8, detail="y" * 300)]
    assert any(line.endswith(name) for line in shown(rows, width))
