"""IANA's registries of ALPN ids, ports, QUIC versions and transport parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.registry import alpn_title, quic_transport_parameter_name, quic_version_name, service_name


@pytest.mark.parametrize(("protocol", "title"), [
    (b"h2", "HTTP/2 over TLS"), (b"http/1.1", "HTTP/1.1"), (b"h3", "HTTP/3"), (b"acme-tls/1", "ACME TLS challenge"),
    (b"dot", "DNS over TLS"),
    (b"\x0a\x0a", "GREASE"), (b"\xfa\xfa", "GREASE"), (b"\x0a\x1a", None), (b"", None), (b"\xff" * 255, None),
])  # fmt: skip
def test_alpn(protocol, title):
    assert alpn_title(protocol) == title


@pytest.mark.parametrize(("port", "name"), [(443, "https"), (853, "dot"), (993, "imaps"), (465, "submissions"), (5061, "sips"), (1, None)])
def test_ports(port, name):
    assert service_name(port) == name


@pytest.mark.parametrize(("code", "name"), [
    (0x00, "original_destination_connection_id"), (0x01, "max_idle_timeout"), (0x0F, "initial_source_connection_id"),  # RFC 9000 18.2
    (0x10, "retry_source_connection_id"), (0x11, "version_information"), (0x20, "max_datagram_frame_size"), (0x2AB2, "grease_quic_bit"),
    (27, "GREASE"), (27 + 31 * 1000, "GREASE"), (0x21, None),
])  # fmt: skip
def test_quic_transport_parameters(code, name):
    assert quic_transport_parameter_name(code) == name


@pytest.mark.parametrize(("code", "name"), [
    (0x00000001, "QUIC v1"), (0x6B3343CF, "QUIC v2"), (0x709A50C4, "QUIC v2 draft"),  # RFC 9000 section 15, RFC 9369 section 3.1
    (0xFF00001D, "QUIC draft 29"), (0xFF000014, "QUIC draft 20"), (0x0A0A0A0A, "GREASE"), (0xFAFAFAFA, "GREASE"), (0x1A2A3A4A, "GREASE"),
    (int.from_bytes(b"Q043", "big"), "Google QUIC Q043"), (int.from_bytes(b"T051", "big"), "Google QUIC T051"),
    (0xFACEB002, "mvfst draft 27"), (0x00000000, "0x00000000"), (0xBABABABB, "0xbabababb"), (int.from_bytes(b"Qabc", "big"), "0x51616263"),
    (int.from_bytes(b"Q\xff\xff\xff", "big"), "0x51ffffff"), (0xFFFFFFFF, "0xffffffff"),
])  # fmt: skip
def test_quic_versions(code, name):
    assert quic_version_name(code) == name


@given(st.integers(0, 2**32 - 1))
def test_every_quic_version_has_a_name_of_its_own_but_for_grease(code):
    name = quic_version_name(code)
    assert name.isprintable()
    assert name == "GREASE" or name != quic_version_name(code ^ 0x01000000)


@given(st.binary(), st.integers())
def test_anything_is_answered(protocol, number):
    alpn_title(protocol)
    service_name(number)
    quic_transport_parameter_name(number)
