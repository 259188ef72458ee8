"""Transparency: signed certificate timestamps (RFC 6962), from an extension, an OCSP response or a certificate.

Here lives: the SCT and its list.  Here does not live: names of logs (``registry``), whether a signature holds.
"""

from __future__ import annotations

import msgspec

from analyzer.tls.reader import Fault, Malformed, Reader

__all__ = ["SignedCertificateTimestamp", "read_sct_list", "sct_list"]


class SignedCertificateTimestamp(msgspec.Struct, frozen=True, gc=False):
    """RFC 6962 section 3.2: ``timestamp`` in ms since 1970 UTC; ``hash_algorithm`` and ``signature_algorithm`` as RFC 5246.

    Of a version other than 0 (v1) only ``version`` and ``body``, what follows it, are known.
    """

    version: int
    log_id: bytes = b""
    timestamp: int | None = None
    extensions: bytes = b""
    hash_algorithm: int | None = None
    signature_algorithm: int | None = None
    signature: bytes = b""
    body: bytes = b""


def _sct(reader: Reader) -> SignedCertificateTimestamp:
    version = reader.u8()
    if version != 0:
        return SignedCertificateTimestamp(version, body=reader.rest())
    value = SignedCertificateTimestamp(
        version, reader.take(32), reader.u64(), reader.opaque(2), reader.u8(), reader.u8(), reader.opaque(2)
    )  # fmt: skip - one line a struct
    reader.done()
    return value


def sct_list(reader: Reader) -> tuple[SignedCertificateTimestamp, ...]:
    """SignedCertificateTimestampList (RFC 6962 section 3.3) as a shape; raises Malformed."""
    inner = reader.sub(2)
    found = []
    while inner.left:
        found.append(_sct(inner.sub(2)))
    return tuple(found)


def read_sct_list(body: bytes) -> tuple[tuple[SignedCertificateTimestamp, ...], Fault | None]:
    """Read a whole SignedCertificateTimestampList; returns what was read and why it ended early (None: it did not)."""
    found = []
    reader = Reader(body)
    try:
        inner = reader.sub(2)
        while inner.left:
            found.append(_sct(inner.sub(2)))
        reader.done()
    except Malformed as malformed:
        return tuple(found), Fault(malformed.reason, malformed.at)
    return tuple(found), None
