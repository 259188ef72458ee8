"""Flow key: a 64-bit hash of the five-tuple that is the same for both directions.

Here lives: the mixing.  The key only *selects* packets; ``streams.table`` keys on the true five-tuple, so that a collision
costs work and never truth.  The multipliers are drawn afresh in each process: nobody outside can choose collisions.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyzer.packets.columns import Column

__all__ = ["flow_key"]


def _odd() -> np.uint64:
    return np.uint64(secrets.randbits(64) | 1)


_HIGH, _LOW, _PORT, _LAST = _odd(), _odd(), _odd(), _odd()
_SHIFT = np.uint64(32)


def _end(high: Column, low: Column, port: Column) -> Column:
    """Mix one end (address and port) into 64 bits."""
    mixed = high * _HIGH
    mixed += low * _LOW
    mixed ^= mixed >> _SHIFT
    mixed += port.astype(np.uint64)
    mixed *= _PORT
    mixed ^= mixed >> _SHIFT
    mixed *= _LAST
    return mixed


def flow_key(
    source_high: Column, source_low: Column, source_port: Column, target_high: Column, target_low: Column, target_port: Column
) -> tuple[Column, Column]:
    """Return (key: uint64, forward: bool): the key of both directions, and whether the source end is the first of the two."""
    source, target = _end(source_high, source_low, source_port), _end(target_high, target_low, target_port)
    key = source + target
    key ^= key >> _SHIFT
    key *= _HIGH
    return key, source <= target
