import json
import sys
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace

import pytest

from analyzer.findings.tables import TABLES
from analyzer.handshakes.handshake import OUTCOMES as ALL
from analyzer.handshakes.handshake import Handshake
from analyzer.packets.carriage import Layer
from analyzer.reports import ecs

sys.path.insert(0, str(Path(__file__).parent))

from sample_logs import ENDS, EVERY, connection, hello, log, made


def spelled(kind, text, *, below=""):
    return {f"{below}{field}": kind for field in text.split()}


NAME = "distinguished_name common_name organizational_unit organization locality state_or_province country"
X509 = {
    **spelled("keyword", "version_number serial_number signature_algorithm public_key_algorithm public_key_curve alternative_names"),
    **spelled("long", "public_key_size public_key_exponent"),
    **spelled("date", "not_before not_after"),
    **spelled("keyword", NAME, below="issuer."),
    **spelled("keyword", NAME, below="subject."),
}
# Fields of the Elastic Common Schema 8.17 and their types (elastic.co/docs/reference/ecs), those that a TLS handshake can fill.
FIELDS = {
    **spelled("date", "@timestamp event.start event.end tls.client.not_before tls.client.not_after tls.server.not_before"),
    **spelled("date", "tls.server.not_after"),
    **spelled("keyword", "ecs.version error.code related.hosts related.hash observer.product observer.type observer.version"),
    **spelled("keyword", "kind category type module dataset action outcome reason id", below="event."),
    **spelled("long", "event.sequence event.duration"),
    **spelled("keyword", "transport iana_number type protocol community_id vlan.id inner.vlan.id", below="network."),
    **{f"{end}.{field}": kind for end in ("source", "destination", "client", "server")
       for field, kind in (("address", "keyword"), ("ip", "ip"), ("port", "long"), ("domain", "keyword"))},
    "related.ip": "ip",
    **spelled("keyword", "version version_protocol cipher curve next_protocol client.server_name client.ja3 server.ja3s", below="tls."),
    **spelled("keyword", "client.supported_ciphers client.subject client.issuer server.subject server.issuer", below="tls."),
    **spelled("boolean", "tls.resumed tls.established"),
    **{f"tls.{end}.hash.{kind}": "keyword" for end in ("client", "server") for kind in ("md5", "sha1", "sha256")},
    **{f"tls.{end}.x509.{field}": kind for end in ("client", "server") for field, kind in X509.items()},
}  # fmt: skip
LISTS = {"event.category", "event.type", "related.ip", "related.hosts", "related.hash", "tls.client.supported_ciphers"} | {
    f"tls.{end}.x509.{field}" for end in ("client", "server") for field in X509 if field.partition(".")[2] in NAME.split()[1:]
    or field == "alternative_names"
}  # fmt: skip
"""Fields that ECS wants as arrays."""
CHECKS = {
    "keyword": lambda value: isinstance(value, str) and value != "",
    "long": lambda value: type(value) is int and value in range(-(1 << 63), 1 << 63),
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: datetime.fromisoformat(value[:26]) is not None and value.endswith("Z"),
    "ip": lambda value: ip_address(value) is not None,
}


def leaves(value, path=""):
    if isinstance(value, dict) and path != "tlsscan":
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path, value


def events(*names):
    return [json.loads(line) for line in log(ecs, *names).splitlines()]


def test_every_field_is_one_of_ecs_and_of_its_type():
    told = events(*EVERY)
    used = set()
    for event in told:
        for path, value in leaves(event):
            if path == "tlsscan":
                assert value.keys() <= set(ecs.OWN)
                continue
            assert path in FIELDS, path
            assert isinstance(value, list) == (path in LISTS), path
            for item in value if isinstance(value, list) else [value]:
                assert CHECKS[FIELDS[path]](item), (path, item)
            used.add(path)
    assert len(told) > 100
    assert {"tls.server.x509.subject.common_name", "network.community_id", "tls.client.hash.sha256", "error.code", "event.reason"} <= used
    assert log(ecs, *EVERY) == log(ecs, *EVERY)


def test_own_fields_are_columns():
    assert set(ecs.OWN) <= {column.name for column in TABLES["handshakes"].columns}


def test_a_handshake_in_ecs_forms():
    (event,) = events("tls12-client-certificate.pcapng")
    tls = event["tls"]
    assert (tls["version"], tls["version_protocol"], tls["curve"]) == ("1.2", "tls", "x25519")
    assert tls["server"]["x509"]["signature_algorithm"] == "ECDSA-SHA256"
    assert tls["server"]["x509"]["public_key_curve"] == "nistp384"
    assert tls["server"]["x509"]["alternative_names"] == ["bank.example", "login.bank.example"]
    assert tls["server"]["hash"]["sha256"] == "4691DACA1315271620EB6CADD5C9B431B7092AFA3ED1E0884F8FC8270F5B7A23"
    assert tls["client"]["x509"]["subject"]["common_name"] == ["Alice Example"]
    assert event["destination"]["domain"] == event["server"]["domain"] == tls["client"]["server_name"] == "login.bank.example"
    assert event["event"]["outcome"] == "success"
    assert event["event"]["duration"] > 0
    assert event["observer"] == {"product": "tlsscan", "type": "sensor", "version": "1.2.3"}


def test_a_failure_says_why():
    (event,) = events("fail-no-shared-cipher.pcapng")
    assert event["event"]["outcome"] == "failure"
    assert event["event"]["reason"].startswith("The server did not take the client's only cipher suite")
    assert event["error"]["code"] == "no_shared_cipher_suite"
    assert event["tls"].keys().isdisjoint({"version", "cipher", "resumed"})
    assert event["tls"]["established"] is False


def test_every_outcome_has_its_word():
    assert ecs.OUTCOMES.keys() == ALL.keys()
    assert set(ecs.OUTCOMES.values()) == {"success", "failure", "unknown"}


@pytest.mark.parametrize(
    ("code", "wanted"),
    [(2, ("2", "ssl")), (0x0300, ("3", "ssl")), (0x0303, ("1.2", "tls")), (0x7F1C, ("1.3", "tls")), (0xFEFD, ("1.2", "dtls")),
     (0x0999, ("0x0999", None)), (None, (None, None))],
)  # fmt: skip
def test_versions(code, wanted):
    assert ecs.version(code) == wanted


def test_vlan_tags_and_protocols():
    def network(**fields):
        return ecs.network(connection(Handshake(**ENDS, **fields)))

    tags = tuple(Layer("vlan", number) for number in (5, 6, 7))
    assert network(carriage=(Layer("gre"), *tags))["vlan"] == {"id": "5"}
    assert network(carriage=tags)["inner"] == {"vlan": {"id": "6"}}
    assert network().keys().isdisjoint({"vlan", "inner"})
    assert [network(framing=framing)["protocol"] for framing in ("tls", "quic", "dtls", "tds")] == ["tls", "quic", "dtls", "tls"]


def test_suites_that_nobody_knows_are_numbers():
    told = ecs.tls(SimpleNamespace(
        handshake=Handshake(**ENDS, client_hello=hello(cipher_suites=(0x1301, 0xFFEE))),
        cells=dict.fromkeys(("group", "alpn", "server_name", "ja3", "ja3s")),
        established=False, leaf=lambda _: None, resumed=False,
    ))  # fmt: skip
    assert told["client"]["supported_ciphers"] == ["TLS_AES_128_GCM_SHA256", "0xffee"]


def test_hostile_names_stay_lossless_and_harmless():
    wire = 'x\n\x00\x9b\u202e"},{"\ud800'
    line = made(Handshake(**ENDS), ecs, server_name=wire)
    assert json.loads(line)["tls"]["client"]["server_name"] == wire
    assert line.count(b"\n") == 1
    assert not any(byte < 0x20 or byte > 0x7E for byte in line.rstrip(b"\n"))
