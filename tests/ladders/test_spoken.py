"""Names of messages as the RFCs spell them, and what sealed ones must be."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Handshake, Seen
from analyzer.ladders.reading import ladder
from analyzer.ladders.spoken import message_name
from analyzer.registry.protocol import HANDSHAKE_TYPES


def rungs(name, number=1):
    """(name, guessed, encrypted) of the messages of a sample."""
    drawn = ladder(dict(analyzer.stream(talk.SAMPLES / f"{name}.pcapng"))[number], [])
    return [(one.name, one.guessed, one.encrypted) for one in drawn.rungs if one.kind in {"message", "sealed"}]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (-1, "ChangeCipherSpec"), (0, "HelloRequest"), (1, "ClientHello"), (2, "ServerHello"), (3, "HelloVerifyRequest"),
        (4, "NewSessionTicket"), (5, "EndOfEarlyData"), (8, "EncryptedExtensions"), (11, "Certificate"), (12, "ServerKeyExchange"),
        (13, "CertificateRequest"), (14, "ServerHelloDone"), (15, "CertificateVerify"), (16, "ClientKeyExchange"), (20, "Finished"),
        (21, "CertificateURL"), (22, "CertificateStatus"), (24, "KeyUpdate"), (25, "CompressedCertificate"), (99, "handshake message 99"),
        (256, "ERROR"), (257, "CLIENT-HELLO"), (258, "CLIENT-MASTER-KEY"), (260, "SERVER-HELLO"), (263, "REQUEST-CERTIFICATE"),
    ],
)  # fmt: skip
def test_names(code, name):
    """RFC 5246, 8446, 6347, 6066, 8879, draft-hickman-netscape-ssl-00."""
    assert message_name(Seen(CLIENT, code, 1, 1, 1, 1, None)) == name


def test_every_type_has_a_name_of_its_own():
    names = [message_name(Seen(CLIENT, code, 1, 1, 1, 1, None)) for code in HANDSHAKE_TYPES]
    assert len(set(names)) == len(names)


def test_a_server_that_gives_each_message_a_record_is_named_through():
    """RFC 8446 section 2: four records, or five where it asks for a certificate, or two with a pre-shared key."""
    hidden = [row[0] for row in rungs("tls13") if row[2]]
    assert hidden == ["EncryptedExtensions", "Certificate", "CertificateVerify", "Finished", "Finished"]
    asked = [row[0] for row in rungs("tls13-client-certificate") if row[2]]
    assert asked[:5] == ["EncryptedExtensions", "CertificateRequest", "Certificate", "CertificateVerify", "Finished"]
    assert [row[0] for row in rungs("tls13-resume-psk", 2) if row[2]] == ["EncryptedExtensions", "Finished", "Finished"]
    assert all(row[1] for row in rungs("tls13") if row[2])


def test_tickets_behind_a_server_s_finished_are_not_of_its_flight():
    """RFC 8446 section 4.6.1; GnuTLS sends them before the client's Finished, as samples/keys shows."""
    hidden = [row[0] for row in rungs("gnutls-compressed-certificate") if row[2]]
    ticket = "NewSessionTicket or application data"
    assert hidden == ["EncryptedExtensions", "Certificate", "CertificateVerify", "Finished", ticket, ticket, "Finished"]


def test_a_certificate_may_be_compressed_where_the_client_takes_that():
    """RFC 8879 section 4: nothing but the client's extension tells."""
    takes = talk.extension(27, b"\2\0\2")
    for extensions, note in (([takes], "or CompressedCertificate, which the client takes too (RFC 8879)"), ([], None)):
        hello = talk.client_hello([0x1301], [talk.VERSIONS, talk.SHARE, *extensions])
        flight = b"".join(talk.data(size) for size in (40, 900, 97, talk.FINISHED13))
        drawn = ladder(talk.play([(talk.CLIENT, hello), (talk.SERVER, talk.ANSWER13 + flight)]).one(), [])
        assert [one.note for one in drawn.rungs if one.name == "Certificate"] == [note]


def test_a_client_s_certificate_is_named_through():
    for name, number in (("fail-client-certificate-unknown", 2), ("tls13-client-certificate", 1)):
        assert [row[0] for row in rungs(name, number)][-3:] == ["Certificate", "CertificateVerify", "Finished"]
    assert [row[0] for row in rungs("fail-client-certificate-required", 2)][-2:] == ["Certificate", "Finished"]


def test_records_in_which_several_messages_may_be_are_not_named_through():
    turns = [(talk.CLIENT, talk.HELLO13), (talk.SERVER, talk.ANSWER13 + talk.data(900)), (talk.CLIENT, talk.data(talk.FINISHED13))]
    names = [one.name for one in ladder(talk.play(turns).one(), []).rungs if one.kind == "sealed"]
    assert names == ["EncryptedExtensions …", "Finished"]


def test_lengths_have_the_header_and_records_are_counted():
    wire = talk.Wire().open().client(talk.full12()[0][1])
    flight = talk.server_hello_message() + talk.DONE
    wire.server(talk.record(22, flight[:20]), talk.record(22, flight[20:]))
    server = [one for one in ladder(wire.one(), []).rungs if one.kind == "message" and one.sender == SERVER]
    assert [(one.length, one.records) for one in server] == [
        (len(flight) - 4, (20, len(flight) - 20)), (4, (len(flight) - 20,)),
    ]  # fmt: skip


def test_ssl2_hides_what_its_draft_says():
    """draft-hickman-netscape-ssl-00 section 1.3."""
    order = [(CLIENT, 257), (SERVER, 260), (CLIENT, 258), (CLIENT, None), (SERVER, None), (SERVER, None)]
    seen = [Seen(sender, code, 9, number, number, number, None) for number, (sender, code) in enumerate(order, 1)]
    ends = {CLIENT: Endpoint(bytes(4), 1), SERVER: Endpoint(bytes(4), 2)}
    drawn = ladder(Handshake(**ends, seen=seen, framing="sslv2", version=2, outcome="complete", closed="fin", closed_by=CLIENT), [])
    assert [(one.name, one.step) for one in drawn.rungs] == [
        ("CLIENT-HELLO", "1"), ("SERVER-HELLO", "2"), ("CLIENT-MASTER-KEY", "3"), ("CLIENT-FINISHED", "4"), ("SERVER-VERIFY", "5"),
        ("SERVER-FINISHED", "5"),
    ]  # fmt: skip
    assert drawn.taught == "the five steps of SSL 2.0"
