"""DTLS as OpenSSL and GnuTLS speak it: what a relay between their programs saw, and what they said of it themselves."""

from __future__ import annotations

import re
import select
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import talk
from dtls_talk import CLIENT, SERVER, Line
from talk import kinds, types

from analyzer import registry

PATIENCE = 10
SECURITY = ["-cipher", "DEFAULT:@SECLEVEL=0"]
"""DTLS 1.0 signs with SHA-1, which OpenSSL refuses otherwise."""


class Relay:
    """Hands datagrams of one client on to a server and back, and keeps them as turns (side, bytes)."""

    def __init__(self, server):
        self.turns = []
        self._server = ("127.0.0.1", server)
        self._out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._in = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._in.bind(("127.0.0.1", 0))
        self._out.connect(self._server)
        self.port = self._in.getsockname()[1]
        self._over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        client = None
        while not self._over:
            ready, _, _ = select.select([self._in, self._out], [], [], 0.05)
            for one in ready:
                try:
                    data, sender = one.recvfrom(65536)
                    side, client = (CLIENT, sender) if one is self._in else (SERVER, client)
                    self.turns.append((side, data))
                    if side == CLIENT:
                        self._out.send(data)
                    elif client:
                        self._in.sendto(data, client)
                except ConnectionError:
                    continue  # a server that is not there yet

    def end(self):
        self._over = True
        self._thread.join(PATIENCE)
        for one in (self._in, self._out):
            one.close()


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("dtls")
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    for name in ("server", "client"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj",
             f"/CN={name}.example", "-days", "2"], cwd=where, check=True, capture_output=True,
        )  # fmt: skip
    return where


@contextmanager
def running(command, folder):
    out = (folder / "server.log").open("w+")
    done = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield out
    finally:
        done.kill()
        done.wait(PATIENCE)
        done.stdin.close()
        out.close()


def ask(command, folder, until):
    """Run a client until its output holds ``until``, let it close, and return what it said."""
    client = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, end = b"", time.monotonic() + PATIENCE
    while time.monotonic() < end and not re.search(until, said) and client.poll() is None:
        if select.select([client.stdout], [], [], 0.1)[0]:
            said += client.stdout.read1(65536)
    try:
        rest, _ = client.communicate(b"hello\n", timeout=2)
    except subprocess.TimeoutExpired:
        client.kill()
        rest, _ = client.communicate()
    return (said + rest).decode(errors="replace")


def wait_until_it_listens(log, word):
    end = time.monotonic() + PATIENCE
    while word not in log_text(log) and time.monotonic() < end:
        time.sleep(0.02)


def log_text(log):
    return Path(log.name).read_text()


@contextmanager
def server(folder, version, more):
    """Serve with OpenSSL behind a relay."""
    port = free_port()
    accept = ["-accept", f"127.0.0.1:{port}", "-cert", "server.pem", "-key", "server.key"]
    with running(["openssl", "s_server", version, *accept, *SECURITY, *more], folder) as log:
        wait_until_it_listens(log, "ACCEPT")
        relay = Relay(port)
        try:
            yield relay
        finally:
            relay.end()


def openssl(folder, served=(), client=(), version="-dtls1_2", times=1):
    with server(folder, version, served) as relay:
        said = [
            ask(["openssl", "s_client", version, "-connect", f"127.0.0.1:{relay.port}", "-servername", "shop.example", *SECURITY,
                 *(client[number] if times > 1 else client)], folder, rb"Verify return code: \d+[^\n]*\n(.*\n)*---")
            for number in range(times)
        ]  # fmt: skip
    return Line().play(relay.turns).read(), said


def suite(made):
    return registry.cipher_suite(made.cipher_suite).name


def spoken(said):
    """The suite that s_client names, in OpenSSL's spelling, and the version."""
    return re.search(r"New, \S+, Cipher is (\S+)", said)[1]


IANA = {
    "ECDHE-RSA-AES256-GCM-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-SHA": "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
}  # fmt: skip


@pytest.mark.parametrize(("version", "number"), [("-dtls1_2", 0xFEFD), ("-dtls1", 0xFEFF)])
def test_openssl(folder, version, number):
    [made], [said] = openssl(folder, version=version)
    assert (made.version, made.outcome, kinds(made)) == (number, "complete", [])
    assert suite(made) == IANA[spoken(said)]
    assert types(made, talk.SERVER)[-2:] == [-1, None]
    assert (made.client_hello.extensions is not None, made.closed) == (True, "close_notify")
    der = subprocess.run(["openssl", "x509", "-in", "server.pem", "-outform", "DER"], cwd=folder, check=True, capture_output=True).stdout
    assert made.server_chain == (der,)


def test_openssl_in_small_pieces_with_a_cookie_and_a_client_certificate(folder):
    with_certificate = ["-mtu", "300", "-cert", "client.pem", "-key", "client.key"]
    [made], [said] = openssl(folder, ["-mtu", "300", "-listen", "-Verify", "1"], with_certificate)
    assert (made.outcome, kinds(made)) == ("complete", [])
    assert types(made)[:4] == [1, 3, 1, 2]
    assert made.client_hellos[1].cookie
    assert b"client.example" in made.client_chain[0]
    certificate = next(seen for seen in made.seen if seen.code == 11 and seen.sender == talk.SERVER)
    assert certificate.last_packet > certificate.packet
    assert suite(made) == IANA[spoken(said)]


def test_openssl_resumes(folder):
    session = ["-sess_out", "session.pem"], ["-sess_in", "session.pem"]
    made, said = openssl(folder, client=session, times=2)
    assert [one.outcome for one in made] == ["complete", "complete"]
    assert "Reused," in said[1]
    assert 11 in types(made[0])
    assert 11 not in types(made[1])
    assert [kinds(one) for one in made] == [[], []]
    assert [one.number for one in made] == [1, 2]


def test_openssl_refuses(folder):
    [made], _ = openssl(folder, ["-cipher", "ECDHE-ECDSA-AES128-SHA"])
    assert (made.outcome, [(alert.level, alert.description, alert.sender) for alert in made.alerts]) == ("failed", [(2, 40, talk.SERVER)])


def test_gnutls_asks(folder):
    """gnutls-serv cannot be told to listen on one address only, so that the server is OpenSSL's."""
    if not shutil.which("gnutls-cli"):
        pytest.skip("gnutls-cli is not installed")
    with server(folder, "-dtls1_2", ("-listen", "-mtu", "400")) as relay:
        said = ask(["gnutls-cli", "--udp", "--insecure", "--mtu", "400", "--sni-hostname", "shop.example", "--port", str(relay.port),
                    "127.0.0.1"], folder, rb"Handshake was completed")  # fmt: skip
    [made] = Line().play(relay.turns).read()
    assert (made.version, made.outcome, kinds(made)) == (0xFEFD, "complete", [])
    assert types(made)[:4] == [1, 3, 1, 2]
    exchange, cipher = re.search(r"Description: \(DTLS1\.2-X\.509\)-\((ECDHE)-\S+\)-\(\S+\)-\((\S+)\)", said).groups()
    assert suite(made) == f"TLS_{exchange}_RSA_WITH_{cipher.replace('-', '_')}_SHA384"
