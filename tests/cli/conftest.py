from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DRIVER = HERE / "driver.py"

for name in ("traffic", "piping"):
    if name not in sys.modules:  # importlib mode puts no test folder on the path
        spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])


@pytest.fixture(scope="session")
def driver():
    spec = importlib.util.spec_from_file_location("tlsscan_driver", DRIVER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tlsscan(driver, monkeypatch, capfdbinary):
    """Run the command line in this process: (exit code, standard output, standard error)."""
    from analyzer.cli import main

    driver.install(monkeypatch.setattr)

    def run(*args):
        code = main([str(arg) for arg in args])
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return code, out, err

    return run


@pytest.fixture
def road(tmp_path, monkeypatch, capfdbinary):
    """Run the command line in this process on real captures, in a folder of its own: (exit code, standard output, standard error)."""
    from analyzer.cli import main

    monkeypatch.chdir(tmp_path)

    def run(*args):
        code = main([str(arg) for arg in args])
        sys.stdout.flush()
        return (code, *capfdbinary.readouterr())

    return run


@pytest.fixture
def start(tmp_path):
    """Start the command line in a process of its own, on a made-up road; on the real one with ``script=("-m", "analyzer")``."""
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}}
    environment["PYTHONPATH"] = str(HERE.parents[1])
    running = []

    def run(*args, script=(DRIVER,), **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, "cwd": tmp_path} | options
        options["env"] = environment | options.pop("env", {})
        process = subprocess.Popen([sys.executable, *map(str, (*script, *args))], **options)
        running.append(process)
        return process

    yield run
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def drained():
    """Return all that a pseudo-terminal shows until its other end is closed, and close it."""

    def read(terminal):
        shown = b""
        with contextlib.suppress(OSError):  # Linux says so at the end
            while data := os.read(terminal, 65536):
                shown += data
        os.close(terminal)
        return shown

    return read
