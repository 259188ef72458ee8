"""What a process that reads hostile bytes gives up, once the child that captures has what it needs.

``lend`` comes before catchers are opened, ``drop`` after; both do nothing where there is nothing to give.  For the command line alone: a
process cannot have back what it gave up.

=====================  ==============================================  ============================================================
started as             ``lend``                                        ``drop``
=====================  ==============================================  ============================================================
root by sudo (*)       becomes who called sudo; CAP_NET_RAW and        has no capability, cannot gain one
                       CAP_NET_ADMIN alone go on to children
root                   (children stay root: they drop rights)          uid 0 with what writing files and stopping a child takes
a user, capabilities   CAP_NET_RAW and CAP_NET_ADMIN go on to          has no capability, cannot gain one
in Python's file       children
a user                                                                 cannot gain any
=====================  ==============================================  ============================================================

(*) Where that user may not read our own program (a Python below /root), the second row.

Capabilities belong to threads.  Those of catchers give theirs up as they begin (``forgo``), and the C library takes a change of user to
all; a thread that was there before keeps root's capabilities in the second row only: libraries that compute (OpenBLAS) make such threads
unless OPENBLAS_NUM_THREADS=1 stands in the environment when numpy is imported.  ``drop`` says what is left.

On other systems there are no capabilities: root by sudo becomes the user in ``drop``, and the catcher's guard, still root, signals for us.

Here lives: giving up.  Here does not live: what is needed to capture (``rights``).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import sys
from pathlib import Path

from analyzer.errors import LiveError

__all__ = ["drop", "forgo", "groups_for", "lend"]

_CHOWN, _DAC_OVERRIDE, _FOWNER, _KILL, _SETGID, _NET_ADMIN, _NET_RAW = 0, 1, 3, 5, 6, 12, 13  # linux/capability.h
_KEEPCAPS, _CAPBSET_DROP, _NO_NEW_PRIVS, _AMBIENT, _RAISE = 8, 24, 38, 47, 2  # linux/prctl.h
_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3: two words of 32 capabilities
_LAST = 63

_CAPTURE = 1 << _NET_RAW | 1 << _NET_ADMIN
_ROOT = 1 << _CHOWN | 1 << _DAC_OVERRIDE | 1 << _FOWNER | 1 << _KILL
"""What root keeps: files may be written into any folder, and a child that took another user be stopped."""


def _linux() -> bool:
    return sys.platform.startswith("linux")


def _call(name: str, *arguments: object) -> None:
    """Call the C library; raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _prctl(option: int, second: int = 0, third: int = 0) -> None:
    _call("prctl", ctypes.c_int(option), *(ctypes.c_ulong(value) for value in (second, third, 0, 0)))


def _held() -> int:
    """Return the permitted capabilities of this thread, a bit each."""
    header, data = (ctypes.c_uint32 * 2)(_VERSION, 0), (ctypes.c_uint32 * 6)()
    _call("capget", header, data)
    return data[1] | data[4] << 32


def _hold(kept: int, inherited: int = 0) -> None:
    """Set the permitted and effective capabilities of this thread, and those that children may be given."""
    low, high = kept & 0xFFFFFFFF, kept >> 32
    below, above = inherited & 0xFFFFFFFF, inherited >> 32
    _call("capset", (ctypes.c_uint32 * 2)(_VERSION, 0), (ctypes.c_uint32 * 6)(low, low, below, high, high, above))


def _caller() -> tuple[int, int] | None:
    """Return user and group of who called sudo; None where we are not root, or root called it."""
    try:
        user, group = int(os.environ.get("SUDO_UID", "")), int(os.environ.get("SUDO_GID", ""))
    except ValueError:
        return None
    return (user, group) if user > 0 and group >= 0 and os.geteuid() == 0 else None


def _groups(user: int, group: int) -> list[int]:
    with contextlib.suppress(ImportError, KeyError, OSError):
        import pwd  # noqa: PLC0415 - not on every system

        return os.getgrouplist(pwd.getpwuid(user).pw_name, group)
    return [group]


def _can_live(user: int, group: int) -> bool:
    """Tell whether a user may read this program: a Python below /root is root's alone, and whatever is imported later would be missing."""
    needed = [path for path in {*sys.path, os.__file__, __file__} if path and Path(path).exists()]
    before = os.getgroups(), os.getegid()
    try:
        os.setgroups(_groups(user, group))
        os.setegid(group)
        os.seteuid(user)
        return all(os.access(path, os.R_OK, effective_ids=True) for path in needed)
    finally:
        os.seteuid(0)
        os.setegid(before[1])
        os.setgroups(before[0])


def _become(user: int, group: int) -> None:
    """Take another user, for good."""
    os.setgroups(_groups(user, group))
    os.setresgid(group, group, group) if hasattr(os, "setresgid") else os.setgid(group)
    os.setresuid(user, user, user) if hasattr(os, "setresuid") else os.setuid(user)


def lend() -> None:
    """Give what captures to the children that are started from now on, and to ourselves no more than that.

    Raises:
        LiveError: the system refuses.
    """
    if not _linux():
        return
    try:
        caller, held = _caller(), _held()
        if caller is not None and _can_live(*caller):
            _prctl(_KEEPCAPS, 1)
            _become(*caller)
        elif os.geteuid() == 0 or not held & _CAPTURE:
            return
        # CAP_SETGID is for groups_for, and for us alone.
        _hold(held & (_CAPTURE | 1 << _SETGID), held & _CAPTURE)
        for capability in (_NET_RAW, _NET_ADMIN):
            if held >> capability & 1:
                _prctl(_AMBIENT, _RAISE, capability)
    except OSError as error:
        raise LiveError(f"the right to capture cannot be handed on: {error.strerror}") from None


def groups_for(path: str) -> list[int] | None:
    """Return the groups with which a program may be run whose file is for a group that is not ours (dumpcap's wireshark).

    None where it may be run as it is, or where we may not choose: only ``lend`` after sudo makes it so.
    """
    try:
        status = Path(path).stat()
        allowed = _linux() and os.geteuid() and _held() >> _SETGID & 1 and status.st_mode & stat.S_IXGRP
        return [*os.getgroups(), status.st_gid] if allowed and not os.access(path, os.X_OK) else None
    except OSError:
        return None


def forgo() -> None:
    """Give up the capabilities of this thread, but for what root keeps; a thread calls it as it begins. Never raises."""
    if _linux():
        with contextlib.suppress(OSError, AttributeError):
            held = _held()
            if held & ~_ROOT or (held and os.geteuid()):
                _hold(held & _ROOT if os.geteuid() == 0 else 0)
            _prctl(_NO_NEW_PRIVS, 1)


def drop() -> list[str]:
    """Give up what is not needed once catchers are open, for good; return what could not be, one line each.

    Raises:
        LiveError: the system refuses.
    """
    try:
        if not _linux():
            caller = _caller()
            if caller is not None and _can_live(*caller):
                _become(*caller)
            return []
        kept = _ROOT if os.geteuid() == 0 else 0
        for capability in range(_LAST + 1):
            if not kept >> capability & 1:
                try:
                    _prctl(_CAPBSET_DROP, capability)
                except OSError:  # the last one that this kernel knows has passed, or we may not: no_new_privs says the same
                    break
        _hold(_held() & kept)
        _prctl(_NO_NEW_PRIVS, 1)
    except OSError as error:
        raise LiveError(f"the right to capture cannot be given up: {error.strerror}") from None
    left = _left(kept)
    return [f"{left} threads keep more rights than they need (set OPENBLAS_NUM_THREADS=1)"] if left else []


def _left(kept: int) -> int:
    """Return how many threads of this process hold more."""
    left = 0
    for status in Path("/proc/self/task").glob("*/status"):
        with contextlib.suppress(OSError, ValueError):
            held = next(line for line in status.read_text("utf-8", "replace").splitlines() if line.startswith("CapPrm:"))
            left += bool(int(held.split()[1], 16) & ~kept)
    return left
