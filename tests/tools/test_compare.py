"""tools/compare: claims of other tools against what is read in our own samples, with their words for it."""

from __future__ import annotations

import importlib.util
import json
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tools" / "compare"
MANIFEST = json.loads((ROOT / "samples" / "manifest.json").read_text())

sys.path.insert(0, str(FOLDER))

import claims  # noqa: E402 - scripts, found by path

spec = importlib.util.spec_from_file_location("baselines", FOLDER / "baselines.py")
baselines = importlib.util.module_from_spec(spec)
sys.modules["baselines"] = baselines
spec.loader.exec_module(baselines)

NAME = "tls12-ecdhe-rsa"
ROW = MANIFEST[NAME]["handshakes"][0]
LEAF = ROW["certificates"][0]


@pytest.fixture(scope="module")
def row():
    return baselines.Reading(ROOT / "samples" / f"{NAME}.pcapng").tables["handshakes"][0]


def lines(row, **changed):
    """What Zeek, nDPI, FoxIO's programs, Suricata and mercury would say of the sample, in their words."""
    client, server = str(row["client_port"]), str(row["server_port"])
    zeek = {"log": "ssl", "id.orig_h": "127.0.0.1", "id.orig_p": client, "id.resp_h": "127.0.0.1", "id.resp_p": server,
            "version": "TLSv12", "cipher": ROW["cipher_suite"], "curve": "x25519", "server_name": "shop.example", "resumed": "F",
            "established": "T", "next_protocol": "h2", "cert_chain_fps": LEAF, "client_cert_chain_fps": "(empty)"}  # fmt: skip
    ndpi = {"src": "127.0.0.1", "sport": int(server), "dst": "127.0.0.1", "dport": int(client), "sni": "shop.example", "ja3": row["ja3"],
            "version": "TLSv1.2", "alpn_offered": "h2;http/1.1", "ja4": row["ja4"][:3] + "i" + row["ja4"][4:8] + "xx" + row["ja4"][10:],
            "subject": "C=CH, ST=Zurich, L=Winterthur, O=Example Lab, OU=Servers, CN=shop.example, emailAddress=admin@shop.example",
            "validity": "2026-01-01 00:00:00 - 2035-12-30 00:00:00", "cert_sha1": row["leaf_sha1"]}  # fmt: skip
    foxio = {"src": "127.0.0.1", "src_port": int(client), "dst": "127.0.0.1", "dst_port": int(server), "ja4": row["ja4"],
             "tls_server_name": "shop.example"}  # fmt: skip
    suricata = {"count": 1, "match": {"event_type": "tls", "tls.sni": "shop.example", "tls.version": "TLS 1.2"}}
    mercury = {"case": "with reassembly", "filter": "tls", "count": 1, "fp_type": "fingerprint_type_tls"}
    said = [("zeek", "zeek-ssl", zeek), ("ndpi", "ndpi-result-default", ndpi), ("ja4", "ja4-rust", foxio),
            ("suricata-verify", "suricata-eve-checks", suricata), ("mercury", "mercury-unit-counts", mercury)]  # fmt: skip
    return [
        {"file": f"{NAME}.pcapng", "source": source, "kind": kind, "facts": [fact | changed.get(source, {})]} for source, kind, fact in said
    ]


@pytest.fixture
def folder(tmp_path, row):
    (tmp_path / "captures").symlink_to(ROOT / "samples")

    def made(**changed):
        (tmp_path / "baselines.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines(row, **changed)))
        return str(tmp_path)

    return made


def test_all_agree(folder, capsys):
    assert baselines.main([folder()]) == 0
    said = capsys.readouterr().out
    assert "agree 26 of 26, explained 0, not explained 0" in said


def test_a_difference_is_told_and_fails(folder, capsys):
    assert baselines.main([folder(zeek={"server_name": "other.example"})]) == 1
    assert "differs\tzeek\tserver_name\t" in capsys.readouterr().out


def test_a_row_that_is_not_there_is_told_once(folder, capsys):
    assert baselines.main([folder(ndpi={"dport": 1})]) == 1
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("differs")]
    assert [line.split("\t")[2] for line in told] == ["row"]


def test_a_reason_explains_what_fits_it_and_no_more(folder, tmp_path, capsys):
    reasons = tmp_path / "explained.toml"
    reasons.write_text('[[explained]]\ntool = "zeek"\nfield = "server_name"\nvalue = "other*"\nright = "tlsscan"\nreason = "a test"\n')
    asked = ["--explained", str(reasons)]
    assert baselines.main([folder(zeek={"server_name": "other.example"}), *asked]) == 0
    assert "explained\t1\ta test" in capsys.readouterr().out
    assert baselines.main([folder(zeek={"server_name": "third.example"}), *asked]) == 1


def test_what_is_not_asked_is_not_read(folder):
    assert baselines.main([folder(zeek={"server_name": "other.example"}), "--only", "no-such-capture"]) == 0


@pytest.mark.parametrize(
    ("read", "theirs", "ours"),
    [
        (claims.version, "TLSv13-draft16", None),
        (claims.version, "DTLSv10", "DTLS 1.0"),
        (claims.quic_version, "Draft-29", 0xFF00001D),
        (claims.quic_version, "quicv2", 0x6B3343CF),
        (claims.hexadecimal, "00:82:64", "8264"),
        (claims.name, "CN=a\\, b,O=x", ["cn=a, b", "o=x"]),
        (claims.name, "Email=a@b.example, C=CH", ["c=CH", "emailaddress=a@b.example"]),
        (claims.seconds, "1393341558.000000", "2014-02-25 15:19:18"),
        (claims.commas, "(empty)", None),
        (claims.unmarked, "t13d1516h2_a_b", "t131516_a_b"),
    ],
)
def test_words(read, theirs, ours):
    assert read(theirs) == ours


def test_every_reason_says_who_is_right():
    rows = tomllib.loads(baselines.EXPLAINED.read_text())["explained"]
    tools = {"zeek", "suricata", "ndpi", "mercury", "ja4-*"}
    for row in rows:
        assert set(row) <= {"tool", "field", "capture", "value", "shown", "right", "reason"}
        assert row["tool"] in tools
        assert row["right"] in {"tlsscan", "both", row["tool"]}
        assert row["reason"]
