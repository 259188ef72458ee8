"""Checks: what a message says that the other side's hello does not allow, as anomalies (RFC 8446 sections 4.1.3 and 4.2).

Here lives: comparing two hellos, and faults inside one.  Here does not live: whether it matters (``findings``).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.tls.messages import ClientHello, Extension, Message, ServerHello

__all__ = ["in_message", "in_server_hello", "sound"]

Found = tuple[str, str, str]
"""(kind, layer, detail)."""

_UNASKED = frozenset({codes.COOKIE, codes.RENEGOTIATION_INFO, codes.KEY_SHARE_DRAFT})
"""Extensions that a server may send though the client's list does not have them: a cookie (HelloRetryRequest), and
renegotiation_info where the client said it by a cipher suite (RFC 5746 section 3.3)."""


def sound(extensions: tuple[Extension, ...]) -> bool:
    """Tell quickly whether ``in_message`` has nothing to say of these extensions."""
    return len({one.code for one in extensions if one.fault is None}) == len(extensions)


def in_message(message: Message) -> Iterator[Found]:
    """Tell what breaks inside one message: its own lengths, its extensions', one that stands twice."""
    if message.fault is not None:
        yield "malformed-message", "message", f"{type(message).__name__}: {message.fault.reason} at byte {message.fault.at}"
    extensions: tuple[Extension, ...] | None = getattr(message, "extensions", None)
    if not extensions:
        return
    for code, fault in [(one.code, one.fault) for one in extensions if one.fault is not None]:
        yield "malformed-extension", "extension", f"extension {code}: {fault.reason} at byte {fault.at}"
    if len({extension.code for extension in extensions}) != len(extensions):
        for code, count in Counter(extension.code for extension in extensions).items():
            if count > 1:
                yield "duplicate-extension", "extension", f"extension {code} stands {count} times in {type(message).__name__}"


def in_server_hello(hello: ServerHello, offer: ClientHello, version: int) -> Iterator[Found]:
    """Tell what a ServerHello takes that the ClientHello did not offer, and a downgrade that its random confesses."""
    if hello.cipher_suite is not None and hello.cipher_suite not in offer.cipher_suites and offer.fault is None:
        yield "cipher-suite-not-offered", "message", f"0x{hello.cipher_suite:04x}"
    answered = {extension.code for extension in hello.extensions or ()} - _UNASKED
    if answered and offer.fault is None:
        for code in sorted(answered.difference([extension.code for extension in offer.extensions or ()])):
            yield "extension-not-offered", "extension", f"extension {code}"
    tail, agreed = hello.random[-8:], codes.tls_of(version)
    if (tail == codes.DOWNGRADE_TLS12 and agreed == codes.TLS12 and _offers(offer, codes.TLS13)) or (
        tail == codes.DOWNGRADE_TLS11 and agreed < codes.TLS12 and _offers(offer, codes.TLS12)
    ):
        yield "downgrade-sentinel", "message", "the server could speak TLS 1." + ("3" if tail == codes.DOWNGRADE_TLS12 else "2")


def _offers(offer: ClientHello, version: int) -> bool:
    """Whether a client could have spoken this version (or the DTLS made of it): else the server's confession is what the RFC asks of it."""
    for extension in offer.extensions or ():
        if extension.code == codes.SUPPORTED_VERSIONS and isinstance(extension.value, tuple):
            return any(codes.tls_of(offered) == version for offered in extension.value)
    return version <= codes.tls_of(offer.version)
