"""The handshakes table's columns about the client's first hello: what it asked for and what it looks like.

Here lives: these columns and their cells.  Here does not live: the lists of what was offered (``offers``), the server's
choice (``agreement``).  After a HelloRetryRequest all of this is still the first ClientHello's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer import registry
from analyzer.facts.table import Column
from analyzer.facts.texts import wire_text
from analyzer.fingerprints.ja3 import ja3, ja3_text
from analyzer.fingerprints.ja4 import ja4, ja4_raw
from analyzer.tls.codes import (
    ALPN,
    CLIENT_HELLO,
    EARLY_DATA,
    EC_POINT_FORMATS,
    ENCRYPTED_CLIENT_HELLO,
    ENCRYPTED_SERVER_NAME,
    PRE_SHARED_KEY,
    SERVER_NAME,
    SESSION_TICKET,
    SIGNATURE_ALGORITHMS,
    SUPPORTED_GROUPS,
    SUPPORTED_VERSIONS,
    TLS12,
    TLS13,
    is_tls13,
)

if TYPE_CHECKING:
    from analyzer.facts.story import Story
    from analyzer.facts.table import Row
    from analyzer.tls.messages import ClientHello

__all__ = ["COLUMNS", "cells", "offered_versions", "server_name"]

COLUMNS = (
    Column("server_name", "text", "Host name of the server_name extension (RFC 6066 section 3) as sent; bytes above 127 as \\xNN."),
    Column("offered_version", "text", "Newest version the client offers (supported_versions, else the hello's own version)."),
    Column("offered_version_code", "int", "Number of offered_version."),
    Column("record_version", "text", "Version in the header of the record that the ClientHello came in."),
    Column("record_version_code", "int", "Number of record_version."),
    Column("sslv2_hello", "flag", "The ClientHello came in SSL 2.0 framing (RFC 5246 appendix E.2)."),
    Column("client_hello_bytes", "int", "Length of the first ClientHello's body in bytes."),
    Column("client_random", "text", "The first ClientHello's random, hex: the key of a key log (SSLKEYLOGFILE)."),
    Column("client_session_id", "text", "The ClientHello's session id, hex; in TLS 1.3 a random one for middleboxes (RFC 8446 D.4)."),
    Column("alpn_offered", "texts", "Protocols of the ALPN extension in the client's order (RFC 7301); null where it sent none."),
    Column("resumption_offered", "text", "psk, ticket or session_id: the newest means by which the client asks to resume; null for none."),
    Column("early_data", "flag", "The client offers early data (0-RTT, RFC 8446 section 4.2.10)."),
    Column("ech", "text", "offered: an outer encrypted_client_hello, real or GREASE (the wire does not tell); inner; esni: the draft."),
    Column("ja3", "text", "JA3 of the ClientHello: MD5 of ja3_text, hex."),
    Column("ja3_text", "text", "What JA3 hashes: version,suites,extensions,groups,point formats as numbers, GREASE left out."),
    Column("ja4", "text", "JA4 of the ClientHello."),
    Column("ja4_raw", "text", "JA4_r: JA4 with the sorted lists in place of the hashes."),
)
"""The columns, in the order of ``cells``."""

SSLV2_CLIENT_HELLO = 256 + 1
"""Code of the hello in SSL 2.0 framing in ``Seen.code``."""
NOTHING: Row = (None,) * len(COLUMNS)
TRANSPORTS = {"quic": "q", "dtls": "d"}
"""framing -> JA4's first letter; t for all others."""
LOOKS: dict[tuple[Any, ...], Row] = {}
"""What ``look`` remembers."""
LOOKS_CAP = 2048
LOOKS_LARGEST = 500
"""Numbers in the lists of a hello that is still remembered; a real one has about a hundred, a hostile one 32,000."""
LOOKS_AT = (SUPPORTED_GROUPS, EC_POINT_FORMATS, SIGNATURE_ALGORITHMS, ALPN, SUPPORTED_VERSIONS)
"""Extensions whose values the cells of ``look`` depend on, beside which there are."""
ECH_TYPES = {0: "offered", 1: "inner"}
"""ECHClientHelloType (RFC 9849 section 5) -> what the ech column says."""


def server_name(value: object) -> str | None:
    """Tell the first host name of a server_name extension's value; None where it holds none."""
    for entry in value if isinstance(value, tuple) else ():
        if entry.name_type == 0:
            return wire_text(entry.name) or None
    return None


def offered_versions(hello: ClientHello, supported: object) -> tuple[int, ...]:
    """Versions a hello offers: supported_versions in the client's order, else its own version alone (RFC 8446 section 4.2.1)."""
    return supported if isinstance(supported, tuple) and supported else (hello.version,)


def newest(versions: tuple[int, ...]) -> int | None:
    """Newest of the offered versions; numbers of drafts and experiments rank between TLS 1.2 and 1.3, DTLS counts downwards."""
    known = [version for version in versions if not registry.is_grease(version)]
    if not known:
        return None
    if known[0] >> 8 == 0xFE:  # DTLS: 0xfeff is 1.0, 0xfefd 1.2, 0xfefc 1.3
        return min(version for version in known if version >> 8 == 0xFE)
    return max(known, key=lambda version: (version if version <= TLS13 else TLS12, version))


def resumption_offered(hello: ClientHello, offered: dict[int, object], version: int | None) -> str | None:
    """What of an earlier session the client shows; a session id means nothing where TLS 1.3 is offered (RFC 8446 D.4)."""
    if offered.get(PRE_SHARED_KEY) is not None:
        return "psk"
    if offered.get(SESSION_TICKET):  # an empty one only asks for a ticket
        return "ticket"
    return "session_id" if hello.session_id and not is_tls13(version) and not hello.sslv2 else None


def ech(offered: dict[int, object]) -> str | None:
    """Tell the form of Encrypted ClientHello, or of its ESNI draft."""
    if ENCRYPTED_CLIENT_HELLO in offered:
        return ECH_TYPES.get(getattr(offered[ENCRYPTED_CLIENT_HELLO], "type", 0), "offered")
    return "esni" if ENCRYPTED_SERVER_NAME in offered else None


def look(hello: ClientHello, offered: dict[int, Any], framing: str) -> Row:
    """Cells that hellos of one client share: version offered, number of it, ALPN, ja3, ja3_text, ja4, ja4_raw.

    Real clients repeat themselves, so these are remembered by the parts of the hello that they depend on.
    """
    codes = tuple([extension.code for extension in hello.extensions or ()])
    listed = [hello.cipher_suites, codes, *[offered.get(code) or () for code in LOOKS_AT]]
    key = (framing, hello.version, hello.sslv2, *listed)
    known = LOOKS.get(key)
    if known is not None and len(offered) == len(codes):  # of two extensions of one code, ``offered`` has the first only
        return known
    version = newest(offered_versions(hello, offered.get(SUPPORTED_VERSIONS)))
    protocols = offered.get(ALPN)
    transport = TRANSPORTS.get(framing, "t")
    told = (
        None if version is None else registry.version_name(version),
        version,
        tuple(wire_text(name) for name in protocols) if protocols else None,
        ja3(hello),
        ja3_text(hello),
        ja4(hello, transport),
        ja4_raw(hello, transport),
    )
    if len(offered) == len(codes) and sum(map(len, listed)) + sum(map(len, protocols or ())) <= LOOKS_LARGEST:
        if len(LOOKS) >= LOOKS_CAP:
            LOOKS.clear()
        LOOKS[key] = told
    return told


def cells(story: Story) -> Row:
    """Cells of one handshake, in the order of COLUMNS."""
    hello = story.handshake.client_hello
    if hello is None:
        return NOTHING
    offered = story.offered
    version_name, version, protocols, *fingerprints = look(hello, offered, story.handshake.framing)
    seen = story.client.get(SSLV2_CLIENT_HELLO if hello.sslv2 else CLIENT_HELLO)
    record_version = seen.record_version if seen else None
    return (
        server_name(offered.get(SERVER_NAME)),
        version_name,
        version,
        None if record_version is None else registry.version_name(record_version),
        record_version,
        hello.sslv2,
        seen.length if seen else None,
        hello.random.hex(),
        hello.session_id.hex() or None,
        [*protocols] if protocols else None,
        resumption_offered(hello, offered, version),
        EARLY_DATA in offered,
        ech(offered),
        *fingerprints,
    )
