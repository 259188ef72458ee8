"""QUIC Initial keys: what anybody who saw a client's first Destination Connection ID can open (RFC 9001 section 5).

Here lives: Initial secrets, header protection, AEAD of Initial packets, the Retry integrity tag.  Here does not live: packet headers
(``quic``), which connection a packet belongs to (``handshakes.quic``).
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from typing import TYPE_CHECKING

from analyzer.tls.quic_versions import edition

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TAG", "Keys", "expand_label", "initial_keys", "retry_tag"]

TAG = 16
"""Bytes of the tag that ends every protected packet (AES-128-GCM)."""
_SAMPLE_AT, _SAMPLE = 4, 16
"""The sample of header protection is taken as if the packet number had four bytes (RFC 9001 section 5.4.2)."""
_REMEMBERED = 4096
"""Initial keys remembered: those of the connections that are shaking hands just now."""


def expand_label(secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-Expand-Label with SHA-256, an empty context and one block: ``length`` is at most 32 (RFC 8446 section 7.1)."""
    full = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes((len(full),)) + full + b"\0"
    return hmac.digest(secret, info + b"\1", "sha256")[:length]


class Keys:
    """Keys of one direction at the Initial level: AES-128-GCM, header protection by AES-128-ECB."""

    __slots__ = ("_iv", "_key", "_mask", "_open")

    def __init__(self, secret: bytes, label: bytes) -> None:
        """Derive them from the secret of a direction; ``label`` is quic or quicv2 (RFC 9369 section 3.3.2)."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - only QUIC needs it: imported with the first keys
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

        self._key = expand_label(secret, label + b" key", 16)
        self._iv = int.from_bytes(expand_label(secret, label + b" iv", 12), "big")
        self._open = AESGCM(self._key).decrypt
        mask = expand_label(secret, label + b" hp", 16)
        self._mask: Callable[[bytes], bytes] = Cipher(algorithms.AES128(mask), modes.ECB()).encryptor().update  # noqa: S305 - RFC 9001 section 5.4.3: one block

    def open(self, data: bytes, at: int, number_at: int, end: int, largest: int, *, cut: bool = False) -> tuple[int, bytes] | None:
        """Return packet number and frames of the packet ``data[at:end]`` whose number stands at ``number_at``, None where the tag is wrong.

        ``largest`` is the largest packet number that the sender has used, -1 for none.  Of a packet that the capture ``cut`` off the
        beginning of the frames is returned, of which no tag says that they are true.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as in __init__

        sample = data[number_at + _SAMPLE_AT : number_at + _SAMPLE_AT + _SAMPLE]
        if len(sample) < _SAMPLE:
            return None
        mask = self._mask(sample)
        first = data[at] ^ mask[0] & 0x0F
        size = (first & 3) + 1
        body_at = number_at + size
        short = int.from_bytes(data[number_at:body_at], "big") ^ int.from_bytes(mask[1 : 1 + size], "big")
        full = _number(short, size, largest)
        if cut:
            return full, self._stream(full, data[body_at:end])
        if end - body_at < TAG:
            return None
        header = bytes((first,)) + data[at + 1 : number_at] + short.to_bytes(size, "big")
        body = data[body_at:end]
        for number in dict.fromkeys((full, short)):  # short: where the sender began anew, or its packets between are not in the capture
            try:
                return number, self._open((self._iv ^ number).to_bytes(12, "big"), body, header)
            except InvalidTag:
                continue
        return None

    def _stream(self, number: int, body: bytes) -> bytes:
        """Decrypt without asking the tag: GCM is counter mode from 2 on (NIST SP 800-38D section 7.2)."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 - as in __init__

        begin = (self._iv ^ number).to_bytes(12, "big") + b"\0\0\0\2"
        return Cipher(algorithms.AES128(self._key), modes.CTR(begin)).decryptor().update(body)


def _number(short: int, size: int, largest: int) -> int:
    """Return the full packet number of which the lowest ``size`` bytes were sent (RFC 9000 appendix A.3)."""
    window = 1 << 8 * size
    expected = largest + 1
    near = expected & -window | short
    if near + window // 2 <= expected and near < (1 << 62) - window:
        return near + window
    return near - window if near > expected + window // 2 and near >= window else near


@lru_cache(_REMEMBERED)
def initial_keys(salt: bytes, label: bytes, destination: bytes, *, server: bool) -> Keys:
    """Return the Initial keys of one direction; ``destination`` is the client's first Destination Connection ID."""
    initial = hmac.digest(salt, destination, "sha256")
    return Keys(expand_label(initial, b"server in" if server else b"client in", 32), label)


def retry_tag(version: int, original: bytes, packet: bytes) -> bytes | None:
    """Return the tag that a Retry (``packet`` without its tag) should end with, None where the version's key is not known.

    ``original`` is the Destination Connection ID of the Initial that it answers (RFC 9001 section 5.8).
    """
    known = edition(version)
    if known is None or known.retry is None:
        return None
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as in Keys

    key, nonce = known.retry
    return AESGCM(key).encrypt(nonce, b"", bytes((len(original),)) + original + packet)
