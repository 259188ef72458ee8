"""The cases: who talks to whom about what, one row for each capture of ``samples/``.

Here lives: the tables of TLS over TCP, and all cases together.  Here does not live: what a case is (``case``), what is spoken before TLS
(``upgrades``), UDP (``datagrams``).
"""

from __future__ import annotations

import peers
import servers
from case import (
    ALICE,
    GNUTLS,
    OLD,
    OPENSSL,
    PSK,
    PYOPENSSL,
    PYTHON,
    RESUMED,
    V12,
    V13,
    Ask,
    Case,
    ask,
    gnutls,
    gnutls_ask,
    python,
    serve,
    tlslite,
)
from datagrams import DTLS, QUIC
from upgrades import UPGRADES
from weaknesses import HTTP, WEAKNESSES

__all__ = ["CASES"]

EARLY = "-sess_in session.pem -early_data early.txt"
TICKET = (("hello\n", "Post-Handshake New Session Ticket"),)
"""Wait for a ticket, where the server sends nothing else."""
SEALED_FINISHED, SERVER_KEY_EXCHANGE = rb"\x16\x03\x03(\x00\x28)", rb"\x16\x03\x03(\x01.)\x0c\x00"
"""Records, as patterns: AES-GCM's Finished is 40 bytes, a ServerKeyExchange with an RSA signature some 300."""

BASICS: tuple[Case, ...] = (
    tlslite("ssl30-rsa", "SSL 3.0, which nobody should speak any more", (3, 0), "aes256"),
    tlslite("tls10-rc4", "TLS 1.0, RC4", (3, 1), "rc4"),
    tlslite("tls11-3des", "TLS 1.1, 3DES", (3, 2), "3des"),
    Case("sslv2-hello", "a ClientHello in SSL 2.0 framing, answered in TLS 1.0; the client resets after the ServerHelloDone",
         "raw bytes, OpenSSL server", serve(f"-tls1 {OLD}"),
         (Ask(peers.sslv2_client, {"outcome": "aborted", "closed": "rst", "closed_by": "client"}),),
         "legacy.example", "legacy"),
    Case("tls10-rsa", "TLS 1.0, static RSA key exchange", OPENSSL, serve(f"-tls1 {OLD}"),
         (ask("-tls1 -cipher AES128-SHA:@SECLEVEL=0"),), "legacy.example", "legacy"),
    Case("tls10-dhe", "TLS 1.0, finite-field Diffie-Hellman", OPENSSL, serve(f"-tls1 {OLD}"),
         (ask("-tls1 -cipher DHE-RSA-AES256-SHA:@SECLEVEL=0"),), "legacy.example", "legacy"),
    Case("tls11-ecdhe", "TLS 1.1, ECDHE on P-256", OPENSSL, serve(f"-tls1_1 {OLD}"),
         (ask("-tls1_1 -cipher ECDHE-RSA-AES256-SHA:@SECLEVEL=0 -groups P-256"),), "legacy.example", "legacy"),
    Case("tls12-rsa", "TLS 1.2, static RSA key exchange: no forward secrecy", OPENSSL,
         serve("-tls1_2"), (ask("-cipher AES128-GCM-SHA256"),)),
    Case("tls12-dhe", "TLS 1.2, finite-field Diffie-Hellman", OPENSSL, serve("-tls1_2"), (ask("-cipher DHE-RSA-AES128-GCM-SHA256"),)),
    Case("tls12-ecdhe-rsa", "TLS 1.2 as most servers spoke it: ECDHE on x25519, RSA certificate, ALPN h2", OPENSSL,
         serve("-tls1_2 -alpn h2,http/1.1"), (ask("-alpn h2,http/1.1"),)),
    Case("tls12-ecdhe-ecdsa", "TLS 1.2, P-256 throughout, certificate with an intermediate CA", OPENSSL,
         serve("-tls1_2 -alpn imap"), (ask("-groups P-256 -alpn imap"),), "imap.mail.example", "mail", 993),
    Case("tls12-p384", "TLS 1.2, P-384 throughout", OPENSSL, serve("-tls1_2 -groups P-384"),
         (ask("-cipher ECDHE-ECDSA-AES256-GCM-SHA384"),), "bank.example", "bank"),
    Case("tls12-chacha20", "TLS 1.2, ChaCha20-Poly1305", OPENSSL, serve("-tls1_2"), (ask("-cipher ECDHE-RSA-CHACHA20-POLY1305"),)),
    Case("tls12-cbc", "TLS 1.2, CBC mode with SHA-384", OPENSSL, serve("-tls1_2"), (ask("-cipher ECDHE-RSA-AES256-SHA384"),)),
    Case("tls12-null", "no encryption at all: a NULL cipher suite", OPENSSL, serve("-tls1_2 -cipher NULL:@SECLEVEL=0"),
         (ask("-cipher ECDHE-RSA-NULL-SHA:@SECLEVEL=0"),), "legacy.example", "legacy"),
    Case("tls12-anonymous", "no certificate at all: anonymous Diffie-Hellman, finite field and elliptic curve", OPENSSL,
         serve("-tls1_2 -nocert -cipher aNULL:@SECLEVEL=0"),
         (ask("-noverify -cipher ADH-AES128-SHA256:@SECLEVEL=0"), ask("-noverify -cipher AECDH-AES128-SHA:@SECLEVEL=0 -groups P-256"))),
    Case("tls12-psk", "pre-shared keys: plain, with RSA, DHE and ECDHE", OPENSSL,
         serve(f"-tls1_2 -cipher PSK:RSAPSK:DHEPSK:ECDHEPSK:@SECLEVEL=0 {PSK} -psk_hint meadow"),
         tuple(ask(f"-noverify -cipher {suite} {PSK}") for suite in
               ("PSK-AES128-CBC-SHA256", "RSA-PSK-AES128-CBC-SHA256",
                "DHE-PSK-AES128-CBC-SHA256:@SECLEVEL=0", "ECDHE-PSK-AES128-CBC-SHA256")),
         "sensor.example"),
    Case("tls12-long-chain", "TLS 1.2, a chain of seven certificates", OPENSSL, serve("-tls1_2"), (ask(),), "deep.example", "deep"),
    Case("tls12-fragmented", "messages cut into records of 512 bytes", OPENSSL, serve("-tls1_2 -max_send_frag 512"),
         (ask("-max_send_frag 512"),), "deep.example", "deep"),
    Case("tls12-ocsp", "TLS 1.2, stapled OCSP response", OPENSSL, serve("-tls1_2 -status_file mail.ocsp"),
         (ask("-status"),), "mail.example", "mail"),
    Case("tls12-client-certificate", "TLS 1.2, the client shows a certificate", OPENSSL,
         serve("-tls1_2 -Verify 2 -verify_return_error -CAfile root.pem"), (ask(ALICE),), "login.bank.example", "bank"),
    Case("tls12-client-certificate-declined", "TLS 1.2, the server asks for a certificate, the client has none, both go on", OPENSSL,
         serve("-tls1_2 -verify 2 -CAfile root.pem"), (ask(client_certificates=[]),)),
    Case("tls12-resume-session-id", "TLS 1.2, a session resumed by its session ID", OPENSSL, serve("-tls1_2 -no_ticket"),
         (ask("-sess_out session.pem"), ask("-sess_in session.pem", resumption="session_id", **RESUMED))),
    Case("tls12-resume-ticket", "TLS 1.2, a session resumed by a ticket, ALPN http/1.1", OPENSSL, serve("-tls1_2 -alpn http/1.1"),
         (ask("-alpn http/1.1 -sess_out session.pem"), ask("-alpn http/1.1 -sess_in session.pem", resumption="ticket", **RESUMED))),
    Case("tls12-renegotiation", "TLS 1.2, renegotiated by the client: the second handshake is encrypted", OPENSSL,
         serve("-tls1_2 -client_renegotiation"), (ask(script=(("R\n", "RENEGOTIATING"), ("hello\n", "olleh")), renegotiation=True),)),
)  # fmt: skip

MODERN: tuple[Case, ...] = (
    Case("tls13", "TLS 1.3: x25519, AES-256-GCM, ALPN h2", OPENSSL, serve("-alpn h2,http/1.1"), (ask("-alpn h2,http/1.1"),)),
    Case("tls13-secrets", "TLS 1.3 with its keys in the capture (Decryption Secrets Block)", OPENSSL, serve(),
         (ask("-ciphersuites TLS_AES_128_GCM_SHA256"),), secrets=True),
    Case("tls13-groups", "TLS 1.3 over x25519, P-256, P-384, X448 and ffdhe2048", OPENSSL, serve(),
         tuple(ask(f"-groups {group} -ciphersuites TLS_AES_128_GCM_SHA256") for group in ("X25519", "P-256", "P-384", "X448", "ffdhe2048")),
         "modern.example", "modern"),
    Case("tls13-chacha20", "TLS 1.3, ChaCha20-Poly1305, Ed25519 certificate", OPENSSL, serve(),
         (ask("-ciphersuites TLS_CHACHA20_POLY1305_SHA256"),), "modern.example", "modern"),
    Case("tls13-mlkem", "TLS 1.3, post-quantum hybrid X25519MLKEM768", PYOPENSSL, peers.mlkem_server,
         (Ask(peers.mlkem_client, {}),), "bank.example", "bank"),
    Case("tls13-mlkem-declined", "X25519MLKEM768 offered, the server knows only x25519", "pyOpenSSL client, OpenSSL server",
         serve("-alpn h2"), (Ask(peers.mlkem_client, {}),), "mail.example", "mail"),
    Case("tls13-hello-retry", "TLS 1.3, HelloRetryRequest: the server wants another group", OPENSSL, serve("-groups P-384"),
         (ask("-groups X25519:P-384"),), "bank.example", "bank"),
    Case("tls13-resume-psk", "TLS 1.3, a session resumed by PSK", OPENSSL, serve(),
         (ask("-sess_out session.pem"), ask("-sess_in session.pem", resumption="psk", **RESUMED))),
    Case("tls13-early-data", "TLS 1.3, 0-RTT early data, accepted", OPENSSL, serve("-early_data -max_early_data 16384", answer=""),
         (ask("-sess_out session.pem", TICKET),
          ask(EARLY, (("hello\n", "Early data was accepted"),), resumption="psk", **RESUMED))),
    Case("tls13-early-data-rejected", "TLS 1.3, 0-RTT early data, rejected by a server that forgot its keys", OPENSSL,
         serve("-max_early_data 16384", answer=""),
         (ask("-sess_out session.pem", TICKET),
          ask(EARLY, (("hello\n", "Early data was rejected"),), resumption="psk", **RESUMED))),
    Case("tls13-external-psk", "TLS 1.3, a pre-shared key from outside", OPENSSL, serve(f"{PSK} -nocert"),
         (ask(f"-noverify {PSK} -ciphersuites TLS_AES_128_GCM_SHA256", resumption="psk", external_psk=True, **RESUMED),), "sensor.example"),
    Case("tls13-client-certificate", "TLS 1.3, the client shows a certificate (encrypted)", OPENSSL,
         serve("-Verify 2 -verify_return_error -CAfile root.pem"), (ask(ALICE),)),
    Case("tls13-ocsp", "TLS 1.3, stapled OCSP response (encrypted)", OPENSSL, serve("-status_file mail.ocsp"),
         (ask("-status"),), "mail.example", "mail"),
    Case("tls13-ipv6", "TLS 1.3 over IPv6", OPENSSL, serve(), (ask("-6"),), "modern.example", "modern", address="::1"),
    Case("tls13-no-server-name", "TLS 1.3 without a server name", OPENSSL, serve(), (ask("-noservername"),)),
    Case("gnutls-tls12", "TLS 1.2 by GnuTLS, and a resumption by ticket", GNUTLS, gnutls("--disable-client-cert --alpn h2"),
         (gnutls_ask("--priority NORMAL:-VERS-TLS1.3 --resume --alpn h2"),), "mail.example", "mail"),
    Case("gnutls-tls13", "TLS 1.3 by GnuTLS with a client certificate", GNUTLS, gnutls("--require-client-cert --x509cafile root.pem"),
         (gnutls_ask("--x509certfile alice.chain.pem --x509keyfile alice.key"),), "bank.example", "bank"),
    Case("gnutls-compressed-certificate", "TLS 1.3, certificate compressed with zlib", GNUTLS,
         gnutls("--disable-client-cert --compress-cert zlib"), (gnutls_ask("--compress-cert zlib"),), "deep.example", "deep"),
    Case("close-notify", "closed in order: close_notify both ways", PYTHON, serve(),
         (python("close_notify", V12),)),
    Case("close-fin", "closed by a bare FIN, no close_notify", PYTHON, serve(), (python("fin", V12), python("fin", V13))),
    Case("close-rst", "closed by RST", PYTHON, serve(), (python("rst", V12), python("rst", V13))),
)  # fmt: skip

CLIENT_NONE = (("hello\n", "alert"),)
"""A TLS 1.3 client has finished before the server refuses it: it hears so when it wants to talk."""

FAILURES: tuple[Case, ...] = (
    Case("fail-no-shared-cipher", "handshake_failure: no cipher suite in common", OPENSSL,
         serve("-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384"), (ask("-tls1_2 -cipher AES128-SHA"),)),
    Case("fail-protocol-version", "protocol_version: a client of TLS 1.3 only and one of TLS 1.1 only at a server of TLS 1.2 only", OPENSSL,
         serve("-tls1_2"), (ask("-tls1_3"), ask(f"-tls1_1 {OLD}")), "legacy.example", "legacy"),
    Case("fail-unknown-ca", "unknown_ca: the client knows no CA that signed, TLS 1.2 and 1.3", OPENSSL, serve(),
         (ask("-tls1_2 -CAfile selfsigned.pem"), ask("-tls1_3 -CAfile selfsigned.pem"))),
    Case("fail-self-signed", "unknown_ca: a self-signed certificate", OPENSSL,
         serve("-tls1_2"), (ask(),), "nas.example", "selfsigned", 5001),
    Case("fail-certificate-expired", "certificate_expired, TLS 1.2 and 1.3", OPENSSL, serve(),
         (ask("-tls1_2"), ask("-tls1_3")), "expired.example", "expired"),
    Case("fail-wrong-host", "bad_certificate: the certificate is for another host", OPENSSL, serve(),
         (ask("-tls1_2"), ask("-tls1_3")), "shop.example", "wronghost"),
    Case("fail-wrong-host-ignored", "the certificate is for another host and the client does not mind", OPENSSL, serve("-tls1_2"),
         (ask("-noverify"),), "shop.example", "wronghost"),
    Case("fail-client-certificate-required", "no client certificate where one must be: handshake_failure (1.2), certificate_required (1.3)",
         OPENSSL, serve("-Verify 2 -verify_return_error -CAfile root.pem"),
         (ask("-tls1_2", client_certificates=[]), ask("-tls1_3", CLIENT_NONE, client_certificates=[])), "bank.example", "bank"),
    Case("fail-client-certificate-unknown", "a client certificate that no known CA signed: unknown_ca from the server", OPENSSL,
         serve("-Verify 2 -verify_return_error -CAfile root.pem"),
         tuple(ask(f"{version} -cert stranger.pem -key stranger.key", CLIENT_NONE) for version in ("-tls1_2", "-tls1_3")),
         "bank.example", "bank"),
    Case("fail-no-application-protocol", "no_application_protocol: no ALPN in common", OPENSSL, serve("-alpn h2"), (ask("-alpn imap"),)),
    Case("fail-unrecognized-name", "unrecognized_name: the server does not know the host", OPENSSL,
         serve("-servername shop.example -servername_fatal -cert2 shop.pem -key2 shop.key"), (ask("-tls1_2"), ask("-tls1_3")),
         "nobody.example"),
    Case("fail-inappropriate-fallback", "inappropriate_fallback: a TLS 1.2 hello with TLS_FALLBACK_SCSV at a TLS 1.3 server", OPENSSL,
         serve(), (ask("-tls1_2 -fallback_scsv"),)),
    Case("fail-bad-record-mac", "bad_record_mac: the client's Finished was changed on the way (TLS 1.2)", OPENSSL,
         lambda lab, case: servers.spoiler(lab, case, "-tls1_2", "client", SEALED_FINISHED), (ask(),)),
    Case("fail-decrypt-error", "decrypt_error: the server's signature was changed on the way (TLS 1.2)", OPENSSL,
         lambda lab, case: servers.spoiler(lab, case, "-tls1_2", "server", SERVER_KEY_EXCHANGE),
         (ask("-cipher ECDHE-RSA-AES128-GCM-SHA256"),)),
    Case("fail-plain-http", "the server speaks plain HTTP", "OpenSSL client, raw bytes",
         lambda lab, case: servers.raw_server(lab, case, HTTP), (ask(outcome=None),), "printer.example", port=8080),
    Case("fail-server-resets", "the server resets the connection after the hello", "OpenSSL client, raw socket",
         lambda lab, case: servers.raw_server(lab, case, b"", rst=True),
         (ask(outcome="unanswered", closed="rst", closed_by="server"),), "ads.example"),
    Case("fail-server-closes", "the server closes the connection after the hello", "OpenSSL client, raw socket",
         lambda lab, case: servers.raw_server(lab, case, b""), (ask(outcome=None, closed="fin", closed_by="server"),)),
    Case("fail-unanswered", "the server takes the hello and says nothing; the client gives up", "Python ssl client, raw socket",
         servers.mute_server, (Ask(peers.impatient_client, {"outcome": "unanswered", "closed": "fin", "closed_by": "client"}),),
         "backup.example"),
)  # fmt: skip

CASES: tuple[Case, ...] = (*BASICS, *MODERN, *UPGRADES, *DTLS, *QUIC, *FAILURES, *WEAKNESSES)
