"""Reporting: the suffix decides, then --format, then text."""

import click
import pytest

from analyzer.cli.reporting import format_or_fail, options_of, version
from analyzer.reports import FORMATS


@pytest.mark.parametrize(
    ("path", "name", "found"),
    [("-", None, "text"), ("-", "csv", "csv"), ("a.json", "csv", "json"), ("a.sarif.json", None, "sarif"), ("a", "ndjson", "ndjson")],
)
def test_formats(path, name, found):
    assert format_or_fail(path, name).name == found


def test_no_format():
    with pytest.raises(click.BadParameter, match=r"a\.docx: the suffix is none of \.txt"):
        format_or_fail("a.docx", None)


def test_what_a_report_must_know():
    options = options_of("alerts", "a.txt", FORMATS["text"], width=77, color="always")
    assert (options.table, options.width, options.color, options.version) == ("alerts", 77, True, version())
    assert options.registry
    assert options_of("alerts", "a.txt", FORMATS["text"], width=None, color="auto").width == 240
