"""What the tests of this room share: its files as modules."""

import importlib.util
import sys
from pathlib import Path

FILES = ("scripts", "checks", "ears", "roads", "lives", "tellings", "issuers", "judgements", "pieces", "made", "seeds", "targets", "run")
for name in FILES:
    if name not in sys.modules:  # importlib mode puts no test folder on the path
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
