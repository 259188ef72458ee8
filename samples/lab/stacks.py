"""What all TLS stacks of the lab share: commands that are talked to, and IANA's names for what each calls its own way.

Here lives: starting and ending commands, the names.  Here does not live: any one stack (``stack_openssl``, ``stack_gnutls``,
``peers``), which of them talk about what (``cases``).  Facts are those of ``samples/manifest.json``.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from authority import Authority

__all__ = [
    "ALERTS", "GROUPS", "PATIENCE", "VERSIONS", "VERSION_CODES", "Facts", "Lab", "Program", "fingerprints", "suite_code", "suite_name",
    "suites",
]  # fmt: skip

Facts = dict[str, Any]
PATIENCE = 8.0
"""Seconds that any one answer may take."""

ALERTS: dict[int, str] = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed_RESERVED", 22: "record_overflow",
    40: "handshake_failure", 42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
    46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
    100: "no_renegotiation_RESERVED", 109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
    115: "unknown_psk_identity", 116: "certificate_required", 120: "no_application_protocol",
}  # fmt: skip
"""IANA TLS Alerts."""

GROUPS = {
    "X25519": "x25519", "X448": "x448", "prime256v1": "secp256r1", "secp384r1": "secp384r1", "secp521r1": "secp521r1",
    "secp256k1": "secp256k1", "P-256": "secp256r1", "P-384": "secp384r1", "P-521": "secp521r1",
    "SECP256R1": "secp256r1", "SECP384R1": "secp384r1", "FFDHE2048": "ffdhe2048", "FFDHE3072": "ffdhe3072",
}  # fmt: skip
"""what stacks call a group -> IANA's name."""

VERSIONS = {
    "SSLv3": "SSL 3.0", "TLSv1": "TLS 1.0", "TLSv1.0": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3",
    "DTLSv1": "DTLS 1.0", "DTLSv1.2": "DTLS 1.2",
}  # fmt: skip
"""what stacks call a version -> how tlsscan writes it."""

VERSION_CODES = {"SSL 3.0": 0x0300, "TLS 1.0": 0x0301, "TLS 1.1": 0x0302, "TLS 1.2": 0x0303, "TLS 1.3": 0x0304,
                 "DTLS 1.0": 0xFEFF, "DTLS 1.2": 0xFEFD}  # fmt: skip


@dataclass
class Lab:
    """Where things are: the authority, its files, and the key log of the case at work."""

    authority: Authority
    folder: Path
    keys: Path
    say: Callable[[str], None] = lambda _: None
    """Hears what the stacks say."""


class Program:
    """A command with its output heard line by line; it is stopped by its own process id."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
        self.heard = bytearray()
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
        )
        self._came = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout
        while data := self._process.stdout.read(65536):
            with self._came:
                self.heard += data
                self._came.notify_all()
        with self._came:
            self._came.notify_all()

    @property
    def text(self) -> str:
        """All that it has said so far."""
        return self.heard.decode(errors="replace")

    def wait_for(self, word: str, patience: float = PATIENCE) -> bool:
        """Wait until it has said a word; False where it ended or time ran out without."""
        end = time.monotonic() + patience
        with self._came:
            while word.encode() not in self.heard:
                if time.monotonic() > end or (self._process.poll() is not None and not self._listener.is_alive()):
                    return False
                self._came.wait(0.05)
        return True

    def say(self, text: str) -> None:
        """Type something."""
        assert self._process.stdin
        with contextlib.suppress(OSError):  # it may have ended already
            self._process.stdin.write(text.encode())

    def end(self) -> None:
        """Ask it to end now, and wait."""
        self._process.terminate()
        self.finish()

    def finish(self, patience: float = PATIENCE) -> str:
        """End its input, wait for it and return all that it said."""
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join(PATIENCE)
        return self.text


@cache
def suites() -> dict[str, str]:
    """Return OpenSSL's names, and codes as "0xC0,0x2F" with IANA's names."""
    command = ["openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL@SECLEVEL=0"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line.split() for line in listed.stdout.splitlines()]
    return {words[4]: words[2] for words in lines} | {words[0]: words[2] for words in lines}


def suite_name(openssl: str) -> str:
    """Return IANA's name of a cipher suite that OpenSSL names its own way."""
    return openssl if openssl.startswith("TLS_") else suites()[openssl]


def suite_code(name: str) -> int:
    """Return the number of a cipher suite with IANA's name."""
    old = {"TLS_RSA_WITH_RC4_128_SHA": 0x0005, "TLS_RSA_WITH_3DES_EDE_CBC_SHA": 0x000A}  # OpenSSL knows them no more
    return old.get(name) or next(int(code.replace(",0x", ""), 16) for code, known in suites().items() if known == name and "," in code)


def fingerprints(text: str) -> list[str]:
    """Return the SHA-256 of each PEM certificate in a text, in order."""
    pems = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    return [x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex() for pem in pems]
