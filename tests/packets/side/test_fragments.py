"""IP packets from fragments: any order, copies, conflicts, cut ones, and the bounds."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from analyzer.limits import DEFAULT
from analyzer.packets.side.fragments import OVERLAP, TOO_LONG, Fragments

SECOND = 1_000_000_000


def cut(data, sizes):
    """Return (start, bytes, more) of fragments whose sizes are these in turn, in units of 8 bytes."""
    at, parts = 0, []
    while at < len(data):
        size = 8 * sizes[len(parts) % len(sizes)]
        parts.append((at, data[at : at + size], at + size < len(data)))
        at += size
    return parts


def add(fragments, part, *, key="k", time=0, packet=0, length=None, protocol=6):
    start, data, more = part
    return fragments.add((key,), time, start, data, len(data) if length is None else length, more=more, protocol=protocol, pieces=(packet,))


@given(st.binary(min_size=9, max_size=600), st.lists(st.integers(1, 12), min_size=1, max_size=4), st.randoms(use_true_random=False),
st.data())
def test_any_order_and_copies_give_the_packet_once(data, sizes, random, draw):
    parts = cut(data, sizes)
    order = parts + draw.draw(st.lists(st.sampled_from(parts), max_size=5))
    random.shuffle(order)
    fragments, whole, missing = Fragments(DEFAULT), [], set(parts)
    for packet, part in enumerate(order):
        missing.discard(part)
        whole.append(add(fragments, part, packet=packet))
        if not missing:
            break
    assert whole[:-1] == [None] * (len(whole) - 1)
    assert whole[-1] is not None
    assert (whole[-1].protocol, whole[-1].data, whole[-1].length) == (6, data, len(data))
    assert whole[-1].pieces == tuple(range(len(whole)))
    assert len(fragments) == 0
    assert not fragments.notes


@given(st.lists(st.tuples(st.integers(0, 40), st.binary(max_size=80), st.booleans()), max_size=30))
def test_first_copy_wins_whatever_overlaps(parts):
    """Against the plainest model: bytes are written where none were, and the first end is the end."""
    fragments, model, total = Fragments(DEFAULT), {}, None
    for unit, content, more in parts:
        data = content[: len(content) & ~7] if more else content
        got = add(fragments, (unit * 8, content, more))
        for at, byte in enumerate(data, unit * 8):
            model.setdefault(at, byte)
        total = unit * 8 + len(data) if total is None and not more else total
        # a last fragment claims its last unit whole
        units = {at // 8 for at in model}
        if total is not None and all(unit in units for unit in range((total + 7) // 8)):
            assert got is not None
            assert got.length == total
            assert all(model[at] == byte for at, byte in enumerate(got.data) if at in model)
            model, total = {}, None
        else:
            assert got is None


def test_a_conflict_is_noted_and_a_copy_is_not():
    fragments = Fragments(DEFAULT)
    for part in ((0, b"A" * 16, True), (0, b"A" * 16, True), (8, b"B" * 16, True)):
        assert add(fragments, part) is None
    whole = add(fragments, (24, b"end", False))
    assert (whole.data, whole.torn) == (b"A" * 16 + b"B" * 8 + b"end", True)
    assert fragments.notes == {OVERLAP: 1}


def test_a_cut_fragment_ends_the_bytes_and_not_the_packet():
    fragments = Fragments(DEFAULT)
    assert add(fragments, (0, b"A" * 10, True), length=16) is None
    whole = add(fragments, (16, b"B" * 8, False))
    assert (whole.data, whole.length) == (b"A" * 8, 24)
    assert add(fragments, (0, b"A" * 10, True), length=16) is None
    assert add(fragments, (8, b"C" * 8, True)) is None
    whole = add(fragments, (16, b"B" * 3, False), length=8)
    assert (whole.data, whole.length) == (b"A" * 10 + b"C" * 6, 24)


def test_a_packet_past_65535_bytes_is_dropped():
    fragments = Fragments(DEFAULT)
    assert add(fragments, (0, bytes(8), True)) is None
    assert add(fragments, (65528, bytes(8), False)) is None
    assert len(fragments) == 0
    assert fragments.notes == {TOO_LONG: 1}


def test_after_completion_the_same_key_starts_anew():
    fragments = Fragments(DEFAULT)
    for letter in (b"A", b"B"):
        assert add(fragments, (0, letter * 8, True)) is None
        assert add(fragments, (8, letter, False)).data == letter * 9


def test_what_waits_too_long_is_given_up():
    fragments = Fragments(DEFAULT)
    add(fragments, (0, bytes(8), True))
    assert add(fragments, (8, b"x", False), time=31 * SECOND) is None
    assert add(fragments, (0, bytes(8), True), time=60 * SECOND).data == bytes(8) + b"x"


def test_what_is_held_is_bounded():
    fragments = Fragments(replace(DEFAULT, fragments=100, fragment_bytes=50_000))
    for packet in range(20_000):
        assert add(fragments, (0, bytes(8), True), key=packet) is None
        assert len(fragments) <= 100
    assert add(fragments, (8, b"x", False), key=19_950).data == bytes(8) + b"x"
    assert add(fragments, (8, b"x", False), key=19_000) is None
    for _ in range(20_000):
        assert add(fragments, (8, bytes(800), True), key="copies") is None
        assert fragments._held <= 50_000


def test_copies_without_end_are_not_kept():
    fragments = Fragments(DEFAULT)
    for _ in range(5000):
        assert add(fragments, (8, bytes(800), True)) is None
    assert fragments._held < 200_000


def test_the_protocol_is_the_first_fragments():
    fragments = Fragments(DEFAULT)
    assert add(fragments, (8, b"x", False), protocol=99) is None
    assert add(fragments, (0, bytes(8), True), protocol=17).protocol == 17
