"""Domains: where a name ends that belongs to somebody, and where begins what everybody registers under.

Here lives: a small table of such endings; no list of public suffixes, which changes by the week.  Here does not live: whether a name is
that of a certificate (``x509.trust.hostnames``).
"""

from __future__ import annotations

import ipaddress

__all__ = ["owned", "reaches_over_others"]

SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "mil", "net", "org"})
"""Second labels under which a country's names are registered, wherever they are used (co.uk, com.au …)."""
SECOND_LEVELS = {
    "uk": frozenset({"ltd", "me", "plc", "sch"}), "jp": frozenset({"ad", "ed", "go", "gr", "lg", "ne", "or"}),
    "kr": frozenset({"go", "ne", "or", "pe", "re"}), "th": frozenset({"go", "in", "or"}), "id": frozenset({"go", "or", "sch", "web"}),
    "br": frozenset({"blog", "nom"}), "es": frozenset({"gob", "nom"}), "mx": frozenset({"gob"}), "ar": frozenset({"gob"}),
}  # fmt: skip
"""The same of single countries."""


def _labels(name: str) -> list[str]:
    return name.rstrip(".").lower().split(".")


def _ending(labels: list[str]) -> int:
    """Return how many labels at the end belong to nobody: one, or two under a country's co.uk."""
    if len(labels) < 2 or len(labels[-1]) != 2:
        return 1
    return 1 + (labels[-2] in SECOND_LEVEL | SECOND_LEVELS.get(labels[-1], frozenset()))


def owned(name: str) -> str:
    """Return the part of a name that somebody registered: shop.example of www.shop.example; addresses and single labels are whole."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        labels = _labels(name)
    return ".".join(labels[-1 - _ending(labels) :])


def reaches_over_others(name: str) -> bool:
    """Whether a wildcard stands for names of many owners: a whole top-level domain, or a country's co.uk."""
    labels = _labels(name)
    return "*" in labels[0] and len(labels) - 1 <= _ending(labels[1:] or [""])
