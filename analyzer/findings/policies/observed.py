"""Observed: what of a Frame of handshakes a policy may ask about — the value, whether it occurs there at all, whether it can be seen.

Here lives: reading a column as few distinct values, and the three answers yes, no, unknown.  Here does not live: which columns there are
(``subjects``), clauses and their operators (``clauses``).
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from analyzer.findings.policies.subjects import SUBJECTS, Subject
from analyzer.tls.codes import DTLS12, TLS13, speaks_tls13, tls_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyzer.findings.frame import Array, Frame, Mask
    from analyzer.findings.policies.occurrence import Answer
    from analyzer.handshakes.handshake import Handshake
    from analyzer.x509.certificate import Certificate

__all__ = ["Coded", "Observed", "coded"]

Made = TypeVar("Made")

SERVER_HELLO_OF_SSL2 = 256 + 4
ENCRYPTED = frozenset({"alpn", "answered_extensions", "early_data_accepted", "signature_scheme", "signature_scheme_code"})
"""Columns proved by a ServerHello before TLS 1.3, and encrypted in it."""


class Coded(NamedTuple):
    """A column of text as numbers: row i has ``values[codes[i]]``; ``values[0]`` is None.  Lists are tuples of text."""

    codes: Array
    values: list[Any]


def coded(keys: Iterable[str | None], *, split: bool) -> Coded:
    """Number the distinct texts of a column; with ``split`` each is a list, joined by NUL."""
    places: dict[str | None, int] = {None: 0}  # keyed by text, whose hash nobody outside can choose
    codes = np.fromiter((places.setdefault(key, len(places)) for key in keys), dtype=np.int32)
    return Coded(codes, [key if key is None or not split else tuple(key.split("\0")) for key in places])


class Observed:
    """A Frame of handshakes (``things`` are the Handshakes) as policies see it.  Each column is read once, when it is first asked for."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._coded: dict[str, Coded] = {}
        self._numbers: dict[str, tuple[Array, Mask]] = {}
        self._occurs: dict[str, Answer] = {}
        self._shared: dict[str, Any] = {}

    def __len__(self) -> int:
        """Return the number of handshakes."""
        return len(self.frame)

    @property
    def things(self) -> Sequence[Handshake]:
        """The handshakes."""
        return self.frame.things

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what ``make`` gives, made once for this frame."""
        if name not in self._shared:
            self._shared[name] = make()
        made: Made = self._shared[name]
        return made

    # ---- what was seen at all

    def answered(self) -> Answer:
        """Where the server's answer (ServerHello, or SSL 2.0's) was seen: yes, else unknown."""
        return self.once("answered", lambda: _seen(map(_was_answered, self.things), len(self)))

    def greeted(self) -> Answer:
        """Where a ClientHello was seen: yes, else unknown."""
        return self.once("greeted", lambda: _seen((one.client_hello is not None for one in self.things), len(self)))

    def versions(self) -> Array:
        """Return the agreed version as TLS counts, int64: 0x0303 for DTLS 1.2 too, 0x0304 for drafts of TLS 1.3 too, 0 where not seen."""
        return self.once("versions", self._versions)

    def resumed(self) -> Mask:
        """Where an earlier session was taken up before TLS 1.3, so that no keys are exchanged and no certificate is shown."""
        return self.once("resumed", lambda: self.frame.known("resumption_evidence") & (self.versions() != TLS13))

    def leaves(self) -> list[Certificate | None]:
        """Return the server's first certificate of each handshake, None where none was seen."""
        return self.once("leaves", self._leaves)

    # ---- columns

    def occurs(self, name: str) -> Answer:
        """Return where a column has a meaning in its handshake: 1, 0 where there can be none, -1 where that cannot be seen."""
        answer = self._occurs.get(name)
        if answer is None:
            self._occurs[name] = answer = SUBJECTS[name].occurs(self)
        return answer

    def texts(self, name: str) -> Coded:
        """Return a column of text or lists of text."""
        made = self._coded.get(name)
        if made is None:
            subject = SUBJECTS[name]
            keys = subject.make(self) if subject.make else self._keys(name, subject)
            self._coded[name] = made = coded(keys, split=subject.kind == "texts")
        return made

    def numbers(self, name: str) -> tuple[Array, Mask]:
        """Return a column of numbers, flags (1, 0) or times (ns), and where it is known."""
        made = self._numbers.get(name)
        if made is None:
            make = SUBJECTS[name].make
            if make is None:
                made = self.frame[name], self.frame.known(name)
            else:
                values = np.array([np.nan if value is None else value for value in make(self)], dtype=np.float64)
                made = values, ~np.isnan(values)
            self._numbers[name] = made
        return made

    def value(self, name: str, at: int) -> Any:
        """Return one value, None where it is not known: text, tuple of text, number."""
        if SUBJECTS[name].kind in {"text", "texts"}:
            codes, values = self.texts(name)
            return values[codes[at]]
        array_, known = self.numbers(name)
        return array_[at].item() if known[at] else None

    def absence(self, name: str, at: int) -> str:
        """Return why a column cannot be seen in one handshake."""
        evidence = SUBJECTS[name].evidence
        if "client_hello" in evidence:
            return "the ClientHello is not in the capture"
        if self.answered()[at] != 1:
            return "the server's answer is not in the capture"
        if self.versions()[at] == TLS13 and (name in ENCRYPTED or evidence[0] != "server_hello"):
            return "TLS 1.3 encrypts it"
        return "not in the capture, or unreadable"

    # ---- how they are made

    def _keys(self, name: str, subject: Subject) -> Iterable[str | None]:
        """Walk a column's texts; lists are joined by NUL."""
        if subject.kind == "texts":
            return ("\0".join(value) or None if value else None for value in self.frame[name].tolist())
        return self.named(name, subject.number) if subject.number else self.frame[name].tolist()

    def named(self, name: str, number: str) -> list[str | None]:
        """Return a column of names; a number that has none is told as its digits."""
        column: list[str | None] = self.frame[name].tolist()
        nameless = self.frame.known(number) & ~self.frame.known(name)
        numbers = self.frame[number]
        for at in np.flatnonzero(nameless).tolist():
            column[at] = f"0x{int(numbers[at]):04X}"
        return column

    def _versions(self) -> Array:
        told, known = self.frame["version_code"], self.frame.known("version_code")
        distinct, places = np.unique(np.where(known, told, 0), return_inverse=True)
        counted = np.array([TLS13 if speaks_tls13(code, None) else tls_of(code) for code in distinct.tolist()], dtype=np.int64)[places]
        suites = self.frame["cipher_suite_code"]
        # experiments under numbers of their own show by their suite that they are TLS 1.3 (as facts.story has it)
        odd = (counted > TLS13) & (counted >> 8 != DTLS12 >> 8) & (suites >> 8 == 0x13)
        return np.where(self.answered() == 1, np.where(odd, TLS13, counted), 0)

    def _leaves(self) -> list[Certificate | None]:
        from analyzer.x509 import read_certificate  # noqa: PLC0415 - only where a policy asks about certificates

        return [read_certificate(one.server_chain[0]) if one.server_chain else None for one in self.things]

    def names_of(self, lists: Iterable[Iterable[int] | None], namer: Callable[[int], str | None]) -> Iterable[str | None]:
        """Walk lists of numbers as lists of names joined by NUL, GREASE left out; each distinct list is told once."""
        known: dict[bytes, str | None] = {}  # keyed by bytes, as above
        for numbers in lists:
            if not numbers:
                yield None
                continue
            listed = array("Q", numbers)
            key = listed.tobytes()
            if key not in known:
                names = [(number, namer(number)) for number in listed]
                known[key] = "\0".join(name or f"0x{number:04X}" for number, name in names if name != "GREASE") or None
            yield known[key]



def _seen(flags: Iterable[bool], length: int) -> Answer:
    return np.where(np.fromiter(flags, dtype=bool, count=length), 1, -1).astype(np.int8)


def _was_answered(handshake: Handshake) -> bool:
    if handshake.server_hello is not None:
        return True
    return handshake.framing == "sslv2" and any(seen.code == SERVER_HELLO_OF_SSL2 for seen in handshake.seen)
