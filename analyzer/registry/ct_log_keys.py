"""Keys of Certificate Transparency logs, and what the root programs say of each log.

Here lives: look-up of a log with its key.  Here does not live: names alone (``certificates``, which costs no large table), the table
(``generated``, imported at the first question), the check of a timestamp (``x509.trust``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from analyzer.registry.certificates import ct_log

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CtLogKey", "ct_log_key", "ct_log_keys"]

_SECOND = 1_000_000_000

_CLOSED = frozenset({"readonly", "retired", "rejected"})
"""States in which a root program takes no timestamp that is newer than the state (Chrome's log list, version 3)."""


class CtLogKey(NamedTuple):
    """A Certificate Transparency log (RFC 6962) with its key.  Times are ns since 1970 UTC."""

    log_id: bytes
    """SHA-256 of ``key``."""
    operator: str
    description: str
    key: bytes
    """DER of its SubjectPublicKeyInfo."""
    kind: str = "production"
    """production, test, or monitoring_only: a log that no root program counts."""
    since: int | None = None
    until: int | None = None
    """It takes certificates whose not_after is in [since, until); None: any."""
    states: tuple[tuple[str, str, int], ...] = ()
    """(root program, pending | qualified | usable | readonly | retired | rejected, since when), where one is known."""

    @property
    def closed(self) -> int | None:
        """When the last root program closed it: nobody takes a newer timestamp.  None where one still takes it, or none is known to."""
        if self.states and all(state in _CLOSED for _, state, _ in self.states):
            return max(since for _, _, since in self.states)
        return None


@cache
def ct_log_keys() -> Mapping[bytes, CtLogKey]:
    """Return all known logs by their ids, retired ones too."""
    from analyzer.registry.generated.ct_log_keys import CT_LOG_KEYS  # noqa: PLC0415 - large, and most scans check no timestamp

    table = {}
    for log_id, (key, kind, since, until, states) in CT_LOG_KEYS.items():
        named = ct_log(log_id)
        table[log_id] = CtLogKey(
            log_id, named.operator if named else "", named.description if named else "", key, kind,
            None if since is None else since * _SECOND, None if until is None else until * _SECOND,
            tuple([(program, state, when * _SECOND) for program, state, when in states]),
        )  # fmt: skip
    return table


def ct_log_key(log_id: bytes) -> CtLogKey | None:
    """Return the log of an id (32 bytes), or None."""
    return ct_log_keys().get(log_id)
