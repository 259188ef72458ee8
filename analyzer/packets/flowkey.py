"""Flow key: a 64-bit hash of the five-tuple that is the same for both directions.

Here lives: the mixing.  The key only *selects* packets; ``streams.table`` keys on the true five-tuple, so that a collision
costs work and never truth.

Whoever sends packets chooses addresses and ports, and must not be able to choose collisions.  Each end is hashed by a multilinear
function of its 32-bit words (Carter and Wegman's; Lemire and Kaser, "Strongly universal string hashing is fast"): with multipliers that
nobody outside knows, drawn afresh in each process, any two ends collide with a chance of 2**-32, whatever they are.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import numpy as np

from analyzer.packets.network import IPV4_HIGH

if TYPE_CHECKING:
    from analyzer.packets.columns import Column

__all__ = ["flow_key", "key_between"]

_SHIFT = np.uint64(32)
_WORD = np.uint64(0xFFFF_FFFF)
_FACTORS = [np.uint64(secrets.randbits(64)) for _ in range(5)]
_LAST, _BOTH = (np.uint64(secrets.randbits(64) | 1) for _ in range(2))
_NUMBERS, _LAST_NUMBER, _BOTH_NUMBER = [int(factor) for factor in _FACTORS], int(_LAST), int(_BOTH)
_MASK = 0xFFFF_FFFF_FFFF_FFFF


def _end(high: Column, low: Column, port: Column) -> Column:
    """Mix one end (address and port) into 64 bits."""
    mixed = (high >> _SHIFT) * _FACTORS[0]
    mixed += (high & _WORD) * _FACTORS[1]
    mixed += (low >> _SHIFT) * _FACTORS[2]
    mixed += (low & _WORD) * _FACTORS[3]
    mixed += port.astype(np.uint64) * _FACTORS[4]
    mixed ^= mixed >> _SHIFT  # the upper half is the universal one
    mixed *= _LAST
    mixed ^= mixed >> _SHIFT  # the sum of two ends must not be that of two others: no more linear
    mixed *= _BOTH
    return mixed


def flow_key(
    source_high: Column, source_low: Column, source_port: Column, target_high: Column, target_low: Column, target_port: Column
) -> tuple[Column, Column]:
    """Return (key: uint64, forward: bool): the key of both directions, and whether the source end is the first of the two."""
    source, target = _end(source_high, source_low, source_port), _end(target_high, target_low, target_port)
    key = source + target
    key ^= key >> _SHIFT
    key *= _LAST
    return key, source <= target


def key_between(one: tuple[bytes, int], other: tuple[bytes, int]) -> int:
    """Return the key of a single pair of ends (packed address, port): the number that ``flow_key`` has in its column for them."""
    key = _end_number(*one) + _end_number(*other) & _MASK
    return (key ^ key >> 32) * _LAST_NUMBER & _MASK


def _end_number(address: bytes, port: int) -> int:
    """Mix one end as ``_end`` does: numpy takes ten times as long for one."""
    number = int.from_bytes(address, "big")
    high, low = (number >> 64, number & _MASK) if len(address) == 16 else (int(IPV4_HIGH), number)
    words = (high >> 32, high & 0xFFFF_FFFF, low >> 32, low & 0xFFFF_FFFF, port)
    mixed = sum(word * factor for word, factor in zip(words, _NUMBERS, strict=True)) & _MASK
    mixed = (mixed ^ mixed >> 32) * _LAST_NUMBER & _MASK
    return (mixed ^ mixed >> 32) * _BOTH_NUMBER & _MASK
