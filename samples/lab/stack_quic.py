"""aioquic as QUIC server and client, and what it says of a handshake.

Here lives: starting both ends, a few words over a stream, and reading the client's state into facts.  Here does not live: which
versions and tricks are played (``datagrams``).  aioquic keeps what was agreed in attributes of its own; they are read as they are.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import ssl
import threading
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from stacks import ALERTS, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from case import Case
    from stacks import Facts, Lab

__all__ = ["UNKNOWN_VERSION", "V1", "V2", "quic_client", "quic_server"]

V1, V2, UNKNOWN_VERSION = 0x00000001, 0x6B3343CF, 0x1A2A3A4A
"""RFC 9000; RFC 9369; a version reserved to force negotiation (RFC 9000 section 15)."""
GROUPS = {"x25519": 0x001D, "secp256r1": 0x0017}
CRYPTO_ERROR = 0x0100
"""Plus an alert's number, a transport error (RFC 9001 section 4.8)."""


@contextlib.contextmanager
def quic_server(lab: Lab, case: Case, *, versions: tuple[int, ...] = (V1,), retry: bool = False, alpn: tuple[str, ...] = ("h3",),
                early: bool = False) -> Iterator[None]:  # fmt: skip
    """Serve with aioquic in a thread: each stream comes back reversed.  ``versions`` are in order of the server's liking."""
    from aioquic.asyncio import serve  # noqa: PLC0415 - optional package
    from aioquic.quic.configuration import QuicConfiguration  # noqa: PLC0415 - optional package

    settings = QuicConfiguration(is_client=False, alpn_protocols=list(alpn), supported_versions=list(versions))
    settings.load_cert_chain(lab.folder / f"{case.identity}.chain.pem", lab.folder / f"{case.identity}.key")
    tickets: dict[bytes, Any] = {}
    keeping: dict[str, Any] = {}
    if early:
        keeping = {"session_ticket_handler": lambda one: tickets.update({one.ticket: one}), "session_ticket_fetcher": tickets.get}
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    answers: list[asyncio.Task[None]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read())[::-1])
        writer.write_eof()

    def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers.append(loop.create_task(answer(reader, writer)))

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(
            serve(case.address, case.port, configuration=settings, retry=retry, stream_handler=handle, **keeping)
        )
        ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    if not ready.wait(PATIENCE):
        raise RuntimeError("the QUIC server did not start")
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)


def quic_client(lab: Lab, case: Case, *, versions: tuple[int, ...] = (V1,), first: int | None = None, alpn: tuple[str, ...] = ("h3",),
                group: str = "x25519", trust: str = "root", large: bool = False, keep: bool = False,
                resume: bool = False) -> list[Facts]:  # fmt: skip
    """Ask with aioquic.

    ``first`` is the version of the first packet; ``large`` makes a ClientHello of two packets; ``keep`` writes a session ticket, with
    which ``resume`` sends 0-RTT data.
    """
    from aioquic.quic.configuration import QuicConfiguration  # noqa: PLC0415 - optional package

    kept = lab.folder / "session.quic"
    with lab.keys.open("a") as log:
        settings = QuicConfiguration(
            alpn_protocols=list(alpn), supported_versions=list(versions), original_version=first, server_name=case.host,
            cafile=str(lab.folder / f"{trust}.pem"), verify_mode=ssl.CERT_REQUIRED, secrets_log_file=log, quantum_readiness_test=large,
            session_ticket=pickle.loads(kept.read_bytes()) if resume else None,  # what we ourselves wrote
        )  # fmt: skip
        said: list[Any] = []
        asyncio.run(_talk(case, settings, group, said, kept if keep else None, early=resume))
    return [_facts(case, said[0], group)]


async def _talk(case: Case, settings: Any, group: str, said: list[Any], kept: Any, *, early: bool) -> None:
    """Say hello on a stream and wait for the answer; ``said`` gets the QuicConnection."""
    from aioquic.asyncio import QuicConnectionProtocol, connect  # noqa: PLC0415 - optional package
    from aioquic.tls import Group  # noqa: PLC0415 - optional package

    class Protocol(QuicConnectionProtocol):
        def connect(self, addr: Any, *, transmit: bool = True) -> None:
            said.append(self._quic)
            known = self._quic._initialize  # noqa: SLF001 - it has no setting for groups

            def initialize(peer: bytes) -> None:
                known(peer)
                self._quic.tls._supported_groups = [Group(GROUPS[group])]  # noqa: SLF001 - as above

            def close(error_code: int = 0, **reason: Any) -> None:
                if error_code:
                    self._quic.refused = True
                closed(error_code, **reason)

            self._quic._initialize = initialize  # noqa: SLF001 - as above
            closed, self._quic.close = self._quic.close, close
            super().connect(addr, transmit=transmit)

    tickets: list[Any] = []
    with contextlib.suppress(ConnectionError):  # that it fails is what some cases are about
        async with connect(case.address, case.port, configuration=settings, create_protocol=Protocol, wait_connected=not early,
                           session_ticket_handler=tickets.append) as link:  # fmt: skip
            reader, writer = await link.create_stream()
            writer.write(b"hello")
            writer.write_eof()
            await asyncio.wait_for(reader.read(), PATIENCE)
    if kept and tickets:
        kept.write_bytes(pickle.dumps(tickets[-1]))


def _facts(case: Case, quic: Any, group: str) -> Facts:
    """Read what the client's connection knows once it is over."""
    tls = quic.tls
    facts: Facts = {
        "transport": "udp", "framing": "quic", "server_name": case.host, "quic_version_code": quic._version,  # noqa: SLF001 - see the law
        "alpn": tls.alpn_negotiated, "resumed": tls.session_resumed,
    }  # fmt: skip
    if tls.early_data_accepted:
        facts |= {"early_data": True, "early_data_accepted": True}
    schedule = tls.key_schedule
    if schedule:
        facts |= {"version": "TLS 1.3", "cipher_suite": f"TLS_{schedule.cipher_suite.name}", "group": group}
    leaf = tls._peer_certificate  # noqa: SLF001 - see the law
    if leaf:
        chain = [leaf, *tls._peer_certificate_chain]  # noqa: SLF001 - see the law
        facts["certificates"] = [one.fingerprint(hashes.SHA256()).hex() for one in chain]
    end = quic._close_event  # noqa: SLF001 - see the law
    if end and end.error_code >= CRYPTO_ERROR:
        code = end.error_code - CRYPTO_ERROR
        sender = "client" if hasattr(quic, "refused") else "server"
        # With a ServerHello come keys: from then on it is told in a Handshake packet, encrypted.
        facts["alert"] = {"sender": sender, "level": 2, "description": ALERTS[code], "code": code, "encrypted": "version" in facts}
    return facts
