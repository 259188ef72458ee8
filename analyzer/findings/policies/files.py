"""Policy files: TOML in, Policy out, every word of it checked.

Here lives: finding a policy by its name or path, and what is wrong with one.  Here does not live: what a policy is (``policy``), how a
clause judges (``clauses``).  The format is told in docs/policies.md.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from analyzer.errors import PolicyError
from analyzer.findings.policies.clauses import LEVELS, OPERATORS, Clause, Demand
from analyzer.findings.policies.policy import Policy
from analyzer.findings.policies.subjects import KINDS, SUBJECTS
from analyzer.findings.policies.vocabularies import names, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LARGEST", "MOST_CLAUSES", "builtin", "load", "read"]

FOLDER = Path(__file__).parent
"""The policies that come with tlsscan, one a file, named as the file."""
LARGEST = 1 << 20
"""Bytes of a policy file; the longest of ours has some six thousand."""
MOST_CLAUSES = 500
MOST_DOTS = 100
"""Dots in a key, which tomllib would take a square's time and memory for; ours have none."""

_HEAD = {"name", "title", "version", "date", "url", "source", "clause"}
_CLAUSE = {"id", "title", "citation", "level", "column", "when"}
_IDENTIFIER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


@cache
def builtin() -> tuple[str, ...]:
    """Return the names of the policies that come with tlsscan."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load(names: Sequence[str]) -> tuple[Policy, ...]:
    """Return policies by their names, or by the path of a .toml file; raises PolicyError for what is none or is wrong."""
    policies = tuple(_load(name) for name in names)
    twice = {policy.name for policy in policies if sum(other.name == policy.name for other in policies) > 1}
    if twice:
        raise PolicyError(f"two policies are named {min(twice)}")
    return policies


def _load(name: str) -> Policy:
    if name in builtin():
        return _builtin(name)
    if not name.endswith(".toml"):
        known = frozenset(builtin())
        there = ", ".join(sorted(known))
        raise PolicyError(f"{name}: no policy of that name{nearest(name, known)}; there are {there}, or the path of a .toml file")
    try:
        with Path(name).open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise PolicyError(f"{name}: {getattr(error, 'strerror', None) or 'no such file'}") from None
    return read(data, name)


@cache
def _builtin(name: str) -> Policy:
    return read((FOLDER / f"{name}.toml").read_bytes(), f"{name}.toml")


def read(data: bytes, file: str) -> Policy:
    """Return the policy that TOML says; raises PolicyError, which names file, clause and key."""
    if len(data) > LARGEST:
        raise PolicyError(f"{file}: longer than {LARGEST} bytes")
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.partition(b"=")[0].count(b".") > MOST_DOTS:
            raise PolicyError(f"{file}: line {number}: more than {MOST_DOTS} dots in a key")
    try:
        told = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # of no UTF-8, no TOML, a number of thousands of digits; tables in tables
        raise PolicyError(f"{file}: not TOML: {' '.join(str(error).split())}") from None
    return _Reader(file).policy(told)


class _Reader:
    """Reads one file; ``place`` says where it is, for the error."""

    def __init__(self, file: str) -> None:
        self.place = file

    def wrong(self, key: str, what: str) -> NoReturn:
        raise PolicyError(f"{self.place}: {key}: {what}")

    def text(self, table: dict[str, Any], key: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, "missing" if value is None else "must be a text that is not empty")
        return value

    def known(self, table: dict[str, Any], keys: set[str]) -> None:
        for key in table:
            if key not in keys:
                self.wrong(key, f"no such key{nearest(key, frozenset(keys))}")

    def policy(self, told: dict[str, Any]) -> Policy:
        self.known(told, _HEAD)
        name = self.text(told, "name")
        if not set(name) <= _IDENTIFIER:
            self.wrong("name", "only a to z, 0 to 9, hyphen, dot and underscore")
        date = told.get("date")
        if date is not None and (not isinstance(date, dt.date) or isinstance(date, dt.datetime)):
            self.wrong("date", "must be a date, as 2023-05-15")
        head = {key: self.text(told, key) for key in ("title", "version", "url", "source")}
        listed = told.get("clause")
        if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
            self.wrong("clause", "there must be at least one [[clause]]")
        if len(listed) > MOST_CLAUSES:
            self.wrong("clause", f"more than {MOST_CLAUSES}")
        file, clauses, ids = self.place, [], set()
        for number, one in enumerate(listed, 1):
            self.place = f"{file}: clause {one['id'] if isinstance(one.get('id'), str) else number}"
            clause = self.clause(one)
            if clause.id in ids:
                self.wrong("id", "used before")
            ids.add(clause.id)
            clauses.append(clause)
        return Policy(name=name, date=date.isoformat() if date else None, clauses=tuple(clauses), **head)

    def clause(self, one: dict[str, Any]) -> Clause:
        self.known(one, _CLAUSE | OPERATORS.keys())
        id_ = self.text(one, "id")
        if not set(id_) <= _IDENTIFIER:
            self.wrong("id", "only a to z, 0 to 9, hyphen, dot and underscore")
        title, citation, level = self.text(one, "title"), self.text(one, "citation"), one.get("level", "must")
        if level not in tuple(LEVELS):
            self.wrong("level", f"must be {' or '.join(LEVELS)}")
        column = self.column(self.text(one, "column"), "column")
        asked = [key for key in one if key in OPERATORS]
        if len(asked) != 1:
            self.wrong("column", f"needs one of {', '.join(OPERATORS)}; there {'are ' + ' and '.join(asked) if asked else 'is none'}")
        when = one.get("when", {})
        if not isinstance(when, dict):
            self.wrong("when", "must be a table of columns")
        return Clause(
            id=id_, title=title, citation=citation, level=level, demand=self.demand(column, asked[0], one[asked[0]], asked[0]),
            when=tuple(self.condition(name, wanted) for name, wanted in when.items()),
        )  # fmt: skip

    def column(self, name: str, key: str) -> str:
        if name not in SUBJECTS:
            self.wrong(key, f"no column {name!r}{nearest(name, frozenset(SUBJECTS))}")
        return name

    def condition(self, name: str, wanted: Any) -> Demand:
        """Read one condition: a value, a list of which it is one (or holds one), or a table of one operator."""
        key = f"when.{name}"
        column = self.column(name, key)
        if isinstance(wanted, dict):
            if len(wanted) != 1 or next(iter(wanted)) not in OPERATORS:
                self.wrong(key, f"must have one of {', '.join(OPERATORS)}")
            [(asked, value)] = wanted.items()
            return self.demand(column, asked, value, f"{key}.{asked}")
        asked = "equals" if not isinstance(wanted, list) else "any" if SUBJECTS[column].kind == "texts" else "allowed"
        return self.demand(column, asked, wanted, key)

    def demand(self, column: str, asked: str, wanted: Any, key: str) -> Demand:
        subject, takes = SUBJECTS[column], OPERATORS[asked].takes
        if subject.kind not in OPERATORS[asked].kinds:
            self.wrong(key, f"{asked} cannot be asked of {column}, which is a {KINDS[subject.kind]}")
        if takes == "list" and (not isinstance(wanted, list) or not wanted):
            self.wrong(key, "must be a list that is not empty")
        if takes == "bool" and not isinstance(wanted, bool):
            self.wrong(key, "must be true or false")
        if takes == "bool":
            return Demand(column, asked, wanted)
        values = tuple(self.value(column, one, key) for one in (wanted if takes == "list" else [wanted]))
        return Demand(column, asked, values if takes == "list" else values[0])

    def value(self, column: str, value: Any, key: str) -> Any:
        """Check one value against its column's kind and vocabulary."""
        subject = SUBJECTS[column]
        if subject.kind == "flag":
            if not isinstance(value, bool):
                self.wrong(key, "must be true or false")
        elif subject.kind == "number":
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**63:
                self.wrong(key, f"must be a number, not {value!r}")
        elif subject.kind == "time":
            return self.time(value, key)
        elif not isinstance(value, str):
            self.wrong(key, f"must be text, not {value!r}")
        elif subject.names is not None and value not in names(subject.names):
            self.wrong(key, f"no {subject.names.replace('_', ' ')} {value!r}{nearest(value, names(subject.names))}")
        return value

    def time(self, value: Any, key: str) -> int:
        """Return a date (its first moment in UTC) or date and time as ns since 1970."""
        if isinstance(value, dt.datetime):
            moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        elif isinstance(value, dt.date):
            moment = dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
        else:
            self.wrong(key, f"must be a date, as 2030-01-01, not {value!r}")
        span = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        told = (span.days * 86_400 + span.seconds) * 1_000_000_000 + span.microseconds * 1000
        if not abs(told) < 2**63:
            self.wrong(key, "must be between the years 1678 and 2261")
        return told
