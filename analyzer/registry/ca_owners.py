"""Who runs the CA of a root certificate, and which root programs hold that root.

Here lives: look-up by certificate, by key, by name.  Here does not live: the table (``generated``, imported at the first question),
whether a chain leads to that root (``x509.trust``).
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from typing import NamedTuple

__all__ = ["CaOwner", "ca_owner"]


class CaOwner(NamedTuple):
    """A root that some root program holds or held, and whose it is."""

    owner: str
    country: str | None
    """Two letters, of the root's subject."""
    root: str
    """Subject of the root, RFC 4514."""
    sha256: str
    """Of the root in the root programs, hex: another certificate than was asked for where ``by`` is not "certificate"."""
    programs: tuple[str, ...]
    """Root programs that hold it, in order of the alphabet: Android, Apple, Google (Chrome), Microsoft, Mozilla, OpenJDK, Oracle."""
    distrust: tuple[tuple[str, str | None, tuple[str, ...]], ...]
    """Limits: (root program, first day of issuance that is not trusted as YYYY-MM-DD, domains; () is all)."""
    source: str
    """owner: it is documented who runs the CA today; organization: ``owner`` is what the root calls itself."""
    by: str
    """certificate, key (another certificate of the same key), or name (the same subject, which anybody can write: no proof)."""


@cache
def _tables() -> tuple[dict[str, CaOwner], dict[str, CaOwner], dict[str, CaOwner]]:
    """Return the roots by certificate (hex SHA-256), by key (base64 SHA-256) and by subject; of several the first counts."""
    from analyzer.registry.generated.ca_roots import CA_ROOTS  # noqa: PLC0415 - large, and most scans ask nothing of roots

    certificates: dict[str, CaOwner] = {}
    keys: dict[str, CaOwner] = {}
    names: dict[str, CaOwner] = {}
    for sha256, (key, subject, owner, told, country, programs, distrust) in CA_ROOTS.items():
        root = CaOwner(owner, country, subject, sha256.hex(), programs, distrust, "owner" if told else "organization", "certificate")
        certificates[root.sha256] = root
        keys.setdefault(b64encode(key).decode(), root._replace(by="key"))
        names.setdefault(subject, root._replace(by="name"))
    return certificates, keys, names


def ca_owner(sha256: str, spki_sha256: str | None = None, subject: str | None = None) -> CaOwner | None:
    """Return whose root a certificate is, or None.

    ``sha256`` is that of its DER in hex; ``spki_sha256`` (base64, as ``Certificate.spki_sha256``) and ``subject`` (as
    ``Certificate.subject``), where they are given, find a root under another certificate: a cross-certificate, a renewal.
    """
    certificates, keys, names = _tables()
    return certificates.get(sha256) or keys.get(spki_sha256 or "") or names.get(subject or "")
