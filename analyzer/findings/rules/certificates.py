"""Rules on single certificates: validity, keys, signatures, usage, names.  Each distinct certificate is judged once.

Here lives: these rules.  Here does not live: whether a chain leads to somebody trusted (``chains``), certificates compared (``repeats``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.domains import reaches_over_others
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
WEAK_HASHES = frozenset({"md2", "md4", "md5", "sha1", "ripemd160"})
SMALLEST_EXPONENT, FIRST_STRONG_EXPONENT = 3, 65_537
SERIAL_BITS = 48
"""A serial number of 64 random bits is that short once in 65,536 times."""
MANY_NAMES = 100
MOST_NAMES = 5
"""Names that a detail tells."""
KEY_EXCHANGE_USAGE = {"RSA": "keyEncipherment", "RSA_PSK": "keyEncipherment", "DH": "keyAgreement", "ECDH": "keyAgreement"}
"""Key exchange of the suite -> key usage that the certificate must have; all that sign need digitalSignature (RFC 5246 section 7.4.2)."""
EXTENDED = {
    "server": frozenset({"serverAuth", "anyExtendedKeyUsage", "msSGC", "nsSGC"}),
    "client": frozenset({"clientAuth", "anyExtendedKeyUsage"}),
}  # fmt: skip
"""Whose certificate -> the extended key usages of which it needs one, where it has any."""


def _below(frame: Frame, least: dict[str, int]) -> Mask:
    """Return where a key is shorter than its algorithm's least bits; algorithms that are not listed are none."""
    limits = frame.each("public_key_algorithm", lambda algorithm: least.get(algorithm, 0), int)
    short: Mask = frame["public_key_size"] < limits
    return short


def _small(frame: Frame) -> Mask:
    return _below(frame, {"RSA": 2048, "DSA": 2048, "EC": 224})


def _tiny(frame: Frame) -> Mask:
    return _below(frame, {"RSA": 1024, "DSA": 1024, "EC": 160})


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


def _key(frame: Frame, at: int) -> str:
    return f"{frame.cell('public_key_algorithm', at)} of {frame.cell('public_key_size', at)} bits: {_subject(frame, at)}"


def _usage(frame: Frame, at: int) -> str:
    """Tell which usage a leaf lacks for what it was used for, "" for none."""
    shown = frame.things[at]
    certificate, lacking = shown.certificate, []
    if certificate.extended_key_usage and not EXTENDED[shown.sender].intersection(certificate.extended_key_usage):
        lacking.append(f"extended key usage {shown.sender}Auth")
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


def _misplaced(name: str) -> bool:
    """Whether a wildcard is not the whole leftmost label, so that clients take it for none (RFC 9525 section 6.3)."""
    first, _, rest = name.partition(".")
    return first != "*" or "*" in rest


def _wildcards(tell: Callable[[str], bool]) -> Callable[[Frame, int], str]:
    """Return what tells the first wildcards of which something is so."""

    def told(frame: Frame, at: int) -> str:
        return _first([name for name in frame.cell("wildcards", at) or () if tell(name)])

    return told


_wide, _odd = _wildcards(reaches_over_others), _wildcards(_misplaced)


def _first(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")


def _weak_key(key: tuple[str, str | None]) -> str:
    return weak_modulus(*key) or ""


def _leaf(frame: Frame) -> Mask:
    return frame.true("leaf")


def _own_or_issued(frame: Frame) -> Mask:
    """Return all but roots that came along: what is odd in these does no harm to anybody who has them."""
    useful: Mask = _leaf(frame) | (frame["self_signed"] != 1)
    return useful


def _odd_exponent(frame: Frame) -> Mask:
    """Return where the exponent is one that RSA works with, and small (``weak_modulus`` tells of others)."""
    exponent = frame["public_key_exponent"]
    odd: Mask = (exponent >= SMALLEST_EXPONENT) & (exponent < FIRST_STRONG_EXPONENT) & (exponent % 2 == 1)
    return odd


def _many(frame: Frame, at: int) -> bool:
    return len(frame.cell("san_dns", at) or ()) > MANY_NAMES


_MADE_FOR_LONG = 2 * EXPIRING_DAYS * DAY


def _short_lived(frame: Frame) -> Mask:
    """Return where a certificate is made for so short a time that its end is always near."""
    short: Mask = frame.known("not_before", "not_after") & (frame["not_after"] - frame["not_before"] <= _MADE_FOR_LONG)
    return short


def _expiring(frame: Frame) -> Mask:
    soon: Mask = (frame["not_after"] >= frame["at"]) & (frame["not_after"] < frame["at"] + EXPIRING_DAYS * DAY)
    return soon


def _certificate(name: str, severity: str, title: str, citation: str, advice: str, **more: object) -> Rule:
    """Return a rule on certificates; its detail ends with whose certificate it is unless it says so itself."""
    fields: dict[str, object] = {"scope": "certificates of both sides", "detail": _subject, **more}
    return Rule(name=name, severity=severity, title=title, subject="certificate", citation=citation, advice=advice, **fields)  # type: ignore[arg-type]


_RENEW = "Renew the certificate, and automate that (RFC 8555)."
_REISSUE = "Have the certificate issued anew with a key of at least RSA 2048 or P-256."

RULES: tuple[Rule, ...] = (
    _certificate(
        "certificate-expired", "high", "A certificate had expired", "RFC 5280 sections 4.1.2.5 and 6.1.3", _RENEW,
        scope="leaf certificates of both sides", applies=_leaf, needs=("not_after",),
        fails=lambda frame: frame["not_after"] < frame["at"], detail=_until("not_after", "it ended on"),
    ),
    _certificate(
        "certificate-expiring", "low", f"A certificate is about to expire (within {EXPIRING_DAYS} days)", "RFC 5280 section 4.1.2.5",
        _RENEW, needs=("not_after",), detail=_until("not_after", "it ends on"), fails=_expiring,
        scope="leaf certificates of both sides that were made for longer than twice that",
        applies=lambda frame: _leaf(frame) & ~_short_lived(frame),
    ),
    _certificate(
        "certificate-not-yet-valid", "high", "A certificate was not valid yet", "RFC 5280 sections 4.1.2.5 and 6.1.3",
        "Install it later, or correct the clock of its CA or of the capture (tlsscan: --at).",
        scope="leaf certificates of both sides", applies=_leaf,
        needs=("not_before",), fails=lambda frame: frame["not_before"] > frame["at"], detail=_until("not_before", "it begins on"),
    ),
    _certificate(
        "certificate-tiny-key", "critical", "A key that can be computed: RSA or DSA below 1024 bits, a curve below 160",
        "RFC 9325 section 4.5; CA/Browser Forum Baseline Requirements section 6.1.5", _REISSUE,
        needs=("public_key_size",), fails=_tiny, detail=_key,
    ),
    _certificate(
        "certificate-small-key", "medium", "A small key: RSA or DSA below 2048 bits, a curve below 224",
        "RFC 9325 section 4.5; CA/Browser Forum Baseline Requirements section 6.1.5; NIST SP 800-57 part 1 section 5.6.3", _REISSUE,
        needs=("public_key_size",), fails=lambda frame: _small(frame) & ~_tiny(frame), detail=_key,
    ),
    _certificate(
        "certificate-weak-exponent", "low", "A small RSA exponent: signatures are forged where a verifier is careless",
        "CA/Browser Forum Baseline Requirements section 6.1.6; NIST FIPS 186-5 section 5.1; CVE-2006-4339",
        "Make a new key with the exponent 65537.",
        scope="certificates of both sides with an RSA key that did not sign themselves",
        applies=lambda frame: (frame["public_key_algorithm"] == "RSA") & (frame["self_signed"] != 1),
        needs=("public_key_exponent_hex",), fails=_odd_exponent,
        detail=lambda frame, at: f"exponent {frame.cell('public_key_exponent', at)}: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-weak-key", "critical", "A key with a known fault",
        "CVE-2017-15361 (ROCA); CA/Browser Forum Baseline Requirements section 6.1.1.3; NIST SP 800-89 section 5.3.3",
        "Make a new key with another library or device, and revoke the certificate.",
        scope="certificates of both sides with an RSA key", applies=lambda frame: frame["public_key_algorithm"] == "RSA",
        needs=("rsa_key",), fails=lambda frame: frame.each("rsa_key", lambda key: bool(_weak_key(key))),
        detail=lambda frame, at: f"{_weak_key(frame.cell('rsa_key', at))}: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-weak-signature", "medium", "A certificate signed with MD5, SHA-1 or older",
        "RFC 9155 section 1; RFC 9325 section 4.5; CA/Browser Forum Baseline Requirements section 7.1.3.2; CVE-2004-2761",
        "Have the certificate issued anew with SHA-256 or better.",
        scope="certificates of both sides that did not sign themselves", applies=lambda frame: frame["self_signed"] != 1,
        needs=("signature_algorithm",), fails=lambda frame: frame.each("signature_hash", lambda name: name in WEAK_HASHES),
        detail=lambda frame, at: f"{frame.cell('signature_algorithm', at)}: {_subject(frame, at)}",
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
        scope="leaf certificates of both sides", applies=_leaf, fails=lambda frame: frame.true("is_ca"),
    ),
    _certificate(
        "certificate-without-names", "medium", "No alternative names: clients do not look at the common name any more",
        "RFC 9525 section 2 and appendix A; RFC 9110 section 4.3.4", "Have it issued anew with the names as dNSName or iPAddress.",
        scope="leaf certificates of servers", applies=lambda frame: _leaf(frame) & (frame["sender"] == "server"),
        needs=("version",), fails=lambda frame: ~frame.known("san_dns") & ~frame.known("san_ip"),
    ),
    _certificate(
        "certificate-wide-wildcard", "high", "A wildcard that reaches over domains of others",
        "RFC 9525 section 6.3; CA/Browser Forum Baseline Requirements section 3.2.2.6", "Have it issued for the names that are served.",
        scope="certificates with a wildcard name", applies=lambda frame: frame.known("wildcards"), fails=_each_row(_wide),
        detail=lambda frame, at: f"{_wide(frame, at)}: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-misplaced-wildcard", "low", "A wildcard that is not the whole leftmost label: clients take it for none",
        "RFC 9525 section 6.3", "Have it issued for the names that are served.", scope="certificates with a wildcard name",
        applies=lambda frame: frame.known("wildcards"), fails=_each_row(_odd),
        detail=lambda frame, at: f"{_odd(frame, at)}: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-wildcard", "info", "A wildcard certificate: one stolen key serves for every name under it",
        "RFC 9525 sections 6.3 and 7.1", "Give services of different worth certificates of their own.",
        scope="leaf certificates of servers", applies=lambda frame: _leaf(frame) & (frame["sender"] == "server"),
        fails=lambda frame: frame.known("wildcards"), detail=lambda frame, at: _first(frame.cell("wildcards", at)),
    ),
    _certificate(
        "certificate-many-names", "info", f"More than {MANY_NAMES} names share one certificate", "RFC 9525 section 7.5",
        "Give services of different worth certificates of their own.", scope="leaf certificates of servers",
        applies=lambda frame: _leaf(frame) & (frame["sender"] == "server"),
        fails=_each_row(_many),
        detail=lambda frame, at: f"{len(frame.cell('san_dns', at))} names: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-serial-entropy", "low", "A serial number that can be guessed",
        "CA/Browser Forum Baseline Requirements section 7.1.2.7; RFC 5280 section 4.1.2.2",
        "Have the CA draw at least 64 random bits: a foreseeable certificate helps whoever can break its hash.",
        scope="leaf certificates of both sides that did not sign themselves",
        applies=lambda frame: _leaf(frame) & (frame["self_signed"] != 1),
        needs=("serial_bits",), fails=lambda frame: frame["serial_bits"] <= SERIAL_BITS,
        detail=lambda frame, at: f"serial number {frame.cell('serial', at)} (hex): {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-old-version", "low", "A certificate of version 1 or 2: no extensions, so no names, no usage, no CA bit",
        "RFC 5280 section 4.1.2.1; CA/Browser Forum Baseline Requirements section 7.1.1", "Have it issued anew as version 3.",
        scope="certificates of both sides that did not sign themselves", applies=lambda frame: frame["self_signed"] != 1,
        needs=("version",), fails=lambda frame: frame["version"] < 3,
        detail=lambda frame, at: f"version {frame.cell('version', at)}: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-malformed", "low", "A certificate whose encoding breaks the rules", "RFC 5280 section 4.1; ITU-T X.690 section 10",
        "Have it issued anew by a CA that encodes DER: stricter clients refuse this one.",
        scope="certificates of both sides, roots behind a leaf apart", applies=_own_or_issued,
        fails=lambda frame: frame.known("faults"),
        detail=lambda frame, at: f"{_first(frame.cell('faults', at))}: {_subject(frame, at)}",
    ),
    _certificate(
        "certificate-precertificate", "high", "A precertificate in a handshake", "RFC 6962 section 3.1",
        "Install the certificate, not the precertificate that was sent to the logs.", fails=lambda frame: frame.true("precertificate"),
    ),
)  # fmt: skip
