"""The TLS tunnel of the lab, both ends of it, with real sockets on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import ssl
import struct
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

LAB = Path(__file__).parents[2] / "samples" / "lab"
sys.path.insert(0, str(LAB))

from authority import Authority  # noqa: E402 - the lab is scripts, found by path
from tunnel import Tunnel, client_context, server_context  # noqa: E402 - the lab is scripts, found by path

ANY = ("127.0.0.1", 0)


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pki")
    wanted = ("root", "issuing", "shop", "selfsigned", "expired", "alice", "stranger")
    from authority import ROLES

    Authority.of(tuple(role for role in ROLES if role.id in wanted)).write(folder)
    return folder


async def echo(reader, writer):
    """Send everything back, and end only when the other has ended."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def tunnelled(pki, service=echo, *, cert="shop", name="shop.example", ca="root", client_ca=None, client=None, to=None):
    """Client end → server end → service; gives (client end, server end, address to talk to)."""
    servant = await asyncio.start_server(service, *ANY)
    to = to or servant.sockets[0].getsockname()[:2]
    serving = server_context(pki / f"{cert}.chain.pem", pki / f"{cert}.key", client_ca and pki / f"{client_ca}.pem")
    asking = client_context(pki / f"{ca}.pem", client and pki / f"{client}.chain.pem", client and pki / f"{client}.key", pki / "keys.log")
    far = Tunnel("server", ANY, to, serving)
    near = Tunnel("client", ANY, await far.start(), asking, name)
    far.heard, near.heard = [], []
    far.say, near.say = far.heard.append, near.heard.append
    try:
        yield near, far, await near.start()
    finally:
        await near.stop()
        await far.stop()
        servant.close()


async def talk(address, data):
    """Send, end, and read to the end at the same time."""
    reader, writer = await asyncio.open_connection(*address)

    async def send():
        writer.write(data)
        await writer.drain()
        writer.write_eof()

    sending = asyncio.create_task(send())
    try:
        got = await reader.read(-1)
        await sending
    finally:
        sending.cancel()
        writer.close()
    return got


async def until(condition):
    """Wait for what happens soon after; ``run`` ends it if it never does."""
    while not condition():  # noqa: ASYNC110 - what is waited for lives in other connections, which raise no event
        await asyncio.sleep(0.01)


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 30))


def test_what_goes_in_comes_back(pki):
    async def main():
        async with tunnelled(pki) as (near, far, address):
            assert await talk(address, b"hello") == b"hello"
            assert await talk(address, b"") == b""
            await until(lambda: (near.carried, far.carried) == (2, 2))
            assert near.heard == far.heard == []

    run(main())


def test_fifty_connections_at_once_with_a_megabyte_each_way(pki):
    bodies = [os.urandom(1 << 20) for _ in range(50)]

    async def main():
        async with tunnelled(pki) as (_, _, address):
            return await asyncio.gather(*(talk(address, body) for body in bodies))

    assert [hashlib.sha256(got).digest() for got in run(main())] == [hashlib.sha256(body).digest() for body in bodies]


def test_many_bytes_both_ways_at_once_without_waiting_for_each_other(pki):
    down = os.urandom(3 << 20)
    came = asyncio.Queue()

    async def shout(reader, writer):
        async def send():
            writer.write(down)
            await writer.drain()
            writer.write_eof()

        sending = asyncio.create_task(send())
        came.put_nowait(await reader.read(-1))
        await sending
        writer.close()

    async def main():
        async with tunnelled(pki, shout) as (_, _, address):
            up = os.urandom(5 << 20)
            assert await talk(address, up) == down
            assert await came.get() == up

    run(main())


def test_the_client_ends_first_and_still_gets_its_answer(pki):
    async def summer(reader, writer):
        body = await reader.read(-1)  # only a half-close ever ends this
        await asyncio.sleep(0.05)
        writer.write(hashlib.sha256(body).digest())
        writer.close()

    async def main():
        async with tunnelled(pki, summer) as (near, _, address):
            body = os.urandom(1 << 20)
            assert await talk(address, body) == hashlib.sha256(body).digest()
            await until(lambda: near.carried == 1)

    run(main())


def test_the_service_ends_first_and_still_hears_the_client(pki):
    came = asyncio.Event()
    heard = []

    async def bye(reader, writer):
        writer.write(b"bye")
        writer.write_eof()
        heard.append(await reader.read(-1))
        writer.close()
        came.set()

    async def main():
        async with tunnelled(pki, bye) as (_, _, address):
            reader, writer = await asyncio.open_connection(*address)
            assert await reader.read(-1) == b"bye"
            writer.write(b"still here" * 100_000)
            await writer.drain()
            writer.close()
            await came.wait()
            assert heard == [b"still here" * 100_000]

    run(main())


def test_a_service_that_resets_cuts_the_client_too(pki):
    async def crash(reader, writer):
        await reader.read(1)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def main():
        async with tunnelled(pki, crash) as (near, far, address):
            with pytest.raises(ConnectionResetError):
                await talk(address, b"x")
            await until(lambda: far.heard and near.heard)
            assert "SSLEOFError" in near.heard[0] or "ConnectionResetError" in near.heard[0]  # no close_notify: cut, not ended

    run(main())


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"cert": "selfsigned", "name": "nas.example"}, "self-signed certificate"),
        ({"cert": "expired", "name": "expired.example"}, "certificate has expired"),
        ({"name": "bank.example"}, "Hostname mismatch"),
        ({"ca": "selfsigned"}, "unable to get local issuer certificate"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_certificate_is_refused_and_the_service_hears_nothing(pki, options, reason):
    asked = []

    async def service(_, writer):
        asked.append(1)
        writer.close()

    async def main():
        async with tunnelled(pki, service, **options) as (near, far, address):
            with pytest.raises(ConnectionResetError):
                await talk(address, b"secret")
            await until(lambda: far.heard and near.heard)
            assert reason in near.heard[0]
            assert asked == []
            assert (near.carried, far.carried) == (0, 0)
            assert "ALERT" in far.heard[0].upper()

    run(main())


def test_one_bad_client_does_not_disturb_the_others(pki):
    async def main():
        async with tunnelled(pki) as (near, far, address):
            reader, writer = await asyncio.open_connection(*near.to)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")  # no TLS at all
            await reader.read(-1)
            writer.close()
            assert await talk(address, b"fine") == b"fine"
            await until(lambda: len(far.heard) == 1)

    run(main())


@pytest.mark.parametrize(("client", "welcome"), [("alice", True), ("stranger", False), (None, False)])
def test_client_certificates(pki, client, welcome):
    async def main():
        async with tunnelled(pki, client_ca="root", client=client) as (_, _, address):
            if welcome:
                assert await talk(address, b"it is me") == b"it is me"
            else:
                with pytest.raises(ConnectionResetError):
                    await talk(address, b"it is me")

    run(main())


def test_server_gone(pki):
    with socket.socket() as nobody:
        nobody.bind(ANY)  # bound, not listening: connections are refused

        async def main():
            async with tunnelled(pki, to=nobody.getsockname()) as (near, far, address):
                with pytest.raises(ConnectionResetError):
                    await talk(address, b"x")
                await until(lambda: far.heard)
                assert "refused" in far.heard[0].lower() or "Connect call failed" in far.heard[0]
                near.to = nobody.getsockname()
                with pytest.raises(ConnectionResetError):
                    await talk(address, b"x")

        run(main())


def test_keys_are_logged(pki):
    async def main():
        async with tunnelled(pki) as (_, _, address):
            await talk(address, b"x")

    run(main())
    assert "CLIENT_TRAFFIC_SECRET_0 " in (pki / "keys.log").read_text()


def test_the_tls_1_2_tunnel_half_closes_too(pki):
    async def main():
        async with tunnelled(pki) as (near, far, address):
            near.context.maximum_version = ssl.TLSVersion.TLSv1_2
            body = os.urandom(1 << 20)
            assert await talk(address, body) == body
            assert far.heard == []

    run(main())


def test_command_line(pki):
    started = []

    def start(*arguments):
        process = subprocess.Popen([sys.executable, str(LAB / "tunnel.py"), *arguments], stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process.stdout.readline().rpartition(" ")[2].strip()

    async def main():
        service = await asyncio.start_server(echo, *ANY)
        there = "{}:{}".format(*service.sockets[0].getsockname())
        try:
            far = await asyncio.to_thread(
                start, "server", "--listen", "127.0.0.1:0", "--to", there, "--cert", pki / "shop.chain.pem", "--key", pki / "shop.key"
            )
            near = await asyncio.to_thread(
                start, "client", "--listen", "127.0.0.1:0", "--to", far, "--ca", pki / "root.pem", "--name", "shop.example"
            )
            host, _, port = near.rpartition(":")
            assert await talk((host, int(port)), b"through two processes") == b"through two processes"
        finally:
            for process in started:
                process.terminate()
                process.communicate()
            service.close()

    run(main())


@pytest.mark.parametrize("bad", ["nowhere", "127.0.0.1:x", "127.0.0.1:99999"])
def test_a_wrong_address_is_a_usage_error(bad):
    command = [sys.executable, str(LAB / "tunnel.py"), "client", "--listen", bad, "--to", "127.0.0.1:1", "--ca", "x"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
