"""Standard error: few lines, each of them one line, harmless and bounded, whatever the input was."""

import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traffic import capture, connection, hello, pcap

from analyzer.cli import messages
from analyzer.cli.messages import Messages

OBEYED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
NAME = "a\x1b]0;title\x07\x1b[31m\r\n\u202e\u2066\u200b\x9b\u2028b"
"""What a name of a file may be: it moves the cursor, colours, ends the line, reorders."""
SHOWN = "a\\u{1b}]0;title\\u{7}\\u{1b}[31m\\u{d}\\u{a}\\u{202e}\\u{2066}\\u{200b}\\u{9b}\\u{2028}b"


def harmless(err):
    shown = err.decode()
    assert shown.endswith("\n")
    lines = shown[:-1].split("\n")
    assert not {unicodedata.category(character) for line in lines for character in line} & OBEYED
    assert max(map(len, lines)) < 600
    return lines


@given(st.text(st.characters(exclude_categories=()), max_size=2000))
def test_whatever_is_said_is_one_line(text):
    shown = io.TextIOWrapper(io.BytesIO(), "utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", shown)
        messages.say(text)
    (line,) = harmless(shown.buffer.getvalue())
    assert line.startswith("tlsscan: ")


def test_too_long_a_line_keeps_its_end(tlsscan):
    name = "bad" + "\x1b" * 1000
    _, _, err = tlsscan(name)
    (line,) = harmless(err)
    assert "…" in line
    assert line.startswith("tlsscan: bad\\u{1b}")
    assert line.endswith(": not a capture file")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_another_encoding_than_utf8_is_no_way_round(encoding, monkeypatch):
    """UTF-8 has 0x9B in "Û", and an old terminal takes it for the start of a sequence."""
    shown = io.TextIOWrapper(io.BytesIO(), encoding, "strict")
    monkeypatch.setattr("sys.stderr", shown)
    messages.say("Û…\u0416\x9b31m")
    said = shown.buffer.getvalue()
    letter = "\\u{db}" if encoding == "ascii" else "Û"
    assert said.decode(encoding) == f"tlsscan: {letter}{'…' if encoding == 'cp1252' else '.'}\\u{{416}}\\u{{9b}}31m\n"
    if encoding != "cp1252":  # there 0x85 is the ellipsis
        assert not re.search(rb"[\x80-\x9f]", said)


def test_the_same_is_counted_and_the_rest_too(capfdbinary):
    collected = Messages()
    for number in range(100):
        collected.add("again")
        collected.add(f"once {number}")
    collected.show()
    lines = harmless(capfdbinary.readouterr().err)
    assert lines[:2] == ["tlsscan: again (100 times)", "tlsscan: once 0"]
    assert len(lines) == 20
    assert lines[-1] == "tlsscan: and 82 more messages"
    collected.show()
    assert capfdbinary.readouterr().err == b"", "they are told once"


# ---- the whole command


def test_two_hundred_damaged_captures(road, tmp_path):
    for number in range(200):
        (tmp_path / f"{number}{NAME}.pcap").write_bytes(capture(b"one", b"two", start=1_767_225_600 + 60 * number)[: -1 - number % 50])
    code, out, err = road(".", "--format", "ndjson")
    lines = harmless(err)
    assert code == 4
    assert out.count(b"\n") == 200
    assert len(lines) == 20
    assert [line for line in lines[:19] if ".pcap': " not in line] == []
    assert lines[-1] == "tlsscan: and 181 more messages"
    assert road(".", "--format", "ndjson", "--quiet") == (4, out, b"")


def test_two_hundred_missing_files(road):
    code, out, err = road(*(f"missing{number}{NAME}" for number in range(200)))
    lines = harmless(err)
    assert (code, out, len(lines)) == (3, b"", 20)
    assert lines[0] == f"tlsscan: missing0{SHOWN}: " + ("no file matches" if "no file" in lines[0] else "No such file or directory")
    assert lines[-1] == "tlsscan: and 181 more messages"


def test_one_file_missing_two_hundred_times_is_one_line(road):
    code, _, err = road(*["missing.pcap"] * 200)
    assert code == 3
    assert harmless(err) == ["tlsscan: missing.pcap: No such file or directory (200 times)"]


def test_limits_that_were_hit_are_counted(road, tmp_path):
    frames = [frame for number in range(50) for frame in connection(50_000 + number, (False, hello(b"a.example")[:20]))]
    (tmp_path / "many.pcap").write_bytes(pcap(frames)[:-3])
    limits = ("flows=2", "carriages=1", "syns=1", "side_bytes=16", "messages=1")
    code, _, err = road("many.pcap", *(word for limit in limits for word in ("--limit", limit)))
    lines = harmless(err)
    assert code == 4
    assert re.fullmatch(r"tlsscan: limit flows was hit \(\d+ times\)", lines[1])
    assert len(lines) <= 1 + len(limits)


def test_a_name_that_the_system_refuses_is_an_input_that_cannot_be_had(road, tmp_path):
    (tmp_path / "good.pcap").write_bytes(capture(b"one.example"))
    code, out, err = road("x" * 5000, "good.pcap", "--format", "ndjson")
    (line,) = harmless(err)
    assert code == 3
    assert b"one.example" in out
    assert line.endswith("x: File name too long")


@pytest.mark.parametrize(
    "words",
    [["--" + NAME], ["--format", NAME, "a"], ["--table", NAME, "a"], ["--limit", NAME, "a"], ["a", "-o", NAME], ["--width", NAME, "a"]],
)
def test_a_wrong_word_is_shown_and_not_obeyed(road, words):
    code, out, err = road(*words)
    lines = harmless(err)
    assert (code, out) == (2, b"")
    assert lines[:2] == ["Usage: tlsscan [OPTIONS] CAPTURE... | -i NAME", "Try 'tlsscan scan --help' for help."]
    assert len(lines) == 4


# ---- faults


class WiresCrossedError(Exception):
    def __str__(self):
        return "secret\x1b[31m"


def fails(*_):
    words = "secret"  # a local variable of the frame that fails
    try:
        {}[words]
    except KeyError:
        raise WiresCrossedError(words) from ValueError(words)


@pytest.mark.parametrize("debug", [False, True])
def test_a_fault_is_told_by_its_place_and_never_by_what_it_says(road, tmp_path, monkeypatch, debug):
    monkeypatch.setattr("analyzer.cli.run.tell", fails)
    (tmp_path / "good.pcap").write_bytes(capture(b"one.example"))
    code, out, err = road("good.pcap", *["--debug"] * debug)
    lines = harmless(err)
    assert (code, out) == (70, b"")
    assert b"secret" not in err
    place = re.fullmatch(r"tlsscan: internal error: WiresCrossedError in analyzer/cli/run\.py, line \d+( \(run with .*\))?", lines[-1])
    assert bool(place[1]) is not debug
    assert len(lines) == 1 or debug
    if debug:
        assert lines.count("Traceback (most recent call last):") == 2
        assert {"ValueError", "WiresCrossedError"} <= {*lines}


def test_an_end_of_file_inside_is_a_fault_and_no_interrupt(road, tmp_path, monkeypatch):
    """click takes an EOFError for somebody at a prompt who went away."""
    def ends(*_):
        raise EOFError("secret")

    monkeypatch.setattr("analyzer.cli.run.tell", ends)
    (tmp_path / "good.pcap").write_bytes(capture(b"one.example"))
    code, _, err = road("good.pcap")
    assert code == 70
    assert harmless(err)[-1].startswith("tlsscan: internal error: EOFError in analyzer/cli/run.py, line ")


def test_a_fault_does_not_swallow_what_was_told(tlsscan):
    code, out, err = tlsscan("crash", "--format", "ndjson")
    assert code == 70
    assert out.count(b"\n") == 2
    assert len(harmless(err)) == 1


def test_a_librarys_advice_to_programmers_is_not_for_users(road, tmp_path, monkeypatch):
    import warnings

    from analyzer.cli import run

    tell = run.tell

    def warned(*args):
        warnings.warn("several lines\nof advice", UserWarning, stacklevel=1)
        return tell(*args)

    monkeypatch.setattr(run, "tell", warned)
    monkeypatch.setattr("sys.warnoptions", [])
    (tmp_path / "good.pcap").write_bytes(capture(b"one.example"))
    code, _, err = road("good.pcap")
    assert (code, err) == (0, b"")
