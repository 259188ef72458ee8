"""Make the samples: each case is played on loopback, recorded by tcpdump, and noted in a manifest as its own stacks tell it.

Here lives: one command for all of it, the manifest and the table of samples/README.md.  Here does not live: the cases
(``cases``), the recording itself (``sniffer``), the tour (``stage``).

    python samples/lab/record.py [--into FOLDER] [NAME …]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import contents
import pcapng
import stage
from authority import Authority
from cases import CASES
from sniffer import Sniffer, SnifferError, own_network
from stacks import VERSION_CODES, Facts, Lab, suite_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from case import Case
    from pcapng import Packet

__all__ = ["main", "manifest_row", "play"]

SAMPLES = Path(__file__).resolve().parents[1]
DEFAULTS: Facts = {
    "transport": "tcp", "framing": "tls", "prelude": None, "server_name": None, "version": None, "cipher_suite": None, "group": None,
    "alpn": None, "resumption": None, "early_data": False, "hello_retry": False, "client_certificate_requested": False,
    "certificates": None, "client_certificates": None, "outcome": "complete",
}  # fmt: skip
"""Facts that every row has, null where there is nothing; others stand only where they are known."""
SEALED = ("alpn", "certificates", "signature_scheme", "client_certificate_requested", "client_certificates", "client_subject",
          "ocsp_stapled", "early_data_accepted", "external_psk")  # fmt: skip
"""Facts that TLS 1.3 encrypts."""


def manifest_row(facts: Facts) -> Facts:
    """Sort facts into those that the wire shows and those (``hidden``) that only the peers know."""
    facts = DEFAULTS | facts
    facts.pop("log", None)
    resumed = facts.pop("resumed", None)
    assert not resumed or facts["resumption"], facts
    if facts["cipher_suite"]:
        facts |= {"version_code": VERSION_CODES[facts["version"]], "cipher_suite_code": suite_code(facts["cipher_suite"])}
    hidden: dict[str, Any] = {}
    alert = facts.get("alert")
    if facts["group"] is None and ("dh_bits" in facts or "alert" in facts or facts["outcome"] != "complete"):
        del facts["group"]  # the stack has no name for its prime, or it ended before there was a word to say about it
    if facts["outcome"] is None:  # what to call it is a matter of taste
        del facts["outcome"]
    if alert:
        if facts.get("outcome") == "complete":
            facts["outcome"] = "failed"
        if alert["encrypted"]:
            hidden["alert"] = facts.pop("alert")
            if facts["version"] == "TLS 1.3":  # an encrypted alert looks like data: whether it failed cannot be seen for sure
                hidden["outcome"] = facts.pop("outcome")
    if facts["version"] == "TLS 1.3":
        sealed = {key: facts.pop(key) for key in SEALED if key in facts}
        hidden |= {key: value for key, value in sealed.items() if value or key == "early_data_accepted"}
        if facts.get("closed") == "close_notify":
            hidden["closed"] = facts.pop("closed")
            hidden["closed_by"] = facts.pop("closed_by")
    if hidden:
        facts["hidden"] = hidden
    return facts


def renegotiated(row: Facts) -> list[Facts]:
    """Make two rows of one that was renegotiated: the second handshake is encrypted whole, and the end comes after it."""
    if not row.pop("renegotiation", False):
        return [row]
    first = {key: value for key, value in row.items() if not key.startswith("closed")}
    return [first, {"renegotiation": True, "hidden": {"outcome": "complete", "cipher_suite": row["cipher_suite"]}}]


def play(case: Case, lab: Lab) -> tuple[list[Packet], dict[str, list[Any]]]:
    """Play one case; return its packets, and for the manifest a row for each handshake and what was said where none came."""
    rows: list[Facts] = []
    plain: list[list[Facts]] = []
    lab.keys.unlink(missing_ok=True)
    with Sniffer() as sniffer, case.serve(lab, case):
        for ask in case.asks:
            told = ask.run(lab, case)
            for facts in told:
                lab.say(facts.get("log", ""))
            rows += [facts | ask.facts for facts in told]
            plain += [] if told else [ask.facts["preludes"]]
            sniffer.settle()
    entry: dict[str, list[Any]] = {"handshakes": [one for row in rows for one in renegotiated(manifest_row(row))]}
    return [packet for packet in sniffer.packets if case.port in stage.ports(packet[1])], entry | ({"plain": plain} if plain else {})


def _prepare(lab: Lab) -> None:
    """Put the files that some cases want beside the certificates."""
    lab.authority.write(lab.folder)
    (lab.folder / "mail.ocsp").write_bytes(lab.authority.staple("mail"))
    (lab.folder / "early.txt").write_text("GET /early HTTP/1.0\r\n\r\n")


def main(argv: list[str]) -> int:
    """Play all cases, or those named, and write what they made."""
    parser = argparse.ArgumentParser(description="Make the samples again.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these cases")
    parser.add_argument("--verbose", action="store_true", help="show what the stacks say")
    parser.add_argument("--into", type=Path, default=SAMPLES, metavar="FOLDER", help="default: samples/")
    options = parser.parse_args(argv)
    wanted = [case for case in CASES if not options.names or case.name in options.names]
    if options.names and len(wanted) < len(set(options.names)):
        parser.error(f"no such case: {', '.join(sorted(set(options.names) - {case.name for case in wanted}))}")
    try:
        own_network()
        return _make(wanted, options.into.resolve(), print if options.verbose else lambda _: None)
    except SnifferError as trouble:
        print(f"record: {trouble}", file=sys.stderr)
        return 1


def _make(wanted: list[Case], into: Path, say: Callable[[str], None]) -> int:
    made: list[tuple[Case, list[Packet], dict[str, list[Any]], bytes]] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        lab = Lab(Authority.of(), folder, folder / "session.keys", say)
        _prepare(lab)
        for case in wanted:
            packets, entry = play(case, lab)
            keys = lab.keys.read_bytes() if lab.keys.exists() else b""
            lines = b"".join(line + b"\n" for line in sorted(set(keys.splitlines())) if line and not line.startswith(b"#"))
            made.append((case, packets, entry, lines))
            print(f"{case.name:40} {len(packets):4} packets  {', '.join(map(contents.outcome, entry['handshakes']))}")
    # Nothing is written before everything went well: captures and manifest belong together.
    (into / "keys").mkdir(parents=True, exist_ok=True)
    listing = into / "manifest.json"
    manifest: dict[str, Any] = json.loads(listing.read_text()) if listing.exists() else {}
    for case, packets, entry, lines in made:
        pcapng.write(into / f"{case.name}.pcapng", packets, case.shows, secrets=lines if case.secrets else b"")
        if lines:
            (into / "keys" / f"{case.name}.keys").write_bytes(lines)
        manifest[case.name] = {"shows": case.shows, "stack": case.stack, **entry}
    order = {case.name: place for place, case in enumerate(CASES)}
    manifest = {name: manifest[name] for name in sorted(manifest.keys() & order.keys(), key=order.__getitem__)}
    if all(scene.sample in manifest for scene in stage.TOUR):
        manifest = {"tour": stage.tour(into, manifest), **manifest}
    listing.write_text(json.dumps(manifest, indent=1) + "\n")
    contents.write(into, manifest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
