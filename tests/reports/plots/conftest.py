"""Puts ``drawn``, which reads plots back, where the tests find it."""

import importlib.util
import sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("drawn", Path(__file__).with_name("drawn.py"))
sys.modules["drawn"] = importlib.util.module_from_spec(spec)  # importlib mode puts no test folder on the path
spec.loader.exec_module(sys.modules["drawn"])
