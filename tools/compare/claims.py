"""What other tools expect of a capture, as claims about columns of tlsscan's tables.

Here lives: one reader for each kind of ``baselines.ndjson``, and the words of other tools in ours.  Here does not live: the
comparison (``baselines``).  A claim names the table, the rows it is about (``where``: column -> value, or the two ends of a connection),
the column, and the value that at least one of those rows has to show.
"""
# ruff: noqa: INP001 - scripts and their tables, not a package

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Claim", "claims", "ends", "hexadecimal", "name", "unmarked"]

Fact = dict[str, Any]
Ends = frozenset[tuple[str, int]]


@dataclass(frozen=True)
class Claim:
    """One value that a tool expects; ``column`` None claims only that such a row is there."""

    tool: str
    capture: str
    column: str | None
    value: Any = None
    ends: Ends | None = None
    where: tuple[tuple[str, Any], ...] = ()
    table: str = "handshakes"


# ---- other tools' words in ours: None claims nothing

VERSIONS = {
    "SSLv2": "SSL 2.0", "SSLv3": "SSL 3.0", "TLSv1": "TLS 1.0", "TLSv10": "TLS 1.0", "TLSv1.0": "TLS 1.0", "TLSv11": "TLS 1.1",
    "TLSv1.1": "TLS 1.1", "TLSv12": "TLS 1.2", "TLSv1.2": "TLS 1.2", "TLS 1.2": "TLS 1.2", "TLSv13": "TLS 1.3", "TLSv1.3": "TLS 1.3",
    "TLS 1.3": "TLS 1.3", "DTLSv10": "DTLS 1.0", "DTLSv1.0": "DTLS 1.0", "DTLSv12": "DTLS 1.2", "DTLSv1.2": "DTLS 1.2",
    "DTLSv1.3": "DTLS 1.3",
}  # fmt: skip
TYPES = {"email": "emailaddress"}
"""Types of a distinguished name that others call their own way."""
QUIC_VERSIONS = {"1": 1, "quicv2": 0x6B3343CF, "V-1": 1, "V-2": 0x6B3343CF, "MVFST-22": 0xFACEB001, "MVFST-27": 0xFACEB002}


def same(value: Any) -> Any:
    """Take a value as it is."""
    return value


def text(value: Any) -> str | None:
    """Take a text that stands for nothing where it is empty."""
    return None if value in ("", "-", "(empty)") else str(value)


def version(value: str) -> str | None:
    """Take a TLS version; a draft, or one that a tool has no name for, claims nothing."""
    return VERSIONS.get(value)


def quic_version(value: str) -> int | None:
    """Take a QUIC version; drafts have their number in it."""
    draft = re.fullmatch(r"Draft-(\d+)", value)
    return 0xFF000000 + int(draft[1]) if draft else QUIC_VERSIONS.get(value)


def yes(value: Any) -> bool | None:
    """Take T and F."""
    return {"T": True, "F": False}.get(value)


def number(value: str) -> int:
    """Take a number."""
    return int(value)


def commas(value: str) -> list[str] | None:
    """Take a list."""
    return None if value == "(empty)" else value.split(",")


def semicolons(value: str) -> list[str]:
    """Take nDPI's list."""
    return value.split(";")


def hexadecimal(value: str) -> str:
    """Take bytes with colons between, or a serial number, without leading zeros."""
    return value.replace(":", "").lower().lstrip("0") or "0"


def digest(value: str) -> str:
    """Take a fingerprint."""
    return value.replace(":", "").lower()


def name(value: str) -> list[str]:
    """Take a distinguished name in any order and style: its parts, their types in lower case."""
    parts = (part.strip().partition("=") for part in re.split(r",\s*(?=[A-Za-z0-9.]+=)", value.replace("\\", "")))
    return sorted(f"{TYPES.get(kind.lower(), kind.lower())}={what}" for kind, _, what in parts)


def seconds(value: str) -> str:
    """Take seconds since 1970."""
    return dt.datetime.fromtimestamp(float(value), dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def moment(value: str) -> str:
    """Take a time of day and date, UTC."""
    return value.replace("T", " ")


def begins(value: str) -> str:
    """Take the first of the two times of nDPI."""
    return value.partition(" - ")[0]


def stops(value: str) -> str:
    """Take the second of the two times of nDPI."""
    return value.partition(" - ")[2]


def unmarked(value: str) -> str:
    """Take a JA4 without what nDPI does its own way: the mark of a server name (always d), the ALPN's letters (its first two)."""
    return value[:3] + value[4:8] + value[10:]


Row = tuple[str, str, "Callable[[Any], Any]"]
ZEEK_SSL: tuple[Row, ...] = (
    ("version", "version", version), ("cipher", "cipher_suite", text), ("curve", "group", text), ("server_name", "server_name", text),
    ("resumed", "resumed", yes), ("established", "established", yes), ("next_protocol", "alpn", text),
    ("cert_chain_fps", "certificates", commas), ("client_cert_chain_fps", "client_certificates", commas),
    ("subject", "leaf_subject", name), ("issuer", "leaf_issuer", name), ("last_alert", "alert", text), ("dh_param_size", "dh_bits", number),
    ("ticket_lifetime_hint", "ticket_lifetime", number), ("server_random", "server_random", text),
)  # fmt: skip
ZEEK_X509: tuple[Row, ...] = (
    ("certificate.version", "version", number), ("certificate.serial", "serial", hexadecimal), ("certificate.subject", "subject", name),
    ("certificate.issuer", "issuer", name), ("certificate.not_valid_before", "not_before", seconds),
    ("certificate.not_valid_after", "not_after", seconds), ("certificate.key_length", "public_key_size", number),
    ("certificate.sig_alg", "signature_algorithm", text), ("certificate.exponent", "public_key_exponent", number),
    ("basic_constraints.ca", "is_ca", yes), ("basic_constraints.path_len", "path_length", number), ("san.dns", "san_dns", commas),
)  # fmt: skip
ZEEK_QUIC: tuple[Row, ...] = (
    ("version", "quic_version_code", quic_version), ("server_name", "server_name", text), ("client_protocol", "first_alpn_offered", text),
    ("client_scid", "client_connection_id", text), ("server_scid", "server_connection_id", text),
)  # fmt: skip
NDPI: tuple[Row, ...] = (
    ("sni", "server_name", text), ("ja3", "ja3", text), ("ja3s", "ja3s", text), ("ja4", "ja4_unmarked", unmarked),
    ("version", "version", version),
    ("cipher", "cipher_suite", text), ("alpn", "alpn", text), ("alpn_offered", "alpn_offered", semicolons),
    ("quic_version", "quic_version_code", quic_version), ("cert_sha1", "leaf_sha1", digest), ("issuer", "leaf_issuer", name),
    ("subject", "leaf_subject", name),
)  # fmt: skip
NDPI_LEAF: tuple[Row, ...] = (("validity", "not_before", begins), ("validity", "not_after", stops))
JA4_PYTHON: tuple[Row, ...] = (("domain", "server_name", text), ("JA4.1", "ja4", text), ("JA4_r.1", "ja4_raw", text))
JA4_RUST: tuple[Row, ...] = (("tls_server_name", "server_name", text), ("ja4", "ja4", text))
SURICATA: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "tls.sni": ("handshakes", "server_name", text), "tls.version": ("handshakes", "version", version),
    "tls.subject": ("certificates", "subject", name),
    "tls.issuerdn": ("certificates", "issuer", name), "tls.serial": ("certificates", "serial", hexadecimal),
    "tls.notbefore": ("certificates", "not_before", moment), "tls.notafter": ("certificates", "not_after", moment),
    "tls.fingerprint": ("certificates", "sha1", digest), "tls.ja3.hash": ("handshakes", "ja3", text),
    "tls.ja3.string": ("handshakes", "ja3_text", text), "tls.ja3s.hash": ("handshakes", "ja3s", text),
    "tls.client_alpns[0]": ("handshakes", "first_alpn_offered", text), "tls.server_alpns[0]": ("handshakes", "alpn", text),
    "tls.from_proto": ("handshakes", "prelude", {"pgsql": "postgresql", "ldap": "ldap"}.get), "quic.ja4": ("handshakes", "ja4", text),
}  # fmt: skip


def ends(*pair: tuple[str, Any]) -> Ends:
    """Return two ends as they are compared: (address, port), in no order."""
    return frozenset((str(ipaddress.ip_address(address)), int(port)) for address, port in pair)


def _row(tool: str, capture: str, fact: Fact, rows: tuple[Row, ...], **about: Any) -> Iterator[Claim]:
    yield Claim(tool, capture, None, **about)
    for theirs, ours, read in rows:
        if theirs in fact and (value := read(fact[theirs])) is not None:
            yield Claim(tool, capture, ours, value, **about)


def _zeek(capture: str, fact: Fact) -> Iterator[Claim]:
    between = ends((fact["id.orig_h"], fact["id.orig_p"]), (fact["id.resp_h"], fact["id.resp_p"])) if "id.orig_h" in fact else None
    kind = fact["log"]
    if kind == "ssl":
        yield from _row("zeek", capture, fact, ZEEK_SSL, ends=between)
    elif kind == "quic":
        yield from _row("zeek", capture, fact, ZEEK_QUIC, ends=between)
    elif kind == "rdp":
        yield Claim("zeek", capture, "granted", fact["result"] == "encrypted", between, (("protocol", "rdp"),), "preludes")
    else:
        known = (("serial", hexadecimal(fact["serial"])),) if kind == "known_certs" else (("sha256", fact["fingerprint"]),)
        if len(fact.get("fingerprint", "")) in (0, 64):  # some of its tests show SHA-1 there
            words = {"subject": "certificate.subject", "issuer_subject": "certificate.issuer"} if kind == "known_certs" else {}
            renamed = {ours: fact[theirs] for theirs, ours in words.items()}
            yield from _row("zeek", capture, fact | renamed, ZEEK_X509, where=known, table="certificates")


def _suricata(capture: str, fact: Fact) -> Iterator[Claim]:
    match = fact.get("match") or {}
    if not fact.get("count") or match.get("event_type") not in {"tls", "quic"}:
        return  # what is not logged depends on its rules
    yield Claim("suricata", capture, None)
    for theirs, value in match.items():
        table, ours, read = SURICATA.get(theirs, ("", "", same))
        if table and (wanted := read(value)) is not None:
            yield Claim("suricata", capture, ours, wanted, table=table)


def _ndpi(capture: str, fact: Fact) -> Iterator[Claim]:
    if not fact.keys() & {"ja3", "ja3s", "ja4", "sni", "cert_sha1"} or str(fact.get("quic_version", "")).startswith(("Q0", "T0")):
        return  # a flow of which it knows no more than its name, or Google's QUIC before the IETF's
    between = ends((fact["src"], fact["sport"]), (fact["dst"], fact["dport"]))
    yield from _row("ndpi", capture, fact, NDPI, ends=between)
    if "cert_sha1" in fact:
        leaf = (("sha1", digest(fact["cert_sha1"])),)
        yield from (one for one in _row("ndpi", capture, fact, NDPI_LEAF, where=leaf, table="certificates") if one.column)


def _ja4_python(capture: str, fact: Fact) -> Iterator[Claim]:
    if "JA4.1" in fact:
        yield from _row("ja4-python", capture, fact, JA4_PYTHON, ends=ends((fact["src"], fact["srcport"]), (fact["dst"], fact["dstport"])))


def _ja4_rust(capture: str, fact: Fact) -> Iterator[Claim]:
    if fact.get("ja4"):
        yield from _row("ja4-rust", capture, fact, JA4_RUST, ends=ends((fact["src"], fact["src_port"]), (fact["dst"], fact["dst_port"])))


def _mercury(capture: str, fact: Fact) -> Iterator[Claim]:
    """Read how many fingerprints of client hellos it counts, where it puts them together from all their packets."""
    framing = fact["fp_type"].rpartition("_")[2]
    if fact["count"] and "without" not in fact["case"]:
        yield Claim("mercury", capture, f"client_hellos_{framing}", fact["count"], where=(("framing", framing),))


READERS: dict[str, Callable[[str, Fact], Iterator[Claim]]] = {
    "zeek": _zeek, "suricata-verify": _suricata, "ndpi": _ndpi, "mercury": _mercury,
    "ja4-python": _ja4_python, "ja4-rust": _ja4_rust,
}  # fmt: skip


def claims(line: Fact) -> Iterator[Claim]:
    """Return what one line of baselines.ndjson claims: source or kind -> reader."""
    reader = READERS.get(line["kind"]) or READERS.get(line["source"])
    for fact in line["facts"] if reader else ():
        assert reader
        yield from reader(line["file"], fact)
