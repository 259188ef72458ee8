"""What a live run keeps as it goes: in its place from the start, whole after each write, never dropped."""

import importlib.util
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import click
import pytest

from analyzer.capture import Capture
from analyzer.capture.keeping import Keeper
from analyzer.capture.rotation import Rotation
from analyzer.cli.outputs import Outputs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes, links, limits and signals as POSIX has them")

CAPTURE_TESTS = Path(__file__).parents[1] / "capture"
if "kept_files" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("kept_files", CAPTURE_TESTS / "kept_files.py")
    sys.modules["kept_files"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["kept_files"])
from kept_files import block, take  # noqa: E402 - as above


def write(keeper, first, count=1, size=100):
    for at in range(first, first + count):
        take(keeper, block([bytes(size)] * 3, 3 * at + 1), [at] * 3)
        keeper.told(at)


def read(path):
    """Packets of a capture file, and its damage."""
    capture = Capture(path)
    return sum(map(len, capture)), capture.source.damage


# ---- a capture file that grows


def test_it_can_be_read_while_it_grows_and_is_kept_whatever_comes(tmp_path):
    path = tmp_path / "kept.pcapng"

    def run():
        with Outputs() as files:
            keeper = Keeper(files.grow(str(path)))
            assert read(path) == (0, None)
            write(keeper, 1, 5)
            assert read(path) == (15, None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert read(path) == (15, None)


def test_what_was_there_stays_until_the_first_write(tmp_path):
    path = tmp_path / "kept.pcapng"
    path.write_bytes(b"x" * 5000)
    with Outputs() as files:
        files.grow(str(path))
        files.grow(str(tmp_path / "new.pcapng"))
        with pytest.raises(click.ClickException):
            files.open(str(tmp_path / "missing" / "a.csv"), "csv")
    assert path.read_bytes() == b"x" * 5000
    assert [one.name for one in tmp_path.iterdir()] == ["kept.pcapng"], "the new one was made for nothing"
    with Outputs() as files:
        Keeper(files.grow(str(path))).close()
        files.keep()
    assert read(path) == (0, None)
    assert path.stat().st_size < 5000


def test_a_new_file_has_the_mode_that_umask_gives_and_an_old_one_its_own(tmp_path):
    path, before = tmp_path / "kept.pcapng", os.umask(0o027)
    try:
        for mode in (0o640, 0o600):
            with Outputs() as files:
                Keeper(files.grow(str(path)))
            assert stat.S_IMODE(path.stat().st_mode) == mode
            path.chmod(0o600)
    finally:
        os.umask(before)


def test_a_link_leads_to_its_file(tmp_path):
    (tmp_path / "link").symlink_to("real")
    with Outputs() as files:
        Keeper(files.grow(str(tmp_path / "link")))
    assert (tmp_path / "link").is_symlink()
    assert read(tmp_path / "real") == (0, None)


@pytest.mark.parametrize(
    ("name", "reason"), [("folder", "Is a directory"), ("missing/a", "No such file"), ("loop", "link"), ("capture", "one of the captures")]
)
@pytest.mark.parametrize("way", ["grow", "append"])
def test_a_place_that_cannot_be_is_one_line(tmp_path, way, name, reason):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "capture").write_bytes(b"packets")
    with pytest.raises(click.ClickException, match=f"{name}: cannot be written: .*{reason}"), Outputs() as files:
        getattr(files, way)(str(tmp_path / name), [str(tmp_path / "capture")])
    assert (tmp_path / "capture").read_bytes() == b"packets"
    assert not (tmp_path / "missing").exists()


def test_no_file_has_two_outputs(tmp_path):
    one, hard = tmp_path / "one", tmp_path / "hard"
    one.touch()
    hard.hardlink_to(one)
    ways = {"grow": lambda files, path: files.grow(path), "append": lambda files, path: files.append(path),
            "open": lambda files, path: files.open(path, "csv")}  # fmt: skip
    for first, begin in ways.items():
        for second, follow in ways.items():
            for path in (one, hard) if first != "open" else (one,):
                if "open" == first == second:
                    continue
                with Outputs() as files:
                    begin(files, str(one))
                    with pytest.raises(click.ClickException, match="another output of this run"):
                        follow(files, str(path))
    with Outputs() as files:
        files.grow(os.devnull)
        files.append(os.devnull)
        files.open(os.devnull, "csv")


def test_a_named_pipe_is_written_to_as_it_is(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with Outputs() as files:
        write(Keeper(files.grow(str(pipe))), 1)
    reader.join(20)
    (tmp_path / "copy").write_bytes(got[0])
    assert read(tmp_path / "copy") == (3, None)
    assert pipe.is_fifo()


def test_no_packets_for_a_terminal():
    terminal, ours = os.openpty()
    try:
        with pytest.raises(click.ClickException, match="no text for a terminal"), Outputs() as files:
            files.grow(f"/dev/fd/{ours}")
    finally:
        os.close(terminal)
        os.close(ours)


def test_a_disk_that_is_full_leaves_whole_packets(tmp_path, limited):
    path = tmp_path / "kept.pcapng"
    with Outputs() as files:
        keeper = Keeper(files.grow(str(path)))
        write(keeper, 1, 3)
        limited(path.stat().st_size + 100)
        with pytest.raises(OSError, match=r"kept\.pcapng"):
            write(keeper, 9)
        keeper.close()
        files.keep()
    assert read(path) == (9, None)


WRITE = """
import importlib.util, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("kept_files", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from analyzer.capture.keeping import Keeper
from analyzer.capture.rotation import rotation_of
from analyzer.cli.outputs import Outputs
files = Outputs()
sink = files.ring(sys.argv[2], rotation_of(sys.argv[3])) if len(sys.argv) > 3 else files.grow(sys.argv[2])
keeper = Keeper(sink)
for at in range(10**9):
    module.take(keeper, module.block([bytes(1000)] * 20, 20 * at + 1), [at] * 20)
    keeper.told(at)
    print(at, flush=True)
"""


@pytest.fixture
def killed():
    """Write until so many were told of, then kill -9; return how many of them are certain."""

    def run(path, *options, count=300):
        words = [sys.executable, "-c", WRITE, str(CAPTURE_TESTS / "kept_files.py"), str(path), *options]
        with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
            for line in process.stdout:
                if int(line) >= count:
                    break
            process.kill()
        return count

    return run


def test_killed_in_the_middle_of_writing(tmp_path, killed):
    count = killed(tmp_path / "kept.pcapng")
    packets, damage = read(tmp_path / "kept.pcapng")
    assert packets >= 20 * count
    assert damage is None or "ends" in damage, "the very last write may be torn by the kill"


def test_killed_in_the_middle_of_a_ring_every_file_with_a_name_is_whole(tmp_path, killed):
    count = killed(tmp_path / "kept.pcapng", "100kB", count=60)
    named, parts = (sorted(tmp_path.glob(pattern)) for pattern in ("kept_*.pcapng", ".kept.*.part"))
    assert len(named) > 5
    assert len(parts) <= 1
    whole = [read(path) for path in named]
    assert {damage for _, damage in whole} == {None}
    assert all(packets % 20 == 0 for packets, _ in whole), "a handshake is in one file"
    assert sum(packets for packets, _ in whole) + sum(read(path)[0] for path in parts) >= 20 * count


# ---- files that follow each other


def test_a_ring_is_closed_whatever_comes(tmp_path):
    def run():
        with Outputs() as files:
            write(Keeper(files.ring(str(tmp_path / "kept.pcapng"), Rotation(size=1000))), 1, 5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    found = sorted(tmp_path.iterdir())
    assert len(found) > 1
    assert [path.suffix for path in found] == [".pcapng"] * len(found)
    assert sum(read(path)[0] for path in found) == 15


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/null", "folder"])
def test_only_a_name_can_be_followed_by_others(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(click.ClickException, match="need a file's name"), Outputs() as files:
        files.ring(name, Rotation(size=1000))
