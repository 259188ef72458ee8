"""Tap: what one catcher catches, read by a thread of its own into an inbox of bounded size.

A thread, so that the pipe is emptied while the road works on what came before: a burst then waits in memory and not in the kernel, which
would drop it.  Here lives: that thread, and the inbox that all of them share.  Here does not live: what a capture is (``reading``), time
and order of what came (``watching``).
"""

from __future__ import annotations

import contextlib
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from analyzer.capture.inputs import Pipe
from analyzer.capture.reading import Capture
from analyzer.errors import CaptureError

if TYPE_CHECKING:
    from analyzer.capture.block import Block
    from analyzer.capture.live.request import Catcher
    from analyzer.limits import Limits

__all__ = ["Inbox", "Tap"]


class Inbox:
    """Blocks that came and were not taken yet, at most ``most`` bytes of packets (and one Block).

    Who takes may be interrupted anywhere by a signal handler that raises: what was not handed over is handed over next time.
    """

    def __init__(self, most: int) -> None:
        """Begin empty."""
        self._most = most
        self._room = threading.Condition()
        self._waiting: SimpleQueue[tuple[Tap, Block] | None] = SimpleQueue()
        self._came: list[tuple[Tap, Block]] = []
        self._bytes = 0
        self._shut = False

    def put(self, tap: Tap, block: Block) -> bool:
        """Add a Block, waiting while there is no room; False where nobody takes any more."""
        with self._room:
            while self._bytes >= self._most and not self._shut:
                self._room.wait()
            if self._shut:
                return False
            self._bytes += len(block.data)
        self._waiting.put((tap, block))
        return True

    def take(self, seconds: float) -> list[tuple[Tap, Block]]:
        """Return what has come, waiting for it at most so long (or until ``wake``)."""
        with contextlib.suppress(Empty):
            one = self._waiting.get(timeout=seconds) if seconds else self._waiting.get_nowait()
            while True:
                if one is not None:
                    self._came.append(one)
                one = self._waiting.get_nowait()
        with self._room:
            self._bytes -= sum(len(block.data) for _, block in self._came)
            self._room.notify_all()
        came, self._came = self._came, []
        return came

    def wake(self) -> None:
        """Let ``take`` return: a catcher has ended."""
        self._waiting.put(None)

    def shut(self) -> None:
        """Take nothing more; who waits to add goes."""
        with self._room:
            self._shut = True
            self._room.notify_all()

    @property
    def bytes(self) -> int:
        """Bytes that wait now."""
        return self._bytes


class Tap:
    """One interface: its catcher, its Source, and the thread that reads."""

    def __init__(self, name: str, index: int, catcher: Catcher, inbox: Inbox, limits: Limits) -> None:
        """Begin to read; ``index`` is its number among the sources."""
        self.name = name
        self.catcher = catcher
        self.over = False
        """Its capture has ended, and everything that came is in the inbox."""
        self.reason: str | None = None
        """Why it ended, where nobody had asked it to: one line."""
        self._capture = Capture(Pipe(catcher.input), index, limits, name=name)  # type: ignore[arg-type] # as FileIO as it needs
        self.source = self._capture.source
        self._inbox = inbox
        self._thread = threading.Thread(target=self._read, name=f"tap {name}", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        reason = None
        try:
            for block in self._capture:
                if not self._inbox.put(self, block):
                    break
        except (CaptureError, OSError, ValueError) as error:  # ValueError: the pipe was closed under it
            reason = str(error)
        ended = self.catcher.ended()
        self.reason = f"{self.name}: {ended}" if ended else reason if not self.source.packets else None
        self.over = True
        self._inbox.wake()

    def close(self, seconds: float = 0.2) -> None:
        """End the catcher at once."""
        self.catcher.close()
        self._thread.join(seconds)
