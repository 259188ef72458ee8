import importlib.util
import io
import sys
from pathlib import Path

import msgspec
import pytest

from analyzer.findings.finding import Finding
from analyzer.findings.finding import row as finding_row
from analyzer.findings.tables import TABLES
from analyzer.reports import markdown
from analyzer.reports.report import End, Options, Told, tell
from analyzer.scanning import Counters, Source, stream

spec = importlib.util.spec_from_file_location("rendered", Path(__file__).with_name("rendered.py"))
rendered = sys.modules["rendered"] = importlib.util.module_from_spec(spec)  # importlib mode puts no test folder on the path
spec.loader.exec_module(rendered)

TOUR = Path(__file__).parents[2] / "samples" / "tour.pcapng"
EVIL = ["a|b", "`c`", "<img src=x onerror=alert(1)>", "@octocat", "#123", "x\n\n# y", "[z](http://evil.example)", "\u202ew"]
EVIL += ["me@evil.example"]


def report(path, table="handshakes"):
    walk = stream(path)
    told = Told(TABLES, walk.sources, wanted=("findings", "readiness", table))
    out = io.BytesIO()
    one = markdown.Report(out, Options(tables=TABLES, table=table, version="0.1.0", registry="2026-01-01"))
    tell(walk.everything(), told, [one])
    one.end(End(sources=walk.sources, counters=walk.counters))
    return out.getvalue().decode()


@pytest.mark.parametrize("renderer", rendered.RENDERERS)
def test_a_whole_report_is_rendered_as_it_is_meant(renderer):
    text = report(str(TOUR))
    page = rendered.shown(renderer, text)
    assert set(page.tags) <= rendered.OURS
    assert "[" not in page.prose
    assert page.prose.startswith("TLS handshakes in ")
    assert "- Versions: `TLS 1.3` 12 (48 %), `TLS 1.2` 9 (36 %)" in text  # of those whose version is known
    assert "`certificate_expired` 2 (6 %)" in text  # of all
    assert "34 handshakes: 20 complete, 11 failed, 2 unanswered, 1 not_tls" in page.prose
    assert text.index("## Findings") < text.index("### critical") < text.index("## Failures") < text.index("## Handshakes")
    assert "critical: Nothing is encrypted: a NULL cipher suite" in page.prose
    assert {"frame.number == 342", "null-cipher:19", "certificate_expired"} <= {*page.code}
    assert [len(row) for row in page.rows] == [5] * 2 + [10] * 35
    assert page.rows[2] == list(markdown.COLUMNS)
    assert [row[0] for row in page.rows[3:]] == [str(number) for number in range(1, 35)]
    assert page.rows[3][4:7] == ["shop.example", "TLS 1.3", "TLS_AES_256_GCM_SHA384"]


@pytest.mark.parametrize("renderer", rendered.RENDERERS)
def test_nothing_of_the_wire_is_markup_link_or_mention(renderer, write, options, make, end):
    sources = [Source(name=f"/tmp/{evil}", format="pcap", damage=evil) for evil in EVIL]
    evil_end = msgspec.structs.replace(end, sources=sources, counters=Counters(skipped=dict.fromkeys(EVIL, 1)))
    rows = [make(handshake=at, server_name=evil, alpn=evil, source=evil, anomalies=[evil]) for at, evil in enumerate(EVIL, 1)]
    page = rendered.shown(renderer, write(markdown, options, *rows, end=evil_end).decode())
    assert set(page.tags) <= rendered.OURS
    assert not {*"@<`|\u202e"} & {*page.prose}
    assert "#123" not in page.prose
    assert "evil" not in page.prose
    assert [row[4] for row in page.rows[-len(EVIL) :]] == [
        "a\\u{7c}b", "\\u{60}c\\u{60}", "<img src=x onerror=alert(1)>", "@octocat", "#123", "x\\u{a}\\u{a}# y", "[z](http://evil.example)",
        "\\u{202e}w", "me@evil.example",
    ]  # fmt: skip


class Finds(Told):
    """Tells made-up findings at the end."""

    found = ()

    def rows(self, table):
        return [finding_row(one, ["a.pcap"]) for one in self.found] if table == "findings" and self.over else super().rows(table)


def test_it_stays_below_what_github_takes_and_says_what_it_left_out(tables, end, make):
    options = Options(tables=tables | {"findings": TABLES["findings"]}, version="0.1.0", registry="2026-01-01")
    out = io.BytesIO()
    one = markdown.Report(out, options)
    told = Finds(options.tables, end.sources)
    told.found = [
        Finding(rule=f"rule-{at}", severity="medium" if at else "critical", title="𐍈" * 400, detail="𐍈" * 900, citation="c", advice="a",
                handshake=at, packets=(1, 2))
        for at in range(300)
    ]  # fmt: skip
    tell((make(handshake=number, server_name=f"{number}." + "x" * 150, outcome="failed") for number in range(1000, 0, -1)), told, [one])
    one.end(msgspec.structs.replace(end, interrupted=True))
    text = out.getvalue().decode()
    assert 45_000 < len(out.getvalue()) <= markdown.LIMIT
    assert "### critical: " in text
    assert "**Interrupted:**" in text
    shown = text.count("\n### ")
    assert f"… {300 - shown} more rules with {300 - shown} findings. `tlsscan CAPTURE -o findings.csv --table findings`" in text
    rows = text[text.index("## Handshakes") :].splitlines()[4:]
    numbers = [int(row.split(" ")[1]) for row in rows if row.startswith("| ")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert f"… {1000 - len(numbers)} more. `tlsscan CAPTURE -o handshakes.csv --table handshakes` tells all of them." in text


def test_more_captures_than_are_named_are_counted(write, options, end):
    sources = [Source(name=f"{at}.pcap", packets=2, damage="torn") for at in range(14)]
    text = write(markdown, options, end=msgspec.structs.replace(end, sources=sources)).decode()
    assert text.startswith("# TLS handshakes in 14 captures\n")
    assert "… 4 more captures with 8 packets.\n" in text
    assert text.count("**Damaged:**") == 10
    assert "- … 4 more are damaged" in text


def test_nothing_seen(write, options):
    text = write(markdown, options).decode()
    assert "**0 handshakes**\n" in text
    assert "## " not in text.replace("# TLS", "")
    assert "Not followed: `UDP` 1,200, `ARP` 3" in text


@pytest.mark.parametrize("renderer", rendered.RENDERERS)
@pytest.mark.parametrize("table", [name for name in TABLES if name not in {"handshakes", "policy", "policies"}])
def test_another_table_stands_alone(renderer, table):
    text = report(str(TOUR), table)
    page = rendered.shown(renderer, text)
    assert set(page.tags) <= rendered.OURS
    header, *rows = page.rows
    assert rows
    assert {len(row) for row in page.rows} == {len(header)}
    names = {column.name for column in TABLES[table].columns}
    hidden = page.prose.partition("Columns not shown: ")[2].strip()
    assert {*header, *filter(None, hidden.split(", "))} == names
    assert len(text.encode()) <= 65_536


def test_a_table_too_long_for_a_ticket_is_counted(write, options, make):
    options = msgspec.structs.replace(options, table="kinds")
    text = write(markdown, options, *(make(handshake=at, kinds=[{"an_int": at, "a_text": "x" * 200}]) for at in range(2000))).decode()
    told = text.count("\n| ") - 2
    assert f"… {2000 - told:,} more. `tlsscan CAPTURE -o kinds.csv --table kinds` tells all of them." in text
    assert 55_000 < len(text.encode()) <= markdown.LIMIT


def test_the_first_words_of_a_damaged_capture_name_it(write, options, end):
    source = Source(name="C:\\captures\\a.pcap", damage="it ends in the middle of a packet")
    text = write(markdown, options, end=msgspec.structs.replace(end, sources=[source])).decode()
    assert text.startswith("# TLS handshakes in `a.pcap`\n")
    assert "- **Damaged:** `C:\\captures\\a.pcap`: `it ends in the middle of a packet`" in text
