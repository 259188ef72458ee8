"""Opening an interface: the first that is here and may capture on it is its catcher.

Here lives: the order, and what is said where nobody may.  Here does not live: who they are and what they need (``rights``), how they
capture (``child``, ``sniffing``).
"""

from __future__ import annotations

import os
import re
import socket
import sys
from typing import TYPE_CHECKING

from analyzer.capture.live.child import Child
from analyzer.capture.live.filters import place
from analyzer.capture.live.programs import PROGRAMS
from analyzer.capture.live.rights import CATCHERS, advice, find
from analyzer.errors import FilterError, LiveError, NoInterfaceError, NoPermissionError, NoProgramError

if TYPE_CHECKING:
    from analyzer.capture.live.request import Catcher, Request

__all__ = ["open_catcher"]

_PSEUDO = re.compile(r"(?:nflog|nfqueue|usbmon|bluetooth|dbus)[-:\w,]*")
"""libpcap's own interfaces on Linux: the kernel does not list them, the programs know."""

_LISTED = 20
"""So many names are told to who named one that is not there."""


def open_catcher(request: Request, program: str | None = None) -> Catcher:
    """Return a catcher that captures on an interface: ``program`` ("dumpcap", "tcpdump", "scapy"), or the first of them that may.

    Raises:
        NoInterfaceError: there is no such interface.
        FilterError: the filter means nothing.
        NoPermissionError: nobody who is here may capture.
        NoProgramError: ``program`` is not installed, or nothing is.
        LiveError: it is down, has no monitor mode, or whatever else the programs said.
    """
    _check(request)
    if program is not None and program not in CATCHERS:
        raise NoProgramError(f"{request.interface}: {program} is none of {', '.join(CATCHERS)}")
    refused: list[LiveError] = []
    for name in CATCHERS if program is None else (program,):
        found = find(name)
        if not found.path:
            continue
        if not found.runnable:
            refused.append(NoPermissionError(name))
            continue
        try:
            return _start(name, found.path, request)
        except NoPermissionError:
            refused.append(NoPermissionError(name))
        except (FilterError, NoInterfaceError):
            raise
        except LiveError as error:
            refused.append(error)
    raise _nobody(request, program, refused)


def _check(request: Request) -> None:
    """Refuse an interface that is not there, before a program takes its name for something else (a file, a host, an option)."""
    there = [name for _, name in socket.if_nameindex()] + ["any"] * sys.platform.startswith("linux")
    name = request.interface
    if name in there or (sys.platform.startswith("linux") and _PSEUDO.fullmatch(name)):
        return
    listed = ", ".join(there[:_LISTED]) + (", ..." if len(there) > _LISTED else "")
    raise NoInterfaceError(f"{name}: no such interface; there are {listed}")


def _start(name: str, path: str, request: Request) -> Catcher:
    """Start one of them."""
    if name not in PROGRAMS:
        from analyzer.capture.live.sniffing import Sniffer  # noqa: PLC0415 - numpy and scapy, where nobody else may

        return Sniffer(request)
    if os.name != "posix":
        raise LiveError(f"{request.interface}: live capture by {name} is not done on this system")
    if PROGRAMS[name].numbered and request.interface.isdecimal():
        raise LiveError(f"{request.interface}: {name} takes this name for a number of its own; tcpdump does not")
    try:
        return Child(PROGRAMS[name], path, request)
    except FilterError as error:
        reason = str(error).removeprefix(f"{request.interface}: ")
        raise FilterError(f"{request.interface}: {place(request.filter, reason)}") from None


def _nobody(request: Request, program: str | None, refused: list[LiveError]) -> LiveError:
    """Return why nobody captures: what somebody who may said, else what the first who is here lacks."""
    for error in refused:
        if not isinstance(error, NoPermissionError):
            return error
    if refused:
        return NoPermissionError(f"{request.interface}: no permission to capture: {advice(str(refused[0]))}")
    missing = program or "dumpcap"
    nothing = "" if program else "nothing that captures is here: "
    return NoProgramError(f"{request.interface}: {nothing}{advice(missing)}")
