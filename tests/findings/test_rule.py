"""rule: four states, of which one that does not apply outweighs one that cannot be seen, and that one what is found."""

from itertools import product

import numpy as np
import pytest

from analyzer.facts.table import Column
from analyzer.findings.frame import Frame
from analyzer.findings.rule import FAILED, NOT_APPLICABLE, PASSED, STATES, UNSEEN, Rule, ask

COLUMNS = (Column("applies", "flag", ""), Column("seen", "int", ""), Column("bad", "flag", ""), Column("names", "texts", ""))
WORDS = {"severity": "low", "title": "t", "subject": "handshake", "scope": "s", "citation": "RFC 1", "advice": "a"}


def rule(**fields):
    return Rule(name="r", **(WORDS | fields))


def frame(*rows):
    return Frame(COLUMNS, rows, rows, {})


@pytest.mark.parametrize(("applies", "seen", "bad"), list(product([True, False], [1, None], [True, False])))
def test_states(applies, seen, bad):
    one = rule(applies=lambda frame: frame.true("applies"), needs=("seen",), fails=lambda frame: frame.true("bad"))
    wanted = NOT_APPLICABLE if not applies else UNSEEN if seen is None else FAILED if bad else PASSED
    assert ask(one, frame((applies, seen, bad, None))).tolist() == [wanted]


def test_without_conditions():
    bad, good = (None, None, True, None), (None, None, False, None)
    assert ask(rule(fails=lambda frame: frame.true("bad")), frame(bad, good)).tolist() == [FAILED, PASSED]
    assert ask(rule(), frame((None, None, True, None))).tolist() == [PASSED]
    assert ask(rule(fails=lambda frame: frame.all()), frame()).dtype == np.int8


def test_words_of_states():
    assert [STATES[state] for state in (PASSED, FAILED, NOT_APPLICABLE, UNSEEN)] == ["passed", "failed", "not_applicable", "not_observable"]


def test_details():
    made = frame((True, 7, None, ["a", "b"]))
    assert rule(detail="{seen} of {names}, {bad}").told(made, 0) == "7 of a, b, unknown"
    assert rule(detail=lambda frame, at: f"row {at} of {len(frame)}").told(made, 0) == "row 0 of 1"
    assert rule().told(made, 0) == ""
    with pytest.raises(KeyError):
        rule(detail="{nothing}").told(made, 0)
