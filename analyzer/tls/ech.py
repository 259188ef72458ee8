"""Encrypted Client Hello (RFC 9849) and its ancestor ESNI (draft-ietf-tls-esni-02): what is visible of them from outside.

Here lives: the outer extension, the server's configurations, the drafts' encrypted_server_name.  Here does not live:
decryption.
"""

from __future__ import annotations

import msgspec

from analyzer.tls.reader import Malformed, Reader
from analyzer.tls.shapes import opaque, u16, vector

__all__ = ["EchConfig", "EncryptedClientHello", "EncryptedServerName", "client_ech", "client_esni", "ech_configs"]


class EncryptedClientHello(msgspec.Struct, frozen=True, gc=False):
    """ECHClientHello: ``type`` 0 is the outer one with everything, 1 the inner one with nothing else."""

    type: int
    kdf_id: int | None = None
    aead_id: int | None = None
    config_id: int | None = None
    enc: bytes = b""
    payload: bytes = b""


class EchConfig(msgspec.Struct, frozen=True, gc=False):
    """ECHConfig; of a ``version`` other than 0xfe0d only ``contents`` is known."""

    version: int
    contents: bytes
    config_id: int | None = None
    kem_id: int | None = None
    public_key: bytes = b""
    cipher_suites: tuple[tuple[int, int], ...] = ()
    """(kdf_id, aead_id) pairs."""
    maximum_name_length: int | None = None
    public_name: bytes = b""
    extensions: bytes = b""


class EncryptedServerName(msgspec.Struct, frozen=True, gc=False):
    """ClientEncryptedSNI of the drafts 01-06: ``cipher_suite`` is a TLS 1.3 suite, ``group`` that of the key share."""

    cipher_suite: int
    group: int
    key_exchange: bytes
    record_digest: bytes
    encrypted_sni: bytes


def client_ech(reader: Reader) -> EncryptedClientHello:
    """Read the extension as a ClientHello carries it."""
    at = reader.at
    kind = reader.u8()
    if kind == 1:
        return EncryptedClientHello(kind)
    if kind != 0:
        raise Malformed("value", at)
    return EncryptedClientHello(kind, reader.u16(), reader.u16(), reader.u8(), reader.opaque(2), reader.opaque(2))


def client_esni(reader: Reader) -> EncryptedServerName:
    """Read encrypted_server_name as a ClientHello carries it."""
    return EncryptedServerName(reader.u16(), reader.u16(), reader.opaque(2), reader.opaque(2), reader.opaque(2))


_SUITES = vector(lambda reader: (u16(reader), u16(reader)), width=2, least=1)
_NAME = opaque(1, 1)


def _config(reader: Reader) -> EchConfig:
    version = reader.u16()
    inner = reader.sub(2)
    contents = inner.data[inner.at : inner.end]
    if version != 0xFE0D:
        return EchConfig(version, contents)
    config = EchConfig(
        version, contents, inner.u8(), inner.u16(), inner.opaque(2), _SUITES(inner), inner.u8(), _NAME(inner), inner.opaque(2)
    )  # fmt: skip - one line a struct
    inner.done()
    return config


ech_configs = vector(_config, width=2, least=1)
"""ECHConfigList: a server's retry_configs in EncryptedExtensions."""
