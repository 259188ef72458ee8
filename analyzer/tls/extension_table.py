"""Extension table: for every extension, the shape of its body in each message that may carry it.

Here lives: one row per code of IANA's "TLS ExtensionType Values", and per code that drafts and vendors used on the wire.
Here does not live: names for people (``registry``), reading (``extensions``).  A column that a row leaves out means: this
message has no shape for it, its body is kept as bytes.
"""

from __future__ import annotations

import msgspec

from analyzer.tls import ech, offers, quic_parameters, transparency
from analyzer.tls.offers import count, presence, until_end
from analyzer.tls.shapes import Shape, first_fit, fixed, one_of, opaque, rest, u8, u8s, u16, u16s, u32, vector

__all__ = ["TABLE", "Row"]


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One extension.

    ``server`` is its shape in ServerHello and EncryptedExtensions; ``memo`` is False where bodies are random by nature, so
    that remembering them would only push out those that come again.
    """

    client_hello: Shape | None = None
    server: Shape | None = None
    hello_retry_request: Shape | None = None
    certificate: Shape | None = None
    certificate_request: Shape | None = None
    new_session_ticket: Shape | None = None
    memo: bool = True


def _quic(parameters: Shape) -> Row:
    return Row(client_hello=parameters, server=parameters, memo=False)


_KEY_SHARE = Row(client_hello=offers.key_shares, server=offers.key_share, hello_retry_request=u16, memo=False)
_FLAG = Row(client_hello=presence, server=presence)
_CERTIFICATE_TYPE = Row(client_hello=u8s(), server=u8)
_ALPS = Row(client_hello=offers.protocol_names, server=rest)
_BYTES = Row(client_hello=rest, server=rest)

TABLE: dict[int, Row] = {
    # server_name, RFC 6066; in CertificateRequest RFC 9261
    0: Row(client_hello=offers.server_names, server=offers.no_names, certificate_request=offers.server_names),
    1: Row(client_hello=u8, server=u8),  # max_fragment_length, RFC 6066
    2: _FLAG,  # client_certificate_url, RFC 6066
    3: Row(client_hello=offers.trusted_authorities, server=presence),  # trusted_ca_keys, RFC 6066
    4: _FLAG,  # truncated_hmac, RFC 6066
    # status_request, RFC 6066; in Certificate RFC 8446 section 4.4.2.1
    5: Row(
        client_hello=offers.status_request,
        server=presence,
        certificate=offers.ocsp_status,
        certificate_request=first_fit(offers.status_request, presence),
    ),
    6: Row(client_hello=u8s(), server=u8s()),  # user_mapping, RFC 4681
    7: Row(client_hello=u8s(), server=u8s()),  # client_authz, RFC 5878
    8: Row(client_hello=u8s(), server=u8s()),  # server_authz, RFC 5878
    9: _CERTIFICATE_TYPE,  # cert_type, RFC 6091
    10: Row(client_hello=u16s(), server=u16s()),  # supported_groups, RFC 8422, RFC 7919
    11: Row(client_hello=u8s(), server=u8s()),  # ec_point_formats, RFC 8422
    12: Row(client_hello=opaque(1, 1)),  # srp, RFC 5054
    13: Row(client_hello=u16s(), certificate_request=u16s()),  # signature_algorithms, RFC 8446
    14: Row(client_hello=offers.use_srtp, server=offers.use_srtp),  # use_srtp, RFC 5764
    15: Row(client_hello=u8, server=u8),  # heartbeat, RFC 6520
    16: Row(client_hello=offers.protocol_names, server=offers.protocol_names),  # application_layer_protocol_negotiation, RFC 7301
    17: Row(client_hello=offers.status_requests, server=presence),  # status_request_v2, RFC 6961
    # signed_certificate_timestamp, RFC 6962
    18: Row(
        client_hello=presence,
        server=transparency.sct_list,
        certificate=transparency.sct_list,
        certificate_request=presence,
    ),
    19: _CERTIFICATE_TYPE,  # client_certificate_type, RFC 7250
    20: _CERTIFICATE_TYPE,  # server_certificate_type, RFC 7250
    21: Row(client_hello=count, memo=False),  # padding, RFC 7685
    22: _FLAG,  # encrypt_then_mac, RFC 7366
    23: _FLAG,  # extended_master_secret, RFC 7627
    24: Row(client_hello=offers.token_binding, server=offers.token_binding),  # token_binding, RFC 8472
    25: Row(client_hello=offers.cached_objects, server=offers.cached_types),  # cached_info, RFC 7924
    26: _FLAG,  # tls_lts, draft-gutmann-tls-lts
    27: Row(client_hello=u16s(1), certificate_request=u16s(1)),  # compress_certificate, RFC 8879
    28: Row(client_hello=u16, server=u16),  # record_size_limit, RFC 8449
    29: Row(client_hello=opaque(1, 1), memo=False),  # pwd_protect, RFC 8492
    30: Row(client_hello=opaque(1, 1)),  # pwd_clear, RFC 8492
    31: Row(server=opaque(2, 1), hello_retry_request=opaque(2, 1), memo=False),  # password_salt, RFC 8492
    32: Row(client_hello=opaque(2), server=offers.pinning_ticket, memo=False),  # ticket_pinning, RFC 8672
    33: _FLAG,  # tls_cert_with_extern_psk, RFC 8773
    34: Row(client_hello=u16s(), certificate_request=u16s(), certificate=offers.delegated_credential),  # delegated_credential, RFC 9345
    35: Row(client_hello=rest, server=presence, memo=False),  # session_ticket, RFC 5077
    36: _BYTES,  # TLMSP, ETSI TS 103 523-2
    37: _BYTES,  # TLMSP_proxying, ETSI TS 103 523-2
    38: _BYTES,  # TLMSP_delegate, ETSI TS 103 523-2
    39: Row(client_hello=u8s(), server=u8),  # supported_ekt_ciphers, RFC 8870
    40: _KEY_SHARE,  # key_share of the TLS 1.3 drafts before 23; reserved
    # pre_shared_key, RFC 8446
    41: Row(client_hello=offers.offered_psks, server=u16, memo=False),
    42: Row(client_hello=presence, server=presence, new_session_ticket=u32),  # early_data, RFC 8446
    43: Row(client_hello=u16s(1), server=u16, hello_retry_request=u16),  # supported_versions, RFC 8446
    44: Row(client_hello=opaque(2, 1), hello_retry_request=opaque(2, 1), memo=False),  # cookie, RFC 8446
    45: Row(client_hello=u8s()),  # psk_key_exchange_modes, RFC 8446
    46: Row(new_session_ticket=u32),  # ticket_early_data_info of the TLS 1.3 drafts before 19; unassigned
    47: Row(client_hello=offers.distinguished_names, certificate_request=offers.distinguished_names),  # certificate_authorities, RFC 8446
    48: Row(certificate_request=offers.oid_filters),  # oid_filters, RFC 8446
    49: _FLAG,  # post_handshake_auth, RFC 8446
    50: Row(client_hello=u16s(), certificate_request=u16s()),  # signature_algorithms_cert, RFC 8446
    51: _KEY_SHARE,  # key_share, RFC 8446
    # transparency_info, RFC 9162: TransItems as bytes
    52: Row(client_hello=presence, server=vector(opaque(2), 2), certificate=vector(opaque(2), 2), certificate_request=presence),
    53: Row(client_hello=opaque(1), server=opaque(1), memo=False),  # connection_id before RFC 9146; deprecated
    54: Row(client_hello=opaque(1), server=opaque(1), memo=False),  # connection_id, RFC 9146
    55: Row(client_hello=opaque(1), server=opaque(1), memo=False),  # external_id_hash, RFC 8844
    56: Row(client_hello=opaque(1), server=opaque(1), memo=False),  # external_session_id, RFC 8844
    57: _quic(quic_parameters.transport_parameters),  # quic_transport_parameters, RFC 9001
    58: Row(client_hello=offers.ticket_request, server=u8),  # ticket_request, RFC 9149
    # dnssec_chain, RFC 9102: a client says the port
    59: Row(
        client_hello=u16,
        server=first_fit(offers.dnssec_chain, offers.dnssec_chain_bare),
        certificate=first_fit(offers.dnssec_chain, offers.dnssec_chain_bare),
    ),
    60: Row(client_hello=u16s(), server=first_fit(u16, one_of(u16s()))),  # sequence_number_encryption_algorithms
    61: _FLAG,  # rrc, RFC 9853
    # tls_flags, draft-ietf-tls-tlsflags: bit i of byte j is flag 8 * j + i
    62: Row(
        client_hello=opaque(1, 1),
        server=opaque(1, 1),
        hello_retry_request=opaque(1, 1),
        certificate=opaque(1, 1),
        certificate_request=opaque(1, 1),
        new_session_ticket=opaque(1, 1),
    ),
    4832: _BYTES,  # server_padding, draft-pironti-tls-length-hiding
    13172: Row(client_hello=presence, server=until_end(opaque(1))),  # next_protocol_negotiation, draft-agl-tls-nextprotoneg
    17513: _ALPS,  # application_settings, draft-vvv-tls-alps, first code
    17613: _ALPS,  # application_settings, draft-vvv-tls-alps
    30031: _FLAG,  # channel_id, draft-balfanz-tls-channelid, first code
    30032: _FLAG,  # channel_id, draft-balfanz-tls-channelid
    # trust_anchors, draft-ietf-tls-trust-anchor-ids: OIDs in relative DER form
    51764: Row(client_hello=vector(opaque(1, 1), 2), server=vector(opaque(1, 1), 2), certificate=presence),
    62208: _BYTES,  # tack, draft-perrin-tls-tack
    64768: Row(client_hello=u16s(1)),  # ech_outer_extensions, RFC 9849 (in an inner hello only)
    65032: _BYTES,  # encrypted_client_hello, draft-ietf-tls-esni-08
    65033: _BYTES,  # encrypted_client_hello, draft-ietf-tls-esni-09
    65034: _BYTES,  # encrypted_client_hello, draft-ietf-tls-esni-10
    # encrypted_client_hello, RFC 9849: a HelloRetryRequest carries the 8-byte confirmation
    65037: Row(client_hello=ech.client_ech, server=ech.ech_configs, hello_retry_request=fixed(8), memo=False),
    65281: Row(client_hello=opaque(1), server=opaque(1)),  # renegotiation_info, RFC 5746
    65283: _FLAG,  # short_header, draft-ietf-tls-tls13 experiments
    65445: _quic(quic_parameters.draft_transport_parameters),  # quic_transport_parameters of the QUIC drafts
    65486: Row(client_hello=ech.client_esni, server=rest, memo=False),  # encrypted_server_name, draft-ietf-tls-esni
}
"""code -> Row; whoever needs a name for a code asks the registry."""
