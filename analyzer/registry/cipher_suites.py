"""Cipher suites: a number in, the suite with its parts out.

Here lives: the type CipherSuite and look-up.  Here does not live: the table (``generated``, from IANA's "TLS Cipher Suites"
and older papers), whether a suite is any good (``findings``).
"""

from __future__ import annotations

from typing import NamedTuple

from analyzer.registry.generated.cipher_suites import CIPHER_SUITES, SIGNALS
from analyzer.registry.grease import is_grease

__all__ = ["CipherSuite", "cipher_suite", "cipher_suite_name", "encrypts_nothing"]


class CipherSuite(NamedTuple):
    """One cipher suite, read from its name.  Suites of TLS 1.3 have no key exchange and authentication: negotiated apart."""

    code: int
    """16 bits; SSL 2.0 kinds are 24 bits, such as 0x010080 (kind 00 xx yy is the TLS suite 0xXXYY)."""
    name: str
    """As IANA spells it; else as its paper does, with OLD_ in front where IANA's name means another number."""
    openssl_name: str | None
    key_exchange: str | None
    """RSA, DH, DHE, DH_anon, ECDH, ECDHE, ECDH_anon, PSK, DHE_PSK, RSA_PSK, ECDHE_PSK, SRP, KRB5, ECCPWD, GOST, SM2 … or None."""
    authentication: str | None
    """RSA, ECDSA, DSS, anon, PSK, SRP, KRB5, GOST12, SM2 … or None."""
    cipher: str
    """AES, CHACHA20, CAMELLIA, ARIA, SEED, 3DES, DES, RC4, RC2, IDEA, SM4, KUZNYECHIK, ASCON, NULL …"""
    mode: str | None
    """GCM, CCM, CCM_8, CBC, POLY1305, CTR, MGM … or None."""
    bits: int
    """Effective key bits: 112 for 3DES, 40 or 56 for export suites, 0 for NULL."""
    mac: str | None
    """SHA, SHA256, SHA384, MD5, SM3, OMAC, IMIT; AEAD where the cipher does it; None for no protection at all."""
    aead: bool
    forward_secrecy: bool | None
    """True for TLS 1.3: its one exception, psk_ke, is not the suite's doing."""
    export: bool
    recommended: bool | None
    """IANA's column "Recommended" (RFC 9847) is Y; None where IANA does not list the suite."""
    discouraged: bool
    """IANA's column "Recommended" is D."""
    sslv2: bool
    reference: str | None
    """The document that defines it."""


def cipher_suite(code: int) -> CipherSuite | None:
    """Return the suite of a number; None for an unknown one, for GREASE and for signalling values, which are no suites."""
    row = CIPHER_SUITES.get(code)
    return CipherSuite(code, *row) if row else None


def cipher_suite_name(code: int) -> str | None:
    """Return the name of a suite or signalling value (``TLS_FALLBACK_SCSV``), "GREASE" (RFC 8701), or None."""
    row = CIPHER_SUITES.get(code)
    if row:
        return row[0]
    return "GREASE" if is_grease(code) else SIGNALS.get(code)


def encrypts_nothing(code: int | None) -> bool:
    """Tell whether a suite only proves that nothing was changed: what it protects can be read (RFC 5246 section 6.2.3.1)."""
    suite = None if code is None else cipher_suite(code)
    return suite is not None and suite.cipher == "NULL"
