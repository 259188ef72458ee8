import numpy as np

from analyzer.capture import Source


def test_the_first_damage_is_kept():
    source = Source("x")
    source.hurt("a")
    source.hurt("b")
    assert source.damage == "a"


def test_counting():
    source = Source("x")
    source.count(np.array([3, 4]), np.array([9, 5]))
    source.count(np.array([1]), np.array([7]))
    assert (source.packets, source.bytes, source.first, source.last) == (3, 8, 5, 9)
    assert Source("y").comments is not Source("z").comments
