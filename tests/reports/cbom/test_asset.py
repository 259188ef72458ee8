"""Tallies keep the first packets of each role; refs are the same in every BOM."""

from hypothesis import given
from hypothesis import strategies as st

from analyzer.reports.cbom.asset import BY_CLIENT, OCCURRENCES, USED, Tally, certificate_ref, key_ref, protocol_ref


@given(st.lists(st.tuples(st.integers(0, 1 << 60), st.sampled_from(["", "ClientHello"]), st.integers(0, 99))))
def test_the_first_packets_stay(places):
    tally = Tally()
    for place in places:
        tally.add(USED, place)
    assert tally.seen.get(USED, []) == sorted(places)[:OCCURRENCES]
    assert tally.counts[USED] == len(places)


def test_roles_are_apart():
    tally = Tally()
    tally.add(USED, (1, "", 1))
    tally.add(BY_CLIENT, (2, "", 1), 7)
    assert dict(tally.counts) == {USED: 1, BY_CLIENT: 7}
    assert tally.seen == {USED: [(1, "", 1)], BY_CLIENT: [(2, "", 1)]}


def test_refs():
    assert protocol_ref(0x0304) == "crypto/protocol/tls-1.3"
    assert protocol_ref(0xFEFD) == "crypto/protocol/dtls-1.2"
    assert protocol_ref(0x9999) == "crypto/protocol/0x9999"
    assert (certificate_ref("ab"), key_ref("cd")) == ("crypto/certificate/ab", "crypto/key/cd")
