from hypothesis import given
from hypothesis import strategies as st

from analyzer.verify.compare import compare, pairs
from analyzer.verify.fact import Fact

SIDES = ("tcp", ("192.0.2.1", 50000), ("198.51.100.2", 443))
BACK = ("tcp", *SIDES[:0:-1])


def fact(packet, kind=1, sides=SIDES, **values):
    more = {name: values.pop(name) for name in ("repeated", "decrypted", "broken") if name in values}
    return Fact(packet=packet, sides=sides, type=kind, values=values, **more)


def differences(theirs, ours, sealed=None, *, keys=False):
    found = compare(theirs, ours, sealed or {}, keys=keys)
    return [(row.kind, row.packet, row.field, row.wireshark, row.tlsscan) for row in found.differences], found


def test_alike():
    rows, found = differences([fact(4, version=771, random="ab")], [fact(4, version=771, random="ab")])
    assert rows == []
    assert found.alike == {"message": 1, "packet": 1, "version": 1, "random": 1}


def test_each_kind_of_difference():
    theirs = [fact(4, version=771), fact(9, 11, BACK)]
    rows, _ = differences(theirs, [fact(4, version=770, random="ab"), fact(6, 2, BACK)])
    assert rows == [
        ("differs", 4, "version", 771, 770),
        ("differs", 4, "random", None, "ab"),
        ("only tlsscan", 6, "message", None, None),
        ("only Wireshark", 9, "message", None, None),
    ]


def test_the_same_packet_then_the_same_content_then_the_nearest():
    theirs = [fact(4, random="a"), fact(10, random="b"), fact(30, random="c")]
    ours = [fact(29, random="x"), fact(11, random="b"), fact(4, random="a")]
    assert sorted((left.packet, right.packet) for left, right in pairs(theirs, ours)) == [(4, 4), (10, 11), (30, 29)]


def test_direction_and_type_must_be_the_same():
    rows, _ = differences([fact(4), fact(5, 2)], [fact(4, sides=BACK), fact(5, 12)])
    assert {kind for kind, *_ in rows} == {"only Wireshark", "only tlsscan"}
    assert len(rows) == 4


def test_several_messages_of_a_type_in_one_packet_find_their_own():
    rows, found = differences([fact(4, random="a"), fact(4, random="b")], [fact(4, random="b"), fact(4, random="a")])
    assert rows == []
    assert found.alike["random"] == 2


def test_what_tshark_joins_may_stand_in_another_order():
    rows, _ = differences([fact(4, extensions=(5, 5, 0))], [fact(4, extensions=(5, 0, 5))])
    assert rows == []
    rows, _ = differences([fact(4, extensions=(5, 0))], [fact(4, extensions=(0, 5))])
    assert len(rows) == 1


def test_what_is_no_difference():
    theirs = [fact(4), fact(6, repeated=True), fact(8, 20)]
    rows, found = differences(theirs, [fact(4)], {SIDES: (7, False)}, keys=True)
    assert rows == []
    assert sorted(found.notes.values()) == [1, 1]
    rows, _ = differences(theirs, [fact(4)], {SIDES: (7, False)}, keys=False)
    assert [kind for kind, *_ in rows] == ["only Wireshark"]


FACTS = st.lists(
    st.builds(
        fact, st.integers(1, 9), st.sampled_from([1, 2]), st.sampled_from([SIDES, BACK]),
        random=st.sampled_from("ab"), repeated=st.booleans(),
    ),
    max_size=12,
)


@given(FACTS, FACTS)
def test_every_fact_comes_out_once(theirs, ours):
    out = list(pairs(theirs, ours))
    for side, given_facts in enumerate((theirs, ours)):
        assert sorted(id(pair[side]) for pair in out if pair[side] is not None) == sorted(map(id, given_facts))
    assert all(left is None or right is None or (left.sides, left.type) == (right.sides, right.type) for left, right in out)


@given(FACTS)
def test_a_reader_agrees_with_itself(facts):
    assert differences(facts, facts)[0] == []


def test_a_datagram_sent_again_is_no_difference():
    sides = ("udp", *SIDES[1:])
    theirs = [fact(4, sides=sides, random="a"), fact(5, sides=sides, random="a"), fact(6, sides=sides, random="b")]
    rows, found = differences(theirs, [fact(4, sides=sides, random="a")])
    assert [(kind, packet) for kind, packet, *_ in rows] == [("only Wireshark", 6)]
    assert sum(found.notes.values()) == 1
