from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import messages as m


def test_known_unknown_and_broken(make):
    hello = make.client_hello(make.sni(b"abc"), make.extension(0x0A0A), make.extension(54321, b"\1\2"), make.extension(10, b"\0\3\0"))
    rows = make.rows("extensions", make.handshake((CLIENT, hello)))
    assert [row["name"] for row in rows] == ["server_name", "GREASE", None, "supported_groups"]
    assert [row["position"] for row in rows] == [0, 1, 2, 3]
    assert [row["length"] for row in rows] == [8, 0, 2, 3]
    assert [row["body"] for row in rows] == [None, None, "0102", "000300"]
    assert rows[0]["value"] == [{"name_type": {"code": 0, "name": "host_name"}, "name": "abc"}]
    assert rows[3]["value"] is None
    assert " at " in rows[3]["fault"]
    assert (rows[0]["message"], rows[0]["message_type"], rows[0]["sender"], rows[0]["entry"]) == (0, "client_hello", "client", None)


def test_extensions_of_certificates(make):
    entries = (m.CertificateEntry(b"leaf"), m.CertificateEntry(b"ca", (make.extension(5, b"\1\0\0\1\x30", "certificate"),)))
    chain = m.Certificate(chain=entries, request_context=b"")
    packed = m.CompressedCertificate(algorithm=2, uncompressed_length=9, compressed=b"x", certificate=chain)
    for message in (chain, packed):
        [row] = make.rows("extensions", make.handshake((CLIENT, make.client_hello()), (SERVER, message)))
        assert (row["entry"], row["position"], row["message"], row["name"]) == (1, 0, 1, "status_request")
        assert row["value"] == {"status_type": {"code": 1, "name": "ocsp"}, "response": "30"}


def test_messages_without_extensions(make):
    assert make.rows("extensions", make.handshake((CLIENT, make.client_hello(extensions=None)), (SERVER, make.ENCRYPTED))) == []
