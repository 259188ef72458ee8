import io

import pytest

from analyzer.findings import tables as findings
from analyzer.reports import FORMATS, JUDGED, format_of
from analyzer.reports.report import Options


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_opens(name, end):
    out = io.BytesIO()
    FORMATS[name].open(out, Options(tables=findings.TABLES)).end(end)
    assert FORMATS[name].doc


def test_suffixes_are_told_apart():
    suffixes = [suffix for one in FORMATS.values() for suffix in one.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert [getattr(format_of(name), "name", None) for name in ("a.json", "b.JSONL", "c.csv", "d.txt", "e.pcap", "json", "f.sarif")] == [
        "json", "ndjson", "csv", "text", None, None, "sarif",
    ]  # fmt: skip


def test_the_longest_suffix_decides():
    assert format_of("a.sarif.json").name == "sarif"  # SARIF 2.1.0 section 3.2 names both


def test_the_tables_that_take_judgement_are_those_of_findings():
    assert list(JUDGED) == list(findings.JUDGED), "the list is written twice, for the other is too heavy to be asked at the start"
