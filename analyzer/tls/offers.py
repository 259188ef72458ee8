"""Offers: the small structs that extensions offer and choose, with the names the RFCs give their fields.

Here lives: structs of the extensions that are more than numbers and bytes.  Here does not live: which extension holds
which (``extension_table``), ECH (``ech``), SCTs (``transparency``), QUIC (``quic_parameters``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.tls.shapes import Shape, choice, empty, fixed, opaque, record, rest, u8, u16, u16s, u32, vector

if TYPE_CHECKING:
    from analyzer.tls.reader import Reader

__all__ = [
    "CachedObject", "CertificateStatusRequest", "DelegatedCredential", "DnssecChain", "KeyShareEntry", "OcspStatus", "OfferedPsks",
    "OidFilter", "PinningTicket", "PskIdentity", "ServerName", "TicketRequest", "TokenBinding", "TrustedAuthority", "UseSrtp",
]  # fmt: skip


class ServerName(msgspec.Struct, frozen=True, gc=False):
    """RFC 6066 section 3: ``name_type`` 0 is host_name; ``name`` as it stood."""

    name_type: int
    name: bytes


class KeyShareEntry(msgspec.Struct, frozen=True, gc=False):
    """RFC 8446 section 4.2.8."""

    group: int
    key_exchange: bytes


class PskIdentity(msgspec.Struct, frozen=True, gc=False):
    """RFC 8446 section 4.2.11."""

    identity: bytes
    obfuscated_ticket_age: int


class OfferedPsks(msgspec.Struct, frozen=True, gc=False):
    """RFC 8446 section 4.2.11."""

    identities: tuple[PskIdentity, ...]
    binders: tuple[bytes, ...]


class CertificateStatusRequest(msgspec.Struct, frozen=True, gc=False):
    """RFC 6066 section 8 and RFC 6961: ``status_type`` 1 is ocsp, 2 ocsp_multi; of another type only ``body`` is known."""

    status_type: int
    responder_ids: tuple[bytes, ...] = ()
    request_extensions: bytes = b""
    body: bytes = b""


class OcspStatus(msgspec.Struct, frozen=True, gc=False):
    """RFC 8446 section 4.4.2.1: the CertificateStatus of one certificate, a DER OCSP ``response``."""

    status_type: int
    response: bytes


class TrustedAuthority(msgspec.Struct, frozen=True, gc=False):
    """RFC 6066 section 6: ``identifier_type`` 0 pre_agreed, 1 key_sha1_hash, 2 x509_name, 3 cert_sha1_hash."""

    identifier_type: int
    identifier: bytes


class UseSrtp(msgspec.Struct, frozen=True, gc=False):
    """RFC 5764 section 4.1.1."""

    protection_profiles: tuple[int, ...]
    mki: bytes


class TokenBinding(msgspec.Struct, frozen=True, gc=False):
    """RFC 8472 section 2."""

    major: int
    minor: int
    key_parameters: tuple[int, ...]


class CachedObject(msgspec.Struct, frozen=True, gc=False):
    """RFC 7924 section 3: ``type`` 1 is cert, 2 cert_req; the server names only the type (``hash_value`` None)."""

    type: int
    hash_value: bytes | None = None


class PinningTicket(msgspec.Struct, frozen=True, gc=False):
    """RFC 8672 section 4: a server's proof, new ticket and its lifetime in seconds."""

    pinning_proof: bytes
    pinning_ticket: bytes
    lifetime: int


class DelegatedCredential(msgspec.Struct, frozen=True, gc=False):
    """RFC 9345 section 4: ``valid_time`` in seconds after the certificate's notBefore."""

    valid_time: int
    dc_cert_verify_algorithm: int
    subject_public_key_info: bytes
    algorithm: int
    signature: bytes


class OidFilter(msgspec.Struct, frozen=True, gc=False):
    """RFC 8446 section 4.2.5: DER of an extension's OID and of the values that it must hold."""

    certificate_extension_oid: bytes
    certificate_extension_values: bytes


class TicketRequest(msgspec.Struct, frozen=True, gc=False):
    """RFC 9149 section 3."""

    new_session_count: int
    resumption_count: int


class DnssecChain(msgspec.Struct, frozen=True, gc=False):
    """RFC 9102 section 2.3: ``support_lifetime`` in hours."""

    support_lifetime: int
    authentication_chain: bytes


def _status_request(reader: Reader) -> CertificateStatusRequest:
    status_type = reader.u8()
    if status_type != 1:
        return CertificateStatusRequest(status_type, body=reader.rest())
    return CertificateStatusRequest(status_type, _responders(reader), reader.opaque(2))


def _status_request_item(reader: Reader) -> CertificateStatusRequest:
    status_type = reader.u8()
    inner = reader.sub(2)
    if status_type not in {1, 2}:
        return CertificateStatusRequest(status_type, body=inner.rest())
    request = CertificateStatusRequest(status_type, _responders(inner), inner.opaque(2))
    inner.done()
    return request


def no_names(reader: Reader) -> tuple[ServerName, ...]:  # noqa: ARG001 - a shape takes a reader; a server's answer is empty
    """server_name as a server sends it: it says only that the name was used."""
    return ()


def count(reader: Reader) -> int:
    """Padding: how many bytes of it."""
    return len(reader.rest())


def until_end(item: Shape) -> Shape:
    """Items without a length of the whole, to the end of the body."""

    def read(reader: Reader) -> tuple[Any, ...]:
        found = []
        while reader.left:
            found.append(item(reader))
        return tuple(found)

    return read


_responders = vector(opaque(2, 1), width=2)
status_request = _status_request
status_requests = vector(_status_request_item, width=2, least=1)
ocsp_status = record(OcspStatus, u8, opaque(3, 1))
server_names = vector(record(ServerName, u8, opaque(2)), width=2, least=1)
key_share = record(KeyShareEntry, u16, opaque(2, 1))
key_shares = vector(key_share, width=2)
offered_psks = record(OfferedPsks, vector(record(PskIdentity, opaque(2, 1), u32), 2, 1), vector(opaque(1, 32), 2, 1))
protocol_names = vector(opaque(1, 1), width=2, least=1)
authority_ids = choice({0: lambda _: b"", 1: fixed(20), 2: opaque(2, 1), 3: fixed(20)})
trusted_authorities = vector(lambda reader: TrustedAuthority(*authority_ids(reader)), width=2)
distinguished_names = vector(opaque(2, 1), width=2)
use_srtp = record(UseSrtp, u16s(), opaque(1))
token_binding = record(TokenBinding, u8, u8, lambda reader: tuple(reader.opaque(1)))
cached_objects = vector(record(CachedObject, u8, opaque(1, 1)), width=2, least=1)
cached_types = vector(record(CachedObject, u8), width=2, least=1)
pinning_ticket = record(PinningTicket, opaque(1), opaque(2), u32)
delegated_credential = record(DelegatedCredential, u32, u16, opaque(3, 1), u16, opaque(2))
oid_filters = vector(record(OidFilter, opaque(1, 1), opaque(2)), width=2)
ticket_request = record(TicketRequest, u8, u8)
dnssec_chain = record(DnssecChain, u16, opaque(2))
dnssec_chain_bare = record(DnssecChain, u16, rest)
presence = empty
