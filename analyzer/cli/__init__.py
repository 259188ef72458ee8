"""The command line: one file a command, the only room that prints.

Here lives: ``main``, which turns whatever happens into an exit code and at most one line.  Here does not live: any work —
commands are thin calls on the library.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback

import click

from analyzer.cli.codes import Exit
from analyzer.cli.commands import tlsscan
from analyzer.cli.messages import say
from analyzer.errors import TlsscanError

__all__ = ["main"]


def main(args: list[str] | None = None) -> int:
    """Run the command line and return its exit code; no exception leaves."""
    try:
        code = tlsscan.main(args, prog_name="tlsscan", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (BrokenPipeError, SystemExit):  # without standalone mode click exits for one reason only: EPIPE, which it hides
        _forget_stdout()
        return Exit.BROKEN_PIPE
    except (KeyboardInterrupt, click.Abort):
        return Exit.INTERRUPTED
    except TlsscanError as error:
        say(str(error))
        return Exit.NOT_A_CAPTURE
    except OSError as error:
        _forget_stdout()
        say(f"cannot write: {error.strerror or error}")
        return Exit.NOT_WRITTEN
    except Exception as error:  # noqa: BLE001 - the last net: a person gets one line, never a traceback unasked
        if "--debug" in (sys.argv if args is None else args):
            traceback.print_exc()
        say(f"internal error: {type(error).__name__}: {error} (run with --debug for the traceback)")
        return Exit.INTERNAL
    return code if isinstance(code, int) else Exit.OK


def _forget_stdout() -> None:
    """Let standard output lead nowhere, so that the interpreter's own last flush cannot fail."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
