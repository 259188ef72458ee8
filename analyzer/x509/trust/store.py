"""Trust stores: whom one trusts, from certifi, the system, files and folders.

Here lives: reading them, and the roots by subject.  Here does not live: CAs trusted by name because they were seen (``pool``),
whether a chain leads to a root (``paths``).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from analyzer.errors import TrustStoreError
from analyzer.x509 import der
from analyzer.x509.trust.member import Member, NameKey, name_key, read_member, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["PURPOSES", "Root", "TrustStore", "open_store"]

FILE_OCTETS = 64 << 20
"""Octets read of one file; Mozilla's roots are a quarter of a megabyte, all that ever were some ten."""

FOLDER_FILES = 20_000
"""Files read of one folder; a system's has a few hundred."""

PURPOSES = {"server": "1.3.6.1.5.5.7.3.1", "client": "1.3.6.1.5.5.7.3.2"}
"""Purpose of a chain -> the extended key usage that it needs (RFC 5280 section 4.2.1.12)."""

_ANY = "2.5.29.37.0"

_PEM = re.compile(rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([^-]*)-----END (?:TRUSTED |X509 )?CERTIFICATE-----")

# Where systems keep their roots, the commonest first: Debian, Fedora, SUSE, older Red Hat, Alpine and the BSDs and macOS; then folders.
_SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem", "/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt",
)  # fmt: skip
_SYSTEM_FOLDERS = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/system/etc/security/cacerts")


class Root(msgspec.Struct, frozen=True, eq=False):
    """One trusted certificate: its DER, the store that it came from, and for what alone (OpenSSL's "TRUSTED CERTIFICATE")."""

    der: bytes
    store: str
    trusted_for: frozenset[str] | None = None
    """Extended key usages, dotted; None: for everything."""
    rejected_for: frozenset[str] = frozenset()

    def serves(self, purpose: str) -> bool:
        """Tell whether it is trusted for a purpose of PURPOSES."""
        wanted = {PURPOSES[purpose], _ANY}
        return not wanted & self.rejected_for and (self.trusted_for is None or bool(wanted & self.trusted_for))


class TrustStore(msgspec.Struct, eq=False):
    """Roots.  They are looked up by subject, and read only when they are."""

    name: str
    """What it was made of, for people: "certifi", "system + lab.pem"."""
    roots: tuple[Root, ...]
    _by_der: dict[bytes, Root] = msgspec.field(default_factory=dict)
    _by_subject: dict[NameKey, list[Root]] = msgspec.field(default_factory=dict)
    _by_sha256: dict[str, bytes] = msgspec.field(default_factory=dict)
    _members: dict[bytes, Member] = msgspec.field(default_factory=dict)

    def __len__(self) -> int:
        """Count the roots."""
        return len(self.roots)

    def root(self, encoded: bytes) -> Root | None:
        """Return the root that is that certificate, or None."""
        self._index()
        return self._by_der.get(encoded)

    def named(self, subject: NameKey) -> list[Member]:
        """Return the roots of that subject."""
        self._index()
        return [self._member(root.der) for root in self._by_subject.get(subject, ())]

    def certificate(self, sha256: str) -> bytes | None:
        """Return a root by its SHA-256."""
        if not self._by_sha256:
            self._by_sha256.update({hashlib.sha256(root.der).hexdigest(): root.der for root in self.roots})
        return self._by_sha256.get(sha256)

    def _index(self) -> None:
        """Put the roots in their places, at the first question."""
        if not self._by_der:
            for root in self.roots:
                self._by_der[root.der] = root
                self._by_subject.setdefault(name_key(subject_of(root.der) or b""), []).append(root)

    def _member(self, encoded: bytes) -> Member:
        """Read a root once."""
        if encoded not in self._members:
            self._members[encoded] = read_member(encoded)
        return self._members[encoded]


def _auxiliary(data: bytes, start: int) -> tuple[frozenset[str] | None, frozenset[str]]:
    """Read what stands behind a TRUSTED CERTIFICATE: X509_CERT_AUX ::= SEQUENCE { trust SEQUENCE OF OID OPTIONAL, reject [0] … }."""
    trusted: frozenset[str] | None = None
    rejected: frozenset[str] = frozenset()
    for outer in der.children(data, start, len(data), [])[:1]:
        for tag, _, first, last, _ in der.children(data, outer[2], outer[3], []):
            usages = frozenset(der.object_identifiers(data, der.children(data, first, last, []), []))
            if tag == 0x30:
                trusted = usages
            elif tag == 0xA0:
                rejected = usages
    return trusted, rejected


def _roots(data: bytes, store: str) -> Iterator[Root]:
    """Walk the certificates of a file: PEM blocks anywhere in it, or DER one behind the other."""
    if b"-----BEGIN " in data:
        for block in _PEM.finditer(data):
            try:
                encoded = base64.b64decode(block[1])
            except ValueError:
                continue
            for outer in der.children(encoded, 0, len(encoded), [])[:1]:
                if subject_of(encoded[: outer[4]]) is not None:
                    yield Root(encoded[: outer[4]], store, *_auxiliary(encoded, outer[4]))
    elif data[:1] == b"\x30":
        for _, start, _, _, end in der.children(data, 0, len(data), []):
            if subject_of(data[start:end]) is not None:
                yield Root(data[start:end], store)


def _file(path: Path, store: str) -> list[Root]:
    """Read one file."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_OCTETS + 1)
    except OSError as error:
        raise TrustStoreError(f"trust store {path}: {error.strerror or 'cannot be read'}") from None
    if len(data) > FILE_OCTETS:
        raise TrustStoreError(f"trust store {path}: more than {FILE_OCTETS >> 20} MiB")
    return list(_roots(data, store))


def _folder(path: Path, store: str) -> list[Root]:
    """Read the files of a folder (not of those inside it); what cannot be read or holds no certificate is passed over."""
    try:
        with os.scandir(path) as entries:
            names = sorted(entry.name for entry in entries if not entry.is_dir())[:FOLDER_FILES]
    except OSError as error:
        raise TrustStoreError(f"trust store {path}: {error.strerror or 'cannot be read'}") from None
    found: list[Root] = []
    seen: set[str] = set()
    for name in names:
        real = os.path.realpath(path / name)
        if real in seen:  # OpenSSL's links by hash
            continue
        seen.add(real)
        try:
            found += _file(path / name, store)
        except TrustStoreError:
            continue
    return found


def _path(path: Path, store: str) -> list[Root]:
    """Read a file or folder."""
    found = _folder(path, store) if path.is_dir() else _file(path, store)
    if not found:
        raise TrustStoreError(f"trust store {path}: holds no certificate")
    return found


def _certifi() -> list[Root]:
    """Read Mozilla's roots as certifi has them."""
    import certifi  # noqa: PLC0415 - needed only where a chain is judged

    return _path(Path(certifi.where()), "certifi")


def _system() -> list[Root]:
    """Read the platform's roots."""
    if os.name == "nt":
        import ssl  # noqa: PLC0415 - only Windows keeps its roots where no file is

        entries = getattr(ssl, "enum_certificates")("ROOT")  # noqa: B009 - mypy looks on with other platforms' eyes
        return [Root(data, "system") for data, kind, _ in entries if kind == "x509_asn" and subject_of(data) is not None]
    chosen = [os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "").split(os.pathsep)[0]]
    for place in (*filter(None, chosen), *_SYSTEM_FILES, *_SYSTEM_FOLDERS):
        if Path(place).exists():
            return _path(Path(place), "system")
    raise TrustStoreError("trust store system: found at none of the usual places; name its file or folder")


_WORDS = {"certifi": _certifi, "system": _system, "none": list}


def open_store(names: Sequence[str] = ()) -> TrustStore:
    """Return the roots of all that is named; without a name those of certifi (Mozilla's).

    A name is "certifi", "system", "none" (nobody is trusted), or the path of a file (PEM with any number of certificates, OpenSSL's
    "TRUSTED CERTIFICATE" too; DER, several one behind the other too) or of a folder of such files.  A folder called as one of the
    words is named "./certifi".

    Raises:
        TrustStoreError: one is missing, cannot be read, or holds no certificate.

    """
    roots: dict[bytes, Root] = {}
    texts: list[str] = []
    for name in names or ("certifi",):
        read = _WORDS.get(name)
        for root in read() if read else _path(Path(name), name):
            roots.setdefault(root.der, root)
        texts.append(name)
    return TrustStore(" + ".join(dict.fromkeys(texts)), tuple(roots.values()))
