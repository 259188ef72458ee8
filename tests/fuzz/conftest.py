"""What the tests of this room share: its files as modules."""

import importlib.util
import sys
from pathlib import Path

for name in ("scripts", "checks", "roads", "lives", "issuers", "judgements", "pieces", "made", "seeds", "targets", "run"):
    if name not in sys.modules:  # importlib mode puts no test folder on the path
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
