"""Carriages: a number for each, the same for the same, a bound."""

from collections import Counter

from msgspec.structs import replace

from analyzer.limits import DEFAULT
from analyzer.packets.carriage import DIRECT, Carriages, Layer

A, B = b"\x0a\0\0\1", b"\x0a\0\0\2"


def test_the_empty_carriage_is_direct():
    carriages = Carriages(DEFAULT)
    assert carriages.number(()) == DIRECT
    assert carriages.layers[DIRECT] == ()


def test_a_carriage_has_one_number():
    carriages = Carriages(DEFAULT)
    one = carriages.number([Layer("vlan", 5), Layer("gre", None, A, B)])
    assert carriages.number(iter((Layer("vlan", 5), Layer("gre", None, A, B)))) == one
    assert carriages.number([Layer("gre", None, A, B), Layer("vlan", 5)]) != one
    assert carriages.layers[one] == (Layer("vlan", 5), Layer("gre", None, A, B))


def test_past_the_limit_carriages_are_counted():
    hits = Counter()
    carriages = Carriages(replace(DEFAULT, carriages=3), hits)
    one, two, three, again, four, third = (carriages.number([Layer("vlan", tag)]) for tag in (1, 2, 3, 1, 4, 3))
    assert (one, two, again) == (1, 2, 1)
    assert hits == {"carriages": 3}
    assert three == third != four, "what they were is not kept, but they are told apart"
    assert (carriages[three], carriages[two], carriages[DIRECT]) == ((), (Layer("vlan", 2),), ())
