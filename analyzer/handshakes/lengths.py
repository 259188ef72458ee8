"""Lengths: what the length of an encrypted TLS 1.3 record gives away (RFC 8446 section 5.2).

Here lives: the arithmetic.  An inner message grows by its content type and the cipher's tag, so that an alert and a Finished
have lengths of their own wherever nobody pads; of those who pad, Java's JSSE does it always by the same length.  Here does not live:
what is concluded (``progress``).
"""

from __future__ import annotations

__all__ = ["PADDING", "finished_length", "flight_guesses", "is_alert", "is_finished", "is_padded_alert"]

_CONTENT_TYPE = 1
_TAG, _SHORT_TAG = 16, 8
_SHORT_TAGGED = frozenset({0x1305})
"""TLS_AES_128_CCM_8_SHA256: the one suite with a tag of 8 bytes."""
_SHA384 = frozenset({0x1302})
"""TLS_AES_256_GCM_SHA384: the one suite whose Finished has 48 bytes; all others have 32."""
PADDING = 16
"""Zeros that JSSE (Java 11 and later) puts behind each handshake message and alert of TLS 1.3, and behind no application data."""

_EMPTY_CERTIFICATE = 8
"""Bytes of a Certificate message with an empty context and no certificate (RFC 8446 section 4.4.2), its header counted."""
_CERTIFICATE_VERIFY_FINISHED = 2


def _grown(length: int, suite: int | None) -> int:
    return length + _CONTENT_TYPE + (_SHORT_TAG if suite in _SHORT_TAGGED else _TAG)


def is_alert(length: int, suite: int | None) -> bool:
    """Tell whether an encrypted record of this length is an alert: level and description."""
    return length == _grown(2, suite)


def is_padded_alert(length: int, suite: int | None) -> bool:
    """Tell whether an encrypted record of this length is an alert as JSSE pads it; application data may be as long."""
    return length == _grown(2 + PADDING, suite)


def finished_length(suite: int | None, header: int = 4) -> int:
    """Return the length of an encrypted record that holds a Finished and nothing else: a handshake header (DTLS: 12 bytes) and hash."""
    return _grown(header + (48 if suite in _SHA384 else 32), suite)


def is_finished(length: int, suite: int | None) -> bool:
    """Tell whether an encrypted record of this length is a Finished and nothing else, as it is or as JSSE pads it."""
    return length - finished_length(suite) in {0, PADDING}


def flight_guesses(first: int, more: int, suite: int | None) -> tuple[str | None, ...]:
    """Return what the records of a client's flight are that ends with a Finished (RFC 8446 section 4.4), as ``Seen.guess``.

    ``first`` is the length of its first record, which is no Finished: the client was asked for a certificate.  ``more`` records follow.
    """
    if more == 1:
        empty = _grown(_EMPTY_CERTIFICATE, suite)
        return "certificate" if first - empty in {0, PADDING} else "certificate …", "finished"
    if more == _CERTIFICATE_VERIFY_FINISHED:
        return "certificate", "certificate verify", "finished"
    return ("certificate …", *[None] * (more - 1), "finished")
