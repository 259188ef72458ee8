"""Tap: what one catcher catches, read by a thread of its own into an inbox of bounded size.

A thread, so that the pipe is emptied while the road works on what came before: a burst then waits in memory and not in the kernel, which
would drop it.  Here lives: that thread, and the inbox that all of them share.  Here does not live: what a capture is (``reading``), time
and order of what came (``watching``).
"""

from __future__ import annotations

import threading
from collections import deque
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
    """Blocks that came and were not taken yet, at most ``most`` bytes of packets (and one Block)."""

    def __init__(self, most: int) -> None:
        """Begin empty."""
        self._most = most
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Tap, Block]] = deque()
        self._bytes = 0
        self._shut = False
        self._woken = False
        self.reading = False
        """Somebody waits in ``take``: an interrupt now loses nothing."""

    def put(self, tap: Tap, block: Block) -> bool:
        """Add a Block, waiting while there is no room; False where nobody takes any more."""
        with self._changed:
            while self._bytes >= self._most and not self._shut:
                self._changed.wait()
            if self._shut:
                return False
            self._waiting.append((tap, block))
            self._bytes += len(block.data)
            self._changed.notify_all()
            return True

    def take(self, seconds: float) -> list[tuple[Tap, Block]]:
        """Return what has come, waiting for it at most so long (or until ``wake``)."""
        with self._changed:
            if not self._waiting and not self._woken:
                try:
                    self.reading = True
                    self._changed.wait(seconds)
                finally:
                    self.reading = False
            self._woken = False
            came, self._waiting, self._bytes = list(self._waiting), deque(), 0
            self._changed.notify_all()
            return came

    def wake(self) -> None:
        """Let ``take`` look again: a catcher has ended, or somebody wants to stop."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def shut(self) -> None:
        """Take nothing more; who waits to add goes."""
        with self._changed:
            self._shut = True
            self._changed.notify_all()

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
