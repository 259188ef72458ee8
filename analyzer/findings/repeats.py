"""Repeats: what is the same in several handshakes and should not be, or differs and should be the same.

Here lives: rules that compare, what they compare, their findings.  Here does not live: the comparing (``ledgers``), rules on one thing
(``rules``).
Hashes are Python's own, drawn afresh in each process, so that nobody outside chooses two that are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.derived import extension
from analyzer.findings.domains import owned
from analyzer.findings.finding import MOST_HANDSHAKES, MOST_PACKETS, Finding
from analyzer.findings.ledgers import Ledger, LiveLedger
from analyzer.findings.rule import Rule
from analyzer.handshakes.handshake import SERVER
from analyzer.tls import codes
from analyzer.tls.messages import ClientKeyExchange, ServerKeyExchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.ledgers import Group
    from analyzer.handshakes.handshake import Handshake
    from analyzer.x509 import Certificate

__all__ = ["REPEATS", "Repeats"]

SHORTEST_KEY = 16
"""Bytes of a key share below which it is no key (GREASE has one)."""
_EXCHANGES = (ServerKeyExchange, ClientKeyExchange)
_COMPARED = frozenset({codes.CLIENT_HELLO, codes.SERVER_HELLO, codes.SERVER_KEY_EXCHANGE, codes.CLIENT_KEY_EXCHANGE})


def _repeat(name: str, severity: str, title: str, scope: str, citation: str, advice: str) -> Rule:
    return Rule(name=name, severity=severity, title=title, subject="scan", scope=scope, citation=citation, advice=advice)


REPEATS: tuple[Rule, ...] = (
    _repeat("client-random-reused", "high", "The same client random in several handshakes", "distinct client randoms that servers answered",
            "RFC 8446 section 4.1.2 and appendix C.1; RFC 5246 section 7.4.1.2",
            "Repair the client's random numbers: it may repeat keys too."),
    _repeat("server-random-reused", "high", "The same server random in several handshakes", "distinct server randoms",
            "RFC 8446 section 4.1.3 and appendix C.1; RFC 5246 section 7.4.1.3",
            "Repair the server's random numbers: it may repeat keys too, and handshakes can be replayed."),
    _repeat("client-key-share-reused", "low", "The same Diffie-Hellman key of a client in several handshakes", "distinct keys of clients",
            "RFC 9325 section 7.4; RFC 8446 appendix C.4",
            "Have the client make a new key for each handshake: it can be followed by this one."),
    _repeat("server-key-share-reused", "medium", "The same Diffie-Hellman key of a server in several handshakes",
            "distinct keys of servers", "RFC 9325 section 7.4; CVE-2016-0701",
            "Have the server make a new key for each handshake (OpenSSL: SSL_OP_SINGLE_DH_USE)."),
    _repeat("certificate-serial-reused", "medium", "Two certificates of one issuer have the same serial number",
            "distinct pairs of issuer and serial number", "RFC 5280 section 4.1.2.2",
            "Have both issued anew: revocation cannot tell them apart."),
    _repeat("certificate-key-shared", "medium", "Certificates of different owners share one key",
            "distinct public keys of leaf certificates", "CERT/CC VU#566724 (keys built into devices); CWE-321",
            "Give each its own key: whoever has one of these keys can pretend to be all of them."),
    _repeat("several-issuers", "medium", "One server name, certificates of several issuers: renewal, several hosts, or interception",
            "distinct server names with a certificate seen", "CISA alert TA17-075A (HTTPS interception)",
            "Compare the issuers: one that is no public CA, or is your own, is a middlebox that reads along."),
    _repeat("starttls-stripped", "high", "A server offers TLS on some connections and not on others",
            "servers of protocols that upgrade to TLS, whose offers were seen", "RFC 3207 section 6; RFC 9325 section 3.2",
            "Look for somebody between client and server who takes the offer out; have clients require TLS."),
)  # fmt: skip
_RULES = {rule.name: rule for rule in REPEATS}


class Repeats:
    """Compares handshakes and certificates of a whole scan with each other, so many of a kind at a time as a ledger holds.

    ``live``: what repeats is told when it does, and not once all was seen.
    """

    def __init__(self, *, live: bool = False) -> None:
        make: type[Ledger | LiveLedger] = LiveLedger if live else Ledger
        self._ledgers = {rule.name: make(rule.name) for rule in REPEATS}
        self._client_randoms, self._server_randoms = self._ledgers["client-random-reused"], self._ledgers["server-random-reused"]
        self._client_keys, self._server_keys = self._ledgers["client-key-share-reused"], self._ledgers["server-key-share-reused"]

    @property
    def full(self) -> int:
        """How often a ledger was full, so that what it held was told and let go."""
        return sum(ledger.full for ledger in self._ledgers.values())

    @property
    def forgotten(self) -> int:
        """How many things that were told, live, are forgotten, so that they may be told again."""
        return sum(ledger.forgotten for ledger in self._ledgers.values() if isinstance(ledger, LiveLedger))

    def handshake(self, one: Handshake) -> None:
        """Take the randoms and key shares of a handshake, where both hellos were seen.

        Both randoms together tell handshakes apart: one that a proxy hands on, or that was captured twice, is one.  A hello without its
        answer may be such a copy, and is not compared.
        """
        hello, answer, number = one.client_hello, one.server_hello, one.number
        if hello is None or answer is None:
            return
        own = hash(hello.random + answer.random)
        for seen in one.seen:
            message = seen.message
            if message is None or seen.code not in _COMPARED:
                continue
            place = (own, number, seen.packet, seen.time)
            if message is hello:
                if hello.random:
                    self._client_randoms.fresh.append((hash(hello.random), *place))
                for share in extension(one, codes.KEY_SHARE) or ():
                    if len(share.key_exchange) >= SHORTEST_KEY:
                        self._client_keys.fresh.append((hash(share.key_exchange), *place))
            elif message is answer:
                if answer.random:
                    self._server_randoms.fresh.append((hash(answer.random), *place))
                key = _share(one)
                if key is not None and len(key) >= SHORTEST_KEY:
                    self._server_keys.fresh.append((hash(key), *place))
            elif isinstance(message, _EXCHANGES) and message.public and len(message.public) >= SHORTEST_KEY:
                ledger = self._server_keys if seen.sender == SERVER else self._client_keys
                ledger.fresh.append((hash(message.public), *place))

    def certificate(self, certificate: Certificate, number: int, packet: int, time: int, *, leaf: bool) -> None:
        """Take a certificate, each distinct one once."""
        own, subject = hash(certificate.sha256), certificate.subject or "an empty subject"
        if certificate.serial is not None and certificate.issuer and not certificate.precertificate and not certificate.self_issued:
            key = f"{certificate.issuer}\0{certificate.serial}"
            self._add("certificate-serial-reused", key, own, number, packet, time, f"{subject} (serial {certificate.serial})")
        if leaf and certificate.spki_sha256:
            self._add("certificate-key-shared", certificate.spki_sha256, hash(_owner(certificate)), number, packet, time, subject)

    def issuer(self, name: str, leaf: Certificate, number: int, packet: int, time: int) -> None:
        """Take who issued the certificate that was shown for a server name."""
        who = leaf.issuer_o or leaf.issuer_cn or leaf.issuer or "nobody"
        self._add("several-issuers", name.lower(), hash(who), number, packet, time, who)

    def offer(self, server: str, *, offered: bool, number: int, packet: int, time: int) -> None:
        """Take whether a server (protocol, address, port) offered TLS on a connection; ``number`` is 0 where there is no handshake."""
        self._add("starttls-stripped", server, int(offered), number, packet, time, "TLS offered" if offered else "no TLS offered")

    def settle(self, *, end: bool = False) -> Iterator[Finding]:
        """Tell what the ledgers that are full hold, at the end what all hold; live what repeats since.  Call it now and then."""
        for ledger in self._ledgers.values():
            for group in ledger.notice(end=end):
                yield _finding(ledger, group)

    def counts(self, rule: str) -> tuple[int, int]:
        """Return how many distinct things a rule compared, and how many of them failed."""
        return self._ledgers[rule].distinct, self._ledgers[rule].failed

    def _add(self, rule: str, key: str, other: int, number: int, packet: int, time: int, text: str) -> None:
        ledger = self._ledgers[rule]
        ledger.fresh.append((hash(key), other, number, packet, time))
        ledger.call(other, text)


def _share(one: Handshake) -> bytes | None:
    """Return the server's key share (RFC 8446 section 4.2.8)."""
    return getattr(extension(one, codes.KEY_SHARE, server=True), "key_exchange", None)


def _owner(certificate: Certificate) -> str:
    """Return what tells one owner from another: whose domain the main name is in, or what else it is called."""
    names = (certificate.subject_cn, *certificate.san_dns, *certificate.san_ip, certificate.subject)
    return owned(next(filter(None, names), ""))


def _finding(ledger: Ledger | LiveLedger, group: Group) -> Finding:
    rule, (others, numbers, packets, times) = _RULES[ledger.rule], group
    told = list(dict.fromkeys(text for text in map(ledger.called, others) if text is not None))
    handshakes = sorted({number for number in numbers if number})
    named = ", ".join(map(str, handshakes[:5])) + (f" and {len(handshakes) - 5} more" if len(handshakes) > 5 else "")
    detail = "; ".join(told[:4]) + (f"; and {len(told) - 4} more" if len(told) > 4 else "")
    where = f"handshakes {named}" if handshakes else "connections without a handshake"
    return Finding(
        rule=rule.name,
        severity=rule.severity,
        title=rule.title,
        detail=f"{detail}: {where}" if detail else f"the same in {where}",
        citation=rule.citation,
        advice=rule.advice,
        handshake=handshakes[0] if handshakes else None,
        handshakes=tuple(handshakes[:MOST_HANDSHAKES]),
        count=len(others),
        packets=tuple(sorted(set(packets))[:MOST_PACKETS]),
        time=min(times),
    )


