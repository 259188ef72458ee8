"""Progress: a bar on standard error for work that takes a while.

Here lives: when it shows and how.  Here does not live: how far the work is (``scan`` says it).
"""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["Progress"]

_QUIET_SECONDS = 1.0
"""Work shorter than this shows nothing."""
_STEP_SECONDS = 0.1


class _Unheard:
    """A file whose reader may be gone, or full: what it cannot take is lost (rich would end the program, and standard output with it)."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        """Write, or not."""
        with contextlib.suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand it on, or not."""
        with contextlib.suppress(OSError):
            self._file.flush()


class Progress:
    """Call it with (bytes done, bytes in all or None); it draws after a second, a few times a second, and wipes itself away."""

    def __init__(self, *, shown: bool) -> None:
        """Begin; nothing is drawn yet."""
        self._shown = shown
        self._next = time.monotonic() + _QUIET_SECONDS
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        """Do nothing yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Wipe the bar away."""
        self.stop()

    def __call__(self, done: int, total: int | None) -> None:
        """Take note of how far the work is."""
        now = time.monotonic()
        if not self._shown or now < self._next:
            return
        self._next = now + _STEP_SECONDS
        if self._bar is None:
            self._start(total)
        self._bar.update(self._task, completed=done, total=total, refresh=True)

    def stop(self) -> None:
        """Wipe the bar away, for good."""
        self._shown = False
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _start(self, total: int | None) -> None:
        from rich.console import Console  # noqa: PLC0415 - half of the start-up time, seldom needed
        from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn, TransferSpeedColumn  # noqa: PLC0415 - as above
        from rich.progress import Progress as Bar  # noqa: PLC0415 - as above

        columns = BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
        self._bar = Bar(*columns, console=Console(file=cast("TextIO", _Unheard(sys.stderr))), transient=True, auto_refresh=False)
        self._task = self._bar.add_task("", total=total)
        self._bar.start()
