"""Frames put on an interface at a given pace, by a process of its own, so that it shares Python's lock with nobody.

    python tests/live/train.py far0 frames.pcap --rate 5000       # frames a second
    python tests/live/train.py far0 frames.pcap --times 0.5       # the capture's own times, twice as fast
    python tests/live/train.py far0 frames.pcap                   # as fast as it goes
    python tests/live/train.py                                    # what the lines of standard input say (``serve``)

Prints at the end, as JSON: frames sent, seconds, and why it ended early (the interface went down …) or null.

Here lives: ``frames`` (captures → Ethernet frames), ``Train`` (many frames handed to the kernel by one call), and the pace.
Here does not live: interfaces (``wires``), traffic made for measuring (``tests/bench/load.py``).

Captures of Ethernet are sent as they are; those of raw IP (link types 12, 14, 101, 228, 229) get a header before each packet.  Others
cannot be replayed.  Neither can frames shorter than an Ethernet header or longer than ``LONGEST``: ``frames`` leaves them out.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from struct import pack

import numpy as np

from analyzer.capture import Capture

__all__ = ["LONGEST", "Sent", "Train", "at_pace", "frames", "opened", "replay", "replayable", "write"]

ETHERNET, RAW = 1, {12, 14, 101, 228, 229}
HARDWARE = b"\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01"
SHORTEST, LONGEST = 14, 65535 + 14
"""Bytes of a frame: a header at least, and no more than an MTU of 65,535 allows."""
SECOND = 10**9
MANY = 1024
"""Frames in one call (UIO_MAXIOV)."""
BREATH = 0.001
"""Seconds between two calls: what is due is gathered, for a call a frame would cost more than the frame."""


@dataclass(frozen=True)
class Sent:
    """What became of a replay: frames sent, seconds that took, and why it ended early (None: it did not)."""

    packets: int
    seconds: float
    ended: str | None = None


def replayable(path):
    """Whether a capture can be put on a wire as it was: of Ethernet or raw IP, no packet cut."""
    return all(
        {*np.unique(block.link).tolist()} <= {ETHERNET, *RAW} and not (block.caplen < block.wirelen).any()
        for block in Capture(path)
    )  # fmt: skip


def frames(*captures):
    """Return [(time in ns, Ethernet frame)] of captures, one after the other."""
    made = []
    for path in captures:
        for block in Capture(path):
            for when, link, data in zip(block.time.tolist(), block.link.tolist(), block, strict=True):
                whole = data
                if link in RAW:
                    whole = HARDWARE + (b"\x86\xdd" if data[:1] >= b"\x60" else b"\x08\x00") + data
                elif link != ETHERNET:
                    raise ValueError(f"{path}: link type {link} cannot be replayed")
                if SHORTEST <= len(whole) <= LONGEST:
                    made.append((when, whole))
    return made


def write(path, made, snaplen=1 << 18):
    """Write frames as a pcap file (Ethernet, nanoseconds), of each at most ``snaplen`` bytes."""
    with Path(path).open("wb") as file:
        file.write(pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, 1))
        file.writelines(pack("<IIII", *divmod(when, SECOND), min(len(data), snaplen), len(data)) + data[:snaplen] for when, data in made)


def opened(interface):
    """Return a socket that sends whole frames on an interface; OSError without the right to or where there is none of that name."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # protocol 0: it receives nothing
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    link.bind((interface, 0))
    return link


class Train:
    """Frames that lie in one array, ready to be handed to the kernel many at a time (sendmmsg; Linux of 64 bits).

    ``data`` uint8; frame *i* is ``data[offset[i] : offset[i] + length[i]]``.  Bytes may change between calls, places may not.
    """

    def __init__(self, link, data, offset, length):
        self._link, self._data = link, np.ascontiguousarray(data)
        self._parts = np.zeros((len(offset), 2), np.uint64)  # struct iovec
        self._parts[:, 0] = self._data.ctypes.data + np.asarray(offset, np.uint64)
        self._parts[:, 1] = length
        self._messages = np.zeros((len(offset), 8), np.uint64)  # struct mmsghdr
        self._messages[:, 2] = self._parts.ctypes.data + 16 * np.arange(len(offset), dtype=np.uint64)
        self._messages[:, 3] = 1
        self._call = ctypes.CDLL(None, use_errno=True).sendmmsg
        self._call.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)

    def __len__(self):
        return len(self._parts)

    def send(self, first, stop):
        """Send frames ``first`` to ``stop``, which is as many as were sent: OSError only where not even the next one could be."""
        at = first
        while at < stop:
            done = self._call(self._link.fileno(), self._messages.ctypes.data + 64 * at, min(stop - at, MANY), 0)
            if done < 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), at)
            at += done
        return at


def at_pace(train, due, start=None, note=None):
    """Send a train, each frame when it is due (seconds after ``start``, a time of time.monotonic, by default now).

    ``note(frames sent so far, time)`` is called after each call.  Returns Sent.
    """
    start = time.monotonic() if start is None else start
    at, woken, ended = 0, 0.0, None
    while at < len(train):
        now = time.monotonic() - start
        stop = min(int(np.searchsorted(due, now, "right")), at + MANY)
        if stop <= at:
            time.sleep(max(due[at] - now, woken + BREATH - now, 0.0))
            woken = time.monotonic() - start
            continue
        try:
            at = train.send(at, stop)
        except OSError as trouble:
            at, ended = trouble.filename, trouble.strerror
            break
        if note is not None:
            note(at, time.monotonic())
    return Sent(at, time.monotonic() - start, ended)


def replay(interface, capture, rate=None, times=None, at=None, first=None):
    """Send the frames of a capture; ``at`` (s since 1970) and ``first`` (ns) as in ``wires``.  Returns Sent."""
    made = frames(capture)
    length = np.array([len(data) for _, data in made], np.int64)
    offset = np.concatenate(([0], np.cumsum(length)[:-1])) if made else length
    data = np.frombuffer(b"".join(data for _, data in made), np.uint8)
    due = np.zeros(len(made))
    if rate:
        due = np.arange(len(made)) / rate
    elif times is not None and made:
        begin = made[0][0] if first is None else first
        due = np.maximum.accumulate(np.array([when - begin for when, _ in made], float)) / SECOND * times
    start = None if at is None else time.monotonic() + at - time.time()
    with opened(interface) as link:
        return at_pace(Train(link, data, offset, length), due, start)


def serve():
    """Replay what each line of standard input says, as JSON [interface, capture, {"rate": …}]; answer each with a line."""
    for line in sys.stdin:
        interface, capture, pace = json.loads(line)
        try:
            answer = asdict(replay(interface, capture, **pace))
        except OSError as error:  # no such interface any more
            answer = asdict(Sent(0, 0.0, error.strerror))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interface", nargs="?")
    parser.add_argument("capture", type=Path, nargs="?")
    parser.add_argument("--rate", type=float, help="frames a second")
    parser.add_argument("--times", type=float, help="the capture's own times, times this")
    asked = parser.parse_args(argv)
    if asked.capture is None:
        serve()
    else:
        json.dump(asdict(replay(asked.interface, asked.capture, asked.rate, asked.times)), sys.stdout)


if __name__ == "__main__":
    main()
