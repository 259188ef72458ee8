"""Lines that a live run adds to a file: whole ones, behind what was there, by one program or several."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analyzer.cli.outputs import Outputs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits and signals as POSIX has them")

HERE = Path(__file__).parents[2]


def add(path, *rows, **options):
    with Outputs() as files:
        out = files.append(str(path), **options)
        for row in rows:
            out.write(json.dumps(row).encode() + b"\n")
            out.flush()


def test_lines_are_added_behind_those_that_are_there(tmp_path):
    for row in (1, 2):
        add(tmp_path / "log", {"row": row}, {"row": row})
    assert [json.loads(line)["row"] for line in (tmp_path / "log").read_text().splitlines()] == [1, 1, 2, 2]


def test_a_line_that_was_torn_before_is_ended_first(tmp_path):
    (tmp_path / "log").write_bytes(b'{"row": 1}\n{"ro')
    add(tmp_path / "log", {"row": 2}, {"row": 3})
    assert (tmp_path / "log").read_bytes() == b'{"row": 1}\n{"ro\n{"row": 2}\n{"row": 3}\n'
    (tmp_path / "log").write_bytes(b"torn")
    add(tmp_path / "log")
    assert (tmp_path / "log").read_bytes() == b"torn", "nothing was added"


def test_a_flush_is_one_write_of_whole_lines(tmp_path, monkeypatch):
    done, real = [], os.write
    with Outputs() as files:
        out = files.append(str(tmp_path / "log"))
        monkeypatch.setattr("os.write", lambda file, data: done.append(bytes(data)) or real(file, data))
        for piece in (b"one\nt", b"w", b"o\nthree"):
            out.write(piece)
        assert done == []
        out.flush()
        out.flush()
        out.write(b"\n")
        out.flush()
        monkeypatch.undo()
        assert done == [b"one\ntwo\n", b"three\n"]


def test_a_full_disk_takes_no_half_line_and_leaves_what_was_there(tmp_path, limited):
    path = tmp_path / "log"
    path.write_bytes(b"before\n")
    with Outputs() as files:
        out = files.append(str(path))
        out.write(b"ours\n")
        out.flush()
        limited(20)
        out.write(b"x" * 100 + b"\n")
        with pytest.raises(OSError, match="log"):
            out.flush()
        out.flush()
    assert path.read_bytes() == b"before\nours\n"


def test_a_file_that_may_be_written_and_not_read(tmp_path, monkeypatch):
    path, real = tmp_path / "log", os.open
    path.write_bytes(b"before\n")

    def refusing(name, flags, *rest):
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return real(name, flags, *rest)

    monkeypatch.setattr("os.open", refusing)
    add(path, 1)
    assert path.read_bytes() == b"before\n1\n"


ADD = """
import sys
from analyzer.cli.outputs import Outputs
with Outputs() as files:
    out = files.append(sys.argv[1])
    for at in range(200):
        out.write(b"".join(b"%s %d %d\\n" % (sys.argv[2].encode() * 50, at, part) for part in range(10)))
        out.flush()
"""


def test_several_programs_add_whole_lines(tmp_path):
    running = [subprocess.Popen([sys.executable, "-c", ADD, tmp_path / "log", letter], cwd=HERE) for letter in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    lines = (tmp_path / "log").read_text().splitlines()
    for letter in "abc":
        assert [line for line in lines if line[0] == letter] == [f"{letter * 50} {at} {part}" for at in range(200) for part in range(10)]
    assert len(lines) == 6000


def test_killed_in_the_middle_of_adding(tmp_path):
    endless = ADD.replace("range(200)", "range(10**9)")
    path = tmp_path / "log"
    path.touch()
    with subprocess.Popen([sys.executable, "-c", endless, path, "a"], cwd=HERE) as process:
        while path.stat().st_size < 1 << 18:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    add(path, "after")
    first, *_, last = path.read_bytes().splitlines()
    assert first == b"a" * 50 + b" 0 0"
    assert last == b'"after"'
