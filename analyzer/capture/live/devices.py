"""What catchers ask the kernel: whether an interface is up, down or not there, what its card has lost, and for a larger pipe.

Here lives: these requests.  Here does not live: what an interface is (``interfaces``).
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import sys
from enum import Enum
from pathlib import Path

__all__ = ["State", "drops", "enlarge", "state"]

_ASK_FLAGS = {"linux": 0x8913, "darwin": 0xC0206911}  # SIOCGIFFLAGS; the BSDs number it as macOS does
_UP = 1  # IFF_UP
_NAME_BYTES = 16  # IFNAMSIZ, with a zero at the end


PIPE_BYTES = 1 << 20
"""What a pipe may hold: the most that Linux gives to anybody."""


class State(Enum):
    """Of an interface."""

    UP = "up"
    DOWN = "down"
    GONE = "gone"
    UNKNOWN = "unknown"


def state(interface: str) -> State:
    """Return the state of an interface; UNKNOWN where this system is asked in no way that we know. Costs microseconds."""
    number = _ASK_FLAGS.get(sys.platform, _ASK_FLAGS["darwin"] if "bsd" in sys.platform else 0)
    name = interface.encode("utf-8", "surrogateescape")
    if not number:
        return State.UNKNOWN
    if len(name) >= _NAME_BYTES or b"\0" in name:
        return State.GONE
    import fcntl  # noqa: PLC0415 - not on every system

    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            answer = fcntl.ioctl(asked, number, struct.pack("16sh14x", name, 0))
    except OSError as error:
        return State.GONE if error.errno in {errno.ENODEV, errno.ENXIO} else State.UNKNOWN
    return State.UP if struct.unpack_from("16sH", answer)[1] & _UP else State.DOWN


def drops(interface: str) -> int | None:
    """Return how many packets the card has lost since it is up (what libpcap calls dropped by the interface); None where nobody says it."""
    if not sys.platform.startswith("linux") or "/" in interface:
        return None
    folder = Path("/sys/class/net", interface, "statistics")
    try:
        return sum(int((folder / name).read_text()) for name in ("rx_missed_errors", "rx_fifo_errors"))
    except (OSError, ValueError):
        return None


def enlarge(pipe: int) -> None:
    """Let a pipe hold a mebibyte where that can be had (Linux): the usual 64 KiB are one packet of the largest kind."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - not on every system

        with contextlib.suppress(OSError):  # the user's share of pipes is used up
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
