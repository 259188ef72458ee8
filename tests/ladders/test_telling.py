"""What a message tells in a few words: facts that the stacks said of the samples, and bounds."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.facts.story import Story
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Handshake, Seen
from analyzer.ladders.reading import ladder
from analyzer.ladders.telling import LONGEST, MOST, TELLERS, listed, shortened
from analyzer.tls import messages, sslv2
from analyzer.tls.reader import Fault


def told(name, rung, sender=None, number=1):
    """What the first rung of that name tells, as a dict."""
    drawn = ladder(dict(analyzer.stream(talk.SAMPLES / f"{name}.pcapng"))[number], [])
    return next(dict(one.telling) for one in drawn.rungs if one.name == rung and sender in {None, one.sender})


def test_hellos():
    hello = told("tls12-ecdhe-rsa", "ClientHello")
    assert hello["server name"] == "shop.example"
    assert hello["versions"] == "TLS 1.3, TLS 1.2, TLS 1.1, TLS 1.0"
    assert hello["ALPN"] == "h2, http/1.1"
    assert hello["JA4"].startswith("t13d3111h2_")
    answer = told("tls12-ecdhe-rsa", "ServerHello")
    assert (answer["version"], answer["cipher suite"], answer["ALPN"]) == ("TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "h2")
    assert told("tls13", "ServerHello") == {"version": "TLS 1.3", "cipher suite": "TLS_AES_256_GCM_SHA384", "group": "x25519"}
    assert told("tls13-hello-retry", "HelloRetryRequest")["group asked for"] == "secp384r1"
    assert told("tls13-resume-psk", "ServerHello", number=2)["pre-shared key"] == "identity 0"


def test_certificates():
    leaf = told("tls12-rsa", "Certificate")
    assert "CN=shop.example" in leaf["subject"]
    assert "CN=Lab Root CA" in leaf["issuer"]
    assert (leaf["certificates"], leaf["key"]) == ("1", "RSA 2048 bits")
    assert leaf["valid to"] == "2035-12-30 00:00:00 UTC"
    assert told("tls12-client-certificate-declined", "Certificate", CLIENT) == {"certificates": "none"}


def test_keys():
    assert told("tls12-dhe", "ServerKeyExchange")["DH prime"].startswith("2048 bits")
    assert told("tls12-ecdhe-rsa", "ServerKeyExchange")["group"] == "x25519"
    assert told("tls12-rsa", "ClientKeyExchange") == {"kind": "rsa", "encrypted premaster secret": "256 bytes"}
    assert told("tls12-ecdhe-rsa", "NewSessionTicket") == {"lifetime": "7200 s", "ticket": "176 bytes"}
    request = told("tls12-client-certificate", "CertificateRequest")
    assert request["types"] == "rsa_sign, dss_sign, ecdsa_sign"
    assert "CN=Lab Root CA" in request["authorities"]
    assert told("tls12-client-certificate", "CertificateVerify")["signature scheme"]
    assert told("dtls12-cookie", "HelloVerifyRequest")["cookie"] == "20 bytes"
    assert told("tls12-ocsp", "CertificateStatus")["type"] == "ocsp"


MADE = {
    messages.ClientHello: {"version": 0x0303}, messages.ServerHello: {"version": 0x0303}, messages.HelloRetryRequest: {"version": 0x0303},
    messages.HelloVerifyRequest: {"version": 0xFEFF}, messages.CompressedCertificate: {"algorithm": 2},
    messages.CertificateStatus: {"status_type": 9}, messages.ServerKeyExchange: {"kind": "unknown"},
    messages.ClientKeyExchange: {"kind": "unknown"}, messages.NewSessionTicket: {"lifetime": 0}, messages.KeyUpdate: {"request_update": 7},
    messages.Opaque: {"type_code": 99, "body": b""}, sslv2.Sslv2ServerHello: {"session_id_hit": 0},
    sslv2.Sslv2ClientMasterKey: {"cipher_kind": 0x010080}, sslv2.Sslv2Error: {"error_code": 1},
}  # fmt: skip


@pytest.mark.parametrize("kind", TELLERS, ids=lambda kind: kind.__name__)
def test_a_message_of_which_next_to_nothing_was_read(kind):
    message = kind(**MADE.get(kind, {}), fault=Fault("ends early", 3))
    ends = {CLIENT: Endpoint(bytes(4), 1), SERVER: Endpoint(bytes(4), 2)}
    drawn = ladder(Handshake(**ends, seen=[Seen(SERVER, 99, 3, 1, 1, 1, message)]), [], fields=True)
    [rung] = [rung for rung in drawn.rungs if rung.kind == "message"]
    assert rung.note == "it could not be read whole: ends early at byte 3"
    assert len(rung.telling) <= MOST


def test_every_type_of_message_is_told():
    bare = {messages.HelloRequest, messages.ServerHelloDone, messages.Finished, messages.EndOfEarlyData, messages.Message}
    every = {one for one in vars(messages).values() if isinstance(one, type) and issubclass(one, messages.Message)}
    assert every - bare <= set(TELLERS)


def test_hostile_texts_have_room():
    name = messages.Extension(code=16, body=b"", value=tuple(b"\x1b]0;" + bytes([65 + n]) * 500 for n in range(9)))
    hello = messages.ClientHello(version=0x0303, extensions=(name,))
    made = Handshake(client=Endpoint(bytes(4), 1), server=Endpoint(bytes(4), 2), client_hello=hello)
    texts = dict(TELLERS[messages.ClientHello](Story(made), hello))
    assert len(texts["ALPN"]) < 5 * LONGEST
    assert shortened("x" * 500) == "x" * (LONGEST - 1) + "…"


def test_lists():
    assert listed([]) is None
    assert listed("abc") == "a, b, c"
    assert listed("abcdef") == "a, b, c, d and 2 more"
