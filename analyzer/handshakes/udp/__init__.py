"""Handshakes over UDP: DTLS associations and QUIC connections."""
