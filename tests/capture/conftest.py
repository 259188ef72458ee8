"""What the tests of this room share."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

if "capture_writers" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("capture_writers", Path(__file__).with_name("capture_writers.py"))
    sys.modules["capture_writers"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["capture_writers"])


class Read:
    """A capture read to its end: every column in one piece."""

    def __init__(self, capture):
        blocks = list(capture)
        self.blocks = blocks
        self.source = capture.source
        self.secrets = capture.secrets
        self.data = [data for block in blocks for data in block]
        for name in ("caplen", "wirelen", "time", "link", "interface", "packet"):
            setattr(self, name, np.concatenate([getattr(block, name) for block in blocks]).tolist() if blocks else [])


@pytest.fixture
def read():
    from analyzer.capture import Capture

    def _read(what, index=0, **limits):
        import msgspec

        from analyzer.limits import DEFAULT

        return Read(Capture(what, index, msgspec.structs.replace(DEFAULT, **limits)))

    return _read
