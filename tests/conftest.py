"""What several rooms' tests share: ``talk``, the connections made by hand (tests/handshakes/talk.py)."""

import importlib.util
import sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("talk", Path(__file__).parent / "handshakes" / "talk.py")
sys.modules["talk"] = importlib.util.module_from_spec(spec)  # importlib mode puts no test folder on the path
spec.loader.exec_module(sys.modules["talk"])
