"""Repeats: what is the same in several handshakes and should not be, or differs and should be the same.

Here lives: rules that compare, and the ledgers of 64-bit hashes that they compare by.  Here does not live: rules on one thing (``rules``).
Hashes are Python's own, drawn afresh in each process, so that nobody outside chooses two that are equal.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analyzer import registry
from analyzer.findings.finding import MOST_HANDSHAKES, MOST_PACKETS, Finding
from analyzer.findings.rule import Rule
from analyzer.findings.derived import extension

from analyzer.tls import codes
from analyzer.tls.messages import ClientKeyExchange, ServerKeyExchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.handshakes.handshake import Handshake, Seen
    from analyzer.x509 import Certificate

__all__ = ["REPEATS", "Repeats"]

MOST_ENTRIES = 200_000
"""Things that one ledger compares at a time (40 bytes each): what is older is told and let go."""
MOST_TEXTS = 20_000
SHORTEST_KEY = 16
"""Bytes of a key share below which it is no key (GREASE has one)."""
_MASK = (1 << 64) - 1


def _repeat(name: str, severity: str, title: str, scope: str, citation: str, advice: str) -> Rule:
    return Rule(name=name, severity=severity, title=title, subject="scan", scope=scope, citation=citation, advice=advice)


REPEATS: tuple[Rule, ...] = (
    _repeat("client-random-reused", "high", "The same client random in several handshakes", "distinct client randoms",
            "RFC 8446 section 4.1.2 and appendix C.1; RFC 5246 section 7.4.1.2", "Repair the client's random numbers: it may repeat keys too."),
    _repeat("server-random-reused", "high", "The same server random in several handshakes", "distinct server randoms",
            "RFC 8446 section 4.1.3 and appendix C.1; RFC 5246 section 7.4.1.3",
            "Repair the server's random numbers: it may repeat keys too, and handshakes can be replayed."),
    _repeat("client-key-share-reused", "low", "The same Diffie-Hellman key of a client in several handshakes", "distinct keys of clients",
            "RFC 9325 section 7.4; RFC 8446 appendix C.4", "Have the client make a new key for each handshake: it can be followed by this one."),
    _repeat("server-key-share-reused", "medium", "The same Diffie-Hellman key of a server in several handshakes", "distinct keys of servers",
            "RFC 9325 section 7.4; CVE-2016-0701", "Have the server make a new key for each handshake (OpenSSL: SSL_OP_SINGLE_DH_USE)."),
    _repeat("certificate-serial-reused", "medium", "Two certificates of one issuer have the same serial number", "distinct pairs of issuer and serial number",
            "RFC 5280 section 4.1.2.2", "Have both issued anew: revocation cannot tell them apart."),
    _repeat("certificate-key-shared", "medium", "Certificates of different owners share one key", "distinct public keys of leaf certificates",
            "CA/Browser Forum Baseline Requirements section 6.1.1.3; RFC 9525 section 7.3",
            "Give each its own key: appliances with a factory key can all be impersonated by each other."),
    _repeat("several-issuers", "medium", "One server name, certificates of several issuers: renewal, several hosts, or interception",
            "distinct server names with a certificate seen", "CISA alert TA17-075A (HTTPS interception); RFC 9325 section 7.1",
            "Compare the issuers: one that is no public CA, or is your own, is a middlebox that reads along."),
    _repeat("starttls-stripped", "high", "A server offers TLS on some connections and not on others", "servers of protocols that upgrade to TLS",
            "RFC 3207 section 6; RFC 8314 section 4.1; RFC 9325 section 3.2",
            "Look for somebody between client and server who takes the offer out; have clients require TLS."),
)  # fmt: skip
_RULES = {rule.name: rule for rule in REPEATS}


class _Ledger(msgspec.Struct):
    """What one rule compares: each entry is the hash of what must be unique, the hash of whose it is, and where it was seen."""

    rule: str
    keys: array[int] = msgspec.field(default_factory=lambda: array("Q"))
    others: array[int] = msgspec.field(default_factory=lambda: array("Q"))
    numbers: array[int] = msgspec.field(default_factory=lambda: array("q"))
    packets: array[int] = msgspec.field(default_factory=lambda: array("q"))
    times: array[int] = msgspec.field(default_factory=lambda: array("q"))
    texts: dict[int, str] = {}
    """Hash of an other -> what it is called, where that says something."""
    distinct: int = 0
    failed: int = 0

    def add(self, key: bytes, other: int, number: int, packet: int, time: int, text: str = "") -> None:
        """Take one entry; ``number`` is 0 where there is no handshake."""
        self.keys.append(hash(key) & _MASK)
        self.others.append(other)
        self.numbers.append(number)
        self.packets.append(packet)
        self.times.append(time)
        if text and len(self.texts) < MOST_TEXTS:
            self.texts[other] = text

    def columns(self) -> tuple[array[int], ...]:
        """Return the arrays."""
        return self.keys, self.others, self.numbers, self.packets, self.times


class Repeats:
    """Compares handshakes and certificates of a whole scan with each other, in bounded memory."""

    def __init__(self) -> None:
        self._ledgers = {rule.name: _Ledger(rule.name) for rule in REPEATS}
        self.full = 0
        """How often a ledger was full, so that older entries were let go."""

    def handshake(self, one: Handshake) -> Iterator[Finding]:
        """Take the randoms and key shares of a handshake; findings come only where a ledger was full."""
        hello, answer = one.client_hello, one.server_hello
        own = _identity(one)
        for seen in one.seen:
            message = seen.message
            if message is None:
                continue
            if message is hello and hello is not None and hello.random:
                yield from self._key("client-random-reused", hello.random, own, one.number, seen)
                for share in extension(one, codes.KEY_SHARE) or ():
                    if not registry.is_grease(share.group):
                        yield from self._key("client-key-share-reused", share.key_exchange, own, one.number, seen)
            elif message is answer and answer is not None:
                if answer.random:
                    yield from self._key("server-random-reused", answer.random, own, one.number, seen)
                yield from self._key("server-key-share-reused", _share(one), own, one.number, seen)
            elif isinstance(message, ServerKeyExchange):
                yield from self._key("server-key-share-reused", message.public, own, one.number, seen)
            elif isinstance(message, ClientKeyExchange):
                yield from self._key("client-key-share-reused", message.public, own, one.number, seen)

    def certificate(self, certificate: Certificate, number: int, packet: int, time: int, *, leaf: bool) -> Iterator[Finding]:
        """Take a certificate, each distinct one once."""
        own, subject = hash(certificate.sha256) & _MASK, certificate.subject or "an empty subject"
        if certificate.serial is not None and certificate.issuer and not certificate.precertificate and not certificate.self_issued:
            key = f"{certificate.issuer}\0{certificate.serial}".encode("utf-8", "surrogatepass")
            yield from self._add("certificate-serial-reused", key, own, number, packet, time, f"{subject} (serial {certificate.serial})")
        if leaf and certificate.spki_sha256:
            names = "\0".join(sorted({*certificate.san_dns, *certificate.san_ip}) or [subject])
            other = hash(_owner(names)) & _MASK
            yield from self._add("certificate-key-shared", certificate.spki_sha256.encode(), other, number, packet, time, subject)

    def issuer(self, name: str, leaf: Certificate, number: int, packet: int, time: int) -> Iterator[Finding]:
        """Take who issued the certificate that was shown for a server name."""
        who = leaf.issuer_o or leaf.issuer_cn or leaf.issuer or "nobody"
        yield from self._add("several-issuers", name.lower().encode("utf-8", "surrogatepass"), hash(who) & _MASK, number, packet, time, who)

    def offer(self, server: str, *, offered: bool, number: int, packet: int, time: int) -> Iterator[Finding]:
        """Take whether a server (protocol, address, port) offered TLS on a connection."""
        text = "TLS offered" if offered else "no TLS offered"
        yield from self._add("starttls-stripped", server.encode(), int(offered), number, packet, time, text)

    def finish(self) -> Iterator[Finding]:
        """Tell what is left."""
        for ledger in self._ledgers.values():
            yield from self._settle(ledger, keep=0)

    def counts(self, rule: str) -> tuple[int, int]:
        """Return how many distinct things a rule compared, and how many of them failed."""
        return self._ledgers[rule].distinct, self._ledgers[rule].failed

    def _key(self, rule: str, key: bytes | None, own: int, number: int, seen: Seen) -> Iterator[Finding]:
        return self._add(rule, key, own, number, seen.packet, seen.time) if key and len(key) >= SHORTEST_KEY else iter(())

    def _add(self, rule: str, key: bytes, other: int, number: int, packet: int, time: int, text: str = "") -> Iterator[Finding]:
        ledger = self._ledgers[rule]
        ledger.add(key, other, number, packet, time, text)
        if len(ledger.keys) >= MOST_ENTRIES:
            self.full += 1
            return self._settle(ledger, keep=MOST_ENTRIES // 2)
        return iter(())

    @staticmethod
    def _settle(ledger: _Ledger, keep: int) -> Iterator[Finding]:
        """Tell the keys that belong to several others, and let all but the newest entries go."""
        keys, others, numbers, packets, times = (np.frombuffer(column, dtype=column.typecode).copy() for column in ledger.columns())
        order = np.argsort(keys, kind="stable")
        bounds = np.flatnonzero(np.diff(keys[order])) + 1 if len(order) else np.array([], dtype=np.int64)
        ledger.distinct += len(bounds) + (len(order) > 0)
        changes = np.flatnonzero((np.diff(keys[order]) == 0) & (np.diff(others[order]) != 0))
        for group in np.unique(np.searchsorted(bounds, changes, side="right")).tolist():
            start = bounds[group - 1] if group else 0
            rows = order[start : bounds[group] if group < len(bounds) else len(order)]
            ledger.failed += 1
            yield _finding(ledger, *(column[rows].tolist() for column in (others, numbers, packets, times)))
        for column in ledger.columns():
            del column[: len(column) - keep]


def _share(one: Handshake) -> bytes | None:
    """Return the server's key share (RFC 8446 section 4.2.8)."""
    return getattr(extension(one, codes.KEY_SHARE, server=True), "key_exchange", None)


def _identity(one: Handshake) -> int:
    """Return what tells a handshake from others: one that a proxy handed on and that was captured twice is one."""
    hello, answer = one.client_hello, one.server_hello
    if hello is None or answer is None:
        return one.number
    return hash(hello.random + answer.random) & _MASK


def _owner(names: str) -> str:
    """Return what tells one owner from another: renewals share names, so the first name decides."""
    return names.partition("\0")[0].removeprefix("*.")


def _finding(ledger: _Ledger, others: list[int], numbers: list[int], packets: list[int], times: list[int]) -> Finding:
    rule = _RULES[ledger.rule]
    told = list(dict.fromkeys(ledger.texts[other] for other in others if other in ledger.texts))
    handshakes = sorted({number for number in numbers if number})
    named = ", ".join(map(str, handshakes[:5])) + (f" and {len(handshakes) - 5} more" if len(handshakes) > 5 else "")
    detail = "; ".join(told[:4]) + (f"; and {len(told) - 4} more" if len(told) > 4 else "")
    where = f"handshakes {named}" if handshakes else "connections without a handshake"
    return Finding(
        rule=rule.name,
        severity=rule.severity,
        title=rule.title,
        detail=f"{detail}: {where}" if detail else where,
        citation=rule.citation,
        advice=rule.advice,
        handshake=handshakes[0] if handshakes else None,
        handshakes=tuple(handshakes[:MOST_HANDSHAKES]),
        count=len(others),
        packets=tuple(sorted(set(packets))[:MOST_PACKETS]),
        time=min(times),
    )


