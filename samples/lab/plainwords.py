"""What is spoken before TLS: the plain words of both sides for each protocol that upgrades and for each proxy, then a real stack.

Here lives: the words, a server and a client that say them.  Here does not live: which are recorded (``upgrades``).

A dialog is a row of turns (side, bytes): "S" is the server's, "C" the client's.  Where s_client is the client, only the server's are said,
and a client's turn is a word to wait for.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from typing import TYPE_CHECKING

from servers import reverse, serving
from stacks import PATIENCE, VERSIONS, suite_name
from tdswords import TdsPipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from case import Case
    from stacks import Facts, Lab

__all__ = ["DIALOGS", "PROXIES", "SILENT", "Turn", "said_client", "said_server"]

Turn = tuple[str, bytes]
MAIL = b"220 smtp.mail.example ESMTP\r\n"
EHLO = b"EHLO laptop.example\r\n"
KEYWORDS = b"250-smtp.mail.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n"
XMPP = (b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:%s' version='1.0' from='mail.example'>"
        b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>")  # fmt: skip
XMPP_GO = (("C", b"<starttls"), ("S", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))


def _mysql_greeting() -> bytes:
    """Make MySQL's first packet, protocol 10: version, thread, salt, capabilities with CLIENT_SSL (0x0800), plugin."""
    version, salt = b"8.0.36-lab", bytes(range(1, 9))
    body = b"\x0a" + version + b"\0" + struct.pack("<I", 7) + salt + b"\0" + struct.pack("<HBHHB", 0xFFFF, 255, 2, 0xC7FF, 21)
    body += bytes(10) + bytes(range(9, 21)) + b"\0caching_sha2_password\0"
    return len(body).to_bytes(3, "little") + b"\0" + body


def _tds(kind: int, encryption: int) -> bytes:
    """Make a TDS PRELOGIN packet (MS-TDS 2.2.6.5): VERSION and ENCRYPTION."""
    options = bytes([0, 0, 11, 0, 6]) + bytes([1, 0, 17, 0, 1]) + b"\xff" + bytes([16, 0, 16, 0, 0, 0]) + bytes([encryption])
    return bytes([kind, 1]) + (8 + len(options)).to_bytes(2, "big") + bytes(4) + options


DIALOGS: dict[str, tuple[Turn, ...]] = {
    "smtp": (("S", MAIL), ("C", b"EHLO"), ("S", KEYWORDS), ("C", b"STARTTLS"), ("S", b"220 2.0.0 Ready to start TLS\r\n")),
    "lmtp": (("S", b"220 mail.example LMTP\r\n"), ("C", b"LHLO"), ("S", b"250-mail.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n"),
             ("C", b"STARTTLS"), ("S", b"220 2.0.0 Begin TLS\r\n")),
    "imap": (("S", b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"), ("C", b"CAPABILITY"),
             ("S", b"* CAPABILITY IMAP4rev1 STARTTLS\r\n. OK done\r\n"), ("C", b"STARTTLS"), ("S", b". OK Begin TLS negotiation now\r\n")),
    "pop3": (("S", b"+OK POP3 ready\r\n"), ("C", b"STLS"), ("S", b"+OK Begin TLS negotiation\r\n")),
    "managesieve": (("S", b'"IMPLEMENTATION" "Lab Sieve"\r\n"SIEVE" "fileinto"\r\n"STARTTLS"\r\nOK "ready"\r\n'), ("C", b"STARTTLS"),
                    ("S", b'OK "Begin TLS negotiation now"\r\n')),
    "ftp": (("S", b"220 FTP ready\r\n"), ("C", b"AUTH TLS"), ("S", b"234 AUTH TLS OK.\r\n")),
    "nntp": (("S", b"200 news.mail.example ready\r\n"), ("C", b"CAPABILITIES"),
             ("S", b"101 list\r\nVERSION 2\r\nREADER\r\nSTARTTLS\r\n.\r\n"),
             ("C", b"STARTTLS"), ("S", b"382 Continue with TLS negotiation\r\n")),
    "irc": (("C", b"STARTTLS"), ("S", b":irc.mail.example 670 * :STARTTLS successful, go ahead with TLS handshake\r\n")),
    "xmpp": (("C", b"<stream:stream"), ("S", XMPP % b"client"), *XMPP_GO),
    "xmpp-server": (("C", b"<stream:stream"), ("S", XMPP % b"server"), *XMPP_GO),
    "ldap": (("C", b"1.3.6.1.4.1.1466.20037"), ("S", bytes.fromhex("300c02010178070a010004000400"))),
    "postgres": (("C", struct.pack("!II", 8, 80877103)), ("S", b"S")),
    "mysql": (("S", _mysql_greeting()), ("C", bytes(23))),  # the request ends with 23 zeros, and no answer comes
    # X.224 connection request and confirm with RDP_NEG_REQ (TLS or CredSSP) and RDP_NEG_RSP (TLS), MS-RDPBCGR 2.2.1.1 and 2.2.1.2
    "rdp": (("C", bytes.fromhex("030000130ee000000000000100080003000000")), ("S", bytes.fromhex("030000130ed000001234000200080001000000"))),
    "tds": (("C", _tds(0x12, 1)), ("S", _tds(4, 1))),
}  # fmt: skip
"""protocol -> its turns until TLS begins."""

PASSWORD = b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="lab"\r\nContent-Length: 0\r\n\r\n'
CONNECT = b"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n"

SILENT: dict[str, tuple[Turn, ...]] = {
    "smtp-not-taken": (("S", MAIL), ("C", EHLO), ("S", KEYWORDS), ("C", b"MAIL FROM:<anna@mail.example>\r\n"), ("S", b"250 2.1.0 Ok\r\n"),
                       ("C", b"QUIT\r\n"), ("S", b"221 2.0.0 Bye\r\n")),
    "smtp-refused": (("S", MAIL), ("C", EHLO), ("S", KEYWORDS), ("C", b"STARTTLS\r\n"),
                     ("S", b"454 4.7.0 TLS not available due to temporary reason\r\n"), ("C", b"QUIT\r\n"), ("S", b"221 2.0.0 Bye\r\n")),
    # SSLRequest refused, StartupMessage in plaintext, AuthenticationOk and ReadyForQuery, Terminate
    "postgres-refused": (("C", struct.pack("!II", 8, 80877103)), ("S", b"N"),
                         ("C", struct.pack("!II", 38, 196608) + b"user\0anna\0database\0shop\0\0\0\0\0\0"),
                         ("S", b"R" + struct.pack("!II", 8, 0) + b"Z" + struct.pack("!I", 5) + b"I"), ("C", b"X\0\0\0\4")),
    "connect-407": (("C", CONNECT + b"\r\n"), ("S", PASSWORD)),
    "connect-403": (("C", b"CONNECT ads.example:443 HTTP/1.1\r\nHost: ads.example:443\r\n\r\n"),
                    ("S", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")),
    "socks5-refused": (("C", b"\5\1\0"), ("S", b"\5\0"), ("C", b"\5\1\0\3\x0bads.example\x01\xbb"), ("S", b"\5\2\0\1" + bytes(6))),
}  # fmt: skip
"""Dialogs that no TLS follows."""

SHOP4 = bytes([203, 0, 113, 10])
PROXIES: dict[str, tuple[Turn, ...]] = {
    "socks4": (("C", b"\4\1\x01\xbb" + SHOP4 + b"\0"), ("S", b"\0\x5a" + bytes(6))),
    "socks4a": (("C", b"\4\1\x01\xbb\0\0\0\1\0shop.example\0"), ("S", b"\0\x5a" + bytes(6))),
    "socks5": (("C", b"\5\2\0\2"), ("S", b"\5\0"), ("C", b"\5\1\0\3\x0cshop.example\x01\xbb"), ("S", b"\5\0\0\1" + bytes(6))),
    "socks5-smtp": (("C", b"\5\1\0"), ("S", b"\5\0"), ("C", b"\5\1\0\3\x11smtp.mail.example\x02\x4b"), ("S", b"\5\0\0\1" + bytes(6)),
                    ("S", MAIL), ("C", EHLO), ("S", KEYWORDS), ("C", b"STARTTLS\r\n"), ("S", b"220 2.0.0 Ready to start TLS\r\n")),
    "connect-authenticated": (
        *SILENT["connect-407"],
        ("C", CONNECT + b"Proxy-Authorization: Basic YW5uYTpub3QgYSBzZWNyZXQ=\r\n\r\n"),
        ("S", b"HTTP/1.1 200 Connection established\r\n\r\n")),
    "proxy-v1": (("C", b"PROXY TCP4 192.0.2.11 203.0.113.10 51234 443\r\n"),),
    # signature, version 2 and PROXY, TCP over IPv6, 36 bytes of addresses and 15 of a PP2_TYPE_AUTHORITY
    "proxy-v2": (("C", b"\r\n\r\n\0\r\nQUIT\n\x21\x21" + struct.pack("!H", 51)
                  + socket.inet_pton(socket.AF_INET6, "2001:db8:1::11") + socket.inet_pton(socket.AF_INET6, "2001:db8:10::10")
                  + struct.pack("!HH", 51234, 443) + b"\x02\x00\x0cshop.example"),),
}  # fmt: skip
"""What proxies are told and answer; addresses are those of documentation."""


def _hear(link: socket.socket, word: bytes, *, exact: bool) -> bool:
    """Read until a word was said, not a byte more where ``exact``; False where the other side ended."""
    heard = b""
    while word not in heard:
        if not (more := link.recv(1 if exact else 4096)):
            return False
        heard += more
    return True


def _speak(link: socket.socket, turns: Iterable[Turn], mine: str) -> bool:
    """Say one side's turns and wait for the other's; False where that one ended early."""
    turns = list(turns)
    for (side, words), (after, _) in zip(turns, [*turns[1:], ("", b"")], strict=True):
        if side == mine:
            link.sendall(words)
        elif not _hear(link, words, exact=after != mine):  # what follows comes from there too
            return False
    return True


def said_server(
    lab: Lab, case: Case, *dialogs: tuple[Turn, ...], framing: str = "", tls: bool = True
) -> contextlib.AbstractContextManager[None]:
    """Speak plain words, the n-th dialog to the n-th client (the last one to all after), then TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lab.folder / f"{case.identity}.chain.pem", lab.folder / f"{case.identity}.key")
    waiting = list(dialogs)

    def handle(link: socket.socket) -> None:
        turns = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if not _speak(link, turns, "S"):
            return
        if framing == "tds":
            TdsPipe(link, context).answer()
        elif tls:
            with context.wrap_socket(link, server_side=True) as wrapped:
                reverse(wrapped)
                wrapped.unwrap()

    return serving(("127.0.0.1", case.port), handle)


def said_client(lab: Lab, case: Case, dialog: tuple[Turn, ...], *, framing: str = "", tls: bool = True) -> list[Facts]:
    """Speak plain words, then TLS by Python's ssl: one row of facts, or none where no TLS follows."""
    context = ssl.create_default_context(cafile=str(lab.folder / "root.pem"))
    context.keylog_filename = str(lab.keys)
    context.set_ecdh_curve("prime256v1")  # one group only, so that it is known which one was used
    with socket.create_connection(("127.0.0.1", case.port)) as link:
        link.settimeout(PATIENCE)
        assert _speak(link, dialog, "C")
        if not tls:
            return []
        if framing == "tds":
            context.maximum_version = ssl.TLSVersion.TLSv1_2  # as its clients do: TLS 1.3's tickets would come behind the wrapping
            pipe = TdsPipe(link, context, case.host)
            pipe.ask()
            spoken, agreed = pipe.tls.version(), pipe.tls.cipher()
        else:
            wrapped = context.wrap_socket(link, server_hostname=case.host)
            wrapped.sendall(b"hello\n")
            wrapped.recv(100)
            spoken, agreed = wrapped.version(), wrapped.cipher()
            with contextlib.suppress(OSError):
                wrapped.unwrap()
    assert spoken
    assert agreed
    return [{"server_name": case.host, "version": VERSIONS[spoken], "cipher_suite": suite_name(agreed[0]), "group": "secp256r1",
             "certificates": lab.authority.identities[case.identity].sha256(), "resumed": False,
             **({"framing": framing} if framing else {})}]  # fmt: skip
