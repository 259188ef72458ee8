"""The handshakes table's columns about who proved to be who: certificates of both sides and what vouches for them.

Here lives: these columns and their cells.  Here does not live: what stands in a certificate (``certificates``), trust.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from analyzer import registry
from analyzer.facts.table import Column
from analyzer.handshakes.handshake import SERVER
from analyzer.tls.codes import (
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CERTIFICATE_STATUS,
    COMPRESSED_CERTIFICATE,
    SERVER_HELLO_DONE,
    SIGNED_CERTIFICATE_TIMESTAMP,
    STATUS_REQUEST,
)
from analyzer.tls.messages import Certificate, CertificateStatus, CompressedCertificate
from analyzer.x509 import read_certificate

if TYPE_CHECKING:
    from analyzer.facts.story import Story
    from analyzer.facts.table import Row

__all__ = ["COLUMNS", "cells", "entries"]

STATES = "seen, none (this handshake has none), encrypted, resumed (an earlier session's) or unseen (not in the capture)"

COLUMNS = (
    Column("certificates", "texts", "SHA-256 of the server's certificates, hex, leaf first; null where no Certificate message was seen."),
    Column("certificates_state", "text", f"Why there are certificates or not: {STATES}."),
    Column("client_certificate_requested", "flag", "The server asked for a client certificate; null where encrypted or not seen."),
    Column("client_certificates", "texts", "SHA-256 of the client's certificates, hex, leaf first; empty for an empty Certificate."),
    Column("client_certificates_state", "text", f"As certificates_state: {STATES}."),
    Column("leaf_subject", "text", "Subject of the server's first certificate (RFC 4514)."),
    Column("leaf_issuer", "text", "Its issuer (RFC 4514)."),
    Column("leaf_not_before", "time", "Start of its validity."),
    Column("leaf_not_after", "time", "End of its validity."),
    Column("leaf_key_algorithm", "text", "Algorithm of its public key."),
    Column("leaf_key_bits", "int", "Size of its public key in bits."),
    Column("ocsp_stapled", "flag", "The server sent an OCSP response (RFC 6066 section 8); null where encrypted or not seen."),
    Column("scts", "int", "Signed certificate timestamps (RFC 6962) seen in the leaf and in extensions; null where neither could be seen."),
    Column("hidden", "texts", "Columns that are null because the wire encrypts what they tell; null where nothing is hidden so."),
)
"""The columns, in the order of ``cells``."""

CERTLESS = frozenset({"anon", "PSK", "NULL", "SRP", "KRB5", "ECCPWD", "ECJPAKE"})
"""Authentications of suites (``registry.CipherSuite.authentication``) in which the server shows no certificate."""
HIDDEN = ["signature_scheme", "alpn", "certificates", "client_certificate_requested", "client_certificates", "ocsp_stapled"]
"""What TLS 1.3 encrypts (RFC 8446 section 2)."""
NO_LEAF = (None,) * 6
CACHED_BYTES = 16 << 10
"""Chains up to this size are remembered: the usual ones, and never many megabytes of hostile ones."""


def leaf_cells(der: bytes) -> tuple[Any, ...]:
    """Subject, issuer, validity, key and number of embedded timestamps of a certificate."""
    leaf = read_certificate(der)
    return (
        leaf.subject, leaf.issuer, leaf.not_before, leaf.not_after, leaf.public_key_algorithm, leaf.public_key_size, len(leaf.scts or ()),
    )  # fmt: skip


@lru_cache(maxsize=256)
def usual_chain(chain: tuple[bytes, ...]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Hashes of a chain and cells of its leaf, remembered."""
    return tuple(sha256(der).hexdigest() for der in chain), leaf_cells(chain[0])


def hashes(chain: tuple[bytes, ...] | None) -> list[str] | None:
    """SHA-256 of each certificate of a chain, hex; None for None."""
    if not chain:
        return None if chain is None else []
    if sum(map(len, chain)) <= CACHED_BYTES:
        return [*usual_chain(chain)[0]]
    return [sha256(der).hexdigest() for der in chain]


def leaf(chain: tuple[bytes, ...] | None) -> tuple[Any, ...]:
    """Cells of the first certificate of a chain."""
    if not chain:
        return (*NO_LEAF, 0)
    return usual_chain(chain)[1] if sum(map(len, chain)) <= CACHED_BYTES else leaf_cells(chain[0])


def entries(message: object) -> tuple[Any, ...]:
    """Entries of a Certificate or of what a CompressedCertificate unpacked to; () for any other message."""
    if isinstance(message, CompressedCertificate):
        message = message.certificate
    return message.chain if isinstance(message, Certificate) else ()


def certificate_requested(story: Story, resumed: bool) -> bool | None:
    """Whether the server asked for a client certificate; before TLS 1.3 a flight that ends without asking says no."""
    if CERTIFICATE_REQUEST in story.server:
        return True
    return False if SERVER_HELLO_DONE in story.server or (resumed and not story.tls13) else None


def server_state(story: Story, resumed: bool) -> str:
    """Say why there are server certificates or not."""
    handshake = story.handshake
    if handshake.server_chain is not None:
        return "seen" if handshake.server_chain else "none"
    if handshake.server_hello is None:
        return "unseen"
    if resumed:
        return "resumed"
    if story.tls13:
        return "encrypted" if None in story.server else "unseen"
    suite = None if handshake.cipher_suite is None else registry.cipher_suite(handshake.cipher_suite)
    return "none" if SERVER_HELLO_DONE in story.server or (suite is not None and suite.authentication in CERTLESS) else "unseen"


def client_state(story: Story, resumed: bool, requested: bool | None) -> str:
    """Say why there are client certificates or not."""
    handshake = story.handshake
    if handshake.client_chain is not None:
        return "seen" if handshake.client_chain else "none"
    if handshake.server_hello is None:
        return "unseen"
    if resumed:
        return "resumed"
    if story.tls13:
        return "encrypted" if None in story.client else "unseen"
    return "none" if requested is False else "unseen"


def extension_values(story: Story, code: int) -> list[Any]:
    """Values of an extension in the server's leaf entry (TLS 1.3, where it can be read)."""
    seen = story.server.get(CERTIFICATE) or story.server.get(COMPRESSED_CERTIFICATE)
    leaves = entries(seen.message)[:1] if seen else ()
    return [extension.value for entry in leaves for extension in entry.extensions if extension.code == code]


def stapled(story: Story) -> bool | None:
    """Whether an OCSP response came with the handshake."""
    status = story.told(SERVER, CERTIFICATE_STATUS, CertificateStatus)
    if status is not None:
        return any(status.responses)
    if extension_values(story, STATUS_REQUEST):
        return True
    if story.tls13:
        return False if CERTIFICATE in story.server or COMPRESSED_CERTIFICATE in story.server else None
    return False if SERVER_HELLO_DONE in story.server else None


def cells(story: Story, *, resumed: bool) -> Row:
    """Cells of one handshake, in the order of COLUMNS; ``resumed``: it takes up an earlier session, by whatever means."""
    handshake = story.handshake
    chain = handshake.server_chain
    *leaf_columns, embedded = leaf(chain)
    requested = certificate_requested(story, resumed)
    carried = extension_values(story, SIGNED_CERTIFICATE_TIMESTAMP) if story.tls13 else [story.answered.get(SIGNED_CERTIFICATE_TIMESTAMP)]
    scts = embedded + sum(len(value) for value in carried if isinstance(value, tuple))
    return (
        hashes(chain),
        server_state(story, resumed),
        requested,
        hashes(handshake.client_chain),
        client_state(story, resumed, requested),
        *leaf_columns,
        stapled(story),
        scts if chain or scts else None,
        HIDDEN.copy() if story.encrypted else None,
    )
