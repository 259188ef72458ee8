"""Assets as CycloneDX has them: of the tour, each kind with all that is known of it."""

import datetime as dt

import pytest

from analyzer.reports.cbom.components import moment


@pytest.fixture
def tour(bom):
    return {one["bom-ref"]: one for one in bom("tour.pcapng")["components"]}


def pairs(one):
    return {pair["name"]: pair["value"] for pair in one["properties"]}


def test_an_algorithm(tour):
    one = tour["crypto/algorithm/x25519@1.3.101.110"]
    assert one["cryptoProperties"] == {
        "assetType": "algorithm",
        "algorithmProperties": {
            "primitive": "key-agree", "parameterSetIdentifier": "255", "curve": "other/Curve25519",
            "cryptoFunctions": ["keyderive", "keygen"], "classicalSecurityLevel": 128, "nistQuantumSecurityLevel": 0,
        },
        "oid": "1.3.101.110",
    }  # fmt: skip
    assert pairs(one)["tlsscan:strength:source"] == "RFC 7748, NIST post-quantum call 4.A.5"
    assert pairs(one)["tlsscan:role"] == "used"


def test_a_protocol(tour):
    used, offered = tour["crypto/protocol/tls-1.1"], tour["crypto/protocol/tls-1.1/offered"]
    properties = used["cryptoProperties"]["protocolProperties"]
    assert (properties["type"], properties["version"], used["name"]) == ("tls", "1.1", "TLS 1.1")
    [suite] = properties["cipherSuites"]
    assert (suite["name"], suite["identifiers"]) == ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", ["0xC0,0x14"])
    assert suite["algorithms"]
    assert set(suite["algorithms"]) <= set(tour)
    assert pairs(used)[f"tlsscan:cipher-suite:{suite['name']}"] == "1"
    names = {one["name"] for one in offered["cryptoProperties"]["protocolProperties"]["cipherSuites"]}
    assert suite["name"] not in names
    assert pairs(offered)["tlsscan:role"] == "offered"


def test_a_certificate_and_its_key(tour):
    [one] = [one for one in tour.values() if one["name"] == "shop.example"]
    properties = one["cryptoProperties"]["certificateProperties"]
    assert properties["subjectName"].startswith("emailAddress=admin@shop.example,CN=shop.example")
    assert properties["notValidBefore"] == "2026-01-01T00:00:00+00:00"
    assert properties["certificateFormat"] == "X.509"
    assert properties["signatureAlgorithmRef"] == "crypto/algorithm/rsassa-pkcs1-v1.5-sha256@1.2.840.113549.1.1.11"
    assert one["hashes"] == [{"alg": "SHA-256", "content": one["bom-ref"].rpartition("/")[2]}]
    key = tour[properties["subjectPublicKeyRef"]]
    assert key["cryptoProperties"]["relatedCryptoMaterialProperties"] == {
        "type": "public-key", "id": key["bom-ref"].rpartition("/")[2], "algorithmRef": "crypto/algorithm/rsa-2048@1.2.840.113549.1.1.1",
        "size": 2048, "format": "SubjectPublicKeyInfo",
    }  # fmt: skip
    assert pairs(key)["tlsscan:role"] == "certified-by"


def test_evidence_names_the_packet(tour):
    [one] = [one for one in tour.values() if one["name"] == "shop.example"]
    first = one["evidence"]["occurrences"][0]
    assert first["location"].endswith("tour.pcapng#50")
    assert (first["symbol"], first["additionalContext"]) == ("Certificate", "used: handshake 3, frame.number == 50")


def test_occurrences_are_bounded_and_the_rest_counted(tour):
    assert max(len(one["evidence"]["occurrences"]) for one in tour.values()) <= 20
    one = tour["crypto/protocol/tls-1.2/offered"]
    offered = sum(int(pairs(one).get(f"tlsscan:handshakes:offered-by-{side}", 0)) for side in ("client", "server"))
    assert len(one["evidence"]["occurrences"]) + int(pairs(one)["tlsscan:occurrences:left-out"]) == offered


def test_servers(bom):
    services = {one["bom-ref"]: one for one in bom("tour.pcapng")["services"]}
    one = services["service/tcp/203.0.113.10:443/shop.example"]
    assert (one["name"], one["endpoints"]) == ("shop.example", ["tcp://203.0.113.10:443"])
    assert ["tcp://[2001:db8:10:0:0:0:0:10]:443"] in [one["endpoints"] for one in services.values()]
    assert {one["endpoints"][0].partition(":")[0] for one in bom("quic-v1.pcapng")["services"]} == {"udp"}


def test_other_protocols_say_their_names(bom):
    told = {one["name"]: one["cryptoProperties"]["protocolProperties"] for one in bom("dtls12.pcapng")["components"]
            if one["cryptoProperties"]["assetType"] == "protocol"}  # fmt: skip
    assert (told["DTLS 1.2"]["type"], told["DTLS 1.2"]["version"]) == ("other", "DTLS 1.2")
    old = {one["name"]: one["cryptoProperties"]["protocolProperties"] for one in bom("ssl30-rsa.pcapng")["components"]
           if one["cryptoProperties"]["assetType"] == "protocol"}  # fmt: skip
    assert (old["SSL 3.0"]["type"], old["SSL 3.0"]["version"]) == ("tls", "SSL 3.0")


def test_times_that_no_calendar_has():
    assert moment(0) == dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert moment(None) is moment(10**30) is moment(-(10**30)) is None
