"""Times of certificates: UTCTime and GeneralizedTime in, nanoseconds since 1970 UTC out.

Here lives: the two notations, strict as RFC 5280 section 4.1.2.5 wants them, or as they come.  Here does not live: whether
a time is in the past.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

__all__ = ["GENERALIZED_TIME", "SECOND", "UTC_TIME", "read_time"]

UTC_TIME, GENERALIZED_TIME = 0x17, 0x18

SECOND = 1_000_000_000
"""Nanoseconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = {UTC_TIME: "UTCTime", GENERALIZED_TIME: "GeneralizedTime"}
_LENGTHS = {UTC_TIME: 13, GENERALIZED_TIME: 15}
_LOOSE = re.compile(rb"([0-9]{10}|[0-9]{12})([0-9]{2})?(?:[.,]([0-9]{1,30}))?(Z|[+-][0-9]{4})?")


def read_time(tag: int, raw: bytes, faults: list[str]) -> int | None:
    """Return ns since 1970 UTC, or None where it is no moment; a two-digit year is 1950 to 2049 (RFC 5280 section 4.1.2.5.1).

    The result is a Python integer: the year 9999 is far beyond 64 bits.
    """
    if tag not in _NAMES:
        faults.append(f"no time but tag 0x{tag:x}")
        return None
    digits = raw[:-1]
    if len(raw) == _LENGTHS[tag] and digits.isdigit() and raw.endswith(b"Z"):
        seconds, fault = _seconds(tag, digits.decode()), None
        time = None if seconds is None else seconds * SECOND
    else:
        time, fault = _loose(tag, raw), "loose"
    if time is None:
        fault = "bad"
    elif fault is None and tag == GENERALIZED_TIME and digits < b"2050":
        fault = "needless"
    elif fault is None and digits.endswith(b"60"):
        fault = "leap second in"
    if fault:
        faults.append(f"{fault} {_NAMES[tag]}")
    return time


def _seconds(tag: int, digits: str) -> int | None:
    """Return seconds since 1970 of YYMMDDhhmmss or YYYYMMDDhhmmss; a leap second is the first of the next minute, as clocks count it."""
    if tag == UTC_TIME:
        digits = ("19" if digits >= "50" else "20") + digits
    leap = digits.endswith("60")
    try:
        since = datetime.fromisoformat(f"{digits[:8]}T{digits[8:12]}{'59' if leap else digits[12:]}+00") - _EPOCH
    except ValueError:
        return None
    return since.days * 86_400 + since.seconds + leap


def _loose(tag: int, raw: bytes) -> int | None:
    """Return ns since 1970 of a time without seconds, with a fraction, with an offset or without a zone (then it is UTC)."""
    match = _LOOSE.fullmatch(raw) if len(raw) <= 64 else None
    if match is None:
        return None
    digits = match[1] + (match[2] or b"")
    short = _LENGTHS[tag] - 3
    if len(digits) not in {short, short + 2}:
        return None
    seconds = _seconds(tag, digits.decode().ljust(short + 2, "0"))
    if seconds is None:
        return None
    zone = match[4]
    if zone and zone != b"Z":
        hours, minutes = int(zone[1:3]), int(zone[3:5])
        if hours > 14 or minutes > 59:
            return None
        seconds -= (hours * 3600 + minutes * 60) * (1 if zone[:1] == b"+" else -1)
    return seconds * SECOND + int((match[3] or b"")[:9].ljust(9, b"0"))
