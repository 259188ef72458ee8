"""What the kernel says of an interface."""

import os
import sys

import pytest
from veth import ip

from analyzer.capture.live.devices import State, drops, enlarge, state


@pytest.mark.usefixtures("wire")
def test_up_down_gone():
    assert state("caA") is State.UP
    ip("link", "set", "caA", "down")
    assert state("caA") is State.DOWN
    ip("link", "del", "caA")
    assert state("caA") is State.GONE


@pytest.mark.parametrize("name", ["", "no such one", "x" * 400, "a\0b", "\udcff"])
def test_what_is_no_name_is_gone(name):
    assert state(name) is State.GONE


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no /sys here")
def test_what_the_card_has_lost():
    assert isinstance(drops("lo"), int)
    assert drops("no such one") is drops("../../../etc") is drops("any") is None


def test_a_pipe_holds_more():
    reading, writing = os.pipe()
    try:
        enlarge(writing)
        os.set_blocking(writing, False)
        assert os.write(writing, bytes(1 << 20)) >= 65536
    finally:
        os.close(reading)
        os.close(writing)


def test_what_is_no_pipe_stays_as_it_is(tmp_path):
    with (tmp_path / "file").open("wb") as file:
        enlarge(file.fileno())
        assert file.write(b"x") == 1
