"""What several rooms' tests share: ``talk``, the connections made by hand (tests/handshakes/talk.py), and signals as a shell has them."""

import gc
import importlib.util
import signal
import sys
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("talk", Path(__file__).parent / "handshakes" / "talk.py")
sys.modules["talk"] = importlib.util.module_from_spec(spec)  # importlib mode puts no test folder on the path
spec.loader.exec_module(sys.modules["talk"])


@pytest.fixture(autouse=True, scope="session")
def _signals_as_in_a_shell():
    """Whoever started the tests may ignore signals (nohup, a job in the background), and what is ignored stays so in all it starts."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _collector_as_it_was():
    """A run of the command line in this process makes the garbage collector lazy; the tests' own cycles hold tables of 20 MiB."""
    before = gc.get_threshold()
    yield
    if gc.get_threshold() != before:
        gc.set_threshold(*before)
        gc.unfreeze()
