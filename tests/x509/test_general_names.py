"""general_names: every kind, the forms of addresses, agreement with cryptography."""

import ipaddress

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from analyzer.x509 import der as reader
from analyzer.x509.general_names import read_general_names


def read(encoded):
    faults = []
    outer = reader.children(encoded, 0, len(encoded), faults)[0]
    return [(name.kind, name.value) for name in read_general_names(encoded, outer[2], outer[3], faults)], faults


def test_every_kind(der):
    directory = der.name(("2.5.4.3", b"x", 0x0C))
    names = der.tlv(
        0x30,
        der.tlv(0xA0, der.oid("1.3.6.1.4.1.311.20.2.3"), der.tlv(0xA0, der.tlv(0x0C, b"user@corp"))),
        der.tlv(0x81, b"a@b.c"),
        der.tlv(0x82, b"*.example.com"),
        der.tlv(0xA3, b"\x30\0"),
        der.tlv(0xA4, directory),
        der.tlv(0xA5, b"\x81\x01a"),
        der.tlv(0x86, b"https://x/"),
        der.tlv(0x87, b"\x7f\0\0\x01"),
        der.tlv(0x87, bytes(15) + b"\x01"),
        der.tlv(0x88, der.oid("1.2.3.4")[2:]),
    )
    assert read(names) == (
        [
            ("otherName", "1.3.6.1.4.1.311.20.2.3=user@corp"),
            ("rfc822Name", "a@b.c"),
            ("dNSName", "*.example.com"),
            ("x400Address", "#a3023000"),
            ("directoryName", "CN=x"),
            ("ediPartyName", "#a503810161"),
            ("uniformResourceIdentifier", "https://x/"),
            ("iPAddress", "127.0.0.1"),
            ("iPAddress", "::1"),
            ("registeredID", "1.2.3.4"),
        ],
        [],
    )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("0a000000ff000000", "10.0.0.0/8"),
        ("0a000000ff00ff00", "10.0.0.0/255.0.255.0"),
        ("0000000000000000", "0.0.0.0/0"),
        ("20010db8" + "00" * 12 + "ffffffff" + "00" * 12, "2001:db8::/32"),
        ("0a0000", "#0a0000"),
    ],
)
def test_addresses_with_masks(der, raw, text):
    names, faults = read(der.tlv(0x30, der.tlv(0x87, bytes.fromhex(raw))))
    assert names == [("iPAddress", text)]
    assert bool(faults) == text.startswith("#")


def test_broken_kinds(der):
    for name, kind, fault in (
        (der.tlv(0x82, b"good.test\0.evil"), "dNSName", "NUL in IA5String"),
        (der.tlv(0xA0, b"\x05\0"), "otherName", "bad otherName"),
        (der.tlv(0xA4, b"\x05\0"), "directoryName", "bad directoryName"),
        (der.tlv(0x8F, b"x"), "unknown", "general name with tag 0x8f"),
        (der.tlv(0x82, "ü".encode()), "dNSName", "bad IA5String"),
    ):
        names, faults = read(der.tlv(0x30, name))
        assert names[0][0] == kind
        assert faults == [fault]


ASCII = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
NAMES = st.one_of(
    ASCII.map(x509.DNSName),
    ASCII.map(x509.UniformResourceIdentifier),
    st.ip_addresses().map(x509.IPAddress),
    st.lists(st.integers(0, 1 << 70), max_size=5).map(
        lambda arcs: x509.RegisteredID(x509.ObjectIdentifier(".".join(map(str, [1, 2, *arcs]))))
    ),
)


@given(st.lists(NAMES, max_size=8))
def test_agreement_with_cryptography(names):
    encoded = x509.SubjectAlternativeName(names).public_bytes()
    ours, faults = read(encoded)
    theirs = [name.value.dotted_string if isinstance(name, x509.RegisteredID) else str(name.value) for name in names]
    assert [str(ipaddress.ip_address(value)) if kind == "iPAddress" else value for kind, value in ours] == theirs
    assert faults == []
