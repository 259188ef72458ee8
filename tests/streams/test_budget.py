"""Budget: over the limit the one idle longest goes, of whichever table."""

from collections import Counter

from analyzer.limits import Limits
from analyzer.streams.budget import Budget


class Shelf:
    """A Holder of (time, weight)."""

    def __init__(self, budget):
        self.budget, self.things, self.closed = budget, [], []
        budget.join(self)

    def put(self, time, weight):
        self.things.append((time, weight))
        self.budget.spend(weight)

    def oldest(self):
        return self.things[0][0] if len(self.things) > 1 else None

    def close_oldest(self, limit):
        time, weight = self.things.pop(0)
        self.budget.held -= weight
        self.budget.hits[limit] += 1
        self.closed.append(time)


def test_within_the_limit_nothing_goes():
    shelf = Shelf(budget := Budget(Limits(held_bytes=100)))
    for time in range(10):
        shelf.put(time, 10)
    assert (budget.held, shelf.closed, budget.hits) == (100, [], {})
    budget.spend(-50)
    assert budget.held == 50


def test_the_one_idle_longest_of_all_tables_goes():
    hits = Counter()
    budget = Budget(Limits(held_bytes=100), hits)
    first, second = Shelf(budget), Shelf(budget)
    for time in range(0, 20, 2):
        first.put(time, 5)
        second.put(time + 1, 5)
    first.put(20, 25)
    assert (first.closed, second.closed, budget.held) == ([0, 2, 4], [1, 3], 100)
    assert hits == {"held_bytes": 5}


def test_the_last_one_of_a_table_stays_however_heavy():
    """It is in use: its own caps bound it."""
    shelf = Shelf(budget := Budget(Limits(held_bytes=100)))
    shelf.put(1, 10)
    shelf.put(2, 1000)
    assert (shelf.closed, shelf.things, budget.held) == ([1], [(2, 1000)], 1000)
