"""What a live run is asked: the options of ``tlsscan -i``.

Here lives: these options, and that they go with ``-i``.  Here does not live: the run (``live``), options that files have too (``scan``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from analyzer.capture.live import Request

__all__ = ["PROGRAMS", "VIEWS", "live_options", "option_of", "requests_of"]

F = TypeVar("F", bound=Callable[..., Any])

PROGRAMS = ("dumpcap", "tcpdump", "scapy")
"""Who may capture, in the order in which they are tried (``capture.live.opening``)."""
VIEWS = ("rows", "summary", "quiet")
_SECONDS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_LONGEST = 10 * 366 * 86400
"""Ten years, in seconds: nobody waits longer."""


class Seconds(click.ParamType[float]):
    """A time span: 90, 90s, 5min, 1.5h, 2d."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds, or fail."""
        if isinstance(value, int | float):
            return float(value)
        found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([a-z]*)", str(value).strip().lower(), re.ASCII)
        if found is None or found[2] not in _SECONDS or not 0 < float(found[1]) * _SECONDS[found[2]] <= _LONGEST:
            self.fail(f"{value!r} is no time such as 90, 90s, 5min, 1h or 2d.", param, ctx)
        return float(found[1]) * _SECONDS[found[2]]


_OPTIONS = (
    click.option("-i", "--interface", "interfaces", metavar="NAME", multiple=True,
                 help="Watch an interface live (tlsscan interfaces lists them; any: all; -: a capture on standard input); repeatable."),
    click.option("-f", "--filter", "capture_filter", metavar="BPF", help="Live: capture only what this filter takes: 'tcp port 443'."),
    click.option("--snaplen", type=click.IntRange(64, 262144), metavar="BYTES", help="Live: keep so many bytes of each packet."),
    click.option("--promiscuous/--no-promiscuous", default=None, help="Live: also packets that are meant for others (the default)."),
    click.option("--monitor", is_flag=True, default=None, help="Live: 802.11 frames as they are in the air."),
    click.option("--capture-with", type=click.Choice(PROGRAMS), help="Live: who captures; by default the first that is there."),
    click.option("--duration", type=Seconds(), help="Live: end after this time: 90, 5min, 1h."),
    click.option("--count", type=click.IntRange(1), metavar="N", help="Live: end after N handshakes."),
    click.option("--view", type=click.Choice(VIEWS), help="Live: what a terminal shows: rows (the default), summary, or nothing."),
    click.option("-w", "--write", metavar="FILE", help="Live: keep the packets of handshakes in a pcapng file."),
    click.option("--rotate", metavar="SIZE|TIME", help="Live: begin another --write file after 10MB, 500kB, 60s, 1h …"),
    click.option("--append", "appends", metavar="FILE", multiple=True, help="Live: add rows to an NDJSON file, line by line; repeatable."),
    click.option("--stats", is_flag=True, default=None, help="Live: figures on packets, flows and memory every ten seconds."),
)  # fmt: skip


def live_options(command: F) -> F:
    """Add the options to a command; all but ``interfaces`` are None (or empty) where nobody gave them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def option_of(name: str) -> str:
    """Return how the option with this parameter's name is written on a command line."""

    @live_options
    @click.command
    def all_of_them(**_: object) -> None:
        """Have the options."""

    return next(max(one.opts, key=len) for one in all_of_them.params if one.name == name)


def requests_of(
    interfaces: tuple[str, ...], capture_filter: str | None, snaplen: int | None, *, promiscuous: bool | None, monitor: bool | None
) -> list[Request]:
    """Return what the catchers are asked; an interface that is named twice is watched once."""
    from analyzer.capture.live import SNAPLEN, Request  # noqa: PLC0415 - start-up time

    return [
        Request(
            interface=name,
            filter=capture_filter or "",
            snaplen=snaplen or SNAPLEN,
            promiscuous=promiscuous is not False,
            monitor=bool(monitor),
        )
        for name in dict.fromkeys(interfaces)
    ]
