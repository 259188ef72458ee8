"""Chain verdicts beside ``openssl verify``: does it say the same of every chain that captures show, and is each difference explained?

    python tools/compare/chains.py FOLDER [--store NAME] [--explained FILE] [--list]

Every distinct chain of each capture in FOLDER is judged at the time of its handshake, with what was sent alone, by tlsscan and by
``openssl verify -attime TIME -purpose sslserver|sslclient -CAfile ROOTS -untrusted SENT``.  Prints how many agree and every
difference; one that ``chains.toml`` has no reason for makes the exit code 1.

Here lives: the comparison, and what OpenSSL's numbers mean in our words.  Here does not live: who is right (``chains.toml``).
"""
# ruff: noqa: INP001, T201 - a script for people

from __future__ import annotations

import argparse
import base64
import collections
import fnmatch
import re
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import analyzer
from analyzer.errors import TlsscanError
from analyzer.x509 import read_certificate
from analyzer.x509.trust import Judge, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.x509.trust import ChainVerdict

__all__ = ["WORDS", "Case", "Difference", "cases", "main"]

EXPLAINED = Path(__file__).with_name("chains.toml")

# X509_V_ERR_* of x509_vfy.h -> word of VERDICTS
WORDS = {
    -1: "unreadable", 2: "incomplete", 20: "incomplete", 21: "incomplete", 18: "self_signed", 19: "private_ca", 10: "expired",
    9: "not_yet_valid", 7: "bad_signature", 4: "bad_signature", 6: "unreadable", 79: "not_a_ca", 24: "not_a_ca", 32: "not_a_ca",
    25: "path_too_long", 26: "wrong_usage", 34: "critical_extension", 47: "name_constraints", 48: "name_constraints",
    51: "name_constraints", 53: "name_constraints", 54: "name_constraints", 13: "unreadable", 14: "unreadable", 41: "unreadable",
}  # fmt: skip

GOES_ON = {10, 18, 79, 24, 25, 34}
"""After any other error the command looks at nothing else (``cb`` of its apps/verify.c): what we find beside is no difference then."""

UNASKED = {"forbidden_algorithm"}
"""What the command does not look at by itself (its ``-auth_level`` is 0)."""


@dataclass(frozen=True)
class Case:
    """A chain, where it was seen first, when, and who sent it."""

    capture: str
    chain: tuple[bytes, ...]
    at: int
    purpose: str


@dataclass(frozen=True)
class Difference:
    """What the two say of a chain."""

    case: Case
    verdict: ChainVerdict
    errors: tuple[int, ...]

    @property
    def ours(self) -> str:
        """Our words, as ``chains.toml`` names them."""
        return " ".join(self.verdict.faults) or "trusted"

    @property
    def theirs(self) -> str:
        """OpenSSL's errors."""
        return " ".join(map(str, self.errors)) or "ok"


def cases(folder: Path) -> Iterator[Case]:
    """Walk the distinct chains of a folder's captures, in order of their names."""
    seen: set[tuple[str, tuple[bytes, ...]]] = set()
    for path in sorted(folder.iterdir()):
        try:
            handshakes = list(analyzer.scan(path))
        except TlsscanError:
            continue
        for handshake in handshakes:
            for purpose, chain in (("server", handshake.server_chain), ("client", handshake.client_chain)):
                key = (purpose, tuple(chain or ()))
                if chain and key not in seen:
                    seen.add(key)
                    yield Case(path.name, key[1], handshake.start, purpose)


def pem(certificate: bytes) -> str:
    """Return a certificate as PEM."""
    return "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(certificate).decode() + "-----END CERTIFICATE-----\n"


def ask(case: Case, roots: Path, folder: Path) -> tuple[int, ...]:
    """Return the numbers of the errors of ``openssl verify``, (-1,) where it could not load the leaf."""
    leaf, sent = folder / "leaf.pem", folder / "sent.pem"
    leaf.write_text(pem(case.chain[0]))
    words = ["openssl", "verify", "-attime", str(case.at // 10**9), "-purpose", f"ssl{case.purpose}", "-no-CApath", "-no-CAstore"]
    words += ["-CAfile", str(roots)] if roots.stat().st_size else ["-no-CAfile"]
    if len(case.chain) > 1:
        sent.write_text("".join(map(pem, case.chain[1:])))
        words += ["-untrusted", str(sent)]
    done = subprocess.run([*words, str(leaf)], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - a fixed command
    errors = re.findall(r"^error (\d+) at", done.stdout + done.stderr, re.MULTILINE)
    if done.returncode and not errors:
        return (-1,)
    return tuple(dict.fromkeys(map(int, errors)))


def agree(verdict: ChainVerdict, errors: Sequence[int]) -> bool:
    """Tell whether the two say the same, as far as OpenSSL looked."""
    theirs = {WORDS.get(number, f"error {number}") for number in errors}
    ours = set(verdict.faults) - UNASKED
    return theirs <= ours if set(errors) - GOES_ON else theirs == ours


def reason(difference: Difference, rows: Sequence[dict[str, str]]) -> str | None:
    """Return who is right and why, None where nobody has said so."""
    values = {"capture": difference.case.capture, "ours": difference.ours, "openssl": difference.theirs,
              "leaf": read_certificate(difference.case.chain[0]).sha256}  # fmt: skip
    for row in rows:
        if all(fnmatch.fnmatchcase(value, row.get(field, "*")) for field, value in values.items()):
            return f"{row['right']}: {row['reason']}"
    return None


def main(words: Sequence[str] | None = None) -> int:
    """Compare, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--store", default="certifi", help="certifi, system, a file or a folder")
    parser.add_argument("--explained", type=Path, default=EXPLAINED)
    parser.add_argument("--list", action="store_true", help="print every chain, also where the two agree")
    asked = parser.parse_args(words)
    store = open_store([asked.store])
    rows = tomllib.loads(asked.explained.read_text()).get("explained", [])
    counts: collections.Counter[str] = collections.Counter()
    agreed: collections.Counter[str] = collections.Counter()
    unexplained = 0
    with tempfile.TemporaryDirectory() as name:
        roots = Path(name) / "roots.pem"
        roots.write_text("".join(pem(root.der) for root in store.roots))
        for case in cases(asked.folder):
            verdict = Judge(store).judge(case.chain, case.at, purpose=case.purpose)
            one = Difference(case, verdict, ask(case, roots, Path(name)))
            same = agree(verdict, one.errors)
            counts["chains"] += 1
            counts["the same trust"] += (verdict.verdict == "trusted") == (not one.errors)
            counts["the same reasons"] += same
            counts["the same error by pyOpenSSL"] += verdict.openssl.endswith(f"({one.errors[0]})" if one.errors else "ok")
            if same:
                agreed[one.ours] += 1
            why = None if same else reason(one, rows)
            unexplained += not same and why is None
            if asked.list or not same:
                print(f"{case.capture} {case.purpose} {read_certificate(case.chain[0]).sha256[:12]}: {one.ours} | openssl {one.theirs}")
                print(f"    {verdict.detail}" + ("" if same else f"\n    {why or 'NOT EXPLAINED'}"))
    print(", ".join(f"{count} {what}" for what, count in counts.items()) + f", {unexplained} differences not explained")
    for words_, count in agreed.most_common():
        print(f"    {count:5} agree on {words_}")
    return int(unexplained > 0)


if __name__ == "__main__":
    sys.exit(main())
