"""Rules on options of the protocol and its abuse: what is near to failing and does not, what cannot be seen."""

import captures as c
import captures_handshakes as h
import pytest
import talk
from talk import CLIENT, SERVER

from analyzer.findings.rules.protocol import ANOMALIES, BROKEN_MESSAGES, EVASIONS, _named
from analyzer.handshakes.anomaly import KINDS

APART, UNSEEN, PASSED, FAILED = (0, 0, 1, 0), (0, 0, 0, 1), (1, 0, 0, 0), (0, 1, 0, 0)


def making(*turns):
    """What makes a capture of a conversation."""
    return lambda: c.made(list(turns))


ALONE = making((CLIENT, c.client_hello()))
OF_ANSWERS = ("compression", "insecure-renegotiation", "no-extended-master-secret", "early-change-cipher-spec", "long-lived-ticket")


@pytest.mark.parametrize("rule", OF_ANSWERS)
def test_without_an_answer(shelf, rule):
    assert shelf.counts(ALONE, rule) == APART


def test_tls13_has_left_these_behind(shelf):
    for rule in ("insecure-renegotiation", "renegotiation", "no-extended-master-secret", "early-change-cipher-spec"):
        assert shelf.counts("tls13", rule) == APART
    assert shelf.counts("tls13", "compression") == PASSED
    assert shelf.counts("tls13", "long-lived-ticket") == UNSEEN  # tickets are encrypted


def test_who_leaves_out_extended_master_secret(shelf):
    def without(offered, answered):
        hello, answer = c.client_hello(extensions=offered), c.server_hello(extensions=answered)
        return lambda: c.made(c.full(hello=hello, answer=answer))

    own = tuple(one for one in c.GOOD if one != c.BOUND)
    rule = "no-extended-master-secret"
    assert [one.detail for one in shelf.found(without(c.GOOD, (c.SECURE,)), rule)] == ["the server does not take up extended_master_secret"]
    assert [one.detail for one in shelf.found(without(own, (c.SECURE,)), rule)] == ["the client does not offer extended_master_secret"]
    assert shelf.counts(without(c.GOOD, (c.SECURE, c.BOUND)), rule) == PASSED

    def half():
        turns = c.full(answer=c.server_hello(extensions=(c.SECURE,)))
        return c.Made(packets=talk.play(turns, talk.Wire().open()).only(SERVER).packets)

    assert [one.detail for one in shelf.found(half, rule)] == ["extended_master_secret was not agreed on"]


def test_who_leaves_out_renegotiation_info(shelf):
    def without(suites, offered, answered=(c.BOUND,)):
        hello, answer = c.client_hello(suites, offered), c.server_hello(extensions=answered)
        return lambda: c.made(c.full(hello=hello, answer=answer))

    rule, own = "insecure-renegotiation", tuple(one for one in c.GOOD if one != c.SECURE)
    server, client = (f"TLS 1.2, and the {who} renegotiation_info" for who in ("server does not answer with", "client does not send"))
    for suites, offered, wanted in (
        ([0xC02F], c.GOOD, server), ([0xC02F, 0x00FF], own, server), ([0xC02F], own, client),
    ):  # fmt: skip
        assert [one.detail for one in shelf.found(without(suites, offered), rule)] == [wanted]
    assert shelf.counts(without([0xC02F, 0x00FF], own, (c.SECURE, c.BOUND)), rule) == PASSED


def test_compression_is_named(shelf):
    def offers(methods):
        return making((CLIENT, c.client_hello(methods=methods)))

    assert shelf.counts(offers(b"\0"), "compression-offered") == PASSED
    assert [one.detail for one in shelf.found(offers(b"\1\x40\x77\0"), "compression-offered")] == ["offers DEFLATE, LZS, method 119"]


@pytest.mark.parametrize(("seconds", "counts"), [(604_800, PASSED), (604_801, FAILED), (0, PASSED), (0xFFFF_FFFF, FAILED)])
def test_lifetimes_of_tickets(shelf, seconds, counts):
    """RFC 8446 section 4.6.1: 604,800 seconds and no more; 0 says nothing (RFC 5077 section 3.3)."""
    assert shelf.counts(h.lasting(seconds), "long-lived-ticket") == counts


def test_early_data(shelf):
    rule = "early-data-accepted"
    assert shelf.counts("tls13", rule) == APART
    assert shelf.counts("tls13-early-data", rule) == (0, 0, 1, 1)  # EncryptedExtensions are encrypted, and have something in them
    assert shelf.counts("tls13-early-data-rejected", rule) == (1, 0, 1, 0)
    assert shelf.counts(lambda: h.early_data(taken=False), rule) == PASSED
    [one] = shelf.found(h.early_data, rule)
    assert one.packets == (4, 5)


# ---- heartbeats, RFC 6520


def beats(*said, sealed=False):
    """A conversation with heartbeats after the server's flight, or behind encryption."""
    hello, flight, *rest = c.full(**h.MAY_BEAT)
    return making(hello, flight, *(rest[:2] if sealed else ()), *said)


def blob(length):
    """A heartbeat behind encryption: its length is all that is seen."""
    return talk.record(24, b"\xee" * length)


HONEST = (CLIENT, h.heartbeat(1, 100, b"p" * 100)), (SERVER, h.heartbeat(2, 100, b"p" * 100))


@pytest.mark.parametrize(
    ("capture", "detail"),
    [
        (beats(*HONEST), None),
        (beats(*HONEST, *HONEST), None),
        (beats((CLIENT, h.heartbeat(1, 0x4000, b"", 0))), "a heartbeat claims 16384 bytes in a record of 3"),
        (beats((CLIENT, h.heartbeat(1, 100, b"p" * 100)), (SERVER, h.heartbeat(2, 100, b"p" * 100, 70))), None),  # more padding is allowed
        (beats((CLIENT, blob(60)), (SERVER, blob(60)), sealed=True), None),
        (beats((CLIENT, blob(60)), (SERVER, blob(92)), sealed=True), None),
        (beats((CLIENT, blob(60)), (SERVER, blob(16_000)), sealed=True),
         "a heartbeat of 60 bytes from the client was answered with 16000 bytes"),
        (beats((CLIENT, blob(20)), sealed=True), "an encrypted heartbeat of 20 bytes, where none is shorter than 27"),
    ],
)  # fmt: skip
def test_heartbeats(shelf, capture, detail):
    found = shelf.found(capture, "heartbleed")
    assert [one.detail for one in found] == ([detail] if detail else [])
    for one in found:
        assert min(one.packets) > 5  # the heartbeats, not the handshake


def test_without_heartbeats(shelf):
    assert shelf.counts("tls12-rsa", "heartbleed") == APART


# ---- ChangeCipherSpec


def changed(*order):
    """A server's and a client's messages after the hello, in an order of their own."""
    chain = c.captures_authority.chain()
    words = {
        "hello": (SERVER, c.server_hello()), "certificate": (SERVER, talk.handshake(talk.certificate_message(*chain))),
        "key": (SERVER, talk.handshake(c.ecdhe())), "done": (SERVER, talk.handshake(talk.DONE)), "change": (SERVER, talk.CCS),
        "finish": (SERVER, talk.FINISHED), "my key": (CLIENT, talk.handshake(talk.CLIENT_KEY)), "my change": (CLIENT, talk.CCS),
        "my finish": (CLIENT, talk.FINISHED),
    }  # fmt: skip
    return making((CLIENT, c.client_hello()), *(words[one] for one in order))


FLIGHT = ("hello", "certificate", "key", "done")


@pytest.mark.parametrize(
    ("capture", "who"),
    [
        (changed(*FLIGHT, "my key", "my change", "my finish", "change", "finish"), None),
        (changed("hello", "change", "finish", "my change", "my finish"), None),  # an abbreviated handshake, RFC 5246 figure 2
        (changed(*FLIGHT, "my change"), "the client"),
        (changed("hello", "certificate", "my change", "key", "done", "my key"), "the client"),
        (changed("hello", "change", "certificate", "key", "done", "my key", "my change"), "the server"),
        (changed("hello", "certificate", "change", "key", "done"), "the server"),
        (changed("hello", "certificate", "change", "key", "done", "my change"), "the client and the server"),
    ],
)  # fmt: skip
def test_changes_of_ciphers(shelf, capture, who):
    found = shelf.found(capture, "early-change-cipher-spec")
    assert [one.detail for one in found] == ([f"ChangeCipherSpec of {who}"] if who else [])
    assert shelf.found(capture, "protocol-violation") == []  # one cause, one finding


def test_a_key_that_is_not_in_the_capture(shelf):
    """Bytes are missing where it may have stood."""

    def torn():
        wire = talk.play(c.full()[:2], talk.Wire().open())
        return c.Made(packets=wire.gap(CLIENT, 42).client(talk.CCS + talk.FINISHED).packets)

    assert shelf.counts(torn, "early-change-cipher-spec") == PASSED


def test_early_data_comes_with_a_change(shelf):
    """RFC 8446 appendix D.4: right after the hello; a server of TLS 1.2 then answers with a full flight."""
    hello = c.client_hello(extensions=(*c.GOOD, talk.extension(42)))
    assert shelf.counts(making((CLIENT, hello + talk.CCS), c.full()[1]), "early-change-cipher-spec") == APART


# ---- broken messages and segments


def test_kinds_are_anomalies():
    assert set(KINDS) >= BROKEN_MESSAGES | EVASIONS
    assert all(set(KINDS) >= kinds for kinds in ANOMALIES.values())


def test_a_suite_that_nobody_offered(shelf):
    capture = making(*c.full(answer=c.server_hello(0x009C), exchange=b""))
    [one] = shelf.found(capture, "protocol-violation")
    assert one.detail == "cipher-suite-not-offered: TLS_RSA_WITH_AES_128_GCM_SHA256"
    assert one.packets == (5,)


@pytest.mark.parametrize(
    ("detail", "named"),
    [
        ("extension 41: short at byte 14", "extension pre_shared_key: short at byte 14"),
        ("extension 0 stands 2 times in ClientHello", "extension server_name stands 2 times in ClientHello"),
        ("extension 99999", "extension 99999"), ("extension 61234", "extension 61234"),
        ("type 11 from the server after type 2", "type certificate from the server after type server_hello"),
        ("type -1 from the server at the start", "type -1 from the server at the start"),
        ("0x009c", "TLS_RSA_WITH_AES_128_GCM_SHA256"), ("0xeeee", "0xeeee"), ("at byte 41", "at byte 41"), ("", ""),
    ],
)  # fmt: skip
def test_numbers_get_names(detail, named):
    assert _named(detail) == named


def test_many_violations_are_told_in_part(shelf):
    capture = making((CLIENT, c.client_hello(extensions=(*c.GOOD, *c.GOOD))), c.full()[1])
    [one] = shelf.found(capture, "protocol-violation")
    assert one.detail.count(";") == 2
    assert one.detail.endswith(" and 2 more")


def test_a_retransmission_is_no_conflict(shelf):
    def again():
        wire = talk.Wire().open().client(c.client_hello())
        flight = c.full()[1][1]
        wire.segment(SERVER, talk.PSH_ACK, flight[:700]).segment(SERVER, talk.PSH_ACK, flight[:700])
        wire.at[SERVER] += 700
        return c.Made(packets=wire.server(flight[700:]).packets)

    assert shelf.counts(again, "conflicting-segments") == PASSED


def test_the_other_copy_is_shown(shelf):
    [one] = shelf.found(h.two_copies, "conflicting-segments")
    assert one.packets == (6,)


def test_renegotiation(shelf):
    first, second = shelf.scanned("tls12-renegotiation")
    [one] = shelf.found("tls12-renegotiation", "renegotiation")
    assert one.handshake == second.number
    assert set(one.packets) == set(second.packets)
    assert shelf.counts("tls12-renegotiation", "renegotiation") == (1, 1, 0, 0)
    assert first.renegotiation is False
