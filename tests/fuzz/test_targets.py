"""Every target plays its seeds and some damage to them, the same in each run: a little fuzzing on every machine, without atheris.

What fuzzing has found stands beside the tests of the file that it was found in; whole inputs, where no shorter test says the same, are in
``finds/`` (name: target, a dash, what it was).
"""

import random
import subprocess
import sys
from pathlib import Path

import pytest
import targets
from roads import light
from run import RUNS, SAID
from targets import TARGETS

HERE = Path(__file__).parent
TIMES = {"dialogs": 20, "streams": 50, "texts": 20, "x509": 20, "road": 2}
"""Damaged copies of each seed; 5 where nothing is said."""
MOST = 400
"""Seeds of each target that are played, every so-manieth of all."""


@pytest.fixture(autouse=True, scope="module")
def _light():
    with light():
        yield


def damaged(seed, other, chance):
    """Return a seed cut, flipped, repeated, spliced with another one, or with its parts in another order."""
    made = bytearray(seed)
    for _ in range(chance.randint(1, 4)):
        low, high = sorted(chance.randint(0, len(made)) for _ in range(2))
        match chance.randrange(6):
            case 0:
                del made[low:]
            case 1:
                for _ in range(chance.randint(1, 8)):
                    if made:
                        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
            case 2:
                made[low:low] = made[low:high] * chance.randint(1, 3)
            case 3:
                made[low:high] = other[min(low, len(other)) : high]
            case 4:
                made[:] = made[:low] + made[high:] + made[low:high]
            case _:
                made[low:high] = chance.choice((b"\0", b"\xff", b"\x80", b"\x7f\xff")) * chance.randint(1, 9)
    return bytes(made)


def play(name):
    """Play a target's seeds and damaged copies of them; an AssertionError tells the bytes for which it raised."""
    target, chance = TARGETS[name], random.Random(name)
    seeds = target.start()
    assert len(seeds) >= 20
    seeds = [b"", *seeds[:: -(-len(seeds) // MOST)]]
    for seed in seeds:
        for time in range(TIMES.get(name, 5) + 1):
            made = damaged(seed, chance.choice(seeds), chance)[: target.most] if time else seed
            try:
                target.run(made)
            except Exception as error:
                raise AssertionError(f"{name} raised {error!r} for {made.hex()}") from error


@pytest.mark.parametrize("name", TARGETS)
def test_no_bytes_raise(name):
    play(name)


def test_finds_stay_mended():
    for path in sorted((HERE / "finds").glob("*-*")):
        TARGETS[path.name.partition("-")[0]].run(path.read_bytes())


def test_what_raises_is_noticed(monkeypatch):
    read = targets.read_extension

    def planted(code, body, where):
        if body.startswith(b"\xff"):
            raise IndexError("planted")
        return read(code, body, where)

    monkeypatch.setattr(targets, "read_extension", planted)
    with pytest.raises(AssertionError, match=r"extensions raised IndexError\('planted'\) for ..(..|ff....)ff"):
        play("extensions")


def test_what_moves_a_cursor_is_noticed(monkeypatch):
    monkeypatch.setattr(targets, "encode", lambda value: b"\x1b[31m" if value else b"null")
    with pytest.raises(AssertionError, match="extensions raised AssertionError"):
        play("extensions")


def test_an_input_is_played_again_without_atheris(tmp_path):
    (tmp_path / "find").write_bytes(b"\0\0")
    again = [sys.executable, HERE / "run.py", "--replay", tmp_path / "find", "extensions"]
    assert subprocess.run(again, check=False).returncode == 0
    assert subprocess.run([*again, "nobody"], check=False, capture_output=True).returncode == 2


def test_what_the_fuzzer_says_is_read():
    said = "#2\tINITED cov: 1 ft: 2 corp\n#4096\tpulse  cov: 226 ft: 1051 corp: 392/15249b lim: 512 exec/s: 17480 rss: 93Mb\n"
    assert SAID.findall(said)[-1] == ("4096", "226", "1051")
    assert RUNS.findall(said + "stat::number_of_executed_units: 5000\n") == ["5000"]
