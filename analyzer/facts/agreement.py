"""The handshakes table's columns about what both sides agreed on: version, suite, keys, protocol, options.

Here lives: these columns and their cells.  Here does not live: how a resumption is recognised (``resumption``), certificates
(``identity``).  What was not seen is null.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from analyzer import registry
from analyzer.facts.resumption import resumption
from analyzer.facts.table import Column
from analyzer.facts.texts import wire_text
from analyzer.fingerprints.ja3 import ja3s
from analyzer.handshakes.handshake import SERVER
from analyzer.tls.codes import (
    ALPN,
    CERTIFICATE_VERIFY,
    EARLY_DATA,
    KEY_SHARE,
    KEY_SHARE_DRAFT,
    NEW_SESSION_TICKET,
    PRE_SHARED_KEY,
    RENEGOTIATION_INFO,
    SERVER_KEY_EXCHANGE,
)
from analyzer.tls.messages import CertificateVerify, NewSessionTicket, ServerKeyExchange

if TYPE_CHECKING:
    from analyzer.facts.story import Story
    from analyzer.facts.table import Row

__all__ = ["COLUMNS", "cells"]

COLUMNS = (
    Column("version", "text", "The negotiated version, or the record's where no hello was seen."),
    Column("version_code", "int", "Number of version, 772 for TLS 1.3."),
    Column("cipher_suite", "text", "The chosen cipher suite, IANA's spelling; null where the number is in no registry."),
    Column("cipher_suite_code", "int", "Number of cipher_suite."),
    Column("cipher", "text", "The suite's cipher: AES, CHACHA20, 3DES, NULL …"),
    Column("cipher_mode", "text", "Its mode: GCM, CBC, CCM …"),
    Column("cipher_bits", "int", "Its effective key length in bits: 3DES 112, NULL 0."),
    Column("mac", "text", "Its MAC: SHA, SHA256, MD5, AEAD …"),
    Column("authentication", "text", "How the suite has the server prove itself: RSA, ECDSA, anon …; null in TLS 1.3."),
    Column("key_exchange", "text", "The suite's (RSA, ECDHE …); in TLS 1.3 the group's: ECDHE, DHE, ML-KEM, KEM, hybrid; or PSK alone."),
    Column("forward_secrecy", "flag", "A private key stolen later does not open this traffic (of the suite; a ticket's key still may)."),
    Column("group", "text", "The ServerHello's key_share, or the ServerKeyExchange's named curve or well-known DH prime."),
    Column("group_code", "int", "Number of group; null for a DH prime, which travels without one."),
    Column("dh_bits", "int", "Bits of the finite-field DH prime."),
    Column("export_rsa_bits", "int", "Bits of the temporary RSA key of an export suite."),
    Column("post_quantum", "flag", "The key exchange has a part that resists a quantum computer; null where it is not known."),
    Column("signature_scheme", "text", "What the server signed the key exchange with; encrypted in TLS 1.3."),
    Column("signature_scheme_code", "int", "Number of signature_scheme; null before TLS 1.2, which has no such number."),
    Column("alpn", "text", "The protocol that the server chose (RFC 7301); encrypted in TLS 1.3."),
    Column("resumption", "text", "session_id, ticket or psk: how an earlier session was taken up; null for a full handshake."),
    Column("resumption_evidence", "text", "What on the wire says so."),
    Column("early_data_accepted", "flag", "The server took the early data; null where that is encrypted or none was offered."),
    Column("hello_retry", "flag", "The server asked for a second ClientHello (HelloRetryRequest)."),
    Column("extended_master_secret", "flag", "Both sides agreed on RFC 7627; null in TLS 1.3, which always does the like."),
    Column("secure_renegotiation", "flag", "Both sides agreed on RFC 5746; null in TLS 1.3, which has no renegotiation."),
    Column("encrypt_then_mac", "flag", "Both sides agreed on RFC 7366; null in TLS 1.3."),
    Column("compression_method", "text", "The chosen compression; null where none is used."),
    Column("compression_method_code", "int", "Number of compression_method."),
    Column("ticket_lifetime", "int", "Lifetime hint in seconds of the first NewSessionTicket in the clear."),
    Column("session_id", "text", "The ServerHello's session id, hex."),
    Column("server_random", "text", "The ServerHello's random, hex."),
    Column("ja3s", "text", "JA3S of the ServerHello, MD5 hex."),
)
"""The columns, in the order of ``cells``."""

GROUP_EXCHANGE = {"ecdh": "ECDHE", "ffdhe": "DHE", "mlkem": "ML-KEM", "kem": "KEM", "hybrid": "hybrid", "explicit": "ECDHE"}
"""Kind of a TLS 1.3 group (``registry.Group.kind``) -> key_exchange."""
ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET = 22, 23  # RFC 7366, RFC 7627
NO_SUITE = (None,) * 8


@lru_cache(maxsize=1024)
def suite_cells(code: int) -> tuple[Any, ...]:
    """Name, cipher, mode, bits, MAC, authentication, key exchange and forward secrecy of a suite."""
    suite = registry.cipher_suite(code)
    if suite is None:
        return (registry.cipher_suite_name(code), *NO_SUITE[1:])
    return (
        suite.name, suite.cipher, suite.mode, suite.bits, suite.mac, suite.authentication, suite.key_exchange, suite.forward_secrecy,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def group_cells(code: int) -> tuple[str | None, str | None, int | None, bool | None]:
    """Name, TLS 1.3 key exchange, bits where it is a finite field, and post-quantum flag of a group."""
    group = registry.group(code)
    if group is None:
        return registry.group_name(code), None, None, None
    return group.name, GROUP_EXCHANGE.get(group.kind), group.bits if group.kind == "ffdhe" else None, group.post_quantum


def bits(number: bytes | None) -> int | None:
    """Bits of a big-endian number, None where it is absent or zero."""
    return int.from_bytes(number, "big").bit_length() or None if number else None


def key_cells(story: Story, exchange: str | None) -> Row:
    """Cells key_exchange and forward_secrecy (where TLS 1.3 decides them), and group to post_quantum of COLUMNS.

    ``exchange`` is the suite's, which decides before TLS 1.3.
    """
    if story.tls13:
        share = story.answered.get(KEY_SHARE) or story.answered.get(KEY_SHARE_DRAFT)
        code = getattr(share, "group", None)
        if code is None:
            psk = PRE_SHARED_KEY in story.answered
            return ("PSK" if psk else None, False if psk else None, None, None, None, None, None)
        name, group_exchange, dh_bits, post_quantum = group_cells(code)
        return group_exchange, True, name, code, dh_bits, None, post_quantum
    post_quantum = None if story.handshake.server_hello is None else exchange == "CECPQ1"  # BoringSSL's experiment of 2016
    told = story.told(SERVER, SERVER_KEY_EXCHANGE, ServerKeyExchange)
    if told is None:
        return None, None, None, None, None, None, post_quantum
    if told.group is not None:
        return None, None, group_cells(told.group)[0], told.group, None, None, post_quantum
    prime = told.dh_p
    return None, None, registry.dh_group(prime) if prime else None, None, bits(prime), bits(told.rsa_modulus), post_quantum


def early_data_accepted(story: Story) -> bool | None:
    """Whether the server took early data: said in EncryptedExtensions; impossible without a PSK or after a retry (RFC 8446 4.2.10)."""
    if EARLY_DATA not in story.offered or story.handshake.server_hello is None:
        return None
    if not story.tls13 or story.handshake.hello_retry is not None or PRE_SHARED_KEY not in story.answered:
        return False
    return None if story.encrypted else EARLY_DATA in story.answered


def cells(story: Story) -> Row:
    """Cells of one handshake, in the order of COLUMNS."""
    handshake, answered, tls13 = story.handshake, story.answered, story.tls13
    version, suite_code, hello = handshake.version, handshake.cipher_suite, handshake.server_hello
    suite, cipher, mode, strength, mac, authentication, exchange, secrecy = NO_SUITE if suite_code is None else suite_cells(suite_code)
    tls13_exchange, tls13_secrecy, *keys = key_cells(story, exchange)
    signed = story.told(SERVER, SERVER_KEY_EXCHANGE, ServerKeyExchange) or story.told(SERVER, CERTIFICATE_VERIFY, CertificateVerify)
    scheme = signed.signature_scheme if signed else None
    protocols = answered.get(ALPN)
    compression = hello.compression_method or None if hello else None
    ticket = story.told(SERVER, NEW_SESSION_TICKET, NewSessionTicket)
    optional = hello is not None and not tls13  # TLS 1.3 made these options its law
    return (
        None if version is None else registry.version_name(version),
        version,
        suite,
        suite_code,
        cipher,
        mode,
        strength,
        mac,
        authentication,
        tls13_exchange if tls13 else exchange,
        tls13_secrecy if tls13 else secrecy,
        *keys,
        None if scheme is None else registry.signature_scheme_name(scheme),
        scheme,
        wire_text(protocols[0]) if protocols else None,
        *resumption(story),
        early_data_accepted(story),
        True if handshake.hello_retry is not None else None if hello is None else False,
        EXTENDED_MASTER_SECRET in answered if optional else None,
        RENEGOTIATION_INFO in answered if optional else None,
        ENCRYPT_THEN_MAC in answered if optional else None,
        None if compression is None else registry.compression_method_name(compression),
        compression,
        ticket.lifetime if ticket else None,
        hello.session_id.hex() or None if hello else None,
        hello.random.hex() or None if hello else None,
        ja3s(hello) if hello else None,
    )
