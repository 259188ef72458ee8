"""ledgers: live the second other of a key is noticed when it comes, whatever lies between, in bounded memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.findings import ledgers
from analyzer.findings.ledgers import Ledger, LiveLedger

ENTRIES = st.lists(st.tuples(st.integers(-3, 3), st.integers(10, 13)), max_size=40)


def feed(ledger, entries, every=1, *, named=False):
    """Put entries (key, other) and look now and then; return the groups that were given, each with how many entries there were."""
    groups = []
    for at, (key, other) in enumerate(entries, 1):
        ledger.fresh.append((key, other, at, 100 + at, 1000 + at))
        if named:
            ledger.call(other, f"other {other}")
        if at % every == 0 or at == len(entries):
            groups += [(at, group) for group in ledger.notice()]
    return groups


@given(ENTRIES, st.integers(1, 7), st.integers(1, 6))
@settings(max_examples=200)
def test_each_key_once_when_its_second_other_comes(entries, every, young):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledgers, "MOST_YOUNG", young)
        ledger = LiveLedger("r")
        groups = feed(ledger, entries, every)
    others = {}
    wanted = []
    for at, (key, other) in enumerate(entries, 1):
        first = others.setdefault(key, [])
        if other not in [one for one, _ in first]:
            first.append((other, at))
            if len(first) == 2:
                wanted.append((min(-(-at // every) * every, len(entries)), [one for one, _ in first], [one for _, one in first]))
    assert [(at, group[0], group[1]) for at, group in groups] == wanted
    assert all((packets, times) == ([100 + one for one in numbers], [1000 + one for one in numbers])
               for _, (_, numbers, packets, times) in groups)  # fmt: skip
    assert (ledger.distinct, ledger.failed) == (len(others), len(wanted))


@given(ENTRIES)
def test_both_kinds_find_the_same_keys(entries):
    whole, live = Ledger("r"), LiveLedger("r")
    groups = feed(live, entries)
    for at, (key, other) in enumerate(entries, 1):
        whole.fresh.append((key, other, at, 0, 0))
    told = list(whole.notice(end=True))
    assert len(told) == len(groups)
    assert (whole.distinct, whole.failed) == (live.distinct, live.failed)


def test_one_more_of_a_name_of_its_own_is_told_so_many_times():
    entries = [(1, other) for other in range(20)] * 2
    groups = feed(LiveLedger("r"), entries, named=True)
    assert [len(group[0]) for _, group in groups] == list(range(2, ledgers.MOST_OTHERS + 1))
    assert groups[-1][1][1] == list(range(1, ledgers.MOST_OTHERS + 1))
    assert len(feed(LiveLedger("r"), entries)) == 1, "of what has no names the second says it all"


def test_the_newer_half_is_held(monkeypatch):
    monkeypatch.setattr(ledgers, "MOST_ENTRIES", 40)
    monkeypatch.setattr(ledgers, "MOST_YOUNG", 4)
    ledger = LiveLedger("r")
    assert feed(ledger, [(key, 1) for key in range(1000)]) == []
    assert len(ledger) <= 44
    assert ledger.full == 1000 // 20 - 1
    assert len(feed(ledger, [(key, 2) for key in range(981, 1000)])) == 19
    assert feed(ledger, [(key, 2) for key in range(500)]) == []
    assert ledger.distinct == 1500, "what was forgotten is new"


def test_what_was_told_is_forgotten_in_time_and_that_is_counted(monkeypatch):
    monkeypatch.setattr(ledgers, "MOST_TOLD", 4)
    ledger = LiveLedger("r")
    feed(ledger, [(key, other) for key in range(10) for other in (1, 2)])
    assert ledger.failed == 10
    assert ledger.forgotten >= 6
    assert len(feed(ledger, [(0, 3)])) == 1, "told again"


def test_names_are_bounded(monkeypatch):
    monkeypatch.setattr(ledgers, "MOST_TEXTS", 10)
    for ledger in (Ledger("r"), LiveLedger("r")):
        for other in range(100):
            ledger.call(other, str(other))
        assert sum(ledger.called(other) is not None for other in range(100)) <= 10
    assert ledger.called(99) == "99", "live it is the newest that are known"


@given(ENTRIES)
def test_at_the_end_keys_are_told_in_the_order_in_which_they_came(entries):
    """Whatever the hashes are, which are drawn anew in each process."""
    ledger = Ledger("r")
    ledger.fresh += [(key, other, at, at, at) for at, (key, other) in enumerate(entries)]
    firsts = [numbers[0] for _, numbers, _, _ in ledger.notice(end=True)]
    assert firsts == sorted(firsts)
