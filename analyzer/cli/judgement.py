"""What findings rest on, as options of every command that judges: trust store, time, policies.

Here lives: these options.  Here does not live: what they mean (``analyzer.findings.judging``), what is judged by them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from analyzer.findings.judging import Judging

__all__ = ["SEVERITIES", "judging_of", "judging_options"]

F = TypeVar("F", bound=Callable[..., Any])

SEVERITIES = ("critical", "high", "medium", "low", "info")
"""Those of ``findings.finding``, which is too heavy to be asked at the start."""


def _moment(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    """Return the time that is meant (ns since 1970 UTC; None: the packet's), or fail with what is wrong."""
    from analyzer.errors import JudgingError  # noqa: PLC0415 - start-up time
    from analyzer.findings.judging import moment_of  # noqa: PLC0415 - as above

    try:
        return moment_of(value)
    except JudgingError as error:
        raise click.BadParameter(str(error), ctx, param) from None


_OPTIONS = (
    click.option("--trust-store", metavar="STORE", multiple=True,
                 help="Roots to trust: certifi (the default), system, none, a file or a folder of certificates; repeatable."),
    click.option("--trust-ca", metavar="NAME", multiple=True,
                 help="Trust a CA by its common name or organization where its root is in the capture: for a lab; repeatable."),
    click.option("--at", metavar="TIME", default="capture", show_default=True, callback=_moment,
                 help="Judge certificates at the time of the packet (capture), now, or a date such as 2026-03-15."),
    click.option("--policy", metavar="POLICY", multiple=True,
                 help="Judge by a policy too: a name that tlsscan policies lists, or a TOML file; repeatable."),
)  # fmt: skip


def judging_options(command: F) -> F:
    """Add the options to a command; their values go to ``judging_of``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def judging_of(trust_store: tuple[str, ...], trust_ca: tuple[str, ...], at: int | None, policy: tuple[str, ...]) -> Judging:
    """Return what these options come to."""
    from analyzer.findings.judging import Judging  # noqa: PLC0415 - start-up time

    return Judging(trust_store=trust_store, trust_ca=trust_ca, at=at, policies=policy)
