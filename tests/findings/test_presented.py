"""presented: a row for each chain and name, and what is said of it in words."""

import captures as c
import captures_authority as a
import captures_chains as chains
import pytest
import talk

import analyzer
from analyzer.findings import presented
from analyzer.findings.presented import COLUMNS, day
from analyzer.x509 import read_certificate

LEAF, ISSUING, ROOT = (read_certificate(one.der).sha256 for one in (a.leaf(), a.issuing(), a.root()))


def rows(shelf, capture):
    return shelf.scanned(capture).trust.to_dict("records")


def row(shelf, capture):
    [one] = rows(shelf, capture)
    return one


def test_a_good_chain(shelf):
    told = row(shelf, chains.GOOD)
    assert list(told) == [column.name for column in COLUMNS]
    wanted = {
        "handshake": 1, "handshakes": [1], "count": 1, "role": "server", "server_name": "shop.example", "certificates": [LEAF, ISSUING],
        "subject": "CN=shop.example", "issuer": "CN=Test Issuing CA", "verdict": "trusted", "anchored": True,
        "path": [LEAF, ISSUING, ROOT], "root": ROOT, "in_order": True, "root_included": False, "name_matches": True, "scts": 0,
    }  # fmt: skip
    assert {key: told[key] for key in wanted} == wanted
    assert told["faults"] is told["borrowed"] is told["order_detail"] is told["missing_issuer"] is None
    assert told["packets"] == [5]
    assert told["display_filter"] == "frame.number == 5"
    assert told["openssl"] == "ok"
    assert [edge["child"] for edge in told["edges"]] == [LEAF, ISSUING]


def test_order_in_words(shelf):
    def mixed():
        return chains.served(a.leaf().der, a.root().der, a.issuing().der, a.issuing().der, a.issue("stranger").der)

    told = row(shelf, mixed)
    assert told["in_order"] is False
    assert (told["duplicates"], told["strangers"], told["root_included"]) == ([3], [4], True)
    assert told["order_detail"] == (
        "a certificate does not follow the one that it issued; duplicates at 3; strangers at 4; the root is included")


@pytest.mark.parametrize(
    ("capture", "wanted"),
    [
        (chains.stapled(), ("good", True, "status good, from 2023-11-13 to 2023-11-20, verified")),
        (chains.stapled(updated=-30, following=-20), ("good", False, "status good, from 2023-10-15 to 2023-10-25, answer is too old")),
        (chains.stapled("REVOKED"), ("revoked", True,
         "status revoked, revoked 2023-11-11 (keyCompromise), from 2023-11-13 to 2023-11-20, verified")),
        (chains.stapled("UNKNOWN"), ("unknown", True, "status unknown, from 2023-11-13 to 2023-11-20, verified")),
        (chains.GOOD, (None, None, None)),
    ],
)  # fmt: skip
def test_stapled_responses(shelf, capture, wanted):
    told = row(shelf, capture)
    assert (told["ocsp_status"], told["ocsp_verified"], told["ocsp_detail"]) == wanted


def stapled_bytes(response):
    return lambda: chains.served(*a.chain(), between=talk.message(22, b"\1" + talk.vector(response, 3)))


def test_responses_that_say_nothing(shelf):
    """Of another certificate; an error (RFC 6960 section 4.2.1: 3 is tryLater); no response at all."""
    other = stapled_bytes(a.staple(a.issue("other.example", a.issuing()), a.issuing()))
    assert row(shelf, other)["ocsp_detail"].startswith("nothing of this certificate, ")
    assert row(shelf, other)["ocsp_verified"] is False
    later = stapled_bytes(bytes.fromhex("30030a0103"))
    assert row(shelf, later)["ocsp_detail"].startswith("no answer (tryLater)")
    assert shelf.found(stapled_bytes(b"\0" * 9), "chain-revoked") == []


def test_revoked_is_the_verdict(shelf):
    told = row(shelf, chains.stapled("REVOKED"))
    assert told["verdict"] == "revoked"
    assert told["detail"].startswith("The issuer has revoked the certificate: ")
    assert "revoked" in told["faults"]
    assert row(shelf, chains.stapled("REVOKED", updated=-30, following=-20))["verdict"] == "trusted"  # of a response that is too old


def test_timestamps_are_counted(shelf):
    right, wrong = row(shelf, chains.in_hello()), row(shelf, chains.in_hello(right=False))
    assert [(one["scts"], one["scts_checked"], one["scts_valid"], one["scts_wrong"]) for one in (right, wrong)] == [
        (1, 1, 1, None), (1, 1, 0, ["test log: signature is wrong"])]  # fmt: skip
    assert right["sct_logs"] == ["test log"]
    assert right["sct_checks"][0]["origin"] == "tls"


def several_names():
    """One chain under two names, and twice under the first."""
    names = (b"shop.example", b"other.example", b"shop.example")
    turns = [c.full(hello=c.client_hello(extensions=(c.server_name(name), *c.GOOD[1:]))) for name in names]
    return c.made(*turns, trusted=(a.root().der,))


def test_each_name_has_a_row(shelf):
    told = rows(shelf, several_names)
    assert [(one["server_name"], one["count"], one["handshakes"], one["name_matches"]) for one in told] == [
        ("shop.example", 2, [1, 3], True), ("other.example", 1, [2], False)]  # fmt: skip
    assert {tuple(one["certificates"]) for one in told} == {(LEAF, ISSUING)}
    assert told[1]["name_detail"] == "the certificate is for shop.example, not for other.example"
    mismatches = shelf.found(several_names, "name-mismatch")
    assert [(one.handshake, one.count) for one in mismatches] == [(2, 1)]


def test_a_chain_without_a_name(shelf):
    def nameless():
        return c.made(c.full(hello=c.client_hello(extensions=c.GOOD[1:])))

    told = row(shelf, nameless)
    assert told["server_name"] is told["name_matches"] is None
    assert told["verdict"] == "trusted"


def test_chains_of_clients(shelf):
    def mutual():
        mine = a.issue("alice", a.issuing(), extended=("client",), names=())
        return c.made(c.full(request=talk.REQUEST, mine=(mine.der, a.issuing().der)))

    server, client = rows(shelf, mutual)
    assert [(one["role"], one["server_name"], one["verdict"]) for one in (server, client)] == [
        ("server", "shop.example", "trusted"), ("client", None, "trusted")]  # fmt: skip
    assert client["subject"] == "CN=alice"
    assert client["packets"] != server["packets"]
    assert shelf.found(mutual, "certificate-wrong-usage") == []


def test_another_time(shelf):
    """With --at the same chain is judged for that time."""
    scan = analyzer.scan(str(shelf.path(chains.GOOD)), **shelf.options(chains.GOOD), at="2024-06-01")
    [told] = scan.trust.to_dict("records")
    assert told["verdict"] == "expired"
    assert {one.rule for one in scan.judged()} >= {"certificate-expired"}


def test_days():
    assert day(0) == "1970-01-01"
    assert day(talk.START) == "2023-11-14"
    assert day(-1) == "1969-12-31"
    assert day(1 << 62) == "2116-02-20"
    assert day(400_000 * 10**18) == "beyond the year 9999"


def test_nothing_that_a_chain_holds_raises():
    for chain in ((b"",), (b"\0" * 10,), (a.leaf().der[:100], b"\x30\x80"), (a.leaf().der, a.leaf().der)):
        judge = analyzer.findings.judging.Judging(trust_store=("none",)).judge()
        shown = presented.Presented(chain, "server", "shop.example", talk.START, (5,), 1, talk.START, [1], 1)
        told = presented.row(presented.judged(shown, judge, {}, opinions=True), ["a.pcap"])
        assert len(told) == len(COLUMNS)
