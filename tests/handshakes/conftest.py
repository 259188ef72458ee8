"""What the tests of this room share: the files of this folder that are no tests (importlib mode puts no test folder on the path)."""

import importlib.util
import sys
from pathlib import Path

for path in sorted(Path(__file__).parent.glob("*_talk.py")):
    if path.stem not in sys.modules:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        sys.modules[path.stem] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[path.stem])
