"""Clauses: one demand of a policy — a column, an operator, the values, and when it applies.

Here lives: the types Demand and Clause, the operators, the verdict of a clause on whole frames and its words.  Here does not live: reading
policies from files (``files``), columns (``subjects``).
"""

from __future__ import annotations

import datetime as dt
import operator
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from analyzer.findings.policies.subjects import SUBJECTS
from analyzer.findings.rule import FAILED, NOT_APPLICABLE, PASSED, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.findings.frame import Array
    from analyzer.findings.policies.observed import Observed

__all__ = ["LEVELS", "OPERATORS", "Clause", "Demand", "Operator"]

LEVELS = {"must": "the document demands it", "should": "the document advises it"}
"""Level of a clause -> what it means."""

_YES, _NO, _UNKNOWN, _NOTHING = 1, 0, -1, -2
"""Answers to a demand; the last one: there is nothing there that it could be asked of."""


def _members(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


class Operator(msgspec.Struct, frozen=True):
    """How a value is compared."""

    kinds: frozenset[str]
    """Kinds of subjects that it can be asked of."""
    takes: str
    """What it is given: list, one, bool, number (or a date)."""
    of_text: Callable[[Any, Any], bool] | None
    """Whether a text (or a tuple of texts) meets what is wanted."""
    of_number: Callable[[Array, Any], Array] | None
    absent: int
    """Answer where the subject is optional and there is none."""
    doc: str


OPERATORS: dict[str, Operator] = {
    "allowed": Operator(
        frozenset({"text", "texts", "number"}), "list", lambda value, wanted: all(one in wanted for one in _members(value)),
        np.isin, _NOTHING, "the value, or each value of a list, is one of these",
    ),
    "forbidden": Operator(
        frozenset({"text", "texts", "number"}), "list", lambda value, wanted: not any(one in wanted for one in _members(value)),
        lambda values, wanted: ~np.isin(values, wanted), _NOTHING, "the value, or any value of a list, is none of these",
    ),
    "required": Operator(
        frozenset({"texts"}), "list", lambda value, wanted: all(one in value for one in wanted), None, _NO, "the list holds all of these",
    ),
    "any": Operator(
        frozenset({"texts"}), "list", lambda value, wanted: any(one in value for one in wanted), None, _NO, "the list holds one of these",
    ),
    "equals": Operator(
        frozenset({"text", "number", "flag"}), "one", operator.eq, operator.eq, _NO, "the value is this",
    ),
    "min": Operator(frozenset({"number", "time"}), "number", None, operator.ge, _NOTHING, "the value is this or more (later)"),
    "max": Operator(frozenset({"number", "time"}), "number", None, operator.le, _NOTHING, "the value is this or less (earlier)"),
    "present": Operator(
        frozenset({"text", "texts", "number", "time"}), "bool", lambda value, wanted: (value is not None) == wanted,
        lambda values, wanted: np.full(len(values), wanted), _NO, "there is (true) or is not (false) such a value",
    ),
}  # fmt: skip
"""Name -> operator."""


class Demand(msgspec.Struct, frozen=True):
    """A column, an operator and what is wanted: times as ns since 1970 UTC, lists as tuples."""

    column: str
    operator: str
    wanted: Any

    def answers(self, seen: Observed) -> Array:
        """Return 1 where it is met, 0 where not, -1 where that cannot be seen, -2 where there is nothing to ask; int8."""
        subject, asked = SUBJECTS[self.column], OPERATORS[self.operator]
        absent = int(not self.wanted) if self.operator == "present" else asked.absent
        missing = absent if subject.optional else _UNKNOWN
        if subject.kind in {"text", "texts"}:
            assert asked.of_text is not None
            wanted = frozenset(self.wanted) if self.operator in {"allowed", "forbidden"} else self.wanted
            codes, values = seen.texts(self.column)
            told = [missing, *(int(asked.of_text(value, wanted)) for value in values[1:])]
            met = np.array(told, dtype=np.int8)[codes]
        else:
            assert asked.of_number is not None
            numbers, known = seen.numbers(self.column)
            met = np.where(known, asked.of_number(numbers, self.wanted), missing).astype(np.int8)
        occurs = seen.occurs(self.column)
        return np.where(occurs == 1, met, np.where(occurs == 0, _NOTHING, _UNKNOWN)).astype(np.int8)

    def words(self) -> str:
        """Return it in words."""
        wanted = self.wanted
        if SUBJECTS[self.column].kind == "time":
            wanted = _date(wanted)
        if self.operator == "present":
            return f"{self.column} is {'there' if wanted else 'not there'}"
        if isinstance(wanted, tuple):
            wanted = ", ".join(map(str, wanted))
        return f"{self.column} {_SAID[self.operator]} {_flag(wanted)}"


_SAID = {
    "allowed": "is one of", "forbidden": "is none of", "required": "holds all of", "any": "holds one of", "equals": "is",
    "min": "is at least", "max": "is at most",
}  # fmt: skip


def _flag(value: Any) -> Any:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def _date(ns: Any) -> str:
    try:
        return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ns // 1000)).strftime("%Y-%m-%d")
    except OverflowError:
        return f"{ns} ns since 1970"


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One clause of a policy."""

    id: str
    title: str
    citation: str
    level: str
    demand: Demand
    when: tuple[Demand, ...] = ()
    """It applies where all of these are met; one that is about what does not occur is not met."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """What proves the verdict: names of ``evidence.EVIDENCE``."""
        return SUBJECTS[self.demand.column].evidence

    def states(self, seen: Observed) -> Array:
        """Return the state (``rule.STATES``) for each handshake, int8."""
        answers = self.demand.answers(seen)
        states = np.full(len(answers), UNSEEN, dtype=np.int8)
        states[answers == _YES], states[answers == _NO] = PASSED, FAILED
        # what cannot apply is said first: a condition that is known not to be met needs no other
        unknown = np.zeros(len(answers), dtype=bool)
        out = answers == _NOTHING
        for condition in self.when:
            met = condition.answers(seen)
            unknown |= met == _UNKNOWN
            out |= (met == _NO) | (met == _NOTHING)
        states[unknown] = UNSEEN
        states[out] = NOT_APPLICABLE
        return states

    def told(self, value: Any, state: int) -> str:
        """Return what is said of one handshake: its value and why it is so judged."""
        column, asked, wanted = self.demand.column, self.demand.operator, self.demand.wanted
        if state == NOT_APPLICABLE:
            conditions = " and ".join(one.words() for one in self.when)
            return f"only where {conditions}" if self.when else f"there is no {column} here"
        if state == UNSEEN:
            return f"{column} cannot be seen"
        if value is None:
            return f"there is no {column}"
        kind = SUBJECTS[column].kind
        shown = _date(value) if kind == "time" else ("true" if value else "false") if kind == "flag" else value
        if isinstance(value, tuple):
            return f"{column}: {self._culprits(value, asked, wanted, state)}"
        if isinstance(shown, float):
            shown = f"{shown:g}"
        if state == PASSED:
            return f"{column} is {shown}"
        if kind == "text" and asked == "allowed":
            return f"{column} is {shown}, which is not among the allowed"
        if kind == "text" and asked == "forbidden":
            return f"{column} is {shown}, which is forbidden"
        return f"{column} is {shown}; {self.demand.words()} is asked"

    @staticmethod
    def _culprits(value: tuple[str, ...], asked: str, wanted: tuple[str, ...], state: int) -> str:
        """Return what of a list is wrong, or the list."""
        if state == PASSED or asked == "present":
            return ", ".join(value)
        if asked == "allowed":
            return ", ".join(one for one in value if one not in wanted) + " not among the allowed"
        if asked == "forbidden":
            return ", ".join(one for one in value if one in wanted) + " forbidden"
        return ("none of " if asked == "any" else "not all of ") + ", ".join(wanted)
