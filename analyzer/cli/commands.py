"""The commands, all of them, each in a file of its own that is imported when it is asked for.

Here lives: the list, and that a command line which names no command means ``scan``.  Here does not live: any command.
"""

from __future__ import annotations

import importlib
from typing import cast

import click

__all__ = ["COMMANDS", "MEANINGS", "Commands", "tlsscan"]

COMMANDS: dict[str, str] = {
    "scan": "analyzer.cli.scan",
    "interfaces": "analyzer.cli.interfaces",
    "slice": "analyzer.cli.slice",
    "show": "analyzer.cli.show",
    "why": "analyzer.cli.why",
    "certs": "analyzer.cli.certs",
    "formats": "analyzer.cli.formats",
    "rules": "analyzer.cli.rules",
    "policies": "analyzer.cli.policies",
    "verify": "analyzer.cli.verify",
}
"""command -> its module, which has a click.Command of the same name."""

MEANINGS: dict[str, str] = {
    "scan": "read captures and report (also without the word)",
    "interfaces": "list the interfaces of -i, and what permission is missing",
    "slice": "cut the packets of a finding or a handshake out of captures",
    "show": "draw handshakes message by message, as a ladder",
    "why": "say why handshakes failed, with proof and what to change",
    "certs": "list the certificates, or write them as PEM files",
    "formats": "list the formats of reports, and what each holds",
    "rules": "list the rules that findings come from",
    "policies": "list the policies of --policy, and what each demands",
    "verify": "say what Wireshark's dissector reads differently",
}
"""command -> what it does, for the help."""

DEFAULT = "scan"


class Commands(click.Group):
    """A group whose first argument need not be a command: ``tlsscan FILE`` is ``tlsscan scan FILE``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the list."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        module = COMMANDS.get(cmd_name)
        return None if module is None else cast("click.Command", getattr(importlib.import_module(module), cmd_name))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command first where none is named."""
        return super().parse_args(ctx, args if args and args[0] in COMMANDS else [DEFAULT, *args])


@click.group(cls=Commands, add_help_option=False)
def tlsscan() -> None:
    """TLS handshakes out of network captures."""
