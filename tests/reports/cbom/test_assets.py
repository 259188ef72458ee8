"""What was negotiated is used only where the handshake was completed; certificates certify; all of it has caps."""

import pytest

from analyzer.reports.cbom import assets as module
from analyzer.reports.cbom.asset import BY_CLIENT, BY_SERVER, CERTIFYING, USED


def counts(assets):
    return {algorithm.name: dict(tally.counts) for algorithm, tally in assets.algorithms.values()}


def test_completed_and_not(gather, make):
    assert counts(gather(make()))["AES-128-GCM"] == {USED: 1, BY_CLIENT: 1}
    assert counts(gather(make(outcome="one_sided")))["AES-128-GCM"] == {USED: 1, BY_CLIENT: 1}
    assert counts(gather(make(outcome="failed")))["AES-128-GCM"] == {BY_SERVER: 1, BY_CLIENT: 1}
    assert counts(gather(make(chosen=None, outcome="unanswered")))["AES-128-GCM"] == {BY_CLIENT: 1}


def test_one_that_another_is_made_of_is_counted_with_it(gather, make):
    found = counts(gather(make(), make(2)))
    assert found["TLS12-PRF-SHA256"][USED] == found["SHA-256"][USED] == 2


def test_no_key_is_exchanged_where_a_session_is_taken_up(bom):
    told = bom("tls12-resume-session-id.pcapng")["components"]
    used = {one["name"]: {pair["name"]: pair["value"] for pair in one["properties"]} for one in told}
    assert used["TLS 1.2"]["tlsscan:handshakes:used"] == "2"
    assert used["ECDHE"]["tlsscan:handshakes:used"] == "1", "the second handshake takes the first one's session up"


def test_versions_and_suites(gather, make):
    assets = gather(make(), make(2, outcome="failed"), make(3, version=0x0301, chosen=0x002F, suites=(0x002F, 0xC02F)))
    new, old = assets.protocols[0x0303], assets.protocols[0x0301]
    assert (dict(new.used), dict(old.used)) == ({0xC02F: 1}, {0x002F: 1})
    assert dict(new.tally.counts) == {USED: 1, BY_SERVER: 1, BY_CLIENT: 3}


def test_servers(gather, make):
    assets = gather(make(), make(2, outcome="failed"), make(3, outcome="failed", server=8))
    used, unused = assets.servers.values()
    assert (used.address, used.port, used.handshakes, used.complete) == ("198.51.100.7", 443, 2, 1)
    assert "crypto/protocol/tls-1.2" in used.uses
    assert (unused.complete, dict(unused.uses)) == (0, {})


@pytest.mark.parametrize("chain", [(b"\x30\x03\x02\x01\x05",), (b"",), (b"\xff" * 40, b"\x30\x80")])
def test_what_is_no_certificate_is_one_all_the_same(gather, make, chain):
    assets = gather(make(server_chain=chain))
    assert len(assets.certificates) == len(chain)
    assert not assets.keys
    assert counts(assets)["no signature algorithm"] == {CERTIFYING: len(chain)}


@pytest.mark.parametrize(
    ("cap", "what"),
    [
        ("ALGORITHMS", "algorithms"),
        ("VERSIONS", "protocol versions"),
        ("SUITES", "cipher suites"),
        ("CERTIFICATES", "certificates"),
        ("SERVERS", "servers"),
        ("LINKS", "dependencies of servers"),
    ],
)
def test_what_finds_no_room_is_counted(gather, make, monkeypatch, cap, what):
    monkeypatch.setattr(module, cap, 1)
    chain = (b"\x30\x03\x02\x01\x05", b"\x30\x03\x02\x01\x06")
    assets = gather(
        make(server_chain=chain, suites=(0xC02F, 0xC030)), make(2, version=0x0301, chosen=0x002F), make(3, chosen=0xC030, server=8)
    )
    assert assets.left_out[what] > 0
    assert set(assets.left_out) <= {what, "public keys"}


def test_hidden_certificates_are_counted(bom):
    told = {pair["name"]: pair["value"] for pair in bom("tls13.pcapng")["metadata"]["properties"]}
    assert told["tlsscan:handshakes:certificates-hidden-by-tls-1.3"] == "1"
