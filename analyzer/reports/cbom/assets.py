"""Assets: what of cryptography a capture shows, counted by role, with the first packets that prove it.

Here lives: the gathering in small memory.  Here does not live: what an algorithm is (``algorithm``, ``keys``, ``exchanges``), what a client
offers (``offered``), CycloneDX (``document``).
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.reports.cbom.asset import (
    BY_CLIENT,
    BY_SERVER,
    CERTIFYING,
    OCCURRENCES,
    USED,
    Certificate,
    Key,
    Protocol,
    Server,
    Tally,
    certificate_ref,
    protocol_ref,
)
from analyzer.reports.cbom.exchanges import group, prime, sealing, suited
from analyzer.reports.cbom.keys import key, scheme, signature
from analyzer.reports.cbom.offered import Offers, requested
from analyzer.tls.codes import has_signature_scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analyzer.facts.table import Row, Table
    from analyzer.handshakes.handshake import Handshake
    from analyzer.reports.cbom.algorithm import Algorithm
    from analyzer.reports.cbom.asset import Place
    from analyzer.reports.report import Told

__all__ = ["Assets"]

COMPLETE = frozenset({"complete", "one_sided"})
"""Outcomes of handshakes that got so far that what was negotiated was used."""
ALGORITHMS = 2_000
"""Algorithms told apart: the registries name some 900; each costs 2 KB."""
VERSIONS = 64
"""Versions told apart: the registries name some 50."""
SUITES = 1_000
"""Cipher suites of a version: IANA names some 350."""
CERTIFICATES = 5_000
"""Certificates, and keys, told one by one: about 3 KB each, and ten times that while the BOM is put together."""
SERVERS = 1_000
"""Servers told one by one, each with the assets that it used."""
LINKS = 200
"""Assets that one server depends on."""
_TEXT = 500
"""Characters of a text from a certificate."""


_CELLS = (
    "outcome", "version_code", "cipher_suite_code", "group", "group_code", "dh_bits", "signature_scheme_code", "resumption", "server_name",
    "server", "server_port", "transport", "certificates_state",
)  # fmt: skip


class _Seen(msgspec.Struct):
    """Cells of a handshake's row, by the names of its columns."""

    outcome: str
    version_code: int | None
    cipher_suite_code: int | None
    group: str | None
    group_code: int | None
    dh_bits: int | None
    signature_scheme_code: int | None
    resumption: str | None
    server_name: str | None
    server: str
    server_port: int
    transport: str
    certificates_state: str | None


class Assets:
    """Add handshakes, then read what is there."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        """Begin with none."""
        self._at = [[column.name for column in tables["handshakes"].columns].index(name) for name in _CELLS]
        self._certificate = {column.name: at for at, column in enumerate(tables["certificates"].columns)}
        self.handshakes: Counter[str] = Counter()
        """"complete", "incomplete"; and of "hidden" certificates, which TLS 1.3 encrypts."""
        self.algorithms: dict[str, tuple[Algorithm, Tally]] = {}
        self.protocols: dict[int, Protocol] = {}
        self.certificates: dict[str, Certificate] = {}
        self.keys: dict[str, Key] = {}
        self.servers: dict[tuple[str | None, str, int], Server] = {}
        self.left_out: Counter[str] = Counter()
        """What found no room -> how often it would have been counted."""
        self._offers = Offers(self)

    def add(self, told: Told) -> None:
        """Take in one handshake."""
        handshake = told.handshake
        if handshake is None:
            return
        for row in told.rows("handshakes"):
            seen = _Seen(*[row[at] for at in self._at])
            complete = seen.outcome in COMPLETE
            self.handshakes["complete" if complete else "incomplete"] += 1
            self.handshakes["hidden"] += seen.certificates_state == "encrypted"
            refs: dict[str, None] = {}
            self._negotiated(handshake, seen, USED if complete else BY_SERVER, refs)
            for cells in told.rows("certificates"):
                self._keep(handshake, cells)
            if handshake.server_chain or handshake.client_chain:
                self._shown(handshake, told.rows("chains"), complete=complete, refs=refs)
            self._offers.add(handshake)
            requested(self, handshake)
            self._server(seen, refs if complete else {}, complete=complete)

    def finish(self) -> None:
        """Count what waits to be counted together."""
        self._offers.finish()

    def count(self, algorithms: Iterable[Algorithm], role: str, places: Sequence[Place], count: int) -> None:
        """Count algorithms, and what they are made of, each once for each of ``count`` things, of which ``places`` are the first."""
        first, *others = places
        for one in dict.fromkeys(part for algorithm in algorithms for part in (algorithm, *algorithm.parts)):
            known = self.algorithms.get(one.ref)
            if known is None:
                if len(self.algorithms) >= ALGORITHMS:
                    self.left_out["algorithms"] += count
                    continue
                known = self.algorithms[one.ref] = (one, Tally())
            known[1].add(role, first, count - len(others))
            for place in others:
                known[1].add(role, place)

    def protocol(self, version: int) -> Protocol | None:
        """Return a version of the protocol; None where there are too many."""
        known = self.protocols.get(version)
        if known is None:
            if len(self.protocols) >= VERSIONS:
                self.left_out["protocol versions"] += 1
                return None
            known = self.protocols[version] = Protocol(version)
        return known

    def suite(self, suites: Counter[int], code: int, count: int = 1) -> None:
        """Count a suite of a version."""
        if code in suites or len(suites) < SUITES:
            suites[code] += count
        else:
            self.left_out["cipher suites"] += count

    def _negotiated(self, handshake: Handshake, seen: _Seen, role: str, refs: dict[str, None]) -> None:
        """Count what the server chose; ``refs`` gains it."""
        version, suite = seen.version_code, seen.cipher_suite_code
        if version is None or suite is None or (protocol := self.protocol(version)) is None:
            return
        place = _place(handshake, SERVER)
        protocol.tally.add(role, place)
        self.suite(protocol.used if role == USED else protocol.offered, suite)
        with_it = protocol.used_with if role == USED else protocol.offered_with
        refs[protocol_ref(version)] = None
        chosen = [*sealing(suite, version), *_exchanged(seen, version, suite)]
        self.count(chosen, role, (place,), 1)
        for algorithm in chosen:
            refs[algorithm.ref] = None
            if len(with_it) < SUITES:
                with_it[algorithm.ref] = None

    def _keep(self, handshake: Handshake, row: Row) -> None:
        """Note a certificate that was not seen before, the algorithm that signed it, its key."""
        cell: dict[str, Any] = {name: row[at] for name, at in self._certificate.items()}
        place = _place(handshake, cell["role"], _CERTIFICATE)
        signed = signature(*(_short(cell[name]) for name in ("signature_algorithm_oid", "signature_algorithm", "signature_hash")))
        counted, key_ref = [signed], None
        if cell["spki_sha256"] and cell["public_key_algorithm"]:
            algorithm = key(*(cell[f"public_key_{name}"] for name in ("algorithm", "oid", "size", "curve")))
            counted.append(algorithm)
            key_ref = self._key(b64decode(cell["spki_sha256"]).hex(), algorithm, cell["public_key_size"], place)
        self.count(counted, CERTIFYING, (place,), 1)
        if len(self.certificates) >= CERTIFICATES:
            self.left_out["certificates"] += 1
            return
        names = cell["san_dns"] or [""]
        self.certificates[cell["sha256"]] = Certificate(
            cell["sha256"], _short(cell["subject_cn"] or names[0] or cell["subject"] or cell["sha256"][:16]), _short(cell["subject"]),
            _short(cell["issuer"]), cell["not_before"], cell["not_after"], signed.ref, key_ref, len(cell["faults"] or ()),
        )  # fmt: skip

    def _key(self, pin: str, algorithm: Algorithm, size: int | None, place: Place) -> str | None:
        known = self.keys.get(pin)
        if known is None:
            if len(self.keys) >= CERTIFICATES:
                self.left_out["public keys"] += 1
                return None
            known = self.keys[pin] = Key(algorithm.ref, algorithm.name, size, places=[])
        known.certificates += 1
        if len(known.places) < OCCURRENCES:
            known.places.append(place)
        return pin

    def _shown(self, handshake: Handshake, rows: Iterable[Row], *, complete: bool, refs: dict[str, None]) -> None:
        """Count the certificates that both sides showed."""
        for sender, digest in dict.fromkeys((row[1], row[3]) for row in rows):
            certificate = self.certificates.get(digest)
            if certificate is not None:
                role = USED if complete else BY_SERVER if sender == SERVER else BY_CLIENT
                certificate.tally.add(role, _place(handshake, sender, _CERTIFICATE))
                if sender == SERVER:
                    refs[certificate_ref(digest)] = None

    def _server(self, seen: _Seen, refs: dict[str, None], *, complete: bool) -> None:
        name = seen.server_name[:_TEXT] if seen.server_name else None
        server = self.servers.get((name, seen.server, seen.server_port))
        if server is None:
            if len(self.servers) >= SERVERS:
                self.left_out["servers"] += 1
                return
            server = self.servers[name, seen.server, seen.server_port] = Server(name, seen.server, seen.server_port, seen.transport)
        server.handshakes += 1
        server.complete += complete
        for ref in refs:
            if len(server.uses) < LINKS:
                server.uses[ref] = None
            elif ref not in server.uses:
                self.left_out["dependencies of servers"] += 1


_CERTIFICATE = frozenset({11, 25, 256 + 4})
_HELLOS = {SERVER: frozenset({2, 256 + 4}), CLIENT: frozenset({1, 256 + 1})}
_NAMES = {
    1: "ClientHello", 2: "ServerHello", 11: "Certificate", 25: "CompressedCertificate", 256 + 1: "ClientHello", 256 + 4: "ServerHello",
}  # fmt: skip


def _place(handshake: Handshake, sender: str, codes: frozenset[int] | None = None) -> Place:
    """Return the packet of a side's hello, or of another message, its name, and the handshake; its first packet where it is not there."""
    wanted = codes or _HELLOS[sender]
    for one in handshake.seen:
        if one.sender == sender and one.code in wanted:
            return one.packet, _NAMES.get(one.code or 0, ""), handshake.number
    return (handshake.packets[0] if handshake.packets else 0), "", handshake.number


def _exchanged(seen: _Seen, version: int, suite: int) -> list[Algorithm]:
    """Return how keys were exchanged and who proved it with what; nothing of it is done where an earlier session is taken up."""
    told: list[Algorithm] = []
    if seen.group_code is not None:
        told.append(group(seen.group_code))
    elif seen.dh_bits:
        told.append(prime(seen.group, seen.dh_bits))
    if seen.resumption is None:
        told += suited(suite)
    if seen.signature_scheme_code is not None and has_signature_scheme(version):
        told.append(scheme(seen.signature_scheme_code))
    return told


def _short(text: str | None) -> Any:
    return text if text is None or len(text) <= _TEXT else text[:_TEXT] + "…"
