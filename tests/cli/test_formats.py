"""The list of formats, as people and programs ask for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.cli import formats as module
from analyzer.reports import FORMATS

ROOT = Path(__file__).parents[2]


def test_all_are_listed(tlsscan):
    code, out, _ = tlsscan("formats")
    lines = out.decode().splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines[: len(FORMATS)]] == list(FORMATS)
    for one, line in zip(FORMATS.values(), lines, strict=False):
        assert all(suffix in line for suffix in one.suffixes)
        assert line.endswith(one.doc)


@pytest.mark.parametrize("name", list(FORMATS))
def test_one_is_told_whole(tlsscan, name):
    one = FORMATS[name]
    code, out, _ = tlsscan("formats", name)
    text = " ".join(out.decode().split())
    assert code == 0
    assert text.startswith(f"{name} is {one.doc} suffixes {' '.join(one.suffixes)} holds {one.holds}")
    assert ("folder" in text) == bool(one.folder)
    assert all(file in text for file, _ in one.folder if file != "*")
    assert all(table in text for table in one.tables)
    assert one.schema in text


def test_programs_get_the_same(tlsscan):
    told = json.loads(tlsscan("formats", "--format", "json")[1])
    assert [one["name"] for one in told] == list(FORMATS)
    assert next(one for one in told if one["name"] == "zeek")["folder"] == "ssl.log (handshakes), x509.log (certificates)"
    assert {one["name"] for one in told if one["needs"]} == {"parquet"}


def test_no_such_format(tlsscan):
    code, _, err = tlsscan("formats", "docx")
    assert code == 2
    assert "'docx' is no format" in err.decode()


def test_what_is_not_installed_is_said(tlsscan, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    assert "which is not installed: pip install pyarrow" in " ".join(tlsscan("formats", "parquet")[1].decode().split())
    told = json.loads(tlsscan("formats", "parquet", "csv", "--format", "json")[1])
    assert [one["installed"] for one in told] == [False, True]


def test_the_same_capture_gives_the_same_bytes(tmp_path):
    """Whatever a process draws for its hashes; nothing tells the time at which it was made."""
    outputs = [word for one in FORMATS.values() for word in ("-o", f"report{one.suffixes[0]}")]
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        words = [sys.executable, "-m", "analyzer", str(ROOT / "samples" / "tour.pcapng"), *outputs]
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run(words, cwd=tmp_path / seed, env=environment, check=True)
    for one in FORMATS.values():
        first, second = ((tmp_path / seed / f"report{one.suffixes[0]}").read_bytes() for seed in ("1", "2"))
        assert first
        assert first == second, one.name
