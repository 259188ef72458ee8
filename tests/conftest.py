"""What several rooms' tests share: connections (``talk``) and catchers (``made_catchers``) made by hand, signals as a shell has them."""

import gc
import importlib.util
import signal
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
for path in (HERE / "handshakes" / "talk.py", HERE / "capture" / "live" / "made_catchers.py"):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    sys.modules[path.stem] = importlib.util.module_from_spec(spec)  # importlib mode puts no test folder on the path
    spec.loader.exec_module(sys.modules[path.stem])


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


@pytest.fixture
def limited():
    """Let files grow to so many bytes and no more, as on a full disk, until the test is over."""
    resource = pytest.importorskip("resource", reason="limits as POSIX has them")
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    signal.signal(signal.SIGXFSZ, handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call():
    """Lift what ``limited`` set before pytest says how the test went: that may go to a file that is larger."""
    try:
        import resource
    except ImportError:  # Windows
        return (yield)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        return (yield)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
