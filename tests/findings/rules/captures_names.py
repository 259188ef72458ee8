"""Which capture trips a rule on names, ports and preludes, or one that compares, and which passes it.

Here lives: that table.  Here does not live: what captures are made of (``captures``), certificates (``captures_authority``).
"""

from __future__ import annotations

import captures as c
import captures_authority as a
import talk
from captures import client_hello, full, made, server_hello, u16
from captures_handshakes import Shown, tls13
from talk import CLIENT, SERVER, extension, vector

SMTP = ((SERVER, "220 mail.example ESMTP\r\n"), (CLIENT, "EHLO client.example\r\n"))
PLAIN = ((CLIENT, "MAIL FROM:<a@client.example>\r\n"), (SERVER, "250 OK\r\n"), (CLIENT, "QUIT\r\n"), (SERVER, "221 Bye\r\n"))
OFFER, NO_OFFER = (SERVER, "250-mail.example\r\n250-STARTTLS\r\n250 SIZE\r\n"), (SERVER, "250-mail.example\r\n250 SIZE\r\n")
ASKED = ((CLIENT, "STARTTLS\r\n"),)
GRANTED, REFUSED = (SERVER, "220 Go ahead\r\n"), (SERVER, "454 TLS not available\r\n")


def smtp(*rest, port=25):
    return lambda: c.spoken(*SMTP, *rest, port=port)


def several(*dialogs):
    """Connections to one SMTP server."""
    return lambda: made(*([(sender, said.encode()) for sender, said in (*SMTP, *dialog)] for dialog in dialogs), port=25)


ECH = extension(65037, b"\0" + u16(1, 1) + b"\7" + vector(b"e" * 32) + vector(b"p" * 150))  # RFC 9849 section 5
ECH_HELLO = client_hello(extensions=(*c.GOOD, ECH))


def ech_required():
    """The client ends the handshake, in the clear, because its hello was not opened (RFC 9849 section 6.1.6)."""
    hello, flight, *_ = full(hello=ECH_HELLO)
    return made([hello, flight, (CLIENT, talk.alert(121))])


NAMES = {
    "no-server-name": Shown("tls13-no-server-name", "tls13", "no server_name"),
    "server-name-is-address": Shown("weak-address-name", "tls13", "server_name 192.0.2.80"),
    "plaintext-on-tls-port": Shown("weak-plain-https", "tls13", "port 443 answered a ClientHello with 'HTTP/1.1 400 Bad Request'"),
    "tls-on-odd-port": Shown("fail-self-signed", "tls13", "port 5001 (tcp)"),
    "ech-refused": Shown(ech_required, lambda: made(full(hello=ECH_HELLO)), "the client ended the handshake with the alert ech_required"),
    "ech-offered": Shown(lambda: made(full(hello=ECH_HELLO)), "tls13", "the outer server name is shop.example"),
    "starttls-not-taken": Shown(
        "starttls-smtp-not-taken", "starttls-smtp", "smtp on port 25: the server offers TLS, and the client does not ask for it"),
    "starttls-refused": Shown(
        "starttls-smtp-refused", "starttls-smtp",
        "smtp on port 25: the request was refused; answer: 454 4.7.0 TLS not available due to temporary reason"),
    "starttls-not-offered": Shown(
        smtp(NO_OFFER, *PLAIN), "starttls-smtp-not-taken", "smtp on port 25: nothing of TLS among what the server offers"),
    "plaintext-protocol-on-tls-port": Shown(smtp(OFFER, *PLAIN, port=465), "starttls-smtp", "smtp in plaintext on port 465"),
}  # fmt: skip


def twins(one, other):
    """What makes a capture of two handshakes, each with such randoms and keys: (client random, server random, server key, client key)."""

    def talks(client, server, mine, theirs):
        shares = extension(51, vector(u16(29) + vector(theirs * 32)))
        extensions = [c.NAME, talk.VERSIONS, shares, c.groups(29), c.schemes(0x0804)]
        hello = client_hello([0x1301], extensions, random=client * 32, session=b"s" * 32)
        turns = tls13(hello=hello)
        share = extension(51, u16(29) + vector(mine * 32))
        answer = server_hello(0x1301, [talk.TLS13, share], random=server * 32, session=b"s" * 32)
        return [turns[0], (SERVER, answer + talk.CCS + talk.data(700) + talk.data(talk.FINISHED13)), *turns[2:]]

    return lambda: made(talks(*one), talks(*other))


DIFFERENT = twins((b"A", b"B", b"C", b"D"), (b"E", b"F", b"G", b"H"))


def shows(*chains, names=(b"shop.example",) * 2):
    """What makes a capture of servers, each with a chain of its own."""

    def make():
        turns = []
        for at, (one, name) in enumerate(zip(chains, names, strict=False)):
            hello = client_hello(extensions=(c.server_name(name), *c.GOOD[1:]), random=bytes([at]) * 32)
            turns.append(full(one(), hello=hello, answer=server_hello(random=bytes([100 + at]) * 32)))
        return made(*turns, trusted=(a.root().der,))

    return make


def other_ca():
    issuer = a.issue("Gateway CA", a.root(), ca=True, uses=("key_cert_sign",), extended=(), names=(), organization="Gateway")
    return a.issue("shop.example", issuer).der, issuer.der


def leaf(name="shop.example", **how):
    return lambda: (a.issue(name, a.issuing(), **how).der, a.issuing().der)


ONE_KEY = {"own": a.key("ec", "shared")}
REPEATS = {
    "client-random-reused": Shown(
        twins((b"A", b"B", b"C", b"D"), (b"A", b"F", b"G", b"H")), DIFFERENT, "the same in handshakes 1, 2"),
    "server-random-reused": Shown(
        twins((b"A", b"B", b"C", b"D"), (b"E", b"B", b"G", b"H")), DIFFERENT, "the same in handshakes 1, 2"),
    "server-key-share-reused": Shown(
        twins((b"A", b"B", b"C", b"D"), (b"E", b"F", b"C", b"H")), "tls13-groups", "the same in handshakes 1, 2"),
    "client-key-share-reused": Shown(
        twins((b"A", b"B", b"C", b"D"), (b"E", b"F", b"G", b"D")), "tls13-groups", "the same in handshakes 1, 2"),
    "certificate-serial-reused": Shown(
        shows(leaf(serial=1 << 100), leaf("mail.example", serial=1 << 100)), shows(leaf(), leaf("mail.example")),
        "CN=shop.example (serial 10000000000000000000000000); CN=mail.example (serial 10000000000000000000000000): handshakes 1, 2"),
    "certificate-key-shared": Shown(
        shows(leaf(**ONE_KEY), leaf("mail.example", **ONE_KEY)), shows(leaf(), leaf("mail.example")),
        "CN=shop.example; CN=mail.example: handshakes 1, 2"),
    "several-issuers": Shown(
        shows(leaf(), other_ca), shows(leaf(), leaf()), "Test Issuing CA; Gateway: handshakes 1, 2"),
    "starttls-stripped": Shown(
        several((OFFER, *PLAIN), (NO_OFFER, *PLAIN)), several((OFFER, *PLAIN), (OFFER, *PLAIN)),
        "TLS offered; no TLS offered: connections without a handshake"),
}  # fmt: skip

SHOWN = {**NAMES, **REPEATS}
