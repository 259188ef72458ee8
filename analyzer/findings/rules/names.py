"""Rules on names, ports and what came before TLS: server names, ECH, plaintext where TLS should be, STARTTLS.

Here lives: these rules.  Here does not live: whether a certificate is for the name (``chains``).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.findings.rule import Rule

if TYPE_CHECKING:
    from analyzer.findings.frame import Frame, Mask

__all__ = ["RULES", "TLS_PORTS"]

TLS_PORTS = frozenset({
    443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 2083, 3269, 5061, 5223, 5349, 5671, 5684, 5986, 6443, 6514, 6679, 6697, 8443,
    8883,
})  # fmt: skip
"""Ports whose service begins with TLS (IANA "Service Name and Transport Protocol Port Number Registry")."""
UPGRADES = frozenset({
    "smtp", "lmtp", "imap", "pop3", "ftp", "nntp", "managesieve", "xmpp", "irc", "ldap", "postgresql", "mysql", "rdp", "tds",
})
"""Preludes that upgrade to TLS; the others are proxies."""


def _is_address(name: str) -> bool:
    if not name[-1:].isdigit() and ":" not in name:  # no address ends in a letter
        return False
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _upgrade(frame: Frame) -> Mask:
    return frame.each("protocol", lambda protocol: protocol in UPGRADES)


def _answer(frame: Frame, at: int) -> str:
    """Tell what answered a ClientHello, control characters as such."""
    return f"port {frame.cell('server_port', at)} answered a ClientHello with {frame.cell('answer', at) or ''!r}"


def _refusal(frame: Frame, at: int) -> str:
    """Tell how a request for TLS ended."""
    answer = frame.cell("answer", at)
    how = "was refused" if frame.cell("result", at) == "refused" else "was not refused, and no TLS followed"
    place = f"{frame.cell('protocol', at)} on port {frame.cell('server_port', at)}"
    return f"{place}: the request {how}" + (f"; answer: {answer}" if answer else "")


def _odd_port(frame: Frame) -> Mask:
    return frame.each("server_port", lambda port: registry.service_name(port) is None)


RULES: tuple[Rule, ...] = (
    Rule(
        name="no-server-name",
        severity="low",
        title="The client does not say which server it wants (no server_name)",
        subject="handshake",
        scope="handshakes with a ClientHello, of media (use_srtp) apart: their peers are known by fingerprints",
        citation="RFC 9325 section 3.7; RFC 8446 section 9.2; RFC 6066 section 3",
        advice="Have the client send server_name: servers with several names otherwise guess the certificate.",
        applies=lambda frame: frame.true("asked") & ~frame.true("offers_srtp"),
        fails=lambda frame: ~frame.known("server_name"),
        detail=lambda frame, at: "server_name without a host name" if frame.cell("offers_server_name", at) else "no server_name",
        evidence=("client_hello",),
    ),
    Rule(
        name="server-name-is-address",
        severity="low",
        title="The server name is an IP address",
        subject="handshake",
        scope="handshakes with a server name",
        citation="RFC 6066 section 3",
        advice="Have the client leave server_name out when it connects to an address: literal addresses are not permitted there.",
        applies=lambda frame: frame.known("server_name"),
        fails=lambda frame: frame.each("server_name", _is_address),
        detail="server_name {server_name}",
        evidence=("client_hello",),
    ),
    Rule(
        name="plaintext-on-tls-port",
        severity="high",
        title="Something that is not TLS answered on a port of TLS",
        subject="handshake",
        scope="handshakes on ports whose service begins with TLS",
        citation="RFC 8314 section 3; RFC 9110 section 4.2.2",
        advice="Have the server speak TLS on this port, or correct the client's port.",
        applies=lambda frame: frame.each("server_port", lambda port: port in TLS_PORTS),
        fails=lambda frame: frame["outcome"] == "not_tls",
        detail=_answer,
        evidence=("client_hello",),
    ),
    Rule(
        name="tls-on-odd-port",
        severity="info",
        title="TLS on a port where it is not usual",
        subject="handshake",
        scope="handshakes that a server answered, without a prelude, of media (use_srtp) apart",
        citation="IANA Service Name and Transport Protocol Port Number Registry (RFC 6335)",
        advice="See that it is a service you know: malware and tunnels like ports of their own.",
        applies=lambda frame: frame.true("answered") & ~frame.known("prelude") & ~frame.true("offers_srtp"),
        fails=_odd_port,
        detail="port {server_port} ({transport})",
        evidence=("server_hello",),
    ),
    Rule(
        name="ech-refused",
        severity="medium",
        title="Encrypted ClientHello was refused",
        subject="handshake",
        scope="handshakes whose client offers Encrypted ClientHello (or GREASE in its place)",
        citation="RFC 9849 section 6.1.6",
        advice="Publish the server's new ECHConfig; a client that goes on without it tells the server name to everybody.",
        applies=lambda frame: frame["ech"] == "offered",
        needs=("ech_answer",),
        fails=lambda frame: frame["ech_answer"] == 0,
        detail="the client ended the handshake with the alert ech_required",
        evidence=("alert",),
    ),
    Rule(
        name="ech-offered",
        severity="info",
        title="The client offers Encrypted ClientHello, or GREASE in its place",
        subject="handshake",
        scope="handshakes with a ClientHello",
        citation="RFC 9849 sections 5 and 6.2",
        advice="The server name seen may be only that of the server's front: look at the server's address too.",
        applies=lambda frame: frame.true("asked"),
        fails=lambda frame: frame["ech"] == "offered",
        detail=lambda frame, at: f"the outer server name is {frame.cell('server_name', at)}" if frame.cell("server_name", at)
        else "there is no outer server name",
        evidence=("client_hello",),
    ),
    Rule(
        name="starttls-not-taken",
        severity="medium",
        title="TLS was offered, and the client went on in plaintext",
        subject="prelude",
        scope="connections of protocols that upgrade to TLS",
        citation="RFC 9325 section 3.2; RFC 8314 section 5; RFC 3207 section 6",
        advice="Have the client require TLS, best on a port that begins with it.",
        applies=_upgrade,
        needs=("offered",),
        fails=lambda frame: frame["result"] == "not_taken",
        detail="{protocol} on port {server_port}: the server offers TLS, and the client does not ask for it",
    ),
    Rule(
        name="starttls-refused",
        severity="medium",
        title="The client asked for TLS, and was refused or got none",
        subject="prelude",
        scope="connections on which a client asked to upgrade to TLS",
        citation="RFC 3207 section 4; RFC 9325 section 3.2; CVE-2011-0411",
        advice="Have the server accept it, and the client stop when it does not: somebody on the way can refuse it too.",
        applies=lambda frame: _upgrade(frame) & frame.true("requested"),
        fails=lambda frame: (frame["result"] == "refused") | (frame["result"] == "no_tls"),
        detail=_refusal,
    ),
    Rule(
        name="starttls-not-offered",
        severity="low",
        title="The server offers no TLS",
        subject="prelude",
        scope="connections of protocols that upgrade to TLS, whose offers were seen",
        citation="RFC 8314 section 4.1; RFC 9325 section 3.2",
        advice="Configure TLS on the server; if it has it, somebody on the way takes the offer out (see starttls-stripped).",
        applies=lambda frame: _upgrade(frame) & ~frame.true("requested"),
        needs=("offered",),
        fails=lambda frame: frame["result"] == "not_offered",
        detail="{protocol} on port {server_port}: nothing of TLS among what the server offers",
    ),
    Rule(
        name="plaintext-protocol-on-tls-port",
        severity="high",
        title="A protocol speaks plaintext first on a port of TLS",
        subject="prelude",
        scope="connections of protocols that upgrade to TLS",
        citation="RFC 8314 section 3",
        advice="Have the server begin with TLS on this port.",
        applies=_upgrade,
        fails=lambda frame: frame.each("server_port", lambda port: port in TLS_PORTS),
        detail="{protocol} in plaintext on port {server_port}",
    ),
)  # fmt: skip
