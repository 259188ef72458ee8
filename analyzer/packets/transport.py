"""TCP and UDP: from the packets of a Block to its segments and datagrams in columns.

The road goes over ``link`` and ``network`` where they can read a packet, over the side road (``sideroad``) where it travels in a
tunnel, in fragments or on a rare link.  Here lives: RFC 9293's and RFC 768's headers, which packets take the side road, and the
count of what is skipped and why.  Here does not live: order of bytes (``streams``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from analyzer.packets import link, network
from analyzer.packets.carriage import Carriages, Layer
from analyzer.packets.columns import Column, Datagrams, Packets
from analyzer.packets.flowkey import flow_key
from analyzer.packets.network import Carried
from analyzer.packets.side import sideroad
from analyzer.packets.side.layers import ethertype, protocol_name
from analyzer.packets.side.links import NAMED_LINKS

if TYPE_CHECKING:
    from analyzer.capture.block import Block
    from analyzer.limits import Limits

__all__ = ["Transport"]

_TCP = np.dtype([("source", ">u2"), ("target", ">u2"), ("sequence", ">u4"), ("acknowledgment", ">u4"), ("offset", "u1"), ("flags", "u1"),
                 ("window", ">u2"), ("sum", ">u2"), ("urgent", ">u2")])  # fmt: skip
_UDP = np.dtype([("source", ">u2"), ("target", ">u2"), ("length", ">u2"), ("sum", ">u2")])
_PORTS = np.dtype([("source", ">u2"), ("target", ">u2")])
TCP, UDP = 6, 17
WALKED = -2
"""Protocol of a packet that the side road walks from its start."""

_TUNNELS = np.zeros(1 << 16, bool)
_TUNNELS[list(sideroad.TUNNEL_PORTS)] = True
_CARRYING = np.array(sorted(sideroad.CARRYING))


class Transport:
    """Reads Blocks one after another; keeps what fragments and carriages need from one to the next."""

    def __init__(self, limits: Limits, skipped: Counter[str], hits: Counter[str] | None = None) -> None:
        """``skipped`` counts every packet that is neither a TCP segment nor a UDP datagram, by reason; ``hits`` limits hit."""
        hits = Counter() if hits is None else hits
        self.carriages = Carriages(limits, hits)
        self.side = sideroad.SideRoad(limits, skipped, self.carriages, hits)

    def read(self, block: Block) -> tuple[Packets, Datagrams]:
        """Return the block's segments and datagrams; every other packet is counted."""
        block, ip = self._carried(block)
        if (ip.protocol == TCP).all() and (np.diff(ip.row) >= 0).all():
            return self._tcp(block, ip), self._udp(block, _some(ip, np.empty(0, np.int64)))
        order = np.argsort(ip.row, kind="stable")
        protocol = ip.protocol[order]
        return self._tcp(block, _some(ip, order[protocol == TCP])), self._udp(block, _some(ip, order[protocol == UDP]))

    def _carried(self, block: Block) -> tuple[Block, Carried]:
        """Return what IP carries, innermost where it is nested, in any order; what is neither TCP nor UDP is counted."""
        at, kind, tags = link.network(block)
        end = block.offset + block.caplen
        wire_end = np.maximum(end, block.offset + block.wirelen)
        parts: list[Carried] = []
        side: list[Column] = []
        for number, read in ((link.IPV4, network.ipv4), (link.IPV6, network.ipv6)):
            row = np.flatnonzero(kind == number)
            if len(row) or not parts:
                got = read(block.data, row, at[row], end[row], wire_end[row])
                if len(got.row) < len(row):
                    self.side.skip("cut before the end of the IP header", len(row) - len(got.row))
                parts.append(got)
        if sum(len(part.row) for part in parts) < len(block):
            side.append(self._not_ip(block, kind))
        ip = network.joined(parts)
        if tags is not None:
            ip.carriage = self._tagged(tags[ip.row])
        leaf = (ip.protocol == TCP) | (ip.protocol == UDP)
        if not leaf.all():
            odd = np.flatnonzero(~leaf)
            carrying = np.isin(ip.protocol[odd], _CARRYING)
            side.append(ip.row[odd[carrying]])
            self._count(ip.protocol[odd[~carrying]])
        udp = np.flatnonzero((ip.protocol == UDP) & (ip.start + _PORTS.itemsize <= ip.stop))
        if len(udp):
            ports = network.rows_of(block.data, ip.start[udp], _PORTS)
            tunnel = udp[_TUNNELS[ports["source"]] | _TUNNELS[ports["target"]]]
            if len(tunnel):
                side.append(ip.row[tunnel])
                ip.protocol[tunnel] = WALKED
        if any(map(len, side)):
            block, inner = self.side.walk(block, np.sort(np.concatenate(side)))
            ip = network.joined([ip, inner])
        return block, ip

    def _not_ip(self, block: Block, kind: Column) -> Column:
        """Return the packets that are not IP and may carry it; count the others, by EtherType or by a link type that is not read."""
        other = np.flatnonzero((kind != link.IPV4) & (kind != link.IPV6))
        links, kinds = block.link[other], kind[other]
        fast = np.isin(links, list(link.LINKS))
        walked = (~fast & np.isin(links, list(sideroad.LINK_LAYERS))) | (fast & sideroad.carries(kinds))
        for number, count in zip(*np.unique(links[~fast & ~walked], return_counts=True), strict=True):
            self.side.skip(NAMED_LINKS.get(int(number), f"link type {number}"), int(count))
        for number, count in zip(*np.unique(kinds[fast & ~walked], return_counts=True), strict=True):
            self.side.skip("not IP" if number == link.UNKNOWN else ethertype(int(number)), int(count))
        found: Column = other[walked]
        return found

    def _count(self, protocols: Column) -> None:
        for protocol, count in zip(*np.unique(protocols, return_counts=True), strict=True):
            self.side.skip("broken IP header" if protocol < 0 else protocol_name(int(protocol)), int(count))

    def _tagged(self, tags: Column) -> Column:
        """Return the carriages of packets with these VLAN tags; tag 0 is a priority and no VLAN."""
        distinct, which = np.unique(tags, return_inverse=True)
        numbers = [self.carriages.number(Layer("vlan", vlan) for vlan in link.vlans(one) if vlan) for one in distinct.tolist()]
        found: Column = np.array(numbers, np.int64)[which]
        return found

    def _tcp(self, block: Block, ip: Carried) -> Packets:
        """Read the TCP headers."""
        whole = ip.start + _TCP.itemsize <= ip.stop
        if not whole.all():
            self.side.skip("cut before the end of the TCP header", int((~whole).sum()))
            ip = _some(ip, np.flatnonzero(whole))
        head = network.rows_of(block.data, ip.start, _TCP)
        header = (head["offset"].astype(np.int64) >> 4) * 4
        if (header < _TCP.itemsize).any():
            self.side.skip("broken TCP header", int((header < _TCP.itemsize).sum()))
            sane = np.flatnonzero(header >= _TCP.itemsize)
            ip, head, header = _some(ip, sane), head[sane], header[sane]
        payload, stop = ip.start + header, ip.stop
        begin = np.minimum(payload, stop)  # options may be cut by the snap length
        source, target = head["source"].astype(np.int64), head["target"].astype(np.int64)
        key, forward = flow_key(ip.source_high, ip.source_low, source, ip.target_high, ip.target_low, target)
        return Packets(
            block, ip.row, ip.source_high, ip.source_low, ip.target_high, ip.target_low, source, target,
            head["sequence"].astype(np.int64), head["acknowledgment"].astype(np.int64), head["flags"].astype(np.int64),
            begin, stop, np.maximum(ip.wire_stop - np.maximum(stop, payload), 0), key, forward, ip.carriage, header | ip.ttl << 8,
        )  # fmt: skip

    def _udp(self, block: Block, ip: Carried) -> Datagrams:
        """Read the UDP headers; a length of 0 or past its packet is offload's or a lie: the packet decides."""
        whole = ip.start + _UDP.itemsize <= ip.stop
        if not whole.all():
            self.side.skip("cut before the end of the UDP header", int((~whole).sum()))
            ip = _some(ip, np.flatnonzero(whole))
        head = network.rows_of(block.data, ip.start, _UDP)
        length = head["length"].astype(np.int64)
        wire_stop = np.where(length < _UDP.itemsize, ip.wire_stop, np.minimum(ip.start + length, ip.wire_stop))
        stop = np.minimum(ip.stop, wire_stop)
        source, target = head["source"].astype(np.int64), head["target"].astype(np.int64)
        return Datagrams(block, ip.row, ip.source_high, ip.source_low, ip.target_high, ip.target_low, source, target,
                         ip.start + _UDP.itemsize, stop, wire_stop - stop, ip.carriage)  # fmt: skip


def _some(ip: Carried, rows: Column) -> Carried:
    return Carried(*(getattr(ip, name)[rows] for name in Carried.__slots__))
