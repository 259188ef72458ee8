"""Rules on key exchange and signatures of the handshake: groups, primes, curves, hashes, post-quantum offers lost.

Here lives: these rules.  Here does not live: keys of certificates (``certificates``), keys used twice (``repeats``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.rule import Rule
from analyzer.registry.weak import prime_kind, weak_curve, weak_dh_prime

if TYPE_CHECKING:
    from analyzer.findings.frame import Frame, Mask

__all__ = ["RULES"]

MD5, SHA1 = 1, 2
"""HashAlgorithm, the first byte of a signature scheme (RFC 5246 section 7.4.1.4.1; those of RFC 8446 keep the number)."""
RSA, ECDSA = 1, 3
"""The first and the last SignatureAlgorithm, the second byte."""
SMALL_BITS = 2048
"""Bits below which a rule on length says all that is to be said of a prime that nobody knows."""


def _weak_scheme(code: int) -> bool:
    return code >> 8 in {MD5, SHA1} and RSA <= code & 0xFF <= ECDSA


@lru_cache(maxsize=1024)
def _weak_offer(schemes: tuple[int, ...]) -> str:
    return "offers " + ", ".join(registry.signature_scheme_name(code) or f"0x{code:04x}" for code in schemes if _weak_scheme(code))


@lru_cache(maxsize=1024)
def _prime(prime: bytes) -> str:
    """Tell what is weak in a prime beside its length, "" for nothing."""
    significant = prime.lstrip(b"\0")
    unknown = int.from_bytes(significant, "big").bit_length() < SMALL_BITS and registry.dh_group(significant) is None
    if unknown and prime_kind(significant) in {"safe", "untested"}:
        return ""
    return weak_dh_prime(prime) or ""


def _has_prime(frame: Frame) -> Mask:
    """Return where a prime was sent: looked for only where a finite field is known at all."""
    finite = frame.known("dh_bits")
    return finite & frame.known("dh_prime") if finite.any() else finite


@lru_cache(maxsize=256)
def _post_quantum(groups: tuple[int, ...]) -> bool:
    return any(one.post_quantum for code in groups if (one := registry.group(code)) is not None)


def _offer_lost(frame: Frame) -> Mask:
    """Return where a post-quantum group was offered, a HelloRetryRequest asked for another, and that one was taken."""
    lost: Mask = frame.each("offered_groups", _post_quantum) & frame.true("hello_retry") & (frame["post_quantum"] == 0)
    return lost


RULES: tuple[Rule, ...] = (
    Rule(
        name="broken-dh-group",
        severity="high",
        title="Finite-field Diffie-Hellman below 1024 bits",
        subject="handshake",
        scope="handshakes with a finite-field DH prime or group",
        citation="RFC 9325 section 4.5; CVE-2015-4000 (Logjam)",
        advice="Use ECDHE, or a group of RFC 7919 of at least 2048 bits.",
        applies=lambda frame: frame.known("dh_bits"),
        fails=lambda frame: frame["dh_bits"] < 1024,
        detail="a prime of {dh_bits} bits",
        evidence=("server_key_exchange", "server_hello"),
    ),
    Rule(
        name="small-dh-group",
        severity="medium",
        title="Finite-field Diffie-Hellman below 2048 bits",
        subject="handshake",
        scope="handshakes with a finite-field DH prime or group",
        citation="RFC 9325 section 4.5; CVE-2015-4000 (Logjam)",
        advice="Use ECDHE, or a group of RFC 7919 of at least 2048 bits.",
        applies=lambda frame: frame.known("dh_bits"),
        fails=lambda frame: (frame["dh_bits"] >= 1024) & (frame["dh_bits"] < 2048),
        detail="a prime of {dh_bits} bits",
        evidence=("server_key_exchange", "server_hello"),
    ),
    Rule(
        name="weak-dh-prime",
        severity="medium",
        title="A Diffie-Hellman prime that many servers share, or that is no safe prime",
        subject="handshake",
        scope="handshakes whose ServerKeyExchange holds a prime",
        citation="RFC 7919 section 9; RFC 9325 section 4.5; CVE-2015-4000 (Logjam)",
        advice="Use ECDHE or a group of RFC 7919.",
        applies=_has_prime,
        fails=lambda frame: frame.each("dh_prime", lambda prime: bool(_prime(prime))),
        detail=lambda frame, at: _prime(frame.cell("dh_prime", at)),
        evidence=("server_key_exchange",),
    ),
    Rule(
        name="weak-curve",
        severity="medium",
        title="A curve that is too small or withdrawn",
        subject="handshake",
        scope="handshakes with a named group",
        citation="RFC 8422 section 5.1.1; RFC 9325 section 4.5",
        advice="Use x25519, secp256r1 or secp384r1.",
        applies=lambda frame: frame.known("group_code"),
        fails=lambda frame: frame.each("group_code", lambda code: bool(weak_curve(code))),
        detail=lambda frame, at: weak_curve(frame.cell("group_code", at)) or "",
        evidence=("server_key_exchange", "server_hello"),
    ),
    Rule(
        name="export-rsa",
        severity="critical",
        title="A temporary RSA key of an export suite",
        subject="handshake",
        scope="handshakes whose ServerKeyExchange holds an RSA key",
        citation="RFC 4346 appendix F.1.1.2; CVE-2015-0204 (FREAK)",
        advice="Remove export suites from both sides; a client that takes such a key unasked must be updated.",
        applies=lambda frame: frame.known("export_rsa_bits"),
        fails=lambda frame: frame["export_rsa_bits"] < 2048,
        detail="an RSA key of {export_rsa_bits} bits",
        evidence=("server_key_exchange",),
    ),
    Rule(
        name="weak-handshake-signature",
        severity="medium",
        title="The server signed the key exchange with SHA-1 or MD5",
        subject="handshake",
        scope="handshakes of TLS 1.2 and later with a signature of the server",
        citation="RFC 9155 section 4; CVE-2015-7575 (SLOTH)",
        advice="Have the server sign with SHA-256 or better, and remove SHA-1 and MD5 from signature_algorithms of the client.",
        applies=lambda frame: frame.known("signature_scheme_code") | frame.true("tls13"),
        needs=("signature_scheme_code",),
        fails=lambda frame: frame.each("signature_scheme_code", _weak_scheme),
        detail="signed with {signature_scheme}",
        evidence=("server_key_exchange",),
    ),
    Rule(
        name="weak-signatures-offered",
        severity="info",
        title="The client takes signatures with SHA-1 or MD5",
        subject="handshake",
        scope="handshakes whose ClientHello has signature_algorithms",
        citation="RFC 9155 section 2",
        advice="Remove SHA-1 and MD5 from the client's signature_algorithms.",
        applies=lambda frame: frame.true("asked") & frame.known("offered_schemes"),
        fails=lambda frame: frame.each("offered_schemes", lambda schemes: any(map(_weak_scheme, schemes))),
        detail=lambda frame, at: _weak_offer(frame.cell("offered_schemes", at)),
        once="client",
        evidence=("client_hello",),
    ),
    Rule(
        name="post-quantum-offer-lost",
        severity="info",
        title="A post-quantum key exchange was offered, and a HelloRetryRequest asked for a classical one",
        subject="handshake",
        scope="handshakes whose client offers a post-quantum group",
        citation="RFC 8446 section 4.1.4",
        advice="Enable X25519MLKEM768 on the server: the retry costs a round trip, and who records this traffic may decrypt it later.",
        applies=lambda frame: frame.each("offered_groups", _post_quantum),
        needs=("hello_retry", "post_quantum"),
        fails=_offer_lost,
        detail="{group} was negotiated after a HelloRetryRequest",
        evidence=("client_hello", "hello_retry"),
    ),
)  # fmt: skip
