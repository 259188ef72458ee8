"""The table of contents in samples/README.md, written from the manifest.

Here lives: the table between its two marks.  Here does not live: the words around it (samples/README.md itself).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["outcome", "table", "write"]

BEGIN, END = "<!-- table: written by lab/record.py -->", "<!-- end of table -->"


def outcome(row: dict[str, Any]) -> str:
    """Return how a handshake ended, in a word or three."""
    hidden = row.get("hidden", {})
    alert = row.get("alert") or hidden.get("alert")
    word = str(row.get("outcome") or hidden.get("outcome") or "no TLS answer")
    if not alert:
        return word
    return f"{word}: {alert['description']} from the {alert['sender']}" + (" (encrypted)" if alert["encrypted"] else "")


def silence(preludes: list[dict[str, Any]]) -> str:
    """Return why no TLS followed what was spoken."""
    return f"no TLS: {'refused' if preludes[-1]['requested'] else 'not asked for'}"


def table(manifest: dict[str, Any]) -> str:
    """Return the table, one row for each capture."""
    lines = ["| Capture | Shows | Made with | Version | Outcome |", "|---|---|---|---|---|"]
    for name, one in manifest.items():
        rows = one["handshakes"]
        versions = ", ".join(dict.fromkeys(row["version"] for row in rows if row.get("version"))) or "none"
        told = [*map(outcome, rows), *map(silence, one.get("plain", ()))]
        ends = f"{len(rows)} handshakes, see the manifest" if len(rows) > 9 else "; ".join(dict.fromkeys(told))
        lines.append(f"| [{name}]({name}.pcapng) | {one['shows']} | {one['stack']} | {versions} | {ends} |")
    return "\n".join(lines)


def write(folder: Path, manifest: dict[str, Any]) -> None:
    """Put the table into the README of the folder, where it has one."""
    readme = folder / "README.md"
    if readme.exists():
        before, _, rest = readme.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        readme.write_text(f"{before}{BEGIN}\n\n{table(manifest)}\n\n{END}{after}")
