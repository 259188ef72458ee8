"""Weaknesses: cases in which nothing fails and something is weak that the findings should name.

Here lives: their table.  Here does not live: what fails (``cases``), the findings themselves (``analyzer.findings``).
"""

from __future__ import annotations

import peers
import servers
from case import GNUTLS, OLD, OPENSSL, Ask, Case, ask, gnutls, gnutls_ask, serve

__all__ = ["HTTP", "WEAKNESSES"]

HTTP = b"HTTP/1.1 400 Bad Request\r\nServer: plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

WEAKNESSES: tuple[Case, ...] = (
    Case("weak-curve", "TLS 1.2, ECDHE on secp256k1, a curve that RFC 8422 withdrew", OPENSSL, serve(f"-tls1_2 {OLD} -groups secp256k1"),
         (ask("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0 -groups secp256k1"),), "legacy.example", "legacy"),
    Case("weak-signature", "TLS 1.2, the key exchange signed with SHA-1", OPENSSL, serve(f"-tls1_2 {OLD} -sigalgs RSA+SHA1"),
         (ask("-cipher ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0 -sigalgs RSA+SHA256:RSA+SHA1"),), "legacy.example", "legacy"),
    Case("weak-options", "TLS 1.2 by a client without secure renegotiation and extended master secret", GNUTLS,
         gnutls("--disable-client-cert"),
         (gnutls_ask("--priority NORMAL:-VERS-TLS1.3:%NO_SESSION_HASH:%DISABLE_SAFE_RENEGOTIATION"),), "mail.example", "mail"),
    Case("weak-mlkem-lost", "X25519MLKEM768 offered and lost: the server asks for P-384 (HelloRetryRequest)",
         "pyOpenSSL client, OpenSSL server", serve("-groups P-384 -alpn h2"), (Ask(peers.mlkem_client, {"hello_retry": True}),),
         "mail.example", "mail"),
    Case("weak-address-name", "a server name that is an IP address", OPENSSL, serve(), (ask("-noverify"),), "192.0.2.80"),
    Case("weak-plain-https", "a server speaks plain HTTP on port 443", "OpenSSL client, raw bytes",
         lambda lab, case: servers.raw_server(lab, case, HTTP), (ask(outcome=None),), "printer.example"),
)  # fmt: skip
