"""Peers of the bench of failures in other languages: Node as a client, Java as client and server (FailingPeer.java).

Here lives: starting them.  Here does not live: peers that Python can play (``failures_peers``), which failure is which (``failures``).
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from relay import free_port

PATIENCE = 8.0
JAVA = Path(__file__).with_name("FailingPeer.java")


def run(command, folder):
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, cwd=folder, capture_output=True, timeout=PATIENCE, check=False)


NODE = """
const tls = require('tls'), fs = require('fs');
const [port, host, options] = process.argv.slice(1);
const link = tls.connect({port: +port, host: '127.0.0.1', servername: host, ca: fs.readFileSync('root.pem'), ...JSON.parse(options)},
  () => link.write('hello\\n'));
link.on('data', () => link.end());
link.on('error', () => process.exit(1));
"""


def node_ask(options="{}"):
    def ask(lab, port, host):
        if not shutil.which("node"):
            pytest.skip("node is not installed")
        run(["node", "-e", NODE, str(port), host, options], lab.folder)

    return ask


def _java(lab):
    """The words that start the Java peer: compiled once where there is a compiler."""
    if not shutil.which("java"):
        pytest.skip("java is not installed")
    if not shutil.which("javac"):
        return ["java", str(JAVA)]
    if not (lab.folder / "FailingPeer.class").exists():
        subprocess.run(["javac", "-d", str(lab.folder), str(JAVA)], check=True, capture_output=True, timeout=60)
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp", str(lab.folder), "FailingPeer"]


def java_ask(protocols="TLSv1.2,TLSv1.3", trust="root", suites="-", alpn="-"):
    def ask(lab, port, host):
        run([*_java(lab), "client", str(port), protocols, trust, "-", suites, alpn, host], lab.folder)

    return ask


def java_serve(protocols="TLSv1.2,TLSv1.3", identity="shop", trust="-", suites="-", alpn="-"):
    """Java's server; with a ``trust`` it demands a client certificate."""

    @contextlib.contextmanager
    def serve(lab):
        port = free_port()
        command = [*_java(lab), "server", str(port), protocols, trust, identity, suites, alpn, "-"]
        with subprocess.Popen(command, cwd=lab.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            try:
                assert process.stdout
                assert process.stdout.readline().strip() == b"ready", shlex.join(command)
                yield port
            finally:
                process.kill()

    return serve
