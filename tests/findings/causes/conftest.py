"""Certificates and handshakes that the tests of causes share."""

import importlib.util
import sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("refusals", Path(__file__).with_name("refusals.py"))
sys.modules["refusals"] = importlib.util.module_from_spec(spec)  # importlib mode puts no test folder on the path
spec.loader.exec_module(sys.modules["refusals"])
