"""Who is measured by ``live.py``: tlsscan with each program that captures for it, and its peers.

Here lives: their command lines, and how one reads from their output which connection a line is about and which packets were lost.
Here does not live: starting and measuring them (``live.py``).
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WATCHERS", "Watcher"]

Found = tuple[int, int, float | None]
"""Number of the repetition (third and fourth byte of the client's address), the client's port, the packet's own time (None: not told)."""

CLIENT = rb"10\.\d+\.(\d+)\.(\d+)"
ROW = re.compile(rb'"client":"' + CLIENT + rb'","client_port":(\d+)')
OPENED = re.compile(rb"New TCP connection #(\d+): " + CLIENT + rb"\((\d+)\)")
RECORD = re.compile(rb"(\d+) +\d+ +([\d.]+) \([\d.]+\) +[CS]>[CS] +(?:V[\d.()]+ +)?(?:Handshake|ChangeCipherSpec)")
FIELDS = ("frame.time_epoch", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport",
          "tls.handshake.type", "tls.handshake.extensions_server_name",
          "tls.handshake.version", "tls.handshake.ciphersuite", "tls.handshake.extensions.supported_version", "tls.handshake.ja3",
          "x509ce.dNSName", "x509af.serialNumber", "tls.alert_message.desc")  # fmt: skip
"""About what a row of tlsscan's handshakes table says, as far as tshark has it."""


def rows(lines: bytes, _memory: dict) -> list[Found]:
    """Read tlsscan's NDJSON."""
    return [(int(high) << 8 | int(low), int(port), None) for high, low, port in ROW.findall(lines)]


def fields(lines: bytes, _memory: dict) -> list[Found]:
    """Read tshark's fields: a line a packet with a handshake message."""
    found = []
    for line in lines.splitlines():
        cells = line.split(b"\t")
        address, port = (cells[1], cells[2]) if cells[1].startswith(b"10.") else (cells[3], cells[4])
        high, low = address.split(b".")[2:]
        found.append((int(high) << 8 | int(low), int(port), float(cells[0])))
    return found


def records(lines: bytes, memory: dict) -> list[Found]:
    """Read ssldump's text: a line says which connection has which number, others begin with that number."""
    found = []
    for line in lines.splitlines():
        if opened := OPENED.match(line):
            number, high, low, port = map(int, opened.groups())
            memory[number] = (high << 8 | low, port)
        elif (record := RECORD.match(line)) and (whose := memory.get(int(record[1]))):
            found.append((*whose, float(record[2])))
    return found


@dataclass(frozen=True)
class Watcher:
    """``commands``: a pipeline, whose first process is interrupted at the end; ``losses``: {name: pattern of a figure in what it says}."""

    commands: Callable[[str], list[list[str]]]
    read: Callable[[bytes, dict], list[Found]]
    losses: dict[str, str]


TLSSCAN = [sys.executable, "-m", "analyzer"]
DUMPCAP = {"received": r"received/dropped on interface '[^']*': (\d+)/", "dropped": r"received/dropped on interface '[^']*': \d+/(\d+)"}
OWN = {"received": r"([\d,]+) packets? received, ", "dropped by the kernel": r"([\d,]+) dropped by the kernel",
       "dropped by the interface": r"([\d,]+) dropped by the interface", "unread": r"([\d,]+) unread"}  # fmt: skip


def _tlsscan(program: str) -> Watcher:
    options = ("--capture-with", program, "--format", "ndjson", "--stats")
    return Watcher(lambda interface: [[*TLSSCAN, "-i", interface, *options]], rows, OWN)


WATCHERS = {
    "dumpcap": _tlsscan("dumpcap"),
    "tcpdump": _tlsscan("tcpdump"),
    "scapy": _tlsscan("scapy"),
    "pipe": Watcher(lambda interface: [["dumpcap", "-q", "-i", interface, "-w", "-"], [*TLSSCAN, "--format", "ndjson", "-"]],
                    rows, DUMPCAP),
    "tshark": Watcher(lambda interface: [["tshark", "-i", interface, "-n", "-l", "-Y", "tls.handshake", "-T", "fields",
                                          *(word for field in FIELDS for word in ("-e", field))]],
                      fields, {"shown": r"(\d+) packets captured", "dropped": r"(\d+) packets? dropped"}),
    "ssldump": Watcher(lambda interface: [["ssldump", "-n", "-e", "-i", interface]], records, {}),
}  # fmt: skip
