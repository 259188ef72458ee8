"""Lines and the replies that belong to commands, without a protocol."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzer.handshakes.dialogs.lines import LONGEST, LineDialog, Paired


class Heard(LineDialog):
    """Notes its lines."""

    protocol = "heard"

    def __init__(self):
        super().__init__(0)
        self.lines = []

    def asks(self, line):
        self.lines.append((0, line))

    def says(self, line):
        self.lines.append((1, line))
        if line == b"yes":
            self.grant(line)


@given(st.lists(st.binary(max_size=30).map(lambda line: b"x" + line.replace(b"\n", b"").replace(b"\r", b"")), max_size=9),
       st.integers(1, 9), st.sampled_from([b"\n", b"\r\n"]))  # fmt: skip
def test_lines_in_any_segmentation(lines, size, end):
    dialog, text = Heard(), b"".join(line + end for line in lines)
    for at in range(0, len(text), size):
        assert dialog.take(0, text[at : at + size]) is None
    assert dialog.lines == [(0, line) for line in lines]


def test_a_long_line_keeps_its_beginning():
    dialog = Heard()
    for _ in range(40):
        assert dialog.take(0, b"x" * 1000) is None
    assert dialog.take(0, b"y\nnext\n") is None
    assert dialog.lines == [(0, b"x" * LONGEST), (0, b"next")]


def test_tls_begins_between_lines_only():
    dialog = Heard()
    assert dialog.take(0, b"ab\x16\3\1\n\x16\3\1") == 6
    assert dialog.take(0, b"anything") == 0
    assert dialog.take(1, b"no\n") is None
    assert dialog.take(1, b"yes\n\x16") == 4
    assert dialog.take(1, b"\x16") == 0
    assert (dialog.prelude.requested, dialog.prelude.granted, dialog.prelude.answer) == (True, True, b"yes")


class Pairs(Paired):
    """Notes which reply came to which command."""

    protocol = "pairs"

    def __init__(self):
        super().__init__(0)
        self.pairs = []

    def opens(self, code, line):
        del line
        return code == b"hi"

    def answers(self, kind, code, line):
        self.pairs.append((kind, code, line))


@given(st.permutations(["command"] * 4 + ["reply"] * 4))
def test_replies_belong_to_commands_in_whatever_order_they_were_captured(order):
    dialog, commands, replies = Pairs(), iter(["request", "asks", "other", "other"]), iter([b"1", b"2", b"3", b"4"])
    dialog.reply(b"hi", b"hi")
    for kind in order:
        if kind == "command":
            dialog.command(next(commands))
        else:
            code = next(replies)
            dialog.reply(code, code)
    assert dialog.pairs == [("request", b"1", b"1"), ("asks", b"2", b"2"), ("other", b"3", b"3"), ("other", b"4", b"4")]
    assert dialog.prelude.requested


def test_replies_before_the_first_command_of_a_joined_stream_are_nobodys():
    dialog = Pairs()
    dialog.reply(b"1", b"to what?")
    dialog.command("request")
    dialog.reply(b"2", b"to this")
    assert dialog.pairs == [("request", b"2", b"to this")]


def test_who_goes_on_three_times_unanswered_has_gone_on():
    dialog = Pairs()
    for settled in (False, False, True):
        dialog.command("leaves")
        assert dialog.settled is settled
