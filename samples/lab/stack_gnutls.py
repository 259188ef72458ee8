"""GnuTLS's gnutls-serv and gnutls-cli, and what they say of a handshake.

Here lives: starting them, talking through them, and reading their answers into facts.  Here does not live: which of them talk
about what (``cases``).
"""

from __future__ import annotations

import os
import re
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stacks import GROUPS, Facts, Lab, Program, fingerprints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from case import Case

__all__ = ["gnutls_cli", "gnutls_facts", "gnutls_serv"]


@contextmanager
def gnutls_serv(lab: Lab, case: Case, arguments: str) -> Iterator[Program]:
    """Serve with GnuTLS: an echo.  It listens on all addresses and cannot do otherwise: only for a network of one's own."""
    who = case.identity
    shown = [] if "-nocert" in arguments else ["--x509certfile", f"{who}.chain.pem", "--x509keyfile", f"{who}.key"]
    rest = [word for word in shlex.split(arguments) if word != "-nocert"]
    program = Program(["gnutls-serv", "--echo", "--port", str(case.port), *shown, *rest], lab.folder)
    try:
        if not program.wait_for("done"):
            raise RuntimeError(f"gnutls-serv did not start: {program.text}")
        yield program
    finally:
        program.end()


def gnutls_cli(lab: Lab, case: Case, arguments: str, answer: str = "Received[6]") -> list[Facts]:
    """Ask with GnuTLS and wait for its word on the ``answer``; with ``--resume`` it connects twice, and facts of both come back."""
    environment = {"PATH": os.environ["PATH"], "SSLKEYLOGFILE": str(lab.keys)}
    words = shlex.split(arguments)
    trust = [] if "--insecure" in words else ["--x509cafile", "root.pem"]
    command = ["gnutls-cli", "-V", "--print-cert", "--port", str(case.port), "--sni-hostname", case.host, "--verify-hostname", case.host]
    program = Program([*command, *trust, *words, "127.0.0.1"], lab.folder, environment)
    program.wait_for("Simple Client Mode")
    program.say("hello\n")
    program.wait_for(answer)
    log = program.finish()
    rows: list[Facts] = []
    for part in re.split(r"^- Connecting again", log, flags=re.MULTILINE):
        facts = gnutls_facts(part, case.host, rows[0]["cipher_suite"] if rows else None)
        if facts["client_certificate_requested"]:
            mine = re.search(r"--x509certfile (\w+)", arguments)
            facts["client_certificates"] = lab.authority.identities[mine[1]].sha256() if mine else []
        rows.append(facts)
    rows[-1]["log"] = log
    return rows


SUITES = {"AES-256-GCM": "AES_256_GCM_SHA384", "AES-128-GCM": "AES_128_GCM_SHA256", "CHACHA20-POLY1305": "CHACHA20_POLY1305_SHA256"}
"""what GnuTLS calls a cipher -> the end of the suite's name."""


def gnutls_facts(log: str, name: str, suite: str | None) -> Facts:
    """Read what ``gnutls-cli -V --print-cert`` says of a handshake; a resumed one has the suite of the one before."""
    facts: Facts = {"server_name": name, "resumed": "This is a resumed session" in log}
    told = re.search(r"^- Description: .*\(([A-Z0-9-]+)\)$", log, re.MULTILINE)
    version = re.search(r"^- Version: (\S+)$", log, re.MULTILINE)
    group = re.search(r"^ - Using curve: (\S+)$", log, re.MULTILINE)
    exchange = re.search(r"^- Description: .*?-\(([A-Z]+)-[^)]*\)-\(([A-Z]+)-", log, re.MULTILINE)  # as (ECDHE-SECP256R1)-(ECDSA-SHA256)
    assert told
    assert version
    facts["version"] = version[1].replace("TLS", "TLS ")
    if facts["version"] == "TLS 1.3":
        facts["cipher_suite"] = f"TLS_{SUITES[told[1]]}"
    else:
        assert exchange
        facts["cipher_suite"] = suite if facts["resumed"] else f"TLS_{exchange[1]}_{exchange[2]}_WITH_{SUITES[told[1]]}"
    if group and not (facts["resumed"] and facts["version"] == "TLS 1.2"):
        facts["group"] = GROUPS.get(group[1], group[1])
    if alpn := re.search(r"^- Application protocol: (\S+)$", log, re.MULTILINE):
        facts["alpn"] = alpn[1]
    if facts["resumed"]:
        facts["resumption"] = "psk" if facts["version"] == "TLS 1.3" else "ticket"
    asked = re.search("Server has requested a certificate|^- Successfully sent", log, re.MULTILINE)  # the second over DTLS
    facts["client_certificate_requested"] = asked is not None
    if not facts["resumed"]:
        facts["certificates"] = fingerprints(log)
    return facts
