"""SSL 2.0: its records and messages, and the ClientHello that newer clients put in its framing.

Here lives: everything of the SSL 2.0 draft (Hickman, 1995) and RFC 5246 appendix E.2.  Here does not live: names of its
cipher kinds (``registry``).  A cipher kind is a 24-bit number: 0x010080 is SSL 2.0's RC4, 0x00002f TLS's suite 0x002f.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.tls.messages import ClientHello, Message, Opaque
from analyzer.tls.reader import Fault, Malformed, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CLIENT_FINISHED", "CLIENT_HELLO", "CLIENT_MASTER_KEY", "ERROR", "SERVER_FINISHED", "SERVER_HELLO", "SERVER_VERIFY",
    "REQUEST_CERTIFICATE", "CLIENT_CERTIFICATE", "Sslv2ClientCertificate", "Sslv2ClientFinished", "Sslv2ClientMasterKey",
    "Sslv2Error", "Sslv2RequestCertificate", "Sslv2ServerFinished", "Sslv2ServerHello", "Sslv2ServerVerify",
    "looks_like_client_hello", "looks_like_server_hello", "read_header", "read_message",
]  # fmt: skip

ERROR, CLIENT_HELLO, CLIENT_MASTER_KEY, CLIENT_FINISHED, SERVER_HELLO = 0, 1, 2, 3, 4
SERVER_VERIFY, SERVER_FINISHED, REQUEST_CERTIFICATE, CLIENT_CERTIFICATE = 5, 6, 7, 8


class Sslv2ServerHello(Message, frozen=True, kw_only=True, gc=False):
    """SERVER-HELLO: ``session_id_hit`` 1 resumes a session, then there is no certificate; ``certificate`` is DER."""

    session_id_hit: int
    certificate_type: int = 0
    version: int | None = None
    certificate: bytes = b""
    cipher_specs: tuple[int, ...] = ()
    connection_id: bytes = b""


class Sslv2ClientMasterKey(Message, frozen=True, kw_only=True, gc=False):
    """CLIENT-MASTER-KEY: ``cipher_kind`` is the client's choice among the server's cipher_specs."""

    cipher_kind: int
    clear_key: bytes = b""
    encrypted_key: bytes = b""
    key_arg: bytes = b""


class Sslv2ClientFinished(Message, frozen=True, kw_only=True, gc=False):
    """CLIENT-FINISHED (always encrypted)."""

    connection_id: bytes = b""


class Sslv2ServerVerify(Message, frozen=True, kw_only=True, gc=False):
    """SERVER-VERIFY (always encrypted)."""

    challenge: bytes = b""


class Sslv2ServerFinished(Message, frozen=True, kw_only=True, gc=False):
    """SERVER-FINISHED (always encrypted)."""

    session_id: bytes = b""


class Sslv2RequestCertificate(Message, frozen=True, kw_only=True, gc=False):
    """REQUEST-CERTIFICATE (always encrypted)."""

    authentication_type: int
    challenge: bytes = b""


class Sslv2ClientCertificate(Message, frozen=True, kw_only=True, gc=False):
    """CLIENT-CERTIFICATE (always encrypted)."""

    certificate_type: int
    certificate: bytes = b""
    response: bytes = b""


class Sslv2Error(Message, frozen=True, kw_only=True, gc=False):
    """ERROR: 1 no cipher, 2 no certificate, 4 bad certificate, 6 unsupported certificate type."""

    error_code: int


def read_header(data: bytes, at: int = 0) -> tuple[int, int, int] | None:
    """Return (bytes of the header, bytes of the body, bytes of padding at the body's end) of the record at ``at``.

    None where the header is not all there.  A header of two bytes has its top bit set, one of three has not.
    """
    if len(data) - at < 2:
        return None
    length = data[at] << 8 | data[at + 1]
    if length & 0x8000:
        return 2, length & 0x7FFF, 0
    return None if len(data) - at < 3 else (3, length & 0x3FFF, data[at + 2])


def _kinds(raw: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(raw[at : at + 3], "big") for at in range(0, len(raw) - 2, 3))


def _client_hello(reader: Reader, fields: dict[str, Any]) -> None:
    fields["version"] = reader.u16()
    fields["sslv2"] = True
    specs, session, challenge = reader.u16(), reader.u16(), reader.u16()
    if specs % 3:
        reader.note("odd", reader.at)
    fields["cipher_suites"] = _kinds(reader.take(specs))
    fields["session_id"] = reader.take(session)
    fields["random"] = reader.take(challenge)


def _server_hello(reader: Reader, fields: dict[str, Any]) -> None:
    fields["session_id_hit"] = reader.u8()
    fields["certificate_type"] = reader.u8()
    fields["version"] = reader.u16()
    certificate, specs, connection = reader.u16(), reader.u16(), reader.u16()
    fields["certificate"] = reader.take(certificate)
    if specs % 3:
        reader.note("odd", reader.at)
    fields["cipher_specs"] = _kinds(reader.take(specs))
    fields["connection_id"] = reader.take(connection)


def _client_master_key(reader: Reader, fields: dict[str, Any]) -> None:
    fields["cipher_kind"] = reader.u24()
    clear, encrypted, argument = reader.u16(), reader.u16(), reader.u16()
    fields["clear_key"] = reader.take(clear)
    fields["encrypted_key"] = reader.take(encrypted)
    fields["key_arg"] = reader.take(argument)


def _client_certificate(reader: Reader, fields: dict[str, Any]) -> None:
    fields["certificate_type"] = reader.u8()
    certificate, response = reader.u16(), reader.u16()
    fields["certificate"] = reader.take(certificate)
    fields["response"] = reader.take(response)


def _request_certificate(reader: Reader, fields: dict[str, Any]) -> None:
    fields["authentication_type"] = reader.u8()
    fields["challenge"] = reader.rest()


def _error(reader: Reader, fields: dict[str, Any]) -> None:
    fields["error_code"] = reader.u16()


def _whole(name: str) -> Callable[[Reader, dict[str, Any]], None]:
    def read(reader: Reader, fields: dict[str, Any]) -> None:
        fields[name] = reader.rest()

    return read


_READERS: dict[int, tuple[type[Message], Callable[[Reader, dict[str, Any]], None]]] = {
    ERROR: (Sslv2Error, _error),
    CLIENT_HELLO: (ClientHello, _client_hello),
    CLIENT_MASTER_KEY: (Sslv2ClientMasterKey, _client_master_key),
    CLIENT_FINISHED: (Sslv2ClientFinished, _whole("connection_id")),
    SERVER_HELLO: (Sslv2ServerHello, _server_hello),
    SERVER_VERIFY: (Sslv2ServerVerify, _whole("challenge")),
    SERVER_FINISHED: (Sslv2ServerFinished, _whole("session_id")),
    REQUEST_CERTIFICATE: (Sslv2RequestCertificate, _request_certificate),
    CLIENT_CERTIFICATE: (Sslv2ClientCertificate, _client_certificate),
}


def read_message(body: bytes) -> Message:
    """Read one message: the body of a record without its padding; the first byte is the type.  Never raises.

    A ClientHello has the raw challenge as ``random``; an unknown type, and a body of which nothing could be read, gives
    Opaque with ``type_code`` 256 + the type (256 where there is no byte at all).
    """
    code = body[0] if body else 0
    row = _READERS.get(code) if body else None
    if row is None:
        return Opaque(type_code=256 + code, body=body, fault=None if body else Fault("cut", 0))
    make, fill = row
    fields: dict[str, Any] = {}
    reader = Reader(body, 1)
    try:
        fill(reader, fields)
        fields["fault"] = reader.fault()
    except Malformed as malformed:
        fault = Fault(malformed.reason, malformed.at)
        if not fields:
            return Opaque(type_code=256 + code, body=body, fault=fault)
        fields["fault"] = fault
    return make(**fields)


def _starts(data: bytes, code: int, fixed: int, version: range) -> tuple[int, bytes] | bool | None:
    """What both hellos share: returns (length of the body, the body as far as it is there), False, or None for "more"."""
    if not data:
        return None
    header = read_header(data)
    if header is None:
        # One byte, or two of a header of three: hellos are short, so that the length's upper bits are few.
        return None if len(data) == 1 or data[0] & 0x80 == 0 else False
    size, length, padding = header
    if padding or length < fixed or (size == 3 and data[0] & 0x40):  # no cipher yet: neither padding nor escape
        return False
    body = data[size : size + length]
    if body and body[0] != code:
        return False
    where = 1 if code == CLIENT_HELLO else 3
    if len(body) >= where + 2 and int.from_bytes(body[where : where + 2], "big") not in version:
        return False
    return length, body


def _numbers(body: bytes, at: int) -> tuple[int, int, int]:
    return tuple(int.from_bytes(body[where : where + 2], "big") for where in (at, at + 2, at + 4))  # type: ignore[return-value] # three


_VERSIONS = range(0x0002, 0x0305)


def looks_like_client_hello(data: bytes) -> bool | None:
    """Tell whether ``data`` starts with a CLIENT-HELLO in an SSL 2.0 record: its lengths must add up to the record's.

    None where what is there fits and more bytes (at most 11) are needed.  RFC 5246 appendix E.2: the challenge has 16 to 32
    bytes, the session id 0 or 16 (32 seen in practice), cipher specs three bytes each.
    """
    start = _starts(data, CLIENT_HELLO, 9 + 3 + 16, _VERSIONS)
    if not isinstance(start, tuple):
        return start
    length, body = start
    if len(body) >= 3 and 0x0002 < (body[1] << 8 | body[2]) < 0x0300:
        return False
    if len(body) < 9:
        return None
    specs, session, challenge = _numbers(body, 3)
    return (
        length == 9 + specs + session + challenge and specs % 3 == 0 and specs > 0 and session in {0, 16, 32} and 16 <= challenge <= 32
    )  # fmt: skip


def looks_like_server_hello(data: bytes) -> bool | None:
    """Tell whether ``data`` starts with a SERVER-HELLO in an SSL 2.0 record; None where more bytes (at most 14) are needed.

    Without a session hit there is a certificate of type 1 and at least a cipher spec; with one there is neither.
    """
    start = _starts(data, SERVER_HELLO, 11, range(0x0002, 0x0003))
    if not isinstance(start, tuple):
        return start
    length, body = start
    if len(body) >= 2 and body[1] > 1:
        return False
    if len(body) < 11:
        return None
    certificate, specs, connection = _numbers(body, 5)
    if length != 11 + certificate + specs + connection or specs % 3 or not 1 <= connection <= 32:
        return False
    return (certificate == 0 and specs == 0) if body[1] else (certificate > 0 and body[2] == 1)
