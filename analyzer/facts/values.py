"""What a struct of the wire holds, told as JSON: one converter for every message and extension, names beside numbers.

Here lives: the converter and the list of fields whose numbers have names.  Here does not live: the names (``registry``),
any one message's shape.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from analyzer import registry
from analyzer.facts.texts import wire_text

__all__ = ["tell", "tell_extension"]

Teller = Any
"""What ``tell`` takes to say what a number or bytes mean: a function int -> name, or ``wire_text``, or None."""

DEEPEST = 16
"""Levels of nesting that are told; shapes of the wire have at most six."""
INTEGERS = range(-(1 << 63), 1 << 64)
"""Whole numbers that JSON libraries carry; a larger one is told as hex."""

FIELDS: dict[str, Teller] = {
    "ClientHello.version": registry.version_name,
    "ClientHello.cipher_suites": registry.cipher_suite_name,
    "ClientHello.compression_methods": registry.compression_method_name,
    "ServerHello.version": registry.version_name,
    "ServerHello.cipher_suite": registry.cipher_suite_name,
    "ServerHello.compression_method": registry.compression_method_name,
    "HelloRetryRequest.version": registry.version_name,
    "HelloRetryRequest.cipher_suite": registry.cipher_suite_name,
    "HelloRetryRequest.compression_method": registry.compression_method_name,
    "HelloVerifyRequest.version": registry.version_name,
    "Sslv2ServerHello.version": registry.version_name,
    "Sslv2ServerHello.cipher_specs": registry.cipher_suite_name,
    "Sslv2ClientMasterKey.cipher_kind": registry.cipher_suite_name,
    "CertificateRequest.certificate_types": registry.client_certificate_type_name,
    "CertificateRequest.signature_schemes": registry.signature_scheme_name,
    "CertificateStatus.status_type": registry.certificate_status_type_name,
    "CertificateStatusRequest.status_type": registry.certificate_status_type_name,
    "OcspStatus.status_type": registry.certificate_status_type_name,
    "CertificateVerify.signature_scheme": registry.signature_scheme_name,
    "CompressedCertificate.algorithm": registry.certificate_compression_name,
    "ServerKeyExchange.curve_type": registry.ec_curve_type_name,
    "ServerKeyExchange.group": registry.group_name,
    "ServerKeyExchange.signature_scheme": registry.signature_scheme_name,
    "KeyShareEntry.group": registry.group_name,
    "ServerName.name_type": registry.server_name_type_name,
    "ServerName.name": wire_text,
    "DelegatedCredential.dc_cert_verify_algorithm": registry.signature_scheme_name,
    "DelegatedCredential.algorithm": registry.signature_scheme_name,
    "UseSrtp.protection_profiles": registry.srtp_profile_name,
    "EncryptedClientHello.kdf_id": registry.hpke_kdf_name,
    "EncryptedClientHello.aead_id": registry.hpke_aead_name,
    "EncryptedServerName.cipher_suite": registry.cipher_suite_name,
    "EncryptedServerName.group": registry.group_name,
    "EchConfig.kem_id": registry.hpke_kem_name,
    "EchConfig.public_name": wire_text,
    "CachedObject.type": registry.cached_information_type_name,
    "TokenBinding.key_parameters": registry.token_binding_parameter_name,
    "TransportParameter.id": registry.quic_transport_parameter_name,
    "KeyUpdate.request_update": registry.key_update_request_name,
}
"""Struct.field -> what its numbers are called, or that its bytes are text."""

EXTENSIONS: dict[int, Teller] = {
    1: registry.max_fragment_length_name,
    6: registry.user_mapping_type_name,
    9: registry.certificate_type_name,
    10: registry.group_name,
    11: registry.ec_point_format_name,
    13: registry.signature_scheme_name,
    15: registry.heartbeat_mode_name,
    16: wire_text,
    19: registry.certificate_type_name,
    20: registry.certificate_type_name,
    27: registry.certificate_compression_name,
    34: registry.signature_scheme_name,
    40: registry.group_name,
    43: registry.version_name,
    45: registry.psk_mode_name,
    50: registry.signature_scheme_name,
    51: registry.group_name,
    13172: wire_text,
    17513: wire_text,
    17613: wire_text,
}
"""Extension code -> what the numbers or bytes are called that stand in its value outside any struct."""


@lru_cache(maxsize=256)
def tellers(shape: type[msgspec.Struct]) -> tuple[tuple[str, Teller], ...]:
    """Return the fields of a struct and what tells each."""
    return tuple((field, FIELDS.get(f"{shape.__name__}.{field}")) for field in shape.__struct_fields__)


def tell(value: Any, teller: Teller = None, depth: int = 0) -> Any:
    """Tell any value of a message as None, bool, int, float, str, list or dict.

    Structs become dicts of their fields, tuples lists, bytes hex (or text, where they are names).  A number that has a
    registry becomes ``{"code": number, "name": its name or None}``; one beyond 64 bits its hex.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if teller is not None and teller is not wire_text:
            return {"code": value, "name": teller(value)}
        return value if value in INTEGERS else hex(value)
    if isinstance(value, bytes):
        return wire_text(value) if teller is wire_text else value.hex()
    if depth >= DEEPEST:
        return "…"
    if isinstance(value, (tuple, list)):
        return [tell(item, teller, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(key): tell(item, teller, depth + 1) for key, item in value.items()}
    if isinstance(value, msgspec.Struct):
        return {field: tell(getattr(value, field), teller, depth + 1) for field, teller in tellers(type(value))}
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None  # neither JSON nor the wire has NaN and infinity
    return str(value)


def tell_extension(code: int, value: Any) -> Any:
    """Tell an extension's value, with names beside the numbers that its code gives a meaning."""
    return tell(value, EXTENSIONS.get(code))
