"""Particulars: what a finding names of that which it is about — handshakes, how many, certificate, packets, time.

Here lives: one function for each subject of rules.  Here does not live: which packets prove what (``evidence``), rules, who asks them
(``judge``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.findings.derived import SENDERS, Shown, Spoken
from analyzer.findings.evidence import evidence, of_anomalies
from analyzer.findings.finding import Finding
from analyzer.findings.rules.protocol import ANOMALIES
from analyzer.handshakes.handshake import Handshake

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.findings.frame import Frame
    from analyzer.findings.presented import Judged, Presented
    from analyzer.findings.rule import Rule

__all__ = ["finding"]


def finding(rule: Rule, frame: Frame, at: int, detail: str) -> Finding:
    """Return the finding that a rule fails in a row of a frame of its subject."""
    return Finding(
        rule=rule.name, severity=rule.severity, title=rule.title, detail=detail, citation=rule.citation, advice=rule.advice,
        **_ABOUT[rule.subject](rule, frame.things[at]),
    )  # fmt: skip


def _of_handshake(rule: Rule, one: Handshake) -> dict[str, Any]:
    number, kinds = one.number, ANOMALIES.get(rule.name)
    packets = of_anomalies(one, kinds) if kinds else ()
    return {"handshake": number, "handshakes": (number,), "packets": packets or evidence(one, rule.evidence), "time": one.start}


def _of_prelude(rule: Rule, spoken: Spoken) -> dict[str, Any]:
    del rule
    number = spoken.connection.number if isinstance(spoken.connection, Handshake) else None
    packets = tuple(sorted(set(spoken.prelude.packets)))
    return {"handshake": number, "handshakes": () if number is None else (number,), "packets": packets, "time": spoken.prelude.start}


def _of_certificate(rule: Rule, shown: Shown) -> dict[str, Any]:
    del rule
    one = shown.handshake
    return {
        "handshake": one.number,
        "handshakes": (one.number,),
        "certificate": shown.certificate.sha256,
        "packets": evidence(one, (SENDERS[shown.sender],)),
        "time": one.start,
    }


def _of_chain(rule: Rule, one: Judged) -> dict[str, Any]:
    del rule
    return {
        "handshake": one.shown.handshake,
        "handshakes": tuple(sorted(one.handshakes)),
        "count": one.count,
        "certificate": one.leaf.sha256,
        "packets": one.shown.packets,
        "time": one.shown.time,
    }


def _of_name(rule: Rule, one: Judged) -> dict[str, Any]:
    shown: Presented = one.shown
    return {**_of_chain(rule, one), "handshakes": tuple(shown.handshakes), "count": shown.count}


_ABOUT: dict[str, Callable[[Rule, Any], dict[str, Any]]] = {
    "handshake": _of_handshake, "prelude": _of_prelude, "certificate": _of_certificate, "chain": _of_chain, "chain name": _of_name,
}  # fmt: skip
"""Subject of rules -> what a finding names of a thing."""
