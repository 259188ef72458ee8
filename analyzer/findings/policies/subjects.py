"""Subjects: every column that a policy may ask about, with what makes it absent and what proves it.

Here lives: the table.  Here does not live: reading columns (``observed``), operators (``clauses``), which values are good (the policies).
All columns of the handshakes table of a usable kind are there, and those of ``_DERIVED``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from analyzer import registry
from analyzer.facts import TABLES, agreement, hello, identity
from analyzer.facts.hello import offered_versions
from analyzer.facts.story import values
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analyzer.findings.frame import Array
    from analyzer.findings.policies.observed import Observed
    from analyzer.handshakes.handshake import Handshake
    from analyzer.x509.certificate import Certificate

    Answer = Array
    """int8 for each handshake: 1 yes, 0 no, -1 cannot be seen."""
    Occurs = Callable[["Observed"], Answer]

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


# ---- where a column occurs


def _always(seen: Observed) -> Answer:
    return np.ones(len(seen), dtype=np.int8)


def _greeted(seen: Observed) -> Answer:
    return seen.greeted()


def _answered(seen: Observed) -> Answer:
    return seen.answered()


def _before_tls13(seen: Observed) -> Answer:
    return np.where(seen.versions() == codes.TLS13, 0, seen.answered())


def _plain(seen: Observed) -> Answer:
    return np.where(seen.versions() == codes.TLS13, -1, seen.answered())


def _shown(seen: Observed) -> Answer:
    """Answer where the server shows a certificate: none and resumed are no, encrypted and unseen unknown."""
    states, told = seen.texts("certificates_state")
    return np.array([{"seen": 1, "none": 0, "resumed": 0}.get(state, -1) for state in told], dtype=np.int8)[states]


def _hashed(seen: Observed) -> Answer:
    """As ``_shown``, but no where the signature's algorithm has a hash of its own (Ed25519, ML-DSA)."""
    own = [leaf is not None and leaf.signature_hash is None and leaf.signature_algorithm is not None for leaf in seen.leaves()]
    return np.where(np.array(own, dtype=bool), 0, _shown(seen))


_FINITE, _CURVES = frozenset({"DHE", "DHE_PSK", "DH_anon"}), frozenset({"ECDHE", "ECDHE_PSK", "ECDH_anon"})
_GROUPED = _FINITE | _CURVES | {"hybrid", "ML-KEM", "KEM"}
"""Key exchanges that have a group (of the suites, and of TLS 1.3's groups as ``agreement`` names them)."""
_SIGNED = frozenset({"DHE", "ECDHE", "hybrid", "ML-KEM", "KEM"})
_UNSIGNED = frozenset({"anon", "PSK", "NULL"})


def _exchanged(kinds: frozenset[str]) -> Occurs:
    """Answer where keys are exchanged in one of these ways; a session that was taken up before TLS 1.3 exchanges none."""

    def occurs(seen: Observed) -> Answer:
        places, told = seen.texts("key_exchange")
        answers = np.array([-1 if kind is None else int(kind in kinds) for kind in told], dtype=np.int8)[places]
        return np.where(seen.resumed(), 0, np.where(seen.answered() == 1, answers, -1))

    return occurs


def _signed(seen: Observed) -> Answer:
    """Answer where the server signs the key exchange and says with which scheme: never before TLS 1.2."""
    places, told = seen.texts("authentication")
    unsigned = np.array([name in _UNSIGNED for name in told], dtype=bool)[places]
    old = (seen.versions() > 0) & (seen.versions() < codes.TLS12)
    psk = seen.frame.known("resumption_evidence")  # in TLS 1.3 a PSK takes the place of certificate and signature
    return np.where(old | unsigned | psk, 0, _exchanged(_SIGNED)(seen))


def _plain_alpn(seen: Observed) -> Answer:
    hidden = (seen.versions() == codes.TLS13) & ~seen.frame.known("alpn") & seen.frame.known("hidden")
    return np.where(hidden, -1, seen.answered())


def _stapling(seen: Observed) -> Answer:
    return np.where(seen.frame["ocsp_stapled"] >= 0, 1, np.where(_shown(seen) == 0, 0, -1))


# ---- values that are no column of the table


def _lists(code: int, namer: Callable[[int], str | None], tell: Callable[[Any], Iterable[int]] = tuple) -> Callable[[Observed], Any]:
    """Return what gives the names that an extension of the first ClientHello lists."""

    def numbers(handshake: Handshake) -> Iterable[int] | None:
        for extension in handshake.client_hello.extensions or () if handshake.client_hello else ():
            if extension.code == code:
                return tell(extension.value) if isinstance(extension.value, tuple) else None
        return None

    return lambda seen: seen.names_of(map(numbers, seen.things), namer)


def _versions(handshake: Handshake) -> tuple[int, ...] | None:
    greeting = handshake.client_hello
    if greeting is None:
        return None
    return offered_versions(greeting, values(greeting.extensions).get(codes.SUPPORTED_VERSIONS))


def _extensions(which: str) -> Callable[[Observed], Any]:
    def numbers(handshake: Handshake) -> list[int] | None:
        message = getattr(handshake, which)
        return [extension.code for extension in message.extensions or ()] if message else None

    return lambda seen: seen.names_of(map(numbers, seen.things), registry.extension_name)


def _of_leaf(tell: Callable[[Certificate], Any]) -> Callable[[Observed], Any]:
    return lambda seen: (None if leaf is None else tell(leaf) for leaf in seen.leaves())


def _issued_hashes(seen: Observed) -> Iterable[str | None]:
    """Walk the hashes of the signatures in each chain, roots' own left out (nobody checks them)."""
    from analyzer.x509 import read_certificate  # noqa: PLC0415 - only where a policy asks

    for one in seen.things:
        read = map(read_certificate, one.server_chain or ())
        yield "\0".join(dict.fromkeys(c.signature_hash for c in read if c.signature_hash and not c.self_issued)) or None


def _protocols(seen: Observed) -> Iterable[str | None]:
    return [registry.version_name(version) if version else None for version in seen.versions().tolist()]


def _curve_bits(seen: Observed) -> Iterable[int | None]:
    numbers, known = seen.numbers("group_code")
    groups = {code: registry.group(code) for code in np.unique(numbers[known]).tolist()}
    return [group.bits if (group := groups.get(code)) else None for code in numbers.tolist()]


def _compressions(seen: Observed) -> Iterable[str | None]:
    column = [name or (f"0x{code:02X}" if code > 0 else None) for name, code in zip(
        seen.frame["compression_method"].tolist(), seen.frame["compression_method_code"].tolist(), strict=True)]
    return [name or ("null" if answered == 1 else None) for name, answered in zip(column, seen.answered().tolist(), strict=True)]


def _plain_groups(seen: Observed) -> Iterable[str | None]:
    """Walk the groups' names: RFC 7919's are the same before TLS 1.3, any other prime is told by what is known of it."""
    numbers, sized = seen.numbers("dh_bits")
    column = seen._keys("group", SUBJECTS["group"])  # noqa: SLF001 - the table's own column under the same name
    for name, bits, known in zip(column, numbers.tolist(), sized.tolist(), strict=True):
        yield name.removesuffix(" (RFC 7919)") if name else f"a DH prime of {bits} bits without a name" if known else None


_HELLO, _ANSWER, _LEAF = ("client_hello",), ("server_hello",), ("certificate",)
_EXCHANGE, _SIGNATURE = ("server_hello", "server_key_exchange"), ("server_hello", "server_key_exchange")


def _listed(doc: str, names: str | None, make: Callable[[Observed], Any]) -> Subject:
    return Subject(kind="texts", doc=doc, occurs=_greeted, evidence=_HELLO, optional=True, names=names, make=make)


def _leaf(kind: str, doc: str, tell: Callable[[Certificate], Any], names: str | None = None, occurs: Occurs = _shown) -> Subject:
    return Subject(kind=kind, doc=doc, occurs=occurs, evidence=_LEAF, names=names, make=_of_leaf(tell))


_DERIVED: dict[str, Subject] = {
    "protocol": Subject(
        kind="text", doc="The agreed version as TLS counts: DTLS 1.2 is TLS 1.2, a draft of TLS 1.3 is TLS 1.3.",
        occurs=_answered, evidence=_ANSWER, names="version", make=_protocols,
    ),
    "curve_bits": Subject(
        kind="number", doc="Bits of the curve's field in an elliptic-curve key exchange.",
        occurs=_exchanged(_CURVES), evidence=_EXCHANGE, make=_curve_bits,
    ),
    "offered_versions": _listed("Versions that the client offers.", "version", lambda seen: seen.names_of(
        map(_versions, seen.things), registry.version_name)),
    "offered_cipher_suites": _listed("Cipher suites and signals that the client offers.", "cipher_suite", lambda seen: seen.names_of(
        (one.client_hello.cipher_suites if one.client_hello else None for one in seen.things), registry.cipher_suite_name)),
    "offered_groups": _listed("The client's supported_groups.", "group", _lists(codes.SUPPORTED_GROUPS, registry.group_name)),
    "offered_key_shares": _listed("Groups that the client's first hello sends a key for.", "group", _lists(
        codes.KEY_SHARE, registry.group_name, lambda shares: [share.group for share in shares])),
    "offered_signature_schemes": _listed("The client's signature_algorithms.", "signature_scheme", _lists(
        codes.SIGNATURE_ALGORITHMS, registry.signature_scheme_name)),
    "offered_extensions": _listed("Extensions of the first ClientHello.", "extension", _extensions("client_hello")),
    "answered_extensions": Subject(
        kind="texts", doc="Extensions of the ServerHello; in TLS 1.3 most are encrypted, so that none can be told.", occurs=_plain,
        evidence=_ANSWER, optional=True, names="extension", make=_extensions("server_hello"),
    ),
    "leaf_signature_algorithm": _leaf("text", "What the server's certificate is signed with.", lambda leaf: leaf.signature_algorithm),
    "leaf_signature_hash": _leaf("text", "The hash of that signature, where the algorithm has none of its own.",
                                 lambda leaf: leaf.signature_hash, "hash", _hashed),
    "leaf_curve": _leaf("text", "The curve of the server certificate's key.", lambda leaf: leaf.public_key_curve, "group"),
    "leaf_validity_days": _leaf("number", "Days for which the server's certificate is valid.", lambda leaf: leaf.validity_days),
    "chain_signature_hashes": Subject(
        kind="texts", doc="Hashes of the signatures in the chain that the server sent, self-issued certificates' left out.",
        occurs=_shown, evidence=_LEAF, optional=True, names="hash", make=_issued_hashes,
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
        "number": "group_code", "names": "group", "occurs": _exchanged(_GROUPED), "evidence": _EXCHANGE, "make": _plain_groups,
    },
    "group_code": {"occurs": _exchanged(_GROUPED), "evidence": _EXCHANGE},
    "dh_bits": {"occurs": _exchanged(_FINITE), "evidence": _EXCHANGE},
    "export_rsa_bits": {"optional": True, "evidence": _EXCHANGE},
    "signature_scheme": {
        "number": "signature_scheme_code", "names": "signature_scheme", "occurs": _signed, "evidence": _SIGNATURE,
    },
    "signature_scheme_code": {"occurs": _signed, "evidence": _SIGNATURE},
    "alpn": {"occurs": _plain_alpn, "optional": True},
    "resumption": {"optional": True},
    "resumption_evidence": {"optional": True},
    "extended_master_secret": {"occurs": _before_tls13},
    "secure_renegotiation": {"occurs": _before_tls13},
    "encrypt_then_mac": {"occurs": _before_tls13},
    "compression_method": {"occurs": _before_tls13, "make": _compressions, "names": "compression_method"},
    "ticket_lifetime": {"optional": True, "evidence": ("session_ticket",)},
    "session_id": {"optional": True},
    "server_name": {"optional": True},
    "alpn_offered": {"optional": True},
    "resumption_offered": {"optional": True},
    "ech": {"optional": True},
    "client_session_id": {"optional": True},
    "offered_version": {"number": "offered_version_code", "names": "version"},
    "ocsp_stapled": {"occurs": _stapling, "evidence": ("certificate_status", "certificate")},
    "leaf_key_algorithm": {"names": "key_algorithm"},
    "certificates_state": {"occurs": _always},
    "client_certificates": {"occurs": _always, "evidence": ("client_certificate",)},
    "client_certificates_state": {"occurs": _always},
    "client_certificate_requested": {"occurs": _answered, "evidence": ("certificate_request", "server_hello")},
    "hidden": {"occurs": _answered, "optional": True},
}  # fmt: skip
"""Column of the table -> in what it differs from the others of its aspect."""


def _of_table() -> dict[str, Subject]:
    aspects: dict[str, tuple[Occurs, tuple[str, ...], bool]] = {
        **{column.name: (_greeted, _HELLO, False) for column in hello.COLUMNS},
        **{column.name: (_answered, _ANSWER, False) for column in agreement.COLUMNS},
        **{column.name: (_shown, _LEAF, False) for column in identity.COLUMNS},
    }
    made = {}
    for column in TABLES["handshakes"].columns:
        if column.kind in _KINDS:
            occurs, evidence, optional = aspects.get(column.name, (_always, ("all",), True))
            fields: dict[str, Any] = {"occurs": occurs, "evidence": evidence, "optional": optional} | _SPECIAL.get(column.name, {})
            made[column.name] = Subject(kind=_KINDS[column.kind], doc=column.doc, **fields)
    return made


SUBJECTS: dict[str, Subject] = _of_table() | _DERIVED
"""Name -> subject."""
