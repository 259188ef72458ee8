"""What the tests of this room share: ``talk``, the connections made by hand."""

import importlib.util
import sys
from pathlib import Path

if "talk" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("talk", Path(__file__).with_name("talk.py"))
    sys.modules["talk"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["talk"])
