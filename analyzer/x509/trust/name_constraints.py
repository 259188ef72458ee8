"""Name constraints: which names a CA may certify (RFC 5280 section 4.2.1.10).

Here lives: the subtrees, and how a name of each kind is compared with them.  Here does not live: which certificates of a path
are held to which CA's (``constraints``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from analyzer.x509 import der
from analyzer.x509.trust.member import name_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.x509.trust.member import Member

__all__ = ["NAME_CONSTRAINTS", "Comparison"]

NAME_CONSTRAINTS, _SAN = "2.5.29.30", "2.5.29.17"
_EMAIL, _COMMON_NAME = "1.2.840.113549.1.9.1", "2.5.4.3"

COMPARISONS = 1 << 17
"""Names times subtrees that are compared in one search for a path (0.1 s); OpenSSL stops at eight times as many for each certificate."""

_KINDS = {0xA0: "otherName", 0x81: "rfc822Name", 0x82: "dNSName", 0xA3: "x400Address", 0xA4: "directoryName", 0xA5: "ediPartyName",
          0x86: "uniformResourceIdentifier", 0x87: "iPAddress", 0x88: "registeredID"}  # fmt: skip

_HOST = re.compile(r"[A-Za-z0-9_*-]+(\.[A-Za-z0-9_-]+)+\.?")
"""A common name that old clients would take for a host name."""

_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:\[\]]*)(?::[0-9]*)?(?:[/?#].*)?", re.DOTALL)

Name = tuple[int, bytes]
"""Tag of a GeneralName (a directoryName's without its wrapping), contents."""

Subtrees = dict[int, list[bytes]]
"""Constraints by the tag of their names."""


def _text(raw: bytes) -> str:
    """Return a name or constraint as lower-case text; Latin-1, so that bytes that do not belong there stay what they are."""
    return raw.decode("latin-1").lower()


def _dns(name: bytes, base: bytes) -> bool:
    """Compare a DNS name: any labels may stand before the constraint; one with a leading dot wants at least one."""
    host, suffix = _text(name).rstrip("."), _text(base).rstrip(".")
    if not suffix or host == suffix:
        return True
    return host.endswith(suffix) and (suffix[0] == "." or host[-len(suffix) - 1] == ".")


def _host(host: str, base: str) -> bool:
    """Compare a host of mail or of a URI: the same host, or any below where the constraint has a leading dot."""
    return host.endswith(base) and len(host) > len(base) if base[:1] == "." else host == base


def _mail(name: bytes, base: bytes) -> bool:
    """Compare a mailbox with a mailbox (its local part by case), a host, or a domain with a leading dot."""
    local, _, host = name.decode("latin-1").rpartition("@")
    wanted_local, at, wanted = base.decode("latin-1").rpartition("@")
    if at and wanted_local:
        return local == wanted_local and host.lower() == wanted.lower()
    return not wanted or _host(host.lower(), wanted.lower())


def _uri(name: bytes, base: bytes) -> bool:
    """Compare a URI's host; one without a host, or with an address, is in no subtree."""
    authority = _AUTHORITY.fullmatch(name.decode("latin-1"))
    if authority is None or not authority[1] or authority[1].replace(".", "").isdigit():
        return False
    return _host(authority[1].lower(), _text(base))


def _address(name: bytes, base: bytes) -> bool:
    """Compare an address with address and mask of its own family."""
    if len(name) * 2 != len(base) or len(name) not in {4, 16}:
        return False
    address, net, mask = (int.from_bytes(part, "big") for part in (name, base[: len(name)], base[len(name) :]))
    return (address ^ net) & mask == 0


def _directory(name: bytes, base: bytes) -> bool:
    """Compare a distinguished name with its beginning."""
    key, wanted = name_key(name), name_key(base)
    return key[: len(wanted)] == wanted


_COMPARE: dict[int, Callable[[bytes, bytes], bool]] = {0x81: _mail, 0x82: _dns, 0x86: _uri, 0x87: _address, 0xA4: _directory}


def _general_name(data: bytes, element: der.Element) -> Name:
    """Return a GeneralName's tag and contents; of a directoryName those of the Name inside."""
    tag, _, start, stop, _ = element
    if tag == 0xA4:
        inner = der.children(data, start, stop, [])
        if len(inner) == 1 and inner[0][0] == 0x30:
            return tag, data[inner[0][2] : inner[0][3]]
        return 0, data[start:stop]
    return tag, data[start:stop]


def _names(member: Member) -> list[Name]:
    """Return the names of a certificate: subject, alternative names, mail addresses of the subject, and a host as common name.

    The last where no alternative dNSName stands: RFC 9525 does not ask for it, but clients of old do, as OpenSSL's check knows.
    """
    names: list[Name] = [(0xA4, member.subject_der)] if member.subject else []
    value = member.extension(_SAN)
    if value is not None:
        for _, _, start, stop, _ in der.children(value, 0, len(value), [])[:1]:
            names += [_general_name(value, part) for part in der.children(value, start, stop, [])]
    parts = member.certificate.subject_parts
    if not any(tag == 0x81 for tag, _ in names):
        names += [(0x81, part.value.encode("latin-1", "replace")) for part in parts if part.oid == _EMAIL]
    if not any(tag == 0x82 for tag, _ in names) and not member.certificate.is_ca:
        names += [(0x82, part.value.encode()) for part in parts if part.oid == _COMMON_NAME and _HOST.fullmatch(part.value)]
    return names


@lru_cache(maxsize=16)  # a CA's certificate comes with many leaves
def _subtrees(value: bytes) -> tuple[Subtrees, Subtrees, str | None]:
    """Return permitted and excluded subtrees by tag, and what is not understood."""
    found: dict[int, Subtrees] = {0xA0: {}, 0xA1: {}}
    odd: list[str] = []
    for tag, _, start, stop, _ in der.sequence(value, odd):
        if tag not in found or found[tag]:
            odd.append(f"tag 0x{tag:x}")
            continue
        for kind, _, first, last, _ in der.children(value, start, stop, odd):
            parts = der.children(value, first, last, odd) if kind == 0x30 else []
            # RFC 5280: minimum is 0 (its default) and maximum is absent
            if not parts or any(part[0] != 0x80 or value[part[2] : part[3]] != b"\0" for part in parts[1:]):
                odd.append("a subtree that is none, or has a minimum or maximum")
                continue
            tag_of_name, name = _general_name(value, parts[0])
            if tag_of_name == 0x87 and len(name) not in {8, 32}:
                odd.append("an address without a mask")
            found[tag].setdefault(tag_of_name, []).append(name)
    return found[0xA0], found[0xA1], odd[0] if odd else None


def _shown(name: Name) -> str:
    """Return a name for a sentence."""
    from analyzer.x509.general_names import read_general_name  # noqa: PLC0415 - only where something is wrong
    from analyzer.x509.names import read_name  # noqa: PLC0415 - as above

    tag, raw = name
    kind = _KINDS.get(tag, "name")
    text = read_name(raw, 0, len(raw)).text if tag == 0xA4 else read_general_name(raw, (tag, 0, 0, len(raw), len(raw)), []).value
    return f"{kind} {text if len(text) <= 100 else text[:99] + '…'}"


class Comparison:
    """Holds names of certificates to constraints of CAs, each pair once, up to a number of names times subtrees in all."""

    def __init__(self, most: int | None = None) -> None:
        """Compare so many at most, COMPARISONS where nothing is said."""
        self._most = COMPARISONS if most is None else most
        self.made = 0
        """Comparisons so far."""
        self._known: dict[tuple[str, str], str | None] = {}

    def outside(self, ca: Member, member: Member) -> str | None:
        """Return how a certificate's names break a CA's name constraints, None where they do not or there are none.

        Kinds of names that cannot be compared (otherName, registeredID …) break a constraint of that kind: RFC 5280 wants them
        refused.  Costs about a microsecond for each name and subtree.
        """
        value = ca.extension(NAME_CONSTRAINTS)
        if value is None:
            return None
        pair = ca.sha256, member.sha256
        if pair not in self._known:
            self._known[pair] = self._compare(value, member)
        return self._known[pair]

    def _compare(self, value: bytes, member: Member) -> str | None:
        """Compare all names with all subtrees."""
        if self.made >= self._most:
            return "more names and constraints than are compared"
        permitted, excluded, odd = _subtrees(value)
        names = _names(member)
        self.made += len(names) * (1 + sum(map(len, (*permitted.values(), *excluded.values()))))
        if odd:
            return f"constraints that cannot be judged: {odd}"
        if self.made > self._most:
            return "more names and constraints than are compared"
        return next(filter(None, (_broken(name, permitted, excluded) for name in names)), None)


def _broken(name: Name, permitted: Subtrees, excluded: Subtrees) -> str | None:
    """Return how one name breaks the constraints."""
    tag, raw = name
    if tag not in permitted and tag not in excluded:
        return None
    compare = _COMPARE.get(tag)
    if compare is None:
        return f"{_shown(name)}: a constraint of this kind cannot be judged"
    if tag == 0x86 and _AUTHORITY.fullmatch(raw.decode("latin-1")) is None:
        return f"{_shown(name)}: no host to hold to the constraint"
    if any(compare(raw, base) for base in excluded.get(tag, ())):
        return f"{_shown(name)} is excluded"
    if tag in permitted and not any(compare(raw, base) for base in permitted[tag]):
        return f"{_shown(name)} is not among what is permitted"
    return None
