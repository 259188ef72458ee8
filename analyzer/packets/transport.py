"""TCP: from the packets of a Block to its segments in columns — the fast road from ``link`` over ``network`` to Packets.

Here lives: RFC 9293's header and the count of what is skipped and why.  Here does not live: order of bytes (``streams``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.packets import link, network
from analyzer.packets.columns import Packets
from analyzer.packets.flowkey import flow_key

if TYPE_CHECKING:
    from collections import Counter

    from analyzer.capture.block import Block
    from analyzer.packets.network import Carried

__all__ = ["segments"]

_TCP = np.dtype([("source", ">u2"), ("target", ">u2"), ("sequence", ">u4"), ("acknowledgment", ">u4"), ("offset", "u1"), ("flags", "u1"),
                 ("window", ">u2"), ("sum", ">u2"), ("urgent", ">u2")])  # fmt: skip

PROTOCOLS = {-1: "broken IP header", 1: "ICMP", 2: "IGMP", 4: "IPv4 in IP", 17: "UDP", 41: "IPv6 in IP", 44: "IP fragment", 47: "GRE",
             50: "ESP", 58: "ICMPv6", 89: "OSPF", 103: "PIM", 112: "VRRP", 132: "SCTP"}  # fmt: skip
"""IP protocol number -> the name under which its packets are counted as skipped."""
ETHERTYPES = {link.ARP: "ARP", 0x8847: "MPLS", 0x8848: "MPLS", 0x8863: "PPPoE discovery", 0x8864: "PPPoE", 0x88CC: "LLDP",
              0x888E: "EAPOL", 0x8909: "Cisco metadata"}  # fmt: skip
"""EtherType -> the name under which its packets are counted as skipped (below 0x600 it is an 802.3 length: LLC)."""


def segments(block: Block, skipped: Counter[str]) -> Packets:
    """Return the block's TCP segments; every packet that is none is counted in ``skipped`` by reason."""
    at, kind = link.network(block)
    end = block.offset + block.caplen
    wire_end = np.maximum(end, block.offset + block.wirelen)
    carried: list[Carried] = []
    for ethertype, read in ((link.IPV4, network.ipv4), (link.IPV6, network.ipv6)):
        row = np.flatnonzero(kind == ethertype)
        if len(row) or not carried:
            got = read(block.data, row, at[row], end[row], wire_end[row])
            if len(got.row) < len(row):
                skipped["cut before the end of the IP header"] += len(row) - len(got.row)
            carried.append(got)
    if sum(len(part.row) for part in carried) < len(block):
        _count_links(block, kind, skipped)
    return _tcp(block, network.merged(carried), skipped)


def _tcp(block: Block, ip: Carried, skipped: Counter[str]) -> Packets:
    """Read the TCP headers of the IP packets that carry them."""
    good = ip.protocol == 6
    if not good.all():
        for protocol, count in zip(*np.unique(ip.protocol[~good], return_counts=True), strict=True):
            skipped[PROTOCOLS.get(int(protocol), f"IP protocol {protocol}")] += int(count)
    whole = ip.start + _TCP.itemsize <= ip.stop
    if not whole[good].all():
        skipped["cut before the end of the TCP header"] += int((good & ~whole).sum())
    keep = np.flatnonzero(good & whole)
    start, stop = ip.start[keep], ip.stop[keep]
    head = network.rows_of(block.data, start, _TCP)
    header = (head["offset"].astype(np.int64) >> 4) * 4
    if (header < _TCP.itemsize).any():
        skipped["broken TCP header"] += int((header < _TCP.itemsize).sum())
        sane = header >= _TCP.itemsize
        keep, start, stop, head, header = keep[sane], start[sane], stop[sane], head[sane], header[sane]
    payload, wire_stop = start + header, ip.wire_stop[keep]
    begin = np.minimum(payload, stop)  # options may be cut by the snap length
    source_port, target_port = head["source"].astype(np.int64), head["target"].astype(np.int64)
    source_high, source_low, target_high, target_low = (
        column[keep] for column in (ip.source_high, ip.source_low, ip.target_high, ip.target_low)
    )
    key, forward = flow_key(source_high, source_low, source_port, target_high, target_low, target_port)
    return Packets(
        block, ip.row[keep], source_high, source_low, target_high, target_low, source_port, target_port,
        head["sequence"].astype(np.int64), head["acknowledgment"].astype(np.int64), head["flags"].astype(np.int64),
        begin, stop, np.maximum(wire_stop - np.maximum(stop, payload), 0), key, forward,
    )  # fmt: skip


def _count_links(block: Block, kind: np.ndarray[tuple[int], np.dtype[np.int32]], skipped: Counter[str]) -> None:
    """Count the packets that are not IP, by EtherType or by the link type that is not read."""
    other = (kind != link.IPV4) & (kind != link.IPV6)
    known = np.isin(block.link, list(link.LINKS))
    for number, count in zip(*np.unique(block.link[other & ~known], return_counts=True), strict=True):
        skipped[f"link type {number}"] += int(count)
    for ethertype, count in zip(*np.unique(kind[other & known], return_counts=True), strict=True):
        name = "not IP" if ethertype == link.UNKNOWN else "LLC" if ethertype < 0x600 else None
        skipped[name or ETHERTYPES.get(int(ethertype), f"EtherType 0x{ethertype:04x}")] += int(count)
