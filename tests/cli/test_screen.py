"""A board on real pseudo-terminals: what is written there, and what becomes of them."""

import contextlib
import os
import re
import select

import pytest

termios = pytest.importorskip("termios")
pty = pytest.importorskip("pty")

from analyzer.cli.screen import Screen  # noqa: E402 - not on Windows
from analyzer.reports.board import Status  # noqa: E402 - as above

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
STATUS = Status()


def resize(terminal, columns, lines):
    termios.tcsetwinsize(terminal, (lines, columns))


class Picture:
    """A board of one's own words."""

    def __init__(self, *words):
        self.words = list(words)
        self.changes = 0
        self.asked = []

    def lines(self, width, height, status):
        assert isinstance(status, Status)
        self.asked.append((width, height))
        return [word[:width] for word in self.words][-height:]

    def last(self, width, count):
        return [f"last {word}"[:width] for word in self.words[-count:]]

    def say(self, *words):
        self.words = list(words)
        self.changes += 1


class Terminal:
    """A pseudo-terminal: its program's end as a text file, and all that it was shown."""

    def __init__(self, columns=20, lines=5, encoding="utf-8"):
        self.mine, theirs = pty.openpty()
        resize(self.mine, columns, lines)
        self.stream = os.fdopen(theirs, "w", encoding=encoding)
        self.raw = b""

    def read(self):
        """Return what was written since it was asked last."""
        new = b""
        while select.select([self.mine], [], [], 0.05)[0]:
            new += os.read(self.mine, 65536)
        self.raw += new
        return new.decode(self.stream.encoding)

    def screen(self):
        """Return the picture: each line as it was written last."""
        self.read()
        shown = {int(at): line for at, line in re.findall(r"\x1b\[(\d+)H\x1b\[2K([^\x1b]*)", self.raw.decode(self.stream.encoding))}
        return [shown[at] for at in sorted(shown)]

    def echoes(self):
        return bool(termios.tcgetattr(self.mine)[3] & termios.ECHO)

    def hang_up(self):
        os.close(self.mine)

    def close(self):
        with contextlib.suppress(OSError):
            self.hang_up()
        with contextlib.suppress(OSError):
            self.stream.close()


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    one = Terminal()
    yield one
    one.close()


def test_only_a_terminal_that_moves_its_cursor_will_do(terminal, monkeypatch, tmp_path):
    assert Screen.possible(terminal.stream)
    for term in ("dumb", "", "unknown"):
        monkeypatch.setenv("TERM", term)
        assert not Screen.possible(terminal.stream)
    monkeypatch.delenv("TERM")
    assert not Screen.possible(terminal.stream)
    monkeypatch.setenv("TERM", "xterm")
    assert not Screen.possible(None)
    with (tmp_path / "file").open("w") as file:
        assert not Screen.possible(file)
    assert not Screen.possible(file), "closed"


def test_it_is_drawn_beside_what_was_there_and_leaves_the_last_rows(terminal):
    terminal.stream.write("before ")
    with Screen(Picture("one", "two"), terminal.stream) as screen:
        screen.draw(STATUS)
        shown = terminal.read()
        assert shown.startswith("before " + ENTER), "what was said before comes first"
        assert "\x1b[?25l" in shown
        assert terminal.screen() == ["one", "two", "", "", ""]
        assert not terminal.echoes(), "typed letters do not stand in the picture"
    shown = terminal.read()
    assert shown.endswith(LEAVE + "last one\r\nlast two\r\n")
    assert "\x1b[?25h" in shown
    assert terminal.echoes()


def test_only_what_changed_is_drawn(terminal):
    board = Picture("one", "two")
    with Screen(board, terminal.stream) as screen:
        screen.draw(STATUS)
        terminal.read()
        screen.draw(STATUS)
        assert terminal.read() == ""
        assert len(board.asked) == 1, "nothing happened: there is no other picture"
        board.say("one", "new")
        screen.draw(STATUS)
        shown = terminal.read()
        assert "new" in shown
        assert "one" not in shown
        board.say("one")
        screen.draw(STATUS)
        assert terminal.screen() == ["one", "", "", "", ""]


def test_a_second_passed_and_losses_are_something(terminal):
    board = Picture("one")
    with Screen(board, terminal.stream) as screen:
        screen.draw(STATUS)
        screen._drawn -= 2
        screen.draw(STATUS)
        assert len(board.asked) == 2
        screen.draw(Status(dropped=1))
        screen.draw(Status(dropped=1, unread=1))
        assert len(board.asked) == 4
        terminal.read()
        screen._drawn_whole -= 10
        screen._drawn -= 2
        screen.draw(STATUS)
        assert "one" in terminal.read(), "drawn over what somebody else may have written"


def test_it_follows_the_terminals_size(terminal):
    board = Picture("a" * 100, "b" * 100)
    with Screen(board, terminal.stream) as screen:
        screen.draw(STATUS)
        assert terminal.screen() == ["a" * 20, "b" * 20, "", "", ""]
        resize(terminal.mine, 33, 3)
        terminal.raw = b""
        screen.draw(STATUS)
        assert terminal.screen() == ["a" * 33, "b" * 33, ""]
        resize(terminal.mine, 0, 0)
        screen.draw(STATUS)
    assert board.asked == [(20, 5), (33, 3), (80, 24)]


def test_the_terminal_is_given_back_whatever_happens(terminal):
    screen = Screen(Picture("one"), terminal.stream)

    def fail():
        with screen:
            screen.draw(STATUS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert LEAVE in terminal.read()
    assert terminal.echoes()
    screen.close()
    screen.draw(STATUS)
    assert terminal.read() == "", "it is over"


def test_nothing_drawn_is_nothing_to_turn_back_from(terminal):
    with Screen(Picture(), terminal.stream):
        pass
    assert terminal.read() == ""


def test_a_terminal_that_is_gone_is_drawn_on_no_more(terminal):
    board = Picture("one")
    with Screen(board, terminal.stream) as screen:
        screen.draw(STATUS)
        terminal.hang_up()
        for word in "abc":
            board.say(word)
            screen.draw(STATUS)
        assert screen.gone
        assert len(board.asked) == 2


def test_a_terminal_that_takes_nothing_is_waited_for_by_nobody(terminal, monkeypatch):
    monkeypatch.setattr("analyzer.cli.screen._PATIENCE_SECONDS", 0.01)
    resize(terminal.mine, 400, 100)
    board = Picture()
    with Screen(board, terminal.stream) as screen:
        for number in range(200):  # 40 kB each, and nobody reads
            board.say(*[f"{number} {line} ".ljust(400, "x") for line in range(100)])
            screen.draw(STATUS)
        assert 0 < len(screen._waiting) < 100_000
        assert len(board.asked) < 20
        assert not screen.gone
        while screen._waiting:
            terminal.read()
            screen.draw(STATUS)
        assert terminal.screen()[99].startswith("199 99 "), "no sequence was torn"
    assert LEAVE in terminal.read()


def test_a_terminal_that_does_not_speak_utf8(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    one = Terminal(encoding="latin-1")
    with Screen(Picture("é … 漢"), one.stream) as screen:
        screen.draw(STATUS)
        assert one.screen()[0] == "é . \\u{6f22}"
    one.close()


def test_a_terminal_that_cannot_be_opened_twice_is_written_to_as_it_is(terminal, monkeypatch):
    monkeypatch.setattr(os, "ttyname", lambda _: "/nowhere")
    resize(terminal.mine, 200, 10)
    with Screen(Picture(*["x" * 200] * 10), terminal.stream) as screen:
        screen.draw(STATUS)
        assert terminal.screen() == ["x" * 200] * 10
    assert LEAVE in terminal.read()
    terminal.stream.write("still open")
    terminal.stream.flush()
    assert terminal.read() == "still open"


def test_what_cannot_be_opened_is_not_drawn_on(tmp_path):
    file = (tmp_path / "file").open("w")
    file.close()
    with Screen(Picture("one"), file) as screen:
        screen.draw(STATUS)
    assert screen.gone
