"""Flow keys: both directions have one, different flows have different ones, nobody outside can foresee them."""

import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analyzer.packets.flowkey import flow_key, key_between
from analyzer.packets.network import IPV4_HIGH

END = st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 65535))


def key_of(*pairs):
    columns = [
        np.array([pair[side][part] for pair in pairs], np.int64 if part == 2 else np.uint64) for side in (0, 1) for part in (0, 1, 2)
    ]
    return flow_key(*columns)


@given(END, END)
def test_both_directions_share_a_key_and_differ_in_direction(a, b):
    (there, back), (forward, backward) = key_of((a, b), (b, a))
    assert there == back
    if a != b:
        assert forward != backward


@given(st.sets(st.tuples(END, END).map(sorted).map(tuple), min_size=2, max_size=20))
def test_different_five_tuples_have_different_keys(pairs):
    assert len(set(key_of(*pairs)[0].tolist())) == len(pairs)


def test_an_address_is_not_a_port_nor_high_low():
    ends = [((1, 0, 0), (0, 0, 0)), ((0, 1, 0), (0, 0, 0)), ((0, 0, 1), (0, 0, 0)), ((1, 0, 0), (1, 0, 0)), ((0, 1, 0), (0, 1, 0))]
    assert len(set(key_of(*ends)[0].tolist())) == len(ends)


def test_neighbours_spread_over_the_top_bits():
    ends = [((2**64 - 1, 0x0A000001, port), (2**64 - 1, 0x0A000002, 443)) for port in range(1024, 1024 + 20000)]
    slots = key_of(*ends)[0] >> np.uint64(44)
    assert len(np.unique(slots)) > 19000, "the sieve's 2**20 slots should be shared by few of 20 000 flows"


def test_drawn_afresh_in_each_process():
    line = (
        "import numpy as n; from analyzer.packets.flowkey import flow_key as f; o = n.ones(1, n.uint64); print(f(o, o, o, o, o, o)[0][0])"
    )
    assert len({subprocess.run([sys.executable, "-c", line], capture_output=True, check=True).stdout for _ in range(2)}) == 2


def test_no_pair_collides_whatever_the_multipliers_are():
    # differences in high powers of two cancel under plain odd multipliers; none may survive here
    for shift in range(64):
        for sign in (1, -1):
            other = ((1 << shift) % 2**64, sign * (1 << shift) % 2**64, 0)
            assert len(set(key_of(((0, 0, 0), (5, 6, 7)), (other, (5, 6, 7)))[0].tolist())) == 2


def test_ends_that_trade_their_ports_or_halves_do_not_collide():
    a, b = (0x20010DB8 << 32, 1, 1000), (0x20010DB8 << 32, 2, 443)
    swapped = ((a[0], a[1], b[2]), (b[0], b[1], a[2])), ((a[0], b[1], a[2]), (b[0], a[1], b[2]))
    assert len(set(key_of((a, b), *swapped)[0].tolist())) == 2, "the second of these is the first, named in another order"


ADDRESS = st.one_of(st.binary(min_size=4, max_size=4), st.binary(min_size=16, max_size=16))


@given(ADDRESS, st.integers(0, 65535), ADDRESS, st.integers(0, 65535))
def test_the_key_of_a_single_pair_is_that_of_the_columns(first, port, second, other):
    def end(address, number):
        high = int(IPV4_HIGH) if len(address) == 4 else int.from_bytes(address[:8], "big")
        return high, int.from_bytes(address[-8:], "big"), number

    [key] = key_of((end(first, port), end(second, other)))[0].tolist()
    assert key_between((first, port), (second, other)) == key_between((second, other), (first, port)) == key
