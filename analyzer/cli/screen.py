"""Screen: a board on the terminal: drawn beside what was there, which comes back when it is closed.

Here lives: the terminal's state, its size, what is drawn anew.  Here does not live: what the picture shows (``reports.board``), when it is
drawn and what is said after it (``live``).  The terminal may be slow, stopped (Ctrl-S), put aside (Ctrl-Z) or gone: a capture waits for no
picture, so nothing here waits long or raises.  It is spoken to in the sequences that terminals share (ECMA-48, xterm).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, TextIO

from analyzer.escapes import encoded

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from analyzer.reports.board import Board, Status

__all__ = ["Screen"]

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
"""The other screen, no cursor, no wrapping of a letter wider than it was thought to be, nothing there."""
_LEAVE = "\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Around a picture: terminals that know it show the whole of it at once."""

_STILL_SECONDS = 1.0
"""A picture in which nothing happened is drawn this often: time goes on."""
_WHOLE_SECONDS = 5.0
"""Lines that did not change are drawn this often too: somebody else may have written over them."""
_PATIENCE_SECONDS = 0.5
"""How long a terminal that takes nothing is waited for in the end."""
_DRAIN_SECONDS = 0.02
"""How long a picture may take on its way: half of one is not left standing, but for a terminal that is slow or stopped."""
_PIECE, _SMALL_PIECE = 1 << 15, 512
"""Bytes written at once; small where a write could wait, which a terminal that is ready for some then seldom makes it do."""
_USUAL_SIZE = 80, 24
"""Columns and lines of a terminal that does not know its size (a serial line)."""


class Screen:
    """While entered, ``draw`` shows the board; afterwards the terminal is as before, and the last rows stand in it.

    Call it in one thread, the main one if Ctrl-Z is to work.
    """

    def __init__(self, board: Board, stream: TextIO) -> None:
        """Take the board and the terminal (standard output); nothing is written yet."""
        self._board = board
        self._stream = stream
        self._encoding = stream.encoding or "utf-8"
        self._file = -1
        self._own = False
        self._shown = False
        self._state: Any = None
        """The terminal's modes before."""
        self._stop_before: Any = None
        self._stopping = False
        self._waiting = b""
        """What the terminal has not taken yet."""
        self._lines: list[str | None] = []
        """The lines that are shown."""
        self._seen: tuple[tuple[int, int], int, int | None, int] | None = None
        """Size, changes of the board and losses of the picture that is shown."""
        self._drawn = self._drawn_whole = float("-inf")
        self.gone = False
        """The terminal takes nothing any more, and nothing is drawn."""

    @staticmethod
    def possible(stream: TextIO | None) -> bool:
        """Tell whether pictures can be drawn there: a terminal that can move its cursor (TERM is set and not "dumb")."""
        try:
            if stream is None or not stream.isatty():
                return False
            stream.fileno()
        except (OSError, ValueError):
            return False
        if os.name == "nt":
            from rich.console import detect_legacy_windows  # noqa: PLC0415 - only Windows has terminals without sequences

            return not detect_legacy_windows()
        return os.environ.get("TERM", "").lower() not in {"", "dumb", "unknown"}

    def __enter__(self) -> Self:
        """Open the terminal; the first ``draw`` turns to the other screen."""
        try:
            self._stream.flush()
            self._open(self._stream.fileno())
        except (OSError, ValueError):
            self.gone = True
            return self
        with contextlib.suppress(ValueError, AttributeError):  # no main thread, or no such signal
            if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
                self._stop_before = signal.signal(signal.SIGTSTP, self._hear)
        return self

    def _open(self, file: int) -> None:
        """Open the terminal a second time, so that no write waits; where that cannot be, it is written to as it is."""
        self._file = file
        with contextlib.suppress(OSError, AttributeError):
            self._file = os.open(os.ttyname(file), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            self._own = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close, whatever happened."""
        self.close()

    def _hear(self, number: int, frame: object) -> None:
        """Take note of Ctrl-Z: the terminal is given back first, by the next ``draw``."""
        del number, frame
        self._stopping = True

    # ------------------------------------------------------------------------------------------------ drawing

    def draw(self, status: Status) -> None:
        """Show the board as it is, where anything changed or a second passed; call it about ten times a second."""
        if self._stopping:
            self._pause()
        if self._file < 0 or self.gone or not self._front() or not self._push(0):
            return
        now = time.monotonic()
        size = self._size()
        seen = size, self._board.changes, status.dropped, status.unread
        if seen == self._seen and now - self._drawn < _STILL_SECONDS:
            return
        if self._seen is None or self._seen[0] != size or now - self._drawn_whole > _WHOLE_SECONDS:
            self._lines, self._drawn_whole = [], now
        self._seen, self._drawn = seen, now
        lines = self._board.lines(*size, status)
        lines += [""] * (size[1] - len(lines))
        before = self._lines + [None] * (size[1] - len(self._lines))
        changed = [f"\x1b[{at}H\x1b[2K{line}" for at, (line, old) in enumerate(zip(lines, before, strict=True), 1) if line != old]
        self._lines = [*lines]
        if changed:
            self._put(("" if self._shown else self._enter()) + _BEGIN + "".join(changed) + _END)

    def _enter(self) -> str:
        """Turn to the other screen, and let typed letters not stand in the picture."""
        self._shown = True
        with contextlib.suppress(ImportError, OSError, ValueError):
            import termios  # noqa: PLC0415 - not on Windows

            with contextlib.suppress(termios.error):
                self._state = termios.tcgetattr(self._file)
                quiet = [*self._state]
                quiet[3] &= ~termios.ECHO
                termios.tcsetattr(self._file, termios.TCSANOW, quiet)
        return _ENTER

    def _leave(self) -> str:
        """Turn back, with the cursor at the end where a terminal has but one screen."""
        self._shown, self._seen, self._lines = False, None, []
        if self._state is not None and self._front():
            with contextlib.suppress(ImportError, OSError, ValueError):
                import termios  # noqa: PLC0415 - not on Windows

                with contextlib.suppress(termios.error):
                    termios.tcsetattr(self._file, termios.TCSANOW, self._state)
        self._state = None
        return f"\x1b[{self._size()[1]}H\x1b[2K{_LEAVE}"

    def _pause(self) -> None:
        """Give the terminal back and stop, as Ctrl-Z asks; go on when the shell says so."""
        self._stopping = False
        if self._shown:
            self._put(self._leave())
            self._push(_PATIENCE_SECONDS)
        os.kill(os.getpid(), signal.SIGSTOP)

    # ------------------------------------------------------------------------------------------------ the terminal

    def _size(self) -> tuple[int, int]:
        """Return columns and lines: asked each time, so that a change needs no signal."""
        try:
            columns, lines = os.get_terminal_size(self._file)
        except (OSError, ValueError):
            return _USUAL_SIZE
        return (columns, lines) if columns > 0 and lines > 0 else _USUAL_SIZE

    def _front(self) -> bool:
        """Whether the terminal is ours now: a shell may have put us into the background."""
        try:
            return os.tcgetpgrp(self._file) == os.getpgrp()
        except (OSError, AttributeError):  # it is not the one that controls us
            return True

    def _put(self, text: str) -> None:
        """Write text, or keep what the terminal does not take soon."""
        self._waiting += encoded(text, self._encoding)
        self._push(_DRAIN_SECONDS)

    def _push(self, seconds: float) -> bool:
        """Write what waits, for so many ``seconds`` at most; tell whether all of it was taken."""
        until = time.monotonic() + seconds
        while self._waiting and not self.gone:
            try:
                if not self._ready(max(until - time.monotonic(), 0)):
                    return False
                self._waiting = self._waiting[os.write(self._file, self._waiting[: _PIECE if self._own else _SMALL_PIECE]) :]
            except BlockingIOError:
                if time.monotonic() >= until:
                    return False
            except OSError:  # its window was closed, the connection to it is gone
                self.gone = True
        return not self.gone

    def _ready(self, seconds: float) -> bool:
        """Wait until the terminal takes something; raises OSError where it is gone."""
        if not hasattr(select, "poll"):
            return True
        poll = select.poll()
        poll.register(self._file, select.POLLOUT)
        events = sum(event for _, event in poll.poll(seconds * 1000))
        if events & (select.POLLERR | select.POLLHUP | select.POLLNVAL):
            raise OSError
        return bool(events)

    def close(self) -> None:
        """Give the terminal back and write the last rows; call it as often as you like."""
        if self._file < 0:
            return
        try:
            self._end()
        finally:
            if self._own:
                with contextlib.suppress(OSError):
                    os.close(self._file)
            self._file = -1
            if self._stop_before is not None:
                with contextlib.suppress(ValueError):
                    signal.signal(signal.SIGTSTP, self._stop_before)

    def _end(self) -> None:
        """Turn back and write the last rows: as many as a screen has lines, its summary not counted."""
        columns, lines = self._size()
        last = self._leave() if self._shown else ""
        rows = "".join(f"{line}\n" for line in self._board.last(columns, max(lines - 2, 1)))
        self._put(last + rows)
        if not self._push(_PATIENCE_SECONDS) and not self.gone:  # it was stopped: whoever writes next waits, and this comes first
            with contextlib.suppress(OSError, ValueError):
                self._stream.write(last + rows if not self._own else _LEAVE)
            self._waiting = b""
