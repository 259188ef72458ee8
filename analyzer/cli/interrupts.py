"""Interrupts: Ctrl-C, SIGTERM and SIGHUP end the walk between two handshakes, so that what was read can still be told, whole.

Here lives: the signal handlers of a run.  Here does not live: what is done after one.
"""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING, Any, TypeVar

from analyzer.cli.codes import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import Self

__all__ = ["Interrupts"]

T = TypeVar("T")

_CODES = {
    getattr(signal, name): code
    for name, code in (("SIGINT", Exit.INTERRUPTED), ("SIGTERM", Exit.TERMINATED), ("SIGHUP", Exit.TERMINATED))
    if hasattr(signal, name)  # Windows has no SIGHUP
}


class Interrupts:
    """While entered, the first signal only ends ``walk``; a second one ends everything at once, and leaves by ``code`` alone.

    What is walked may say by ``reading`` whether it waits for input.  It is then only disturbed while it does, takes that as
    the end of its input, and still hands on what it had begun; ``check``, called between two reads, ends it the same way.
    """

    def __init__(self) -> None:
        """Begin with no signal seen."""
        self.code: Exit | None = None
        self._again = False
        self._waiting = False
        self._items: object = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        """Take the signals over (only the main thread may; elsewhere nothing changes), but for those that were to be ignored (nohup)."""
        for number in _CODES:
            try:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._hear)
            except ValueError:
                break
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        """Give the signals back; a KeyboardInterrupt of ours goes no further."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        return kind is KeyboardInterrupt and self.code is not None

    def _hear(self, number: int, _frame: object) -> None:
        self._again = self.code is not None
        self.code = _CODES[signal.Signals(number)]
        if self._again or (self._waiting and getattr(self._items, "reading", True)):
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """While entered, the first signal raises KeyboardInterrupt: nothing was read yet that could be told."""
        self.check()
        self._waiting, self._items = True, None
        try:
            yield
        finally:
            self._waiting = False

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
                break
            except KeyboardInterrupt:
                self.code = self.code or Exit.INTERRUPTED
                break
            finally:
                self._waiting = False
            if self._again:
                break
            yield item
        if self._again:  # the reader took it for the first one, which only ends its input
            raise KeyboardInterrupt
