"""Interrupts: Ctrl-C and SIGTERM end the walk between two handshakes, so that what was read can still be told, whole.

Here lives: the signal handlers of a run.  Here does not live: what is done after one.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any, TypeVar

from analyzer.cli.codes import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import Self

__all__ = ["Interrupts"]

T = TypeVar("T")

_CODES = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.TERMINATED}


class Interrupts:
    """While entered, the first signal only ends ``walk``; a second one raises KeyboardInterrupt at once.

    What is walked may say by ``reading`` whether it waits for input.  It is then only disturbed while it does, takes that as
    the end of its input, and still hands on what it had begun; ``check``, called between two reads, ends it the same way.
    """

    def __init__(self) -> None:
        """Begin with no signal seen."""
        self.code: Exit | None = None
        self._waiting = False
        self._items: object = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        """Take the signals over (only the main thread may; elsewhere nothing changes)."""
        for number in _CODES:
            try:
                self._before[number] = signal.signal(number, self._hear)
            except ValueError:
                break
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, _frame: object) -> None:
        again = self.code is not None
        self.code = _CODES[signal.Signals(number)]
        if again or (self._waiting and getattr(self._items, "reading", True)):
            raise KeyboardInterrupt

    def check(self) -> None:
        """Raise KeyboardInterrupt where a signal has come."""
        if self.code is not None:
            raise KeyboardInterrupt

    def walk(self, items: Iterable[T], reader: object = None) -> Iterator[T]:
        """Hand the items on until a signal comes; one that comes while the next item is waited for ends the waiting.

        A ``reader`` says in ``reading`` whether it waits for input: only then is it interrupted, and it ends by itself.
        """
        self._items = items if reader is None else reader
        iterator = iter(items)
        while self.code is None or hasattr(self._items, "reading"):
            self._waiting = True
            try:
                item = next(iterator)
            except StopIteration:
                return
            except KeyboardInterrupt:
                self.code = self.code or Exit.INTERRUPTED
                return
            finally:
                self._waiting = False
            yield item
