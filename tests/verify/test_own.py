import hashlib

import talk
from talk import CLIENT, Wire, handshake

from analyzer.verify import own
from analyzer.verify.fact import ALERT

ENDS = ("192.0.2.1", 50000), ("198.51.100.2", 443)


def told(made):
    return [(fact.type, fact.packet, fact.sides, fact.values) for fact in own.facts(made)]


def test_messages_become_facts():
    chain = [b"leaf", b"root"]
    entries = b"".join(len(one).to_bytes(3, "big") + one for one in chain)
    body = len(entries).to_bytes(3, "big") + entries
    certificate = b"\x0b" + len(body).to_bytes(3, "big") + body
    hello = talk.client_hello([0x0A0A, 0xC02F], [talk.SERVER_NAME])
    made = Wire().open().client(hello).server(talk.server_hello(0xC02F), handshake(certificate)).one()
    (hello_type, _, sides, hello), (_, _, back, answer), (_, packet, _, certificates) = told(made)
    assert (hello_type, sides, back) == (1, ("tcp", *ENDS), ("tcp", *ENDS[::-1]))
    assert hello["cipher_suites"] == (0x0A0A, 0xC02F)
    assert hello["extensions"] == (0,)
    assert hello["server_name"] != ()
    assert hello["alpn"] == ()
    assert hello["random"] == made.client_hello.random.hex()
    assert (answer["cipher_suite"], packet) == (0xC02F, made.seen[2].last_packet)
    assert certificates["certificates"] == tuple(hashlib.sha256(one).hexdigest() for one in chain)


def test_alerts_become_facts_and_ciphertext_does_not():
    made = Wire().open().client(talk.client_hello()).server(talk.record(21, b"\x02\x28")).one()
    assert told(made)[-1] == (ALERT, 5, ("tcp", *ENDS[::-1]), {"level": 2, "description": 40})
    assert list(own.sealed(made)) == []
    answered = Wire().open().client(talk.client_hello()).server(talk.server_hello(0xC02F))
    sealed = answered.say(CLIENT, talk.CCS + talk.record(22, bytes(40))).one()
    assert [fact.type for fact in own.facts(sealed)] == [1, 2]
    assert dict(own.sealed(sealed)) == {("tcp", *ENDS): (6, False)}


def test_a_null_cipher_is_told():
    answered = Wire().open().client(talk.client_hello([2])).server(talk.server_hello(0x0002))
    made = answered.say(CLIENT, talk.CCS + talk.record(22, bytes(40))).one()
    assert dict(own.sealed(made)) == {("tcp", *ENDS): (6, True)}
