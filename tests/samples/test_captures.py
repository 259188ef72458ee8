"""The samples themselves: each is listed, small, clean of its maker, and shows what its manifest claims (so says tshark)."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
sys.path.insert(0, str(SAMPLES / "lab"))

import contents  # noqa: E402 - the lab is scripts, found by path
import pcapng  # noqa: E402 - the lab is scripts, found by path
import stage  # noqa: E402 - the lab is scripts, found by path

CAPTURES = sorted(SAMPLES.glob("*.pcapng"))
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())
HELLO_RETRY = hashlib.sha256(b"HelloRetryRequest").hexdigest()  # RFC 8446 section 4.1.3


def test_there_is_a_row_for_each_capture_and_a_capture_for_each_row():
    assert {path.stem for path in CAPTURES} == set(MANIFEST)
    assert (SAMPLES / "README.md").read_text().count("\n| [") == len(CAPTURES)
    assert contents.table(MANIFEST) in (SAMPLES / "README.md").read_text()
    assert {path.stem for path in (SAMPLES / "keys").iterdir()} <= set(MANIFEST)


def test_a_row_tells_of_its_last_prelude_by_name():
    for entry in MANIFEST.values():
        for row in entry["handshakes"]:
            assert (row["preludes"][-1]["protocol"] if row.get("preludes") else None) == row.get("prelude")
        for preludes in entry.get("plain", ()):
            assert not preludes[-1].get("granted")


def test_they_are_small():
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file() and "lab" not in path.parts) < 3 << 20
    assert (SAMPLES / "tour.pcapng").stat().st_size < 300 << 10
    assert max(path.stat().st_size for path in CAPTURES if path.stem != "tour") < 30 << 10


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_they_hold_packets_of_loopback_in_order(path):
    packets = pcapng.read(path)
    times = [time for time, _ in packets]
    assert len(packets) >= 2
    assert times == sorted(times)
    told = {stage._segment(data)[0] for _, data in packets}
    entry = MANIFEST[path.stem]
    transports = {row["transport"] for row in entry["handshakes"] if "transport" in row} or {"tcp"}
    assert told == {{"tcp": 6, "udp": 17}[one] for one in transports}
    if path.stem != "tour":
        # loopback's own addresses, and nobody else's
        assert {data[26:34] for _, data in packets if data[12:14] == b"\x08\x00"} <= {bytes([127, 0, 0, 1] * 2)}


def test_the_tour_has_good_checksums_and_only_addresses_of_documentation():
    for _, data in pcapng.read(SAMPLES / "tour.pcapng"):
        protocol, body = stage._segment(data)
        if data[12:14] == b"\x08\x00":
            assert stage._checksum(data[14:34]) == 0
            ends = data[26:34]
            assert all(one[:3] in {bytes([192, 0, 2]), bytes([198, 51, 100]), bytes([203, 0, 113])} for one in (ends[:4], ends[4:]))
        else:
            ends = data[22:54]
            assert ends[:4] == ends[16:20] == bytes.fromhex("20010db8")
        assert stage._checksum(ends + bytes([0, 0]) + len(body).to_bytes(2, "big") + bytes([0, protocol]) + body) == 0


def test_no_trace_of_the_machine():
    for path in CAPTURES:
        head = path.read_bytes()[:300]
        assert b"tlsscan samples/lab" in head
        assert not re.search(rb"Linux|Intel|tcpdump|dumpcap|/root|/home|/tmp", head)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What tshark, with all keys, sees in each connection: {capture: [connection, …]} in order of their first TLS."""
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    folder = tmp_path_factory.mktemp("tshark")
    (folder / "keys").write_text("".join(path.read_text() for path in sorted((SAMPLES / "keys").glob("*.keys"))))
    # pcapng sections may follow each other: one tshark reads all captures.  The tour repeats bytes of others, the times tell them apart.
    (folder / "all.pcapng").write_bytes(b"".join(path.read_bytes() for path in CAPTURES))
    owner = {time: path.stem for path in CAPTURES for time, _ in pcapng.read(path)}
    fields = (
        "frame.time_epoch", "tcp.stream", "udp.stream", "tcp.srcport", "udp.srcport", "tls.handshake.type", "dtls.handshake.type",
        "tls.handshake.extensions_server_name", "dtls.handshake.extensions_server_name", "tls.handshake.ciphersuite",
        "dtls.handshake.ciphersuite", "tls.handshake.random", "tls.handshake.certificate", "dtls.handshake.certificate",
        "tls.alert_message.level", "tls.alert_message.desc", "tls.handshake.extensions_alpn_str", "tcp.flags.fin", "tcp.flags.reset",
        "tls.handshake.extensions_key_share_group", "tls.handshake.server_named_curve", "dtls.alert_message.level",
        "dtls.alert_message.desc", "quic.cc.error_code",
    )  # fmt: skip
    command = ["tshark", "-n", "-r", "all.pcapng", "-o", "tls.keylog_file:keys", "-o", "tcp.check_checksum:FALSE", "-T", "fields"]
    for port in (5001, 8080):
        command += ["-d", f"tcp.port=={port},tls"]
    command += [word for field in fields for word in ("-e", field)]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    captures = {}
    for line in said.stdout.splitlines():
        row = dict(zip(fields, (part.split(",") if part else [] for part in line.split("\t")), strict=True))
        seconds, _, fraction = row["frame.time_epoch"][0].partition(".")
        capture = owner[int(seconds) * 10**9 + int(fraction)]
        stream = (row["tcp.stream"] or row["udp.stream"])[0]
        one = captures.setdefault(capture, {}).setdefault(stream, {"port": None, "names": [], "suites": [], "chains": {}, "alerts": [],
                                                                   "alpn": [], "groups": [], "closed": [], "ports": []})  # fmt: skip
        digest(row, one)
    return {capture: list(streams.values()) for capture, streams in captures.items()}


def digest(row, one):
    port = int((row["tcp.srcport"] or row["udp.srcport"])[0])
    one["ports"].append(port)
    from_client = port == one["ports"][0]
    types = row["tls.handshake.type"] + row["dtls.handshake.type"]
    one["names"] += row["tls.handshake.extensions_server_name"] + row["dtls.handshake.extensions_server_name"]
    if "2" in types and not from_client:
        suites = [int(code, 0) for code in row["tls.handshake.ciphersuite"] + row["dtls.handshake.ciphersuite"]]
        one["suites"] += suites
        one["groups"] += row["tls.handshake.extensions_key_share_group"]
        one["retry"] = one.get("retry", False) or HELLO_RETRY in row["tls.handshake.random"]
    if not from_client:
        one["groups"] += row["tls.handshake.server_named_curve"]
        one["alpn"] += row["tls.handshake.extensions_alpn_str"]
    ders = row["tls.handshake.certificate"] + row["dtls.handshake.certificate"]
    if ders:
        one["chains"].setdefault("client" if from_client else "server", [hashlib.sha256(bytes.fromhex(der)).hexdigest() for der in ders])
    sender = "client" if from_client else "server"
    one["alerts"] += [
        (sender, int(code))
        for layer in ("tls", "dtls")
        for level, code in zip(row[f"{layer}.alert_message.level"], row[f"{layer}.alert_message.desc"], strict=True)
        if level == "2"
    ]
    one["alerts"] += [(sender, int(code) - 0x100) for code in row["quic.cc.error_code"] if int(code) >= 0x100]  # RFC 9001 section 4.8
    if "1" in row["tcp.flags.reset"] or "True" in row["tcp.flags.reset"]:
        one["closed"].append("rst")
    elif "1" in row["tcp.flags.fin"] or "True" in row["tcp.flags.fin"]:
        one["closed"].append("fin")


GROUPS = {
    "x25519": 29, "x448": 30, "secp256k1": 22, "secp256r1": 23, "secp384r1": 24, "ffdhe2048": 256, "X25519MLKEM768": 4588,
}  # fmt: skip


BLIND = {
    "starttls-irc": "does not look for TLS after IRC's STARTTLS", "starttls-rdp": "goes on with TPKT after RDP's negotiation response",
    "quic-retry": "does not take the new keys after a Retry", "quic-version-negotiation": "does not try again after Version Negotiation",
}  # fmt: skip
"""What tshark 4.0.17 cannot show."""


@pytest.mark.parametrize("capture", sorted(MANIFEST.keys() - BLIND))
def test_tshark_sees_what_the_stacks_said(capture, told):
    rows, seen = [row for row in MANIFEST[capture]["handshakes"] if not row.get("renegotiation")], told[capture]
    assert len(rows) + len(MANIFEST[capture].get("plain", ())) == len(seen)
    if not rows:
        assert not any(one["names"] or one["suites"] for one in seen)
        return
    for row, one in zip(rows, seen, strict=True):
        facts = row | row.get("hidden", {})
        if row["prelude"] == "connect" and not one["names"]:
            continue  # tshark does not look for TLS here
        assert set(one["names"]) <= {facts["server_name"]}
        if facts["server_name"]:
            assert one["names"], "no server name"
        if facts.get("cipher_suite_code"):
            assert one["suites"][-1] == facts["cipher_suite_code"]
        else:
            assert one["suites"] == []
        assert one.get("retry", False) == facts["hello_retry"]
        if facts.get("group") and one["groups"]:
            assert int(one["groups"][-1], 0) == GROUPS[facts["group"]]
        if facts.get("alert"):
            assert one["alerts"][:1] == [(facts["alert"]["sender"], facts["alert"]["code"])]
        elif row.get("outcome") != "complete":  # after the handshake, a server may complain of a FIN without close_notify
            assert one["alerts"] == []
        if facts.get("alpn"):
            assert one["alpn"][-1] == facts["alpn"]
        if capture != "gnutls-compressed-certificate" and row.get("sample") != "gnutls-compressed-certificate":
            assert one["chains"].get("server", []) == (facts.get("certificates") or [])
            assert one["chains"].get("client", []) == (facts.get("client_certificates") or [])
        if row.get("closed") in {"fin", "rst"}:
            assert one["closed"][0] == row["closed"]
