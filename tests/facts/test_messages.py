from hashlib import sha256

from analyzer.handshakes.handshake import CLIENT, SERVER, Seen
from analyzer.tls import messages as m


def test_order_types_and_packets(make):
    rows = make.rows("messages", make.full())
    assert [row["type"] for row in rows] == [
        "client_hello", "server_hello", "certificate", "server_key_exchange", "server_hello_done", "client_key_exchange",
        "change_cipher_spec", None, "change_cipher_spec", None,
    ]  # fmt: skip
    assert [row["position"] for row in rows] == list(range(10))
    assert [row["packet"] for row in rows] == list(range(1, 11))
    assert [row["type_code"] for row in rows[5:8]] == [16, None, None]
    assert [row["encrypted"] for row in rows[5:8]] == [False, False, True]
    assert (rows[0]["record_version"], rows[0]["record_version_code"]) == ("TLS 1.2", 0x0303)


def test_a_message_of_the_second_file(make):
    made = make.handshake()
    made.seen = [Seen(SERVER, None, 40, (1 << 40) + 7, (1 << 40) + 9, 5, None, guess="finished")]
    [row] = make.rows("messages", made)
    assert (row["source"], row["packet"], row["last_packet"], row["guess"], row["encrypted"]) == ("b.pcap", 7, 9, "finished", True)
    assert row["fields"] is row["type"] is row["type_code"] is row["record_version"] is None


def test_fields(make):
    rows = make.rows("messages", make.full(make.sni(b"abc"), certificates=[b"leaf"]))
    hello, answer, chain, exchange = [row["fields"] for row in rows[:4]]
    assert hello["version"] == {"code": 0x0303, "name": "TLS 1.2"}
    assert hello["cipher_suites"][2] == {"code": 0x00FF, "name": "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"}
    assert hello["extensions"] == [{"code": 0, "name": "server_name", "length": 8}]
    assert (hello["random"], hello["sslv2"]) == ("11" * 32, False)
    assert answer["cipher_suite"]["name"] == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    assert chain["chain"] == [{"sha256": sha256(b"leaf").hexdigest(), "length": 4, "extensions": []}]
    assert exchange["group"] == {"code": 23, "name": "secp256r1"}
    assert exchange["dh_p"] is None
    assert "fault" not in hello


def test_faults_and_compressed_certificates(make):
    inner = m.Certificate(chain=(m.CertificateEntry(b"leaf", (make.extension(18, b"", "certificate"),)),), request_context=b"")
    packed = m.CompressedCertificate(algorithm=2, uncompressed_length=99, compressed=b"x", certificate=inner, fault=m.Fault("length", 3))
    [row] = make.rows("messages", make.handshake((SERVER, packed)))
    assert (row["type"], row["fault"]) == ("compressed_certificate", "length at 3")
    assert row["fields"]["algorithm"] == {"code": 2, "name": "brotli"}
    assert row["fields"]["certificate"]["chain"][0]["extensions"] == [{"code": 18, "name": "signed_certificate_timestamp", "length": 0}]
    still_packed = m.CompressedCertificate(algorithm=2, uncompressed_length=9, compressed=b"x", certificate=None)
    [row] = make.rows("messages", make.handshake((SERVER, still_packed)))
    assert row["fields"]["certificate"] is None


def test_a_hello_without_extensions(make):
    [row] = make.rows("messages", make.handshake((CLIENT, make.client_hello(extensions=None))))
    assert row["fields"]["extensions"] is None
