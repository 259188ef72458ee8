"""Story: one walk over a handshake's messages that keeps what many columns ask for.

Here lives: which message of whom came first and what the hellos' extensions say.  Here does not live: columns (each aspect
of the handshakes table has its file), judgement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.handshakes.handshake import SERVER
from analyzer.tls.codes import ENCRYPTED_EXTENSIONS, speaks_tls13

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.handshakes.handshake import Handshake, Seen
    from analyzer.tls.messages import Extension, Message

__all__ = ["Story", "values"]


def values(extensions: Sequence[Extension] | None) -> dict[int, Any]:
    """Extension code -> value of the first extension of that code (broken and unknown ones too, their value may be None)."""
    return {extension.code: extension.value for extension in reversed(extensions)} if extensions else {}


class Story:
    """What a handshake shows.

    ``client`` ``server``   first Seen of each code by that side (None: the first encrypted one, -1: ChangeCipherSpec)
    ``offered``             values of the first ClientHello's extensions
    ``answered``            values of the ServerHello's extensions, and of EncryptedExtensions where these can be read
    ``tls13``               the negotiated version is TLS 1.3
    ``encrypted``           what follows the ServerHello cannot be read: TLS 1.3 and no EncryptedExtensions in the clear
    """

    __slots__ = ("answered", "client", "encrypted", "handshake", "offered", "server", "tls13")

    def __init__(self, handshake: Handshake) -> None:
        self.handshake = handshake
        client: dict[int | None, Seen] = {}
        server: dict[int | None, Seen] = {}
        for seen in handshake.seen:
            (server if seen.sender == SERVER else client).setdefault(seen.code, seen)
        self.client, self.server = client, server
        hello, answer = handshake.client_hello, handshake.server_hello
        self.offered: dict[int, Any] = values(hello.extensions) if hello else {}
        self.answered: dict[int, Any] = values(answer.extensions) if answer else {}
        self.tls13 = speaks_tls13(handshake.version, handshake.cipher_suite)
        self.encrypted = self.tls13 and answer is not None
        if self.tls13 and ENCRYPTED_EXTENSIONS in server:
            extensions = getattr(server[ENCRYPTED_EXTENSIONS].message, "extensions", None)
            self.encrypted = extensions is None
            self.answered = {**values(extensions), **self.answered}

    def told(self, sender: str, code: int, shape: type[Message]) -> Any:
        """Return the first message of a code by one side, None where none was seen or it could not be read in that shape."""
        seen = (self.server if sender == SERVER else self.client).get(code)
        return seen.message if seen is not None and isinstance(seen.message, shape) else None
