"""A file that grows by whole writes: what a full disk, an interrupt or another writer does to it."""

import errno
import os
import signal
import subprocess

import pytest

from analyzer.capture.growing import Growing

pytestmark = pytest.mark.skipif(os.name != "posix", reason="descriptors, limits and signals as POSIX has them")


def growing(path, flags=0, **options):
    return Growing(os.open(path, os.O_RDWR | os.O_CREAT | flags, 0o600), "FILE", **options)


def test_writes_follow_each_other(tmp_path):
    file = growing(tmp_path / "a")
    for part in (b"one", b"", b"two"):
        file.write(part)
    file.close()
    file.close()
    assert (tmp_path / "a").read_bytes() == b"onetwo"


def test_what_was_there_is_replaced_by_the_first_write_and_stays_without_one(tmp_path):
    (tmp_path / "a").write_bytes(b"something long that was there")
    growing(tmp_path / "a", replaces=True).close()
    assert (tmp_path / "a").read_bytes() == b"something long that was there"
    file = growing(tmp_path / "a", replaces=True)
    file.write(b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    file.write(b"er")
    file.close()
    assert (tmp_path / "a").read_bytes() == b"newer"


def test_a_file_that_was_made_for_nothing_goes_again(tmp_path):
    growing(tmp_path / "a", made=tmp_path / "a").close()
    assert not (tmp_path / "a").exists()
    file = growing(tmp_path / "a", made=tmp_path / "a")
    file.write(b"x")
    file.close()
    assert (tmp_path / "a").read_bytes() == b"x"


@pytest.mark.parametrize("appends", [False, True])
def test_a_torn_write_is_taken_back(tmp_path, limited, appends):
    (tmp_path / "a").write_bytes(b"before " if appends else b"")
    file = growing(tmp_path / "a", os.O_APPEND if appends else 0, appends=appends)
    file.write(b"whole ")
    limited((tmp_path / "a").stat().st_size + 100)
    with pytest.raises(OSError, match="FILE") as caught:
        file.write(bytes(1000))
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, "FILE")
    assert (tmp_path / "a").read_bytes() == (b"before " if appends else b"") + b"whole "
    file.write(b"it goes on")
    file.close()
    assert (tmp_path / "a").read_bytes().endswith(b"whole it goes on")


def test_the_first_write_that_fails_at_once_leaves_what_was_there(tmp_path, limited):
    (tmp_path / "a").write_bytes(b"old")
    file = growing(tmp_path / "a", replaces=True)
    limited(0)
    with pytest.raises(OSError, match="FILE"):
        file.write(b"new")
    file.close()
    assert (tmp_path / "a").read_bytes() == b"old"


def test_what_others_appended_since_is_not_cut_off(tmp_path, monkeypatch):
    file, write = growing(tmp_path / "a", os.O_APPEND, appends=True), os.write

    def torn(descriptor, data):
        monkeypatch.setattr("os.write", full)
        return write(descriptor, data[:3])

    def full(_descriptor, _data):
        with (tmp_path / "a").open("ab", buffering=0) as other:
            write(other.fileno(), b"another's\n")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.write", torn)
    with pytest.raises(OSError, match="No space left"):
        file.write(b"ours\n")
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == b"oursanother's\n"[:3] + b"another's\n"


def test_an_interrupt_in_the_middle_takes_the_write_back(tmp_path, monkeypatch):
    file, write = growing(tmp_path / "a"), os.write
    file.write(b"whole ")
    monkeypatch.setattr("os.write", lambda descriptor, data: write(descriptor, data[:2]) and signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        file.write(b"torn")
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == b"whole "


def test_a_descriptor_of_a_shell_that_appends_is_never_cut_at_its_begin(tmp_path, limited):
    (tmp_path / "log").write_bytes(b"what was there\n")
    file = growing(tmp_path / "log", os.O_APPEND)
    limited(20)
    with pytest.raises(OSError, match="FILE"):
        file.write(bytes(100))
    assert (tmp_path / "log").read_bytes() == b"what was there\n"


def test_a_pipe_takes_everything_and_its_reader_may_go():
    reader, writer = os.pipe()
    file = Growing(writer, "FILE")
    file.write(b"through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        file.write(b"nobody")
    file.close()


def test_a_line_without_an_end_is_seen(tmp_path):
    for data, torn in ((b"", False), (b"a line\n", False), (b"a line\nhalf", True)):
        (tmp_path / "a").write_bytes(data)
        assert growing(tmp_path / "a").torn() is torn
    reader, writer = os.pipe()
    assert not Growing(writer, "a pipe").torn()
    os.close(reader)


def mounted(folder):
    """Mount a disk of 64 KiB at a folder; return whether that may be done here."""
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def test_a_disk_that_is_full(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mounted(folder):
        pytest.skip("no right to mount a disk here")
    try:
        file = growing(folder / "a")
        for _ in range(10):
            file.write(bytes(3000))
        with pytest.raises(OSError, match="FILE") as caught:
            file.write(bytes(1 << 16))
        assert caught.value.errno == errno.ENOSPC
        assert (folder / "a").stat().st_size == 30_000
        file.close()
    finally:
        subprocess.run(["umount", folder], check=True)
