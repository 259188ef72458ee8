"""What the tests of this room share."""

import importlib.util
import sys
from pathlib import Path

if "packet_makers" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("packet_makers", Path(__file__).with_name("packet_makers.py"))
    sys.modules["packet_makers"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["packet_makers"])
