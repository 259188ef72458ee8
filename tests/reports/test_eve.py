import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from analyzer import scan
from analyzer.handshakes.handshake import Handshake
from analyzer.reports import eve
from analyzer.reports.eve import name, serial, version
from analyzer.x509.names import Attribute

sys.path.insert(0, str(Path(__file__).parent))

from sample_logs import ENDS, EVERY, SAMPLES, connection, hello, log, made

STRINGS, PAIR = [str], {"hash": str, "string": str}
CERTIFICATE = dict.fromkeys(("subject", "issuerdn", "serial", "fingerprint", "notbefore", "notafter"), str) | {"subjectaltname": STRINGS}
HELLO = {"sni": str, "ja3": PAIR, "ja3s": PAIR, "ja4": str}
# What Suricata 8 logs (docs.suricata.io, EVE JSON format: event types TLS and QUIC; common fields), with the types of its schema.
SCHEMA = {
    "timestamp": str, "flow_id": int, "pcap_cnt": int, "event_type": str, "src_ip": str, "src_port": int, "dest_ip": str, "dest_port": int,
    "proto": str, "community_id": str, "pcap_filename": str,
    "tls": CERTIFICATE | HELLO | {"session_resumed": bool, "version": str, "from_proto": str, "client_alpns": STRINGS,
                                  "server_alpns": STRINGS, "client": CERTIFICATE},
    "quic": HELLO | {"version": str, "extensions": [{"name": str, "type": int, "values": STRINGS}]},
}  # fmt: skip


def fits(value, shape):
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(key in shape and fits(inner, shape[key]) for key, inner in value.items())
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(item, shape[0]) for item in value)
    return type(value) is shape


def events(*names):
    return [json.loads(line) for line in log(eve, *names).splitlines()]


def test_every_event_has_suricatas_fields_and_types():
    told = events(*EVERY)
    assert len(told) > 100
    for event in told:
        assert fits(event, SCHEMA), event
        assert event["event_type"] in event
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000", event["timestamp"])
        assert ("quic" in event) == (event["event_type"] == "quic")
    assert log(eve, *EVERY) == log(eve, *EVERY)


def test_a_handshake_in_suricatas_forms():
    (event,) = events("tls12-client-certificate.pcapng")
    tls = event["tls"]
    assert tls["version"] == "TLS 1.2"
    assert tls["sni"] == "login.bank.example"
    assert tls["subject"].startswith("C=CH, ST=Zurich, L=Winterthur, O=Example Lab, OU=Servers, CN=bank.example, Email=")
    assert tls["serial"].startswith("16:60:6B:58:01")
    assert re.fullmatch("(?:[0-9a-f]{2}:){19}[0-9a-f]{2}", tls["fingerprint"])
    assert tls["notbefore"] == "2026-01-01T00:00:00"
    assert tls["client"]["subject"].count("CN=Alice Example") == 1
    assert (event["pcap_cnt"], event["proto"], event["dest_port"]) == (4, "TCP", 443)
    (row,) = scan(SAMPLES / "tls12-client-certificate.pcapng").handshakes.to_dict("records")
    assert (tls["ja3"], tls["ja3s"]["hash"], tls["ja4"]) == ({"hash": row["ja3"], "string": row["ja3_text"]}, row["ja3s"], row["ja4"])


def test_a_session_that_is_taken_up():
    first, second = (event["tls"] for event in events("tls12-resume-ticket.pcapng"))
    assert ("session_resumed" in first, "subject" in first) == (False, True)
    assert (second["session_resumed"], "subject" in second) == (True, False)
    assert not any("session_resumed" in event["tls"] for event in events("tls13-resume-psk.pcapng"))  # TLS 1.3 is left out there too


def test_quic_is_an_event_of_its_own():
    (event,) = events("quic-v2.pcapng")
    assert (event["event_type"], event["proto"], event["quic"]["version"]) == ("quic", "UDP", "6b3343cf")
    found = {extension["name"]: extension for extension in event["quic"]["extensions"]}
    assert found["server_name"] == {"name": "server_name", "type": 0, "values": ["mail.example"]}
    assert found["alpn"]["values"] == ["h3"]
    assert "values" not in found["supported_groups"]


def test_what_was_spoken_before():
    assert {events(f"starttls-{name}.pcapng")[0]["tls"]["from_proto"] for name in ("postgres", "ldap", "smtp")} == {"pgsql", "ldap", "smtp"}


def test_a_renegotiation_is_no_event_and_dtls_one_of_tls():
    assert len(events("tls12-renegotiation.pcapng")) == 1
    (event,) = events("dtls12.pcapng")
    assert (event["event_type"], event["proto"], event["tls"]["version"]) == ("tls", "UDP", "DTLS 1.2")


@pytest.mark.parametrize(
    ("code", "field", "wanted"),
    [(0x0301, 0x0301, "TLSv1"), (0x0302, 0x0302, "TLS 1.1"), (0x0304, 0x0303, "TLS 1.3"), (0x0300, 0x0300, "SSLv3"),
     (0x7F16, 0x7F16, "TLS 1.3 draft-22"), (0x7F12, 0x7F12, "TLS 1.3 draft-18"), (0x7F0E, 0x7F0E, "TLS 1.3 draft-<16"),
     (0x0304, 0x0304, "TLS 1.3 draft-<16"), (0x0999, 0x0999, "0x0999")],
)  # fmt: skip
def test_versions_as_suricata_calls_them(code, field, wanted):
    one = SimpleNamespace(handshake=Handshake(**ENDS, version=code, server_hello=hello(version=field)), cells={})
    assert version(one) == wanted


def test_the_clients_version_where_the_server_chose_none():
    assert version(SimpleNamespace(handshake=Handshake(**ENDS, version=0x0301), cells={"offered_version_code": 0x0303})) == "TLS 1.2"
    assert version(SimpleNamespace(handshake=Handshake(**ENDS, version=0x0301), cells={"offered_version_code": None})) == "TLSv1"
    assert version(connection()) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("55", "55"), ("8a07e08d4ab50a7b", "00:8A:07:E0:8D:4A:B5:0A:7B"), ("3de23897e97fb868e7cc55309feaed0ae20",
      "03:DE:23:89:7E:97:FB:86:8E:7C:C5:53:09:FE:AE:D0:AE:20"), ("0", "00"), ("-1", "FF"), ("-80", "80"), ("-81", "FF:7F"), (None, None)],
)  # fmt: skip
def test_serial_numbers_as_der_has_them(ours, theirs):
    assert serial(ours) == theirs


def test_names_in_the_order_of_the_encoding():
    parts = (Attribute("2.5.4.10", "O", "NetScreen Technologies, Inc."), Attribute("1.2.840.113549.1.9.1", "emailAddress", "a@b"))
    assert name(parts) == "O=NetScreen Technologies, Inc., Email=a@b"


def test_hostile_names_stay_lossless_and_harmless():
    wire = 'x\n\x00\x9b\u202e"},{"\ud800'
    line = made(Handshake(**ENDS), eve, server_name=wire)
    assert json.loads(line)["tls"]["sni"] == wire
    assert line.count(b"\n") == 1
    assert not any(byte < 0x20 or byte > 0x7E for byte in line.rstrip(b"\n"))
