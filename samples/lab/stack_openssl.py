"""OpenSSL's s_server and s_client, and what they say of a handshake.

Here lives: starting them, talking through them, and reading their answers into facts.  Here does not live: which of them talk
about what (``cases``).
"""

from __future__ import annotations

import re
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stacks import ALERTS, GROUPS, VERSIONS, Facts, Lab, Program, fingerprints, suite_name, suites

if TYPE_CHECKING:
    from collections.abc import Iterator

    from case import Case

__all__ = ["openssl_facts", "s_client", "s_server"]

SCHEMES = {
    ("RSA", "SHA1"): "rsa_pkcs1_sha1", ("RSA-PSS", "SHA256"): "rsa_pss_rsae_sha256",
    ("RSA", "SHA256"): "rsa_pkcs1_sha256", ("RSA", "SHA512"): "rsa_pkcs1_sha512",
    ("ECDSA", "SHA256"): "ecdsa_secp256r1_sha256", ("ECDSA", "SHA384"): "ecdsa_secp384r1_sha384", ("Ed25519", None): "ed25519",
}  # fmt: skip
"""(peer signature type, peer signing digest) as s_client says -> IANA's name."""
KINDS = {20: "ChangeCipherSpec", 21: "Alert", 22: "Handshake"}
MESSAGES = {1: "ClientHello", 2: "ServerHello", 3: "HelloVerifyRequest", 4: "NewSessionTicket", 11: "Certificate", 12: "ServerKeyExchange",
            13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify", 16: "ClientKeyExchange", 20: "Finished"}  # fmt: skip
DTLS_VERSIONS = {0xFEFF: "DTLS 1.0", 0xFEFD: "DTLS 1.2"}


def _named(log: str) -> str:
    """Give DTLS messages the words that ``-msg`` has for TLS only: of DTLS it knows no version by name."""

    def words(found: re.Match[str]) -> str:
        version, kind = int(found[2]), int(found[3])
        message = MESSAGES.get(int(found[5], 16), "?") if kind == 22 else ""
        return f"{found[1]} {DTLS_VERSIONS.get(version, '?')}, {KINDS.get(kind, '?')} {found[4]}, {message}\n    {found[5]}"

    pattern = r"^([<>]{3}) Not TLS data or unknown version \(version=(\d+), content_type=(\d+)\) (\[length \w+\])\n    (\w\w)"
    return re.sub(pattern, words, log, flags=re.MULTILINE)


def _traced(log: str, message: str) -> bytes | None:
    """Return the bytes of the last message of a kind that the peer sent, from the dump of ``-msg``."""
    found = re.findall(rf"^<<< [^\n]*, Handshake [^\n]*, {message}\n((?:    [^\n]*\n)+)", log, re.MULTILINE)
    return bytes.fromhex(found[-1]) if found else None


@contextmanager
def s_server(lab: Lab, case: Case, arguments: str, answer: str = "-rev") -> Iterator[Program]:
    """Serve with OpenSSL; it sends each line back reversed."""
    who = case.identity
    shown = ["-cert", f"{who}.pem", "-key", f"{who}.key"]
    if len(lab.authority.identities[who].chain) > 1:
        shown += ["-cert_chain", f"{who}.above.pem"]
    if "-nocert" in arguments:
        shown = []
    program = Program(["openssl", "s_server", "-accept", case.where, *shown, "-msg", *answer.split(), *shlex.split(arguments)], lab.folder)
    try:
        if not program.wait_for("ACCEPT"):
            raise RuntimeError(f"s_server did not start: {program.text}")
        yield program
    finally:
        program.end()


def s_client(lab: Lab, case: Case, arguments: str, script: tuple[tuple[str, str], ...] = (("hello\n", "olleh"),)) -> list[Facts]:
    """Ask with OpenSSL: connect, type the script's lines and wait for each answer, close with close_notify."""
    name = [] if "-noservername" in arguments else ["-servername", case.host]
    check = [] if "-noverify" in arguments else ["-CAfile", "root.pem", "-verify_return_error", "-verify_hostname", case.host]
    rest = [word for word in shlex.split(arguments) if word != "-noverify"]
    to = ["-connect", case.where] if "-connect" not in rest and "-proxy" not in rest else []
    command = ["openssl", "s_client", *to, *name, *check, "-msg", "-showcerts", "-keylogfile", str(lab.keys), *rest]
    program = Program(command, lab.folder)
    for line, answer in script:
        program.say(line)
        if not program.wait_for(answer):
            break
    facts = openssl_facts(program.finish(), name=None if "-noservername" in arguments else case.host)
    if facts.get("client_certificate_requested") and (mine := re.search(r"-cert (\w+)\.pem", arguments)):
        one = lab.authority.identities[mine[1]]
        facts["client_certificates"] = one.sha256()
        facts["client_subject"] = one.role.name.CN
    return [facts]


def openssl_facts(log: str, name: str | None) -> Facts:
    """Read what ``s_client -msg -showcerts`` says of a handshake."""
    log = _named(log)
    facts: Facts = {"server_name": name, "log": log}
    new = re.search(r"^(New|Reused), (\S+), Cipher is (\S+)$", log, re.MULTILINE)
    if new and new[2] != "(NONE)":
        # Before TLS 1.3 that line says in which version the suite was born; the session, or the last message, says the version.
        messages = re.findall(r"^<<< (SSL|TLS|DTLS) ([\d.]+), Handshake .* ServerHello$", log, re.MULTILINE)
        session = re.search(r"^ +Protocol +: (\S+)$", log, re.MULTILINE)
        facts["version"] = VERSIONS.get(session[1], session[1]) if session else f"{messages[-1][0]} {messages[-1][1]}"
        facts["cipher_suite"] = suite_name(new[3])
        facts["resumed"] = new[1] == "Reused"
    elif hello := _traced(log, "ServerHello"):  # it failed later, and s_client does not say what had been agreed
        facts["version"] = {3: "TLS 1.2", 2: "TLS 1.1", 1: "TLS 1.0"}[hello[5]]
        facts["cipher_suite"] = suites()["0x{:02X},0x{:02X}".format(*hello[39 + hello[38] : 41 + hello[38]])]
    if key := re.search(r"^Server Temp Key: (?:ECDH, )?(\w[\w-]*)", log, re.MULTILINE):
        facts["group"] = GROUPS.get(key[1])
        if key[1] == "DH":
            size = re.search(r"^Server Temp Key: DH, (\d+)", log, re.MULTILINE)
            assert size
            facts["group"] = f"ffdhe{size[1]}" if facts.get("version") == "TLS 1.3" else None
            facts["dh_bits"] = int(size[1])
    kind = re.search(r"^Peer signature type: (\S+)$", log, re.MULTILINE)
    digest = re.search(r"^Peer signing digest: (\S+)$", log, re.MULTILINE)
    if kind:
        facts["signature_scheme"] = SCHEMES.get((kind[1], digest[1] if digest else None))
    if alpn := re.search(r"^ALPN protocol: (\S+)$", log, re.MULTILINE):
        facts["alpn"] = alpn[1]
    if "<<< DTLS" in log:
        facts["cookie"] = "HelloVerifyRequest" in log
    if early := re.search(r"^Early data was (accepted|rejected)$", log, re.MULTILINE):
        facts["early_data"], facts["early_data_accepted"] = True, early[1] == "accepted"
    facts["hello_retry"] = len(re.findall(r"^>>> .*, ClientHello$", log, re.MULTILINE)) == 2 and facts.get("version") == "TLS 1.3"
    facts["client_certificate_requested"] = "CertificateRequest" in log
    if "OCSP Response Status: successful" in log:
        facts["ocsp_stapled"] = True
    chain = re.search(r"^Certificate chain\n(.*?)^---$", log, re.MULTILINE | re.DOTALL)
    if chain and not facts.get("resumed"):
        facts["certificates"] = fingerprints(chain[1])
    return facts | _alerts(log)


def _alerts(log: str) -> Facts:
    """Read the first fatal alert of a ``-msg`` trace of a client, and how the connection was closed."""
    facts: Facts = {}
    sealed = {"<": False, ">": False}
    lines = log.splitlines()
    null = "Cipher is" in log and "NULL" in (re.search(r"Cipher is (\S+)", log) or [""] * 2)[1]
    for number, line in enumerate(lines):
        if not (found := re.match(r"([<>])\1\1 (.*), (\w+) \[length \w+\]", line)):
            continue
        side, version, kind = found.groups()
        if kind == "ChangeCipherSpec" and version != "TLS 1.3":
            sealed[side] = not null
        elif kind == "Alert":
            level, description = (int(byte, 16) for byte in lines[number + 1].split())
            inner = number > 1 and any("InnerContent" in before for before in lines[number - 2 : number])
            sender = "client" if side == ">" else "server"
            if description == 0:
                facts.setdefault("closed", "close_notify")
                facts.setdefault("closed_by", sender)
            elif level == 2 and "alert" not in facts:
                facts["alert"] = {"sender": sender, "level": level, "description": ALERTS[description], "code": description,
                                  "encrypted": inner or sealed[side]}  # fmt: skip
    return facts
