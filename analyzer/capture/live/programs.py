"""The programs that capture for us: how each is told what is asked, how its refusals are told apart, and what its figures mean.

dumpcap comes with Wireshark, tcpdump with nearly every system.  Both may hold the right to capture by themselves (file
capabilities, a group), so that tlsscan needs none, and both write a capture to their standard output.

Here lives: a row for each program.  Here does not live: running one (``child``), which is tried first (``opening``).
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import msgspec

from analyzer.capture.live.request import Request, Tally
from analyzer.errors import FilterError, LiveError, NoInterfaceError, NoPermissionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["DUMPCAP", "PROGRAMS", "TCPDUMP", "Program", "ending", "refusal"]

BUFFER_MIB = 32
"""Kernel buffer of dumpcap, which packs packets tightly: 32 MiB hold a second of 250 Mbit/s."""

SLOTS_MIB = 64
"""Kernel buffer of tcpdump, which gives each packet 64 KiB of it (immediate mode): 64 MiB are 1,023 packets, 20 ms of 50,000 a second."""


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A program that captures.

    ``lag``: seconds for which a packet may wait in the kernel; a program that is told to end does not fetch what waits there.
    ``numbered`` says whether it takes an interface's name for a number in a list of its own where it is one.
    ``arguments(request)`` is its command line; ``figures(line, tally, request)`` reads a line of its standard error into the
    figures known so far; ``asked`` says whether SIGUSR1 (SIGINFO where there is one) makes it tell its figures, and ``ready``
    what it says first when it may be asked.
    """

    name: str
    arguments: Callable[[Request], list[str]]
    figures: Callable[[str, Tally, Request], Tally]
    asked: bool
    lag: float = 0.0
    numbered: bool = False
    ready: str = ""


def _dumpcap(request: Request) -> list[str]:
    """Tell dumpcap: ``-q`` counts nothing on a terminal; pcapng, with nanoseconds, is what it writes anyway."""
    told = ["-q", "-i", request.interface, "-w", "-", "-s", str(request.snaplen), "-B", str(BUFFER_MIB)]
    told += ["-p"] * (not request.promiscuous) + ["-I"] * request.monitor
    return told + (["-f", request.filter] if request.filter else [])


def _tcpdump(request: Request) -> list[str]:
    """Tell tcpdump: each packet at once (``-U``, and immediate mode, without which libpcap holds packets back for a second)."""
    told = ["-n", "-U", "--immediate-mode", "-i", request.interface, "-w", "-", "-s", str(request.snaplen), "-B", str(SLOTS_MIB * 1024)]
    told += ["-p"] * (not request.promiscuous) + ["-I"] * request.monitor
    told += ["--time-stamp-precision=nano"] * sys.platform.startswith("linux")  # refused where the kernel does not count them
    return told + (["--", request.filter] if request.filter else [])


_DUMPCAP_FIGURES = re.compile(r"received/dropped on interface .*: (\d+)/\d+ \(pcap:(\d+)/dumpcap:(\d+)/flushed:(\d+)/ps_ifdrop:(\d+)\)")


def _dumpcap_figures(line: str, tally: Tally, _request: Request) -> Tally:
    """Read what dumpcap says at its end; what it had itself and did not write counts as received, for it did reach the capture."""
    if not (said := _DUMPCAP_FIGURES.search(line)):
        return tally
    written, kernel, queue, flushed, interface = map(int, said.groups())
    return Tally(received=written + queue + flushed, dropped_by_kernel=kernel, dropped_by_interface=interface)


_TCPDUMP_FIGURE = re.compile(r"\b(\d+) packets? (captured|received by filter|dropped by kernel|dropped by interface)\b")
_TWICE = ("lo", "any")


def _tcpdump_figures(line: str, tally: Tally, request: Request) -> Tally:
    """Read what tcpdump says when it is asked (all in one line) and at its end (a line each, in the same order).

    "captured" is what it wrote.  On Linux "received by filter" counts what was dropped too and what still lies in the kernel's
    buffer, so that its difference to "dropped by kernel" is what reached the capture; but not on the loopback, where libpcap sees
    each packet twice and takes one, nor on other systems, where it counts what the filter refused.
    """
    counted = sys.platform.startswith("linux") and request.interface not in _TWICE
    for number, what in _TCPDUMP_FIGURE.findall(line):
        count, received = int(number), tally.received or 0
        if what == "captured" or (what == "received by filter" and counted):
            tally = msgspec.structs.replace(tally, received=count)
        elif what == "dropped by kernel":
            tally = msgspec.structs.replace(tally, dropped_by_kernel=count, received=max(received - count * counted, 0))
            tally = msgspec.structs.replace(tally, dropped_by_interface=tally.dropped_by_interface or 0)  # said only where there are some
        elif what == "dropped by interface":
            tally = msgspec.structs.replace(tally, dropped_by_interface=count)
    return tally


DUMPCAP = Program(name="dumpcap", arguments=_dumpcap, figures=_dumpcap_figures, asked=False, lag=0.26, numbered=True)
"""Hands packets on within 250 ms: so long it lets the kernel collect them, and nothing on its command line changes that; so it
is told to end that much later.

It does not say what the kernel dropped before its end: no signal makes it, and neither /proc nor the kernel's socket diagnosis (which
does not count drops of such a ring buffer) tells it while it runs."""

TCPDUMP = Program(name="tcpdump", arguments=_tcpdump, figures=_tcpdump_figures, asked=True, ready="listening on ")
"""Says its figures whenever it is asked; it may not be asked before it listens, for until then the signal ends it."""

PROGRAMS: dict[str, Program] = {program.name: program for program in (DUMPCAP, TCPDUMP)}
"""name -> program, the one to try first first."""

_REFUSALS: tuple[tuple[re.Pattern[str], type[LiveError], str], ...] = (
    (re.compile(r"monitor mode", re.IGNORECASE), LiveError, "monitor mode is not to be had here"),
    (re.compile(r"permission|not permitted|EACCES|EPERM|must be root", re.IGNORECASE), NoPermissionError, "no permission to capture"),
    (re.compile(r"No such device|no device named|No such interface|not configured"), NoInterfaceError, "no such interface"),
    (re.compile(r"not up\b|Network is down"), LiveError, "the interface is down"),
)
"""What is said at the start -> what it means."""

_FILTER = re.compile(r"valid capture filter \((.*)\)")
"""dumpcap's words about a filter, libpcap's own among them."""

_LIBPCAP = re.compile(r"filter expression|syntax error|rejects all|unknown|illegal|invalid|not supported|only supported|mask|must be")
"""What libpcap says of filters, where it is not said that they are meant."""

_ENDINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"disappeared|no longer (?:attached|running)|No such device|not configured"), "the interface went away"),
    (re.compile(r"went down|Network is down|not up\b"), "the interface went down"),
)
"""What is said at the end -> why it ended."""

_NOISE = re.compile(
    r"^(?:Capturing on |File: |Packets: |Packets captured: |Packets received/dropped |\d+ packets? |\(|Please |See the |Running as user |"
    r"\S+: (?:listening on |data link type |verbose output ))|^\s*$"
)
"""Lines that say nothing of what went wrong."""


def _own(name: str, words: Iterable[str]) -> list[str]:
    """Return what a program said that is no noise, without its own name in front."""
    return [line.removeprefix(f"{name}: ").strip() for line in words if not _NOISE.search(line)]


def refusal(name: str, words: Iterable[str], code: int, request: Request) -> LiveError:
    """Return why a program did not begin to capture, from what it said on its standard error and its exit code."""
    said = list(words)
    whole = "\n".join(said)
    own = _own(name, said)
    if request.filter and (words := _of_filter(name, own, request)):
        return FilterError(f"{request.interface}: {words}")
    for pattern, error, text in _REFUSALS:
        if pattern.search(whole):
            return error(f"{request.interface}: {text}")
    told = own[0] if own else f"it ended with exit code {code}" if code >= 0 else f"it was killed by signal {-code}"
    return LiveError(f"{request.interface}: {name} does not capture: {told}")


def _of_filter(name: str, own: list[str], request: Request) -> str:
    """Return libpcap's words about the filter, "" where something else is wrong.

    dumpcap says that it is the filter.  tcpdump begins all other complaints with the name of the interface.
    """
    for line in own:
        if in_brackets := _FILTER.search(line):
            return in_brackets[1]
    line = own[0] if own and name == TCPDUMP.name else ""
    return line if _LIBPCAP.search(line) and not line.startswith(f"{request.interface}: ") else ""


def ending(name: str, words: Iterable[str], code: int) -> str:
    """Return in one line why a program that did capture ended by itself."""
    own = _own(name, words)
    for line in own:
        for pattern, text in _ENDINGS:
            if pattern.search(line):
                return text
    if code < 0:
        return f"{name} was killed by signal {-code}"
    return f"{name} ended: {own[-1]}" if own else f"{name} ended with exit code {code}"
