"""The command line: one file a command, the only room that prints.

Here lives: ``main``, which turns whatever happens into an exit code and at most one line.  Here does not live: any work —
commands are thin calls on the library.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings

import click

from analyzer.cli.codes import Exit
from analyzer.cli.commands import tlsscan
from analyzer.cli.messages import fault, say, usage
from analyzer.cli.outputs import forget_stdout
from analyzer.errors import TlsscanError

__all__ = ["main"]


def main(args: list[str] | None = None) -> int:
    """Run the command line and return its exit code; no exception leaves."""
    words = sys.argv[1:] if args is None else args
    _occupy()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's: nobody multiplies matrices, and such threads would keep rights (-i)
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("ignore")  # a library's advice to programmers, in several lines
            code = tlsscan.main(words, prog_name="tlsscan", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        usage(error)
        return Exit.USAGE
    except (BrokenPipeError, SystemExit):  # without standalone mode click exits for one reason only: EPIPE, which it hides
        forget_stdout()
        return Exit.BROKEN_PIPE
    except (KeyboardInterrupt, click.Abort) as error:
        if isinstance(error.__cause__, EOFError):  # click takes it for somebody who would not answer; nobody was asked
            fault(error.__cause__, debug="--debug" in words)
            return Exit.INTERNAL
        forget_stdout()
        return Exit.INTERRUPTED
    except TlsscanError as error:
        _flush_stdout()
        say(str(error))
        return Exit.NOT_A_CAPTURE
    except OSError as error:
        forget_stdout()
        say(f"cannot write: {error.strerror or error}")
        return Exit.NOT_WRITTEN
    except Exception as error:  # noqa: BLE001 - the last net: a person gets one line, never a traceback unasked
        _flush_stdout()
        fault(error, debug="--debug" in words)
        return Exit.INTERNAL
    return code if isinstance(code, int) else Exit.OK


def _occupy() -> None:
    """Give every closed standard descriptor to nothing, so that no file of ours gets its number, and errors a place to go.

    That standard output is closed is still seen: then ``sys.stdout`` is None.
    """
    with contextlib.suppress(OSError):
        while (lowest := os.open(os.devnull, os.O_RDWR)) <= 2:
            os.set_inheritable(lowest, True)  # noqa: FBT003 - a standard descriptor is
        os.close(lowest)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - as long as the process


def _flush_stdout() -> None:
    """Hand on what was written before something else went wrong; that it cannot be is not the news then."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        forget_stdout()
