"""Rules on cipher suites: what was negotiated, and what a client still offers.

Here lives: these rules.  Here does not live: the parts of a suite (``registry``), groups and keys (``keys``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from analyzer import registry
from analyzer.findings.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.findings.frame import Frame, Mask
    from analyzer.registry import CipherSuite

__all__ = ["RULES"]


class Weakness(msgspec.Struct, frozen=True):
    """A kind of suite that should not be negotiated."""

    name: str
    severity: str
    title: str
    holds: Callable[[CipherSuite], bool]
    citation: str
    advice: str = "Remove such suites from the server's list; prefer ECDHE with AES-GCM or ChaCha20-Poly1305, or TLS 1.3."


STATIC_DH = frozenset({"DH", "ECDH"})
NO_SECRECY = frozenset({"RSA", "DH", "ECDH"})
"""Key exchanges without forward secrecy that have a rule of their own."""

WEAKNESSES: tuple[Weakness, ...] = (
    Weakness("null-cipher", "critical", "Nothing is encrypted: a NULL cipher suite",
             lambda suite: suite.cipher == "NULL", "RFC 9325 section 4.1"),
    Weakness("anonymous-cipher", "critical", "Nobody is authenticated: an anonymous cipher suite",
             lambda suite: suite.authentication == "anon", "RFC 5246 appendices A.5 and F.1.1.1"),
    Weakness("export-cipher", "critical", "An export cipher suite",
             lambda suite: suite.export, "RFC 9325 section 4.1; CVE-2015-0204 (FREAK); CVE-2015-4000 (Logjam)"),
    Weakness("rc4-cipher", "high", "An RC4 cipher suite",
             lambda suite: suite.cipher == "RC4" and not suite.export, "RFC 7465 section 2; CVE-2015-2808"),
    Weakness("des-cipher", "high", "A DES cipher suite, 56 bits",
             lambda suite: suite.cipher == "DES" and not suite.export, "RFC 5469 section 4; RFC 9325 section 4.1"),
    Weakness("3des-cipher", "medium", "A 3DES cipher suite: blocks of 64 bits",
             lambda suite: suite.cipher == "3DES", "RFC 9325 section 4.1; CVE-2016-2183 (SWEET32)"),
    Weakness("old-cipher", "medium", "A cipher that nobody uses any more: RC2, IDEA, SEED, SKIPJACK or FORTEZZA",
             lambda suite: suite.cipher in {"RC2", "IDEA", "SEED", "SKIPJACK", "FORTEZZA"} and not suite.export,
             "RFC 5469 section 4; RFC 9325 section 4.1; IANA TLS Cipher Suites (not recommended)"),
    Weakness("cbc-sha1-cipher", "low", "CBC mode with HMAC-SHA-1, and not encrypt-then-MAC",
             lambda suite: suite.mode == "CBC" and suite.mac == "SHA" and suite.cipher not in {"DES", "3DES", "RC2", "IDEA", "SEED"}
             and not suite.export, "RFC 9325 section 4.2; CVE-2013-0169 (Lucky Thirteen)",
             "Prefer suites with authenticated encryption (AES-GCM, ChaCha20-Poly1305)."),
    Weakness("static-rsa", "medium", "Static RSA key exchange: no forward secrecy",
             lambda suite: suite.key_exchange == "RSA" and not suite.export, "RFC 9325 section 4.1; CERT/CC VU#144389 (ROBOT)",
             "Remove the TLS_RSA_ suites from the server's list: who gets its key later reads this traffic."),
    Weakness("static-dh", "medium", "Static Diffie-Hellman key exchange: no forward secrecy",
             lambda suite: suite.key_exchange in STATIC_DH and not suite.export, "RFC 9325 section 4.1",
             "Remove the TLS_DH_ and TLS_ECDH_ suites from the server's list."),
)  # fmt: skip


@lru_cache(maxsize=1 << 16)
def _is(name: str, code: int) -> bool:
    suite = registry.cipher_suite(code)
    return suite is not None and _BY_NAME[name].holds(suite)


def _negotiated(weakness: Weakness) -> Rule:
    """Return the rule that this kind of suite is not negotiated."""

    def fails(frame: Frame) -> Mask:
        found: Mask = frame.each("cipher_suite_code", lambda code: _is(weakness.name, code))
        return found & ~frame.true("encrypt_then_mac") if weakness.name == "cbc-sha1-cipher" else found

    return Rule(
        name=weakness.name,
        severity=weakness.severity,
        title=weakness.title,
        subject="handshake",
        scope="handshakes in which a cipher suite was chosen",
        citation=weakness.citation,
        advice=weakness.advice,
        applies=lambda frame: frame.true("answered"),
        needs=("cipher_suite",),  # a suite that no registry knows cannot be judged
        fails=fails,
        detail="{cipher_suite} was negotiated",
        evidence=("server_hello",),
    )


_BY_NAME = {weakness.name: weakness for weakness in WEAKNESSES}
BROKEN = ("null-cipher", "anonymous-cipher", "export-cipher", "rc4-cipher", "des-cipher")
"""Kinds that a client should not even offer."""


@lru_cache(maxsize=4096)
def _broken(suites: tuple[int, ...]) -> tuple[str, ...]:
    """Return the names of the suites offered that are of a broken kind."""
    return tuple(registry.cipher_suite_name(code) or "" for code in dict.fromkeys(suites) if any(_is(name, code) for name in BROKEN))


def _broken_offer(frame: Frame, at: int) -> str:
    found = _broken(frame.cell("offered_suites", at))
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return f"the client offers {', '.join(found[:5])}{more}"


def _no_secrecy(frame: Frame) -> Mask:
    """Return where there is no forward secrecy and no other rule of this file says why."""
    static = frame.each("cipher_suite_code", lambda code: (registry.cipher_suite(code) or _NONE).key_exchange in NO_SECRECY)
    none: Mask = (frame["forward_secrecy"] == 0) & ~static
    return none


class _NoSuite(msgspec.Struct, frozen=True):
    key_exchange: str | None = None


_NONE = _NoSuite()

RULES: tuple[Rule, ...] = (
    *(_negotiated(weakness) for weakness in WEAKNESSES),
    Rule(
        name="no-forward-secrecy",
        severity="low",
        title="No forward secrecy: keys come from a pre-shared key or another long-lived secret alone",
        subject="handshake",
        scope="handshakes in which a cipher suite was chosen",
        citation="RFC 9325 sections 4.1 and 7.3; RFC 8446 appendix E.1",
        advice="Use (EC)DHE with the pre-shared key (psk_dhe_ke in TLS 1.3).",
        applies=lambda frame: frame.true("answered"),
        needs=("forward_secrecy",),
        fails=_no_secrecy,
        detail="{cipher_suite}, key exchange {key_exchange}",
        evidence=("server_hello",),
    ),
    Rule(
        name="broken-suites-offered",
        severity="medium",
        title="The client offers NULL, anonymous, export, RC4 or DES suites",
        subject="handshake",
        scope="handshakes with a ClientHello",
        citation="RFC 9325 section 4.1; RFC 7465 section 2",
        advice="Remove these suites from the client's list: a server that wants them gets them.",
        applies=lambda frame: frame.true("asked"),
        needs=("offered_suites",),
        fails=lambda frame: frame.each("offered_suites", lambda suites: bool(_broken(suites))),
        detail=_broken_offer,
        once="client",
        evidence=("client_hello",),
    ),
)
