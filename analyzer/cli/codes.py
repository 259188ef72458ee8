"""Exit codes, all of them.

Here lives: the numbers and what they mean, as ``--help`` prints them.  Here does not live: who decides on one.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["EXIT_CODES", "Exit"]


class Exit(IntEnum):
    """How a run ended."""

    OK = 0
    FOUND = 1
    DIFFER = 1
    USAGE = 2
    NOT_A_CAPTURE = 3
    DAMAGED = 4
    UNAVAILABLE = 69
    INTERNAL = 70
    NOT_WRITTEN = 74
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


EXIT_CODES: dict[Exit, str] = {
    Exit.OK: "every input was read to its end",
    Exit.FOUND: "--fail-on: something so grave was found; verify: Wireshark and tlsscan differ",
    Exit.USAGE: "the command line is wrong",
    Exit.NOT_A_CAPTURE: "an input is missing, unreadable or no capture (the others are reported); -i: no such interface, or no permission",
    Exit.DAMAGED: "a capture is damaged, an interface went away, or a limit was hit (what could be read is reported)",
    Exit.UNAVAILABLE: "a program is not installed: Wireshark's tshark (verify), whoever is to capture (-i)",
    Exit.INTERNAL: "a fault in tlsscan",
    Exit.NOT_WRITTEN: "the output could not be written",
    Exit.INTERRUPTED: "interrupted (what was read is reported)",
    Exit.BROKEN_PIPE: "the reader of the output went away",
    Exit.TERMINATED: "terminated (as above)",
}
"""exit code -> meaning (69, 70 and 74 as in sysexits.h, 128 + n for signals as shells have it)."""
