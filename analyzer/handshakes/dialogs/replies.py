"""Replies: the protocols whose servers answer in three digits — SMTP (RFC 3207), LMTP (RFC 2033), FTP (RFC 4217), NNTP (RFC 4642).

Here lives: their replies over many lines, what in them offers, grants and refuses TLS, by which words one is told from another.  Here
does not live: lines, which reply belongs to which command (``lines``).
"""

from __future__ import annotations

import re
from functools import partial

import msgspec

from analyzer.handshakes.dialogs.dialog import Row, begins
from analyzer.handshakes.dialogs.lines import Paired

__all__ = ["FIRST_BYTES", "ROWS", "Language", "Replies"]


class Language(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one protocol says: patterns of the client's lines, codes and lines of the server's replies."""

    protocol: str
    greets: frozenset[bytes]
    names: re.Pattern[bytes]
    """Words of a greeting that cannot be another protocol's."""
    alone: re.Pattern[bytes]
    """Commands that no other protocol has."""
    own: re.Pattern[bytes]
    """Commands that no other protocol has whose replies are three digits."""
    commands: tuple[tuple[str, re.Pattern[bytes]], ...]
    """Kind of a command (``lines.Paired``) -> its pattern; the first that fits."""
    grants: bytes
    answers: frozenset[bytes]
    """Codes that only this protocol answers its request with: STARTTLS is a command of several."""
    offer: re.Pattern[bytes]
    """The line that offers TLS, in a reply that lists capabilities."""
    lists: bytes
    """The code of that reply."""
    blocks: frozenset[bytes] = frozenset()
    """Codes whose reply goes on until a line of one dot (RFC 3977 section 3.1.1)."""


def _words(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.IGNORECASE)


SMTP = Language(
    protocol="smtp",
    greets=frozenset({b"220", b"554"}),
    names=_words(rb"\b(E?SMTP|LMTP)\b(?!.*\bFTP\b)"),
    alone=_words(rb"(EHLO|HELO|LHLO)\s+\S"),
    own=_words(rb"MAIL FROM:|AUTH (PLAIN|LOGIN|CRAM-MD5|XOAUTH2|OAUTHBEARER|SCRAM-)"),
    commands=(("request", _words(rb"STARTTLS\s*$")), ("asks", _words(rb"(EHLO|LHLO)\b")), ("leaves", _words(rb"(MAIL|AUTH|DATA|QUIT)\b"))),
    grants=b"220",
    answers=frozenset({b"220", b"454", b"501", b"503", b"530", b"538", b"554"}),
    offer=_words(rb"250[- ]STARTTLS\s*$"),
    lists=b"250",
)
FTP = Language(
    protocol="ftp",
    greets=frozenset({b"220", b"120", b"421"}),
    names=_words(rb"(?<!S)FTPD?(?![.\w])(?!.*\bE?SMTP\b)|FileZilla Server"),
    alone=_words(rb"AUTH\s+(TLS|TLS-C|TLS-P|SSL)\s*$"),
    own=_words(rb"FEAT\s*$|USER\s+\S|PBSZ\s|PROT\s|SYST\s*$"),
    commands=(("request", _words(rb"AUTH\s+(TLS|TLS-C|TLS-P|SSL)\s*$")), ("asks", _words(rb"FEAT\b")),
              ("leaves", _words(rb"(PASS|ACCT|PASV|EPSV|PORT|EPRT|LIST|RETR|STOR|QUIT)\b"))),
    grants=b"234",
    answers=frozenset({b"234"}),
    offer=_words(rb"(211-)?\s*AUTH\b.*\b(TLS|SSL)\b"),
    lists=b"211",
)  # fmt: skip
NNTP = Language(
    protocol="nntp",
    greets=frozenset({b"200", b"201", b"400", b"502"}),
    names=_words(rb"\b(NNTP|NNRP|InterNetNews|INN|NetNews|news)\b"),
    alone=_words(rb"CAPABILITIES\b|MODE\s+READER\s*$|AUTHINFO\s"),
    own=_words(rb"GROUP\s+\S|XOVER\b|IHAVE\s+<|MODE\s+STREAM"),
    commands=(("request", _words(rb"STARTTLS\s*$")), ("asks", _words(rb"CAPABILITIES\b")),
              ("leaves", _words(rb"(AUTHINFO|GROUP|LISTGROUP|ARTICLE|HEAD|BODY|STAT|X?OVER|NEWNEWS|NEWGROUPS|POST|IHAVE|CHECK|QUIT)\b"))),
    grants=b"382",
    answers=frozenset({b"382", b"580", b"483"}),
    offer=_words(rb"STARTTLS\s*$"),
    lists=b"101",
    blocks=frozenset({b"100", b"101", b"215", b"224", b"225", b"230", b"231"}),
)  # fmt: skip

_REPLY = re.compile(rb"([1-6]\d\d)(?:$|([- ]))")
_PRINTABLE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")


class Replies(Paired):
    """One dialog in a ``Language``."""

    def __init__(self, client_side: int, language: Language) -> None:
        """Begin with no reply."""
        self.protocol = language.protocol
        super().__init__(client_side)
        self._language = language
        self._code = b""
        """Code of the reply that goes on, b"" between two replies."""
        self._first, self._named, self._found, self._count = b"", False, False, 0
        """Of this reply: its first line, whether a line names the protocol, or offers TLS, and how many lines it has."""
        self._replied = self._own = False

    def asks(self, line: bytes) -> None:
        """Take a command, or what goes as one (the lines of an authentication)."""
        language = self._language
        if not _PRINTABLE.fullmatch(line):
            self.sure = self.sure or False
            return
        self._own = self._own or language.own.match(line) is not None
        if language.alone.match(line) or (self._own and self._replied):
            self.sure = True
        if language is SMTP and line[:4].upper() == b"LHLO":
            self.prelude.protocol = "lmtp"
        self.command(next((kind for kind, pattern in language.commands if pattern.match(line)), "other"))

    def says(self, line: bytes) -> None:
        """Take a line of a reply; the last one has a space (or nothing) behind the code, or is a dot."""
        code, found, blocks = self._code, _REPLY.match(line), self._language.blocks
        if not code:
            if found is None:
                self.sure = self.sure or False
                return
            code, self._replied = found[1], True
            self._first, self._named, self._found, self._count = line, False, False, 0
        self._count += 1
        self._named = self._named or self._language.names.search(line) is not None
        self._found = self._found or (code == self._language.lists and self._language.offer.match(line) is not None)
        ended = line == b"." if code in blocks else found is not None and found[1] == code and found[2] != b"-"
        self._code = b"" if ended else code
        if ended:
            self._ended(code, line)

    def _ended(self, code: bytes, line: bytes) -> None:
        language = self._language
        if self._own:
            self.sure = True
        if code == language.lists and self._count > 1:
            self.prelude.offered = self.prelude.offered or self._found
        if code[:1] == b"1" and code not in language.blocks:
            return  # preliminary: the reply is still to come
        if code == language.grants and self._greeted:
            self._last = line
        self.reply(code, line)

    def opens(self, code: bytes, line: bytes) -> bool:
        """Take a greeting; with commands about it is one only where it cannot answer the first of them."""
        del line
        language = self._language
        if code not in language.greets or (self._commands and (code != b"220" or self._commands[0] == "request")):
            return False
        self.greet(self._first)
        if language is SMTP and b"LMTP" in self._first.upper() and b"SMTP" not in self._first.upper():
            self.prelude.protocol = "lmtp"
        if self._named:
            self.sure = True
        return True

    def answers(self, kind: str, code: bytes, line: bytes) -> None:
        """Take the reply to a command."""
        language = self._language
        if kind == "request":
            if code == language.grants:
                self.grant(line)
            elif code[:1] in b"45":
                self.refuse(line)
            if code in language.answers:
                self.sure = True
        elif kind == "asks" and code[:1] in b"12":
            self.prelude.offered = bool(self.prelude.offered)
        elif kind == "leaves" and code[:1] in b"23" and "request" not in self._commands:
            self.moved_on(surely=True)


def _row(language: Language, client: tuple[bytes, ...], server: tuple[bytes, ...]) -> Row:
    return Row(begins(*client), begins(*server), partial(Replies, language=language))


_SMTP = (b"EHLO ", b"HELO ", b"LHLO ", b"STARTTLS")
_FTP = (b"AUTH TLS", b"AUTH SSL", b"FEAT\r\n", b"FEAT\n", b"USER ")
_NNTP = (b"CAPABILITIES", b"MODE READER", b"STARTTLS")
_GREETS = (b"220 ", b"220-", b"220\r", b"200 ", b"201 ")

ROWS: tuple[Row, ...] = (
    _row(SMTP, _SMTP, (b"220 ", b"220-", b"220\r", b"554 ", b"250-")),
    _row(FTP, _FTP, (b"220 ", b"220-", b"220\r", b"120 ", b"211-")),
    _row(NNTP, _NNTP, (b"200 ", b"201 ", b"101 ")),
)
FIRST_BYTES: tuple[tuple[int, bytes], ...] = tuple((0, word) for word in dict.fromkeys((*_GREETS, *_SMTP, *_FTP, *_NNTP)))
