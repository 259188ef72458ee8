"""Preludes: what is spoken on one flow before TLS, one protocol after the other, recognised by the first bytes of either side.

Here lives: the table of all protocols, the choice among those that an opening may begin.  Here does not live: the protocols
themselves (one file a kind, the imports below name them), the nouns (``prelude``), where TLS is read (``conversation``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from analyzer.handshakes.dialogs import chats, databases, desktop, directories, mailboxes, proxies, proxy_header, replies, socks, tds
from analyzer.handshakes.dialogs.dialog import tls_begins

if TYPE_CHECKING:
    from analyzer.handshakes.dialogs.dialog import Dialog, Row, Sign
    from analyzer.handshakes.prelude import Prelude
    from analyzer.limits import Limits

__all__ = ["FIRST_BYTES", "ROWS", "Preludes", "starts"]

ROWS: tuple[Row, ...] = (
    *replies.ROWS,
    *mailboxes.ROWS,
    *chats.ROWS,
    *databases.ROWS,
    *directories.ROWS,
    *desktop.ROWS,
    *tds.ROWS,
    *proxies.ROWS,
    *socks.ROWS,
    *proxy_header.ROWS,
)
"""All protocols that can come before TLS.  Where two fit the same bytes both are followed until one is sure."""

FIRST_BYTES: tuple[tuple[int, bytes] | tuple[int, bytes, int], ...] = (
    *replies.FIRST_BYTES,
    *mailboxes.FIRST_BYTES,
    *chats.FIRST_BYTES,
    *databases.FIRST_BYTES,
    *directories.FIRST_BYTES,
    *desktop.FIRST_BYTES,
    *tds.FIRST_BYTES,
    *proxies.FIRST_BYTES,
    *socks.FIRST_BYTES,
    *proxy_header.FIRST_BYTES,
)
"""(offset, bytes), or (offset, bytes, first byte), of the segment of either side with which a prelude may begin; letters in both cases."""

OPENING = 64
"""Bytes within which a sign must know."""


class Preludes:
    """The preludes of one flow.  ``side`` is 0 or 1 as in ``streams.flow``."""

    def __init__(self, limits: Limits) -> None:
        """Know nothing yet."""
        self.told: list[Prelude] = []
        """Those recognised beyond doubt, in order."""
        self._limits = limits
        self._stages = [Stage(limits.looks)]
        self._at = [0, 0]
        self._read = 0

    @property
    def going(self) -> bool:
        """Whether a prelude, or what may become one, has begun and is not over."""
        return self._stages[-1].going

    def goes_on(self, side: int) -> bool:
        """Whether this side is in a prelude that is known beyond doubt, and may have more to say of it."""
        return self._stages[self._at[side]].dialog is not None

    @property
    def settled(self) -> bool:
        """Whether the flow need not be read on: TLS was not taken, or too much was said without it."""
        dialog = self._stages[-1].dialog
        return self._read > self._limits.patience_bytes or (dialog is not None and dialog.settled)

    @property
    def framing(self) -> str | None:
        """What TLS records are wrapped in from here on (``Dialog.framing``)."""
        return next((stage.dialog.framing for stage in self._stages if stage.dialog is not None and stage.dialog.framing), None)

    def unwrap(self, side: int, data: bytes) -> bytes:
        """Return the TLS bytes in those of one side, in order, while ``framing`` is set; stateful, for any segmentation."""
        for stage in self._stages:
            if stage.dialog is not None and stage.dialog.framing:
                return stage.dialog.unwrap(side, data)
        return data

    def take(self, side: int, data: bytes, packet: int, time: int) -> int:
        """Feed bytes of one side, in order, that came before TLS; return the offset at which something else than a prelude begins.

        len(data) says that all of it belongs to preludes, or is plaintext that nobody knows.
        """
        self._read += len(data)
        at = 0
        while at < len(data) and not self.settled:
            stage = self._stages[self._at[side]]
            if not stage.going and (tls_begins(data, at) or (self._at[side] and not stage.looked(side) and not starts(data[at:]))):
                return at
            before = stage.dialog
            taken = stage.take(side, data[at:])
            if stage.dialog is not None and before is None:
                self.told.append(stage.dialog.prelude)
            if taken != 0:
                stage.mark(packet, time, self._limits.messages)
            if taken is None:
                break
            at += taken
            if stage.dialog is None or not self._next(side) or self.framing:
                return at
        return len(data)

    def back(self, side: int) -> bytes:
        """Return, once, the bytes that ``take`` held as half a sign and that the latest ones showed to be none."""
        stage = self._stages[self._at[side]]
        held, stage.held[side] = stage.held[side], b""
        return held

    def _next(self, side: int) -> bool:
        """Go on to what follows a prelude; return False where too many follow each other."""
        if self._at[side] + 1 == self._limits.preludes:
            return False
        self._at[side] += 1
        if self._at[side] == len(self._stages):
            self._stages.append(Stage(self._limits.looks))
        return True


def starts(data: bytes) -> bool:
    """Whether the first bytes of a segment may begin a prelude (or be too few to tell)."""
    opening = data[:OPENING]
    return bool(opening) and any(sign(opening) is not False for _, _, sign in _signs()[opening[0]])


@cache
def _signs() -> tuple[tuple[tuple[Row, bool, Sign], ...], ...]:
    """Return for each first byte the signs that may hold: (row, whether it is the client's, sign)."""
    signs = [(row, sign is row.client, sign) for row in ROWS for sign in row[:2] if sign is not None]
    return tuple(tuple(one for one in signs if one[2](bytes([byte])) is not False) for byte in range(256))


class Stage:
    """One prelude of a flow: candidates until one of them is sure."""

    def __init__(self, looks: int) -> None:
        """Know nothing yet; a start is looked for at so many places of each side."""
        self._most = looks
        self.dialog: Dialog | None = None
        """The one that is sure."""
        self._candidates: dict[tuple[Row, int], Dialog] = {}
        self._pending = [b"", b""]
        self.held = [b"", b""]
        """Of each side, what was pending and turned out to be no sign."""
        self._looked = [0, 0]
        self._noted: list[tuple[int, int]] = []

    @property
    def going(self) -> bool:
        """Whether something of it, or what may become it, was seen."""
        return bool(self._candidates) or any(self._pending)

    def looked(self, side: int) -> bool:
        """Whether bytes of this side were looked at."""
        return self._looked[side] > 0

    def mark(self, packet: int, time: int, most: int) -> None:
        """Note a packet that says something of it, and when; one that holds half a sign waits until there is somebody to tell."""
        self._noted = [*self._noted[-OPENING:], (packet, time)]
        for dialog in self._candidates.values():
            prelude = dialog.prelude
            prelude.start = prelude.start if prelude.packets else self._noted[0][1]
            prelude.end = max(prelude.end, time)
            prelude.packets += [one for one, _ in self._noted if one not in prelude.packets[-2:]][: most - len(prelude.packets)]
        if self._candidates or not any(self._pending):
            self._noted = []

    def take(self, side: int, data: bytes) -> int | None:
        """Take bytes in order of one side; as ``Dialog.take``."""
        if self.dialog is not None:
            return self.dialog.take(side, data)
        over = None
        for key, dialog in list(self._candidates.items()):
            taken = self._try(key, dialog, side, data)
            if self.dialog is not None:
                return taken
            over = taken if over is None else over
        if over is None and (not self._candidates or self._pending[side] or not self._looked[side]):
            return self._look(side, data)
        return over

    def _try(self, key: tuple[Row, int], dialog: Dialog, side: int, data: bytes) -> int | None:
        """Let a candidate take bytes; one that is sure is the dialog, one that is out is forgotten."""
        taken = dialog.take(side, data)
        if dialog.sure:
            self.dialog = dialog
            self._candidates = {key: dialog}
        elif dialog.sure is False:
            self._candidates.pop(key, None)
            return None
        return taken

    def _look(self, side: int, data: bytes) -> int | None:
        """Look for the start of a protocol: at the first bytes, and while nothing is known at each segment and line."""
        before = len(self._pending[side])
        head, at = self._pending[side] + data, 0
        held, self._pending[side], self.held[side] = self._pending[side], b"", b""
        while at < len(head) and self._looked[side] < self._most:
            opening = head[at : at + OPENING]
            signs = [(row, own, fits) for row, own, sign in _signs()[opening[0]] if (fits := sign(opening)) is not False]
            if any(fits is None for _, _, fits in signs) and len(opening) < OPENING:
                self._pending[side] = opening
                return None
            self._looked[side] += 1
            for row, own, fits in signs:
                key = row, side if own else 1 - side
                if fits and key not in self._candidates:
                    dialog = self._candidates[key] = row.make(key[1])
                    taken = self._try(key, dialog, side, head[at:])
                    if self.dialog is not None:
                        return None if taken is None else max(0, at + taken - before)
            if self._candidates:
                return None
            at = head.find(b"\n", at) + 1
            if not at:
                break
        self.held[side] = held
        return None
