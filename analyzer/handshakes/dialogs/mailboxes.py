"""Mailboxes: the protocols by which mail is fetched and sorted — IMAP (RFC 9051), POP3 (RFC 2595), ManageSieve (RFC 5804).

Here lives: their greetings, capabilities, requests and answers.  Here does not live: lines, which reply belongs to which command
(``lines``).
"""

from __future__ import annotations

import re

from analyzer.handshakes.dialogs.dialog import Row, Sign, begins
from analyzer.handshakes.dialogs.lines import LineDialog, Paired

__all__ = ["FIRST_BYTES", "ROWS", "Imap", "ManageSieve", "Pop3"]

_CLIENT = re.compile(rb"([^\s(){%*\"\\\]+]{1,32}) +([A-Za-z]+)(?: |$)")
"""An IMAP command: tag (RFC 9051 section 9) and name."""
_TAGGED = re.compile(rb"([^\s(){%*\"\\\]+]{1,32}) +(OK|NO|BAD)\b", re.IGNORECASE)
_UNTAGGED = re.compile(rb"\* +(OK|PREAUTH|BYE)\b", re.IGNORECASE)
_CAPABILITIES = re.compile(rb"(?:\* +|\[)CAPABILITY +([^\]]*)", re.IGNORECASE)
_IMAP_LEAVES = {b"LOGIN", b"AUTHENTICATE", b"SELECT", b"EXAMINE", b"LIST", b"LOGOUT"}
_IMAP_COMMANDS = {*_IMAP_LEAVES, b"CAPABILITY", b"STARTTLS", b"NOOP", b"ID", b"ENABLE"}

_POP3_COMMANDS = {b"STLS": "request", b"CAPA": "asks", b"PASS": "leaves", b"APOP": "leaves", b"AUTH": "leaves", b"STAT": "leaves",
                  b"LIST": "leaves", b"QUIT": "leaves", b"USER": "other"}  # fmt: skip
_SIEVE_COMMANDS = {b"STARTTLS": "request", b"CAPABILITY": "asks", b"AUTHENTICATE": "leaves", b"LISTSCRIPTS": "leaves",
                   b"PUTSCRIPT": "leaves", b"LOGOUT": "leaves", b"NOOP": "other"}  # fmt: skip
"""Command -> its kind (``lines.Paired``)."""
_CAPABILITY = re.compile(rb"\"([A-Z0-9-]{3,20})\"", re.IGNORECASE)
_ENDS = re.compile(rb"(OK|NO|BYE)(?:[ (\"]|$)", re.IGNORECASE)


class Imap(LineDialog):
    """IMAP; which answer belongs to STARTTLS its tag says (RFC 9051 section 6.2.1)."""

    protocol = "imap"

    def __init__(self, client_side: int) -> None:
        """Begin with no command."""
        super().__init__(client_side)
        self._tags: dict[bytes, bytes] = {}
        self._answers: dict[bytes, tuple[bytes, bytes]] = {}
        self._spoken = False

    def asks(self, line: bytes) -> None:
        """Take a command, or a line that goes on with one."""
        found = _CLIENT.match(line)
        if found is None or (name := found[2].upper()) not in _IMAP_COMMANDS:
            return
        if self._spoken or name == b"CAPABILITY":
            self.sure = True
        if name == b"STARTTLS":
            self.prelude.requested = True
        elif name in _IMAP_LEAVES:
            self.moved_on(surely=False)
        if found[1] in self._answers:
            self._pair(name, *self._answers.pop(found[1]))
        elif len(self._tags) < 64:
            self._tags[found[1]] = name

    def says(self, line: bytes) -> None:
        """Take a response."""
        if (listed := _CAPABILITIES.search(line)) is not None:
            self.prelude.offered = b"STARTTLS" in listed[1].upper().split()
        if (found := _UNTAGGED.match(line)) is not None:
            self.greet(line)
            self.sure = True
            return
        if (found := _TAGGED.match(line)) is None:
            if not line.startswith((b"*", b"+")):
                self.sure = self.sure or False
            return
        self._spoken, self._last = True, line if found[2].upper() == b"OK" else b""
        if found[1] in self._tags:
            self.sure = True
            self._pair(self._tags.pop(found[1]), found[2].upper(), line)
        elif len(self._answers) < 64:
            self._answers[found[1]] = found[2].upper(), line

    def _pair(self, name: bytes, verdict: bytes, line: bytes) -> None:
        self.sure = True
        if name == b"STARTTLS":
            (self.grant if verdict == b"OK" else self.refuse)(line)
        elif name in _IMAP_LEAVES and verdict == b"OK" and b"STARTTLS" not in self._tags.values():
            self.moved_on(surely=True)


class Pop3(Paired):
    """POP3: +OK and -ERR; a list goes on until a line of one dot (RFC 1939 section 3)."""

    protocol = "pop3"
    _listing = False

    def asks(self, line: bytes) -> None:
        """Take a command."""
        word = line[:5].split(b" ")[0].rstrip().upper()
        if word in _POP3_COMMANDS and self._greeted:
            self.sure = True
        elif word not in _POP3_COMMANDS and self.sure is None:
            self.sure = False
            return
        self.command("asks" if line.strip().upper() == b"AUTH" else _POP3_COMMANDS.get(word, "other"))  # AUTH alone asks what there is

    def says(self, line: bytes) -> None:
        """Take a reply, or a line of a list."""
        word = line[:5].split(b" ")[0].rstrip().upper()
        if word in {b"+OK", b"+", b"-ERR"}:
            self._last = line if self._greeted and word == b"+OK" else b""
            self.reply(word, line)
        elif line.rstrip().upper() == b"STLS":
            self.prelude.offered = True
        elif line == b"." and self._listing:
            self._listing, self.prelude.offered = False, bool(self.prelude.offered)
        elif self.sure is None and not self._greeted:
            self.sure = False

    def opens(self, code: bytes, line: bytes) -> bool:
        """Take a greeting: others begin with +OK too (Redis), so that the word or a command of POP3 has to be there."""
        if code == b"+" or self._commands:
            return False
        self.greet(line)
        self.sure = self.sure or b"POP" in line.upper() or None
        return True

    def answers(self, kind: str, code: bytes, line: bytes) -> None:
        """Take the reply to a command."""
        self.sure = True
        agreed = code != b"-ERR"
        if kind == "request":
            (self.grant if agreed else self.refuse)(line)
        elif kind == "asks":
            self._listing = agreed
        elif kind == "leaves" and agreed and "request" not in self._commands:
            self.moved_on(surely=True)


class ManageSieve(Paired):
    """ManageSieve: capabilities first, one a line in quotes, each answer ends with OK, NO or BYE (RFC 5804 section 1.7)."""

    protocol = "managesieve"
    _listed = _found = False

    def asks(self, line: bytes) -> None:
        """Take a command, or a line that goes on with one (of an authentication)."""
        word = line.split(b" ", 1)[0].upper()
        if word in _SIEVE_COMMANDS:
            self.command(_SIEVE_COMMANDS[word])

    def says(self, line: bytes) -> None:
        """Take a capability or the end of an answer."""
        if (found := _CAPABILITY.match(line)) is not None:
            self.greet(line)
            name = found[1].upper()
            self._listed = True
            self._found = self._found or name == b"STARTTLS"
            if name in {b"IMPLEMENTATION", b"SIEVE"}:
                self.sure = True
        elif (found := _ENDS.match(line)) is not None:
            if self._listed:
                self.prelude.offered, self._listed, self._found = self._found, False, False
            self._last = line if self._greeted and found[1].upper() == b"OK" else b""
            self.reply(found[1].upper(), line)
        elif self.sure is None:
            self.sure = False

    def opens(self, code: bytes, line: bytes) -> bool:
        """Take the end of the greeting."""
        del line
        return code == b"OK" and not self._commands

    def answers(self, kind: str, code: bytes, line: bytes) -> None:
        """Take the end of an answer."""
        if kind == "request":
            self.sure = True
            (self.grant if code == b"OK" else self.refuse)(line)
        elif kind == "leaves" and code == b"OK" and "request" not in self._commands:
            self.moved_on(surely=True)


def _tagged(*names: bytes) -> Sign:
    """Return the sign of an IMAP command: a tag of letters and digits, a name."""
    known = begins(*names)

    def sign(data: bytes) -> bool | None:
        tag, space, rest = data[:24].partition(b" ")
        if not tag.replace(b".", b"0").isalnum() or len(tag) > 16:
            return False
        return known(rest) if space else None

    return sign


_POP3 = (b"STLS\r", b"STLS\n", b"CAPA\r", b"CAPA\n")
_SIEVE = (b'"IMPLEMENTATION"', b'"SIEVE"', b'"SASL"', b'"STARTTLS"', b'"VERSION"', b'"NOTIFY"')

ROWS: tuple[Row, ...] = (
    Row(_tagged(b"STARTTLS", b"CAPABILITY"), begins(b"* OK", b"* PREAUTH"), Imap),
    Row(begins(*_POP3), begins(b"+OK"), Pop3),
    Row(begins(b"STARTTLS", b"CAPABILITY\r", b"CAPABILITY\n"), begins(*_SIEVE), ManageSieve),
)
FIRST_BYTES: tuple[tuple[int, bytes], ...] = tuple(
    (0, word)
    for word in (b"* OK", b"* PREAUTH", b"+OK", b"STLS\r\n", b"CAPA\r\n", *_SIEVE, b"CAPABILITY\r\n",
                 *(tag + b" " + name for tag in (b".", b"1", b"A1", b"A001", b"A01", b"0") for name in (b"STARTTLS", b"CAPABILITY")))
)  # fmt: skip
"""An IMAP client may tag its commands with anything: these are the usual ones, and its server speaks first."""
