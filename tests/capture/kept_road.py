"""The whole road with a keeper beside it, as ``pipeline`` and a live run go it; what is told twice comes twice."""

from __future__ import annotations

import contextlib
from unittest import mock

from analyzer import pipeline
from analyzer.handshakes.handshake import Handshake
from analyzer.limits import DEFAULT
from analyzer.packets.flowkey import key_between


def walk(blocks, keeper, limits=DEFAULT, *, live=False):
    """Walk the road, and give the keeper what it takes and is told; yield what the road yields."""

    class Transport(pipeline.Transport):
        def __init__(self, *args):
            super().__init__(*args)
            self.side.on_fragment, keeper.pieces = keeper.aside, self.side.pieces

    class Sieve(pipeline.Sieve):
        def sift(self, packets):
            picked, fresh = super().sift(packets)
            for part in picked:
                keeper.take(part.block, part.row, part.key)
            return picked, fresh

    class DatagramSieve(pipeline.DatagramSieve):
        def sift(self, datagrams):
            picked, keys, *rest = super().sift(datagrams)
            keeper.take(picked.block, picked.row, keys, wanders=True)
            return (picked, keys, *rest)

    with contextlib.ExitStack() as stack:
        for one in (Transport, Sieve, DatagramSieve):
            stack.enter_context(mock.patch.object(pipeline, one.__name__, one))
        for one in pipeline.handshakes(blocks, limits, pipeline.Counters(), live=live):
            tell(keeper, one)
            yield one


def tell(keeper, one):
    """Tell the keeper of a handshake, or of a connection that came to none."""
    ends = ((end.address, end.port) for end in (one.client, one.server))
    if isinstance(one, Handshake):
        moved = [*one.packets, *(event.packet for event in one.events)] if one.transport == "udp" else ()
        keeper.told(key_between(*ends), moved, over=not one.open)
    else:
        keeper.told(key_between(*ends))
