"""A case: what one capture is made of, and the words in which the tables of cases are written.

Here lives: the types, and a function for each kind of server and client.  Here does not live: the tables (``cases``, ``upgrades``,
``datagrams``), how peers are started (``stacks``, ``peers``), how they are recorded (``record``).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import peers
import stack_gnutls
import stack_openssl
from stacks import Facts, Lab

__all__ = [
    "ALICE", "GNUTLS", "OLD", "OPENSSL", "PSK", "PYOPENSSL", "PYTHON", "RESUMED", "V12", "V13", "Ask", "Case", "ask", "gnutls",
    "gnutls_ask", "python", "serve", "tlslite",
]  # fmt: skip

Serve = Callable[[Lab, "Case"], AbstractContextManager[Any]]
OLD = "-cipher DEFAULT:@SECLEVEL=0"
"""OpenSSL speaks TLS 1.0 and 1.1 only at security level 0."""


@dataclass(frozen=True)
class Ask:
    """One run of a client: what it does, and facts that the making decides rather than the stack tells."""

    run: Callable[[Lab, Case], list[Facts]]
    facts: Facts


@dataclass(frozen=True)
class Case:
    """One capture: a server and the clients that ask it, one after the other."""

    name: str
    shows: str
    stack: str
    serve: Serve
    asks: tuple[Ask, ...]
    host: str = "shop.example"
    identity: str = "shop"
    port: int = 443
    address: str = "127.0.0.1"
    secrets: bool = False
    """Put the key log into the capture as a Decryption Secrets Block."""

    @property
    def where(self) -> str:
        """HOST:PORT as openssl takes it."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def serve(arguments: str = "", answer: str = "-rev") -> Serve:
    """Serve with s_server."""
    return lambda lab, case: stack_openssl.s_server(lab, case, arguments, answer)


def ask(arguments: str = "", script: tuple[tuple[str, str], ...] = (("hello\n", "olleh"),), **facts: Any) -> Ask:
    """Ask with s_client."""
    return Ask(lambda lab, case: stack_openssl.s_client(lab, case, arguments, script), facts)


def gnutls(arguments: str = "") -> Serve:
    """Serve with gnutls-serv."""
    return lambda lab, case: stack_gnutls.gnutls_serv(lab, case, arguments)


def gnutls_ask(arguments: str = "", **facts: Any) -> Ask:
    """Ask with gnutls-cli."""
    return Ask(lambda lab, case: stack_gnutls.gnutls_cli(lab, case, arguments), facts)


def python(ending: str, version: ssl.TLSVersion, **facts: Any) -> Ask:
    """Ask with Python's ssl and end in some way."""
    return Ask(lambda lab, case: peers.python_client(lab, case, ending, version), {"closed": ending, **facts})


def tlslite(name: str, shows: str, version: tuple[int, int], cipher: str) -> Case:
    """Speak an old version with an old cipher."""
    return Case(
        name, shows, "tlslite-ng", lambda lab, case: peers.tlslite_server(lab, case, version, cipher),
        (Ask(lambda lab, case: peers.tlslite_client(lab, case, version, cipher), {}),), "legacy.example", "legacy",
    )  # fmt: skip


OPENSSL, GNUTLS, PYOPENSSL, PYTHON = "OpenSSL", "GnuTLS", "pyOpenSSL", "Python ssl client, OpenSSL server"
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
PSK = "-psk_identity sensor-7 -psk 000102030405060708090a0b0c0d0e0f"
ALICE = "-cert alice.pem -key alice.key -cert_chain alice.above.pem"
RESUMED: dict[str, Any] = {"certificates": None}
