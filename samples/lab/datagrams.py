"""The cases over UDP: DTLS and QUIC.

Here lives: the two tables.  Here does not live: what a case is (``case``), the stacks (``stack_openssl``, ``stack_gnutls``,
``stack_quic``).
"""

from __future__ import annotations

from typing import Any

import stack_quic
from case import ALICE, GNUTLS, OPENSSL, PSK, RESUMED, Ask, Case, Serve, ask, gnutls, gnutls_ask, serve
from stack_quic import UNKNOWN_VERSION, V1, V2

__all__ = ["DTLS", "QUIC"]

UDP: dict[str, Any] = {"transport": "udp", "framing": "dtls"}
ANSWERED = (("hello\n", "Verify return code"),)
"""Over DTLS s_server sends nothing back: s_client is done when it has told what was agreed."""
NOT_VERIFIED = (("hello\n", "Verification: OK"),)
"""The same without a certificate."""


def dtls(arguments: str = "-dtls1_2", script: tuple[tuple[str, str], ...] = ANSWERED, **facts: Any) -> Ask:
    """Ask over DTLS with s_client."""
    return ask(arguments, script, **UDP, **facts)


def dtls_serve(arguments: str = "-dtls1_2") -> Serve:
    """Serve DTLS with s_server."""
    return serve(arguments, answer="")


DTLS: tuple[Case, ...] = (
    Case("dtls12", "DTLS 1.2 over UDP", OPENSSL, dtls_serve(), (dtls(),)),
    Case("dtls10", "DTLS 1.0", OPENSSL, dtls_serve("-dtls1 -cipher DEFAULT:@SECLEVEL=0"),
         (dtls("-dtls1 -cipher ECDHE-RSA-AES256-SHA:@SECLEVEL=0"),), "legacy.example", "legacy"),
    Case("dtls12-cookie", "DTLS 1.2 at a server that keeps nothing until the client sent back its cookie (HelloVerifyRequest)", OPENSSL,
         dtls_serve("-dtls1_2 -listen"), (dtls(),), "mail.example", "mail"),
    Case("dtls12-fragmented", "DTLS 1.2, messages cut into fragments for an MTU of 300 bytes", OPENSSL, dtls_serve("-dtls1_2 -mtu 300"),
         (dtls("-dtls1_2 -mtu 300"),), "deep.example", "deep"),
    Case("dtls12-client-certificate", "DTLS 1.2, the client shows a certificate", OPENSSL,
         dtls_serve("-dtls1_2 -Verify 2 -verify_return_error -CAfile root.pem"), (dtls(f"-dtls1_2 {ALICE}"),), "bank.example", "bank"),
    Case("dtls12-resumed", "DTLS 1.2, a session resumed by a ticket", OPENSSL, dtls_serve(),
         (dtls("-dtls1_2 -sess_out session.pem"), dtls("-dtls1_2 -sess_in session.pem", resumption="ticket", **RESUMED)),
         "mail.example", "mail"),
    Case("dtls12-psk", "DTLS 1.2, a pre-shared key: what small devices speak", OPENSSL,
         dtls_serve(f"-dtls1_2 -nocert -cipher PSK {PSK}"), (dtls(f"-dtls1_2 -noverify -cipher PSK-AES128-GCM-SHA256 {PSK}"),),
         "sensor.example", port=5684),
    Case("dtls12-ipv6", "DTLS 1.2 over IPv6, ChaCha20-Poly1305", OPENSSL, dtls_serve(),
         (dtls("-dtls1_2 -6 -cipher ECDHE-ECDSA-CHACHA20-POLY1305"),), "mail.example", "mail", address="::1"),
    Case("dtls12-gnutls", "DTLS 1.2 by GnuTLS, with a cookie and a client certificate", GNUTLS,
         gnutls("--udp --require-client-cert --x509cafile root.pem"),
         (gnutls_ask("--udp --x509certfile alice.chain.pem --x509keyfile alice.key", cookie=True, **UDP),), "mail.example", "mail"),
    Case("dtls12-failed", "DTLS 1.2, handshake_failure: no cipher suite in common", OPENSSL,
         dtls_serve("-dtls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384"), (dtls("-dtls1_2 -cipher AES128-SHA", (("hello\n", "alert"),)),)),
)  # fmt: skip


def quic(**arguments: Any) -> Serve:
    """Serve with aioquic."""
    return lambda lab, case: stack_quic.quic_server(lab, case, **arguments)


def quic_ask(facts: dict[str, Any] | None = None, **arguments: Any) -> Ask:
    """Ask with aioquic."""
    return Ask(lambda lab, case: stack_quic.quic_client(lab, case, **arguments), facts or {})


def both(name: str, shows: str, ask: Ask, *, host: str = "mail.example", identity: str = "mail", address: str = "127.0.0.1",
         **server: Any) -> Case:  # fmt: skip
    """Make a case of one client and one server of aioquic."""
    return Case(name, shows, "aioquic", quic(**server), (ask,), host, identity, address=address)


QUIC: tuple[Case, ...] = (
    both("quic-v1", "QUIC version 1, ALPN h3", quic_ask()),
    both("quic-v2", "QUIC version 2 from the first packet", quic_ask(versions=(V2, V1), first=V2), versions=(V2, V1)),
    both("quic-v1-to-v2", "compatible version negotiation: the client begins with version 1, the server goes on with version 2",
         quic_ask({"quic_first_version": V1}, versions=(V2, V1), first=V1), versions=(V2, V1)),
    both("quic-version-negotiation", "Version Negotiation: the client begins with a version that the server does not know",
         quic_ask({"quic_first_version": UNKNOWN_VERSION, "quic_versions_refused": [V1, V2]}, versions=(V1, UNKNOWN_VERSION),
                  first=UNKNOWN_VERSION), versions=(V1, V2)),
    both("quic-retry", "Retry: the client has to send back a token", quic_ask({"quic_retry": True}), retry=True),
    Case("quic-early-data", "a session resumed with 0-RTT data", "aioquic", quic(early=True),
         (quic_ask(keep=True), quic_ask({"resumption": "psk", **RESUMED}, resume=True)), "mail.example", "mail"),
    both("quic-large-hello", "a ClientHello that needs two Initial packets, P-256", quic_ask(large=True, group="secp256r1")),
    both("quic-ipv6", "QUIC over IPv6, ALPN doq", quic_ask(alpn=("doq",)), address="::1", alpn=("doq",)),
    both("quic-no-application-protocol", "no_application_protocol: no ALPN in common", quic_ask(alpn=("doq",))),
    both("quic-unknown-ca", "bad_certificate: the client knows no CA that signed", quic_ask(trust="selfsigned")),
)  # fmt: skip
