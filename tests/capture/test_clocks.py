from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analyzer.capture.clocks import LATEST, Clock


@given(st.integers(0, 255), st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5), st.integers(-(2**63), 2**63 - 1) | st.just(0))
def test_any_clock_is_right_to_the_nanosecond(resolution, ticks, offset):
    clock = Clock.of(resolution, offset)
    times = clock.nanoseconds(np.array(ticks, np.uint64)).tolist()
    base = 2 if resolution & 128 else 10
    for tick, time in zip(ticks, times, strict=True):
        exact = Fraction(tick * 10**9, base ** (resolution & 127))
        late = exact >= LATEST - 10**9 or abs(offset) * 10**9 >= LATEST or exact + offset * 10**9 >= LATEST - 10**9
        if late:
            assert -LATEST <= time <= LATEST
        else:
            assert time == exact // 1 + offset * 10**9


def test_resolution_is_seconds_per_tick():
    assert Clock.of(6).resolution == 1e-6
    assert Clock.of(0x8A).resolution == 1 / 1024
