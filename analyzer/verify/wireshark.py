"""Wireshark: what its dissector says of a capture, asked through pyshark.

Here lives: finding tshark, running pyshark in a thread with an event loop of its own, ending both whatever happens.  Here does not
live: what the fields mean (``dissection``), comparing (``compare``).

pyshark is used as little as its kindness costs: its lists of fields are read, its attribute access (which joins all extensions
into one) is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import threading
from pathlib import Path
from subprocess import SubprocessError
from typing import TYPE_CHECKING, Any

from analyzer.errors import CaptureError, TlsscanError
from analyzer.verify.dissection import LAYERS, facts

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from analyzer.verify.fact import Fact

__all__ = ["Asking", "WiresharkMissingError", "find"]

FILTER = "tls.handshake.type or dtls.handshake.type or tls.alert_message.level or dtls.alert_message.level"
"""Only what holds a message or an alert is printed; everything is dissected."""

PREFERENCES = {
    "tcp.desegment_tcp_streams": "TRUE",
    "tcp.reassemble_out_of_order": "TRUE",
    "tls.desegment_ssl_records": "TRUE",
    "tls.desegment_ssl_application_data": "TRUE",
    "ip.defragment": "TRUE",
    "ipv6.defragment": "TRUE",
    "tls.keylog_file": "",
}
"""Everything on that helps Wireshark to see a whole message, and no keys but those that a pcapng holds."""

_NOISE = re.compile(r'^Running as user ".*This could be dangerous\.$')
_REFUSED = re.compile(r"n't a capture file|n't (?:be )?opened|could not be opened|n't support|unable to open", re.IGNORECASE)


class WiresharkMissingError(TlsscanError):
    """There is no tshark to ask, or it does not work."""


def find(tshark: str | os.PathLike[str] | None = None) -> str:
    """Return the path of tshark: the one given, that of $WIRESHARK_PATH (the program or its folder), or the one on PATH.

    Raises WiresharkMissingError.
    """
    named = os.fspath(tshark) if tshark is not None else os.environ.get("WIRESHARK_PATH") or None
    if named is None:
        found = shutil.which("tshark")
        if found is None:
            raise WiresharkMissingError("tshark (of Wireshark) is not installed, or not on PATH: name it with --tshark or $WIRESHARK_PATH")
        return found
    place = Path(named) / "tshark" if Path(named).is_dir() else Path(named)
    if place.stem.lower() != "tshark" or shutil.which(str(place)) is None:
        raise WiresharkMissingError(f"{named}: there is no program of the name tshark here")
    return str(place.absolute())


class Asking:
    """``with Asking(path, tshark) as asking: … asking.answer()``: tshark works while the caller does something else."""

    def __init__(self, path: Path, tshark: str) -> None:
        """Remember what to ask whom."""
        self.version = ""
        self.running = False
        """tshark has been asked (and may have answered)."""
        self._path, self._tshark = path, tshark
        self._facts: list[Fact] = []
        self._words: str | None = None
        self._error: BaseException | None = None
        self._task: asyncio.Task[None]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="pyshark", daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave no thread and no process behind."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: the thread has come to its end
            self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join()

    def answer(self) -> tuple[list[Fact], str | None]:
        """Wait and return the facts in order of packets, and what tshark complained about (a capture that is cut short …).

        Raises CaptureError where it could not read the capture.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        if self._words is not None and not self._facts and _REFUSED.search(self._words):
            raise CaptureError(f"{self._path}: Wireshark cannot read it: {self._words}")
        return self._facts, self._words

    # ------------------------------------------------------------------------------------------------ in the thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._read())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass  # the caller has gone
        except (OSError, SubprocessError) as error:
            self._error = WiresharkMissingError(f"{self._tshark} does not work: {error}")
        except ValueError as error:
            self._error = CaptureError(f"{self._path}: Wireshark's answer cannot be read: {error}")
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the caller
            self._error = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _read(self) -> None:
        import pyshark  # noqa: PLC0415 - start-up time
        from pyshark import config  # noqa: PLC0415 - as above

        # pyshark would obey a config.ini in the folder where it happens to be: it may say which program to run.
        config.fp_config_path = config.pyshark_config_path
        capture = pyshark.FileCapture(
            str(self._path),
            keep_packets=False,
            display_filter=FILTER,
            use_json=True,
            tshark_path=self._tshark,
            override_prefs=PREFERENCES,
            custom_parameters=["-J", " ".join(LAYERS)],
            eventloop=self._loop,
        )
        self.version = str(capture._get_tshark_version())  # noqa: SLF001 - it remembers the answer, and needs it too
        processes = capture._running_processes  # noqa: SLF001 - pyshark kills what may have ended by itself: asyncio logs that
        whole = False
        self.running = True
        try:
            await capture.packets_from_tshark(lambda packet: self._facts.extend(facts(_layers(packet))), close_tshark=False)
            whole = True
        finally:
            codes = [await _end(process, kill=not whole) for process in processes]
            processes.clear()
            with contextlib.suppress(ValueError):  # a complaint in no UTF-8, or too long
                await capture.close_async()
            words = capture._last_error_line  # noqa: SLF001 - what tshark has to say is nowhere else
            self._words = words if words and not _NOISE.match(words) else f"tshark ended with code {codes[0]}" if any(codes) else None

    def _cancel(self) -> None:
        self._task.cancel()


async def _end(process: asyncio.subprocess.Process, *, kill: bool) -> int:
    """Wait for a child to end, after killing it where it need not go on; return its exit code."""
    if kill and process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    if process.stdout is not None:
        await process.stdout.read()
    return await process.wait()


def _layers(packet: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the layers of a packet by name, those of one name from the outermost on."""
    found: dict[str, list[dict[str, Any]]] = {}
    for layer in (packet.frame_info, *packet.layers):
        for one in (layer, *layer.duplicate_layers):
            found.setdefault(layer.layer_name, []).append(one._all_fields)  # noqa: SLF001 - the public way joins all extensions into one
    return found
