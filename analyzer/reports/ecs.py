"""ECS: an event a handshake with the fields of the Elastic Common Schema 8, a JSON object a line, for Elasticsearch as it is.

Here lives: the event and ECS's forms of versions, hashes, certificates.  Here does not live: what both sides said (``facts``).
Fields that ECS does not have stand below ``tlsscan``, with the names of the columns of the handshakes table.  Certificates themselves
(``certificate_chain``) are left out: they would be most of the bytes, and the table certificates has them.
"""

from __future__ import annotations

from hashlib import md5
from typing import TYPE_CHECKING, Any, BinaryIO

from analyzer import registry
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.reports.connection import PROTOCOLS, Connections, community_id, set_only, uid
from analyzer.reports.held import Lines
from analyzer.reports.ndjson import encode
from analyzer.times import iso
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.reports.connection import Connection
    from analyzer.reports.report import Options, Told
    from analyzer.x509 import Certificate
    from analyzer.x509.names import Attribute

__all__ = ["OWN", "VERSION", "Report"]

Shape = dict[str, Any]

VERSION = "8.17.0"
"""Of ECS; each field used here has been in it since 8.0."""

VERSIONS = {
    codes.SSL2: ("2", "ssl"), codes.SSL3: ("3", "ssl"), codes.TLS10: ("1.0", "tls"), codes.TLS11: ("1.1", "tls"),
    codes.TLS12: ("1.2", "tls"), codes.TLS13: ("1.3", "tls"), codes.DTLS10_OPENSSL: ("1.0", "dtls"), codes.DTLS10: ("1.0", "dtls"),
    codes.DTLS12: ("1.2", "dtls"), codes.DTLS13: ("1.3", "dtls"),
}  # fmt: skip
"""Version -> tls.version and tls.version_protocol."""
OUTCOMES = {
    "complete": "success", "failed": "failure", "unanswered": "failure", "aborted": "failure", "refused": "failure",
    "not_tls": "failure", "cut": "unknown", "one_sided": "unknown",
}  # fmt: skip
"""Outcome of a handshake -> event.outcome."""
FRAMINGS = {"quic": "quic", "dtls": "dtls"}
"""Framing -> network.protocol; tls for all others."""
SIGNATURES = {
    "md5WithRSAEncryption": "MD5-RSA", "sha1WithRSAEncryption": "SHA1-RSA", "sha256WithRSAEncryption": "SHA256-RSA",
    "sha384WithRSAEncryption": "SHA384-RSA", "sha512WithRSAEncryption": "SHA512-RSA", "dsaWithSha1": "DSA-SHA1",
    "dsa_with_SHA256": "DSA-SHA256", "ecdsa-with-SHA1": "ECDSA-SHA1", "ecdsa-with-SHA256": "ECDSA-SHA256",
    "ecdsa-with-SHA384": "ECDSA-SHA384", "ecdsa-with-SHA512": "ECDSA-SHA512",
}  # fmt: skip
"""The names of Go's crypto/x509, which ECS recommends; algorithms that it does not know keep ours."""
KEYS = {"EC": "ECDSA"}
CURVES = {"secp224r1": "nistp224", "secp256r1": "nistp256", "secp384r1": "nistp384", "secp521r1": "nistp521"}
ATTRIBUTES = {
    "common_name": "2.5.4.3", "organizational_unit": "2.5.4.11", "organization": "2.5.4.10", "locality": "2.5.4.7",
    "state_or_province": "2.5.4.8", "country": "2.5.4.6",
}  # fmt: skip
"""Field of a distinguished name -> the OID of its attribute."""
OWN = (
    "handshake", "source", "packets", "outcome", "alert", "framing", "prelude", "ja4", "alpn_offered", "key_exchange", "post_quantum",
    "certificates_state", "hello_retry", "renegotiation", "quic_version", "closed", "anomalies",
)  # fmt: skip
"""Columns of the handshakes table that stand below ``tlsscan``."""


def version(code: int | None) -> tuple[str | None, str | None]:
    """Return tls.version and tls.version_protocol; a draft of TLS 1.3 is 1.3."""
    if code is None:
        return None, None
    drafted = ("1.3", "tls") if codes.is_tls13(code) else (registry.version_name(code) or f"0x{code:04x}", None)
    return VERSIONS.get(code, drafted)


def name(text: str | None, parts: tuple[Attribute, ...]) -> Shape:
    """Return a distinguished name, whole and in parts."""
    told = {field: [part.value for part in parts if part.oid == oid] for field, oid in ATTRIBUTES.items()}
    return set_only({"distinguished_name": text or None, **told})


def x509(one: Certificate) -> Shape:
    """Return a certificate as the field set x509."""
    return set_only({
        "version_number": None if one.version is None else str(one.version),
        "serial_number": None if one.serial is None else one.serial.upper(),
        "issuer": name(one.issuer, one.issuer_parts),
        "subject": name(one.subject, one.subject_parts),
        "signature_algorithm": SIGNATURES.get(one.signature_algorithm or "", one.signature_algorithm),
        "not_before": None if one.not_before is None else iso(one.not_before),
        "not_after": None if one.not_after is None else iso(one.not_after),
        "public_key_algorithm": KEYS.get(one.public_key_algorithm or "", one.public_key_algorithm),
        "public_key_size": one.public_key_size,
        "public_key_exponent": one.public_key_exponent,
        "public_key_curve": CURVES.get(one.public_key_curve or "", one.public_key_curve),
        "alternative_names": [other.value for other in one.subject_alternative_names],
    })  # fmt: skip


def certificate(one: Certificate | None) -> Shape:
    """Return what tls.client and tls.server tell of a certificate."""
    if one is None:
        return {}
    told = x509(one)
    hashes = {"md5": md5(one.der, usedforsecurity=False).hexdigest(), "sha1": one.sha1, "sha256": one.sha256}
    return set_only({
        "hash": {kind: value.upper() for kind, value in hashes.items()},
        "subject": one.subject or None,
        "issuer": one.issuer or None,
        "not_before": told.get("not_before"),
        "not_after": told.get("not_after"),
        "x509": told,
    })  # fmt: skip


def tls(one: Connection) -> Shape:
    """Return the field set tls; what nobody chose is left out."""
    cells, hello = one.cells, one.handshake.client_hello
    chosen = one.handshake.server_hello is not None or one.handshake.server_chain is not None
    number, protocol = version(one.handshake.version) if chosen else (None, None)
    suites = hello.cipher_suites if hello is not None else ()
    return set_only({
        "version": number,
        "version_protocol": protocol,
        "cipher": cells["cipher_suite"] if chosen else None,
        "curve": cells["group"],
        "resumed": one.resumed if chosen else None,
        "established": one.established,
        "next_protocol": cells["alpn"],
        "client": set_only({
            "server_name": cells["server_name"],
            "ja3": cells["ja3"],
            "supported_ciphers": [registry.cipher_suite_name(code) or f"0x{code:04x}" for code in suites],
            **certificate(one.leaf(CLIENT)),
        }),
        "server": set_only({"ja3s": cells["ja3s"], **certificate(one.leaf(SERVER))}),
    })  # fmt: skip


def network(one: Connection) -> Shape:
    """Return the field set network; of VLAN tags the outermost two."""
    made = one.handshake
    tags = [{"vlan": {"id": str(layer.id)}} for layer in made.carriage if layer.name == "vlan"][:2]
    return {
        "transport": made.transport,
        "iana_number": str(PROTOCOLS[made.transport]),
        "type": "ipv4" if len(made.client.address) == 4 else "ipv6",
        "protocol": FRAMINGS.get(made.framing, "tls"),
        "community_id": community_id(made),
        **(tags[0] if tags else {}),
        **({"inner": tags[1]} if len(tags) > 1 else {}),
    }


def event(one: Connection, observer: Shape) -> Shape:
    """Return the event of a handshake."""
    cells, made = one.cells, one.handshake
    client = {"address": cells["client"], "ip": cells["client"], "port": cells["client_port"]}
    server = set_only({
        "address": cells["server"], "ip": cells["server"], "port": cells["server_port"], "domain": cells["server_name"] or None,
    })  # fmt: skip
    hashes = [cells["ja3"], cells["ja3s"], *(cells["certificates"] or ()), *(cells["client_certificates"] or ())]
    return set_only({
        "@timestamp": iso(made.start),
        "ecs": {"version": VERSION},
        "event": set_only({
            "kind": "event",
            "category": ["network"],
            "type": ["connection", "protocol"],
            "module": "tlsscan",
            "dataset": "tlsscan.handshake",
            "action": "tls-handshake",
            "outcome": OUTCOMES[made.outcome],
            "reason": cells.get("why"),
            "id": uid(made),
            "sequence": made.number,
            "start": iso(made.start),
            "end": iso(made.end),
            "duration": made.end - made.start,
        }),
        "error": set_only({"code": cells.get("cause")}),
        "network": network(one),
        "source": client,
        "destination": server,
        "client": client,
        "server": server,
        "tls": tls(one),
        "related": set_only({
            "ip": list(dict.fromkeys((cells["client"], cells["server"]))),
            "hosts": [cells["server_name"]] if cells["server_name"] else None,
            "hash": list(dict.fromkeys(filter(None, hashes))),
        }),
        "observer": observer,
        "tlsscan": set_only({column: cells[column] for column in OWN}),
    })  # fmt: skip


class Report(Lines):
    """Events, as handshakes end."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin; nothing is written before the first event."""
        super().__init__(out)
        self._connections = Connections(options.tables)
        self._observer = set_only({"product": "tlsscan", "type": "sensor", "version": options.version or None})

    def lines(self, told: Told) -> Iterable[bytes]:
        """Give the event of a handshake."""
        one = self._connections.of(told)
        return () if one is None else (encode(event(one, self._observer)),)
