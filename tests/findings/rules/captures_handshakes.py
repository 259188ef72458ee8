"""Which capture trips a rule on handshakes and which passes it: versions, suites, keys, options of the protocol.

Here lives: that table.  Here does not live: what captures are made of (``captures``), names and preludes (``captures_names``), certificates
(``captures_chains``).  A name is that of a sample, recorded from real stacks; what no stack at hand does any more is built.
"""

from __future__ import annotations

import captures as c
import msgspec
import talk
from captures import BOUND, GOOD, SECURE, client_hello, dhe, full, made, server_hello, u16
from talk import CLIENT, SERVER, extension, vector


class Shown(msgspec.Struct):
    """A rule's two captures.  ``detail`` is what the finding of the first one says, whole."""

    trips: object
    passes: object
    detail: str


# ---- versions

DRAFT = 0x7F1C
TLS13_HELLO = client_hello([0x1301, 0xC02F], [c.NAME, talk.VERSIONS, talk.SHARE, c.groups(29), c.schemes(0x0804)], session=b"s" * 32)


def tls13(*more, hello=TLS13_HELLO, version=0x0304, answered=(), rest=None):
    """A handshake of TLS 1.3 whose messages after the ServerHello are ``rest`` or sealed."""
    answer = server_hello(0x1301, [extension(43, u16(version)), *(answered or (talk.SHARED,))], session=b"s" * 32)
    sealed = talk.data(700) + talk.data(talk.FINISHED13)
    return [(CLIENT, hello), (SERVER, answer + talk.CCS + (sealed if rest is None else rest)),
            (CLIENT, talk.CCS + talk.data(talk.FINISHED13) + talk.data(50)), (SERVER, talk.data(300)), *more]  # fmt: skip


def draft():
    """Draft 28 of TLS 1.3: versions of drafts are 0x7f00 and their number (draft-ietf-tls-tls13-28 section 4.2.1.1)."""
    offer = extension(43, vector(u16(DRAFT, 0x0303), 1))
    hello = client_hello([0x1301, 0xC02F], [c.NAME, offer, talk.SHARE, c.groups(29), c.schemes(0x0804)], session=b"s" * 32)
    return made(tls13(hello=hello, version=DRAFT))


def sentinel(tail=b"DOWNGRD\x01"):
    """TLS 1.2 chosen, though both sides can speak 1.3 (RFC 8446 section 4.1.3)."""
    answer = server_hello(random=b"\x22" * 24 + tail)
    return made(full(hello=client_hello(extensions=(*GOOD, extension(43, vector(u16(0x0304, 0x0303), 1)))), answer=answer))


VERSIONS = {
    "ssl-negotiated": Shown("ssl30-rsa", "tls12-rsa", "SSL 3.0 was negotiated"),
    "old-version-negotiated": Shown("tls10-rsa", "tls12-rsa", "TLS 1.0 was negotiated, the client offered up to TLS 1.0"),
    "old-version-offered": Shown("tls10-rsa", "close-fin", "the client offers TLS 1.0"),
    "draft-version": Shown(draft, "tls13", "TLS 1.3 (draft 28) was negotiated"),
    "downgrade-sentinel": Shown(
        sentinel, "tls12-ecdhe-rsa", "TLS 1.2 was negotiated, the client offered TLS 1.3, and the random ends in the sentinel"),
    "fallback": Shown("fail-inappropriate-fallback", "tls13", "TLS_FALLBACK_SCSV stands in a hello for TLS 1.2"),
}  # fmt: skip

# ---- suites


def suite(code, exchange=None, extensions=GOOD):
    """A handshake of TLS 1.2 with this suite."""
    return lambda: made(full(hello=client_hello([code, 0xC02F], extensions), answer=server_hello(code), exchange=exchange))


EXPORT, DES, IDEA, STATIC_DH = 0x0003, 0x0009, 0x0007, 0x0031
SUITES = {
    "null-cipher": Shown("tls12-null", "tls12-rsa", "TLS_ECDHE_RSA_WITH_NULL_SHA was negotiated"),
    "anonymous-cipher": Shown("tls12-anonymous", "tls12-rsa", "TLS_DH_anon_WITH_AES_128_CBC_SHA256 was negotiated"),
    "export-cipher": Shown(suite(EXPORT, c.rsa_export()), "tls12-rsa", "TLS_RSA_EXPORT_WITH_RC4_40_MD5 was negotiated"),
    "rc4-cipher": Shown("tls10-rc4", "tls12-rsa", "TLS_RSA_WITH_RC4_128_SHA was negotiated"),
    "des-cipher": Shown(suite(DES, b""), "tls11-3des", "TLS_RSA_WITH_DES_CBC_SHA was negotiated"),
    "3des-cipher": Shown("tls11-3des", "tls12-rsa", "TLS_RSA_WITH_3DES_EDE_CBC_SHA was negotiated"),
    "old-cipher": Shown(suite(IDEA, b""), "tls12-rsa", "TLS_RSA_WITH_IDEA_CBC_SHA was negotiated"),
    "cbc-sha1-cipher": Shown("ssl30-rsa", "tls10-rsa", "TLS_RSA_WITH_AES_256_CBC_SHA was negotiated"),
    "static-rsa": Shown("tls12-rsa", "tls12-dhe", "TLS_RSA_WITH_AES_128_GCM_SHA256 was negotiated"),
    "static-dh": Shown(suite(STATIC_DH, b""), "tls12-rsa", "TLS_DH_RSA_WITH_AES_128_CBC_SHA was negotiated"),
    "no-forward-secrecy": Shown("tls12-psk", "tls12-dhe", "TLS_PSK_WITH_AES_128_CBC_SHA256, key exchange PSK"),
    "broken-suites-offered": Shown(
        "tls10-rc4", "tls12-rsa", "the client offers TLS_RSA_WITH_RC4_128_SHA"),
}  # fmt: skip

# ---- keys


def prime(bits):
    return lambda: made(full(hello=client_hello([0x009E]), answer=server_hello(0x009E), exchange=dhe(c.modp(bits))))


def composite():
    """A number of 2048 bits that is no prime, as socat had one (CVE-2016-2217)."""
    return made(full(hello=client_hello([0x009E]), answer=server_hello(0x009E), exchange=dhe(b"\xf1" + b"\x35" * 255)))


KEYS = {
    "broken-dh-group": Shown(prime(768), "tls12-dhe", "a prime of 768 bits"),
    "small-dh-group": Shown("tls12-anonymous", "tls12-dhe", "a prime of 1024 bits"),
    "weak-dh-prime": Shown(composite, "tls12-dhe", "2048 bits that are no prime (as CVE-2016-2217)"),
    "weak-curve": Shown("weak-curve", "tls12-ecdhe-rsa", "secp256k1: withdrawn by RFC 8422 section 5.1.1"),
    "export-rsa": Shown(suite(EXPORT, c.rsa_export()), suite(EXPORT, c.rsa_export(2048)), "an RSA key of 512 bits"),
    "weak-handshake-signature": Shown("weak-signature", "tls12-ecdhe-rsa", "signed with rsa_pkcs1_sha1"),
    "weak-signatures-offered": Shown("weak-signature", "tls13", "offers rsa_pkcs1_sha1"),
    "post-quantum-offer-lost": Shown("weak-mlkem-lost", "tls13-mlkem", "secp384r1 was negotiated after a HelloRetryRequest"),
}

# ---- options of the protocol

BEATS = extension(15, b"\1")
MAY_BEAT = {"hello": client_hello(extensions=(*GOOD, BEATS)), "answer": server_hello(extensions=(SECURE, BOUND, BEATS))}
REQUEST, RESPONSE = 1, 2


def heartbeat(kind, claimed, payload, padding=16):
    """RFC 6520 section 4."""
    return talk.record(24, bytes([kind]) + u16(claimed) + payload + bytes(padding))


def bleeding():
    """A request in the clear that claims 16 KiB and holds nothing, and the server's memory (CVE-2014-0160)."""
    hello, flight, *_ = full(**MAY_BEAT)
    return made([hello, flight, (CLIENT, heartbeat(REQUEST, 0x4000, b"", 0)), (SERVER, heartbeat(RESPONSE, 0x4000, b"m" * 0x3F00))])


def beating():
    """An honest request in the clear, and its answer."""
    hello, flight, *rest = full(**MAY_BEAT)
    return made([hello, flight, (CLIENT, heartbeat(REQUEST, 8, b"p" * 8)), (SERVER, heartbeat(RESPONSE, 8, b"p" * 8)), *rest])


def early_change():
    """ChangeCipherSpec after the server's flight and before any key, as scanners for CVE-2014-0224 send it."""
    hello, flight, *_ = full()
    return made([hello, flight, (CLIENT, talk.CCS), (SERVER, talk.alert(10))])


def deflate():
    return made(full(hello=client_hello(methods=b"\1\0"), answer=server_hello(method=1)))


def early_data(taken=True):
    """Early data with a PSK, and EncryptedExtensions in the clear: what a capture that was decrypted holds (RFC 8446 section 4.2.10)."""
    psk = extension(41, vector(vector(b"ticket") + bytes(4)) + vector(vector(b"b" * 32, 1)))
    offered = [c.NAME, talk.VERSIONS, talk.SHARE, c.groups(29), c.schemes(0x0804), extension(45, b"\1\1"), extension(42), psk]
    told = talk.handshake(talk.message(8, vector(extension(42) if taken else b"")))
    hello = client_hello([0x1301], offered, session=b"s" * 32)
    turns = tls13(hello=hello, answered=(talk.SHARED, extension(41, u16(0))), rest=told + talk.data(talk.FINISHED13))
    return made([(CLIENT, turns[0][1] + talk.CCS + talk.data(60)), *turns[1:]])


def twice():
    """An extension that stands twice (RFC 8446 section 4.2)."""
    return made(full(hello=client_hello(extensions=(*GOOD, BOUND))))


def two_copies():
    """The server's first segment, and another of the same bytes with other content (packets 5 and 6)."""
    wire = talk.Wire().open()
    hello, (_, flight), *rest = full()
    wire.client(hello[1])
    wire.segment(SERVER, talk.PSH_ACK, flight[:700])
    wire.segment(SERVER, talk.PSH_ACK, bytes(255 - one for one in flight[:700]))
    wire.at[SERVER] += min(700, len(flight))
    wire.server(flight[700:])
    return c.Made(packets=talk.play(rest, wire).fin(CLIENT).packets)


def lasting(seconds):
    tickets = extension(35)
    return lambda: made(full(hello=client_hello(extensions=(*GOOD, tickets)), answer=server_hello(extensions=(SECURE, BOUND, tickets)),
                             ticket=seconds))  # fmt: skip


DAY = 86_400
PROTOCOL = {
    "compression": Shown(deflate, "tls12-rsa", "DEFLATE was negotiated"),
    "compression-offered": Shown(deflate, "tls12-rsa", "offers DEFLATE"),
    "insecure-renegotiation": Shown("weak-options", "tls12-rsa", "TLS 1.2, and the client does not send renegotiation_info"),
    "renegotiation": Shown("tls12-renegotiation", "tls12-rsa", "it renegotiates a connection that was encrypted already"),
    "no-extended-master-secret": Shown("weak-options", "tls12-rsa", "the client does not offer extended_master_secret"),
    "heartbleed": Shown(bleeding, beating, "a heartbeat claims 16384 bytes in a record of 3, and was answered with 16147 bytes"),
    "early-change-cipher-spec": Shown(early_change, "tls12-rsa", "ChangeCipherSpec of the client"),
    "long-lived-ticket": Shown(lasting(28 * DAY), "tls12-resume-ticket", "a lifetime of 28.0 days"),
    "early-data-accepted": Shown(early_data, "tls13-early-data-rejected", "the server takes the early data"),
    "early-data-offered": Shown("tls13-early-data", "tls13", "the client offers early data"),
    "protocol-violation": Shown(twice, "tls12-rsa", "duplicate-extension: extension extended_master_secret stands 2 times in ClientHello"),
    "conflicting-segments": Shown(two_copies, "tls12-rsa", "overlap-conflict: at byte 0 of the stream"),
}

SHOWN = {**VERSIONS, **SUITES, **KEYS, **PROTOCOL}
