"""Write analyzer/registry/generated/*.py from cryptodatahub, OpenSSL's object table, ``tshark -G values`` and additions.py.

Run it from the root of the repository:  python tools/registry/generate.py [2026-11-21]
Only facts and figures (numbers, names, properties) are taken.  The order of belief: additions, cryptodatahub, Wireshark.
"""
# ruff: noqa: INP001 - scripts and their tables, not a package

from __future__ import annotations

import _ssl
import base64
import datetime as dt
import hashlib
import importlib.metadata
import json
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import additions
import suite_names

from analyzer.x509 import der, read_certificate

ROOT = Path(__file__).resolve().parents[2] / "analyzer" / "registry" / "generated"
DATE = sys.argv[1] if len(sys.argv) > 1 else dt.datetime.now(dt.UTC).date().isoformat()
GREASE = {0x0A0A + 0x1010 * n for n in range(16)}


def dataset(name: str) -> dict[str, dict[str, Any]]:
    """Return one JSON data set of cryptodatahub, such as ``tls/cipher-suite``."""
    found: dict[str, dict[str, Any]] = json.loads((resources.files("cryptodatahub") / f"{name}.json").read_text())
    return found


def wireshark(field: str) -> dict[int, str]:
    """Return what Wireshark names the values of a field, without GREASE; empty where tshark is not installed."""
    rows = (row.split("\t") for row in WIRESHARK.splitlines() if row.startswith(f"V\t{field}\t"))
    return {int(row[2], 0): row[3] for row in rows if "GREASE" not in row[3]}


def cipher_suites() -> dict[int, tuple[Any, ...]]:
    """Code -> the fields of CipherSuite after ``code``."""
    names: dict[int, tuple[str, str | None]] = {}
    for key, row in dataset("tls/cipher-suite").items():
        names[row["code"]] = (row["iana_name"] or key, row["openssl_name"])
    for row in dataset("tls/cipher-kind").values():
        if row["code"] > 0xFFFF:  # kind 00 00 00 is the number of TLS_NULL_WITH_NULL_NULL
            names[row["code"]] = (row["iana_name"], row["openssl_name"])
    for code, name in wireshark("tls.handshake.ciphersuite").items():
        names.setdefault(code, (name, None))
    names |= {code: row[:2] for code, row in additions.CIPHER_SUITES.items()}
    table = {}
    for code, (name, openssl) in sorted(names.items()):
        if code in additions.SIGNALS or code in GREASE:
            continue
        iana = reference(code, additions.CIPHER_SUITE_REFERENCES)
        sslv2 = code > 0xFFFF
        recommended = code in additions.RECOMMENDED if iana else None
        document = iana or reference(code, additions.CIPHER_SUITE_REFERENCES_BEYOND_IANA)
        fields = suite_names.parts(name, sslv2=sslv2)
        table[code] = (name, openssl, *fields, recommended, code in additions.DISCOURAGED, sslv2, document)
    return table


def reference(code: int, ranges: tuple[tuple[int, int, str], ...]) -> str | None:
    """Return the document of the first range that holds the code."""
    return next((text for first, last, text in ranges if first <= code <= last), None)


def extensions() -> dict[int, tuple[str, str | None]]:
    """Code -> name, document."""
    table: dict[int, tuple[str, str | None]] = {}
    for key, row in dataset("tls/extension-type").items():
        document = row.get("_standard") or None
        if document and not re.fullmatch(r"RFC\d+", document):
            document = document.lower()
        table[row["code"]] = (key.lower(), document)
    for code, name in wireshark("tls.handshake.extension.type").items():
        table.setdefault(code, (name, "Wireshark"))
    return dict(sorted((table | additions.EXTENSIONS).items()))


CURVES = {"PRIME256V1": "secp256r1", "CURVE25519": "x25519", "CURVE448": "x448"}
CLASSICAL = {
    "p256": "secp256r1", "p384": "secp384r1", "p521": "secp521r1", "x25519": "x25519", "x448": "x448", "SecP256r1": "secp256r1",
    "SecP384r1": "secp384r1", "X25519": "x25519", "P256": "secp256r1", "curveSM2": "curveSM2", "secp256r1": "secp256r1",
    "bp256": "brainpoolP256r1", "bp384": "brainpoolP384r1", "bp512": "brainpoolP512r1",
}  # fmt: skip
HYBRID = re.compile(r"(p256|p384|p521|bp\d+|x25519|x448|SecP256r1|SecP384r1|secp256r1|X25519|P256|curveSM2)_?(?=[A-Za-z])(.+)\Z")
KINDS = (
    (re.compile(r"ffdhe(\d+)\Z"), "ffdhe"),
    (re.compile(r"arbitrary_"), "explicit"),
    (re.compile(r"(?:sect|secp|brainpoolP|GC|x25(?=519)|x)(\d+)[a-zA-Z]?\w*\Z"), "ecdh"),
    (re.compile(r"curveSM2\Z"), "ecdh"),
    (re.compile(r"MLKEM(\d+)\Z"), "mlkem"),
)
BITS = {"x25519": 255, "x448": 448, "curveSM2": 256}
BROKEN = re.compile(r"sidhp|sikep")
"""Isogeny schemes that fell to a classical attack (Castryck, Decru 2022): built to be, but not, post-quantum."""


def groups() -> dict[int, tuple[Any, ...]]:
    """Code -> name, kind, bits, post_quantum, classical part, post-quantum part."""
    hybrids, kems = dataset("common/hybrid-named-group"), dataset("common/key-encapsulation-mechanism")
    names: dict[int, str] = {}
    for key, row in dataset("tls/named-curve").items():
        described = hybrids.get(row["key_parameter"]) or kems.get(row["key_parameter"]) or {}
        name = described.get("oqs_name")
        if name is None or name in additions.GROUPS.values():  # the project's own number for what IANA has given another
            name = re.sub(r"^secp(\d{3})r1_", r"p\1_", key.lower())
        names[row["code"]] = name
    for code, name in wireshark("tls.handshake.extensions_supported_group").items():
        names.setdefault(code, name)
    names |= additions.GROUPS
    return {code: (name, *group_properties(name)) for code, name in sorted(names.items())}


def group_properties(name: str) -> tuple[str, int | None, bool, str | None, str | None]:
    """Return kind, bits, post_quantum, classical part, post-quantum part of a group's name."""
    if name == "CECPQ2":
        return "hybrid", 255, True, "x25519", "ntru_hrss701"
    if name == "MLKEM512X25519":  # the one hybrid whose name starts with the post-quantum part
        return "hybrid", 255, True, "x25519", "MLKEM512"
    for pattern, kind in KINDS[:2]:
        if found := pattern.match(name):
            return kind, int(found[1]) if kind == "ffdhe" else None, False, name if kind == "ffdhe" else None, None
    if (found := HYBRID.match(name)) and not re.match(r"brainpool|secp\d+[rk]\d\Z|curveSM2\Z", name):
        classical = CLASSICAL[found[1]]
        return "hybrid", bits(classical), not BROKEN.search(name), classical, found[2].removesuffix("Old").removesuffix("Draft00")
    for pattern, kind in KINDS[2:4]:
        if pattern.match(name):
            return kind, bits(name), False, name, None
    if found := KINDS[4][0].match(name):
        return "mlkem", int(found[1]), True, None, name
    return "kem", None, not BROKEN.search(name), None, name


def bits(curve: str) -> int:
    """Return the size of a curve's field in bits."""
    return BITS.get(curve) or int(re.findall(r"\d+", curve)[0])


def signature_schemes() -> dict[int, str]:
    """Code -> name; TLS 1.2 pairs of hash and signature are named by rule at run time and left out."""
    table = {row["code"]: key.lower() for key, row in dataset("tls/hash-and-signature-algorithm").items() if row["code"] > 0x08FF}
    for code, name in wireshark("tls.handshake.sig_hash_alg").items():
        table.setdefault(code, name)
    table |= additions.SIGNATURE_SCHEMES
    return dict(sorted((code, name) for code, name in table.items() if code not in additions.SIGNATURE_SCHEMES_WRONG))


def ct_logs() -> dict[bytes, tuple[str, str]]:
    """Log id -> operator, description."""
    entities = {key: row["name"] for key, row in dataset("common/entity").items()}
    rows = dataset("common/certificate-transparency-log").values()
    return dict(sorted((base64.b64decode(row["log_id"]), (entities[row["operator"]], row["description"])) for row in rows))


def seconds(text: str | None) -> int | None:
    """Return an ISO 8601 time as seconds since 1970 UTC."""
    return int(dt.datetime.fromisoformat(text).timestamp()) if text else None


def ct_log_keys() -> dict[bytes, tuple[Any, ...]]:
    """Log id -> fields of CtLogKey after ``description``; states as (root program, state, since in seconds)."""
    entities = {key: row["name"] for key, row in dataset("common/entity").items()}
    table = {}
    for row in dataset("common/certificate-transparency-log").values():
        interval = row.get("temporal_interval") or {}
        states = tuple(
            (entities[store["owner"]], state["state_type"].lower(), seconds(state["timestamp"]))
            for store in row["trust_stores"] if (state := store["log_state"])
        )  # fmt: skip
        kind = (row.get("log_type") or "production").lower()
        times = seconds(interval.get("start_inclusive")), seconds(interval.get("end_exclusive"))
        table[base64.b64decode(row["log_id"])] = (base64.b64decode(row["key"]), kind, *times, states)
    return dict(sorted(table.items()))


def ca_roots() -> dict[bytes, tuple[Any, ...]]:
    """SHA-256 of a root -> (SHA-256 of its key, subject, owner, True where a document tells the owner, country, programs, distrust)."""
    entities = {key: row["name"] for key, row in dataset("common/entity").items()}
    table = {}
    for row in dataset("common/root-certificate").values():
        root = read_certificate(base64.b64decode("".join(row["certificate"][1:-1])))
        told = additions.CA_OWNERS_BY_NAME.get(root.subject_cn or "") or additions.CA_OWNERS.get(root.subject_o or "")
        key = base64.b64decode(root.spki_sha256 or "")
        programs = tuple(sorted(entities[store["owner"]] for store in row["trust_stores"]))
        distrust = tuple(
            (entities[store["owner"]], (limit.get("date") or "")[:10] or None, tuple(limit["domains"]))
            for store in row["trust_stores"] for limit in store["constraints"] if limit["action"] == "DISTRUST"
        )  # fmt: skip
        owner = told[0] if told else root.subject_o or root.subject_cn
        table[bytes.fromhex(root.sha256)] = (key, root.subject, owner, bool(told), root.subject_c, programs, distrust)
    return dict(sorted(table.items()))


SHORT_ARCS = ("2.5.29.", "1.3.6.1.5.5.7.")


def oids() -> dict[str, str]:
    """OID -> name: OpenSSL's long name where it is one word, its short name under the arcs of extensions and key purposes."""
    table: dict[str, str] = {}
    for nid in range(1, 2000):
        try:
            _, short, long, oid = _ssl.nid2obj(nid)
        except ValueError:
            continue
        if oid:
            table[oid] = short if oid.startswith(SHORT_ARCS) or " " in long else long
    for data in ("common/signature", "common/authentication", "common/ecparam-well-known"):
        for row in dataset(data).values():
            if row["oid"]:
                table.setdefault(row["oid"], row["name"])
    return dict(sorted((table | additions.OIDS).items(), key=lambda item: [int(arc) for arc in item[0].split(".")]))


DH_NAMES = (
    (re.compile(r"RFC7919_(\d+)_"), r"ffdhe\1 (RFC 7919)"),
    (re.compile(r"RFC5114_(\d+)_BIT_MODP_GROUP_WITH_(\d+)_BIT.*"), r"MODP \1 bit with \2 bit subgroup (RFC 5114)"),
    (re.compile(r"APPLICATION_SERVER_(\w+?)_VERSION_([\d_]+)_BIT_(\d+)"), r"\1 \2 built-in, \3 bit"),
)
OAKLEY = {
    768: "1 (RFC 2409)", 1024: "2 (RFC 2409)", 1536: "5 (RFC 3526)", 2048: "14 (RFC 3526)", 3072: "15 (RFC 3526)", 4096: "16 (RFC 3526)",
    6144: "17 (RFC 3526)", 8192: "18 (RFC 3526)",
}  # fmt: skip
SERVERS = {"POSTFIX": "Postfix", "HAPROXY": "HAProxy", "PROFTPD": "ProFTPD", "NGINX": "nginx", "APACHE": "Apache httpd", "SOCAT": "socat"}


def hexadecimal(text: str) -> bytes:
    """Return the bytes of hexadecimal text: "FFFF FFFF", "FF:FF" or "0xFF,0xF,"."""
    words = re.findall(r"0[xX]([0-9a-fA-F]{1,2})\b", text)
    return bytes(int(word, 16) for word in words) if words else bytes.fromhex(re.sub(r"[\s:]", "", text))


def dh_prime(row: dict[str, Any]) -> int:
    """Return the prime of a row; some rows hold DER DHParams (PKCS #3: SEQUENCE of prime and base) in its place."""
    number = hexadecimal(" ".join(row["parameter_numbers"]["p"]))
    parts = der.sequence(number, [])
    if int.from_bytes(number).bit_length() != row["field_size"] and parts and parts[0][0] == 0x02:
        number = number[parts[0][2] : parts[0][3]]
    if int.from_bytes(number).bit_length() != row["field_size"]:
        raise ValueError(f"{row['name']}: no prime of {row['field_size']} bits")
    return int.from_bytes(number)


def dh_groups() -> dict[bytes, str]:
    """SHA-256 of the prime (big-endian, no leading zeros) -> name; the first name of a prime that has several."""
    table: dict[bytes, str] = {}
    for key, row in dataset("common/dhparam-well-known").items():
        prime = dh_prime(row)
        if re.match(r"RFC(2539|3526)_", key):
            name = f"MODP group {OAKLEY[row['field_size']]}, {row['field_size']} bit"
        else:
            name = next(found.expand(text) for pattern, text in DH_NAMES if (found := pattern.match(key)))
        if (words := name.split(" "))[0] in SERVERS:
            name = " ".join((SERVERS[words[0]], words[1].replace("_", "."), *words[2:]))
        table.setdefault(hashlib.sha256(prime.to_bytes((prime.bit_length() + 7) // 8)).digest(), name)
    return table


def write(name: str, doc: str, **tables: object) -> None:
    """Write one generated module: each keyword is a table of it."""
    origin = f"Generated by tools/registry/generate.py on {DATE} from {'; '.join(SOURCES)}."
    lines = [f'"""{doc}', "", origin, "Do not edit: edit tools/registry/additions.py.", '"""', ""]
    for key, table in tables.items():
        if isinstance(table, dict):
            width = "0x%04X" if name in NUMBERED else None
            rows = (f"    {width % code if width and isinstance(code, int) else repr(code)}: {value!r}," for code, value in table.items())
            lines += [f"{key} = {{", *rows, "}"]
        else:
            lines.append(f"{key} = {table!r}")
    (ROOT / f"{name}.py").write_text("\n".join(lines) + "\n")


NUMBERED = {"cipher_suites", "extensions", "groups", "signature_schemes"}


def main() -> None:
    """Write all tables."""
    ROOT.mkdir(parents=True, exist_ok=True)
    write("__init__", "Generated tables: numbers and what they mean.")
    write("origin", "Where the tables come from.", DATE=DATE, SOURCES=SOURCES)
    suites = cipher_suites()
    write("cipher_suites", "Cipher suites: code -> fields of CipherSuite after code.", CIPHER_SUITES=suites, SIGNALS=additions.SIGNALS)
    write("extensions", "Extension types: code -> (name, document).", EXTENSIONS=extensions())
    write("groups", "Supported groups: code -> fields of Group after code.", GROUPS=groups())
    write("signature_schemes", "Signature schemes: code -> name.", SIGNATURE_SCHEMES=signature_schemes())
    write("ct_logs", "Certificate Transparency logs: log id -> (operator, description).", CT_LOGS=ct_logs())
    write("ct_log_keys", "Certificate Transparency logs: log id -> fields of CtLogKey after description.", CT_LOG_KEYS=ct_log_keys())
    write("ca_roots", "Roots of the root programs: SHA-256 of the certificate -> what ca_owners tells of it.", CA_ROOTS=ca_roots())
    write("oids", "Object identifiers.", OIDS=oids(), ATTRIBUTES=additions.ATTRIBUTES, POLICIES=additions.POLICIES)
    write("dh_groups", "Diffie-Hellman groups: SHA-256 of the prime -> name.", DH_GROUPS=dh_groups())


def newest_log_state() -> str:
    """Return the date of the newest state of a CT log in the data: how old the data are at most."""
    rows = dataset("common/certificate-transparency-log").values()
    states = (store["log_state"] or {} for row in rows for store in row["trust_stores"])
    return max(str(state.get("timestamp") or "") for state in states)[:10]


try:
    WIRESHARK = subprocess.run(["tshark", "-G", "values"], capture_output=True, text=True, check=True).stdout  # noqa: S607 - found on PATH
    TSHARK = [re.search(r"\d+\.\d+\.\d+", subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True).stdout)[0]]  # type: ignore[index] # noqa: S607 - as above
except FileNotFoundError:
    WIRESHARK, TSHARK = "", []
SOURCES = (
    f"cryptodatahub {importlib.metadata.version('cryptodatahub')} (MPL-2.0, newest log state {newest_log_state()})",
    *(f"tshark {version} -G values" for version in TSHARK),
    f"{_ssl.OPENSSL_VERSION.rsplit(' ', 3)[0]} object table",
    "IANA TLS Parameters, TLS ExtensionType Values (by hand, additions.py)",
)

if __name__ == "__main__":
    main()
