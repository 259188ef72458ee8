from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import messages as m


def offers(make, made):
    return [(row["sender"], row["hello"], row["kind"], row["position"], row["code"], row["name"]) for row in make.rows("offers", made)]


def test_a_client_offers(make):
    hello = make.client_hello(
        make.extension(43, b"\4\x2a\x2a\3\4"), make.extension(10, make.vector(make.u16(29))),
        make.extension(13, make.vector(make.u16(0x0804))),
        make.extension(50, make.vector(make.u16(0x0401))), make.extension(11, b"\1\0"), make.extension(45, b"\1\1"), make.alpn(b"h2"),
        make.extension(27, b"\2\0\2"), make.extension(20, b"\1\2"), make.extension(51, make.vector(make.u16(29) + make.vector(b"k" * 32))),
        cipher_suites=(0x1301, 0x9999),
    )  # fmt: skip
    assert offers(make, make.handshake((CLIENT, hello))) == [
        ("client", 1, "version", 0, 0x2A2A, "GREASE"),
        ("client", 1, "version", 1, 0x0304, "TLS 1.3"),
        ("client", 1, "cipher_suite", 0, 0x1301, "TLS_AES_128_GCM_SHA256"),
        ("client", 1, "cipher_suite", 1, 0x9999, None),
        ("client", 1, "compression_method", 0, 0, "null"),
        ("client", 1, "group", 0, 29, "x25519"),
        ("client", 1, "signature_scheme", 0, 0x0804, "rsa_pss_rsae_sha256"),
        ("client", 1, "signature_scheme_cert", 0, 0x0401, "rsa_pkcs1_sha256"),
        ("client", 1, "ec_point_format", 0, 0, "uncompressed"),
        ("client", 1, "psk_mode", 0, 1, "psk_dhe_ke"),
        ("client", 1, "certificate_compression", 0, 2, "brotli"),
        ("client", 1, "server_certificate_type", 0, 2, "Raw Public Key"),
        ("client", 1, "alpn", 0, None, "h2"),
        ("client", 1, "key_share", 0, 29, "x25519"),
    ]


def test_an_old_client_offers_its_hellos_version(make):
    assert offers(make, make.handshake((CLIENT, make.client_hello(extensions=None, version=0x0301))))[0] == (
        "client", 1, "version", 0, 0x0301, "TLS 1.0",
    )  # fmt: skip


def test_a_second_hello_adds_its_key_shares(make):
    first = make.client_hello(make.extension(51, b"\0\0"), cipher_suites=())
    second = make.client_hello(make.extension(51, make.vector(make.u16(23) + make.vector(b"k"))), cipher_suites=(1, 2))
    made = make.handshake((CLIENT, first), (SERVER, make.server_hello(shape=m.HelloRetryRequest)), (CLIENT, second))
    found = [offer[1:] for offer in offers(make, made) if offer[2] in {"key_share", "cipher_suite"}]
    assert found == [(2, "key_share", 0, 23, "secp256r1")]


def test_a_server_asks(make):
    name = bytes.fromhex("300d310b3009060355040613025553")  # RFC 5280: C=US
    request = m.CertificateRequest(certificate_types=(1, 64), signature_schemes=(0x0403,), authorities=(name,))
    assert [offer for offer in offers(make, make.full(more=[request])) if offer[0] == "server"] == [
        ("server", None, "certificate_type", 0, 1, "rsa_sign"),
        ("server", None, "certificate_type", 1, 64, "ecdsa_sign"),
        ("server", None, "signature_scheme", 0, 0x0403, "ecdsa_secp256r1_sha256"),
        ("server", None, "authority", 0, None, "C=US"),
    ]
    where = "certificate_request"
    request = m.CertificateRequest(
        request_context=b"", extensions=(make.extension(13, b"\0\2\4\3", where), make.extension(47, make.vector(make.vector(name)), where))
    )
    assert [offer[2:] for offer in offers(make, make.full(more=[request])) if offer[0] == "server"] == [
        ("signature_scheme", 0, 0x0403, "ecdsa_secp256r1_sha256"),
        ("authority", 0, None, "C=US"),
    ]


def test_nothing_offered(make):
    assert offers(make, make.handshake()) == []
