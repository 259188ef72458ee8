"""Tiny writers of captures, independent of the reader: struct by struct from the drafts."""

from __future__ import annotations

from struct import pack

ETHERNET = 1
FRAME = bytes.fromhex("ffffffffffff020000000001080045000014") + bytes(range(42))
START = 1_700_000_000


def pcap_header(order="<", magic=0xA1B2C3D4, version=(2, 4), link=ETHERNET, snap=65535):
    return pack(order + "IHHiIII", magic, *version, 0, 0, snap, link)


def pcap_record(data=FRAME, seconds=START, fraction=0, order="<", *, wire=None, extra=b"", captured=None):
    captured = len(data) if captured is None else captured
    return pack(order + "IIII", seconds, fraction, captured, len(data) if wire is None else wire) + extra + data


def pcap(packets, order="<", magic=0xA1B2C3D4, **header):
    """``packets``: (seconds, fraction, data)."""
    records = [pcap_record(data, seconds, fraction, order) for seconds, fraction, data in packets]
    return pcap_header(order, magic, **header) + b"".join(records)


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return pack(order + "II", kind, size) + body + pack(order + "I", size)


def option(code, value, order="<"):
    return pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order="<", options=b"", version=(1, 0), length=-1):
    return block(0x0A0D0D0A, pack(order + "IHHq", 0x1A2B3C4D, *version, length) + options, order)


def interface(order="<", link=ETHERNET, snap=0, options=b""):
    return block(1, pack(order + "HHI", link, 0, snap) + options, order)


def enhanced(data=FRAME, ticks=START * 10**6, number=0, order="<", *, wire=None, captured=None, options=b""):
    captured = len(data) if captured is None else captured
    header = pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, captured, len(data) if wire is None else wire)
    return block(6, header + data + bytes(-len(data) % 4) + options, order)


def simple(data=FRAME, order="<", wire=None):
    return block(3, pack(order + "I", len(data) if wire is None else wire) + data, order)


def obsolete(data=FRAME, ticks=START * 10**6, number=0, order="<"):
    return block(2, pack(order + "HHIIII", number, 0xFFFF, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)) + data, order)


def statistics(number=0, order="<", ifdrop=None, osdrop=None):
    options = b"".join(option(code, pack(order + "Q", n), order) for code, n in ((5, ifdrop), (7, osdrop)) if n is not None)
    return block(5, pack(order + "III", number, 0, 0) + options, order)
