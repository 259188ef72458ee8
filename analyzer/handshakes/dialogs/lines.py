"""Lines: a dialog whose sides speak in lines (RFC 5321, 3501 and their kin), cut out of bytes in any segmentation.

Here lives: lines, commands and the replies that belong to them, where TLS begins between two lines.  Here does not live: what the
lines mean (``replies``, ``mailboxes``, ``chats``).
"""

from __future__ import annotations

from collections import deque

from analyzer.handshakes.dialogs.dialog import KEPT, Dialog, tls_begins

__all__ = ["LineDialog", "Paired"]

LONGEST = 8192
"""Bytes of a line that are kept (RFC 5321 section 4.5.3.1 allows 512 and 1000, RFC 9051 section 4 advises 8192)."""


class LineDialog(Dialog):
    """A dialog of lines; a protocol adds ``asks`` (a line of the client) and ``says`` (a line of the server).

    Either may call ``grant``, ``refuse`` and ``moved_on``; a line has no line end and at most ``LONGEST`` bytes.
    """

    def __init__(self, client_side: int) -> None:
        """Begin between two lines."""
        super().__init__(client_side)
        self._parts = bytearray(), bytearray()
        self._over = [False, False]
        self._went_on = 0
        self._last = b""

    def asks(self, line: bytes) -> None:
        """Take a line of the client."""
        raise NotImplementedError

    def says(self, line: bytes) -> None:
        """Take a line of the server."""
        raise NotImplementedError

    def take(self, side: int, data: bytes) -> int | None:
        """Cut the bytes into lines; where TLS begins at the start of one, or the server has granted it, the dialog is over."""
        if self._over[side]:
            return 0
        part, at, client = self._parts[side], 0, side == self.prelude.client_side
        while at < len(data):
            if not part and tls_begins(data, at):
                self._over[side] = True
                if not client:
                    self._answered_by_tls()
                return at
            end = data.find(b"\n", at) + 1
            part += data[at : min(end or len(data), at + LONGEST - len(part))]
            if not end:
                break
            line, at = bytes(part).rstrip(b"\r\n"), end
            part.clear()
            (self.asks if client else self.says)(line)
            if self.prelude.granted:
                self._over = [True, True]
                return at
            if self.settled or self.sure is False:
                break
        return None

    def grant(self, line: bytes) -> None:
        """Note that the server agreed."""
        self.prelude.requested, self.prelude.granted, self.prelude.answer = True, True, line[:KEPT]

    def refuse(self, line: bytes) -> None:
        """Note that the server refused."""
        self.prelude.granted, self.prelude.answer = False, line[:KEPT]

    def greet(self, line: bytes) -> None:
        """Note what the server said first."""
        self.prelude.greeting = self.prelude.greeting or line[:KEPT]

    def moved_on(self, *, surely: bool) -> None:
        """Note that the client went on without TLS: settled where the server let it (``surely``), or where it does so again unanswered."""
        self._went_on += 1
        self.settled = self.settled or surely or self._went_on > 2

    def _answered_by_tls(self) -> None:
        """The server speaks TLS although no answer was taken for a grant: the client's side is not in the capture, so its last line was."""
        if self.prelude.granted is None and self._last:
            self.grant(self._last)


class Paired(LineDialog):
    """A dialog in which each reply belongs to the oldest command without one; commands may be sent ahead (pipelining).

    Of a command only its kind is kept ("request", "asks" for capabilities, "leaves" TLS behind, "other"): it may hold a password.
    A protocol calls ``command`` from ``asks`` and ``reply`` from ``says``, and adds ``opens`` (the greeting) and ``answers``.
    """

    def __init__(self, client_side: int) -> None:
        """Begin with no command and no reply."""
        super().__init__(client_side)
        self._commands: deque[str] = deque(maxlen=64)
        self._replies: deque[tuple[bytes, bytes]] = deque(maxlen=64)
        self._greeted = False

    def opens(self, code: bytes, line: bytes) -> bool:
        """Take the first reply of a stream if it is a greeting; return whether it is."""
        raise NotImplementedError

    def answers(self, kind: str, code: bytes, line: bytes) -> None:
        """Take the reply to a command of this kind."""
        raise NotImplementedError

    def command(self, kind: str) -> None:
        """Take a command; its reply may have been captured before it."""
        if kind == "request":
            self.prelude.requested = True
        elif kind == "leaves":
            self.moved_on(surely=False)
        if self._replies:
            self.answers(kind, *self._replies.popleft())
        else:
            self._commands.append(kind)

    def reply(self, code: bytes, line: bytes) -> None:
        """Take a whole reply, its last line; one that nobody asked for waits for its command, if the stream is seen from its start."""
        if not self._greeted and self.opens(code, line):
            self._greeted = True
        elif self._commands:
            self.answers(self._commands.popleft(), code, line)
        elif self._greeted:
            self._replies.append((code, line[:KEPT]))
