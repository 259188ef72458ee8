"""Chains: a certificate chain drawn from the leaf down to its root, and what is wrong at each step.

Here lives: the noun Link, how rows of the tables become Links, the drawing.  Here does not live: how a chain is judged (``x509.trust``).
A root in the trust store has a double frame, what is missing a dashed one; every mark stands in words too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.escapes import terminal
from analyzer.facts.texts import key_text
from analyzer.reports.plots.canvas import WIDTH, counted, figure, nothing, text, units, wrapped
from analyzer.times import iso_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Link", "chain", "links"]

WRONG: dict[str, str] = {
    "signature": "the signature does not hold",
    "valid": "the issuer's certificate was not valid at the time",
    "is_ca": "the issuer is no CA",
    "path_length": "more CAs below the issuer than it allows",
    "key_cert_sign": "the issuer's key may not sign certificates",
    "name_constraints": "a name lies outside of what the issuer may certify",
}
"""Check of a step (``x509.trust.Edge``) -> what is wrong where it fails."""
UNCHECKED = "the signature cannot be checked"
ORIGINS = {
    "sent": "",
    "borrowed": "not sent: another handshake of the capture showed it",
    "store": "not sent: from the trust store",
    "missing": "not sent, and found nowhere",
    "stranger": "sent, and on no path",
}
"""Where a certificate came from -> what is said of it."""

_MOST = 12
"""Certificates drawn; a chain of honest use has four."""
_LINE = 16
_PAD = 8
_GAP = 10
_ARROW = 14
_INDENT = 24


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate of a chain, and the step to its issuer.  Times are ns since 1970 UTC."""

    subject: str
    """RFC 4514; "" for an empty name."""
    issuer: str = ""
    name: str = ""
    """What people call the subject: its common name; "" where the subject has to do …"""
    issuer_name: str = ""
    """… and the issuer."""
    not_before: int | None = None
    not_after: int | None = None
    key: str = ""
    """RSA 2048, EC P-256 …"""
    origin: str = "sent"
    """A word of ORIGINS."""
    anchor: str = ""
    """The trust store that holds it as a root; "" for none."""
    faults: tuple[str, ...] = ()
    """What is wrong with the certificate itself."""
    wrong: tuple[str, ...] | None = None
    """What is wrong with the step to the next one, its issuer's; () for nothing, None where it was not judged."""


def links(trust: Mapping[str, Any], certificates: Mapping[str, Mapping[str, Any]]) -> list[Link]:
    """Return the Links of one row of the table trust, leaf first; ``certificates``: SHA-256 -> row of that table.

    Behind the path come what is missing of it, and what was sent and is not on it.  A root out of the trust store has no row in
    certificates: its name is the issuer's that its child gives, and no more is known.
    """
    path = trust["path"] or trust["certificates"][:1]
    edges = {edge["child"]: edge for edge in trust["edges"] or ()}
    at, borrowed = trust["at"], set(trust["borrowed"] or ())
    made: list[Link] = []
    for sha256 in path[: _MOST + 1]:
        origin = "borrowed" if sha256 in borrowed else "sent" if sha256 in trust["certificates"] else "store"
        anchor = (trust["trust_store"] or "") if trust["anchored"] and sha256 == path[-1] else ""
        row = certificates.get(sha256)
        if row is None:
            below = made[-1] if made else None
            named = (below.issuer, below.issuer_name) if below else (trust["subject"] or sha256, "")
            made.append(Link(subject=named[0], name=named[1], origin=origin, anchor=anchor, wrong=_wrong(edges.get(sha256))))
            continue
        made.append(
            Link(
                subject=row["subject"] or "",
                issuer=row["issuer"] or "",
                name=row["subject_cn"] or "",
                issuer_name=row["issuer_cn"] or "",
                not_before=row["not_before"],
                not_after=row["not_after"],
                key=key_text(*(row[f"public_key_{part}"] for part in ("algorithm", "curve", "size"))) or "",
                origin=origin,
                anchor=anchor,
                faults=_out_of_time(row["not_before"], row["not_after"], at),
                wrong=_wrong(edges.get(sha256)),
            )
        )
    if trust["missing_issuer"] is not None and not trust["root"]:
        made.append(Link(subject=trust["missing_issuer"], name=made[-1].issuer_name if made else "", origin="missing"))
    for sha256 in dict.fromkeys(trust["certificates"]):
        if sha256 not in path and len(made) <= _MOST + 1:
            row = certificates.get(sha256, {})
            made.append(Link(subject=row.get("subject") or sha256, name=row.get("subject_cn") or "", origin="stranger"))
    return made


def chain(certificates: Sequence[Link], verdict: str) -> str:
    """Draw a chain, leaf first, under its verdict (a word, or a sentence)."""
    if not certificates:
        return nothing("Certificate chain", f"no certificate to draw. {terminal(verdict)}")
    said = wrapped(verdict, WIDTH * 0.93)  # bold letters are broader
    body = [text(0, (at + 1) * _LINE - 4, one, "label", bold=True) for at, one in enumerate(said)]
    told = [f"{terminal(verdict)}."]
    y = float(_LINE * len(said) + 4)
    shown = certificates[:_MOST]
    for at, link in enumerate(shown):
        following = certificates[at + 1] if at + 1 < len(certificates) else None
        lines = _lines(link)
        high = 2 * _PAD + _LINE * len(lines) - 3
        body += _frame(y, high, link)
        for number, (words, kind) in enumerate(lines):
            body.append(text(_PAD + 2, y + _PAD + 10 + number * _LINE, words, kind, room=WIDTH - 2 * _PAD - 4, bold=number == 0))
        told.append(_told(link, at))
        y += high
        if following is None:
            break
        if following.origin == "stranger" or link.origin in {"stranger", "missing"}:
            y += _GAP
            continue
        steps = _step(link, following)
        told.append("Step to its issuer: " + "; ".join(words for words, _ in steps) + ".")
        bottom = y + _ARROW + _LINE * len(steps)
        body += _arrow(y, bottom, dashed=following.origin == "missing")
        for number, (words, kind) in enumerate(steps):
            body.append(text(_INDENT + 14, y + _ARROW + 4 + number * _LINE, words, kind, room=WIDTH - _INDENT - 14))
        y = bottom
    if len(certificates) > _MOST:
        more = f"and {counted(len(certificates) - _MOST)} more, which are not drawn"
        y += _LINE + 2
        body.append(text(0, y - 4, more))
        told.append(f"{more}.")
    return figure(y + 1, "Certificate chain, leaf first", " ".join(told), "".join(body), "chain", headed=False)


def _lines(link: Link) -> list[tuple[str, str]]:
    """Return what stands in a box: (words, class), the name first."""
    name = link.name or link.subject or "(empty name)"
    lines = [(name, "label")]
    if link.subject and link.subject != name:
        lines.append((link.subject, "value"))
    if link.issuer and link.issuer == link.subject:
        lines.append(("its own issuer", "value"))
    elif link.issuer or link.issuer_name:
        lines.append((f"issued by {link.issuer_name or link.issuer}", "value"))
    facts = [_validity(link), link.key]
    if any(facts):
        lines.append((", ".join(filter(None, facts)), "value"))
    if link.anchor:
        lines.append((f"✓ a root of the trust store ({link.anchor})", "value good"))
    if ORIGINS.get(link.origin, link.origin) and not (link.anchor and link.origin == "store"):
        lines.append((ORIGINS.get(link.origin, link.origin), "value bad" if link.origin == "missing" else "value"))
    return lines + [(f"✗ {fault}", "value bad") for fault in link.faults]


def _step(link: Link, following: Link) -> list[tuple[str, str]]:
    """Return what is said of the step from a certificate to its issuer's: (words, class)."""
    if following.origin == "missing":
        return [("✗ the issuer's certificate is missing", "value bad")]
    if link.wrong is None:
        return [("the step was not judged", "value")]
    return [(f"✗ {fault}", "value bad") for fault in link.wrong] or [("✓ the signature holds, and the issuer may sign", "value good")]


def _frame(y: float, high: float, link: Link) -> list[str]:
    """Draw the frame of a box: dashed for what is missing or on no path, double for a root of the trust store."""
    dashes = ' stroke-dasharray="5 4"' if link.origin in {"missing", "stranger"} else ""
    insets = (0.5, 3.5) if link.anchor else (0.5,)
    return [
        f'<rect class="axis" x="{inset}" y="{units(y + inset - 0.5)}" width="{units(WIDTH - 2 * inset)}" '
        f'height="{units(high - 2 * inset + 1)}" rx="{4 if inset < 1 else 2}" fill="none" stroke="currentColor"{dashes}/>'
        for inset in insets
    ]


def _arrow(top: float, bottom: float, *, dashed: bool) -> list[str]:
    """Draw the arrow from a certificate to its issuer's."""
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    way = f"M{_INDENT} {units(top)}V{units(bottom)}"
    head = f"M{_INDENT - 4} {units(bottom - 6)}L{_INDENT} {units(bottom)}L{_INDENT + 4} {units(bottom - 6)}"
    return [
        f'<path class="axis" fill="none" stroke="currentColor" d="{way}"{dashes}/>',
        f'<path class="axis" fill="none" stroke="currentColor" d="{head}"/>',
    ]


def _told(link: Link, at: int) -> str:
    """Tell a box in words, for who does not see it."""
    return f"{'Leaf' if at == 0 else f'Certificate {at + 1}'}: " + "; ".join(terminal(words, 200) for words, _ in _lines(link)) + "."


def _validity(link: Link) -> str:
    """Return the days of a validity."""
    days = [iso_seconds(time)[:-9] if time is not None else "?" for time in (link.not_before, link.not_after)]
    return " to ".join(days) if link.not_before is not None or link.not_after is not None else ""


def _out_of_time(not_before: int | None, not_after: int | None, at: int | None) -> tuple[str, ...]:
    """Return what is wrong with a certificate's time at the time that it is judged for."""
    if at is None:
        return ()
    early, late = not_before is not None and at < not_before, not_after is not None and at > not_after
    return (*(("not yet valid at the time",) if early else ()), *(("expired at the time",) if late else ()))


def _wrong(edge: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    """Return what is wrong with a step, the gravest first; None where there is none."""
    if edge is None:
        return None
    return tuple(UNCHECKED if edge[check] is None else sentence for check, sentence in WRONG.items() if not edge[check])
