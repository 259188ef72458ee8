"""Real mail servers (Dovecot, Exim) and clients of Python's standard library, live, through a relay.

Dovecot speaks IMAP, POP3, LMTP, ManageSieve and, as its submission service, SMTP; Exim speaks SMTP as mail servers do among themselves.
"""

from __future__ import annotations

import contextlib
import hashlib
import imaplib
import poplib
import shutil
import smtplib
import ssl
from dataclasses import replace

import pytest
from case import Case
from daemons import given, needs, needs_root, open_folder, owned, running
from relay import TcpRelay, free_port
from stack_openssl import s_client
from stacks import VERSIONS, suite_name

SERVICES = {"imap": "imap-login", "pop3": "pop3-login", "lmtp": "lmtp", "sieve": "managesieve-login", "submission": "submission-login"}
SECURE = {"imap": "imaps", "pop3": "pop3s", "submission": "submissions"}


@pytest.fixture(scope="module")
def dovecot(lab):
    """{protocol: port} of a Dovecot."""
    program = needs("dovecot", "usr/sbin/dovecot")
    needs_root("Dovecot")
    ports = {name: free_port() for name in SERVICES}
    with open_folder() as folder:
        services = "".join(
            f"service {service} {{\n  inet_listener {name} {{\n    address = 127.0.0.1\n    port = {ports[name]}\n  }}\n"
            + (f"  inet_listener {SECURE[name]} {{\n    port = 0\n  }}\n" if name in SECURE else "") + "}\n"
            for name, service in SERVICES.items()
        )  # fmt: skip
        key = given(lab.folder / "mail.key", folder / "mail.key", "root")
        (folder / "dovecot.conf").write_text(
            f"base_dir = {folder}/run\nstate_dir = {folder}/state\nlog_path = {folder}/log\nlisten = 127.0.0.1\n"
            f"protocols = {' '.join(SERVICES)}\nssl = yes\nssl_cert = <{lab.folder}/mail.chain.pem\nssl_key = <{key}\n"
            "ssl_min_protocol = TLSv1.2\nsubmission_relay_host = 127.0.0.1\n"
            "passdb {\n  driver = static\n  args = password=none\n}\n"
            f"userdb {{\n  driver = static\n  args = uid=nobody gid=nogroup home={folder}\n}}\n{services}"
        )
        with running([program, "-F", "-c", str(folder / "dovecot.conf")], ports.values(), folder / "out"):
            yield ports


@pytest.fixture(scope="module")
def exim(lab):
    """Port of an Exim that advertises STARTTLS."""
    program = needs("exim4", "usr/sbin/exim4")
    needs_root("Exim")
    port = free_port()
    with open_folder() as folder:
        spool = owned(folder / "spool", "Debian-exim")
        key = given(lab.folder / "mail.key", folder / "mail.key", "Debian-exim")
        (folder / "exim.conf").write_text(
            f"primary_hostname = smtp.mail.example\nspool_directory = {spool}\nlog_file_path = {spool}/%slog\n"
            f"daemon_smtp_ports = {port}\nlocal_interfaces = 127.0.0.1\ntls_advertise_hosts = *\n"
            f"tls_certificate = {lab.folder}/mail.chain.pem\ntls_privatekey = {key}\nkeep_environment =\npid_file_path = {spool}/pid\n"
        )
        with running([program, "-C", str(folder / "exim.conf"), "-bdf"], [port], folder / "out"):
            yield port


def context(lab, version=ssl.TLSVersion.TLSv1_3):
    made = ssl.create_default_context(cafile=str(lab.folder / "root.pem"))
    made.maximum_version = version
    return made


def knows(link):
    """What Python's ssl says of a connection, by the names of the handshakes table."""
    leaf = hashlib.sha256(link.getpeercert(binary_form=True)).hexdigest()
    return {"version": VERSIONS[link.version()], "cipher_suite": suite_name(link.cipher()[0])}, leaf


def imap(port, made):
    with imaplib.IMAP4("127.0.0.1", port) as client:
        client.host = "mail.example"  # the name to ask for and to check
        client.starttls(made)
        return knows(client.sock)


def pop3(port, made):
    client = poplib.POP3("127.0.0.1", port)
    client.host = "mail.example"
    client.capa()
    client.stls(made)
    said = knows(client.sock)
    client.quit()
    return said


def smtp(port, made, kind=smtplib.SMTP):
    with kind("127.0.0.1", port, local_hostname="laptop.example") as client:
        client._host = "mail.example"
        client.starttls(context=made)
        said = knows(client.sock)
        client.noop()
        return said


def lmtp(port, made):
    return smtp(port, made, smtplib.LMTP)


CLIENTS = {"imap": imap, "pop3": pop3, "lmtp": lmtp, "submission": smtp}
NAMES = {"submission": "smtp", "sieve": "managesieve"}


def agree(relay, lab, protocol, said, leaf=None):
    row, [(_, prelude)] = relay.one(), relay.scan().preludes.iterrows()
    assert {key: row[key] for key in said} == said
    assert (row.framing, row.server_name, row.prelude, row.outcome) == ("tls", "mail.example", protocol, "complete")
    assert (prelude.protocol, prelude.offered, prelude.requested, prelude.granted, prelude.handshake) == (protocol, True, True, True, 1)
    assert leaf in (None, lab.authority.identities["mail"].sha256()[0])
    if said["version"] == "TLS 1.2":
        assert row.certificates == lab.authority.identities["mail"].sha256()
    return prelude


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=str)
@pytest.mark.parametrize("protocol", CLIENTS)
def test_dovecot(dovecot, lab, protocol, version):
    with TcpRelay(dovecot[protocol]) as relay:
        said, leaf = CLIENTS[protocol](relay.port, context(lab, version))
    prelude = agree(relay, lab, NAMES.get(protocol, protocol), said, leaf)
    assert "Dovecot" in prelude.greeting


def test_dovecot_managesieve(dovecot, lab):
    if not shutil.which("openssl"):
        pytest.skip("the openssl command is not installed")
    case = Case("live", "", "", None, (), "mail.example", "mail")
    with TcpRelay(dovecot["sieve"]) as relay:
        [said] = s_client(lab, replace(case, port=relay.port), "-starttls sieve", (("LOGOUT\r\n", "OK"),))
    agree(relay, lab, "managesieve", {key: said[key] for key in ("version", "cipher_suite", "group")})


def test_exim(exim, lab):
    with TcpRelay(exim) as relay:
        said, leaf = smtp(relay.port, context(lab))
    prelude = agree(relay, lab, "smtp", said, leaf)
    assert "Exim" in prelude.greeting
    assert prelude.answer.startswith("220 ")


def test_starttls_offered_and_not_taken(exim):
    with TcpRelay(exim) as relay, contextlib.closing(smtplib.SMTP("127.0.0.1", relay.port, "laptop.example")) as client:
        client.ehlo()
        assert "starttls" in client.esmtp_features
        client.mail("anna@mail.example")
        client.quit()
    scan = relay.scan()
    [(_, prelude)] = scan.preludes.iterrows()
    assert (len(scan.handshakes), prelude.protocol, prelude.offered, prelude.requested) == (0, "smtp", True, False)
