"""What the tests of live capture share: a wire in a namespace of its own, and what a catcher caught."""

import importlib.util
import sys
import threading
from pathlib import Path

import pytest

if "veth" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("veth", Path(__file__).with_name("veth.py"))
    sys.modules["veth"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["veth"])


@pytest.fixture
def wire():
    """A namespace with ``caA`` and ``caB``."""
    with sys.modules["veth"].wire():
        yield


class Caught:
    """Reads a catcher as the pipeline would."""

    def __init__(self):
        self.catchers, self.timers, self.captures = [], [], []

    def __call__(self, catcher, packets=None):
        """Return (data, length on the wire) of packets: of so many, or of all until the end."""
        from analyzer.capture.inputs import Pipe
        from analyzer.capture.reading import Capture
        from analyzer.limits import DEFAULT

        found = []
        capture = Capture(Pipe(catcher.input), 0, DEFAULT, name=catcher.name)
        self.captures.append(capture)  # which would close the input when it goes
        for block in capture:
            found += zip((bytes(data) for data in block), block.wirelen.tolist(), block.time.tolist(), strict=True)
            if packets is not None and len(found) >= packets:
                break
        return found

    def open(self, program=None, **asked):
        from analyzer.capture.live import Request
        from analyzer.capture.live.opening import open_catcher

        if program:
            sys.modules["veth"].need(program)
        catcher = open_catcher(Request(**asked), program)
        self.catchers.append(catcher)
        self.timers.append(threading.Timer(60, catcher.close))  # so that a test fails that would wait for ever
        self.timers[-1].start()
        return catcher


@pytest.fixture
def caught():
    """Opens catchers, reads them, and leaves none behind."""
    made = Caught()
    yield made
    for timer in made.timers:
        timer.cancel()
    for catcher in made.catchers:
        catcher.close()
