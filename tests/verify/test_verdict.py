"""The whole way: bytes made by hand, and the samples, through tshark and through tlsscan."""

import pytest
import talk
from talk import CLIENT, SAMPLES, SERVER, Wire, handshake

from analyzer.errors import CaptureError, NotACaptureError
from analyzer.verify import Verdict, verify
from analyzer.verify.compare import Comparison, Difference

SIDES = ("tcp", ("192.0.2.1", 50000), ("2001:db8::1", 443))


def fields(verdict):
    return [(row.kind, row.field, row.reason) for row in verdict.rows]


def test_both_agree(tshark, capture):
    path = capture(Wire().open().client(talk.client_hello([0x1301], [talk.SERVER_NAME])).server(talk.server_hello()))
    verdict = verify(path, tshark=tshark)
    assert verdict
    assert verdict.alike["message"] == 2
    assert verdict.alike["ja3"] == verdict.alike["ja3s"] == 1
    assert verdict.counts.loc["random"].tolist() == [2, 0]
    assert verdict.differences.empty
    assert "0 differ" in repr(verdict)


@pytest.mark.parametrize("name", ["tls13-secrets", "sslv2-hello", "dtls12-fragmented", "quic-v1"])
def test_samples(tshark, name):
    assert fields(verify(SAMPLES / f"{name}.pcapng", tshark=tshark)) == []


def test_wireshark_takes_the_certificate_for_as_long_as_its_der_says(tshark, capture):
    # RFC 5246 section 7.4.2: the entry's own length counts; the DER header promises 0x84fffffffa bytes, Wireshark hashes seven.
    entry = bytes.fromhex("30053084fffffffa04")
    chain = len(entry).to_bytes(3, "big") + entry
    body = len(chain).to_bytes(3, "big") + chain
    certificate = b"\x0b" + len(body).to_bytes(3, "big") + body
    wire = Wire().open().client(talk.client_hello()).server(talk.server_hello(0xC02F), handshake(certificate))
    verdict = verify(capture(wire), tshark=tshark)
    ((kind, field, reason),) = fields(verdict)
    assert (kind, field) == ("differs", "certificates")
    assert "as its DER says" in reason


def test_a_hello_that_breaks_its_own_lengths(tshark, capture):
    hello = talk.client_hello([0x1301, 0xC02F], [talk.SERVER_NAME])
    at = hello.index(b"\x13\x01\xc0\x2f") + 4
    verdict = verify(capture(Wire().open().client(hello[:at] + b"\xff" + hello[at + 1 :])), tshark=tshark)
    assert not verdict
    assert {reason for _, _, reason in fields(verdict)} == {"the message breaks its own lengths: the readers do not stop at the same place"}


def test_a_stream_that_another_dissector_holds(tshark, capture):
    # Port 80: Wireshark's HTTP dissector has the port, and takes the records for continuation data.
    wire = Wire(server=(bytes([198, 51, 100, 2]), 80)).open()
    wire.say(CLIENT, b"GET / HTTP/1.1\r\n\r\n").client(talk.client_hello()).server(talk.server_hello())
    verdict = verify(capture(wire), tshark=tshark)
    if verdict:
        pytest.skip("this Wireshark looks into port 80")
    assert {(kind, "no TLS in this stream" in reason) for kind, _, reason in fields(verdict)} == {("only tlsscan", True)}


def test_a_null_cipher_is_a_note(tshark, capture):
    wire = Wire().open().client(talk.client_hello([2])).server(talk.server_hello(0x0002))
    wire.say(CLIENT, talk.CCS + talk.record(22, handshake(b"\x14\x00\x00\x0c" + bytes(12))[5:] + bytes(20)))
    verdict = verify(capture(wire), tshark=tshark)
    assert [row for row in verdict.rows if row.field == "message"] == []


def test_only_some_fields(tshark, capture):
    hello = talk.client_hello([0x1301, 0xC02F], [talk.SERVER_NAME])
    at = hello.index(b"\x13\x01\xc0\x2f") + 4
    path = capture(Wire().open().client(hello[:at] + b"\xff" + hello[at + 1 :]))
    verdict = verify(path, tshark=tshark, fields=["random"])
    assert verdict
    assert verdict.alike == {"random": 1}


def test_the_callers_mistakes(tshark, tmp_path):
    with pytest.raises(CaptureError, match="no such file"):
        verify(tmp_path / "none.pcap", tshark=tshark)
    with pytest.raises(CaptureError, match="not a file"):
        verify(tmp_path, tshark=tshark)
    (tmp_path / "text.txt").write_text("not a capture")
    with pytest.raises(NotACaptureError):
        verify(tmp_path / "text.txt", tshark=tshark)


def test_differences_are_a_frame():
    rows = [Difference("differs", 4, SIDES, 1, "version", 771, 770), Difference("only tlsscan", 6, SIDES, 2, "message")]
    verdict = Verdict("a.pcap", "4.0.17", None, Comparison(differences=rows))
    frame = verdict.differences
    assert frame[["packet", "kind", "message", "field", "filter"]].to_numpy().tolist() == [
        [4, "differs", "client_hello", "version", "frame.number == 4"],
        [6, "only tlsscan", "server_hello", "message", "frame.number == 6"],
    ]
    assert verdict.counts.loc["version"].tolist() == [0, 1]
    assert SERVER not in frame.columns
