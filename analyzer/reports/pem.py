r"""PEM: certificates as RFC 7468 writes them, text that may stand before one, names for their files.

Here lives: DER → PEM, harmless explanatory text, names.  Here does not live: which certificates there are (``inventory``), where files go
(``cli``).  The bytes are what was seen: a certificate with broken DER becomes the PEM of that broken DER.
"""

from __future__ import annotations

import re
from base64 import standard_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

from analyzer.escapes import file_name, terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["block", "chain_name", "explained", "name"]

COLUMNS = 64
"""Characters of a line (RFC 7468 section 2: generators MUST use exactly 64, but for the last)."""
_STEM = 60
"""Characters of a file's name that the certificate may choose."""
_TEXT = 500
"""Characters of a value in explanatory text."""
_OTHER = re.compile("[^a-z0-9._-]+")
_BOUNDARY = re.compile("-{4,}")
"""Five hyphens begin an encapsulation boundary, for some readers anywhere in a line."""


def block(der: bytes) -> str:
    """Return a certificate's textual encoding (RFC 7468 section 5.1), lines ended by LF."""
    text = standard_b64encode(der).decode("ascii")
    lines = [text[at : at + COLUMNS] for at in range(0, len(text), COLUMNS)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def explained(pairs: Iterable[tuple[str, str]]) -> str:
    r"""Return explanatory text (RFC 7468 section 2): a line for each label and value, which may come from the wire.

    No value can look like a boundary: controls are shown as on a terminal, and of four hyphens or more each becomes ``\u{2d}``.
    """
    return "".join(f"# {label}: {_BOUNDARY.sub(_hyphens, terminal(value, _TEXT))}\n" for label, value in pairs)


def _hyphens(found: re.Match[str]) -> str:
    return "\\u{2d}" * len(found[0])


def name(called: str | None, digest: str) -> str:
    """Return the name of a certificate's file: what it is called (from the wire), and 16 digits of its SHA-256 (hex) to be unique."""
    return file_name(f"{_stem(called)}-{digest[:16]}.pem")


def chain_name(called: str | None, digests: Sequence[str]) -> str:
    """Return the name of a chain's file: what its leaf is called, and 16 digits of the SHA-256 of the SHA-256s of all (hex)."""
    return file_name(f"chain-{_stem(called)}-{sha256(''.join(digests).encode()).hexdigest()[:16]}.pem")


def _stem(called: str | None) -> str:
    """Return what is left of a name in a file's: ``*.example.com`` is ``wildcard.example.com``; nothing left is ``certificate``."""
    lowered = (called or "")[: 4 * _STEM].lower().replace("*", "wildcard")
    return _OTHER.sub("_", lowered)[:_STEM].strip("._-") or "certificate"
