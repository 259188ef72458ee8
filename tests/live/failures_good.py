"""Good handshakes of the same stacks as the bench of failures: of none of them a cause may be claimed.

Here lives: the table.  Here does not live: peers (``failures_peers``), failures (``failures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import failures_others as other
import failures_peers as peer
from case import ALICE, OLD, PSK
from failures import DEMANDS, V12, V13, at_least, at_most, no_ems

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER = (("hello\n", "olleh"),)


@dataclass(frozen=True)
class Good:
    """One good connection, or ``count`` of them."""

    name: str
    serve: Callable
    ask: Callable
    host: str = "shop.example"
    count: int = 1
    change: Callable | None = None
    cut: Callable | None = None
    transport: str = "tcp"


def openssl(name, server="", client="", identity="shop", host=None, **more):
    """OpenSSL with itself."""
    return Good(f"good openssl {name}", peer.openssl_serve(server, identity), peer.openssl_ask(client, ANSWER),
        host or f"{identity}.example", **more)


def twice(ask, again):
    """Two connections, one after the other."""

    def run(lab, port, host):
        ask(lab, port, host)
        again(lab, port, host)

    return run


RESUMES = twice(peer.openssl_ask("-sess_out session.pem", ANSWER), peer.openssl_ask("-sess_in session.pem", ANSWER))
GOOD = (
    openssl("1.2", "-tls1_2"), openssl("1.3"), openssl("1.2 rsa", "-tls1_2", "-cipher AES128-GCM-SHA256"),
    openssl("1.2 dhe", "-tls1_2", "-cipher DHE-RSA-AES128-GCM-SHA256"), openssl("1.2 ecdsa", "-tls1_2", "", "mail"),
    openssl("1.3 ecdsa", "", "", "mail"), openssl("1.2 deep", "-tls1_2", "", "deep"), openssl("1.3 deep", "", "", "deep"),
    openssl("1.0", f"-tls1 {OLD}", f"-tls1 {OLD}", "legacy"), openssl("1.1", f"-tls1_1 {OLD}", f"-tls1_1 {OLD}", "legacy"),
    openssl("1.2 alpn", "-tls1_2 -alpn h2", "-alpn h2,http/1.1"), openssl("1.3 alpn", "-alpn h2", "-alpn h2"),
    openssl("1.3 retry", "-groups P-384", "-groups X25519:P-384"), openssl("1.3 P-521", "-groups P-521", "-groups P-521"),
    openssl("1.3 chacha", "", "-ciphersuites TLS_CHACHA20_POLY1305_SHA256"), openssl("1.3 ed25519", "", "", "modern"),
    openssl("1.2 certificate", f"-tls1_2 {DEMANDS}", ALICE), openssl("1.3 certificate", DEMANDS, ALICE),
    openssl("1.2 declined", "-tls1_2 -verify 2 -CAfile root.pem"), openssl("1.3 declined", "-verify 2 -CAfile root.pem"),
    openssl("1.3 no name", "", "-noservername"), openssl("1.2 no EMS", "-tls1_2 -no_etm"),
        openssl("1.2 wrong host, unchecked", "-tls1_2", "-noverify", "wronghost"),
    openssl("1.3 expired, unchecked", "", "-noverify", "expired"),
        openssl("1.2 psk", f"-tls1_2 -nocert -cipher PSK {PSK}", f"-tls1_2 -noverify -cipher PSK {PSK}"),
    openssl("1.3 psk", f"-nocert {PSK}", f"-noverify {PSK} -ciphersuites TLS_AES_128_GCM_SHA256"),
    openssl("1.2 null", "-tls1_2 -cipher NULL:@SECLEVEL=0", "-cipher ECDHE-RSA-NULL-SHA:@SECLEVEL=0"),
    Good("good openssl 1.2 resumed", peer.openssl_serve("-tls1_2"), RESUMES, count=2),
    Good("good openssl 1.3 resumed", peer.openssl_serve(), RESUMES, count=2),
    Good("good gnutls 1.2", peer.openssl_serve("-tls1_2"), peer.gnutls_ask()),
        Good("good gnutls 1.3", peer.openssl_serve(), peer.gnutls_ask()),
    Good("good gnutls 1.3 certificate", peer.openssl_serve(DEMANDS),
        peer.gnutls_ask("--x509certfile alice.chain.pem --x509keyfile alice.key")),
    Good("good python 1.2", peer.python_serve("shop", at_most(V12)), peer.python_ask()),
        Good("good python 1.3", peer.python_serve(), peer.python_ask(at_least(V13))),
    Good("good python no EMS", peer.python_serve("shop", no_ems), peer.python_ask()),
    Good("good node 1.2", peer.openssl_serve("-tls1_2"), other.node_ask()), Good("good node 1.3", peer.openssl_serve(), other.node_ask()),
    Good("good java 1.2", peer.openssl_serve("-tls1_2"), other.java_ask("TLSv1.2")),
        Good("good java 1.3", peer.openssl_serve(), other.java_ask("TLSv1.3")),
    Good("good java server 1.3", other.java_serve(), peer.openssl_ask("", (("hello\n", "hello\n"),))),
    Good("good java server 1.3 certificate", other.java_serve(trust="root"), peer.openssl_ask(ALICE, (("hello\n", "hello\n"),))),
    Good("good pyopenssl mlkem", peer.openssl_serve("", "bank"), peer.pyopenssl_ask(2.0), "bank.example"),
    Good("good tlslite 1.2", peer.openssl_serve("-tls1_2"), peer.tlslite_ask(minVersion=(3, 3), maxVersion=(3, 3), versions=[(3, 3)])),
    Good("good aioquic", peer.quic_serve(), peer.quic_ask(), "mail.example", transport="udp"),
    Good("good aioquic retry", peer.quic_serve(retry=True), peer.quic_ask(), "mail.example", transport="udp"),
    Good("good dtls", peer.openssl_serve("-dtls1_2", kind=2, answer=""),
        peer.openssl_ask("-dtls1_2", (("hello\n", "Verify return code"),)), transport="udp"),
)  # fmt: skip
