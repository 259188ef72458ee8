"""Chats: the protocols of messages between people — XMPP (RFC 6120), of clients and of servers, and IRC (its STARTTLS and CAP extensions).

Here lives: the XML stream cut into tags, IRC's numerics, what in them offers, requests, grants and refuses TLS.  Here does not live:
lines (``lines``).
"""

from __future__ import annotations

import re

from analyzer.handshakes.dialogs.dialog import KEPT, Dialog, Row, begins, tls_begins
from analyzer.handshakes.dialogs.lines import LONGEST, LineDialog

__all__ = ["FIRST_BYTES", "ROWS", "Irc", "Xmpp"]

_TLS = b"urn:ietf:params:xml:ns:xmpp-tls"
_STREAM = b"http://etherx.jabber.org/streams"
_TAG = re.compile(rb"<(/?)(?:[\w.-]+:)?([\w.-]+)")
"""A tag's slash and its name without the prefix: which one stands for which namespace each stream says for itself."""
_ID = re.compile(rb"\sid\s*=")
_XMPP_LEAVES = frozenset({b"auth", b"authenticate", b"iq", b"message", b"presence", b"result", b"verify"})
_XMPP_AGREES = frozenset({b"success", b"challenge", b"iq", b"message", b"presence", b"result", b"verify"})


class Xmpp(Dialog):
    """XMPP: two XML documents that grow, one a side (RFC 6120 section 5.4)."""

    protocol = "xmpp"

    def __init__(self, client_side: int) -> None:
        """Begin before the stream headers."""
        super().__init__(client_side)
        self._parts = bytearray(), bytearray()
        self._over = [False, False]
        self._offers = False
        self._leaving = 0

    def take(self, side: int, data: bytes) -> int | None:
        """Cut the bytes at each tag's end; where TLS begins behind one, or the server has granted it, the dialog is over."""
        if self._over[side]:
            return 0
        part, at = self._parts[side], 0
        while at < len(data):
            if not part and tls_begins(data, at):
                self._over[side] = True
                return at
            end = data.find(b">", at) + 1
            part += data[at : min(end or len(data), at + LONGEST - len(part))]
            if not end:
                break
            at, tag = end, bytes(part[max(0, part.rfind(b"<")) :])
            part.clear()
            self._tag(side, tag)
            if self.prelude.granted:
                self._over = [True, True]
                return at
            if self.settled or self.sure is False:
                break
        return None

    def _tag(self, side: int, tag: bytes) -> None:
        found = _TAG.match(tag)
        if found is None:
            if not tag.startswith((b"<?", b"<!")):
                self.sure = self.sure or False
            return
        name = found[2]
        if name == b"stream":
            self._header(side, tag)
        elif self.sure is None and _TLS not in tag:
            self.sure = False  # XML, but no stream of XMPP
        elif side == self.prelude.client_side:
            self._asks(name, tag)
        else:
            self._says(found[1] == b"/", name, tag)

    def _header(self, side: int, tag: bytes) -> None:
        """A stream's header; only the answering side gives an id (RFC 6120 section 4.7.3)."""
        if _STREAM in tag:
            self.sure = True
        if _ID.search(tag):
            self.prelude.client_side = 1 - side
        if side != self.prelude.client_side:
            self.prelude.greeting = self.prelude.greeting or tag[:KEPT]

    def _asks(self, name: bytes, tag: bytes) -> None:
        if name == b"starttls" and _TLS in tag:
            self.prelude.requested = True
        elif name in _XMPP_LEAVES:
            self._leaving += 1
            self.settled = self.settled or self._leaving > 2

    def _says(self, closes: bool, name: bytes, tag: bytes) -> None:
        prelude = self.prelude
        if name == b"starttls":
            self._offers = prelude.offered = True
            self.sure = True
        elif name == b"features" and (closes or tag.endswith(b"/>")):
            prelude.offered = self._offers
        elif name in {b"proceed", b"failure"} and _TLS in tag:
            self.sure = True
            prelude.requested, prelude.granted, prelude.answer = True, name == b"proceed", tag[:KEPT]
        elif name in _XMPP_AGREES and self._leaving:
            self.settled = True


class Irc(LineDialog):
    """IRC: numerics 670 and 691 answer STARTTLS, CAP LS lists "tls"; a client that is welcome (001) has registered without."""

    protocol = "irc"
    _SAYS = re.compile(rb"(?:@\S+ )?:?\S+ +(\d{3}|NOTICE|CAP)(?: +(.*))?$")
    _ASKS = re.compile(rb"(?:CAP +(?:LS|LIST|REQ|END)|NICK|USER|PASS|STARTTLS|JOIN|PRIVMSG)\b", re.IGNORECASE)
    _REFUSES = frozenset({b"691", b"421", b"451", b"462"})
    _asked = _said = _offers = False

    def asks(self, line: bytes) -> None:
        """Take a command."""
        if self._ASKS.match(line) is None:
            self.sure = self.sure or (None if self._said or self._asked else False)
            return
        word, self._asked = line.split(b" ", 1)[0].rstrip().upper(), True
        self.sure = self.sure or self._said or word == b"CAP" or None
        if word == b"STARTTLS":
            self.prelude.requested = True
        elif word in {b"JOIN", b"PRIVMSG"}:
            self.moved_on(surely=False)

    def says(self, line: bytes) -> None:
        """Take a message of the server."""
        found = self._SAYS.match(line)
        if found is None:
            if not line.startswith((b"PING", b"ERROR", b"NOTICE")):
                self.sure = self.sure or False
            return
        code, rest = found[1], found[2] or b""
        self._said = True
        self.sure = self.sure or self._asked or code == b"CAP" or None
        self.greet(line)
        if code == b"670":
            self.sure = True
            self.grant(line)
        elif self.prelude.requested and code in self._REFUSES and (code == b"691" or b"STARTTLS" in rest.upper()):
            self.sure = True
            self.refuse(line)
        elif code == b"CAP":
            self._lists(rest)
        elif code == b"005" and b"STARTTLS" in rest.split():
            self.prelude.offered = True
        elif code == b"001":
            self.moved_on(surely=True)

    def _lists(self, rest: bytes) -> None:
        """Look for ``tls`` in the answer to CAP LS; one with a star goes on in the next line."""
        kind, _, names = rest.partition(b":")
        words = kind.split()
        if b"LS" in words:
            self._offers = self._offers or any(name.split(b"=")[0] == b"tls" for name in names.split())
            if words[-1] != b"*" or self._offers:
                self.prelude.offered = self._offers


def _message(data: bytes) -> bool | None:
    """The sign of an IRC server: a prefix, then a numeric, NOTICE or CAP."""
    if data.startswith(b"NOTICE "):
        return True
    if data[:1] != b":":
        return None if b"NOTICE ".startswith(data) else False
    prefix, space, rest = data.partition(b" ")
    if not space:
        return None if len(prefix) < 64 else False
    if rest[:3].isdigit() and len(rest) >= 3:
        return True
    return None if len(rest) < 3 and rest.isdigit() else begins(b"NOTICE ", b"CAP ")(rest)


_XMPP = (b"<?XML ", b"<STREAM:STREAM ", b"<STARTTLS ", b"<STREAM ")
_XMPP_SERVER = (b"<STREAM:FEATURES", b"<PROCEED ")
_IRC = (b"CAP LS", b"NICK ", b"STARTTLS", b"CAP REQ")

ROWS: tuple[Row, ...] = (
    Row(begins(*_XMPP), begins(*_XMPP_SERVER), Xmpp),
    Row(begins(*_IRC), _message, Irc),
)
FIRST_BYTES: tuple[tuple[int, bytes], ...] = tuple((0, word) for word in (*_XMPP, *_XMPP_SERVER, *_IRC, b"NOTICE "))
