"""A board on a terminal that controls its process: signals, Ctrl-Z, a window that is closed."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

termios = pytest.importorskip("termios")
pty = pytest.importorskip("pty")

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"

PROGRAM = """
    import fcntl, sys, termios, time
    from types import SimpleNamespace
    from analyzer.cli.interrupts import Interrupts
    from analyzer.cli.screen import Screen
    fcntl.ioctl(1, termios.TIOCSCTTY, 0)
    board = SimpleNamespace(changes=0, last=lambda *_: ["last row"])
    board.lines = lambda width, height, _: [f"{width}x{height} {board.changes}"]
    with Interrupts() as interrupts, Screen(board, sys.stdout) as screen:
        while interrupts.code is None and not screen.gone:
            board.changes += 1
            screen.draw(SimpleNamespace(dropped=0, unread=0))
            time.sleep(0.01)
    print("the summary", screen.gone, file=sys.stderr)
"""


class Running:
    """The program, with a terminal as its standard output that controls it."""

    def __init__(self, folder, script):
        self.mine, theirs = pty.openpty()
        termios.tcsetwinsize(self.mine, (7, 44))
        environment = os.environ | {"TERM": "xterm", "PYTHONPATH": str(Path(__file__).parents[2])}
        self.said = folder / "stderr"
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)], stdin=subprocess.DEVNULL, stdout=theirs, stderr=self.said.open("wb"),
            start_new_session=True, env=environment, cwd=folder,
        )  # fmt: skip
        os.close(theirs)
        self.shown = ""

    def echoes(self):
        return bool(termios.tcgetattr(self.mine)[3] & termios.ECHO)

    def until(self, words):
        """Read until these words were shown; fails where the program ends before, or its terminal is silent."""
        while words not in self.shown:
            assert select.select([self.mine], [], [], 60)[0], self.shown[-500:]
            with contextlib.suppress(OSError):  # Linux says so at the end
                self.shown += os.read(self.mine, 65536).decode()
                continue
            raise AssertionError(self.shown[-500:] + self.said.read_text())
        return self.shown

    def rest(self):
        """Return all that is shown until the program ends."""
        with contextlib.suppress(OSError):
            while data := os.read(self.mine, 65536):
                self.shown += data.decode()
        self.process.wait(60)
        return self.shown


@pytest.fixture
def running(tmp_path):
    one = Running(tmp_path, PROGRAM)
    yield one
    if one.process.poll() is None:
        one.process.kill()
        one.process.wait()
    with contextlib.suppress(OSError):
        os.close(one.mine)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_the_terminal_as_it_was(running, number):
    running.until("44x7 5")
    assert not running.echoes()
    running.process.send_signal(number)
    assert running.rest().endswith(LEAVE + "last row\r\n")
    assert (running.process.returncode, running.said.read_text()) == (0, "the summary False\n")


def test_resized_and_then_its_window_closed(running):
    running.until("44x7 5")
    termios.tcsetwinsize(running.mine, (4, 30))
    running.until("30x4 ")
    os.close(running.mine)
    running.process.wait(60)
    assert running.process.returncode == 0
    assert running.said.read_text().startswith("the summary"), "nothing was raised"


def test_ctrl_z_gives_the_terminal_back_until_it_goes_on(running):
    running.until("44x7 5")
    os.write(running.mine, b"\x1a")
    running.until(LEAVE)
    _, status = os.waitpid(running.process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    assert running.echoes()
    running.shown = ""
    running.process.send_signal(signal.SIGCONT)
    running.until(ENTER)
    assert not running.echoes()
    os.write(running.mine, b"\x03")
    assert running.rest().endswith("last row\r\n")
    assert (running.process.returncode, running.echoes()) == (0, True)
