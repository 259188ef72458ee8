"""Order: which message may follow which, as literal tables, one for each sender.

Here lives: the legal successions of plaintext messages (RFC 5246 section 7.3, RFC 6347 section 4.2.4, RFC 8446 section 2), and so which
message tells its sender.  Only one sender's own order is told: across senders the capture's order proves nothing.  Here does not
live: when a handshake is over (``progress``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import codes

if TYPE_CHECKING:
    from analyzer.handshakes.handshake import Seen

__all__ = ["CHANGE_CIPHER_SPEC", "FIRST", "allowed", "put_in_place", "sender_of"]

CHANGE_CIPHER_SPEC = -1
"""Stands for the ChangeCipherSpec record among handshake types."""
FIRST = -2
"""Stands for "nothing sent yet"."""

_NEXT: dict[str, dict[int, frozenset[int]]] = {
    CLIENT: {
        FIRST: frozenset({codes.CLIENT_HELLO}),
        codes.CLIENT_HELLO: frozenset({codes.CLIENT_HELLO, codes.SUPPLEMENTAL_DATA, codes.CERTIFICATE, codes.CLIENT_KEY_EXCHANGE,
                                       CHANGE_CIPHER_SPEC}),
        codes.SUPPLEMENTAL_DATA: frozenset({codes.CERTIFICATE, codes.CLIENT_KEY_EXCHANGE}),
        codes.CERTIFICATE: frozenset({codes.CLIENT_KEY_EXCHANGE}),
        codes.CERTIFICATE_URL: frozenset({codes.CLIENT_KEY_EXCHANGE}),
        codes.CLIENT_KEY_EXCHANGE: frozenset({codes.CERTIFICATE_VERIFY, CHANGE_CIPHER_SPEC}),
        codes.CERTIFICATE_VERIFY: frozenset({CHANGE_CIPHER_SPEC}),
        CHANGE_CIPHER_SPEC: frozenset({codes.CLIENT_HELLO}),
    },
    SERVER: {
        FIRST: frozenset({codes.HELLO_REQUEST, codes.SERVER_HELLO, codes.HELLO_RETRY_REQUEST, codes.HELLO_VERIFY_REQUEST}),
        codes.HELLO_REQUEST: frozenset({codes.HELLO_REQUEST, codes.SERVER_HELLO}),
        codes.HELLO_VERIFY_REQUEST: frozenset({codes.HELLO_VERIFY_REQUEST, codes.SERVER_HELLO}),
        codes.HELLO_RETRY_REQUEST: frozenset({codes.SERVER_HELLO, CHANGE_CIPHER_SPEC}),
        codes.SERVER_HELLO: frozenset({codes.SERVER_HELLO, codes.SUPPLEMENTAL_DATA, codes.CERTIFICATE, codes.CERTIFICATE_STATUS,
                                       codes.SERVER_KEY_EXCHANGE, codes.CERTIFICATE_REQUEST, codes.SERVER_HELLO_DONE,
                                       codes.NEW_SESSION_TICKET, CHANGE_CIPHER_SPEC}),
        codes.SUPPLEMENTAL_DATA: frozenset({codes.CERTIFICATE, codes.SERVER_KEY_EXCHANGE}),
        codes.CERTIFICATE: frozenset({codes.CERTIFICATE_STATUS, codes.SERVER_KEY_EXCHANGE, codes.CERTIFICATE_REQUEST,
                                      codes.SERVER_HELLO_DONE}),
        codes.CERTIFICATE_STATUS: frozenset({codes.SERVER_KEY_EXCHANGE, codes.CERTIFICATE_REQUEST, codes.SERVER_HELLO_DONE}),
        codes.SERVER_KEY_EXCHANGE: frozenset({codes.CERTIFICATE_REQUEST, codes.SERVER_HELLO_DONE}),
        codes.CERTIFICATE_REQUEST: frozenset({codes.SERVER_HELLO_DONE}),
        codes.SERVER_HELLO_DONE: frozenset({codes.NEW_SESSION_TICKET, CHANGE_CIPHER_SPEC}),
        codes.NEW_SESSION_TICKET: frozenset({CHANGE_CIPHER_SPEC}),
        CHANGE_CIPHER_SPEC: frozenset({codes.SERVER_HELLO}),
    },
}  # fmt: skip


def allowed(sender: str, before: int, code: int) -> bool:
    """Tell whether ``sender`` may send ``code`` right after ``before`` (FIRST at the start); unknown types pass."""
    table = _NEXT[sender]
    return before not in table or code in table[before] or code not in _ALL


def sender_of(code: int) -> str | None:
    """Return the one sender that may send this message in plaintext, None where both may or nobody is known to."""
    return _SENDER_OF.get(code)


def put_in_place(seen: list[Seen], count: int) -> None:
    """Put what was added behind the first ``count`` before what its sender sent after it, where datagrams came out of order.

    Plaintext messages come first, then the ChangeCipherSpec, then what is encrypted.
    """
    if len(seen) == count:
        return
    last = seen[-1]
    for index in range(count):
        if seen[index].sender == last.sender and _stage(seen[index]) > _stage(last):
            seen.insert(index, seen.pop())
            return


def _stage(seen: Seen) -> int:
    return 2 if seen.code is None else int(seen.code == CHANGE_CIPHER_SPEC)


_ALL = frozenset(code for table in _NEXT.values() for follow in table.values() for code in follow)

_SAID = {sender: frozenset(code for follow in table.values() for code in follow) for sender, table in _NEXT.items()}
_SENDER_OF = {code: sender for sender, other in ((CLIENT, SERVER), (SERVER, CLIENT)) for code in _SAID[sender] - _SAID[other]}
