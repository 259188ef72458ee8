"""Where reports go: a place has the whole old file or the whole new one, whatever happens on the way."""

import errno
import json
import os
import signal
import stat
import threading
import time
from pathlib import Path

import pytest
from traffic import capture

from analyzer.findings.tables import TABLES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes, links, devices and signals as POSIX has them")


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "report.csv"
    path.write_text("old\n")
    return path


def only(folder, *names):
    return sorted(path.name for path in folder.iterdir()) == sorted(names)


def is_new(path):
    return path.read_bytes().startswith(b"handshake,") and path.read_bytes().endswith(b"\r\n")


# ---- whole or not at all


def test_it_is_on_disk_before_it_takes_its_place(tlsscan, old, monkeypatch):
    done = []
    sync, replace = os.fsync, Path.replace

    def synced(descriptor):
        done.append(("on disk", os.fstat(descriptor).st_size))
        sync(descriptor)

    def replaced(part, place):
        done.append(("in place", part.stat().st_size))
        assert (part.parent, place) == (old.parent, old)
        return replace(part, place)

    monkeypatch.setattr("os.fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    assert tlsscan("3", "-o", old)[0] == 0
    size = old.stat().st_size
    assert done == [("on disk", size), ("in place", size)]


def test_killed_in_the_middle_it_leaves_the_old_file_and_harms_no_later_run(start, tlsscan, old):
    process = start("200000", "-o", old)
    while not any(path.stat().st_size > 1 << 20 for path in old.parent.glob(".report.csv.*.part")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert old.read_text() == "old\n"
    assert tlsscan("3", "-o", old)[0] == 0
    assert is_new(old)


def test_names_of_unfinished_files_never_clash(tlsscan, old, monkeypatch):
    """In a container every run has the same process id."""
    taken, rename = [], Path.replace
    monkeypatch.setattr(Path, "replace", lambda part, place: taken.append(part.name) or rename(part, place))
    monkeypatch.setattr("os.getpid", lambda: 7)
    for _ in range(2):
        assert tlsscan("1", "-o", old, "-o", old.with_suffix(".json"))[0] == 0
    assert len(set(taken)) == 4


def test_a_long_name_has_room_for_its_unfinished_file(tlsscan, tmp_path):
    name = "ö" * 120 + ".csv"
    assert tlsscan("1", "-o", tmp_path / name)[0] == 0
    assert only(tmp_path, name)


@pytest.mark.parametrize("name", ["csv", "json", "ndjson", "text"])
def test_a_file_that_may_not_grow_leaves_the_old_one(start, old, name):
    import resource

    quiet = {"PYTHONDONTWRITEBYTECODE": "1"}  # Python's own files may not grow either, and a cut one stays
    process = start("500", "--format", name, "-o", "-", "-o", old, stdout=-3, env=quiet,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)))  # fmt: skip
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (74, f"tlsscan: cannot write: {os.strerror(errno.EFBIG)}\n".encode())
    assert old.read_text() == "old\n"
    assert only(old.parent, old.name)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_device_beside_a_file(tlsscan, old):
    code, _, err = tlsscan("500", "--format", "csv", "-o", old, "-o", "/dev/full")
    assert (code, err) == (74, b"tlsscan: cannot write: No space left on device\n")
    assert old.read_text() == "old\n"
    assert only(old.parent, old.name)


def test_a_signal_between_two_steps_leaves_nothing(tlsscan, old, monkeypatch):
    """The unfinished file is there, and nobody has it in hand yet."""
    make = os.fdopen

    def interrupted(descriptor, _):
        os.close(descriptor)
        monkeypatch.setattr("os.fdopen", make)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("os.fdopen", interrupted)
    assert tlsscan("1", "-o", old) == (143, b"", b"tlsscan: interrupted: nothing is reported\n")
    assert old.read_text() == "old\n"
    assert only(old.parent, old.name)


# ---- the place


def test_a_new_file_has_the_mode_that_umask_gives(tlsscan, tmp_path):
    before = os.umask(0o027)
    try:
        assert tlsscan("1", "-o", tmp_path / "new.csv")[0] == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_replaced_file_has_the_mode_of_the_old_one_at_all_times(tlsscan, old, monkeypatch, mode):
    """A report that is private was so while it was written."""
    old.chmod(mode)
    modes, sync, change = [], os.fsync, Path.chmod
    monkeypatch.setattr(Path, "chmod", lambda path, new: modes.append(stat.S_IMODE(path.stat().st_mode)) or change(path, new))
    monkeypatch.setattr("os.fsync", lambda file: modes.append(stat.S_IMODE(os.fstat(file).st_mode)) or sync(file))
    before = os.umask(0o022)
    try:
        assert tlsscan("1", "-o", old)[0] == 0
    finally:
        os.umask(before)
    assert modes == [0o600, mode]
    assert stat.S_IMODE(old.stat().st_mode) == mode


def test_a_link_leads_to_its_file_there_or_not(tlsscan, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link, real = tmp_path / "link.csv", tmp_path / "elsewhere" / "real.csv"
    link.symlink_to(real)
    for _ in range(2):
        assert tlsscan("1", "-o", link)[0] == 0
        assert link.is_symlink()
        assert is_new(real)
    assert only(real.parent, "real.csv")


def test_the_last_of_two_reports_in_one_place_stays(tlsscan, old):
    assert tlsscan("1", "-o", old, "-o", old)[0] == 0
    assert is_new(old)
    assert only(old.parent, old.name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/report.csv", "No such file or directory"),
        ("report.csv/report.csv", "Not a directory"),
        ("loop.csv", "a loop of links"),
        ("x" * 300 + ".csv", "File name too long"),
        ("a\x1b[31m\n\u202e/report.csv", "No such file or directory"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_one_line(tlsscan, old, monkeypatch, name, reason):
    monkeypatch.chdir(old.parent)
    Path("loop.csv").symlink_to("loop.csv")
    code, out, err = tlsscan("1", "-o", "fine.csv", "-o", name)
    assert (code, out) == (2, b"")
    shown = err.decode()
    assert shown.endswith(f": cannot be written: {reason}\n") or (name == "loop.csv" and os.strerror(errno.ELOOP) in shown)
    assert shown.count("\n") == 1
    assert not set(shown) & {"\x1b", "\u202e"}
    assert only(old.parent, "loop.csv", "report.csv")


def test_a_file_that_may_not_be_written_is_not_replaced(tlsscan, old, monkeypatch):
    asked = []
    monkeypatch.setattr("os.access", lambda path, mode: asked.append((path, mode)))  # root may write everything
    code, _, err = tlsscan("1", "-o", old)
    assert (code, err) == (2, f"tlsscan: {old}: cannot be written: Permission denied\n".encode())
    assert asked == [(old, os.W_OK)]
    assert old.read_text() == "old\n"


def test_a_capture_is_never_replaced_by_its_own_report(road, tmp_path):
    capture_file, link = tmp_path / "a.pcap", tmp_path / "link.csv"
    capture_file.write_bytes(capture(b"one.example"))
    link.symlink_to(capture_file)
    for words in (["a.pcap", "--format", "csv", "-o", "./a.pcap"], [".", "-o", "link.csv"]):
        code, out, err = road(*words)
        assert (code, out) == (2, b"")
        assert err.endswith(b": cannot be written: it is one of the captures\n")
    assert capture_file.read_bytes() == capture(b"one.example")
    assert only(tmp_path, "a.pcap", "link.csv")


def test_an_unfinished_report_is_not_looked_into_as_a_capture(road, tmp_path):
    (tmp_path / "a.pcap").write_bytes(capture(b"one.example"))
    assert road(".", "-o", "report.csv") == (0, b"", b"")
    assert is_new(tmp_path / "report.csv")


# ---- what is no file


def test_a_named_pipe_is_written_to_as_it_is(tlsscan, tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    code = tlsscan("3", "--format", "json", "-o", pipe)[0]
    reader.join(20)
    assert code == 0
    assert len(json.loads(read[0])["handshakes"]) == 3
    assert pipe.is_fifo()
    assert only(tmp_path, "pipe")


def test_a_device_is_written_to_as_it_is(tlsscan):
    assert tlsscan("3", "--format", "json", "-o", "/dev/null") == (0, b"", b"")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_a_name_of_standard_output_goes_on_where_it_stands(start, tmp_path, name):
    if not Path("/proc/self/fd").exists() and "proc" in name:
        pytest.skip("no /proc here")
    if name == "link":
        name = tmp_path.parent / f"{tmp_path.name}.link"
        name.symlink_to("/dev/stdout")
    log = tmp_path / "log"
    log.write_text("before\n")
    for _ in range(2):
        with log.open("ab") as end:
            process = start("1", "--format", "ndjson", "-o", name, stdout=end)
            assert process.wait(20) == 0
    first, *rows = log.read_text().splitlines()
    assert first == "before"
    assert [json.loads(row)["handshake"] for row in rows] == [1, 1]
    assert only(tmp_path, "log")


def test_a_descriptor_that_is_not_open(tlsscan):
    said = b"tlsscan: /dev/fd/987: cannot be written: Bad file descriptor\n"
    assert tlsscan("1", "--format", "csv", "-o", "/dev/fd/987") == (2, b"", said)


# ---- folders


def test_a_folder_is_made_with_a_file_for_each_table(tlsscan, tmp_path):
    assert tlsscan("3", "--format", "ndjson", "-o", f"{tmp_path}/new/er/")[0] == 0
    folder = tmp_path / "new" / "er"
    assert {path.stem for path in folder.iterdir()} == set(TABLES)
    assert (folder / "handshakes.ndjson").read_bytes() == tlsscan("3", "--format", "ndjson")[1]
    assert (folder / "messages.ndjson").read_bytes() == tlsscan("3", "--format", "ndjson", "--table", "messages")[1]


def test_what_stood_in_a_folder_stays_but_for_files_of_the_same_name(tlsscan, tmp_path):
    (tmp_path / "handshakes.csv").write_text("old\n")
    (tmp_path / "mine.csv").write_text("mine\n")
    assert tlsscan("3", "--format", "csv", "-o", tmp_path)[0] == 0
    assert is_new(tmp_path / "handshakes.csv")
    assert (tmp_path / "mine.csv").read_text() == "mine\n"


def test_no_folder_is_left_where_nothing_was_read(tlsscan, tmp_path):
    (tmp_path / "kept").mkdir()
    assert tlsscan("bad", "--format", "csv", "-o", f"{tmp_path}/new/er/")[0] == 3
    assert tlsscan("bad", "--format", "csv", "-o", f"{tmp_path}/kept/")[0] == 3
    assert only(tmp_path, "kept")


def test_a_folder_is_named_by_its_suffix_too(tlsscan, tmp_path):
    (tmp_path / "there.csv").mkdir()
    assert tlsscan("3", "-o", tmp_path / "there.csv", "-o", f"{tmp_path}/new.ndjson/")[0] == 0
    assert is_new(tmp_path / "there.csv" / "handshakes.csv")
    assert (tmp_path / "new.ndjson" / "handshakes.ndjson").exists()
    code, _, err = tlsscan("3", "-o", f"{tmp_path}/new.json/")
    assert code == 2
    assert b"is a folder, and json is one file" in err


def test_a_folder_that_cannot_be(tlsscan, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = tlsscan("3", "--format", "csv", "-o", f"{tmp_path}/file/in/")
    assert code == 2
    assert b"cannot be written: " in err
