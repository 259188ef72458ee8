"""Files that follow each other: when, under which names, and that each is whole before it has its name."""

import errno
import os
import resource

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture.rotation import LEAST, SIZES, TIMES, Ring, Rotation, rotation_of

SECOND = 10**9
NOON = 1_796_040_000 * SECOND


@pytest.mark.parametrize(
    ("text", "size", "seconds"),
    [
        ("10MB", 10_000_000, None), ("500kB", 500_000, None), ("1GiB", 1 << 30, None), (" 2 mib ", 2 << 20, None), ("4096B", 4096, None),
        ("60s", None, 60), ("5min", None, 300), ("1h", None, 3600), ("1d", None, 86_400), ("2H", None, 7200),
    ],
)  # fmt: skip
def test_a_size_or_a_time(text, size, seconds):
    assert rotation_of(text) == Rotation(size, seconds)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no size and no time"), ("MB", "no size and no time"), ("-1MB", "no size and no time"), ("1.5GB", "no size and no time"),
        ("10", "has no unit"), ("10m", r"10min.*10MB"), ("10M", r"10min.*10MB"), ("10 lightyears", "'lightyears' is no unit"),
        ("0s", "too short"), ("2000d", "too long"), ("100B", "too small"), ("999999999TB", "too large"), ("1e9B", "no size and no time"),
        ("٣MB", "no size and no time"),
    ],
)  # fmt: skip
def test_what_is_neither_says_why(text, reason):
    with pytest.raises(ValueError, match=reason):
        rotation_of(text)


@given(st.one_of(st.text(max_size=12), st.from_regex(r"[0-9]{1,20}[kKmMgG]?[iI]?[bBsShd]?", fullmatch=True)))
def test_any_text_is_read_or_refused(text):
    try:
        found = rotation_of(text)
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most texts are refused
    else:
        assert (found.size is None) != (found.seconds is None)
        assert text.strip().lstrip("0123456789").strip().lower() in {**SIZES, **TIMES}


@pytest.fixture
def utc(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def held(folder):
    return {path.name.split("_")[1]: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def write(ring, data, now=NOON):
    """Write as the keeper does."""
    if ring.full(len(data), now):
        ring.turn()
    ring.write(data)


@pytest.mark.usefixtures("utc")
def test_names_are_those_of_dumpcap(tmp_path):
    ring = Ring(tmp_path / "kept.pcapng", Rotation(size=1000))
    write(ring, b"x" * 600)
    [part] = names(tmp_path)
    assert part.startswith(".kept.")
    assert part.endswith(".part")
    write(ring, b"y" * 400, NOON + SECOND)
    write(ring, b"z" * 600, NOON + 2 * SECOND)
    assert names(tmp_path)[1:] == ["kept_00001_20261130120000.pcapng"]
    ring.close()
    ring.close()
    assert names(tmp_path) == ["kept_00001_20261130120000.pcapng", "kept_00002_20261130120002.pcapng"]
    assert held(tmp_path) == {"00001": b"x" * 600 + b"y" * 400, "00002": b"z" * 600}
    assert ring.files == 2


@pytest.mark.parametrize(("name", "first"), [("a", "a_00001_19700101000000.pcapng"), ("a.b.pcap", "a.b_00001_19700101000000.pcap")])
@pytest.mark.usefixtures("utc")
def test_a_suffix_stays(tmp_path, name, first):
    ring = Ring(tmp_path / name, Rotation(size=1000))
    write(ring, b"x", 0)
    ring.close()
    assert names(tmp_path) == [first]


def test_what_is_larger_than_a_file_is_one_of_its_own(tmp_path):
    ring = Ring(tmp_path / "a.pcapng", Rotation(size=100))
    for size in (10, 500, 10, 90):
        write(ring, bytes(size))
    ring.close()
    assert [len(data) for _, data in sorted(held(tmp_path).items())] == [10, 500, 100]


def test_time_ends_a_file_and_begins_none(tmp_path):
    ring = Ring(tmp_path / "a.pcapng", Rotation(seconds=60))
    for second in range(0, 600, 10):  # ticks, and something to write in the first minute and the last
        now = NOON + second * SECOND
        if ring.full(0, now):
            ring.turn()
        if second in {0, 50, 590}:
            write(ring, b"%d " % second, now)
    assert held(tmp_path) == {"00001": b"0 50 "}
    ring.close()
    assert held(tmp_path) == {"00001": b"0 50 ", "00002": b"590 "}


def test_a_clock_that_is_set_back_ends_a_file(tmp_path):
    ring = Ring(tmp_path / "a.pcapng", Rotation(seconds=60))
    write(ring, b"later", 9 * NOON)
    assert not ring.full(0, 9 * NOON - 30 * SECOND)
    write(ring, b"sooner", NOON)
    write(ring, b" and on", NOON + 59 * SECOND)
    ring.close()
    assert held(tmp_path) == {"00001": b"later", "00002": b"sooner and on"}


def test_nothing_was_written_then_there_is_no_file(tmp_path):
    ring = Ring(tmp_path / "a.pcapng", Rotation(seconds=1))
    assert not ring.full(0, NOON)
    ring.turn()
    ring.close()
    assert names(tmp_path) == []
    assert ring.files == 0


@pytest.mark.usefixtures("utc")
def test_a_name_that_is_taken_is_passed_over(tmp_path):
    (tmp_path / "a_00001_20261130120000.pcapng").write_bytes(b"somebody's")
    ring = Ring(tmp_path / "a.pcapng", Rotation(size=LEAST))
    write(ring, b"ours")
    ring.close()
    assert held(tmp_path) == {"00001": b"somebody's", "00002": b"ours"}


def test_it_is_on_disk_before_it_has_its_name(tmp_path, monkeypatch):
    done, sync = [], os.fsync
    monkeypatch.setattr("os.fsync", lambda file: done.append((os.fstat(file).st_size, names(tmp_path)[0][:1])) or sync(file))
    ring = Ring(tmp_path / "a.pcapng", Rotation(size=1000))
    write(ring, b"x" * 7)
    ring.close()
    assert done == [(7, ".")]


def test_a_full_disk_leaves_what_was_whole(tmp_path, limited):
    ring = Ring(tmp_path / "a.pcapng", Rotation(size=1 << 20))
    write(ring, b"whole")
    limited(100)
    with pytest.raises(OSError, match=r"a\.pcapng") as caught:
        write(ring, bytes(1000))
    assert caught.value.errno == errno.EFBIG
    limited(resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    ring.close()
    assert held(tmp_path) == {"00001": b"whole"}
    other = Ring(tmp_path / "b.pcapng", Rotation(size=1 << 20))
    other.write(b"")
    other.close()
    assert len(names(tmp_path)) == 1, "an empty one goes again"


def test_a_folder_that_is_gone_or_none(tmp_path):
    for path, code in ((tmp_path / "missing" / "a.pcapng", errno.ENOENT), (tmp_path / "file" / "a.pcapng", errno.ENOTDIR)):
        (tmp_path / "file").touch()
        with pytest.raises(OSError, match=r"a\.pcapng") as caught:
            Ring(path, Rotation(size=LEAST))
        assert caught.value.errno == code
    folder = tmp_path / "folder"
    folder.mkdir()
    ring = Ring(folder / "a.pcapng", Rotation(size=LEAST))
    folder.rmdir()
    with pytest.raises(OSError, match=r"a\.pcapng"):
        ring.write(b"x")
    ring.close()


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(-(1 << 63), (1 << 63) - 1)), max_size=12), st.integers(1, 4000), st.booleans())
@settings(deadline=None, max_examples=50)
def test_nothing_is_torn_or_lost_whatever_the_clock_says(tmp_path_factory, steps, most, by_time):
    folder = tmp_path_factory.mktemp("ring")
    ring = Ring(folder / "a.pcapng", Rotation(seconds=most) if by_time else Rotation(size=most))
    for number, (size, now) in enumerate(steps):
        write(ring, b"<%05d" % number + bytes(size) + b">", now)
    ring.close()
    files = [data for _, data in sorted(held(folder).items())]
    assert all(data.startswith(b"<") and data.endswith(b">") for data in files)
    assert b"".join(files) == b"".join(b"<%05d" % number + bytes(size) + b">" for number, (size, _) in enumerate(steps))
    assert ring.files == len(files)
    if not by_time:
        assert all(len(data) <= most or data.count(b"<") == 1 for data in files)
