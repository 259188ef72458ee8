import re

import msgspec
import pytest
from rich.cells import cell_len

from analyzer.findings.finding import Finding
from analyzer.findings.finding import row as finding_row
from analyzer.findings.tables import JUDGED
from analyzer.reports import text
from analyzer.reports.report import Options, Told, tell
from analyzer.scanning import Counters, Source

DAY = 86_400 * 10**9
WIDTHS = (20, 40, 60, 80, 100, 120, 200)


@pytest.fixture
def many(make):
    return [
        make(),
        make(handshake=2, server_name=None, server="2001:db8::1", outcome="failed", alert="handshake_failure", certificates_state="none"),
        make(handshake=3, server_name="evil\x1b[31m\u202e[bold]\u0301" + "a" * 500, version=None, cipher_suite=None, outcome="unanswered"),
        make(
            handshake=4,
            version="TLS 1.2",
            cipher_suite="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            alpn="h2",
            hidden=None,
            certificates_state="seen",
            leaf_subject="CN=shop.example\\, Inc,O=Shop,C=US",
            leaf_issuer="CN=Test CA,C=US",
            chain=[{"sha256": "00", "subject_cn": "old.example", "not_after": DAY}],
            anomalies=["gap", "gap"],
        ),
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_wraps_at_any_width(write, options, many, end, width):
    source = msgspec.structs.replace(end.sources[0], name="/a/very/long/folder/" * 9 + "a.pcap", damage="broken " * 60)
    counters = Counters(skipped={"x" * 90: 5}, limits={"flows": 2})
    end = msgspec.structs.replace(end, sources=[source] * 8, interrupted=True, counters=counters)
    shown = write(text, msgspec.structs.replace(options, width=width), *many, end=end).decode()
    assert max(map(cell_len, shown.splitlines())) <= width
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_what_is_asked_first_stands_first(write, options, many):
    shown = write(text, msgspec.structs.replace(options, width=300), *many).decode()
    head, _, rows = shown.partition("\n #  time") if "\n #  time" in shown else shown.partition("\n#  time")
    for said in (
        "a.pcap", "1,234 packets", "3 d 0 h", "4 handshakes · 2 complete · 1 failed · 1 unanswered", "handshake_failure", "TLS 1.3",
        "X25519MLKEM768", "4 of 4", "1 expired when seen", "old.example", "gap 2", "UDP 1,200", "2001:db8::1",
    ):  # fmt: skip
        assert said in head, said
    assert "192.0.2.1:50000 →  198.51.100.7:443" in rows
    assert "shop.example, Inc (Test CA)" in rows
    assert "encrypted" in rows
    assert "failed: handshake_failure" in rows
    assert "evil\\u{1b}[31m" in rows
    assert len(rows.strip().splitlines()) == 5


def test_colour_changes_nothing_but_colour(write, options, many):
    plain = write(text, options, *many).decode()
    colored = write(text, msgspec.structs.replace(options, color=True), *many).decode()
    assert "\x1b[" in colored
    bare = re.sub(r"\x1b\[[\d;]*m", "", colored)
    assert [line.rstrip() for line in bare.splitlines()] == plain.splitlines()


def test_another_table_stands_alone(write, options, make):
    options = msgspec.structs.replace(options, table="kinds", width=26)
    kinds = {"an_int": 5, "a_text": "hello", "a_flag": True, "a_time": 0, "any": {"a": 1}}
    shown = write(text, options, make(kinds=[kinds])).decode().splitlines()
    assert shown[0].split()[:3] == ["an_int", "a_text", "a_flag"]
    assert shown[1].split()[:3] == ["5", "hello", "yes"]
    assert shown[2].startswith("columns without room: ")


def test_what_came_to_no_handshake_is_one_word_of_the_overview_and_no_row(write, options, make, plain):
    spoken = {"protocol": "smtp", "result": "not_taken"}
    wide = msgspec.structs.replace(options, width=300)
    shown = write(text, wide, make(), plain(spoken), plain(spoken)).decode()
    bare = write(text, wide, make()).decode()
    assert "1 handshake ·" in shown
    assert "smtp not_taken 2" in shown
    added = set(shown.splitlines()) - set(bare.splitlines())
    assert all("Before TLS" in line or "smtp" in line for line in added)
    rows = write(text, msgspec.structs.replace(wide, table="preludes"), make(), plain(spoken)).decode().splitlines()
    assert len(rows) == 2
    assert rows[0].split() == ["protocol", "result"], "columns without a value take no room"
    assert rows[1].split() == ["smtp", "not_taken"]


def test_framings_are_counted_where_there_is_more_than_tls(write, options, make):
    wide = msgspec.structs.replace(options, width=200)
    assert "Framing" not in write(text, wide, make()).decode()
    assert "Framing" in write(text, wide, make(), make(handshake=2, framing="quic")).decode()


def test_nothing_seen(write, options, end):
    empty = msgspec.structs.replace(end, sources=[Source(name="empty.pcap", format="pcap")], counters=Counters())
    shown = write(text, options, end=empty).decode()
    assert "0 handshakes" in shown
    assert "0 packets" in shown


class FoundAtTheEnd(Told):
    """Tells one finding when everything was told."""

    def rows(self, table):
        one = Finding(rule="old-version", severity="high", title="An old version", detail="TLS 1.0\x1b[31m", citation="RFC 8996",
                      advice="", handshake=1, handshakes=(1,), packets=(4,))  # fmt: skip
        return [finding_row(one, ["a.pcap"])] if table == "findings" and self.over else super().rows(table)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_was_found_stands_before_what_was_seen(tables, make, end, tmp_path, width):
    options = Options(tables=tables | JUDGED, width=width)
    told = FoundAtTheEnd(options.tables, end.sources)
    with (tmp_path / "report").open("wb") as out:
        report = text.Report(out, options)
        tell([make()], told, [report])
        report.end(end)
    shown = (tmp_path / "report").read_text()
    assert "\x1b" not in shown
    assert all(cell_len(line) <= width for line in shown.splitlines())
    assert shown.count("Findings") == 1
    assert 0 < shown.index("1 handshake") < shown.index("Findings") < shown.index("old-version:1") < shown.index("Versions")
