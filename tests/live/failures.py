"""The bench of failures: each row a handshake that fails for a known reason, made by real stacks.

Here lives: the table.  Here does not live: peers (``failures_peers``), the network in between (``failures_tap``), good handshakes
(``failures_good``), the judging (``test_live_causes``).
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import failures_others as other
import failures_peers as peer
import talk
from case import OLD, PSK
from failures_tap import RESET

if TYPE_CHECKING:
    from collections.abc import Callable

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
DEMANDS = "-Verify 2 -verify_return_error -CAfile root.pem"
HEARS = (("hello\n", "alert"),)
STRANGER = "-cert stranger.pem -key stranger.key"
FORMER = "-cert former.pem -key former.key -cert_chain former.above.pem"
HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Row:
    """One failure; ``causes`` begins with the true one.  ``also`` may stand first too where the wire cannot tell: counted as wrong."""

    name: str
    version: str
    cause: str
    serve: Callable
    ask: Callable
    host: str = "shop.example"
    also: tuple[str, ...] = ()
    change: Callable | None = None
    cut: Callable | None = None
    transport: str = "tcp"
    before: int = 0
    """Good handshakes that come before the one that fails."""


def openssl(name, version, cause, server="", client="", identity="shop", host=None, script=HEARS, **more):
    """OpenSSL with itself."""
    serve = peer.openssl_serve(server, identity, alone=more.pop("alone", False))
    hosts = {"shop": "shop.example", "mail": "mail.example", "expired": "expired.example", "future": "future.example"}
    return Row(f"openssl {name} {version}", version, cause, serve, peer.openssl_ask(client, script),
        host or hosts.get(identity, "shop.example"), **more)


def both(name, cause, server="", client="", **more):
    """OpenSSL with itself in TLS 1.2 and 1.3."""
    return tuple(openssl(name, f"1.{minor}", cause, server, f"-tls1_{minor} {client}", **more) for minor in (2, 3))


# ---- what changes on the way


def strip_renegotiation(sender, data):
    """Take renegotiation_info out of a TLS 1.2 ServerHello: a server of before RFC 5746, as the client sees it."""
    if sender != talk.SERVER or data[5:6] != b"\x02" or b"\xff\x01\x00\x01\x00" not in data:
        return data
    size, at = int.from_bytes(data[3:5], "big"), data.index(b"\xff\x01\x00\x01\x00")
    if at > 5 + size:
        return data
    block = 5 + 4 + 34 + 1 + data[43] + 3
    body = data[:at] + data[at + 5 :]
    lengths = ((3, 2, size), (6, 3, int.from_bytes(data[6:9], "big")), (block, 2, int.from_bytes(data[block : block + 2], "big")))
    for place, width, value in lengths:
        body = body[:place] + (value - 5).to_bytes(width, "big") + body[place + width :]
    return body


def spoil(sender, pattern):
    """Flip the last bit of the record that matches (its length is the first group)."""

    def change(who, data):
        found = re.search(pattern, data, re.DOTALL) if who == sender else None
        if not found:
            return data
        end = found.end(1) + int.from_bytes(found[1], "big")
        return data[: end - 1] + bytes([data[end - 1] ^ 1]) + data[end:] if end <= len(data) else data

    return change


def split_reset(sender, data):
    """A box that resets what it cannot read: a ClientHello in more than one packet."""
    return RESET if sender == talk.CLIENT and data[5:6] == b"\1" and len(data) > 1460 else data


def split_drop(sender, data):
    """A box that drops such a hello."""
    return None if sender == talk.CLIENT and data[5:6] == b"\1" and len(data) > 1460 else data


def server_dies(sender, data):
    """The server is gone after its first flight."""
    return b"" if sender == talk.SERVER and data[:1] == b"\x14" else data


def first(count):
    """Leave the first packets only."""
    return lambda packets: packets[:count]


def without(number):
    """Lose one packet of the server, counted among those with data."""

    def cut(packets):
        full = [place for place, (_, packet) in enumerate(packets) if packet[12:16] == bytes([127, 0, 0, 2]) and len(packet) > 40]
        return [one for place, one in enumerate(packets) if place != full[number]]

    return cut


# ---- settings of Python's ssl


def at_most(version):
    def setting(context):
        context.maximum_version = version

    return setting


def at_least(version):
    def setting(context):
        context.minimum_version = version

    return setting


def no_ems(context):
    """SSL_OP_NO_EXTENDED_MASTER_SECRET."""
    context.maximum_version = V12
    context.options |= 1


def refusing_names(code):
    def setting(context):
        context.sni_callback = lambda *_: code

    return setting


NOTHING_SHARED = (
    *(openssl(f"version {server} {client}", version, "no_shared_version", f"-{server} {more}", f"-{client} {more}")
      for server, client, version, more in (("tls1_2", "tls1_3", "1.3", ""), ("tls1_3", "tls1_2", "1.2", ""),
          ("tls1_2", "tls1_1", "1.1", OLD),
                                            ("tls1_3", "tls1", "1.0", OLD))),
    openssl("suite", "1.2", "no_shared_cipher_suite", "-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384",
        "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256"),
    openssl("suite", "1.3", "no_shared_cipher_suite", "-ciphersuites TLS_CHACHA20_POLY1305_SHA256",
        "-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256"),
    openssl("suite and key", "1.2", "no_shared_cipher_suite", "-tls1_2",
            "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA", identity="mail"),
    openssl("group", "1.3", "no_shared_group", "-groups P-384", "-tls1_3 -groups X25519"),
    openssl("group", "1.2", "no_shared_group", "-tls1_2 -groups P-521 -cipher ECDHE", "-tls1_2 -groups X25519 -cipher ECDHE"),
    openssl("group X448", "1.3", "no_shared_group", "-groups X25519:P-256", "-tls1_3 -groups X448:P-521"),
    openssl("scheme", "1.3", "no_shared_signature_scheme", "", "-tls1_3 -sigalgs ed25519"),
    openssl("scheme", "1.2", "no_shared_signature_scheme", "-tls1_2", "-tls1_2 -sigalgs ECDSA+SHA256"),
    *both("alpn", "no_shared_alpn", "-alpn h2", "-alpn imap"),
    openssl("fallback", "1.2", "inappropriate_fallback", "", "-tls1_2 -fallback_scsv"),
    Row("gnutls alpn 1.3", "1.3", "no_shared_alpn", peer.openssl_serve("-alpn http/1.1"), peer.gnutls_ask("--alpn h2")),
    Row("gnutls version 1.3", "1.3", "no_shared_version", peer.openssl_serve("-tls1_2"),
        peer.gnutls_ask("--priority NORMAL:-VERS-ALL:+VERS-TLS1.3")),
    Row("gnutls suite 1.2", "1.2", "no_shared_cipher_suite", peer.openssl_serve("-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305"),
        peer.gnutls_ask("--priority NORMAL:-VERS-ALL:+VERS-TLS1.2:-CHACHA20-POLY1305")),
    Row("gnutls group 1.3", "1.3", "no_shared_group", peer.openssl_serve("-groups P-521"),
        peer.gnutls_ask("--priority NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519")),
    Row("node version 1.3", "1.3", "no_shared_version", peer.openssl_serve("-tls1_2"), other.node_ask('{"minVersion":"TLSv1.3"}')),
    Row("node suite 1.2", "1.2", "no_shared_cipher_suite", peer.openssl_serve("-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384"),
        other.node_ask('{"maxVersion":"TLSv1.2","ciphers":"ECDHE-RSA-AES128-SHA256:AES128-SHA"}')),
    Row("java client version 1.2", "1.2", "no_shared_version", peer.openssl_serve("-tls1_3"), other.java_ask("TLSv1.2")),
    Row("java server version 1.3", "1.3", "no_shared_version", other.java_serve("TLSv1.2"), peer.openssl_ask("-tls1_3", HEARS)),
    Row("java server suite 1.2", "1.2", "no_shared_cipher_suite",
        other.java_serve("TLSv1.2", suites="TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        peer.openssl_ask("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256", HEARS)),
    Row("java server alpn 1.3", "1.3", "no_shared_alpn", other.java_serve(alpn="h2"), peer.openssl_ask("-tls1_3 -alpn imap", HEARS)),
    Row("java server scheme 1.3", "1.3", "no_shared_signature_scheme", other.java_serve("TLSv1.3"),
        peer.openssl_ask("-tls1_3 -sigalgs ecdsa_secp521r1_sha512", HEARS)),
    Row("tlslite SSL 3.0", "SSL 3.0", "no_shared_version", peer.openssl_serve("-tls1_2"),
        peer.tlslite_ask(minVersion=(3, 0), maxVersion=(3, 0), versions=[(3, 0)])),
    Row("tlslite RC4 1.2", "1.2", "no_shared_cipher_suite", peer.openssl_serve("-tls1_2"),
        peer.tlslite_ask(minVersion=(3, 3), maxVersion=(3, 3), versions=[(3, 3)], cipherNames=["rc4"], macNames=["sha"])),
    Row("aioquic alpn", "1.3", "no_shared_alpn", peer.quic_serve(), peer.quic_ask(alpn=("doq",)), "mail.example", transport="udp"),
    Row("aioquic version", "1.3", "no_shared_quic_version", peer.quic_serve(), peer.quic_ask(versions=(0x1A2A3A4A,), first=0x1A2A3A4A),
        "mail.example", transport="udp"),
)  # fmt: skip

CERTIFICATES = (
    *both("expired", "certificate_expired", identity="expired"),
    openssl("not yet valid", "1.2", "certificate_not_yet_valid", "", "-tls1_2", identity="future"),
    openssl("not yet valid", "1.3", "certificate_not_yet_valid", "", "-tls1_3", identity="future", also=("certificate_name",)),
    *both("wrong host", "certificate_name", host="shop.example", identity="wronghost"),
    *both("unknown CA", "certificate_unknown_ca", client="-CAfile selfsigned.pem"),
    openssl("self-signed", "1.2", "certificate_self_signed", "", "-tls1_2", identity="selfsigned", host="nas.example"),
    openssl("self-signed", "1.3", "certificate_self_signed", "", "-tls1_3", identity="selfsigned", host="nas.example",
        also=("certificate_unknown_ca",)),
    openssl("incomplete", "1.2", "certificate_incomplete", "", "-tls1_2", identity="mail", alone=True, also=("certificate_unknown_ca",)),
    openssl("wrong purpose", "1.2", "certificate_bad", "-tls1_2", "-tls1_2", identity="alice", host="shop.example"),
    openssl("wrong purpose", "1.3", "certificate_bad", "", "-tls1_3", identity="alice", host="shop.example"),
    Row("gnutls expired 1.2", "1.2", "certificate_expired", peer.openssl_serve("-tls1_2", "expired"), peer.gnutls_ask(), "expired.example"),
    Row("gnutls unknown CA 1.2", "1.2", "certificate_unknown_ca", peer.openssl_serve("-tls1_2"),
        peer.gnutls_ask("--x509cafile selfsigned.pem")),
    Row("gnutls wrong host 1.2", "1.2", "certificate_name", peer.openssl_serve("-tls1_2", "wronghost"), peer.gnutls_ask()),
    Row("gnutls expired 1.3", "1.3", "certificate_expired", peer.openssl_serve("", "expired"), peer.gnutls_ask(), "expired.example",
        also=("certificate_refused",)),
    Row("python expired 1.2", "1.2", "certificate_expired", peer.python_serve("expired", at_most(V12)), peer.python_ask(),
        "expired.example"),
    Row("python wrong host 1.3", "1.3", "certificate_name", peer.python_serve("wronghost"), peer.python_ask()),
    Row("python unknown CA 1.3", "1.3", "certificate_unknown_ca", peer.python_serve(), peer.python_ask(trust="selfsigned")),
    Row("java unknown CA 1.2", "1.2", "certificate_unknown_ca", peer.openssl_serve("-tls1_2"), other.java_ask("TLSv1.2", "selfsigned")),
    Row("java expired 1.2", "1.2", "certificate_expired", peer.openssl_serve("-tls1_2", "expired"), other.java_ask("TLSv1.2"),
        "expired.example"),
    Row("java wrong host 1.2", "1.2", "certificate_name", peer.openssl_serve("-tls1_2", "wronghost"), other.java_ask("TLSv1.2")),
    Row("java unknown CA 1.3", "1.3", "certificate_unknown_ca", peer.openssl_serve(), other.java_ask("TLSv1.3", "selfsigned"),
        also=("certificate_refused",)),
    Row("aioquic unknown CA", "1.3", "certificate_unknown_ca", peer.quic_serve(), peer.quic_ask(trust="selfsigned"), "mail.example",
        also=("certificate_refused",), transport="udp"),
    *both("client has none", "client_certificate_missing", DEMANDS),
    *(openssl("client unknown", version, "client_certificate_refused", DEMANDS,
        f"-tls{version.replace('.', '_')} {STRANGER}") for version in ("1.2", "1.3")),
    openssl("client expired", "1.2", "client_certificate_refused", DEMANDS, f"-tls1_2 {FORMER}"),
    openssl("client wrong use", "1.2", "client_certificate_refused", DEMANDS, "-tls1_2 -cert shop.pem -key shop.key"),
    Row("java server wants one 1.2", "1.2", "client_certificate_missing", other.java_serve("TLSv1.2", trust="root"),
        peer.openssl_ask("-tls1_2", HEARS)),
    Row("java server wants one 1.3", "1.3", "client_certificate_missing", other.java_serve("TLSv1.3", trust="root"),
        peer.openssl_ask("-tls1_3", HEARS)),
    Row("java server refuses one 1.3", "1.3", "client_certificate_refused", other.java_serve("TLSv1.3", trust="root"),
        peer.openssl_ask(f"-tls1_3 {STRANGER}", HEARS)),
)  # fmt: skip

OTHERS = (
    *both("name", "name_not_served", "-servername shop.example -servername_fatal -cert2 shop.pem -key2 shop.key", host="nobody.example"),
    Row("python access denied 1.3", "1.3", "access_denied", peer.python_serve("shop", refusing_names(ssl.ALERT_DESCRIPTION_ACCESS_DENIED)),
        peer.python_ask()),
    Row("python internal error 1.3", "1.3", "internal_error", peer.python_serve("shop",
        refusing_names(ssl.ALERT_DESCRIPTION_INTERNAL_ERROR)),
        peer.python_ask()),
    openssl("small prime", "1.2", "small_dh_key", "-tls1_2 -dhparam small.pem -cipher DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
            "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=2"),
    Row("gnutls small prime 1.2", "1.2", "small_dh_key",
        peer.openssl_serve("-tls1_2 -dhparam small.pem -cipher DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"),
        peer.gnutls_ask("--priority NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA:%PROFILE_MEDIUM")),
    openssl("old renegotiation", "1.2", "insecure_renegotiation", "-tls1_2", "-tls1_2", change=strip_renegotiation),
    Row("python forgets EMS 1.2", "1.2", "missing_ems", peer.openssl_serve("-tls1_2"), peer.forgetful_ask(), before=1),
    openssl("renegotiation refused", "1.2", "insecure_renegotiation", "-tls1_2", "-tls1_2",
        script=(("R\n", "RENEGOTIATING"), ("hello\n", "olleh")),
            before=1),
    openssl("psk", "1.2", "wrong_psk", f"-tls1_2 -nocert -cipher PSK {PSK}", f"-tls1_2 -noverify -cipher PSK {PSK[:-2]}ff"),
    openssl("psk", "1.3", "wrong_psk", f"-nocert {PSK}", f"-tls1_3 -noverify {PSK[:-2]}ff -ciphersuites TLS_AES_128_GCM_SHA256"),
    openssl("record of the client", "1.2", "tampered", "-tls1_2", "-tls1_2", change=spoil("client", rb"\x16\x03\x03(\x00\x28)")),
    openssl("signature of the server", "1.2", "tampered", "-tls1_2", "-tls1_2", change=spoil("server", rb"\x16\x03\x03(\x01.)\x0c\x00")),
    openssl("record of the server", "1.3", "tampered", "", "-tls1_3", change=spoil("server", rb"\x17\x03\x03(..)")),
    openssl("record of the client", "1.3", "tampered", "", "-tls1_3", change=spoil("client", rb"\x17\x03\x03(..)"), also=("refused",)),
    Row("plain HTTP", "1.3", "plaintext_server", peer.raw_serve(HTTP), peer.openssl_ask()),
    Row("plain HTTP, node", "1.3", "plaintext_server", peer.raw_serve(HTTP), other.node_ask()),
    Row("SSH", "1.3", "plaintext_server", peer.raw_serve(b"", b"SSH-2.0-OpenSSH_9.6\r\n"), peer.python_ask(before=(None,))),
    Row("SSH that waits", "1.3", "plaintext_server", peer.raw_serve(b"SSH-2.0-OpenSSH_9.6\r\n"), peer.python_ask()),
    Row("SMTP without STARTTLS", "1.3", "plaintext_server", peer.raw_serve(b"500 5.5.1 what?\r\n", b"220 mail.example ESMTP\r\n"),
        peer.python_ask()),
    Row("IMAP", "1.2", "plaintext_server", peer.raw_serve(b"* BAD what?\r\n", b"* OK IMAP4rev1 ready\r\n"), peer.openssl_ask("-tls1_2")),
    Row("STARTTLS refused", "1.3", "starttls_refused", peer.raw_serve(b"454 4.7.0 TLS not available\r\n", b"220 mail.example ESMTP\r\n",
        how="mute"),
        peer.python_ask(before=(None, b"STARTTLS\r\n", None), patience=0.3)),
    Row("proxy refuses", "1.3", "proxy_refused", peer.raw_serve(b"HTTP/1.1 403 Forbidden\r\n\r\n", how="mute"),
        peer.python_ask(before=(b"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n", None), patience=0.3)),
    Row("reset after the hello", "1.3", "reset_after_hello", peer.raw_serve(how="rst"), peer.openssl_ask()),
    Row("closed after the hello", "1.3", "closed_after_hello", peer.raw_serve(), peer.openssl_ask()),
    Row("closed after the hello, gnutls", "1.3", "closed_after_hello", peer.raw_serve(), peer.gnutls_ask()),
    Row("mute", "1.3", "no_answer", peer.raw_serve(how="mute"), peer.python_ask(patience=0.3)),
    Row("split and reset", "1.3", "reset_after_split_hello", peer.openssl_serve(), peer.pyopenssl_ask(), change=split_reset),
    Row("split and dropped", "1.3", "silence_after_split_hello", peer.openssl_serve(), peer.pyopenssl_ask(), change=split_drop),
    Row("server dies", "1.2", "closed_by_server", peer.openssl_serve("-tls1_2 -no_ticket"), peer.openssl_ask("-tls1_2", HEARS),
        change=server_dies),
    Row("client leaves", "1.2", "closed_by_client", peer.openssl_serve("-tls1_2"), peer.quitting_ask(1)),
    openssl("capture ends", "1.2", "cut_capture", "-tls1_2", "-tls1_2", script=(("hello\n", "olleh"),), cut=first(6)),
    openssl("packet lost", "1.2", "cut_capture", "-tls1_2", "-tls1_2", identity="deep", host="deep.example", script=(("hello\n", "olleh"),),
            cut=lambda packets: without(1)(packets)[:6]),
    Row("dtls suite", "DTLS 1.2", "no_shared_cipher_suite", peer.openssl_serve("-dtls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384", kind=2,
        answer=""),
        peer.openssl_ask("-dtls1_2 -cipher AES128-SHA"), transport="udp"),
    Row("dtls expired", "DTLS 1.2", "certificate_expired", peer.openssl_serve("-dtls1_2", "expired", kind=2, answer=""),
        peer.openssl_ask("-dtls1_2"), "expired.example", transport="udp"),
)  # fmt: skip

ROWS = (*NOTHING_SHARED, *CERTIFICATES, *OTHERS)
