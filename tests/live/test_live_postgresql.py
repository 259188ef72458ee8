"""A real PostgreSQL server and its own client, live, through a relay: what the scan says against what the server itself says."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess

import pytest
from daemons import as_user, given, needs, open_folder, owned, running
from relay import TcpRelay, free_port

USER = "postgres"
PLACES = "usr/lib/postgresql/*/bin/"
ASKED = "select version, cipher from pg_stat_ssl where pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def server(lab):
    """Port of a server with TLS, and a folder; only its user may read its files, so it runs as that one."""
    postgres, initdb = needs("postgres", PLACES + "postgres"), needs("initdb", PLACES + "initdb")
    needs("psql")
    port = free_port()
    with open_folder() as folder:
        data, certificate = owned(folder / "data", USER), lab.folder / "mail.chain.pem"
        made = [*as_user(USER), initdb, "-D", str(data), "-A", "trust", "-U", "anna", "--no-sync", "--no-locale", "-E", "UTF8"]
        done = subprocess.run(made, capture_output=True, text=True, check=False, cwd=folder)
        assert done.returncode == 0, done.stderr
        key = given(lab.folder / "mail.key", folder / "server.key", USER)
        settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "ssl": "on",
                    "ssl_cert_file": certificate, "ssl_key_file": key, "shared_buffers": "1MB", "max_connections": 5,
                    "autovacuum": "off"}  # fmt: skip
        (data / "postgresql.auto.conf").write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()))
        with running([*as_user(USER), postgres, "-D", str(data)], [port], folder / "log", stop=signal.SIGINT):
            yield port


def psql(port, asked, **how):
    """Ask with libpq; return what it printed."""
    words = {"host": "mail.example", "hostaddr": "127.0.0.1", "port": port, "user": "anna", "dbname": "postgres", "gssencmode": "disable"}
    said = " ".join(f"{name}={value}" for name, value in (words | how).items())
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    command = [shutil.which("psql"), "-XAtqF", " ", said, "-c", asked]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment, timeout=20).stdout.split()


def test_tls_granted(server, lab):
    with TcpRelay(server) as relay:
        version, cipher = psql(relay.port, ASKED, sslmode="verify-full", sslrootcert=lab.folder / "root.pem")
    row, [(_, prelude)] = relay.one(), relay.scan().preludes.iterrows()
    assert (row.framing, row.prelude, row.outcome, row.server_name) == ("tls", "postgresql", "complete", "mail.example")
    assert (row.version.replace("TLS ", "TLSv"), row.cipher_suite) == (version, cipher)
    assert (prelude.protocol, prelude.requested, prelude.granted, prelude.handshake) == ("postgresql", True, True, 1)


def test_the_certificate_of_tls_1_2(server, lab):
    with TcpRelay(server) as relay:
        version, _ = psql(relay.port, ASKED, sslmode="require", ssl_max_protocol_version="TLSv1.2")
    row = relay.one()
    assert version == "TLSv1.2"
    assert row.version == "TLS 1.2"
    assert row.certificates == lab.authority.identities["mail"].sha256()


def test_tls_refused(server):
    psql(server, "alter system set ssl = off", sslmode="disable")
    psql(server, "select pg_reload_conf()", sslmode="disable")
    for _ in range(100):  # the reload is told to the postmaster, which heeds it for the connections after it
        if psql(server, "show ssl", sslmode="disable") == ["off"]:
            break
    with TcpRelay(server) as relay:
        assert psql(relay.port, "select 7", sslmode="prefer") == ["7"]
    scan = relay.scan()
    [(_, prelude)] = scan.preludes.iterrows()
    assert (len(scan.handshakes), prelude.protocol, prelude.requested, prelude.granted) == (0, "postgresql", True, False)


def test_tls_not_asked_for(server):
    with TcpRelay(server) as relay:
        psql(relay.port, "select 7", sslmode="disable")
    assert len(relay.scan().handshakes) == 0
