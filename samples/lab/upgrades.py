"""The cases in which TLS is not the first that is spoken: STARTTLS and its kin, proxies, and what refuses or is not asked.

Here lives: the table, and what its words say of offer, request and grant.  Here does not live: the words (``plainwords``).
"""

from __future__ import annotations

import itertools
from typing import Any

import servers
from case import Ask, Case, Serve, ask
from plainwords import DIALOGS, PROXIES, SILENT, Turn, said_client, said_server

__all__ = ["UPGRADES"]

SAID = "Python ssl, both ends"
NAMES = {"postgres": "postgresql", "xmpp-server": "xmpp"}
"""what s_client calls a protocol -> how tlsscan names it, where that is not the same."""
TEXT = {"smtp", "lmtp", "imap", "pop3", "ftp", "nntp"}
"""Protocols in which the server's first and last line are its greeting and its answer."""
OFFERED = {"smtp", "lmtp", "imap", "managesieve", "nntp", "xmpp", "xmpp-server", "mysql"}
"""Protocols whose server says in these dialogs that it can do TLS."""
Told = dict[str, Any]


def told(protocol: str, **facts: Any) -> Told:
    """Return what the words of a dialog say: it was asked for and granted, where ``facts`` say nothing else."""
    lines = [words for side, words in DIALOGS.get(protocol, ()) if side == "S"]
    texts = {"greeting": lines[0].decode().rstrip(), "answer": lines[-1].decode().rstrip()} if protocol in TEXT else {}
    offered = {"offered": True} if protocol in OFFERED else {}
    granted = {"requested": True, "granted": None if protocol == "mysql" else True}
    return {"protocol": NAMES.get(protocol, protocol), **offered, **granted, **texts, **facts}


def last(*preludes: Told) -> Told:
    """Return the facts of a handshake that these came before."""
    return {"prelude": preludes[-1]["protocol"], "preludes": list(preludes)}


def starttls(protocol: str, port: int, name: str = "") -> Case:
    """Upgrade a plain protocol, with s_client; ``name`` is what s_client calls it where that differs."""
    host = " -xmpphost mail.example" if protocol.startswith("xmpp") else ""
    return Case(
        f"starttls-{protocol}", f"{protocol.upper()} with STARTTLS", "Python ssl server, OpenSSL client",
        lambda lab, case: said_server(lab, case, DIALOGS[protocol]),
        (ask(f"-starttls {name or protocol}{host}", **last(told(protocol))),), "mail.example", "mail", port,
    )  # fmt: skip


def serve(*dialogs: tuple[Turn, ...], **how: Any) -> Serve:
    """Serve with plain words."""
    return lambda lab, case: said_server(lab, case, *dialogs, **how)


def asks(dialog: tuple[Turn, ...], facts: Told, **how: Any) -> Ask:
    """Ask with plain words."""
    return Ask(lambda lab, case: said_client(lab, case, dialog, **how), facts)


def scripted(name: str, shows: str, dialog: tuple[Turn, ...], port: int, *preludes: Told, host: str = "shop.example",
             identity: str = "shop", **how: Any) -> Case:  # fmt: skip
    """Make a case of a scripted client and a scripted server."""
    return Case(name, shows, SAID, serve(dialog, **how), (asks(dialog, last(*preludes), **how),), host, identity, port)


def silent(name: str, shows: str, port: int, *dialogs: tuple[str, Told]) -> Case:
    """Make a case of connections that speak plain words only."""
    turns = [SILENT[one] for one, _ in dialogs]
    return Case(
        name, shows, "scripted words, no TLS", serve(*turns, tls=False),
        tuple(asks(words, last(facts), tls=False) for words, (_, facts) in zip(turns, dialogs, strict=True)), port=port,
    )  # fmt: skip


SHOP, SMTP = {"name": "shop.example", "port": 443}, {"name": "smtp.mail.example", "port": 587}
ORIGINS = {
    "proxy-v1": {"origin": {"address": "192.0.2.11", "port": 51234}, "target": {"address": "203.0.113.10", "port": 443}},
    "proxy-v2": {"origin": {"address": "2001:db8:1::11", "port": 51234},
                 "target": {"name": "shop.example", "address": "2001:db8:10::10", "port": 443}},
}  # fmt: skip

UPGRADES: tuple[Case, ...] = (
    *itertools.starmap(starttls, (
        ("smtp", 587), ("imap", 143), ("pop3", 110), ("ftp", 21), ("postgres", 5432), ("ldap", 389), ("xmpp", 5222),
        ("managesieve", 4190, "sieve"), ("nntp", 119), ("lmtp", 24), ("irc", 6667), ("mysql", 3306), ("xmpp-server", 5269),
    )),
    scripted("starttls-rdp", "RDP: TLS chosen in the X.224 connection request", DIALOGS["rdp"], 3389, told("rdp")),
    scripted("tds", "TDS (SQL Server): the TLS handshake travels inside TDS packets", DIALOGS["tds"], 1433, told("tds"), framing="tds"),
    silent("starttls-smtp-not-taken", "SMTP: STARTTLS offered, the client goes on in plaintext", 25,
           ("smtp-not-taken", {"protocol": "smtp", "offered": True, "requested": False, "greeting": "220 smtp.mail.example ESMTP"})),
    silent("starttls-smtp-refused", "SMTP: STARTTLS offered, asked for and refused (454)", 25,
           ("smtp-refused", {"protocol": "smtp", "offered": True, "requested": True, "granted": False,
                             "answer": "454 4.7.0 TLS not available due to temporary reason"})),
    silent("starttls-postgres-refused", "PostgreSQL: TLS refused, the client goes on in plaintext", 5432,
           ("postgres-refused", {"protocol": "postgresql", "requested": True, "granted": False})),
    Case("connect-proxy", "through an HTTP proxy: CONNECT, then TLS 1.3", "OpenSSL through a Python proxy", servers.connect_proxy,
         (ask("-proxy 127.0.0.1:3128 -connect shop.example:443", **last(told("connect", target=SHOP))),), port=3128),
    scripted("connect-authenticated", "an HTTP proxy wants a password first (407), then connects", PROXIES["connect-authenticated"], 3128,
             told("connect", target=SHOP)),
    silent("connect-refused", "HTTP proxies that refuse CONNECT: 407 and 403", 3128,
           ("connect-407", {"protocol": "connect", "requested": True, "granted": False, "target": SHOP}),
           ("connect-403", {"protocol": "connect", "requested": True, "granted": False, "target": {"name": "ads.example", "port": 443}})),
    scripted("socks4", "through a SOCKS 4 proxy", PROXIES["socks4"], 1080,
             told("socks4", target={"address": "203.0.113.10", "port": 443})),
    scripted("socks4a", "through a SOCKS 4A proxy, which resolves the name", PROXIES["socks4a"], 1080, told("socks4a", target=SHOP)),
    scripted("socks5", "through a SOCKS 5 proxy", PROXIES["socks5"], 1080, told("socks5", target=SHOP)),
    silent("socks5-refused", "a SOCKS 5 proxy refuses: not allowed by its rules", 1080,
           ("socks5-refused", {"protocol": "socks5", "requested": True, "granted": False, "target": {"name": "ads.example", "port": 443}})),
    scripted("socks5-smtp", "SMTP with STARTTLS through a SOCKS 5 proxy", PROXIES["socks5-smtp"], 1080, told("socks5", target=SMTP),
             told("smtp"), host="smtp.mail.example", identity="mail"),
    *(scripted(name, f"a load balancer's PROXY protocol header, version {name[-1]}, before TLS", PROXIES[name], 443,
               {"protocol": name.replace("-v", ""), **ORIGINS[name]}) for name in ORIGINS),
)  # fmt: skip
