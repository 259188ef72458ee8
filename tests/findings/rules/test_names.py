"""Rules on names, ports and preludes: what is an address, which ports are usual, what became of STARTTLS."""

import captures as c
import captures_names as n
import pytest
import talk
from hypothesis import given
from hypothesis import strategies as st
from talk import CLIENT, SERVER

from analyzer import registry
from analyzer.findings.rules.names import TLS_PORTS, UPGRADES, _is_address

APART, UNSEEN, PASSED, FAILED = (0, 0, 1, 0), (0, 0, 0, 1), (1, 0, 0, 0), (0, 1, 0, 0)


def named(name, port=443):
    return lambda: c.made(c.full(hello=c.client_hello(extensions=(c.server_name(name), *c.GOOD[1:]))), port=port)


@given(st.ip_addresses())
def test_addresses(address):
    assert _is_address(str(address))
    assert address.version == 4 or _is_address(f"[{address}]")
    assert not _is_address(f"{address}.example")


@given(st.text())
def test_any_name_is_an_address_or_not(name):
    assert _is_address(name) in {True, False}


@pytest.mark.parametrize(("name", "fails"), [(b"192.0.2.7", True), (b"2001:db8::7", True), (b"7.example", False), (b"1.2.3", False)])
def test_server_names(shelf, name, fails):
    assert shelf.counts(named(name), "server-name-is-address") == (FAILED if fails else PASSED)
    assert shelf.counts(named(name), "no-server-name") == PASSED


def test_no_name(shelf):
    def without(*extensions):
        return lambda: c.made([(CLIENT, c.client_hello(extensions=extensions))])

    assert [one.detail for one in shelf.found(without(*c.GOOD[1:]), "no-server-name")] == ["no server_name"]
    empty = talk.extension(0, talk.vector(b""))
    assert [one.detail for one in shelf.found(without(empty), "no-server-name")] == ["server_name without a host name"]
    assert shelf.counts(without(*c.GOOD[1:]), "server-name-is-address") == APART


def test_media_need_no_name_and_have_no_usual_port(shelf):
    """WebRTC knows its peers by fingerprints (RFC 8827 section 6.5), and takes any port."""

    def media():
        srtp = talk.extension(14, talk.vector(c.u16(1)) + b"\0")
        return c.made(c.full(hello=c.client_hello(extensions=(*c.GOOD[1:], srtp))), port=50_123)

    assert shelf.counts(media, "no-server-name") == APART
    assert shelf.counts(media, "tls-on-odd-port") == APART


def test_ports(shelf):
    assert shelf.counts(named(b"shop.example", 50_123), "tls-on-odd-port") == FAILED
    assert shelf.counts(named(b"shop.example", 993), "tls-on-odd-port") == PASSED
    assert shelf.counts("starttls-smtp", "tls-on-odd-port") == APART  # behind a prelude any port is usual
    assert shelf.counts("fail-unanswered", "tls-on-odd-port") == APART


def test_ports_of_tls_are_usual():
    assert [port for port in TLS_PORTS if registry.service_name(port) is None and port not in {991, 8883}] == []
    assert not TLS_PORTS & {21, 25, 80, 110, 119, 143, 389, 587, 1433, 3306, 3389, 5222, 5432, 8080}


def answered(reply, port=443):
    return lambda: c.made([(CLIENT, c.client_hello()), (SERVER, reply)], port=port)


@pytest.mark.parametrize(
    ("reply", "shown"),
    [(b"SSH-2.0-OpenSSH_9.6\r\n", "'SSH-2.0-OpenSSH_9.6'"), (b"\0\0\0\2\0(", "'\\x00\\x00\\x00\\x02\\x00('"), (b"it's\r\n", '"it\'s"')],
)
def test_what_answered_is_quoted(shelf, reply, shown):
    """Nothing that a peer sends goes to a terminal as it is."""
    [one] = shelf.found(answered(reply), "plaintext-on-tls-port")
    assert one.detail == f"port 443 answered a ClientHello with {shown}"
    assert one.detail.isprintable()


def test_plaintext_where_it_may_be(shelf):
    assert shelf.counts(answered(b"HTTP/1.1 400 Bad Request\r\n", 8080), "plaintext-on-tls-port") == APART
    assert shelf.counts("fail-plain-http", "plaintext-on-tls-port") == APART
    assert shelf.counts("tls12-rsa", "plaintext-on-tls-port") == PASSED


# ---- Encrypted ClientHello


def test_ech(shelf):
    outer = c.client_hello(extensions=(*c.GOOD[1:], n.ECH))
    assert [one.detail for one in shelf.found(lambda: c.made([(CLIENT, outer)]), "ech-offered")] == ["there is no outer server name"]
    assert shelf.counts("tls12-rsa", "ech-offered") == PASSED
    assert shelf.counts("tls12-rsa", "ech-refused") == APART
    assert shelf.counts(lambda: c.made([(CLIENT, n.ECH_HELLO)]), "ech-refused") == UNSEEN


def test_ech_in_tls13_cannot_be_followed(shelf):
    def make():
        hello = c.client_hello([0x1301], [c.NAME, talk.VERSIONS, talk.SHARE, n.ECH], session=b"s" * 32)
        return c.made(n.tls13(hello=hello))

    assert shelf.counts(make, "ech-refused") == UNSEEN


# ---- STARTTLS

PRELUDE_RULES = ("starttls-not-taken", "starttls-refused", "starttls-not-offered", "plaintext-protocol-on-tls-port")


def of(shelf, capture):
    return [shelf.counts(capture, rule) for rule in PRELUDE_RULES]


@pytest.mark.parametrize(
    ("capture", "counts"),
    [
        (n.smtp(n.OFFER, *n.PLAIN), [FAILED, APART, PASSED, PASSED]),
        (n.smtp(n.NO_OFFER, *n.PLAIN), [PASSED, APART, FAILED, PASSED]),
        (n.smtp(n.OFFER, *n.ASKED, n.REFUSED, *n.PLAIN), [PASSED, FAILED, APART, PASSED]),
        (n.smtp(n.OFFER, *n.ASKED, n.GRANTED, *n.PLAIN), [PASSED, FAILED, APART, PASSED]),
        (n.smtp(n.NO_OFFER, *n.PLAIN, port=465), [PASSED, APART, FAILED, FAILED]),
    ],
)
def test_dialogs(shelf, capture, counts):
    assert of(shelf, capture) == counts


def test_upgrades_that_work(shelf):
    for sample in ("starttls-smtp", "starttls-imap", "starttls-postgres", "starttls-xmpp"):
        told = of(shelf, sample)
        assert all(failed == 0 for _, failed, _, _ in told)


def test_refusals_are_told(shelf):
    def detail(*dialog):
        [one] = shelf.found(n.smtp(*dialog), "starttls-refused")
        return one.detail

    assert detail(n.OFFER, *n.ASKED, n.REFUSED) == "smtp on port 25: the request was refused; answer: 454 TLS not available"
    assert detail(n.OFFER, *n.ASKED, n.GRANTED, *n.PLAIN) == (
        "smtp on port 25: the request was not refused, and no TLS followed; answer: 220 Go ahead")  # fmt: skip
    assert detail(n.OFFER, *n.ASKED) == "smtp on port 25: the request was not refused, and no TLS followed"
    [one] = shelf.found("starttls-postgres-refused", "starttls-refused")
    assert one.detail.startswith("postgresql on port 5432: the request was refused")


def test_what_offers_were_not_seen(shelf):
    """A client that greets by HELO is told no extensions (RFC 5321 section 4.1.1.1)."""

    def old():
        return c.spoken((SERVER, "220 mail.example\r\n"), (CLIENT, "HELO client.example\r\n"), (SERVER, "250 mail.example\r\n"), *n.PLAIN)

    assert of(shelf, old)[:3] == [UNSEEN, APART, UNSEEN]


def test_proxies_upgrade_nothing(shelf):
    for sample in ("connect-proxy", "socks5", "proxy-v1"):
        assert of(shelf, sample) == [APART] * 4
    assert not UPGRADES & {"connect", "socks4", "socks4a", "socks5", "proxy1", "proxy2"}


def test_a_finding_without_a_handshake_shows_its_dialog(shelf):
    [one] = shelf.found(n.smtp(n.OFFER, *n.PLAIN), "starttls-not-taken")
    assert (one.handshake, one.handshakes) == (None, ())
    assert one.name == f"starttls-not-taken:p{one.packets[0]}"
    assert one.packets[0] == 4
