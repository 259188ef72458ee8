import json
import sys
from pathlib import Path

import pytest

from analyzer.handshakes.handshake import Handshake
from analyzer.reports import zeek, zeek_json

sys.path.insert(0, str(Path(__file__).parent))

from sample_logs import ENDS, EVERY, fields, log, made


def read(kind, text):
    """Read a field of the tabs as its type says."""
    if text == "-":
        return None
    if kind == "time":
        return float(text)
    if kind in ("count", "port"):
        return int(text)
    if kind == "bool":
        return {"T": True, "F": False}[text]
    if kind.startswith("vector"):
        return [] if text == "(empty)" else text.split(",")
    return "" if text == "(empty)" else text.replace("\\\\", "\\")


@pytest.mark.parametrize("table", ["handshakes", "certificates"])
def test_the_same_values_as_with_tabs(table):
    tabs = log(zeek, *EVERY, table=table)
    kinds = tabs.decode().split("#types\t")[1].split("\n")[0].split("\t")
    lines = [json.loads(line) for line in log(zeek_json, *EVERY, table=table).splitlines()]
    wanted = [{name: read(kind, text) for kind, (name, text) in zip(kinds, line.items(), strict=True)} for line in fields(tabs)]
    assert lines == [{name: value for name, value in line.items() if value is not None} for line in wanted]
    assert len(lines) > 30


def test_types_are_those_of_json():
    (line,) = [json.loads(line) for line in log(zeek_json, "tls12-ecdhe-rsa.pcapng").splitlines()]
    assert line["ts"] == 1795228109.456892
    assert line["id.orig_p"] == 50816
    assert line["resumed"] is False
    assert line["client_cert_chain_fps"] == []
    assert "last_alert" not in line
    assert list(line)[:6] == ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"]


def test_hostile_names_stay_lossless_and_harmless():
    name = 'a\t\n\x00\x7f\u202e\u2028"<script>\ud800'
    line = made(Handshake(**ENDS), zeek_json, server_name=name)
    assert json.loads(line)["server_name"] == name
    assert line.count(b"\n") == 1
    assert not any(byte < 0x20 or byte > 0x7E for byte in line.rstrip(b"\n"))


@pytest.mark.parametrize(
    ("ns", "seconds"),
    [(0, 0.0), (1_341_606_143_123_456_789, 1341606143.123456), (-1_500_000_999, -1.5), (-1, 0.0), (1 << 70, 1180591620717.411303)],
)
def test_times(ns, seconds):
    assert zeek_json.seconds(ns) == seconds == float(zeek.seconds(ns))


def test_nothing_comes_of_nothing():
    assert log(zeek_json, "starttls-smtp-refused.pcapng") == b""
