"""Subjects: every column that a policy may ask about, with what makes it absent and what proves it.

Here lives: the table.  Here does not live: reading columns (``observed``), operators (``clauses``), which values are good (the policies).
All columns of the handshakes table of a usable kind are there, and those of ``_DERIVED``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer import registry
from analyzer.facts import TABLES, agreement, hello, identity
from analyzer.findings.policies import values
from analyzer.findings.policies.occurrence import (
    CURVES,
    FINITE,
    GROUPED,
    always,
    answered,
    before_tls13,
    exchanged,
    greeted,
    hashed,
    plain,
    plain_alpn,
    shown,
    signed,
    stapling,
)
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyzer.findings.policies.observed import Observed
    from analyzer.findings.policies.occurrence import Occurs
    from analyzer.x509.certificate import Certificate

__all__ = ["KINDS", "SUBJECTS", "Subject"]

KINDS = {"text": "text", "texts": "list of text", "number": "number", "flag": "true or false", "time": "date"}
"""Kind of a subject -> what a policy gives it."""
_KINDS = {"text": "text", "texts": "texts", "int": "number", "float": "number", "flag": "flag", "time": "time"}
"""Kind of a table's column -> kind of a subject; others (data, ints) no policy can ask about."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A column as policies see it."""

    kind: str
    doc: str
    occurs: Occurs
    evidence: tuple[str, ...]
    """What proves it: names of ``evidence.EVIDENCE``."""
    optional: bool = False
    """Null means that there is none, not that it was not seen."""
    names: str | None = None
    """Vocabulary that its values must be of (``vocabularies``), None for any text."""
    number: str | None = None
    """Column with its number, which stands for a value that has no name."""
    make: Callable[[Observed], Iterable[Any]] | None = None
    """Values where it is no column of the table: text, lists joined by NUL, numbers; None for null."""


_HELLO, _ANSWER, _LEAF = ("client_hello",), ("server_hello",), ("certificate",)
_EXCHANGE, _SIGNATURE = ("server_hello", "server_key_exchange"), ("server_hello", "server_key_exchange")


def _listed(doc: str, names: str | None, make: Callable[[Observed], Any]) -> Subject:
    return Subject(kind="texts", doc=doc, occurs=greeted, evidence=_HELLO, optional=True, names=names, make=make)


def _leaf(kind: str, doc: str, tell: Callable[[Certificate], Any], names: str | None = None, occurs: Occurs = shown) -> Subject:
    return Subject(kind=kind, doc=doc, occurs=occurs, evidence=_LEAF, names=names, make=values.of_leaf(tell))


_DERIVED: dict[str, Subject] = {
    "protocol": Subject(
        kind="text", doc="The agreed version as TLS counts: DTLS 1.2 is TLS 1.2, a draft of TLS 1.3 is TLS 1.3.",
        occurs=answered, evidence=_ANSWER, names="version", make=values.protocols,
    ),
    "curve_bits": Subject(
        kind="number", doc="Bits of the curve's field in an elliptic-curve key exchange.",
        occurs=exchanged(CURVES), evidence=_EXCHANGE, make=values.curve_bits,
    ),
    "offered_versions": _listed("Versions that the client offers.", "version", lambda seen: seen.names_of(
        map(values.versions, seen.things), registry.version_name)),
    "offered_cipher_suites": _listed("Cipher suites and signals that the client offers.", "cipher_suite", lambda seen: seen.names_of(
        (one.client_hello.cipher_suites if one.client_hello else None for one in seen.things), registry.cipher_suite_name)),
    "offered_groups": _listed("The client's supported_groups.", "group", values.lists(codes.SUPPORTED_GROUPS, registry.group_name)),
    "offered_key_shares": _listed("Groups that the client's first hello sends a key for.", "group", values.lists(
        codes.KEY_SHARE, registry.group_name, lambda shares: [share.group for share in shares])),
    "offered_signature_schemes": _listed("The client's signature_algorithms.", "signature_scheme", values.lists(
        codes.SIGNATURE_ALGORITHMS, registry.signature_scheme_name)),
    "offered_extensions": _listed("Extensions of the first ClientHello.", "extension", values.extensions("client_hello")),
    "answered_extensions": Subject(
        kind="texts", doc="Extensions of the ServerHello; in TLS 1.3 most are encrypted, so that none can be told.", occurs=plain,
        evidence=_ANSWER, optional=True, names="extension", make=values.extensions("server_hello"),
    ),
    "leaf_signature_algorithm": _leaf("text", "What the server's certificate is signed with.", lambda leaf: leaf.signature_algorithm),
    "leaf_signature_hash": _leaf("text", "The hash of that signature, where the algorithm has none of its own.",
                                 lambda leaf: leaf.signature_hash, "hash", hashed),
    "leaf_curve": _leaf("text", "The curve of the server certificate's key.", lambda leaf: leaf.public_key_curve, "group"),
    "leaf_validity_days": _leaf("number", "Days for which the server's certificate is valid.", lambda leaf: leaf.validity_days),
    "leaf_days_left": Subject(
        kind="number", doc="Days from the handshake to the end of the server certificate; negative past it.", occurs=shown, evidence=_LEAF,
        make=values.days_of(lambda leaf, one: None if leaf.not_after is None else leaf.not_after - one.start),
    ),
    "leaf_days_old": Subject(
        kind="number", doc="Days from the beginning of the server certificate to the handshake; negative before it.", occurs=shown,
        evidence=_LEAF, make=values.days_of(lambda leaf, one: None if leaf.not_before is None else one.start - leaf.not_before),
    ),
    "chain_signature_hashes": Subject(
        kind="texts", doc="Hashes of the signatures in the chain that the server sent, self-issued certificates' left out.",
        occurs=shown, evidence=_LEAF, optional=True, names="hash", make=values.issued_hashes,
    ),
}  # fmt: skip
"""Subjects that are no columns of the table."""

_SPECIAL: dict[str, dict[str, Any]] = {
    "version": {"number": "version_code", "names": "version"},
    "cipher_suite": {"number": "cipher_suite_code", "names": "cipher_suite"},
    "key_exchange": {"names": "key_exchange"},
    "authentication": {"names": "authentication", "optional": True},
    "cipher": {"names": "cipher"},
    "cipher_mode": {"names": "cipher_mode", "optional": True},
    "mac": {"names": "mac", "optional": True},
    "group": {
        "number": "group_code", "names": "group", "occurs": exchanged(GROUPED), "evidence": _EXCHANGE, "make": values.plain_groups,
    },
    "group_code": {"occurs": exchanged(GROUPED), "evidence": _EXCHANGE},
    "dh_bits": {"occurs": exchanged(FINITE), "evidence": _EXCHANGE},
    "export_rsa_bits": {"optional": True, "evidence": _EXCHANGE},
    "signature_scheme": {
        "number": "signature_scheme_code", "names": "signature_scheme", "occurs": signed, "evidence": _SIGNATURE,
    },
    "signature_scheme_code": {"occurs": signed, "evidence": _SIGNATURE},
    "alpn": {"occurs": plain_alpn, "optional": True},
    "resumption": {"optional": True},
    "resumption_evidence": {"optional": True},
    "extended_master_secret": {"occurs": before_tls13},
    "secure_renegotiation": {"occurs": before_tls13},
    "encrypt_then_mac": {"occurs": before_tls13},
    "compression_method": {"occurs": before_tls13, "make": values.compressions, "names": "compression_method"},
    "ticket_lifetime": {"optional": True, "evidence": ("session_ticket",)},
    "session_id": {"optional": True},
    "server_name": {"optional": True},
    "alpn_offered": {"optional": True},
    "resumption_offered": {"optional": True},
    "ech": {"optional": True},
    "client_session_id": {"optional": True},
    "offered_version": {"number": "offered_version_code", "names": "version"},
    "ocsp_stapled": {"occurs": stapling, "evidence": ("certificate_status", "certificate")},
    "leaf_key_algorithm": {"names": "key_algorithm"},
    "certificates_state": {"occurs": always},
    "client_certificates": {"occurs": always, "evidence": ("client_certificate",)},
    "client_certificates_state": {"occurs": always},
    "client_certificate_requested": {"occurs": answered, "evidence": ("certificate_request", "server_hello")},
    "hidden": {"occurs": answered, "optional": True},
}  # fmt: skip
"""Column of the table -> in what it differs from the others of its aspect."""


def _of_table() -> dict[str, Subject]:
    aspects: dict[str, tuple[Occurs, tuple[str, ...], bool]] = {
        **{column.name: (greeted, _HELLO, False) for column in hello.COLUMNS},
        **{column.name: (answered, _ANSWER, False) for column in agreement.COLUMNS},
        **{column.name: (shown, _LEAF, False) for column in identity.COLUMNS},
    }
    made = {}
    for column in TABLES["handshakes"].columns:
        if column.kind in _KINDS:
            occurs, evidence, optional = aspects.get(column.name, (always, ("all",), True))
            fields: dict[str, Any] = {"occurs": occurs, "evidence": evidence, "optional": optional} | _SPECIAL.get(column.name, {})
            made[column.name] = Subject(kind=_KINDS[column.kind], doc=column.doc, **fields)
    return made


SUBJECTS: dict[str, Subject] = _of_table() | _DERIVED
"""Name -> subject."""
