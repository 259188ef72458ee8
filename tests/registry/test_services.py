"""IANA's registries of ALPN ids, ports and QUIC transport parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.registry import alpn_title, quic_transport_parameter_name, service_name


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


@given(st.binary(), st.integers())
def test_anything_is_answered(protocol, number):
    alpn_title(protocol)
    service_name(number)
    quic_transport_parameter_name(number)
