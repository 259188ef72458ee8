"""A program that captures, as a child process whose standard output is the capture.

A Ctrl-C at the terminal is for tlsscan alone, so the child has a session of its own.  It must not outlive us all the same.  It would
notice a broken pipe only at its next packet; a signal on our death (PR_SET_PDEATHSIG) is lost when a program gains capabilities or
changes its user, as both do, and is Linux's alone.  So a small shell, the *guard*, waits at the end of a pipe that only we hold, and ends
the child when that closes, whatever ended us.  What we may not signal (a program that took another user before we gave our rights away)
the guard signals for us.

Here lives: starting, listening to, stopping and reaping one.  Here does not live: what it is told and what its words mean (``programs``).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, cast

from analyzer.capture.live.devices import State, enlarge, state
from analyzer.capture.live.privileges import forgo, groups_for
from analyzer.capture.live.programs import Program, ending, refusal
from analyzer.capture.live.request import Request, Tally
from analyzer.errors import LiveError, NoPermissionError

if TYPE_CHECKING:
    from io import RawIOBase

__all__ = ["Child"]

BEGIN_SECONDS = 10.0
"""How long a program may take to begin its capture: one that has said nothing by then hangs."""

END_SECONDS = 2.0
"""How long it may take to end once its output is closed, before it is killed."""

ASK_SECONDS = 1.0
"""A program is asked for its figures once in this time at most: each answer costs it a line, and us a signal."""

WATCH_MILLISECONDS = 200
"""How often the interface is looked at.  It must be found down twice: one that is set down and up again goes on."""

LINES, LINE_BYTES = 64, 512
"""How much of its standard error is kept: the last lines, each cut; what is wrong takes a few, and it may chat for weeks."""

_GUARD = (
    'while read -r word; do case $word in INT|USR1|INFO|KILL) kill -s "$word" "$0";; *) exit;; esac; done; '
    'kill -s TERM "$0"; sleep 1; kill -s KILL "$0"'
)
_ASK = getattr(signal, "SIGINFO", None) or getattr(signal, "SIGUSR1", None)


class Child:
    """A catcher (see ``request.Catcher``): a program at ``path`` that captures as ``request`` says.

    Raises:
        NoPermissionError: it may not be run, or may not capture.
        FilterError, NoInterfaceError, LiveError: it refused for another reason, or has not begun within ten seconds.
    """

    def __init__(self, program: Program, path: str, request: Request) -> None:
        """Start it, and wait until it captures."""
        self._program, self._request = program, request
        self._words: deque[str] = deque(maxlen=LINES)
        self._tally = Tally()
        self._stopped = self._ready = False
        self._later: threading.Timer | None = None
        self._fate: str | None = None
        self._asked = 0.0
        self._humble = threading.Event()
        self._guard: subprocess.Popen[bytes] | None = None
        quiet = os.environ | {"LC_ALL": "C", "LANGUAGE": "C"}  # its words are read
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the path is one that we found, the arguments are a list
                [path, *program.arguments(request)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                bufsize=0, start_new_session=True, env=quiet, extra_groups=groups_for(path),
            )  # fmt: skip
        except PermissionError:
            raise NoPermissionError(f"{request.interface}: {path} may not be run") from None
        except (OSError, ValueError) as error:  # ValueError: a NUL in the filter
            raise LiveError(f"{request.interface}: {program.name} cannot be started: {error}") from None
        assert self._process.stdout is not None
        self._input = cast("RawIOBase", self._process.stdout)
        self._listener = threading.Thread(target=self._listen, name=f"{program.name} {request.interface}", daemon=True)
        self._watch()
        self._listener.start()
        self._humble.wait(END_SECONDS)  # so that ``privileges.drop`` finds no thread that is about to give up its rights
        enlarge(self._input.fileno())
        self._begin()

    @property
    def name(self) -> str:
        """Which program it is."""
        return self._program.name

    @property
    def input(self) -> RawIOBase:
        """Its standard output."""
        return self._input

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def _watch(self) -> None:
        """Set the guard; where there is no shell the child ends with its next packet after us."""
        with contextlib.suppress(OSError):
            self._guard = subprocess.Popen(  # noqa: S603 - a fixed script and a number
                ["/bin/sh", "-c", _GUARD, str(self._process.pid)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True,
            )  # fmt: skip

    def _begin(self) -> None:
        """Wait for the first byte: whatever is wrong is said before it."""
        poll = select.poll()
        poll.register(self._input, select.POLLIN)
        events = poll.poll(BEGIN_SECONDS * 1000)
        if events and events[0][1] & select.POLLIN:
            return
        if not events:
            self.close()
            raise LiveError(f"{self._request.interface}: {self.name} has not begun to capture within {BEGIN_SECONDS:.0f} seconds")
        code = self._reap()
        self.close()
        raise refusal(self.name, self._words, code, self._request)

    def _listen(self) -> None:
        """Read its standard error, so that it never waits for us, and look at the interface between its words; runs in a thread."""
        forgo()
        self._humble.set()
        assert self._process.stderr is not None
        source = self._process.stderr.fileno()
        watched = self._request.interface != "any" and state(self._request.interface) is State.UP
        poll, rest, before = select.poll(), b"", State.UP
        poll.register(source, select.POLLIN)
        while True:
            if poll.poll(WATCH_MILLISECONDS if watched else None):
                try:
                    data = os.read(source, 4096)
                except OSError:
                    break
                *lines, rest = (rest + data).split(b"\n")
                for line in lines if data else [rest]:
                    self._hear(line[:LINE_BYTES].decode("utf-8", "replace"))
                rest = rest[:LINE_BYTES]
                if not data:
                    break
            elif watched:
                now = state(self._request.interface)
                if now is not State.UP and before is not State.UP:
                    self._fate = "the interface went down" if now is State.DOWN else "the interface went away"
                    time.sleep(self._program.lag)
                    self._signal(signal.SIGINT)
                    watched = False
                before = now

    def _hear(self, line: str) -> None:
        self._words.append(line)
        self._ready = self._ready or (bool(self._program.ready) and self._program.ready in line)
        self._tally = self._program.figures(line, self._tally, self._request)

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal; by the guard where we may not ourselves."""
        try:
            self._process.send_signal(number)
        except PermissionError:
            self._tell(number.name.removeprefix("SIG"))
        except OSError:
            pass  # it has ended

    def _tell(self, word: str) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                self._guard.stdin.write(word.encode() + b"\n")

    def stop(self) -> None:
        """Ask it to end (SIGINT), as soon as it can have fetched what came until now; it then writes its figures."""
        if self._stopped or self._process.poll() is not None:
            return
        self._stopped = True
        if self._program.lag:
            self._later = threading.Timer(self._program.lag, self._signal, (signal.SIGINT,))
            self._later.daemon = True
            self._later.start()
        else:
            self._signal(signal.SIGINT)

    def tally(self) -> Tally:
        """Return its figures as it last told them, and ask for newer ones."""
        now = time.monotonic()
        asked = self._program.asked and self._ready and not self._stopped
        if asked and _ASK is not None and now - self._asked >= ASK_SECONDS and self._process.returncode is None:
            self._asked = now
            self._signal(_ASK)
        return self._tally

    def ended(self) -> str | None:
        """Reap it, and return why it ended by itself."""
        code = self._reap()
        if self._stopped:
            return None
        return self._fate or ending(self.name, self._words, code)

    def _reap(self) -> int:
        """Wait for its end, killing it if that takes too long; then for its last words."""
        if self._later is not None:
            self._later.cancel()
        self._dismiss()
        try:
            code = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(END_SECONDS)
            code = self._process.returncode if self._process.returncode is not None else 0
        if threading.current_thread() is not self._listener:
            self._listener.join(END_SECONDS)
        return code

    def _dismiss(self) -> None:
        """Send the guard away while the number of the child's process is still its own."""
        guard, self._guard = self._guard, None
        if guard is None:
            return
        with contextlib.suppress(OSError, ValueError):
            assert guard.stdin is not None
            guard.stdin.write(b"done\n")
            guard.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            guard.wait(END_SECONDS)

    def close(self) -> None:
        """Kill it if it still runs, reap it, close its output."""
        if self._process.poll() is None:
            self._stopped = True
            self._signal(signal.SIGKILL)
        self._reap()
        for stream in (self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
