"""Where Wireshark 4.0 reads something else, and the bytes that decide.

Each test builds the shape of a real capture by hand; the captures themselves belong to other projects.
"""

from __future__ import annotations

import hashlib

import talk
from talk import CLIENT, SERVER, Wire, handshake

from analyzer.x509 import read_certificate


def test_a_certificate_is_as_long_as_its_message_says():
    # A DER header that promises 0x84fffffffa bytes in an entry of nine: Wireshark's DER reader stops after seven of them and
    # hashes these; RFC 5246 section 7.4.2 gives the entry's length, so the certificate is all nine.
    entry = bytes.fromhex("30053084fffffffa04")
    chain = len(entry).to_bytes(3, "big") + entry
    body = len(chain).to_bytes(3, "big") + chain
    message = b"\x0b" + len(body).to_bytes(3, "big") + body
    hello = talk.client_hello(extensions=[talk.SERVER_NAME])
    made = Wire().open().client(hello).server(talk.server_hello(), handshake(message)).one()
    assert made.server_chain == (entry,)
    assert read_certificate(entry).sha256 == hashlib.sha256(entry).hexdigest()
    assert read_certificate(entry).faults


def test_a_second_client_hello_is_told_but_the_handshake_is_the_first_ones():
    # Sent without a HelloRetryRequest in between; the server answers the first.  Wireshark shows both alike.
    first, second = talk.client_hello([0x1301], [talk.SERVER_NAME]), talk.client_hello([0x002F], [])
    made = Wire().open().client(first).client(second).server(talk.server_hello(0x1301)).one()
    assert made.client_hello.cipher_suites == (0x1301,)
    assert [hello.cipher_suites for hello in made.client_hellos] == [(0x1301,), (0x002F,)]
    assert [seen.code for seen in made.seen if seen.sender == CLIENT] == [1, 1]


def test_encrypted_bytes_behind_a_change_cipher_spec_are_no_server_hello():
    # Seen with one direction only: the record's first byte happens to be 2.  Wireshark reads version 0x0000 and a suite out of it.
    wire = Wire().open().say(SERVER, talk.CCS + talk.record(22, b"\x02" + bytes(range(100, 167))) + talk.data(200))
    assert all(made.server_hello is None for made in wire.read())


def test_a_hello_cut_short_by_its_own_lengths_keeps_what_could_be_read():
    # The compression methods promise more than the message has: Wireshark guesses a JA3 behind them.
    body = talk.client_hello([0x1301, 0xC02F], [talk.SERVER_NAME])
    at = body.index(b"\x13\x01\xc0\x2f") + 4
    broken = body[:at] + b"\xff" + body[at + 1 :]
    made = Wire().open().client(broken).one()
    assert made.client_hello.cipher_suites == (0x1301, 0xC02F)
    assert made.client_hello.fault is not None
    assert made.client_hello.extensions is None
    assert [odd.kind for odd in made.anomalies] == ["malformed-message"]
