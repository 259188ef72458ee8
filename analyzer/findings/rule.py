"""Rule: one line of judgement — to what it applies, what it must see, when it fails, who says so.

Here lives: the type, the four states and how a rule is asked of a whole Frame.  Here does not live: any rule (``rules``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.findings.frame import Array, Frame, Mask

__all__ = ["FAILED", "NOT_APPLICABLE", "PASSED", "STATES", "UNSEEN", "Rule", "ask"]

PASSED, FAILED, NOT_APPLICABLE, UNSEEN = range(4)
STATES = ("passed", "failed", "not_applicable", "not_observable")
"""State -> its word: a rule that did not apply has not passed, and one that cannot be seen has not either."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule.  Its functions take a whole Frame and give masks; ``detail`` is filled from the columns of the row that failed."""

    name: str
    severity: str
    """A key of ``finding.SEVERITIES``."""
    title: str
    subject: str
    """What it is asked of: handshake, certificate, chain (each distinct one), chain name (with its server name), prelude, scan (all)."""
    scope: str
    """To what it applies, in words."""
    citation: str
    advice: str
    fails: Callable[[Frame], Mask] | None = None
    """None: it compares many things with each other (``repeats``)."""
    applies: Callable[[Frame], Mask] | None = None
    """None: to every row."""
    needs: tuple[str, ...] = ()
    """Columns without which it cannot be seen."""
    detail: str | Callable[[Frame, int], str] = ""
    """A text with names of columns in braces, or a function of frame and row."""
    once: str = ""
    """Column by whose value findings of the same detail are one: of what a client offers each time, ``client``.  "": each is told."""
    evidence: tuple[str, ...] = ()
    """What proves it: the packets of all of these (names of ``evidence.EVIDENCE``); of a certificate or chain those that showed it."""

    def told(self, frame: Frame, at: int) -> str:
        """Return the detail of a row that failed."""
        return self.detail(frame, at) if callable(self.detail) else self.detail.format_map(_Cells(frame, at))


class _Cells(dict[str, Any]):
    """The cells of one row by name, made when asked for."""

    def __init__(self, frame: Frame, at: int) -> None:
        super().__init__()
        self._frame, self._at = frame, at

    def __missing__(self, name: str) -> Any:
        value = self._frame.cell(name, self._at)
        return "unknown" if value is None else ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def ask(rule: Rule, frame: Frame) -> Array:
    """Return the state of a rule for each row of a frame, int8; of one that applies to no row nothing else is asked."""
    applies = None if rule.applies is None else rule.applies(frame)
    if applies is not None and not applies.any():
        return np.full(len(frame), NOT_APPLICABLE, dtype=np.int8)
    states = np.full(len(frame), PASSED, dtype=np.int8)
    if rule.fails is not None:
        states[rule.fails(frame)] = FAILED
    states[~frame.known(*rule.needs)] = UNSEEN
    if applies is not None:
        states[~applies] = NOT_APPLICABLE
    return states
