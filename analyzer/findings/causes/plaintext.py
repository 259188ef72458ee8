"""Plaintext: a server that does not speak TLS where the client did, a refused STARTTLS, a proxy that refused.

Here lives: what was said instead of TLS or before it, and what it is called.  Here does not live: reading such protocols
(``handshakes.dialogs``), closes and silence (``network``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.facts.texts import wire_text
from analyzer.findings.causes.view import LONGEST
from analyzer.handshakes.handshake import SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.prelude import Prelude

__all__ = ["before_tls"]

_FIRST_BYTES: tuple[tuple[bytes, str, str], ...] = (
    (b"HTTP/", "HTTP", "Use http:// for this port, or the port on which the server speaks TLS (443)."),
    (b"<", "HTTP (a page without a header)", "Use http:// for this port, or the port on which the server speaks TLS."),
    (b"SSH-", "SSH", "This is an SSH server: use another port."),
    (b"220", "SMTP or FTP", "Use STARTTLS (AUTH TLS of FTP) on this port, or the port for TLS from the start (465, 990)."),
    (b"5", "a protocol of text lines, such as SMTP", "Use STARTTLS on this port, or the port for TLS from the start."),
    (b"* ", "IMAP", "Use STARTTLS on this port, or port 993 for TLS from the start."),
    (b"+OK", "POP3", "Use STLS on this port, or port 995 for TLS from the start."),
    (b"-ERR", "POP3 or Redis", "Use STLS on this port, or the port for TLS from the start."),
    (b"RFB ", "VNC", "This is a VNC server: use another port."),
    (b"E", "PostgreSQL", "Ask for TLS the way of PostgreSQL first (sslmode=require)."),
)
"""First bytes of an answer -> the protocol, and what to change."""
_PROXIES = {"connect": "HTTP proxy", "socks4": "SOCKS proxy", "socks4a": "SOCKS proxy", "socks5": "SOCKS proxy"}
_STARTTLS = frozenset(
    {"smtp", "lmtp", "imap", "pop3", "ftp", "nntp", "managesieve", "xmpp", "irc", "ldap", "postgresql", "mysql", "rdp", "tds"}
)


def before_tls(view: View) -> Iterator[Candidate]:
    """Plaintext in the server's answer, a refused STARTTLS, a refusing proxy."""
    made = view.handshake
    last = made.preludes[-1] if made.preludes else None
    if last is not None and not view.answered:
        yield from _prelude(view, last)
    odd = next((one for one in made.anomalies if one.kind == "not-tls-answer" and one.sender == SERVER), None)
    if not made.answer and odd is None:
        return
    text = wire_text(made.answer)[:LONGEST] if made.answer or odd is None else odd.detail
    protocol, advice = next(
        ((name, what) for start, name, what in _FIRST_BYTES if made.answer.startswith(start)),
        ("something that is not TLS", "See which protocol listens on this port, and whether TLS must be asked for first (STARTTLS)."),
    )
    proof = view.proven(f"the server's answer: {text}", odd.packet) if odd else (f"the server's answer: {text}", None)
    rank = 72 if view.answered else 96  # a message may still have been read out of what followed
    yield view.make(
        rank, "plaintext_server", f"The server does not speak TLS on this port: it answered the ClientHello in {protocol}.", advice, proof
    )


def _prelude(view: View, last: Prelude) -> Iterator[Candidate]:
    proof = [
        (f"{last.protocol} before TLS: {wire_text(last.answer or last.greeting)[:LONGEST] or '(no text)'}", one)
        for one in last.packets[-1:]
    ]
    if last.granted is False:
        if last.protocol in _PROXIES:
            yield view.make(
                95,
                "proxy_refused",
                f"The {_PROXIES[last.protocol]} refused the connection, and the client began TLS all the same.",
                "Let the proxy allow this target, or give it the credentials that it wants; mend the client, which does not heed the "
                "answer.",
                *proof,
            )
        else:
            yield view.make(
                95,
                "starttls_refused",
                f"The server refused to change from {last.protocol} to TLS, and the client began TLS all the same.",
                "Enable TLS on the server (certificate, module); mend the client, which does not heed the answer.",
                *proof,
            )
    elif last.protocol in _STARTTLS and not last.requested:
        yield view.make(
            94,
            "plaintext_server",
            f"The server speaks {last.protocol} in plaintext on this port, and the client began TLS without asking for it.",
            "Use STARTTLS (or the protocol's own way to ask for TLS) on this port, or the port for TLS from the start.",
            *proof,
        )
