"""tlsscan -i on a named pipe: a live run in a process of its own, without any right to capture."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples"


def until(condition, seconds=15.0):
    end = time.monotonic() + seconds
    while not (said := condition()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return said


class Piping:
    """Use with ``with``; ``feed`` writes samples into the pipe, ``lines`` are what came out until now."""

    def __init__(self, folder, *options, environment=None, stdout=subprocess.PIPE):
        self.path = folder / "wire"
        os.mkfifo(self.path)
        self._options, self._environment, self._stdout, self._folder = options, environment, stdout, folder
        self.lines = []

    def __enter__(self):
        words = [sys.executable, "-m", "analyzer", "-i", str(self.path), *map(str, self._options)]
        environment = {**os.environ, "PYTHONPATH": str(SAMPLES.parent), **(self._environment or {})}
        self.process = subprocess.Popen(words, cwd=self._folder, env=environment, stdout=self._stdout, stderr=subprocess.PIPE)
        self._into = until(self._open)
        os.set_blocking(self._into, True)
        self._threads = [threading.Thread(target=self._read, daemon=True)] if self._stdout == subprocess.PIPE else []
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(10)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def _open(self):
        """Open the pipe once it is read; None before that."""
        assert self.process.poll() is None, self.process.stderr.read()
        with contextlib.suppress(OSError):
            return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        return None

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode())

    def feed(self, *names):
        """Write captures: a pcapng file behind another one is another section of it."""
        for name in names:
            view = memoryview((SAMPLES / f"{name}.pcapng").read_bytes())
            while view:
                view = view[os.write(self._into, view) :]

    def end(self):
        """Close the pipe."""
        if self._into is not None:
            os.close(self._into)
            self._into = None

    def wait(self):
        """Wait for its end; return the exit code and what it said."""
        code = self.process.wait(20)
        for thread in self._threads:
            thread.join(10)
        return code, self.process.stderr.read().decode()
