"""The library face: ``scan(inputs) → Scan`` with every fact as a DataFrame, ``stream(inputs)`` for handshakes as they end.

Here lives: opening what the caller names, and the results.  Here does not live: the road itself (``pipeline``), printing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from analyzer.capture import Block, Capture, Source, blocks, expand, from_packets
from analyzer.facts import TABLES as FACTS
from analyzer.facts import Book
from analyzer.facts.frames import frame
from analyzer.findings.judging import Judging, moment_of
from analyzer.findings.tables import JUDGED, TABLES, JudgedBook, rows_of
from analyzer.handshakes.handshake import Handshake
from analyzer.limits import DEFAULT, Limits
from analyzer.pipeline import Counters, handshakes

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.capture.body import Readable
    from analyzer.facts.table import Row
    from analyzer.findings.finding import Finding
    from analyzer.handshakes.prelude import Plain
    from analyzer.ladders import Ladder

__all__ = ["Counters", "Scan", "Source", "Stream", "scan", "several", "stream"]

Progress = Callable[[int, int | None], None]
"""Called now and then with the packet bytes read so far and the bytes there are in all (None where that is not known)."""


class Walk(Protocol):
    """What a Scan is made of: a Stream, or a Watch."""

    sources: list[Source]
    counters: Counters

    def everything(self) -> Iterator[Handshake | Plain]:
        """Walk everything that is told; a handshake that is told again is the same."""
        ...


RECORD_HEADER = 16
"""Bytes that a capture file spends on each packet beside the packet (pcap; pcapng spends more)."""


class Stream:
    """Iterate it once: (number, Handshake) as handshakes end, in bounded memory; ``everything`` walks what came to no handshake too.

    ``sources`` (what became of each capture) and ``counters`` (what became of the packets) fill on the way.
    """

    def __init__(
        self, captures: list[Readable], limits: Limits, progress: Progress | None, total: int | None, *, data: bool = False
    ) -> None:
        self.sources: list[Source] = [capture.source for capture in captures]
        self.counters = Counters()
        self.reading = False
        """It waits for the input; an interrupt there ends the input, so that what is open is still told."""
        self._walk = handshakes(self._blocks(captures, progress, total), limits, self.counters, data=data)

    def __iter__(self) -> Iterator[tuple[int, Handshake]]:
        """Walk the handshakes; raises CaptureError where an input turns out to be no capture."""
        for one in self._walk:
            if isinstance(one, Handshake):
                yield one.number, one

    def everything(self) -> Iterator[Handshake | Plain]:
        """Walk the handshakes and, as Plain, the connections that spoke of TLS, or to a proxy, and came to no handshake."""
        return self._walk

    def _blocks(self, captures: list[Readable], progress: Progress | None, total: int | None) -> Iterator[Block]:
        walk = blocks(captures)
        while True:
            try:
                self.reading = True
                block = next(walk, None)
            except KeyboardInterrupt:
                return  # the end of the input: what is open now is told as cut
            finally:
                self.reading = False
            if block is None:
                return
            yield block
            if progress is not None:
                try:
                    progress(self.counters.bytes + RECORD_HEADER * self.counters.packets, total)
                except KeyboardInterrupt:
                    return  # as above


class Scan:
    """Everything that was seen, and what it means, as DataFrames made when they are first asked for.

    ``handshakes messages offers extensions certificates chains alerts anomalies preludes`` (facts: ``analyzer.facts``), ``causes findings
    rules trust …`` (judgement: ``analyzer.findings``) are attributes; ``handshake(n)`` is the object with that number, ``ladder(n)`` its
    picture; ``sources`` and ``counters`` are as in Stream.
    """

    def __init__(self, walk: Walk, judging: Judging | None = None) -> None:
        """Read the stream to its end; ``judging`` says by what it is judged when somebody asks."""
        self._judging = judging or Judging()
        self._judged: tuple[list[Finding], dict[str, list[Any]]] | None = None
        self._handshakes: dict[int, Handshake] = {}
        self._plain: list[Plain] = []
        for one in walk.everything():
            if isinstance(one, Handshake):
                self._handshakes[one.number] = one
            else:
                self._plain.append(one)
        self._handshakes = dict(sorted(self._handshakes.items()))
        self._frames: dict[str, pd.DataFrame] = {}
        self.sources = walk.sources
        self.counters = walk.counters

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Return the table of that name."""
        if name.startswith("_") or name not in TABLES:
            raise AttributeError(f"a Scan has no {name!r}; its tables are {', '.join(TABLES)}")
        return self.table(name)

    def __dir__(self) -> list[str]:
        """Name the tables too, for completion in a notebook."""
        return [*super().__dir__(), *TABLES]

    def __len__(self) -> int:
        """Return the number of handshakes."""
        return len(self._handshakes)

    def __iter__(self) -> Iterator[Handshake]:
        """Walk the handshakes in order of their numbers."""
        return iter(self._handshakes.values())

    def __repr__(self) -> str:
        """Say what it holds."""
        return f"<Scan of {len(self.sources)} capture(s): {self.counters.packets:,} packets, {len(self):,} handshakes>"

    def table(self, name: str) -> pd.DataFrame:
        """Return a table as a DataFrame; KeyError for a name that is none of ``findings.tables.TABLES``."""
        if name not in self._frames and name in JUDGED:
            self._frames[name] = frame(TABLES[name], self._judge()[1][name])
        if name not in self._frames:
            table, book = TABLES[name], JudgedBook([source.name for source in self.sources], judging=self._judging)
            rows = [row for number, handshake in self._handshakes.items() for row in table.rows(number, handshake, book)]
            if table.plain is not None:
                rows += [row for one in self._plain for row in table.plain(one, book)]
            self._frames[name] = frame(table, rows)
        return self._frames[name]

    def judged(self) -> list[Finding]:
        """Return the findings as objects, whose packets are packet ids; ``findings`` is the same as a table."""
        return self._judge()[0]

    def _judge(self) -> tuple[list[Finding], dict[str, list[Any]]]:
        """Judge everything once."""
        from analyzer.findings.judge import Judge  # noqa: PLC0415 - only who judges pays for it

        if self._judged is None:
            names = [source.name for source in self.sources]
            book = Book(names)
            judge = Judge(self._judging, lambda: names, JUDGED)
            everything: list[Handshake | Plain] = [*self._handshakes.values(), *self._plain]
            for one in everything:
                judge.take(one, partial(_facts, one, book))
            judge.finish()
            self.counters.notes.update(judge.given_up())
            self._judged = [*judge.findings], {name: judge.rows(name) for name in JUDGED}
        return self._judged

    def ladder(self, number: int, *, fields: bool = False) -> Ladder:
        """Return one handshake message by message, which a notebook shows as a picture; KeyError where there is none of that number.

        ``fields``: with every field and extension of its messages.
        """
        from analyzer.ladders.reading import ladder  # noqa: PLC0415 - only who draws pays for it
        from analyzer.ladders.shown import shown  # noqa: PLC0415 - as above

        return shown(ladder(self.handshake(number), [source.name for source in self.sources], fields=fields))

    def handshake(self, number: int) -> Handshake:
        """Return one handshake as an object whose messages can be walked; KeyError where there is none of that number."""
        return self._handshakes[number]


def stream(inputs: Any, *, limits: Limits = DEFAULT, progress: Progress | None = None, link: int = 1, data: bool = False) -> Stream:
    """Open captures and return the walk over their handshakes.

    ``inputs``: a path (file, folder, glob, "-" for standard input), a binary file object, or several of them, which are one
    body of traffic in order of time; or packets: an iterable of bytes, (time, bytes), (time, bytes, length on the wire), or
    scapy packets (``link`` is their LINKTYPE_ number where they do not say it).  ``data``: also look for the first application data of
    each side behind a handshake over TCP, as ladders show it.  Raises CaptureError for what cannot be opened.
    """
    packets = _packets(inputs, link, limits)
    if packets is not None:
        return Stream([packets], limits, progress, None, data=data)
    paths = expand(inputs).inputs
    return Stream([Capture(path, index, limits) for index, path in enumerate(paths)], limits, progress, _total(paths), data=data)


def scan(
    inputs: Any,
    *,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
    link: int = 1,
    trust_store: str | Sequence[str] = (),
    trust_ca: str | Sequence[str] = (),
    at: str = "capture",
    policy: str | Sequence[str] = (),
) -> Scan:
    """Read captures (or packets) to their end; arguments as for ``stream``, and what findings rest on.

    ``trust_store``: certifi (the default), system, none, files or folders of certificates; ``trust_ca``: names of CAs that are trusted
    where their root is in the capture; ``at``: the time certificates are judged for, capture (the packet's), now, or an ISO 8601 date;
    ``policy``: names of policies or files with one.  Raises JudgingError, of a trust store or policy when findings are asked for.

    >>> found = scan("samples/tour.pcapng")
    >>> found.handshakes[["server_name", "version", "cipher_suite", "outcome"]]  # doctest: +SKIP
    """
    judging = Judging(trust_store=several(trust_store), trust_ca=several(trust_ca), at=moment_of(at), policies=several(policy))
    return Scan(stream(inputs, limits=limits, progress=progress, link=link), judging)


def _facts(one: Handshake | Plain, book: Book, table: str) -> list[Row]:
    return rows_of(FACTS[table], one, book)


def several(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return one word or several as several."""
    return (given,) if isinstance(given, str) else tuple(given)


def _packets(inputs: Any, link: int, limits: Limits) -> Readable | None:
    """Tell packets from names of captures: packets are bytes, tuples, or objects with a time."""
    if isinstance(inputs, str | bytes | bytearray | memoryview | Path) or hasattr(inputs, "read") or not isinstance(inputs, Iterable):
        return None
    walk = iter(inputs)
    try:
        first = next(walk)
    except StopIteration:
        return from_packets((), link, limits=limits)
    if isinstance(first, str | Path) or hasattr(first, "read"):
        if isinstance(inputs, Iterator):
            raise TypeError("give several captures as a list, not as an iterator")
        return None
    return from_packets(_again(first, walk), link, limits=limits)


def _again(first: Any, walk: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from walk


def _total(paths: list[Any]) -> int | None:
    """Return the bytes of all files, None where one is no plain file or is compressed."""
    total = 0
    for path in paths:
        if not isinstance(path, str | Path) or not Path(path).is_file() or str(path).endswith((".gz", ".zst", ".lz4", ".xz", ".bz2")):
            return None
        total += Path(path).stat().st_size
    return total
