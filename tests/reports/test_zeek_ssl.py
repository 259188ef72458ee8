import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from analyzer.handshakes.handshake import SERVER, Alert, Handshake
from analyzer.reports import zeek, zeek_ssl
from analyzer.x509 import read_certificate

sys.path.insert(0, str(Path(__file__).parent))

from sample_logs import ENDS, EVERY, SAMPLES, connection, fields, hello, log, made

MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())
VERSIONS = {"SSL 3.0": "SSLv3", "TLS 1.0": "TLSv10", "TLS 1.1": "TLSv11", "TLS 1.2": "TLSv12", "TLS 1.3": "TLSv13", "DTLS 1.0": "DTLSv10",
            "DTLS 1.2": "DTLSv12", "DTLS 1.3": "DTLSv13"}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in EVERY if Path(name).stem in MANIFEST])
def test_samples_say_what_their_stacks_said(name):
    wanted = [one for one in MANIFEST[Path(name).stem]["handshakes"] if not one.get("renegotiation")]
    lines = fields(log(zeek, name))
    for line, said in zip(sorted(lines, key=lambda line: line["ts"]), wanted, strict=False):
        if said.get("version") in VERSIONS:
            assert line["version"] == VERSIONS[said["version"]]
        for column, field in (("cipher", "cipher_suite"), ("server_name", "server_name"), ("next_protocol", "alpn")):
            assert line[column] == (said.get(field) or line[column])
        if said.get("certificates"):
            assert line["cert_chain_fps"].split(",") == said["certificates"]
        if "outcome" in said:
            assert (line["established"] == "T") == (said["outcome"] == "complete")
        if "resumption" in said:
            assert (line["resumed"] == "T") == (said["resumption"] is not None)


def test_a_renegotiation_and_a_plain_connection_have_no_line():
    assert len(fields(log(zeek, "tls12-renegotiation.pcapng"))) == 1
    assert fields(log(zeek, "starttls-smtp-refused.pcapng")) == []
    assert fields(made(Handshake(**ENDS, renegotiation=True), zeek)) == []


@pytest.mark.parametrize(
    ("code", "name"),
    [(2, "SSLv2"), (0x0300, "SSLv3"), (0x0304, "TLSv13"), (0x7F0E, "TLSv13-draft14"), (0x7F1C, "TLSv13-draft28"), (0xFEFD, "DTLSv12"),
     (0x0305, "unknown-773"), (0xFFFF, "unknown-65535")],
)  # fmt: skip
def test_versions(code, name):
    assert zeek_ssl.version(connection(Handshake(**ENDS, version=code, server_hello=hello(cipher_suite=1, random=b"", session_id=b"",
                                       compression_method=0)))) == name  # fmt: skip


def test_what_nobody_chose_is_unset():
    (line,) = fields(made(Handshake(**ENDS, version=0x0303, cipher_suite=None), zeek))
    assert {line[name] for name in ("version", "cipher", "curve", "server_name", "last_alert", "next_protocol", "cert_chain_fps",
                                    "client_cert_chain_fps", "sni_matches_cert")} == {"-"}  # fmt: skip
    assert line["ssl_history"] == "(empty)"
    assert (line["resumed"], line["established"]) == ("F", "F")


def test_suites():
    def named(code, framing="tls"):
        return zeek_ssl.cipher(SimpleNamespace(handshake=Handshake(**ENDS, cipher_suite=code, framing=framing,
                                               hello_retry=None if framing == "sslv2" else hello())))  # fmt: skip

    assert named(0x1301) == "TLS_AES_128_GCM_SHA256"
    assert named(0xFFEE) == "unknown-65518"
    assert named(0x010080, "sslv2") == "SSLv20_CK_RC4_128_WITH_MD5"


def test_curves():
    def named(code, retry=None):
        return zeek_ssl.curve(SimpleNamespace(handshake=Handshake(**ENDS, hello_retry=retry), cells={"group_code": code}))

    assert [named(code) for code in (23, 29, 256, 4588, 70000)] == ["secp256r1", "x25519", "ffdhe2048", "X25519MLKEM768", "unknown-70000"]
    assert named(None) is None
    assert named(None, hello(extensions=[SimpleNamespace(code=51, value=24)])) == "secp384r1"
    assert named(None, hello(extensions=[SimpleNamespace(code=43, value=772)])) is None


def test_the_last_alert_that_can_be_read():
    alerts = [Alert(SERVER, 1, 112, 1, 1), Alert(SERVER, 2, 40, 1, 2), Alert(SERVER, None, None, 1, 3)]
    assert zeek_ssl.last_alert(SimpleNamespace(handshake=Handshake(**ENDS, alerts=alerts))) == "handshake_failure"
    assert zeek_ssl.last_alert(SimpleNamespace(handshake=Handshake(**ENDS, alerts=[Alert(SERVER, 2, 255, 1, 2)]))) == "unknown-255"
    assert zeek_ssl.last_alert(SimpleNamespace(handshake=Handshake(**ENDS))) is None


def test_chains_are_empty_where_only_the_other_side_showed_one():
    server, client = zeek_ssl.COLUMNS[15].value, zeek_ssl.COLUMNS[16].value
    nobody = (None, None)
    for own, other, wanted in ((["a"], None, (["a"], [])), (None, ["b"], ([], ["b"])), ([], None, nobody), (None, None, nobody)):
        one = SimpleNamespace(cells={"certificates": own, "client_certificates": other})
        assert (server(one), client(one)) == wanted


def test_whether_the_certificate_is_for_the_name():
    (line,) = fields(log(zeek, "tls12-ecdhe-rsa.pcapng"))
    assert line["sni_matches_cert"] == "T"
    assert {one["sni_matches_cert"] for one in fields(log(zeek, "fail-wrong-host-ignored.pcapng"))} == {"F"}
    import msgspec

    from analyzer import scan

    (handshake,) = scan(SAMPLES / "tls12-ecdhe-rsa.pcapng")
    leaf = msgspec.structs.replace(read_certificate(handshake.server_chain[0]), san_dns=())

    def matches(name):
        return zeek_ssl.sni_matches(SimpleNamespace(leaf=lambda _: leaf, cells={"server_name": name}))

    assert matches("shop.example") is True  # the common name, where no DNS name is
    assert matches("www.shop.example") is False
    assert matches(None) is None
