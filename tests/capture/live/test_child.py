"""A program as a child: one that does not begin, one that dies, one that does not end; none outlives us."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from veth import need

from analyzer.capture.live import child as module
from analyzer.capture.live.child import Child
from analyzer.capture.live.programs import DUMPCAP, TCPDUMP
from analyzer.capture.live.request import Request, Tally
from analyzer.errors import LiveError, NoInterfaceError, NoPermissionError

ASKED = Request(interface="lo")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def begin(tmp_path):
    """Starts a Python script as if it were a program that captures."""
    made = []

    def start(script, program=TCPDUMP, request=ASKED):
        path = tmp_path / f"fake{len(made)}"
        begins = "import os, signal, sys, time\nsay = lambda *words: print(*words, file=sys.stderr, flush=True)\n"
        path.write_text(f"#!{sys.executable}\n{begins}{textwrap.dedent(script)}")
        path.chmod(0o755)
        made.append(Child(program, str(path), request))
        return made[-1]

    yield start
    for one in made:
        one.close()


WRITES = "sys.stdout.buffer.write(b'capture'); sys.stdout.flush()\n"
STOPS = f"""
def stop(*_):
    say('3 packets captured'); say('5 packets received by filter'); say('2 packets dropped by kernel')
    os.write(1, b' rest'); os._exit(0)
signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGUSR1, lambda *_: say('tcpdump: 1 packet captured, 1 packet received by filter, 0 packets dropped by kernel'))
say('tcpdump: listening on lo, link-type EN10MB')
{WRITES}
while True: time.sleep(10)
"""


def read(child):
    data = b""
    while part := child.input.read(65536):
        data += part
    return data


def test_stopped_it_hands_on_what_it_holds_and_says_its_figures(begin):
    child = begin(STOPS)
    child.stop()
    child.stop()
    assert read(child) == b"capture rest"
    assert child.ended() is None
    assert child.tally() == Tally(received=3, dropped_by_kernel=2, dropped_by_interface=0)
    assert child.name == "tcpdump"


def test_asked_for_its_figures_it_tells_them_while_it_runs(begin):
    child = begin(STOPS)
    wait_for(lambda: child.tally() == Tally(received=1, dropped_by_kernel=0, dropped_by_interface=0))


def wait_for(true):
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_asked_before_it_listens_it_would_die_so_it_is_not(begin, monkeypatch):
    sent = []
    monkeypatch.setattr(subprocess.Popen, "send_signal", lambda _, number: sent.append(number))
    child = begin(WRITES + "time.sleep(60)")
    assert child.tally() == Tally()
    assert sent == []
    monkeypatch.undo()


def test_asked_again_and_again_it_is_asked_once_a_second(begin, monkeypatch):
    child, sent = begin(STOPS), []
    wait_for(lambda: child._ready)
    monkeypatch.setattr(subprocess.Popen, "send_signal", lambda _, number: sent.append(number))
    monkeypatch.setattr(module.time, "monotonic", iter([100.0, 100.5, 100.9, 101.0, 101.5]).__next__)
    for _ in range(5):
        child.tally()
    monkeypatch.undo()
    assert sent == [module._ASK] * 2


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("os.kill(os.getpid(), 9)", "tcpdump was killed by signal 9"),
        ("say('tcpdump: pcap_loop: The interface disappeared'); sys.exit(1)", "the interface went away"),
        ("say('tcpdump: odd last words'); say('3 packets captured'); sys.exit(1)", "tcpdump ended: odd last words"),
        ("sys.exit(7)", "tcpdump ended with exit code 7"),
        ("say('x' * 100000); sys.exit(1)", f"tcpdump ended: {'x' * 512}"),
        ("os.close(1); time.sleep(60)", "tcpdump was killed by signal 9"),
    ],
)
def test_why_it_ended_by_itself(begin, monkeypatch, script, reason):
    monkeypatch.setattr(module, "END_SECONDS", 0.5)
    child = begin(WRITES + script)
    assert read(child) == b"capture"
    assert child.ended() == reason


def test_whatever_it_chats_is_read_and_little_of_it_kept(begin):
    chat = "sys.stderr.write('chat\\n' * 200_000); sys.stderr.write('y' * 3_000_000); say(); say('last'); os.write(1, b'!')"
    child = begin(WRITES + chat)
    assert read(child) == b"capture!"
    child.ended()
    assert [word for word in child._words if word][-2:] == ["y" * 512, "last"]
    assert len(child._words) <= module.LINES


def test_bytes_that_are_no_text_harm_nothing(begin):
    child = begin(WRITES + "os.write(2, b'\\xff\\x1b[31m\\n')")
    read(child)
    assert child.ended() == "tcpdump ended: \N{REPLACEMENT CHARACTER}\x1b[31m"


@pytest.mark.parametrize(
    ("script", "error", "text"),
    [
        ("say('tcpdump: lo: No such device exists'); sys.exit(1)", NoInterfaceError, "lo: no such interface"),
        ("say('tcpdump: lo: (socket: Operation not permitted)'); sys.exit(1)", NoPermissionError, "lo: no permission to capture"),
        ("sys.exit(3)", LiveError, "lo: tcpdump does not capture: it ended with exit code 3"),
    ],
)
def test_what_it_refuses(begin, script, error, text):
    with pytest.raises(error) as refused:
        begin(script)
    assert str(refused.value) == text


def test_one_that_does_not_begin_is_given_up(begin, monkeypatch):
    monkeypatch.setattr(module, "BEGIN_SECONDS", 0.2)
    with pytest.raises(LiveError, match="has not begun to capture"):
        begin("time.sleep(60)")


def test_what_cannot_be_started(tmp_path):
    with pytest.raises(LiveError, match=r"^lo: tcpdump cannot be started: "):
        Child(TCPDUMP, str(tmp_path / "nothing"), ASKED)
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    with pytest.raises(NoPermissionError):
        Child(TCPDUMP, str(script), ASKED)


def test_closed_it_is_gone_whatever_it_does(begin):
    deaf = "for each in (signal.SIGINT, signal.SIGTERM): signal.signal(each, signal.SIG_IGN)\n"
    child = begin(deaf + WRITES + "time.sleep(60)")
    child.stop()
    child.close()
    child.close()
    assert gone(child.pid)
    assert child.input.closed


def gone(pid):
    """Tell whether there is no such process, or a dead one that its parent has not asked for yet."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}
    return True


def test_what_may_not_be_signalled_the_guard_signals(begin, monkeypatch):
    child = begin(STOPS)

    def denied(*_):
        raise PermissionError

    monkeypatch.setattr(subprocess.Popen, "send_signal", denied)
    child.stop()
    assert read(child) == b"capture rest"
    assert child.ended() is None


def test_it_hears_no_ctrl_c_of_the_terminal(begin):
    child = begin(STOPS)
    assert os.getsid(child.pid) != os.getsid(0)
    assert os.getpgid(child.pid) != os.getpgid(0)


@pytest.mark.usefixtures("wire")
@pytest.mark.parametrize("program", [DUMPCAP, TCPDUMP])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_none_outlives_us(program, number):
    need(program.name)
    code = f"""
import shutil, time
from analyzer.capture.live.child import Child
from analyzer.capture.live.programs import PROGRAMS
from analyzer.capture.live.request import Request
child = Child(PROGRAMS[{program.name!r}], shutil.which({program.name!r}), Request(interface="lo"))
print(child.pid, child._guard.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT) as ours:
        pids = [int(word) for word in ours.stdout.readline().split()]
        assert not any(gone(pid) for pid in pids)
        ours.send_signal(number)
        ours.wait()
        wait_for(lambda: all(gone(pid) for pid in pids))


def test_a_stop_that_comes_too_late_hides_no_reason(begin):
    child = begin(WRITES + "say('tcpdump: pcap_loop: The interface disappeared'); sys.exit(1)")
    read(child)
    wait_for(lambda: child._process.poll() is not None)
    child.stop()
    assert child.ended() == "the interface went away"
