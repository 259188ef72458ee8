"""Rules on versions: old ones negotiated and offered, a newer one suppressed.

Here lives: these rules.  Here does not live: which version was negotiated (``facts.agreement``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.rule import Rule
from analyzer.tls import codes

if TYPE_CHECKING:
    from analyzer.findings.frame import Frame, Mask

__all__ = ["RULES"]


def _named(versions: tuple[int, ...]) -> str:
    return ", ".join(registry.version_name(version) or f"0x{version:04x}" for version in versions)


def _old(versions: tuple[int, ...]) -> tuple[int, ...]:
    """Return those older than TLS 1.2; numbers that are no versions of TLS or DTLS are none."""
    return tuple(version for version in versions if codes.SSL2 <= codes.tls_of(version) < codes.TLS12)


def _offers_old(frame: Frame) -> Mask:
    return frame.each("offered_versions", lambda versions: bool(_old(versions)))


def _newest(frame: Frame, at: int) -> str:
    """Tell which version was negotiated, and the newest that the client offered, where its hello was seen."""
    offered = frame.cell("offered_version", at)
    return f"{frame.cell('version', at)} was negotiated" + (f", the client offered up to {offered}" if offered else "")


def _old_offer(frame: Frame, at: int) -> str:
    return f"the client offers {_named(_old(frame.cell('offered_versions', at)))}"


RULES: tuple[Rule, ...] = (
    Rule(
        name="ssl-negotiated",
        severity="high",
        title="SSL 2.0 or 3.0 was negotiated",
        subject="handshake",
        scope="handshakes with a ServerHello",
        citation="RFC 6176 section 3; RFC 7568 section 3; CVE-2014-3566 (POODLE); CVE-2016-0800 (DROWN)",
        advice="Disable SSL 2.0 and SSL 3.0 on the server.",
        applies=lambda frame: frame.true("answered"),
        needs=("version_code",),
        fails=lambda frame: (frame["version_code"] == codes.SSL2) | (frame["version_code"] == codes.SSL3),
        detail="{version} was negotiated",
        evidence=("server_hello",),
    ),
    Rule(
        name="old-version-negotiated",
        severity="medium",
        title="TLS 1.0, TLS 1.1 or DTLS 1.0 was negotiated",
        subject="handshake",
        scope="handshakes with a ServerHello",
        citation="RFC 8996 sections 4 and 5; RFC 9325 sections 3.1.1 and 3.1.2",
        advice="Disable versions older than TLS 1.2 (DTLS 1.2) on the server, and update clients that know nothing newer.",
        applies=lambda frame: frame.true("answered"),
        needs=("tls_version",),
        fails=lambda frame: (frame["tls_version"] == codes.TLS10) | (frame["tls_version"] == codes.TLS11),
        detail=_newest,
        evidence=("server_hello",),
    ),
    Rule(
        name="old-version-offered",
        severity="low",
        title="The client offers a version older than TLS 1.2",
        subject="handshake",
        scope="handshakes with a ClientHello",
        citation="RFC 8996 sections 4 and 5; RFC 9325 sections 3.1.1 and 3.1.2",
        advice="Set the client's lowest version to TLS 1.2 (DTLS 1.2).",
        applies=lambda frame: frame.true("asked"),
        needs=("offered_versions",),
        fails=_offers_old,
        detail=_old_offer,
        once="client",
        evidence=("client_hello",),
    ),
    Rule(
        name="draft-version",
        severity="low",
        title="A draft of TLS 1.3 was negotiated",
        subject="handshake",
        scope="handshakes with a ServerHello",
        citation="draft-ietf-tls-tls13-28 section 4.2.1.1; RFC 2026 section 2.2",
        advice="Update both sides: drafts were experiments, and most stacks have dropped them.",
        applies=lambda frame: frame.true("answered"),
        needs=("version_code",),
        fails=lambda frame: frame["version_code"] >> 8 == codes.TLS13_DRAFT >> 8,
        detail="{version} was negotiated",
        evidence=("server_hello",),
    ),
    Rule(
        name="downgrade-sentinel",
        severity="high",
        title="The server's random says that it could have spoken a newer version",
        subject="handshake",
        scope="handshakes in which TLS 1.2 or older was negotiated with a client whose hello was seen",
        citation="RFC 8446 section 4.1.3",
        advice="Find who changed the ClientHello on its way: both sides can speak a newer version, and it was not agreed on.",
        applies=lambda frame: frame.true("answered") & frame.true("asked") & (frame["tls13"] != 1),
        needs=("version_code",),
        fails=lambda frame: frame.each("anomaly_kinds", lambda kinds: "downgrade-sentinel" in kinds),
        detail="{version} was negotiated, the client offered {offered_version}, and the random ends in the sentinel",
        evidence=("client_hello", "server_hello"),
    ),
    Rule(
        name="fallback",
        severity="low",
        title="The client has fallen back to an older version",
        subject="handshake",
        scope="handshakes with a ClientHello",
        citation="RFC 7507 section 4",
        advice="Find out why the first attempt failed: a server or middlebox that does not stand newer versions, or an attacker.",
        applies=lambda frame: frame.true("asked"),
        fails=lambda frame: frame.each("offered_suites", lambda suites: codes.FALLBACK_SCSV in suites),
        detail="TLS_FALLBACK_SCSV stands in a hello for {offered_version}",
        evidence=("client_hello",),
    ),
)
