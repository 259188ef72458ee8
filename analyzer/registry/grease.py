"""GREASE (RFC 8701): the numbers that mean nothing on purpose.

Here lives: the rule.  Here does not live: which field may carry it.
"""

from __future__ import annotations

__all__ = ["GREASE", "GREASE_MODES", "is_grease"]

GREASE = frozenset(0x0A0A + 0x1010 * n for n in range(16))
"""Cipher suites, extensions, groups, signature schemes, versions: 0x0a0a, 0x1a1a … 0xfafa (section 2)."""

GREASE_MODES = frozenset(0x0B + 0x1F * n for n in range(8))
"""PskKeyExchangeModes: 0x0b, 0x2a … 0xe4 (section 2)."""


def is_grease(code: int) -> bool:
    """Return whether a 16-bit number is a GREASE value."""
    return code in GREASE
