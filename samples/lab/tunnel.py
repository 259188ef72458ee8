"""A TLS tunnel: plain TCP in at one end, plain TCP out at the other, TLS between.

Here lives: both ends and their command line.  Here does not live: certificates (``authority``), recording (``record``).

    python samples/lab/tunnel.py server --listen 127.0.0.1:8443 --to 127.0.0.1:80 --cert shop.chain.pem --key shop.key
    python samples/lab/tunnel.py client --listen 127.0.0.1:8080 --to 127.0.0.1:8443 --ca root.pem --name shop.example

How ends are told: a TCP FIN on the plain side becomes a close_notify and the other direction goes on (RFC 8446 section 6.1 allows
it; before TLS 1.3 it needs a peer that does not hang up at once, such as the other end of this tunnel), and a close_notify becomes
a FIN.  A stream that ends without close_notify was cut, so the other side gets a RST and never a clean end.  TLS runs over memory
(``ssl.MemoryBIO``) because asyncio's own TLS streams cannot close one direction.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import ssl
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PlainPipe", "TlsPipe", "Tunnel", "client_context", "main", "server_context"]

CHUNK = 64 << 10
"""Bytes moved at once: four TLS records; more buys nothing."""
PATIENCE = 10.0
"""Seconds that a connect or a TLS handshake may take before its connection is given up."""

Address = tuple[str, int]


class Pipe(Protocol):
    """One connection, seen as bytes that come and go."""

    async def read(self) -> bytes:
        """Return the next bytes, b"" at the clean end; raises OSError where it was cut."""

    async def write(self, data: bytes) -> None:
        """Send bytes and wait while the peer is slow."""

    async def end(self) -> None:
        """Say that nothing more will be sent; reading goes on."""

    def close(self, *, cut: bool) -> None:
        """Give the connection back, with a RST where it was cut."""


class PlainPipe:
    """Plain TCP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> bytes:
        """Return the next bytes, b"" after the peer's FIN."""
        return await self._reader.read(CHUNK)

    async def write(self, data: bytes) -> None:
        """Send bytes and wait while the peer is slow."""
        self._writer.write(data)
        await self._writer.drain()

    async def end(self) -> None:
        """Send a FIN."""
        self._writer.write_eof()

    def close(self, *, cut: bool) -> None:
        """Close; with a RST where it was cut."""
        if cut:
            link = self._writer.get_extra_info("socket")
            with contextlib.suppress(OSError):  # the peer may have reset it before us
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
        else:
            self._writer.close()


class TlsPipe:
    """TLS over another pipe."""

    def __init__(self, below: PlainPipe, context: ssl.SSLContext, *, server_side: bool, name: str | None = None) -> None:
        self._below = below
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=server_side, server_hostname=name)

    async def _flush(self) -> None:
        if self._out.pending:
            await self._below.write(self._out.read())

    async def _fill(self) -> None:
        if data := await self._below.read():
            self._in.write(data)
        else:
            self._in.write_eof()

    async def shake(self) -> None:
        """Do the handshake; raises ssl.SSLError after the alert was sent."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLError:
                with contextlib.suppress(OSError):  # the alert is a courtesy
                    await self._flush()
                raise
            else:
                await self._flush()
                return

    async def read(self) -> bytes:
        """Return the next bytes, b"" after the peer's close_notify; a FIN without one raises ssl.SSLEOFError."""
        while True:
            try:
                return self._tls.read(CHUNK)
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLWantReadError:
                await self._flush()  # a KeyUpdate may want its answer
                await self._fill()

    async def write(self, data: bytes) -> None:
        """Encrypt and send bytes, and wait while the peer is slow."""
        self._tls.write(data)
        await self._flush()

    async def end(self) -> None:
        """Send a close_notify; what the peer still sends can be read."""
        with contextlib.suppress(ssl.SSLError):  # "want read": unwrap also waits for the peer's, ``read`` does that better
            self._tls.unwrap()
        await self._flush()

    def close(self, *, cut: bool) -> None:
        """Close the connection below."""
        self._below.close(cut=cut)

    def facts(self) -> dict[str, object]:
        """Return what was agreed: version, cipher suite (OpenSSL's name), ALPN."""
        cipher = self._tls.cipher()
        return {"version": self._tls.version(), "cipher": cipher and cipher[0], "alpn": self._tls.selected_alpn_protocol()}


async def _pump(source: Pipe, sink: Pipe) -> None:
    while data := await source.read():
        await sink.write(data)
    await sink.end()


async def _join(one: Pipe, other: Pipe) -> None:
    """Carry bytes both ways until both have ended; if one way breaks, both connections are cut."""
    ways = [asyncio.create_task(_pump(one, other)), asyncio.create_task(_pump(other, one))]
    cut = True
    try:
        await asyncio.gather(*ways)
        cut = False
    finally:
        for way in ways:
            way.cancel()
        one.close(cut=cut)
        other.close(cut=cut)


@dataclass
class Tunnel:
    """One end.  ``role`` server: TLS comes in and plain goes out; client: the other way round.

    ``name`` is the host name that the client asks for and checks.  ``say`` hears one line per trouble.
    """

    role: str
    listen: Address
    to: Address
    context: ssl.SSLContext
    name: str | None = None
    say: Callable[[str], None] = lambda _: None
    carried: int = 0
    """Connections that ended cleanly both ways."""
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> Address:
        """Listen; return the address, whose port the system chose where 0 was asked."""
        self._server = await asyncio.start_server(self._accept, *self.listen, limit=CHUNK)
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    async def stop(self) -> None:
        """Stop listening and cut what is still open."""
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        peer = writer.get_extra_info("peername")
        try:
            await self._carry(PlainPipe(reader, writer))
        except OSError as trouble:  # ssl.SSLError is an OSError; one connection's trouble ends no other
            self.say(f"{peer[0]}:{peer[1]}: {type(trouble).__name__}: {trouble}")
        except asyncio.CancelledError:
            pass  # ``stop``: the connections were cut on the way out
        else:
            self.carried += 1
        finally:
            self._tasks.discard(task)

    async def _carry(self, came: PlainPipe) -> None:
        pipes: list[Pipe] = [came]
        try:
            if self.role == "server":
                # The service is called only once TLS stands: strangers never reach it.
                inner = TlsPipe(came, self.context, server_side=True)
                await asyncio.wait_for(inner.shake(), PATIENCE)
                pipes.append(went := await self._connect())
                await _join(inner, went)
            else:
                pipes.append(went := await self._connect())
                outer = TlsPipe(went, self.context, server_side=False, name=self.name)
                await asyncio.wait_for(outer.shake(), PATIENCE)
                await _join(came, outer)
        except BaseException as trouble:
            for pipe in pipes:
                # A refused handshake has sent an alert, which a RST could overtake: close in order there.
                pipe.close(cut=pipe is not pipes[-1] or not isinstance(trouble, ssl.SSLError))
            raise

    async def _connect(self) -> PlainPipe:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(*self.to, limit=CHUNK), PATIENCE)
        return PlainPipe(reader, writer)


def server_context(cert: Path, key: Path, client_ca: Path | None = None, keylog: Path | None = None) -> ssl.SSLContext:
    """Return the server's settings; with ``client_ca`` a client must show a certificate that it signed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    if keylog:
        context.keylog_filename = str(keylog)
    return context


def client_context(ca: Path, cert: Path | None = None, key: Path | None = None, keylog: Path | None = None) -> ssl.SSLContext:
    """Return the client's settings: only ``ca`` is trusted, chain and host name are checked."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(ca))
    if cert:
        context.load_cert_chain(cert, key)
    if keylog:
        context.keylog_filename = str(keylog)
    return context


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A TLS tunnel for plain TCP.")
    roles = parser.add_subparsers(dest="role", required=True)
    server = roles.add_parser("server", help="TLS in, plain TCP out")
    client = roles.add_parser("client", help="plain TCP in, TLS out")
    for end in (server, client):
        end.add_argument("--listen", type=_address, required=True, metavar="HOST:PORT", help="port 0: any free one, which is printed")
        end.add_argument("--to", type=_address, required=True, metavar="HOST:PORT")
        end.add_argument("--cert", type=Path, required=end is server, help="certificate chain, PEM, leaf first")
        end.add_argument("--key", type=Path, required=end is server, help="private key, PEM")
        end.add_argument("--keylog", type=Path, help="append the session keys to this file (NSS key log format)")
    server.add_argument("--client-ca", type=Path, help="clients must show a certificate that this CA signed")
    client.add_argument("--ca", type=Path, required=True, help="the CA that must have signed the server's certificate")
    client.add_argument("--name", help="host name to ask for and to check (default: the host of --to)")
    return parser.parse_args(argv)


async def _run(options: argparse.Namespace) -> None:
    if options.role == "server":
        context = server_context(options.cert, options.key, options.client_ca, options.keylog)
    else:
        context = client_context(options.ca, options.cert, options.key, options.keylog)
    name = None if options.role == "server" else options.name or options.to[0]
    tunnel = Tunnel(options.role, options.listen, options.to, context, name, say=lambda line: print(line, file=sys.stderr))
    host, port = await tunnel.start()
    print(f"listening on {host}:{port}", flush=True)
    await asyncio.Event().wait()


def main(argv: list[str]) -> int:
    """Run one end until interrupted."""
    try:
        asyncio.run(_run(_arguments(argv)))
    except KeyboardInterrupt:
        return 130
    except OSError as trouble:
        print(f"tunnel: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
