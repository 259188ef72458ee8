"""EVE: an event a handshake as Suricata 8 logs it (event types tls and quic, with ``extended``), a JSON object a line.

Here lives: the event, Suricata's names of versions and protocols, its forms of times, names and numbers.  Here does not live: what
both sides said (``facts``).  What ``extended`` leaves out is left out here too: certificates themselves, lists of the hellos.
A handshake over QUIC is an event of type quic, as in Suricata, which knows no DTLS: that is an event of type tls with proto UDP.  A
renegotiation has no event of its own: Suricata logs a connection once.  ``timestamp`` is the time of the handshake's first message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from analyzer import registry
from analyzer.fingerprints.ja3 import ja3s_text
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.reports.connection import Connections, community_id, flow_id, set_only
from analyzer.reports.held import Lines
from analyzer.reports.ndjson import encode
from analyzer.times import iso
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.reports.connection import Connection
    from analyzer.reports.report import Options, Told
    from analyzer.x509 import Certificate
    from analyzer.x509.names import Attribute

__all__ = ["Report"]

Shape = dict[str, Any]

VERSIONS = {
    codes.SSL2: "SSLv2", codes.SSL3: "SSLv3", codes.TLS10: "TLSv1", codes.TLS11: "TLS 1.1", codes.TLS12: "TLS 1.2", codes.TLS13: "TLS 1.3",
}  # fmt: skip
"""Suricata's names; versions that it has no name for keep ours."""
FIRST_DRAFT = 16
"""Drafts of TLS 1.3 before this one have one name."""
PROTOCOLS = {"postgresql": "pgsql", "connect": "http"}
"""What was spoken before TLS, in Suricata's words where they are others."""
TYPES = {"emailAddress": "Email"}
"""Types of a distinguished name that Suricata calls otherwise."""
EXTENSIONS = {codes.ALPN: "alpn"}
"""The same of extensions."""
SAN_KINDS = frozenset({"dNSName", "iPAddress", "rfc822Name", "uniformResourceIdentifier"})
"""Kinds of alternative names that are shown."""


def version(one: Connection) -> str | None:
    """Name the version; the client's where the server chose none.  Drafts before 16 say 3.4 in the hello itself, no later one does."""
    made = one.handshake
    chosen = made.server_hello is not None or made.server_chain is not None
    code = made.version if chosen else one.cells["offered_version_code"] or made.version
    if code is None:
        return None
    if made.server_hello is not None and made.server_hello.version == codes.TLS13:
        code = codes.TLS13_DRAFT
    if code >> 8 == codes.TLS13_DRAFT >> 8:
        draft = code - codes.TLS13_DRAFT
        return f"TLS 1.3 draft-{draft}" if draft >= FIRST_DRAFT else f"TLS 1.3 draft-<{FIRST_DRAFT}"
    return VERSIONS.get(code) or registry.version_name(code) or f"0x{code:04x}"


def name(parts: tuple[Attribute, ...]) -> str:
    """Return a distinguished name in the order of its encoding, nothing escaped."""
    return ", ".join(f"{TYPES.get(part.name, part.name)}={part.value}" for part in parts)


def serial(text: str | None) -> str | None:
    """Return a serial number octet by octet as DER has it: a zero before a first bit that is set, two's complement."""
    if text is None:
        return None
    number = int(text, 16)
    octets = (number if number >= 0 else ~number).bit_length() // 8 + 1
    return number.to_bytes(octets, "big", signed=True).hex(":").upper()


def certificate(one: Certificate | None) -> Shape:
    """Return what is told of a side's certificate."""
    if one is None:
        return {}
    return set_only({
        "subject": name(one.subject_parts) if one.subject is not None else None,
        "issuerdn": name(one.issuer_parts) if one.issuer is not None else None,
        "subjectaltname": [other.value for other in one.subject_alternative_names if other.kind in SAN_KINDS],
        "serial": serial(one.serial),
        "fingerprint": bytes.fromhex(one.sha1).hex(":"),
        "notbefore": None if one.not_before is None else iso(one.not_before)[:-11],
        "notafter": None if one.not_after is None else iso(one.not_after)[:-11],
    })  # fmt: skip


def hello_facts(one: Connection) -> Shape:
    """Return what both types of events tell of the hellos."""
    cells, answer = one.cells, one.handshake.server_hello
    return {
        "sni": cells["server_name"],
        "ja3": set_only({"hash": cells["ja3"], "string": cells["ja3_text"]}),
        "ja3s": set_only({"hash": cells["ja3s"], "string": ja3s_text(answer) if answer is not None else None}),
        "ja4": cells["ja4"],
    }


def tls(one: Connection) -> Shape:
    """Return the object ``tls``."""
    cells, leaf = one.cells, one.leaf(SERVER)
    tls13 = codes.speaks_tls13(one.handshake.version, one.handshake.cipher_suite)
    return set_only({
        **certificate(leaf),
        "session_resumed": True if one.resumed and leaf is None and not tls13 else None,
        "version": version(one),
        **hello_facts(one),
        "client_alpns": cells["alpn_offered"],
        "server_alpns": [cells["alpn"]] if cells["alpn"] else None,
        "from_proto": PROTOCOLS.get(cells["prelude"], cells["prelude"]),
        "client": certificate(one.leaf(CLIENT)),
    })  # fmt: skip


def quic(one: Connection) -> Shape:
    """Return the object ``quic``: its version is a number, hex; the extensions are the client's, the values those of two of them."""
    cells, hello = one.cells, one.handshake.client_hello
    code = cells["quic_version_code"]
    values = {codes.SERVER_NAME: [cells["server_name"]] if cells["server_name"] else None, codes.ALPN: cells["alpn_offered"]}
    extensions = [] if hello is None else [
        set_only({
            "name": EXTENSIONS.get(extension.code) or registry.extension_name(extension.code),
            "type": extension.code,
            "values": values.get(extension.code),
        })
        for extension in hello.extensions or ()
    ]  # fmt: skip
    return set_only({"version": None if code is None else f"{code:x}", **hello_facts(one), "extensions": extensions})


def event(one: Connection) -> Shape:
    """Return the event of a handshake."""
    cells, made = one.cells, one.handshake
    kind, told = ("quic", quic(one)) if made.framing == "quic" else ("tls", tls(one))
    return set_only({
        "timestamp": f"{iso(made.start)[:-4]}+0000",
        "flow_id": flow_id(made),
        "pcap_cnt": cells["packets"][0] if cells["packets"] else None,
        "event_type": kind,
        "src_ip": cells["client"],
        "src_port": cells["client_port"],
        "dest_ip": cells["server"],
        "dest_port": cells["server_port"],
        "proto": made.transport.upper(),
        "community_id": community_id(made),
        "pcap_filename": cells["source"],
    }) | {kind: told}  # fmt: skip


class Report(Lines):
    """Events, as handshakes end."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin; nothing is written before the first event."""
        super().__init__(out)
        self._connections = Connections(options.tables)

    def lines(self, told: Told) -> Iterable[bytes]:
        """Give the event of a handshake."""
        one = self._connections.of(told)
        return () if one is None or one.handshake.renegotiation else (encode(event(one)),)
