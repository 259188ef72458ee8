"""Peers of the bench of failures: real stacks that are made to disagree, as servers (a context that gives a port) and as clients.

Here lives: OpenSSL, GnuTLS, Python, pyOpenSSL, tlslite-ng and aioquic, each with what it needs to fail.  Here does not live: Node and
Java (``failures_others``), which failure is which (``failures``), the network in between (``failures_tap``).
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
from dataclasses import replace

import pytest
from case import Case
from relay import free_port
from servers import serving
from stack_gnutls import gnutls_cli
from stack_openssl import s_client, s_server

PATIENCE = 8.0


def case(host, identity, port=0):
    return Case("live", "", "", None, (), host, identity, port or free_port())


# ---- OpenSSL as commands


def openssl_serve(arguments="", identity="shop", *, alone=False, kind=socket.SOCK_STREAM, answer="-rev"):
    """s_server; ``alone`` leaves out the intermediate certificates."""

    @contextlib.contextmanager
    def serve(lab):
        one = Case("live", "", "", None, (), "", identity, free_port(kind))
        chain = lab.authority.identities[identity].chain
        if alone:
            lab.authority.identities[identity].chain = chain[:1]
        try:
            with s_server(lab, one, arguments, answer):
                yield one.port
        finally:
            lab.authority.identities[identity].chain = chain

    return serve


def openssl_ask(arguments="", script=(("hello\n", "olleh"),)):
    """s_client, which checks certificate and name."""

    def ask(lab, port, host):
        with contextlib.suppress(LookupError, AssertionError):  # its facts are of handshakes that work
            s_client(lab, case(host, "shop", port), arguments, script)

    return ask


# ---- GnuTLS as a command


def gnutls_ask(arguments="", answer="olleh"):
    def ask(lab, port, host):
        if not shutil.which("gnutls-cli"):
            pytest.skip("gnutls-cli is not installed")
        with contextlib.suppress(AssertionError, ValueError):  # as above
            gnutls_cli(lab, case(host, "shop", port), arguments, answer)

    return ask


# ---- Python's ssl


def python_context(lab, identity, *, purpose=ssl.PROTOCOL_TLS_SERVER):
    context = ssl.SSLContext(purpose)
    if identity:
        context.load_cert_chain(lab.folder / f"{identity}.chain.pem", lab.folder / f"{identity}.key")
    return context


def python_serve(identity="shop", setting=lambda _context: None):
    """Python's ssl; it says one line reversed."""

    @contextlib.contextmanager
    def serve(lab):
        context = python_context(lab, identity)
        setting(context)

        def handle(link):
            with contextlib.suppress(OSError), context.wrap_socket(link, server_side=True) as tls:
                tls.sendall(tls.recv(100).strip()[::-1] + b"\n")
                tls.recv(1)

        port = free_port()
        with serving(("127.0.0.1", port), handle):
            yield port

    return serve


def python_ask(setting=lambda _context: None, *, before=b"", identity=None, patience=PATIENCE, trust="root"):
    """Python's ssl; ``before`` is said in plaintext first, and one answer to it is not heeded."""

    def ask(lab, port, host):
        context = python_context(lab, identity, purpose=ssl.PROTOCOL_TLS_CLIENT)
        if trust:
            context.load_verify_locations(lab.folder / f"{trust}.pem")
        setting(context)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as link:
            link.settimeout(patience)
            for line in before if isinstance(before, tuple) else (before,) if before else ():
                if line is None:
                    link.recv(4096)
                else:
                    link.sendall(line)
            with context.wrap_socket(link, server_hostname=host if context.check_hostname or host else None) as tls:
                tls.sendall(b"hello\n")
                tls.recv(100)

    return ask


def forgetful_ask():
    """Python's ssl: a session with the extended master secret, then its resumption without."""

    def ask(lab, port, host):
        context = python_context(lab, None, purpose=ssl.PROTOCOL_TLS_CLIENT)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(lab.folder / "root.pem")
        session = None
        for _ in range(2):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as link:
                link.settimeout(PATIENCE)
                with context.wrap_socket(link, server_hostname=host, session=session) as tls:
                    tls.sendall(b"hello\n")
                    tls.recv(100)
                    session = tls.session
            context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET

    return ask


def quitting_ask(moment):
    """Python's ssl without a socket of its own: after ``moment`` flights of the server the client closes and says nothing."""

    def ask(lab, port, host):
        context = python_context(lab, None, purpose=ssl.PROTOCOL_TLS_CLIENT)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(lab.folder / "root.pem")
        inner, outer = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(inner, outer, server_hostname=host)
        with socket.create_connection(("127.0.0.1", port)) as link:
            link.settimeout(PATIENCE)
            for _ in range(moment):
                with contextlib.suppress(ssl.SSLWantReadError):
                    tls.do_handshake()
                link.sendall(outer.read())
                inner.write(link.recv(65536))

    return ask


# ---- servers without TLS


def raw_serve(answer=b"", greeting=b"", *, how="fin"):
    """Say ``greeting``, read, say ``answer`` and go: fin, rst, or stay and be mute."""

    @contextlib.contextmanager
    def serve(_lab):
        from servers import reset

        def handle(link):
            if greeting:
                link.sendall(greeting)
            link.recv(65536)
            if answer:
                link.sendall(answer)
            if how == "rst":
                reset(link)
            elif how == "mute":
                while link.recv(65536):
                    pass
            else:
                link.shutdown(socket.SHUT_RDWR)

        port = free_port()
        with serving(("127.0.0.1", port), handle):
            yield port

    return serve


# ---- pyOpenSSL: an OpenSSL that offers ML-KEM


def pyopenssl_ask(patience=0.4):
    def ask(lab, port, host):
        from OpenSSL import SSL

        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.load_verify_locations(str(lab.folder / "root.pem"))
        context.set_verify(SSL.VERIFY_PEER)
        context.set_timeout(1)
        link = socket.create_connection(("127.0.0.1", port))
        tls = SSL.Connection(context, None)
        tls.set_tlsext_host_name(host.encode())
        tls.set_connect_state()
        link.settimeout(patience)
        with contextlib.suppress(OSError, SSL.Error), link:
            while True:
                try:
                    tls.do_handshake()
                except SSL.WantReadError:
                    link.sendall(tls.bio_read(65536))
                    tls.bio_write(link.recv(65536))
                else:
                    break
            with contextlib.suppress(SSL.WantReadError):
                link.sendall(tls.bio_read(65536))
            tls.send(b"hello\n")
            link.sendall(tls.bio_read(65536))
            link.recv(4096)

    return ask


# ---- tlslite-ng


def tlslite_ask(**settings):
    def ask(_lab, port, host):
        pytest.importorskip("tlslite")
        from tlslite.api import HandshakeSettings, TLSConnection
        from tlslite.errors import TLSError

        made = HandshakeSettings()
        for name, value in settings.items():
            setattr(made, name, value)
        with socket.create_connection(("127.0.0.1", port)) as link:
            link.settimeout(PATIENCE)
            with contextlib.suppress(TLSError, OSError):
                tls = TLSConnection(link)
                tls.handshakeClientCert(settings=made, serverName=host if settings.get("maxVersion", (3, 3)) > (3, 0) else None)
                tls.sendall(b"hello\n")
                tls.recv(100)
                tls.close()

    return ask


# ---- aioquic


def quic_serve(identity="mail", **settings):
    @contextlib.contextmanager
    def serve(lab):
        pytest.importorskip("aioquic")
        from stack_quic import quic_server

        one = Case("live", "", "", None, (), "", identity, free_port(socket.SOCK_DGRAM))
        with quic_server(lab, one, **settings):
            yield one.port

    return serve


def quic_ask(**settings):
    def ask(lab, port, host):
        from stack_quic import quic_client

        with contextlib.suppress(ConnectionError, IndexError, TimeoutError):
            quic_client(lab, replace(case(host, "mail"), port=port), **settings)

    return ask
