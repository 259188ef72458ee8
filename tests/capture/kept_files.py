"""What the tests of keeping share: a file in memory, Blocks by hand."""

from __future__ import annotations

import numpy as np

from analyzer.capture import Block


class Memory:
    """A file in memory; ``full_at`` says how often a write may come before another file is begun, ``fails`` before the disk is full."""

    eager = True

    def __init__(self, full_at=0, fails=0):
        self.files, self.closed, self.full_at, self.fails, self.turned = [[]], 0, full_at, fails, 0

    def full(self, size, now):
        assert size >= 0
        self.now = now
        return self.full_at > 0 and len(self.files[-1]) >= self.full_at

    def turn(self):
        self.turned += 1
        self.files.append([])

    def write(self, data):
        if self.fails and sum(map(len, self.files)) >= self.fails:
            raise OSError(28, "No space left on device", "FILE")
        self.files[-1].append(bytes(data))

    def close(self):
        self.closed += 1

    def whole(self, at=-1):
        return b"".join(self.files[at])


def block(rows, first=1):
    """A Block of (bytes, time) or of bytes."""
    rows = [row if isinstance(row, tuple) else (row, at) for at, row in enumerate(rows)]
    ends = np.cumsum([0, *(len(data) for data, _ in rows)], dtype=np.int64)
    size = np.diff(ends)
    zeros = np.zeros(len(rows), np.int32)
    columns = (ends[:-1], size, size, np.array([time for _, time in rows], np.int64), zeros + 1, zeros)
    return Block(np.frombuffer(b"".join(data for data, _ in rows), np.uint8), *columns, np.arange(first, first + len(rows), dtype=np.int64))


def take(keeper, made, keys, rows=None, **options):
    keeper.take(made, np.arange(len(made)) if rows is None else np.array(rows), np.array(keys, np.uint64), **options)
