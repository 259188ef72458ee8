"""Peers over TLS stacks for Python: the standard library's, pyOpenSSL and tlslite-ng, and clients that misbehave.

Here lives: what s_client, gnutls-cli and their servers cannot do.  Here does not live: which of them talk about what
(``cases``), servers that are not about TLS (``servers``).
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import struct
import time
from typing import TYPE_CHECKING, Any

from servers import reset, reverse, serving
from stacks import PATIENCE, VERSIONS, suite_name

if TYPE_CHECKING:
    from case import Case
    from stacks import Facts, Lab

__all__ = ["impatient_client", "mlkem_client", "mlkem_server", "python_client", "sslv2_client", "tlslite_client", "tlslite_server"]


# ---- Python's ssl, and bare sockets


def python_client(lab: Lab, case: Case, ending: str, version: ssl.TLSVersion) -> list[Facts]:
    """Ask with Python's ssl, and end with close_notify, fin (none before it) or rst."""
    context = ssl.create_default_context(cafile=str(lab.folder / "root.pem"))
    context.keylog_filename = str(lab.keys)
    context.minimum_version = context.maximum_version = version
    context.set_ecdh_curve("prime256v1")  # one group only, so that it is known which one was used
    context.set_alpn_protocols(["http/1.1"])
    link = context.wrap_socket(socket.create_connection(("127.0.0.1", case.port)), server_hostname=case.host)
    link.settimeout(PATIENCE)
    link.sendall(b"hello\n")
    link.recv(100)
    agreed, spoken = link.cipher(), link.version()
    assert agreed
    assert spoken
    facts = {"server_name": case.host, "version": VERSIONS[spoken], "cipher_suite": suite_name(agreed[0]), "group": "secp256r1",
             "alpn": link.selected_alpn_protocol(), "certificates": lab.authority.identities[case.identity].sha256(),
             "resumed": link.session_reused}  # fmt: skip
    if ending == "close_notify":
        link.unwrap().close()
    elif ending == "rst":
        reset(link)
    else:
        link.close()  # Python sends a bare FIN here
    return [facts]


def impatient_client(lab: Lab, case: Case) -> list[Facts]:
    """Say hello, wait a moment, and give up."""
    context = ssl.create_default_context(cafile=str(lab.folder / "root.pem"))
    link = context.wrap_socket(socket.create_connection(("127.0.0.1", case.port)), server_hostname=case.host, do_handshake_on_connect=False)
    link.settimeout(0.4)
    with contextlib.suppress(TimeoutError):
        link.do_handshake()
    link.close()
    return [{"server_name": case.host}]


def sslv2_client(lab: Lab, case: Case) -> list[Facts]:
    """Say hello in SSL 2.0 framing (RFC 5246 appendix E.2) to a server that speaks TLS 1.0, and leave after its answer."""
    suites = b"".join(b"\x00" + code for code in (b"\x00\x2f", b"\x00\x35", b"\x00\x0a")) + b"\x01\x00\x80"
    hello = b"\x01\x03\x01" + struct.pack("!HHH", len(suites), 0, 16) + suites + bytes(range(16))
    with socket.create_connection(("127.0.0.1", case.port)) as link:
        link.settimeout(PATIENCE)
        link.sendall(struct.pack("!H", 0x8000 | len(hello)) + hello)
        time.sleep(0.1)
        answer = link.recv(65536)
        reset(link)
    # The server prefers what the client lists first; 4 bytes of message header, 2 of version, 32 of random, then the session ID.
    version, at = answer[9:11], 5 + 4 + 34
    chosen = answer[at + 1 + answer[at] :][:2]
    assert (version, chosen) == (b"\x03\x01", b"\x00\x2f"), (version, chosen)
    served = lab.authority.identities[case.identity].sha256()
    return [{"server_name": None, "version": "TLS 1.0", "cipher_suite": "TLS_RSA_WITH_AES_128_CBC_SHA", "certificates": served}]


# ---- pyOpenSSL: the OpenSSL inside the cryptography package, newer than the system's


def mlkem_server(lab: Lab, case: Case) -> contextlib.AbstractContextManager[None]:
    """Serve with pyOpenSSL."""
    from OpenSSL import SSL  # noqa: PLC0415 - optional package

    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate_chain_file(str(lab.folder / f"{case.identity}.chain.pem"))
    context.use_privatekey_file(str(lab.folder / f"{case.identity}.key"))
    context.set_alpn_select_callback(lambda _, offered: offered[0])

    def handle(link: socket.socket) -> None:
        link.settimeout(None)  # a timeout would make the socket non-blocking, which pyOpenSSL tells its caller about
        tls = SSL.Connection(context, link)
        tls.set_accept_state()
        with contextlib.suppress(SSL.Error):
            reverse(tls)
            tls.shutdown()

    return serving(("127.0.0.1", case.port), handle)


def mlkem_client(lab: Lab, case: Case, alpn: str = "h2") -> list[Facts]:
    """Ask with pyOpenSSL, which offers X25519MLKEM768 first."""
    from OpenSSL import SSL  # noqa: PLC0415 - optional package

    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.load_verify_locations(str(lab.folder / "root.pem"))
    context.set_verify(SSL.VERIFY_PEER)
    context.set_alpn_protos([alpn.encode()])
    lines: list[bytes] = []
    context.set_keylog_callback(lambda _, line: lines.append(line))
    tls = SSL.Connection(context, socket.create_connection(("127.0.0.1", case.port)))
    tls.set_tlsext_host_name(case.host.encode())
    tls.set_connect_state()
    tls.do_handshake()
    tls.sendall(b"hello\n")
    tls.recv(100)
    facts: Facts = {
        "server_name": case.host, "version": VERSIONS[tls.get_protocol_version_name()], "cipher_suite": tls.get_cipher_name(),
        "group": tls.get_group_name(), "alpn": tls.get_alpn_proto_negotiated().decode() or None,
        "certificates": [one.digest("sha256").decode().replace(":", "").lower() for one in tls.get_peer_cert_chain() or []],
        "resumed": False,
    }  # fmt: skip
    tls.shutdown()
    with contextlib.suppress(SSL.Error):
        tls.recv(1)
    tls.sock_shutdown(socket.SHUT_RDWR)
    tls.close()
    with lab.keys.open("ab") as log:
        log.writelines(line + b"\n" for line in lines)
    return [facts]


# ---- tlslite-ng: the one that still speaks SSL 3.0, RC4 and 3DES

TLSLITE_SUITES = {"aes256": "TLS_RSA_WITH_AES_256_CBC_SHA", "rc4": "TLS_RSA_WITH_RC4_128_SHA", "3des": "TLS_RSA_WITH_3DES_EDE_CBC_SHA"}
TLSLITE_VERSIONS = {(3, 0): "SSL 3.0", (3, 1): "TLS 1.0", (3, 2): "TLS 1.1"}


def _tlslite_settings(version: tuple[int, int], cipher: str) -> Any:
    from tlslite.api import HandshakeSettings  # type: ignore[import-untyped]  # noqa: PLC0415 - optional package

    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = version
    settings.versions = [version]
    settings.cipherNames, settings.macNames, settings.keyExchangeNames = [cipher], ["sha"], ["rsa"]
    return settings


def tlslite_server(lab: Lab, case: Case, version: tuple[int, int], cipher: str) -> contextlib.AbstractContextManager[None]:
    """Serve one old version with one old cipher."""
    from tlslite.api import TLSConnection, X509CertChain, parsePEMKey  # noqa: PLC0415 - optional package

    chain = X509CertChain()
    chain.parsePemList((lab.folder / f"{case.identity}.chain.pem").read_text())
    key = parsePEMKey((lab.folder / f"{case.identity}.key").read_text(), private=True)

    def handle(link: socket.socket) -> None:
        tls = TLSConnection(link)
        tls.handshakeServer(certChain=chain, privateKey=key, settings=_tlslite_settings(version, cipher))
        tls.sendall(tls.recv(100)[::-1])
        tls.close()

    return serving(("127.0.0.1", case.port), handle)


def tlslite_client(lab: Lab, case: Case, version: tuple[int, int], cipher: str) -> list[Facts]:
    """Ask in one old version with one old cipher."""
    del lab
    from tlslite.api import TLSConnection  # noqa: PLC0415 - optional package

    name = case.host if version > (3, 0) else ""  # SSL 3.0 knows no extensions
    with socket.create_connection(("127.0.0.1", case.port)) as link:
        link.settimeout(PATIENCE)
        tls = TLSConnection(link)
        tls.handshakeClientCert(settings=_tlslite_settings(version, cipher), serverName=name or None)
        tls.sendall(b"hello\n")
        tls.recv(100)
        facts = {
            "server_name": name or None, "version": TLSLITE_VERSIONS[tls.version], "resumed": False,
            "cipher_suite": TLSLITE_SUITES[tls.getCipherName()],
            "certificates": [hashlib.sha256(one.bytes).hexdigest() for one in tls.session.serverCertChain.x509List],
        }  # fmt: skip
        tls.close()
    return [facts]
