"""Order: how a chain was sent, beside the path that was found.

Here lives: duplicates, strangers, roots, what was borrowed and what is missing.  Here does not live: the path (``paths``).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from analyzer.x509.trust.verdicts import SentOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.x509.trust.member import Member
    from analyzer.x509.trust.paths import Found

__all__ = ["sent_order"]

ADDRESSES = 4
"""Addresses of a missing issuer's certificate that are kept."""


def _leading(sent: Sequence[Member]) -> set[str]:
    """Return the SHA-256 of those that are, by names, the leaf or the issuer's of one that leads to it."""
    reached, names = {sent[0].sha256}, {sent[0].issuer}
    for _ in sent:  # each round but the last finds one more at least
        found = [member for member in sent if member.sha256 not in reached and member.subject in names]
        if not found:
            break
        reached.update([member.sha256 for member in found])
        names.update([member.issuer for member in found])
    return reached


def sent_order(sent: Sequence[Member], found: Found) -> SentOrder:
    """Compare what was sent with the path that was found; ``sent`` holds one member at least."""
    position_of: dict[str, int] = {}
    duplicates = []
    for position, member in enumerate(sent):
        if position_of.setdefault(member.sha256, position) != position:
            duplicates.append(position)
    on_path = {member.sha256 for member in found.members}
    unused = [position for sha256, position in position_of.items() if sha256 not in on_path]
    leading = _leading(sent)
    tip = found.members[-1]
    missing = not found.whole
    return SentOrder(
        in_order=all(child.issuer == issuer.subject and child.issuer for child, issuer in pairwise(sent)),
        duplicates=tuple(duplicates),
        root_included=any(member.certificate.self_issued for member in sent[1:] if member.sha256 != sent[0].sha256),
        unused=tuple(unused),
        strangers=tuple([position for position in unused if sent[position].sha256 not in leading]),
        borrowed=tuple([member.sha256 for member, source in zip(found.members, found.sources, strict=True) if source == "borrowed"]),
        missing_issuer=tip.certificate.issuer if missing else None,
        aia=tip.certificate.aia_ca_issuers[:ADDRESSES] if missing else (),
    )
