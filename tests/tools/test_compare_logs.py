"""tools/compare/zeek and eve: baselines in other tools' words against what is written of our own samples."""

from __future__ import annotations

import importlib.util
import json
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tools" / "compare"
NAME = "tls12-ecdhe-rsa"
ROW = json.loads((ROOT / "samples" / "manifest.json").read_text())[NAME]["handshakes"][0]


def script(name):
    spec = importlib.util.spec_from_file_location(f"compare_{name}", FOLDER / f"{name}.py")
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


zeek, eve = script("zeek"), script("eve")
SSL = {"log": "ssl", "id.orig_h": "127.0.0.1", "id.orig_p": "50816", "id.resp_h": "127.0.0.1", "id.resp_p": "443", "version": "TLSv12",
       "cipher": ROW["cipher_suite"], "curve": "x25519", "server_name": "shop.example", "resumed": "F", "established": "T",
       "next_protocol": "h2", "ssl_history": "CsxknGIti", "cert_chain_fps": ROW["certificates"][0], "client_cert_chain_fps": "(empty)",
       "sni_matches_cert": "T"}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "captures").symlink_to(ROOT / "samples")

    def write(kind, *facts):
        said = {"file": f"{NAME}.pcapng", "source": "a tool", "kind": kind, "test": "a test", "facts": list(facts)}
        (tmp_path / "baselines.ndjson").write_text(json.dumps(said) + "\n")
        return [str(tmp_path)]

    return write


def test_a_log_that_is_the_same(folder, capsys):
    assert zeek.main(folder("zeek-ssl", SSL)) == 0
    said = capsys.readouterr().out
    assert "the same 17 of 17, explained 0, not explained 0" in said
    assert [line for line in said.splitlines() if line.startswith("ssl.log\tcurve")] == [f"ssl.log\t{'curve':28}    1 of    1"]


def test_a_log_that_is_not(folder, capsys, tmp_path):
    wrong = SSL | {"curve": "secp256r1"}
    del wrong["next_protocol"]
    assert zeek.main(folder("zeek-ssl", wrong, SSL | {"id.orig_p": "1"})) == 1
    said = capsys.readouterr().out
    assert "differs\tssl\tcurve\ttls12-ecdhe-rsa.pcapng\tZeek secp256r1\ttlsscan x25519" in said
    assert "differs\tssl\tnext_protocol\ttls12-ecdhe-rsa.pcapng\tZeek -\ttlsscan h2" in said
    assert "differs\tssl\trow\ttls12-ecdhe-rsa.pcapng\tZeek [" in said
    reasons = tmp_path / "zeek.toml"
    reasons.write_text('[[explained]]\nlog = "ssl"\nvalue = "*"\ncapture = "tls12-*"\nreason = "so it is"\n')
    assert zeek.main([*folder("zeek-ssl", wrong), "--explained", str(reasons)]) == 0
    assert "explained\t2\tso it is" in capsys.readouterr().out


def test_a_line_that_only_we_have_is_told(folder, capsys):
    assert zeek.main(folder("zeek-ssl")) == 1
    assert "Zeek nothing" in capsys.readouterr().out


def test_certificates_count_once_however_often_a_test_shows_them(folder, capsys):
    known = {"log": "x509", "fingerprint": ROW["certificates"][0], "host_cert": "T", "client_cert": "F", "certificate.version": "3"}
    assert zeek.main(folder("zeek-x509", known, known)) == 1  # the fields that it leaves out are unset in it
    said = capsys.readouterr().out
    assert f"x509.log\t{'row':28}    1 of    1" in said
    assert f"x509.log\t{'certificate.version':28}    1 of    1" in said
    assert f"x509.log\t{'certificate.key_alg':28}    0 of    1" in said


def test_events_that_are_there_and_that_are_not(folder, capsys):
    there = {"count": 1, "match": {"event_type": "tls", "tls.sni": "shop.example", "tls.server_alpns[0]": "h2", "has-key": "tls.ja4",
                                   "not-has-key": "quic", "pcap_cnt": 99}}  # fmt: skip
    assert eve.main(folder("suricata-eve-checks", there, {"count": 3, "match": {"event_type": "flow"}})) == 0
    assert f"{'the whole check':32}    1 of    1" in capsys.readouterr().out
    assert eve.main(folder("suricata-eve-checks", {"count": 1, "match": {"event_type": "tls", "tls.sni": "other.example"}})) == 1
    assert "wants 1\tfound 0" in capsys.readouterr().out


def test_paths_into_an_event():
    event = {"tls": {"client_alpns": ["h2", {"a": 1}]}}
    assert eve.at(event, "tls.client_alpns[0]") == "h2"
    assert eve.at(event, "tls.client_alpns[1].a") == 1
    assert [eve.at(event, path) for path in ("tls.client_alpns[2]", "tls.x.y", "tls.client_alpns.a", "quic")] == [None] * 4


KEYS = {"zeek": {"log", "column", "capture", "value", "shown"}, "eve": {"capture", "test", "match"}}


@pytest.mark.parametrize(("name", "keys"), KEYS.items())
def test_each_reason_says_who_is_right_and_fits_something(name, keys):
    for row in tomllib.loads((FOLDER / f"{name}.toml").read_text())["explained"]:
        assert row["right"] in {"tlsscan", "Zeek", "Suricata", "both"}
        assert row["reason"]
        assert row.keys() - {"right", "reason"} <= keys
        assert row.keys() & keys
