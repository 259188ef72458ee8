"""Sealed records of a renegotiation, as RFC 5246 sections 7.3 orders them; with AES-GCM 24 bytes are added (RFC 5288 section 3)."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.handshakes.handshake import CLIENT, SERVER, Seen
from analyzer.handshakes.order import CHANGE_CIPHER_SPEC
from analyzer.ladders.again import names, sealed

GCM = 24
HELLO, ANSWER, DONE, KEYS, RSA_KEYS, EMPTY = 243 - GCM, 113 - GCM, 4, 37, 262, 7


def told(*said, grown=GCM):
    """Names of what was said: (sender, bytes of a message), None for a ChangeCipherSpec, whose Finished follows."""
    every = []
    for sender, size in said:
        code = None if size else CHANGE_CIPHER_SPEC
        every.append(Seen(sender, code, (size or 1) + grown, len(every), len(every), len(every), None))
        if not size:
            every.append(Seen(sender, None, 16 + grown, len(every), len(every), len(every), None, "finished"))
    found = names(every)
    return [found.get(index) for index, seen in enumerate(every) if seen.code is None and seen.guess is None]


ENDS = ((CLIENT, 0), (SERVER, 0))
BEGINS = ((CLIENT, HELLO), (SERVER, ANSWER))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            (*BEGINS, (SERVER, 1126), (SERVER, 300), (SERVER, DONE), (CLIENT, KEYS), (CLIENT, 0), (SERVER, 186), (SERVER, 0)),
            ["ClientHello", "ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone", "ClientKeyExchange", "NewSessionTicket"],
        ),
        # RSA: what stands between may be a Certificate, or a ServerKeyExchange of DH_anon
        ((*BEGINS, (SERVER, 1126), (SERVER, DONE), (CLIENT, RSA_KEYS), *ENDS),
         ["ClientHello", "ServerHello", None, "ServerHelloDone", "ClientKeyExchange"]),
        ((*BEGINS, (SERVER, 150), (SERVER, DONE), (CLIENT, KEYS), *ENDS),
         ["ClientHello", "ServerHello", "ServerKeyExchange", "ServerHelloDone", "ClientKeyExchange"]),
        # a certificate is asked for: none, or one with its signature
        ((*BEGINS, *[(SERVER, 300)] * 3, (SERVER, DONE), (CLIENT, EMPTY), (CLIENT, KEYS), *ENDS),
         ["ClientHello", "ServerHello", None, None, None, "ServerHelloDone", "Certificate", "ClientKeyExchange"]),
        ((*BEGINS, *[(SERVER, 300)] * 3, (SERVER, DONE), (CLIENT, 900), (CLIENT, KEYS), (CLIENT, 264), *ENDS),
         ["ClientHello", "ServerHello", None, None, None, "ServerHelloDone", "Certificate", "ClientKeyExchange", "CertificateVerify"]),
        ((*BEGINS, (SERVER, DONE), (CLIENT, 900), (CLIENT, KEYS), *ENDS), ["ClientHello", "ServerHello", "ServerHelloDone", None, None]),
        # several messages in one record
        (((CLIENT, HELLO), (SERVER, 1500), (CLIENT, 1100), *ENDS), ["ClientHello", "ServerHello … ServerHelloDone", None]),
        ((*BEGINS, (SERVER, 1500), (CLIENT, KEYS), *ENDS), ["ClientHello", "ServerHello …", None, "ClientKeyExchange"]),
        # the server asks for it; an earlier session; it stops
        (((SERVER, 4), *BEGINS, (SERVER, 0), (CLIENT, 0)), ["HelloRequest", "ClientHello", "ServerHello"]),
        ((*BEGINS, (SERVER, 186), (SERVER, 0), (CLIENT, 0)), ["ClientHello", "ServerHello", "NewSessionTicket"]),
        (BEGINS, ["ClientHello", "ServerHello …"]),
        (((SERVER, 4),), ["HelloRequest"]),
        ((), []),
    ],
)  # fmt: skip
def test_by_order_and_size(said, wanted):
    assert told(*said) == wanted


def test_with_a_block_cipher_what_is_short_is_as_long_as_a_change_cipher_spec():
    """AES-CBC with SHA-1 and an explicit IV: 16, 20, and padding to a multiple of 16 (RFC 5246 section 6.2.3.2)."""

    def record(size):
        return 16 + (size + 20) // 16 * 16 + 16

    said = [(CLIENT, HELLO), (SERVER, ANSWER), (SERVER, 1126), (SERVER, 300), (SERVER, DONE), (CLIENT, 70), (CLIENT, 0), (SERVER, 0)]
    grown = [(sender, record(size) if size else 0) for sender, size in said]
    codes = [None if size else CHANGE_CIPHER_SPEC for _, size in grown]
    every = [Seen(sender, code, size or record(1), 1, 1, 1, None) for code, (sender, size) in zip(codes, grown, strict=True)]
    assert [names(every).get(index) for index in range(6)] == [
        "ClientHello", "ServerHello", "Certificate", "ServerKeyExchange", "ServerHelloDone", "ClientKeyExchange",
    ]  # fmt: skip


def test_a_change_cipher_spec_is_sealed_where_it_has_more_than_its_byte():
    first, second = (made for _, made in analyzer.stream(talk.SAMPLES / "tls12-renegotiation.pcapng"))
    changes = [(made, seen) for made in (first, second) for seen in made.seen if seen.code == CHANGE_CIPHER_SPEC]
    assert [sealed(*one) for one in changes] == [False] * 2 + [True] * 2
