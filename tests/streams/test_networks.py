"""Networks: sequence numbers, not identifiers, say which connection a segment belongs to."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from analyzer.packets.columns import ACK, FIN, SYN
from analyzer.streams.flow import LINGER, WATCH
from analyzer.streams.networks import Line, part

A, B, C = 0, 1, 2
MOST = 64
NUMBERS = st.integers(0, 2**32 - 1)


def way(network, side):
    return network << 1 | side


def talk(network, client, server, *, back=None):
    """SYN, SYN/ACK, ACK, a request and an answer; ``back`` is the server's network where it is another one."""
    there, here = way(network, 0), way(network if back is None else back, 1)
    client, server = client % 2**32, server % 2**32
    return [(there, client, 0, SYN, 0), (here, server, (client + 1) % 2**32, SYN | ACK, 0),
            (there, (client + 1) % 2**32, (server + 1) % 2**32, ACK, 0), (there, (client + 1) % 2**32, (server + 1) % 2**32, ACK, 300),
            (here, (server + 1) % 2**32, (client + 301) % 2**32, ACK, 1400),
            (here, (server + 1401) % 2**32, (client + 301) % 2**32, ACK | FIN, 0),
            (there, (client + 301) % 2**32, (server + 1402) % 2**32, ACK, 0)]  # fmt: skip


APART = st.integers(1 << 23, 2**32 - (1 << 23))
"""How far two initial sequence numbers are apart: chance puts them nearer once in 256 times, both of them once in 65,536."""


@given(NUMBERS, NUMBERS)
def test_one_network_is_one_line_whatever_its_numbers(client, server):
    lines = []
    assert part(talk(A, client, server) + talk(A, server, client), lines, MOST) == [0] * 14, "the second is a later use of the ports"
    assert lines[0].ways == {way(A, 0), way(A, 1)}


@given(NUMBERS, NUMBERS)
def test_directions_may_travel_apart(client, server):
    lines = []
    assert part(talk(A, client, server, back=B), lines, MOST) == [0] * 7


@given(NUMBERS, NUMBERS, st.data())
def test_copies_on_another_network_are_the_same_line(client, server, data):
    """Whatever comes first on the second network, a SYN or the middle."""
    once = talk(A, client, server)
    skip = data.draw(st.integers(0, 6))
    lines = []
    assert set(part(once[:5] + talk(B, client, server)[skip:] + once[5:], lines, MOST)) == {0}
    assert len(lines) == 1


@given(NUMBERS, NUMBERS, APART, APART, st.data())
def test_other_numbers_on_another_network_are_another_line(client, server, more, yet_more, data):
    streams = [talk(A, client, server), talk(B, client + more, server + yet_more)]
    order = data.draw(st.permutations([0] * 7 + [1] * 7))
    walks = [iter(stream) for stream in streams]
    lines = []
    found = part([next(walks[number]) for number in order], lines, MOST)
    assert found == [number ^ order[0] for number in order]


def test_a_segment_without_anything_to_compare_goes_to_what_lacks_its_side():
    lines = []
    assert part([(way(A, 0), 5, 0, 0, 10), (way(B, 1), 99, 0, 0, 10)], lines, MOST) == [0, 0]


def flow(state, first, at, *ways):
    sides = [SimpleNamespace(first=one, follows=None if one is None else one + at) for one in first]
    return SimpleNamespace(state=state, sides=sides, ways=frozenset(ways))


def test_an_open_flow_says_what_it_knows():
    watched = flow(WATCH, (1001, 5001), 300, way(A, 0), way(A, 1))
    lines = [Line(watched)]
    assert part([(way(B, 0), 1301, 5301, ACK, 20), (way(C, 0), 0x90000000, 0x70000000, ACK, 20)], lines, MOST) == [0, 1]
    assert (lines[0].flow, lines[1].flow) == (watched, None)


def test_of_a_lingering_flow_only_the_first_numbers_count():
    """What it read since is not known: a segment from the middle is its own, a SYN with another number is not."""
    lines = [Line(flow(LINGER, (1001, 5001), 300, way(A, 0), way(A, 1)))]
    assert part([(way(B, 0), 0x90000000, 0x70000000, ACK, 20)], lines, MOST) == [0]
    assert part([(way(C, 0), 1000, 0, SYN, 0)], lines, MOST) == [0]
    assert part([(way(7, 0), 2000, 0, SYN, 0)], lines, MOST) == [1]


def test_only_the_latest_are_asked():
    lines = []
    many = [segment for number in range(1, 9) for segment in talk(number, number * 0x13579BDF, number * 0x2468ACE1)]
    assert part(many, lines, MOST) == [number for number in range(8) for _ in range(7)]
    late = [(way(20, 0), (0x13579BDF + 301) % 2**32, (0x2468ACE1 + 1402) % 2**32, ACK, 5)]
    assert part(late, lines, 8) == [0]
    assert part([(way(21, 0), *late[0][1:])], lines, 3) == [8]
