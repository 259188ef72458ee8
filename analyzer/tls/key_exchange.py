"""Key exchange: the bodies of ServerKeyExchange and ClientKeyExchange, whose shape only the cipher suite knows.

Here lives: one shape per key exchange, and which name of IANA's cipher suites means which.  Here does not live: their types
(``messages``), certificates, TLS 1.3 (its key exchange is the extension key_share).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.tls.certificate import fill_first_fit
from analyzer.tls.codes import SSL3, has_signature_scheme
from analyzer.tls.reader import Malformed, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.tls.hello import Fields

__all__ = ["client_key_exchange", "kind_of", "server_key_exchange"]

_KINDS: tuple[tuple[str, str], ...] = (
    ("ECDHE_PSK", "ecdhe_psk"), ("DHE_PSK", "dhe_psk"), ("PSK_DHE", "dhe_psk"), ("RSA_PSK", "rsa_psk"), ("PSK", "psk"),
    ("SRP", "srp"), ("ECJPAKE", "ecjpake"), ("ECCPWD", "eccpwd"), ("GOST", "gost"), ("KRB5", "krb5"), ("FORTEZZA", "unknown"),
    ("ECDH", "ecdhe"), ("DH", "dhe"), ("RSA_EXPORT", "rsa_export"), ("RSA_FIPS", "rsa"), ("RSA", "rsa"),
)  # fmt: skip
"""Start of the key exchange in a cipher suite's name -> kind; the first that fits."""


def kind_of(key_exchange: str | None) -> str:
    """Return the kind of a key exchange as a cipher suite's name spells it ("ECDHE", "DH_anon", "DHE_RSA_EXPORT" …)."""
    if key_exchange is not None:
        for start, kind in _KINDS:
            if key_exchange.startswith(start):
                return kind
    return "unknown"


def _group(reader: Reader, fields: Fields) -> None:
    """ECParameters, RFC 8422 section 5.4; explicit curves (RFC 4492) are stepped over."""
    at = reader.at
    fields["curve_type"] = curve_type = reader.u8()
    if curve_type == 3:
        fields["group"] = reader.u16()
        return
    if curve_type == 1:  # explicit_prime: the prime
        reader.opaque(1)
    elif curve_type == 2:  # explicit_char2: m, basis with one or three exponents
        reader.u16()
        for _ in range({1: 1, 2: 3}.get(reader.u8(), 0)):
            reader.opaque(1)
    else:
        raise Malformed("value", at)
    for _ in range(5):  # a, b, base, order, cofactor
        reader.opaque(1)


def _ecdhe(reader: Reader, fields: Fields) -> None:
    _group(reader, fields)
    fields["public"] = reader.opaque(1)


def _dhe(reader: Reader, fields: Fields) -> None:
    fields["dh_p"] = reader.opaque(2)
    fields["dh_g"] = reader.opaque(2)
    fields["public"] = reader.opaque(2)


def _rsa_export(reader: Reader, fields: Fields) -> None:
    fields["rsa_modulus"] = reader.opaque(2)
    fields["rsa_exponent"] = reader.opaque(2)


def _psk(reader: Reader, fields: Fields) -> None:
    fields["psk_identity_hint"] = reader.opaque(2)


def _ecdhe_psk(reader: Reader, fields: Fields) -> None:
    _psk(reader, fields)
    _ecdhe(reader, fields)


def _dhe_psk(reader: Reader, fields: Fields) -> None:
    _psk(reader, fields)
    _dhe(reader, fields)


def _srp(reader: Reader, fields: Fields) -> None:
    fields["dh_p"] = reader.opaque(2)
    fields["dh_g"] = reader.opaque(2)
    fields["salt"] = reader.opaque(1)
    fields["public"] = reader.opaque(2)


def _ecjpake(reader: Reader, fields: Fields) -> None:
    _group(reader, fields)
    fields["public"] = reader.opaque(1)
    fields["proof"] = (reader.opaque(1), reader.opaque(1))


def _eccpwd(reader: Reader, fields: Fields) -> None:
    fields["salt"] = reader.opaque(1)
    _group(reader, fields)
    fields["public"] = reader.opaque(1)
    fields["proof"] = (reader.opaque(1),)


_SERVER: dict[str, Callable[[Reader, Fields], None]] = {
    "ecdhe": _ecdhe,
    "dhe": _dhe,
    "rsa_export": _rsa_export,
    "rsa": _rsa_export,
    "psk": _psk,
    "rsa_psk": _psk,
    "ecdhe_psk": _ecdhe_psk,
    "dhe_psk": _dhe_psk,
    "srp": _srp,
    "ecjpake": _ecjpake,
    "eccpwd": _eccpwd,
}
_SERVER_KIND = {"rsa": "rsa_export", "rsa_psk": "psk"}
"""Kinds whose ServerKeyExchange is that of another one."""


def _scheme_and_signature(reader: Reader, fields: Fields) -> None:
    fields["signature_scheme"] = reader.u16()
    fields["signature"] = reader.opaque(2)


def _signature(reader: Reader, fields: Fields) -> None:
    fields["signature"] = reader.opaque(2)


def _signed(reader: Reader, fields: Fields, version: int | None) -> None:
    """What follows the parameters: nothing in anonymous and PSK suites, else a signature (RFC 5246 section 4.7)."""
    if reader.at == reader.end:
        return
    if version is None:
        fill_first_fit(reader, fields, _scheme_and_signature, _signature)
    elif has_signature_scheme(version):
        _scheme_and_signature(reader, fields)
    else:
        _signature(reader, fields)


def server_key_exchange(reader: Reader, fields: Fields, version: int | None, key_exchange: str | None) -> None:
    """RFC 5246 section 7.4.3, RFC 8422, RFC 4279, RFC 5054, RFC 8492; without a suite: what fits of ecdhe, dhe, rsa_export."""
    kind = kind_of(key_exchange)
    shape = _SERVER.get(kind)
    if shape is not None:
        fields["kind"] = _SERVER_KIND.get(kind, kind)
        shape(reader, fields)
        _signed(reader, fields, version)
        return
    start = reader.at
    for kind in ("ecdhe", "dhe", "rsa_export"):
        reader.at = start
        found: Fields = {"kind": kind}
        try:
            _SERVER[kind](reader, found)
            _signed(reader, found, version)
            reader.done()
        except Malformed:
            continue
        fields.update(found)
        return
    reader.at = start
    fields["kind"] = "unknown"
    fields["body"] = reader.rest()


def _client_rsa(reader: Reader, fields: Fields, version: int | None) -> None:
    """SSL 3.0, and implementations that follow it, leave out the length (RFC 5246 section 7.4.7.1)."""
    body = reader.rest()
    if version != SSL3 and int.from_bytes(body[:2], "big") == len(body) - 2:
        body = body[2:]
    fields["encrypted_premaster"] = body


def _client_public(width: int) -> Callable[[Reader, Fields, int | None], None]:
    def read(reader: Reader, fields: Fields, version: int | None) -> None:  # noqa: ARG001 - all shapes of the table are called alike
        # Nothing at all: the client's certificate holds its key (fixed (EC)DH, "implicit").
        fields["public"] = reader.opaque(width) if reader.left else b""

    return read


def _client_identity(reader: Reader, fields: Fields, version: int | None) -> None:  # noqa: ARG001 - all shapes of the table are called alike
    fields["psk_identity"] = reader.opaque(2)


def _client_rsa_psk(reader: Reader, fields: Fields, version: int | None) -> None:
    _client_identity(reader, fields, version)
    fields["encrypted_premaster"] = reader.opaque(2)


def _client_psk_public(width: int) -> Callable[[Reader, Fields, int | None], None]:
    def read(reader: Reader, fields: Fields, version: int | None) -> None:
        _client_identity(reader, fields, version)
        fields["public"] = reader.opaque(width)

    return read


def _client_whole(reader: Reader, fields: Fields, version: int | None) -> None:  # noqa: ARG001 - all shapes of the table are called alike
    fields["encrypted_premaster"] = reader.rest()


def _client_eccpwd(reader: Reader, fields: Fields, version: int | None) -> None:  # noqa: ARG001 - all shapes of the table are called alike
    fields["public"] = reader.opaque(1)
    fields["proof"] = (reader.opaque(1),)


def _client_ecjpake(reader: Reader, fields: Fields, version: int | None) -> None:  # noqa: ARG001 - all shapes of the table are called alike
    fields["public"] = reader.opaque(1)
    fields["proof"] = (reader.opaque(1), reader.opaque(1))


def _client_unknown(reader: Reader, fields: Fields, version: int | None) -> None:  # noqa: ARG001 - all shapes of the table are called alike
    fields["body"] = reader.rest()


_CLIENT: dict[str, Callable[[Reader, Fields, int | None], None]] = {
    "rsa": _client_rsa,
    "rsa_export": _client_rsa,
    "dhe": _client_public(2),
    "ecdhe": _client_public(1),
    "psk": _client_identity,
    "rsa_psk": _client_rsa_psk,
    "dhe_psk": _client_psk_public(2),
    "ecdhe_psk": _client_psk_public(1),
    "srp": _client_public(2),
    "gost": _client_whole,
    "krb5": _client_whole,
    "ecjpake": _client_ecjpake,
    "eccpwd": _client_eccpwd,
    "unknown": _client_unknown,
}


def client_key_exchange(reader: Reader, fields: Fields, version: int | None, key_exchange: str | None) -> None:
    """RFC 5246 section 7.4.7, RFC 8422 section 5.7, RFC 4279, RFC 5054; without a suite only an EC point is told apart."""
    kind = kind_of(key_exchange)
    if kind == "unknown" and reader.left > 1 and reader.data[reader.at] == reader.left - 1:
        kind = "ecdhe"
    fields["kind"] = "rsa" if kind == "rsa_export" else kind
    _CLIENT[kind](reader, fields, version)
