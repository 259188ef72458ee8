"""Whether an earlier session was taken up, and what on the wire says so.

Here lives: the rule (RFC 8446 section 4.2.11, RFC 5246 section 7.3, RFC 5077 section 3.4).  Here does not live: what the
client offered (``hello``).  A session id that the server merely echoes is no evidence: a full TLS 1.2 handshake and every
TLS 1.3 one may do that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes.order import CHANGE_CIPHER_SPEC
from analyzer.tls import codes

if TYPE_CHECKING:
    from analyzer.facts.story import Story

__all__ = ["resumption"]

FULL_SERVER = (
    codes.CERTIFICATE, codes.COMPRESSED_CERTIFICATE, codes.CERTIFICATE_STATUS, codes.SERVER_KEY_EXCHANGE, codes.CERTIFICATE_REQUEST,
    codes.SERVER_HELLO_DONE,
)  # fmt: skip - one thought
"""Server messages that only a full handshake has."""
FULL_CLIENT = (codes.CERTIFICATE, codes.CERTIFICATE_VERIFY, codes.CLIENT_KEY_EXCHANGE)
"""Client messages that only a full handshake has."""

ABBREVIATED = "the server's ChangeCipherSpec follows its ServerHello without Certificate, ServerKeyExchange or ServerHelloDone"


def abbreviated(story: Story) -> bool:
    """Whether an abbreviated handshake was seen (RFC 5246 figure 2): the server finishes first and exchanges no keys."""
    server, client = story.server, story.client
    if CHANGE_CIPHER_SPEC not in server or any(code in server for code in FULL_SERVER) or any(code in client for code in FULL_CLIENT):
        return False
    # Messages that are missing may be the very ones that would speak against it; the client's own next step then decides.
    return "server" not in story.handshake.lost or ("client" not in story.handshake.lost and CHANGE_CIPHER_SPEC in client)


def resumption(story: Story) -> tuple[str | None, str | None]:
    """Return the means (psk, ticket, session_id or None) and the evidence in words."""
    hello, answer = story.handshake.client_hello, story.handshake.server_hello
    if answer is None:
        return None, None
    if story.tls13:
        if codes.PRE_SHARED_KEY not in story.answered:
            return None, None
        identity = story.answered[codes.PRE_SHARED_KEY]
        return "psk", f"the ServerHello's pre_shared_key selects identity {identity} (a ticket or an external key: the wire does not tell)"
    if not abbreviated(story):
        return None, None
    if hello is None:
        return None, f"{ABBREVIATED}; the ClientHello was not seen"
    if story.offered.get(codes.SESSION_TICKET):
        return "ticket", f"{ABBREVIATED}; the ClientHello carried a session ticket"
    if hello.session_id and hello.session_id == answer.session_id:
        return "session_id", f"{ABBREVIATED}; the ServerHello repeats the ClientHello's session id"
    return None, f"{ABBREVIATED}; neither a session ticket nor a repeated session id explains it"
