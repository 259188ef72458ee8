"""The same frames as for the policies."""

import importlib.util
import sys
from pathlib import Path

if "made_frames" not in sys.modules:
    spec = importlib.util.spec_from_file_location("made_frames", Path(__file__).parents[1] / "policies" / "conftest.py")
    sys.modules["made_frames"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["made_frames"])

made_frames = sys.modules["made_frames"]
make, frame, observed, sample = made_frames.make, made_frames.frame, made_frames.observed, made_frames.sample
