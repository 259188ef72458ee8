"""Rules on single certificates: validity, keys, signatures, usage, names.  Each distinct certificate is judged once.

Here lives: these rules.  Here does not live: whether a chain leads to somebody trusted (``chains``), certificates compared (``repeats``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.frame import ABSENT
from analyzer.findings.presented import day
from analyzer.findings.rule import Rule
from analyzer.registry.weak import weak_modulus

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.findings.frame import Frame, Mask

__all__ = ["EXPIRING_DAYS", "RULES"]

EXPIRING_DAYS = 30
"""A certificate that ends within so many days is about to expire: the renewal that ACME clients do at a third of 90 days is late."""
DAY = 86_400_000_000_000
CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1", "P-256", "P-384", "P-521", "prime256v1"})
USED = frozenset({"RSA", "EC", "DSA"})
WEAK_HASHES = frozenset({"md2", "md4", "md5", "sha1", "ripemd160"})
FIRST_STRONG_EXPONENT = 65_537
ENTROPY_BITS = 64
MANY_NAMES = 100
SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "go", "mil", "net", "ne", "or", "org", "gob", "nom", "sch", "ltd", "plc", "me"})
"""Second labels under which whole countries register (co.uk, com.au …)."""
KEY_EXCHANGE_USAGE = {"RSA": "keyEncipherment", "DH": "keyAgreement", "ECDH": "keyAgreement"}
"""Key exchange of the suite -> key usage that the certificate must have; all that sign need digitalSignature (RFC 5246 section 7.4.2)."""
EXTENDED = {"server": "serverAuth", "client": "clientAuth"}
ANY = frozenset({"anyExtendedKeyUsage", "serverGatedCrypto", "msServerGatedCrypto", "nsSGC"})


def _small(frame: Frame) -> Mask:
    algorithm, size = frame["public_key_algorithm"], frame["public_key_size"]
    return ((algorithm == "RSA") & (size < 2048)) | ((algorithm == "EC") & (size < 256)) | ((algorithm == "DSA") & (size < 2048))


def _tiny(frame: Frame) -> Mask:
    algorithm, size = frame["public_key_algorithm"], frame["public_key_size"]
    return ((algorithm == "RSA") & (size < 1024)) | ((algorithm == "EC") & (size < 160)) | ((algorithm == "DSA") & (size < 1024))


def _days(nanoseconds: int) -> str:
    days = abs(nanoseconds) / DAY
    return f"{days:,.0f} days" if days >= 2 else f"{days * 24:.0f} hours"


def _until(column: str, words: str) -> Callable[[Frame, int], str]:
    """Return what tells when a certificate begins or ends, against the time that it is judged for."""

    def tell(frame: Frame, at: int) -> str:
        then, now = frame.cell(column, at), frame.cell("at", at)
        side = "before" if then < now else "after"
        return f"{words} {day(then)}, {_days(now - then)} {side} {day(now)}: {_subject(frame, at)}"

    return tell


def _subject(frame: Frame, at: int) -> str:
    return str(frame.cell("subject_cn", at) or frame.cell("subject", at) or "an empty subject")


def _usage(frame: Frame, at: int) -> str:
    """Tell which usage a leaf lacks for what it was used for, "" for none."""
    shown = frame.things[at]
    certificate, lacking = shown.certificate, []
    if certificate.extended_key_usage and not ANY.intersection(certificate.extended_key_usage):
        wanted = EXTENDED[shown.sender]
        if wanted not in certificate.extended_key_usage:
            lacking.append(f"extended key usage {wanted}")
    suite = registry.cipher_suite(shown.handshake.cipher_suite or 0)
    if certificate.key_usage and suite is not None:
        exchange = suite.key_exchange if shown.sender == "server" else None
        wanted = KEY_EXCHANGE_USAGE.get(exchange or "", "digitalSignature")
        if wanted not in certificate.key_usage:
            lacking.append(f"key usage {wanted}")
    return " and ".join(lacking)


def _each_row(tell: Callable[[Frame, int], object]) -> Callable[[Frame], Mask]:
    """Return a mask-maker that asks row by row: certificates are few."""

    def mask(frame: Frame) -> Mask:
        found = frame.all()
        for at in range(len(frame)):
            found[at] = bool(tell(frame, at))
        return found

    return mask


@lru_cache(maxsize=4096)
def _too_wide(name: str) -> bool:
    """Whether a wildcard reaches over what belongs to many: a whole top-level domain, or a country's co.uk."""
    labels = name.rstrip(".").lower().split(".")
    if "*" not in labels[0]:
        return any("*" in label for label in labels)
    return len(labels) < 3 or (len(labels) == 3 and len(labels[2]) == 2 and labels[1] in SECOND_LEVEL)


def _wide(frame: Frame, at: int) -> str:
    return ", ".join([name for name in frame.cell("wildcards", at) or () if _too_wide(name)][:5])


@lru_cache(maxsize=4096)
def _weak_modulus(modulus: str) -> str:
    return weak_modulus(modulus) or ""


def _leaf(frame: Frame) -> Mask:
    return frame.true("leaf")


def _certificate(name: str, severity: str, title: str, citation: str, advice: str, **more: object) -> Rule:
    """Return a rule on certificates; its detail ends with whose certificate it is unless it says so itself."""
    fields: dict[str, object] = {"scope": "certificates of both sides", "evidence": ("shown",), **more}
    return Rule(name=name, severity=severity, title=title, subject="certificate", citation=citation, advice=advice, **fields)  # type: ignore[arg-type]


_RENEW = "Renew the certificate, and automate that (RFC 8555)."
_REISSUE = "Have the certificate issued anew with a key of at least RSA 2048 or P-256."

RULES: tuple[Rule, ...] = (
    _certificate(
        "certificate-expired", "high", "A certificate had expired", "RFC 5280 sections 4.1.2.5 and 6.1.3", _RENEW,
        needs=("not_after",), fails=lambda frame: frame["not_after"] < frame["at"], detail=_until("not_after", "it ended on"),
    ),
    _certificate(
        "certificate-expiring", "low", f"A certificate is about to expire (within {EXPIRING_DAYS} days)", "RFC 5280 section 4.1.2.5",
        _RENEW, needs=("not_after",), detail=_until("not_after", "it ends on"),
        fails=lambda frame: (frame["not_after"] >= frame["at"]) & (frame["not_after"] < frame["at"] + EXPIRING_DAYS * DAY)
        & ((frame["not_after"] - frame["not_before"]) > 2 * EXPIRING_DAYS * DAY),
        scope="certificates of both sides that were made for longer than twice that",
        applies=lambda frame: (frame["not_before"] == ABSENT) | ((frame["not_after"] - frame["not_before"]) > 2 * EXPIRING_DAYS * DAY),
    ),
    _certificate(
        "certificate-not-yet-valid", "high", "A certificate was not valid yet", "RFC 5280 sections 4.1.2.5 and 6.1.3",
        "Correct the clock of whoever issued it, or install it later.",
        needs=("not_before",), fails=lambda frame: frame["not_before"] > frame["at"], detail=_until("not_before", "it begins on"),
    ),
    _certificate(
        "certificate-tiny-key", "critical", "A key that can be computed: RSA or DSA below 1024 bits, a curve below 160",
        "RFC 9325 section 4.5; CA/Browser Forum Baseline Requirements section 6.1.5", _REISSUE,
        needs=("public_key_size",), fails=_tiny, detail="{public_key_algorithm} {public_key_size}: {subject}",
    ),
    _certificate(
        "certificate-small-key", "medium", "A small key: RSA or DSA below 2048 bits, a curve below 256",
        "RFC 9325 section 4.5; CA/Browser Forum Baseline Requirements section 6.1.5; NIST SP 800-57 part 1 section 5.6.3", _REISSUE,
        needs=("public_key_size",), fails=lambda frame: _small(frame) & ~_tiny(frame),
        detail="{public_key_algorithm} {public_key_size}: {subject}",
    ),
    _certificate(
        "certificate-weak-exponent", "medium", "A weak RSA exponent",
        "CA/Browser Forum Baseline Requirements section 6.1.6; NIST FIPS 186-5 section 5.1", "Make a new key with the exponent 65537.",
        scope="certificates of both sides with an RSA key that did not sign themselves",
        applies=lambda frame: (frame["public_key_algorithm"] == "RSA") & (frame["self_signed"] != 1),
        needs=("public_key_exponent_hex",), detail="exponent 0x{public_key_exponent_hex}: {subject}",
        fails=lambda frame: (frame["public_key_exponent"] != ABSENT)
        & ((frame["public_key_exponent"] < FIRST_STRONG_EXPONENT) | (frame["public_key_exponent"] % 2 == 0)),
    ),
    _certificate(
        "certificate-weak-key", "critical", "A key with a known fault",
        "CVE-2017-15361 (ROCA); CA/Browser Forum Baseline Requirements section 6.1.1.3; NIST SP 800-89 section 5.3.3",
        "Make a new key with another library or device, and revoke the certificate.",
        scope="certificates of both sides with an RSA key", applies=lambda frame: frame["public_key_algorithm"] == "RSA",
        needs=("modulus",), fails=lambda frame: frame.each("modulus", lambda modulus: bool(_weak_modulus(modulus))),
        detail=lambda frame, at: f"{_weak_modulus(frame.cell('modulus', at))}: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-weak-signature", "medium", "A certificate signed with MD5, SHA-1 or older",
        "RFC 9155 section 1; RFC 9325 section 4.5; CA/Browser Forum Baseline Requirements section 7.1.3.2; CVE-2004-2761",
        "Have the certificate issued anew with SHA-256 or better.",
        scope="certificates of both sides that did not sign themselves", applies=lambda frame: frame["self_signed"] != 1,
        needs=("signature_algorithm",), fails=lambda frame: frame.each("signature_hash", lambda name: name in WEAK_HASHES),
        detail="{signature_algorithm}: {subject}",
    ),
    _certificate(
        "certificate-wrong-usage", "medium", "A certificate that was not made for this use",
        "RFC 5280 sections 4.2.1.3 and 4.2.1.12; RFC 5246 section 7.4.2; RFC 8446 section 4.4.2.2",
        "Have it issued anew with the usages that TLS needs.", scope="leaf certificates of both sides", applies=_leaf,
        fails=_each_row(_usage), detail=lambda frame, at: f"without {_usage(frame, at)}: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-is-ca", "low", "A CA certificate is used as a server's or client's own",
        "CA/Browser Forum Baseline Requirements section 7.1.2.7; RFC 5280 section 4.2.1.9",
        "Issue a certificate of its own for the server: who steals this key can issue certificates.",
        scope="leaf certificates of both sides", applies=_leaf, fails=lambda frame: frame.true("is_ca"), detail="{subject}",
    ),
    _certificate(
        "certificate-without-names", "medium", "No alternative names: clients do not look at the common name any more",
        "RFC 9525 section 2 and appendix A; RFC 9110 section 4.3.4", "Have it issued anew with the names as dNSName or iPAddress.",
        scope="leaf certificates of servers", applies=lambda frame: _leaf(frame) & (frame["sender"] == "server"),
        fails=lambda frame: ~frame.known("san_dns") & ~frame.known("san_ip"), detail="{subject}",
    ),
    _certificate(
        "certificate-wide-wildcard", "high", "A wildcard that reaches over domains of others",
        "RFC 9525 section 6.3; CA/Browser Forum Baseline Requirements section 3.2.2.6", "Have it issued for the names that are served.",
        scope="certificates with a wildcard name", applies=lambda frame: frame.known("wildcards"), fails=_each_row(_wide),
        detail=lambda frame, at: f"{_wide(frame, at)}: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-wildcard", "info", "A wildcard certificate: one stolen key serves for every name under it",
        "RFC 9525 sections 6.3 and 7.1", "Give services of different worth certificates of their own.",
        scope="leaf certificates of servers", applies=lambda frame: _leaf(frame) & (frame["sender"] == "server"),
        fails=lambda frame: frame.known("wildcards"), detail="{wildcards}",
    ),
    _certificate(
        "certificate-many-names", "info", f"More than {MANY_NAMES} names share one certificate", "RFC 9525 section 7.3",
        "Give services of different worth certificates of their own.", scope="leaf certificates of servers",
        applies=lambda frame: _leaf(frame) & (frame["sender"] == "server"),
        fails=_each_row(lambda frame, at: len(frame.cell("san_dns", at) or ()) > MANY_NAMES),
        detail=lambda frame, at: f"{len(frame.cell('san_dns', at))} names: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-serial-entropy", "low", "A serial number that can be guessed",
        "CA/Browser Forum Baseline Requirements section 7.1; RFC 5280 section 4.1.2.2",
        "Have the CA draw at least 64 random bits: a foreseeable certificate helps whoever can break its hash.",
        scope="leaf certificates of both sides that did not sign themselves", applies=lambda frame: _leaf(frame) & (frame["self_signed"] != 1),
        needs=("serial_bits",), fails=lambda frame: frame["serial_bits"] < ENTROPY_BITS - 8, detail="serial {serial}: {subject}",
    ),
    _certificate(
        "certificate-old-version", "low", "A certificate of version 1 or 2: no extensions, so no names, no usage, no CA bit",
        "RFC 5280 section 4.1.2.1; CA/Browser Forum Baseline Requirements section 7.1.1", "Have it issued anew as version 3.",
        scope="certificates of both sides that did not sign themselves", applies=lambda frame: frame["self_signed"] != 1,
        needs=("version",), fails=lambda frame: frame["version"] < 3, detail="version {version}: {subject}",
    ),
    _certificate(
        "certificate-malformed", "low", "A certificate whose encoding breaks the rules", "RFC 5280 section 4.1; ITU-T X.690 section 10",
        "Have it issued anew by a CA that encodes DER: stricter clients refuse this one.",
        fails=lambda frame: frame.known("faults"), detail="{faults}: {subject}",
    ),
    _certificate(
        "certificate-precertificate", "high", "A precertificate in a handshake", "RFC 6962 section 3.1",
        "Install the certificate, not the precertificate that was sent to the logs.", fails=lambda frame: frame.true("precertificate"),
        detail="{subject}",
    ),
)  # fmt: skip
