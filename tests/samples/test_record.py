"""The recorder of the lab: a smoke test with a real tcpdump, and what it makes of the stacks' answers without one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

LAB = Path(__file__).parents[2] / "samples" / "lab"
sys.path.insert(0, str(LAB))

import pcapng  # noqa: E402 - the lab is scripts, found by path
import record  # noqa: E402 - the lab is scripts, found by path
import stage  # noqa: E402 - the lab is scripts, found by path
from cases import CASES  # noqa: E402 - the lab is scripts, found by path
from plainwords import DIALOGS, PROXIES, SILENT  # noqa: E402 - the lab is scripts, found by path
from stack_gnutls import gnutls_facts  # noqa: E402 - the lab is scripts, found by path
from stack_openssl import openssl_facts  # noqa: E402 - the lab is scripts, found by path
from upgrades import told  # noqa: E402 - the lab is scripts, found by path

TOOLS = ("tcpdump", "unshare", "ip", "openssl")


def run(*arguments):
    environment = {key: value for key, value in os.environ.items() if key != "TLSSCAN_LAB_NETWORK"}
    command = [sys.executable, str(LAB / "record.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
def test_a_case_is_played_and_recorded(tmp_path):
    done = run("--into", str(tmp_path), "tls13-hello-retry", "fail-no-shared-cipher")
    if done.returncode == 1 and done.stderr.startswith("record: "):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    retried, failed = manifest["tls13-hello-retry"]["handshakes"][0], manifest["fail-no-shared-cipher"]["handshakes"][0]
    assert (retried["version"], retried["group"], retried["hello_retry"]) == ("TLS 1.3", "secp384r1", True)
    assert len(retried["hidden"]["certificates"]) == 2
    assert failed["outcome"] == "failed"
    assert failed["alert"] == {"sender": "server", "level": 2, "description": "handshake_failure", "code": 40, "encrypted": False}
    packets = pcapng.read(tmp_path / "tls13-hello-retry.pcapng")
    assert len(packets) > 10
    assert sum(b"\x0cbank.example" in data for _, data in packets) == 2  # both hellos
    assert b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" in (tmp_path / "keys" / "tls13-hello-retry.keys").read_bytes()


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
def test_datagrams_wrappings_and_silence_are_recorded(tmp_path):
    pytest.importorskip("aioquic")
    done = run("--into", str(tmp_path), "quic-retry", "tds", "starttls-smtp-refused")
    if done.returncode == 1 and done.stderr.startswith("record: "):
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    retried, wrapped = manifest["quic-retry"]["handshakes"][0], manifest["tds"]["handshakes"][0]
    assert (retried["framing"], retried["version"], retried["quic_retry"], retried["hidden"]["alpn"]) == ("quic", "TLS 1.3", True, "h3")
    assert (wrapped["framing"], wrapped["version"], wrapped["prelude"]) == ("tds", "TLS 1.2", "tds")
    silent = manifest["starttls-smtp-refused"]
    assert (silent["handshakes"], silent["plain"][0][0]["granted"]) == ([], False)
    hellos = [data for _, data in pcapng.read(tmp_path / "tds.pcapng") if b"\x0cshop.example" in data]
    assert any(b"\x12\x01" in data[:70] for data in hellos)  # a TDS packet of type PRELOGIN around it


def test_dialogs_begin_and_end_as_told():
    for name, turns in (DIALOGS | SILENT | PROXIES).items():
        assert {side for side, _ in turns} <= {"C", "S"}, name
        assert all(words for _, words in turns), name
    assert told("imap")["greeting"] == "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready"
    assert told("postgres") == {"protocol": "postgresql", "requested": True, "granted": True}
    length = int.from_bytes(PROXIES["proxy-v2"][0][1][14:16], "big")
    assert len(PROXIES["proxy-v2"][0][1]) == 16 + length  # the PROXY protocol's own header, section 2.2
    assert int.from_bytes(DIALOGS["mysql"][0][1][:3], "little") == len(DIALOGS["mysql"][0][1]) - 4


def test_an_unknown_case_is_a_usage_error():
    done = run("no-such-case")
    assert done.returncode == 2
    assert "no-such-case" in done.stderr


def test_cases_have_names_of_their_own():
    assert len({case.name for case in CASES}) == len(CASES)
    assert {scene.sample for scene in stage.TOUR} < {case.name for case in CASES}


def test_what_s_client_says_becomes_facts():
    log = """
>>> TLS 1.3, Handshake [length 0139], ClientHello
<<< TLS 1.3, Handshake [length 007a], ServerHello
<<< TLS 1.2, RecordHeader [length 0005]
    17 03 03 00 13
<<< TLS 1.3, InnerContent [length 0001]
    15
<<< TLS 1.3, Alert [length 0002], fatal ???
    02 74
Server Temp Key: ECDH, prime256v1, 256 bits
ALPN protocol: h2
Peer signing digest: SHA256
Peer signature type: RSA-PSS
New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384
"""
    facts = openssl_facts(log, "shop.example")
    assert facts["alert"] == {"sender": "server", "level": 2, "description": "certificate_required", "code": 116, "encrypted": True}
    assert {key: facts[key] for key in ("version", "cipher_suite", "group", "alpn", "signature_scheme", "resumed")} == {
        "version": "TLS 1.3", "cipher_suite": "TLS_AES_256_GCM_SHA384", "group": "secp256r1", "alpn": "h2",
        "signature_scheme": "rsa_pss_rsae_sha256", "resumed": False,
    }  # fmt: skip
    row = record.manifest_row(facts)
    assert "outcome" not in row  # encrypted: the wire does not say that it failed
    assert row["hidden"]["outcome"] == "failed"
    assert "alpn" not in row
    assert row["hidden"]["alpn"] == "h2"


def test_what_s_client_says_of_dtls_becomes_facts():
    log = """
>>> Not TLS data or unknown version (version=65277, content_type=22) [length 0089]
    01 00 00 7d
<<< Not TLS data or unknown version (version=65277, content_type=22) [length 0023]
    03 00 00 17
<<< Not TLS data or unknown version (version=65277, content_type=22) [length 0030]
    0d 00 00 17
<<< Not TLS data or unknown version (version=65277, content_type=21) [length 0002]
    02 28
"""
    facts = openssl_facts(log, "shop.example")
    assert (facts["cookie"], facts["client_certificate_requested"]) == (True, True)
    assert facts["alert"] == {"sender": "server", "level": 2, "description": "handshake_failure", "code": 40, "encrypted": False}


def test_what_gnutls_cli_says_becomes_facts():
    log = """
- Description: (TLS1.2-X.509)-(ECDHE-SECP256R1)-(ECDSA-SHA256)-(AES-256-GCM)
 - Using curve: SECP256R1
- Version: TLS1.2
- Key Exchange: ECDHE-ECDSA
- Application protocol: h2
"""
    facts = gnutls_facts(log, "mail.example", None)
    assert facts["cipher_suite"] == "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    assert (facts["version"], facts["group"], facts["alpn"]) == ("TLS 1.2", "secp256r1", "h2")


@given(st.lists(st.tuples(st.integers(0, 2**63), st.binary(max_size=90)), max_size=5), st.text(max_size=20), st.binary(max_size=50))
def test_pcapng_comes_back_as_it_was_written(tmp_path_factory, packets, comment, secrets):
    path = tmp_path_factory.getbasetemp() / "one.pcapng"
    pcapng.write(path, packets, comment, secrets=secrets)
    assert pcapng.read(path) == packets
    assert path.stat().st_size % 4 == 0


def test_move_makes_good_headers():
    # A SYN on loopback, its TCP checksum left to the (absent) hardware as loopback does.
    tcp = bytes.fromhex("c0de01bb 00000001 00000000 5002faf0 fe300000".replace(" ", ""))
    frame = bytes(12) + b"\x08\x00" + bytes.fromhex("4500002800014000400600007f0000017f000001") + tcp
    for client, server, kind, at in (("192.0.2.1", "198.51.100.2", b"\x08\x00", 34), ("2001:db8::1", "2001:db8::2", b"\x86\xdd", 54)):
        moved = stage.move(frame, client, server, ttl=64, number=7, inward=False)
        assert moved[12:14] == kind
        assert moved[at : at + 16] == tcp[:16]  # only the checksum changed
        assert stage.ports(moved) == (0xC0DE, 443)
        ends = moved[26:34] if at == 34 else moved[22:54]
        assert stage._checksum(ends + bytes([0, 6]) + len(tcp).to_bytes(2, "big") + moved[at:]) == 0
