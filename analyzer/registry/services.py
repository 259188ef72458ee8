"""What runs inside TLS and around it: ALPN protocols, services by port, QUIC versions and transport parameters.

Here lives: tables kept by hand from IANA's registries.  Here does not live: which bytes grant STARTTLS (``handshakes.preludes``).
"""

from __future__ import annotations

__all__ = ["alpn_title", "quic_transport_parameter_name", "quic_version_name", "service_name"]

ALPN = {
    b"http/0.9": "HTTP/0.9", b"http/1.0": "HTTP/1.0", b"http/1.1": "HTTP/1.1", b"spdy/1": "SPDY/1", b"spdy/2": "SPDY/2",
    b"spdy/3": "SPDY/3", b"spdy/3.1": "SPDY/3.1", b"stun.turn": "TURN", b"stun.nat-discovery": "NAT discovery using STUN",
    b"h2": "HTTP/2 over TLS", b"h2c": "HTTP/2 over TCP", b"h2-14": "HTTP/2 draft 14", b"h2-15": "HTTP/2 draft 15",
    b"h2-16": "HTTP/2 draft 16",
    b"webrtc": "WebRTC media and data", b"c-webrtc": "confidential WebRTC", b"ftp": "FTP", b"imap": "IMAP", b"pop3": "POP3",
    b"managesieve": "ManageSieve", b"coap": "CoAP over TLS", b"co": "CoAP over DTLS", b"xmpp-client": "XMPP client",
    b"xmpp-server": "XMPP server",
    b"acme-tls/1": "ACME TLS challenge", b"mqtt": "MQTT", b"dot": "DNS over TLS", b"ntske/1": "NTS key establishment",
    b"sunrpc": "SunRPC", b"h3": "HTTP/3", b"smb": "SMB2", b"irc": "IRC", b"nntp": "NNTP reading", b"nnsp": "NNTP transit",
    b"doq": "DNS over QUIC",
    b"sip/2": "SIP", b"tds/8.0": "TDS/8.0", b"dicom": "DICOM", b"postgresql": "PostgreSQL", b"radius/1.0": "RADIUS/1.0",
    b"radius/1.1": "RADIUS/1.1",
}  # fmt: skip
"""IANA "TLS Application-Layer Protocol Negotiation (ALPN) Protocol IDs"; drafts of HTTP/2 after draft-ietf-httpbis-http2."""

SERVICES = {
    21: "ftp", 25: "smtp", 110: "pop3", 143: "imap", 389: "ldap", 443: "https", 465: "submissions", 563: "nntps", 587: "submission",
    614: "sshell", 636: "ldaps", 684: "corba-iiop-ssl", 695: "ieee-mms-ssl", 832: "netconfsoaphttp", 853: "domain-s", 989: "ftps-data",
    990: "ftps", 992: "telnets", 993: "imaps", 994: "ircs", 995: "pop3s", 1433: "ms-sql-s", 2083: "radsec", 2376: "docker-s",
    2484: "ttc-ssl", 3269: "msft-gc-ssl", 3306: "mysql", 3389: "ms-wbt-server", 4190: "sieve", 4433: "vop", 5061: "sips",
    5222: "xmpp-client", 5223: "hpvirtgrp", 5269: "xmpp-server", 5349: "stuns", 5432: "postgresql", 5671: "amqps", 5684: "coaps",
    5986: "wsmans", 6443: "sun-sr-https", 6514: "syslog-tls", 6679: "osaut", 6697: "ircs-u", 8443: "pcsync-https", 8883: "secure-mqtt",
    27017: "mongodb",
}  # fmt: skip
"""IANA "Service Name and Transport Protocol Port Number Registry": ports where TLS is common."""

USUAL = {853: "dot", 4433: "openssl s_server", 5223: "xmpps", 6443: "kubernetes", 6679: "ircs", 8443: "https"}
"""What such a port is in practice, where IANA's name says something else."""

QUIC_TRANSPORT_PARAMETERS = {
    0x00: "original_destination_connection_id", 0x01: "max_idle_timeout", 0x02: "stateless_reset_token", 0x03: "max_udp_payload_size",
    0x04: "initial_max_data", 0x05: "initial_max_stream_data_bidi_local", 0x06: "initial_max_stream_data_bidi_remote",
    0x07: "initial_max_stream_data_uni", 0x08: "initial_max_streams_bidi", 0x09: "initial_max_streams_uni", 0x0A: "ack_delay_exponent",
    0x0B: "max_ack_delay", 0x0C: "disable_active_migration", 0x0D: "preferred_address", 0x0E: "active_connection_id_limit",
    0x0F: "initial_source_connection_id", 0x10: "retry_source_connection_id", 0x11: "version_information", 0x20: "max_datagram_frame_size",
    0x173E: "discard", 0x26AB: "google handshake message", 0x2AB2: "grease_quic_bit", 0x3127: "initial_rtt",
    0x3128: "google_connection_options", 0x3129: "user_agent", 0x4752: "google_version", 0x7158: "timestamp", 0xFF04DE1B: "min_ack_delay",
    0x0F739BBC1B666D05: "enable_multipath (draft 05)",
}  # fmt: skip
"""IANA "QUIC Transport Parameters" (RFC 9000 section 18.2, 9221, 9287, 9368) and what Chromium sends."""


QUIC_VERSIONS = {
    0x00000001: "QUIC v1", 0x6B3343CF: "QUIC v2", 0x709A50C4: "QUIC v2 draft", 0xFACEB001: "mvfst draft 22", 0xFACEB002: "mvfst draft 27",
}  # fmt: skip
"""IANA "QUIC Versions" (RFC 9000, 9369) and Facebook's."""


def alpn_title(protocol: bytes) -> str | None:
    """Return what an ALPN id means: "HTTP/2 over TLS" for b"h2"; "GREASE" (RFC 8701); None for an unknown one."""
    title = ALPN.get(protocol)
    if title:
        return title
    return "GREASE" if len(protocol) == 2 and protocol[0] == protocol[1] and protocol[0] & 0x0F == 0x0A else None


def service_name(port: int) -> str | None:
    """Return the service that usually speaks TLS on a port: "https" for 443, "dot" for 853; None where none is usual."""
    return USUAL.get(port) or SERVICES.get(port)


def quic_transport_parameter_name(code: int) -> str | None:
    """Return the name of a QUIC transport parameter; "GREASE" for the reserved 31 * n + 27 (RFC 9000 section 18.1); or None."""
    return QUIC_TRANSPORT_PARAMETERS.get(code) or ("GREASE" if code % 31 == 27 else None)


def quic_version_name(code: int) -> str:
    """Return what a QUIC version number means: "QUIC v1", "QUIC draft 29", "GREASE" (RFC 9000 section 15), else its hex."""
    if code in QUIC_VERSIONS:
        return QUIC_VERSIONS[code]
    if code & 0x0F0F0F0F == 0x0A0A0A0A:
        return "GREASE"
    if code >> 8 == 0xFF0000:
        return f"QUIC draft {code & 0xFF}"
    text = code.to_bytes(4, "big")
    return f"Google QUIC {text.decode()}" if text[:1] in b"QT" and text[1:].isdigit() else f"0x{code:08x}"
