"""What numbers mean: generated tables and what the registries lack.

Here lives: look-up of names and properties by number.  Here does not live: reading of bytes (``tls``, ``x509``), judgement
(``findings``).  A function given an unknown number says None and never raises; a GREASE number is named "GREASE".
"""

from analyzer.registry.certificates import (
    CtLog,
    attribute_short_name,
    certificate_policy_kind,
    certificate_policy_owner,
    ct_log,
    oid_name,
)
from analyzer.registry.cipher_suites import CipherSuite, cipher_suite, cipher_suite_name, encrypts_nothing
from analyzer.registry.generated.origin import DATE, SOURCES
from analyzer.registry.grease import is_grease
from analyzer.registry.groups import Group, dh_group, group, group_name
from analyzer.registry.protocol import (
    alert_level_name,
    alert_name,
    cached_information_type_name,
    certificate_compression_name,
    certificate_status_type_name,
    certificate_type_name,
    client_certificate_type_name,
    compression_method_name,
    content_type_name,
    ec_curve_type_name,
    ec_point_format_name,
    extension_name,
    extension_reference,
    handshake_type_name,
    heartbeat_mode_name,
    hpke_aead_name,
    hpke_kdf_name,
    hpke_kem_name,
    key_update_request_name,
    max_fragment_length_name,
    psk_mode_name,
    server_name_type_name,
    srtp_profile_name,
    supplemental_data_type_name,
    token_binding_parameter_name,
    user_mapping_type_name,
    version_name,
)
from analyzer.registry.services import alpn_title, quic_transport_parameter_name, quic_version_name, service_name
from analyzer.registry.signature_schemes import signature_scheme_name

__all__ = [
    "DATE", "SOURCES",
    "CipherSuite", "CtLog", "Group",
    "alert_level_name", "alert_name", "alpn_title", "attribute_short_name", "cached_information_type_name",
    "certificate_compression_name", "certificate_policy_kind", "certificate_policy_owner", "certificate_status_type_name",
    "certificate_type_name", "cipher_suite", "cipher_suite_name", "client_certificate_type_name", "compression_method_name",
    "content_type_name", "ct_log", "dh_group", "ec_curve_type_name", "ec_point_format_name", "encrypts_nothing", "extension_name",
    "extension_reference",
    "group", "group_name", "handshake_type_name", "heartbeat_mode_name", "hpke_aead_name", "hpke_kdf_name", "hpke_kem_name", "is_grease",
    "key_update_request_name", "max_fragment_length_name", "oid_name", "psk_mode_name", "quic_transport_parameter_name",
    "quic_version_name", "server_name_type_name", "service_name", "signature_scheme_name", "srtp_profile_name",
    "supplemental_data_type_name", "token_binding_parameter_name", "user_mapping_type_name", "version_name",
]  # fmt: skip
