"""Inventory: the distinct certificates of a scan, who showed each and how often, and the chains in which they came.

Here lives: the gathering in small memory (DER and facts wait in a file), what is wanted of them, the rows.  Here does not live: how they
are written (``listing``, ``pem``), where (``cli``), what stands in a certificate (``facts.certificates``).
"""

from __future__ import annotations

import json
import tempfile
from array import array
from base64 import b64decode
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.facts.table import Column, Table
from analyzer.facts.texts import key_text, place_text
from analyzer.reports import pem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analyzer.facts.table import Row
    from analyzer.reports.report import Told

__all__ = ["ROLES", "TABLE", "Entry", "Inventory", "Wanted"]

ROLES: dict[str, str] = {
    "server": "it stood first in what a server showed",
    "client": "it stood first in what a client showed",
    "issuer": "it stood behind another one",
}
"""role of a certificate -> what it means."""

MOST = 50_000
"""Certificates and chains kept: about 1 KB each in memory."""
MOST_LINKS = 2_000_000
"""Certificates of all chains kept, four bytes each; a chain may have a thousand."""
MOST_OCTETS = 1 << 30
"""Octets of certificates with their facts that wait on disk."""
SHOWERS = 5
"""Sides that are named as showing a certificate; the rest is counted."""
_SPOOL_BYTES = 16 << 20
_NAMES, _TEXT = 100, 1000
"""DNS names told of a certificate, characters of a text."""

COLUMNS = (
    Column("file", "text", "Its file; null where none was asked for."),
    Column("sha256", "text", "SHA-256 of the DER, hex."),
    Column("roles", "texts", "; ".join(f"{role}: {meaning}" for role, meaning in ROLES.items()) + "."),
    Column("handshakes", "int", "Handshakes in which it was shown."),
    Column("shown_by", "texts", f"Who showed it, server name and address: the first {SHOWERS}."),
    Column("more_showers", "int", "Times that others than these showed it."),
    Column("subject", "text", "Subject as RFC 4514 writes it."),
    Column("issuer", "text", "Issuer as RFC 4514 writes it."),
    Column("not_before", "time", "Start of validity."),
    Column("not_after", "time", "End of validity."),
    Column("key", "text", "Its public key: algorithm with size or curve."),
    Column("signature_algorithm", "text", "Name of the algorithm that signed it."),
    Column("self_signed", "flag", "Its signature holds with its own key; null where that cannot be told."),
    Column("dns_names", "texts", f"DNS names of the subject: the first {_NAMES}."),
    Column("serial", "text", "Serial number, hex."),
    Column("size", "int", "Octets of DER."),
    Column("handshake", "int", "Number of the handshake that showed it first."),
    Column("source", "text", "The capture that holds the message that showed it first."),
    Column("packet", "int", "Number of that message's first packet in that capture."),
    Column("time", "time", "Time of that packet."),
    Column("faults", "texts", "What is odd about its encoding; the file holds it as it was seen."),
)


def _rows(number: int, handshake: Any, book: Any) -> tuple[Row, ...]:  # noqa: ARG001 - a table's rows all take the book
    """Give nothing: these rows are known when everything was told."""
    return ()


TABLE = Table(name="certs", doc="One row for each distinct certificate: what it is, who showed it, its file.", columns=COLUMNS, rows=_rows)


class Wanted(msgspec.Struct, frozen=True):
    """What is wanted of the certificates; what says nothing wants all."""

    roles: frozenset[str] = frozenset(ROLES)
    handshakes: frozenset[int] = frozenset()
    name: str = ""
    """A shell's pattern, in lower case, for a DNS name, address, common name or the subject."""
    chains: bool = False
    """Chains too."""


class Entry(msgspec.Struct):
    """A certificate: its place in the waiting file, and what is counted of it."""

    digest: bytes
    start: int
    octets: int
    """Length of the DER at ``start``; its facts follow."""
    facts: int
    matches: bool
    """Its names are those wanted."""
    roles: int = 0
    """Bit n: the n-th of ROLES, of those wanted; 0: it is only a part of a wanted chain."""
    handshakes: int = 0
    last: int = -1
    """The handshake that was counted last."""
    shown_by: dict[str, None] = {}
    more: int = 0

    def told_roles(self) -> list[str]:
        """Return its roles in words."""
        return [role for role, bit in _ROLE_BITS.items() if self.roles & bit]


_PLAIN = (
    "sha256", "not_before", "not_after", "size", "self_signed", "handshake", "source", "packet", "time", "subject", "issuer", "serial",
    "signature_algorithm",
)  # fmt: skip
_ROLE_BITS = {role: 1 << at for at, role in enumerate(ROLES)}


class Inventory:
    """Add handshakes, then walk rows, certificates and chains."""

    def __init__(self, tables: Mapping[str, Table], wanted: Wanted) -> None:
        """Begin with none."""
        asked = [tables[name] for name in ("handshakes", "certificates")]
        self._places = {table.name: {column.name: at for at, column in enumerate(table.columns)} for table in asked}
        self._wanted = wanted
        self._entries: dict[bytes, Entry] = {}
        self._numbers: dict[bytes, int] = {}
        self._chains: dict[bytes, None] = {}
        self._links = 0
        self._waiting = tempfile.SpooledTemporaryFile(_SPOOL_BYTES)  # noqa: SIM115 - closed with the inventory
        self._end = 0
        self.handshakes = 0
        self.showing = 0
        """Handshakes that showed a certificate."""
        self.hidden = 0
        """Handshakes whose certificates TLS 1.3 encrypts."""
        self.left_out: dict[str, int] = {}
        """What found no room, in words -> how many."""

    def add(self, told: Told) -> None:
        """Take in what one handshake showed."""
        handshake = told.handshake
        if handshake is None:
            return
        self.handshakes += 1
        for row in told.rows("certificates"):  # of handshakes that are not wanted too: each certificate has one row
            self._keep(row)
        if handshake.server_chain is None and handshake.client_chain is None:
            self._unseen(told)
            return
        self.showing += 1
        if self._wanted.handshakes and handshake.number not in self._wanted.handshakes:
            return
        chains: dict[str, list[bytes]] = {}
        for _, sender, _, digest in told.rows("chains"):
            chains.setdefault(sender, []).append(bytes.fromhex(digest))
        for sender, chain in chains.items():
            self._count(told, sender, chain)

    def _unseen(self, told: Told) -> None:
        for row in told.rows("handshakes"):
            self.hidden += row[self._places["handshakes"]["certificates_state"]] == "encrypted"

    def _keep(self, row: Row) -> None:
        """Put a certificate, told by its row, into the waiting file."""
        place = self._places["certificates"]
        der = b64decode(row[place["der_base64"]])
        facts: dict[str, Any] = {name: _short(row[place[name]]) for name in _PLAIN}
        names = row[place["san_dns"]] or []
        facts["dns_names"] = [_short(one) for one in names[:_NAMES]]
        facts["faults"] = row[place["faults"]] or []
        facts["key"] = _key(*(row[place[f"public_key_{part}"]] for part in ("algorithm", "size", "curve")))
        facts["called"] = _short(names[0] if names else row[place["subject_cn"]] or row[place["subject_o"]])
        facts["issued_by"] = _short(row[place["issuer_cn"]] or row[place["issuer_o"]] or row[place["issuer"]])
        told = json.dumps(facts).encode()  # of any whole number: the year 9999 passes 64 bits of nanoseconds
        if len(self._entries) >= MOST or self._end + len(der) + len(told) > MOST_OCTETS:
            self._leave("certificates")
            return
        digest = bytes.fromhex(row[place["sha256"]])
        pattern = self._wanted.name
        asked = (*names, *(row[place["san_ip"]] or ()), row[place["subject_cn"]], row[place["subject"]]) if pattern else ()
        matches = not pattern or any(one is not None and fnmatchcase(one[:_TEXT].lower(), pattern) for one in asked)
        self._numbers[digest] = len(self._entries)
        self._entries[digest] = Entry(digest, self._end, len(der), len(told), matches)
        self._waiting.write(der + told)
        self._end += len(der) + len(told)

    def _leave(self, what: str) -> None:
        self.left_out[what] = self.left_out.get(what, 0) + 1

    def _count(self, told: Told, sender: str, chain: list[bytes]) -> None:
        """Count what one side showed."""
        handshake, place = told.handshake, self._places["handshakes"]
        shower: str | None = None
        wanted = False
        for position, digest in enumerate(chain):
            entry, role = self._entries.get(digest), "issuer" if position else sender
            if entry is None or not entry.matches or role not in self._wanted.roles:
                continue
            wanted = True
            entry.roles |= _ROLE_BITS[role]
            if entry.last != handshake.number:
                entry.last = handshake.number
                entry.handshakes += 1
            if shower is None:
                [row] = told.rows("handshakes")
                shower = _shower(sender, *(row[place[name]] for name in ("server_name", sender, f"{sender}_port")))
            if shower in entry.shown_by:
                continue
            if len(entry.shown_by) < SHOWERS:
                entry.shown_by = {**entry.shown_by, shower: None}
            else:
                entry.more += 1
        if wanted and self._wanted.chains:
            self._chain(chain)

    def _chain(self, chain: list[bytes]) -> None:
        if any(digest not in self._numbers for digest in chain):
            self._leave("chains")
            return
        key = array("I", [self._numbers[digest] for digest in chain]).tobytes()
        if key in self._chains:
            return
        if len(self._chains) >= MOST or self._links + len(chain) > MOST_LINKS:
            self._leave("chains")
            return
        self._links += len(chain)
        self._chains[key] = None

    def entries(self) -> list[Entry]:
        """Return the certificates that are wanted, in the order in which they were first shown."""
        return [entry for entry in self._entries.values() if entry.roles]

    def facts(self, entry: Entry) -> dict[str, Any]:
        """Return what is told of a certificate: columns of TABLE, what people call it (``called``) and its issuer (``issued_by``)."""
        self._waiting.seek(entry.start + entry.octets)
        facts: dict[str, Any] = json.loads(self._waiting.read(entry.facts))
        return facts

    def der(self, entry: Entry) -> bytes:
        """Return the certificate."""
        self._waiting.seek(entry.start)
        return self._waiting.read(entry.octets)

    def file(self, entry: Entry) -> str:
        """Return the name of its file."""
        return pem.name(self.facts(entry)["called"], entry.digest.hex())

    def chains(self) -> Iterator[tuple[str, list[Entry]]]:
        """Walk the distinct chains: name of the file, certificates as shown, the leaf first."""
        entries = list(self._entries.values())
        for key in self._chains:
            chain = [entries[number] for number in array("I", key)]
            yield pem.chain_name(self.facts(chain[0])["called"], [one.digest.hex() for one in chain]), chain

    def rows(self, *, files: bool) -> Iterator[Row]:
        """Walk the rows of TABLE; with the names of ``files`` where these are written."""
        for entry in self.entries():
            facts = self.facts(entry)
            told = facts | {
                "file": self.file(entry) if files else None,
                "roles": entry.told_roles(),
                "handshakes": entry.handshakes,
                "shown_by": list(entry.shown_by) or None,
                "more_showers": entry.more,
                "dns_names": facts["dns_names"] or None,
                "faults": facts["faults"] or None,
            }
            yield tuple([told[column.name] for column in COLUMNS])


def _short(value: Any) -> Any:
    """Return a text in at most _TEXT characters, anything else as it is."""
    return f"{value[:_TEXT]}…" if isinstance(value, str) and len(value) > _TEXT else value


def _key(algorithm: str | None, size: int | None, curve: str | None) -> str | None:
    """Return a key for people: "RSA 2048", "EC secp256r1", "Ed25519"."""
    if algorithm is None:
        return None
    sized = size if algorithm.startswith(("RSA", "DSA", "DH", "EC")) else None
    return key_text(_short(algorithm), _short(curve), sized)


def _shower(sender: str, name: str | None, address: str, port: int) -> str:
    place = place_text(address, port) if sender == "server" else address
    return f"{_short(name)} ({place})" if sender == "server" and name else place
