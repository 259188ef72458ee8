"""Catchers made for tests: a capture's bytes come through a pipe when the test says so."""

from __future__ import annotations

import contextlib
import io
import os
import threading

from analyzer.capture.live.request import Tally


class Made:
    """A ``Catcher`` whose bytes the test ``feed``s; after ``end`` comes EOF, with the reason that was given."""

    name = "made"

    def __init__(self, *, hold=b"", tally=None):
        out, self._into = os.pipe()
        self._input = io.FileIO(out)
        self._hold, self._tally = hold, tally or Tally()
        self._reason = None
        self.stopped = self.closed = False
        self._lock = threading.Lock()

    @property
    def input(self):
        return self._input

    def feed(self, data):
        view = memoryview(data)
        with contextlib.suppress(OSError, TypeError):  # it was closed
            while view:
                view = view[os.write(self._into, view) :]

    def end(self, reason=None):
        with self._lock:
            if self._into is not None:
                self._reason = reason
                os.close(self._into)
                self._into = None

    def stop(self):
        if not self.stopped:
            self.stopped = True
            if self._hold is not None:
                if self._into is not None and self._hold:
                    self.feed(self._hold)
                self.end()

    def tally(self):
        return self._tally

    def ended(self):
        return self._reason

    def close(self):
        self.closed = True
        self.end()
        if not self._input.closed:
            self._input.close()


class Deaf(Made):
    """One that goes on whatever it is told."""

    def stop(self):
        self.stopped = True
