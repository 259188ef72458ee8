"""Zeek's ssl.log: one line for each connection that came to a TLS handshake, finished or not.

Here lives: its columns, those that Zeek 6 to 8 write without further scripts (SSL::Info), and its names of versions, suites and
curves.  Here does not live: the letters of ssl_history (``zeek_history``), the files (``zeek``, ``zeek_json``).
A renegotiation has no line: Zeek writes one for each connection and reads no further once it is encrypted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer import registry
from analyzer.handshakes.handshake import SERVER
from analyzer.reports.connection import Connections, uid
from analyzer.reports.zeek_history import history
from analyzer.reports.zeek_log import Column, Log
from analyzer.tls import codes
from analyzer.x509.trust.hostnames import match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.facts.table import Table
    from analyzer.reports.connection import Connection
    from analyzer.reports.report import Told

__all__ = ["LOG"]

VERSIONS = {
    codes.SSL2: "SSLv2", codes.SSL3: "SSLv3", codes.TLS10: "TLSv10", codes.TLS11: "TLSv11", codes.TLS12: "TLSv12",
    codes.TLS13: "TLSv13", codes.DTLS10: "DTLSv10", codes.DTLS12: "DTLSv12", codes.DTLS13: "DTLSv13",
}  # fmt: skip

SHARES = (codes.KEY_SHARE, codes.KEY_SHARE_DRAFT)


def answered(one: Connection) -> bool:
    """Whether the server chose something: in its hello, or at least in a HelloRetryRequest."""
    made = one.handshake
    return made.server_hello is not None or made.hello_retry is not None or (made.framing == "sslv2" and made.cipher_suite is not None)


def version(one: Connection) -> str | None:
    """Name the version that the server chose; a draft of TLS 1.3 by its number."""
    code = one.handshake.version
    if code is None or not answered(one):
        return None
    draft = f"TLSv13-draft{code - codes.TLS13_DRAFT}" if code >> 8 == codes.TLS13_DRAFT >> 8 else None
    return VERSIONS.get(code) or draft or f"unknown-{code}"


def cipher(one: Connection) -> str | None:
    """Name the suite; those of SSL 2.0 begin with SSLv20_CK_."""
    code = one.handshake.cipher_suite
    if code is None or not answered(one):
        return None
    name = registry.cipher_suite_name(code) or f"unknown-{code}"
    return name.replace("SSL_CK_", "SSLv20_CK_", 1) if name.startswith("SSL_CK_") else name


def curve(one: Connection) -> str | None:
    """Name the group, whether a curve or not; a DH prime that travels without a number is none."""
    code = one.cells["group_code"]
    if code is None and one.handshake.server_hello is None and one.handshake.hello_retry is not None:
        code = next((asked.value for asked in one.handshake.hello_retry.extensions or () if asked.code in SHARES), None)
    return None if code is None else registry.group_name(code) or f"unknown-{code}"


def last_alert(one: Connection) -> str | None:
    """Name the last alert that could be read."""
    told = [alert.description for alert in one.handshake.alerts if alert.description is not None]
    return registry.alert_name(told[-1]) or f"unknown-{told[-1]}" if told else None


def fingerprints(of: str, beside: str) -> Callable[[Connection], list[str] | None]:
    """Return what gets the SHA-256 of a side's certificates: [] where only the other side has shown one, None where nobody has."""
    return lambda one: (one.cells[of] or []) if one.cells[of] or one.cells[beside] else None


def sni_matches(one: Connection) -> bool | None:
    """Whether the certificate is for the name that was asked for; as in Zeek a common name counts where there is no DNS name."""
    leaf, name = one.leaf(SERVER), one.cells["server_name"]
    if leaf is None or not name:
        return None
    if not leaf.san_dns and leaf.subject_cn is not None:
        leaf = msgspec.structs.replace(leaf, san_dns=(leaf.subject_cn,))
    return match(leaf, name).matched


COLUMNS = (
    Column("ts", "time", lambda one: one.handshake.start),
    Column("uid", "string", lambda one: uid(one.handshake)),
    Column("id.orig_h", "addr", lambda one: one.cells["client"]),
    Column("id.orig_p", "port", lambda one: one.cells["client_port"]),
    Column("id.resp_h", "addr", lambda one: one.cells["server"]),
    Column("id.resp_p", "port", lambda one: one.cells["server_port"]),
    Column("version", "string", version),
    Column("cipher", "string", cipher),
    Column("curve", "string", curve),
    Column("server_name", "string", lambda one: one.cells["server_name"], wire=True),
    Column("resumed", "bool", lambda one: one.resumed),
    Column("last_alert", "string", last_alert),
    Column("next_protocol", "string", lambda one: one.cells["alpn"], wire=True),
    Column("established", "bool", lambda one: one.established),
    Column("ssl_history", "string", lambda one: history(one.handshake)),
    Column("cert_chain_fps", "vector[string]", fingerprints("certificates", "client_certificates")),
    Column("client_cert_chain_fps", "vector[string]", fingerprints("client_certificates", "certificates")),
    Column("sni_matches_cert", "bool", sni_matches),
)


def records(tables: dict[str, Table]) -> Callable[[Told], Iterator[Connection]]:
    """Begin a log: a record for each handshake but renegotiations."""
    connections = Connections(tables)

    def of(told: Told) -> Iterator[Connection]:
        one = connections.of(told)
        if one is not None and not one.handshake.renegotiation:
            yield one

    return of


LOG = Log(path="ssl", columns=COLUMNS, records=records)
