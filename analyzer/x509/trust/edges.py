"""Edges: whether one certificate issued another, by names, key identifiers and the signature.

Here lives: the three questions, and the memory of signatures that were checked.  Here does not live: what a CA may do
(``constraints``), which edges are tried (``paths``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.x509.signed import KEY_OCTETS, signed_by

if TYPE_CHECKING:
    from analyzer.x509.trust.member import Member

__all__ = ["Signatures", "has_broken_key", "key_ids_agree", "names_equal"]

_MEASURED = {"RSA": 2048, "RSASSA-PSS": 2048, "DSA": 1024}
"""Key algorithm -> bits up to which a check costs 0.1 ms; beyond it grows with the square."""


def names_equal(child: Member, issuer: Member) -> bool:
    """Tell whether the issuer that the child names is that subject, octet by octet."""
    return child.issuer_der == issuer.subject_der


def key_ids_agree(child: Member, issuer: Member) -> bool | None:
    """Compare authorityKeyIdentifier with subjectKeyIdentifier (RFC 5280 section 4.2.1.1); None where one is absent.

    Where only the serial number of the issuer's certificate is given, that is compared.
    """
    wanted, serial = child.certificate.authority_key_id, child.certificate.authority_serial
    there = issuer.certificate.subject_key_id
    if wanted is not None and there is not None:
        return wanted == there
    return None if serial is None else serial == issuer.certificate.serial


def has_broken_key(member: Member) -> bool:
    """Tell whether a public key of a known algorithm is none: a point off its curve, a modulus of zero.  Costs 20 microseconds."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - heavy, and most scans judge no chain
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 - as above

    spki = member.certificate.spki
    if not spki or len(spki) > KEY_OCTETS:
        return False
    try:
        load_der_public_key(spki)
    except UnsupportedAlgorithm:
        return False
    except Exception:  # noqa: BLE001 - OpenSSL refuses keys of strangers in ways of its own
        return True
    return False


def _weight(issuer: Member) -> int:
    """Return what a check costs, in tenths of a millisecond: RSA of 16384 bits 5 ms, DSA of 10000 bits 14 ms."""
    bits = _MEASURED.get(issuer.certificate.public_key_algorithm or "")
    return max(1, ((issuer.certificate.public_key_size or 0) // bits) ** 2) if bits else 1


class Signatures:
    """Signatures that were checked: each distinct pair of certificate and key costs its arithmetic once."""

    entries = 16_384
    """Answers kept (keys are 64 hexadecimal digits each: 4 MB), the oldest forgotten first."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bool | None] = {}
        self.checked = 0
        """Signatures computed so far, those of large keys counted more often: one costs 0.1 ms."""

    def hold(self, child: Member, issuer: Member) -> bool | None:
        """Tell whether the child's signature holds under the issuer's key; None where it cannot be told.

        False too where the algorithm inside of what is signed is not the one outside (RFC 5280 section 4.1.1.2).
        """
        certificate = child.certificate
        key = certificate.sha256, issuer.certificate.spki_sha256 or ""
        if key in self._known:
            return self._known[key]
        if not child.same_algorithm:
            answer: bool | None = False
        else:
            self.checked += _weight(issuer)
            answer = signed_by(issuer.certificate.spki or b"", child.algorithm, child.signed, certificate.signature or b"")
        self._known[key] = answer
        if len(self._known) > self.entries:
            del self._known[next(iter(self._known))]
        return answer
