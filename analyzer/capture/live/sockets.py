"""The sockets that ``sniffing`` reads: scapy's, and those without a link layer.  Linux alone.

Here lives: opening one, with its filter.  Here does not live: reading it (``sniffing``).  scapy is imported here alone, and not before it
is needed: it is slow to import, and GPL-2.0-only.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import socket
import struct
from typing import TYPE_CHECKING, Any

from analyzer.capture.live.devices import State, state
from analyzer.capture.live.filters import place
from analyzer.errors import FilterError, LiveError, NoInterfaceError, NoPermissionError, NoProgramError

if TYPE_CHECKING:
    from analyzer.capture.live.request import Request

__all__ = ["AUXDATA", "COOKED", "LOOPBACK", "PACKET", "STAMPS", "STATISTICS", "open_socket"]

BUFFER_BYTES = 32 << 20
"""What the kernel may hold for us (without CAP_NET_ADMIN it gives less)."""

EARLY = 10_000
"""Packets that may have come before a filter stood: more than a buffer of the usual size holds."""

PACKET, AUXDATA, STATISTICS = 263, 8, 6  # SOL_PACKET, PACKET_AUXDATA, PACKET_STATISTICS
STAMPS = 35  # SO_TIMESTAMPNS
COOKED = 113  # LINKTYPE_LINUX_SLL
LOOPBACK = 772  # ARPHRD_LOOPBACK
_ATTACH, _FORCE = 26, 33  # SO_ATTACH_FILTER, SO_RCVBUFFORCE
_ASK_KIND = 0x8927  # SIOCGIFHWADDR
_ANY = -1
_ALL, _RAW_IP = 0x0003, 12  # ETH_P_ALL; DLT_RAW

_LINKS = {1: 1, LOOPBACK: 1, 65534: 101, 768: 101, 769: 101, 776: 101, 801: 105, 803: 127}
"""ARPHRD_* -> LINKTYPE_*: Ethernet, loopback, tun and WireGuard, IP in IP (three kinds), 802.11 with and without radiotap."""


def open_socket(request: Request) -> tuple[Any, int, bool]:
    """Return a socket (scapy's or Python's), its LINKTYPE, and whether packets of the loopback come twice."""
    if re.search(r"\bvlan\b", request.filter):  # the kernel takes tags out before such a filter sees the packet
        raise LiveError(f"{request.interface}: scapy's filters see no VLAN tags; those of dumpcap and tcpdump do")
    kind = _kind(request.interface)
    link = _LINKS.get(kind, COOKED)
    holder: Any = None
    try:
        holder = _cooked(request) if link == COOKED else _linked(request)
        opened: socket.socket = getattr(holder, "ins", holder)
        for option in (_FORCE, socket.SO_RCVBUF):
            with contextlib.suppress(OSError):
                opened.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
                break
        opened.setsockopt(PACKET, AUXDATA, 1)
        opened.setsockopt(socket.SOL_SOCKET, STAMPS, 1)
        opened.setblocking(False)  # noqa: FBT003 - its only argument
        opened.getsockopt(PACKET, STATISTICS, 8)  # count from here
    except OSError as error:
        if holder is not None:
            holder.close()
        if error.errno in {errno.EPERM, errno.EACCES}:
            raise NoPermissionError(f"{request.interface}: no permission to capture") from None
        if error.errno in {errno.ENODEV, errno.ENXIO}:
            raise NoInterfaceError(f"{request.interface}: no such interface") from None
        raise LiveError(f"{request.interface}: scapy does not capture: {error.strerror or error}") from None
    return holder, link, kind in {LOOPBACK, _ANY}


def _linked(request: Request) -> Any:
    """Return scapy's socket, with the filter and promiscuous mode."""
    try:
        from scapy.arch.linux import L2ListenSocket  # noqa: PLC0415 - slow to import, GPL-2.0-only
        from scapy.error import Scapy_Exception  # noqa: PLC0415 - as above
    except ImportError:
        raise NoProgramError(f"{request.interface}: scapy is not installed") from None
    if state(request.interface) is State.DOWN:
        raise LiveError(f"{request.interface}: the interface is down")
    logger = logging.getLogger("scapy.runtime")
    before = logger.level
    logger.setLevel(logging.ERROR)  # it would warn that its layers are not loaded, which read packets for nobody here
    try:
        return L2ListenSocket(iface=request.interface, promisc=request.promiscuous, filter=request.filter or None)
    except Scapy_Exception as error:
        raise _refused(request, str(error)) from None
    finally:
        logger.setLevel(before)


def _cooked(request: Request) -> socket.socket:
    """Return a socket that gives packets without their link header, of one interface or all; the filter is one of IP packets."""
    every = request.interface == "any"  # such a socket is bound to nothing, and receives from when it is made
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL) if every else 0)
    try:
        if request.filter:
            _attach(opened, request)
        if not every:
            opened.bind((request.interface, _ALL))
        elif request.filter:
            _empty(opened)
    except BaseException:
        opened.close()
        raise
    return opened


def _empty(opened: socket.socket) -> None:
    """Throw away what came before the filter stood; as many packets at most as the kernel holds by then."""
    for _ in range(EARLY):
        try:
            opened.recv(1, socket.MSG_DONTWAIT)
        except OSError:
            return


def _attach(opened: socket.socket, request: Request) -> None:
    """Compile the filter by scapy for raw IP, and give it to a socket."""
    try:
        from scapy.arch.common import compile_filter, free_filter  # noqa: PLC0415 - slow to import, GPL-2.0-only
        from scapy.error import Scapy_Exception  # noqa: PLC0415 - as above
        from scapy.libs.structures import sock_fprog  # noqa: PLC0415 - as above
    except ImportError:
        raise NoProgramError(f"{request.interface}: scapy is not installed") from None
    try:
        program = compile_filter(request.filter, linktype=_RAW_IP)
    except (ImportError, Scapy_Exception) as error:
        raise _refused(request, str(error)) from None
    opened.setsockopt(socket.SOL_SOCKET, _ATTACH, bytes(sock_fprog(program.bf_len, program.bf_insns)))
    free_filter(program)


def _refused(request: Request, words: str) -> LiveError:
    """Return scapy's refusal of a filter, with the place."""
    if "libpcap is not available" in words:
        return LiveError(f"{request.interface}: scapy needs libpcap for a filter, and it is not here")
    said = re.search(r"\((.*)\)\s*$", words.removeprefix("Cannot set filter: Failed to compile filter expression "), re.DOTALL)
    return FilterError(f"{request.interface}: {place(request.filter, said[1].strip('()') if said else words)}")


def _kind(interface: str) -> int:
    """Return the ARPHRD_* number of an interface."""
    if interface == "any":
        return _ANY
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            import fcntl  # noqa: PLC0415 - not on every system

            answer = fcntl.ioctl(asked, _ASK_KIND, struct.pack("16s24x", interface.encode("utf-8", "surrogateescape")))
    except OSError:
        raise NoInterfaceError(f"{interface}: no such interface") from None
    return int(struct.unpack_from("=16xH", answer)[0])
