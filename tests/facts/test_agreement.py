import pytest

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import messages as m

PSK = b"\0\7\0\1x\0\0\0\0\0\x21\x20" + b"b" * 32


def tls13(make, *extensions, hello=(), more=(), **fields):
    return make.row(
        make.handshake(
            (CLIENT, make.client_hello(*hello)), (SERVER, make.server_hello13(*extensions, **fields)), *more, (SERVER, make.CCS),
            (SERVER, make.ENCRYPTED), (CLIENT, make.CCS), (CLIENT, make.ENCRYPTED),
        )
    )  # fmt: skip


def test_tls12_ecdhe(make):
    shown = make.row(make.full())
    assert (shown["version"], shown["version_code"]) == ("TLS 1.2", 0x0303)
    assert shown["cipher_suite"] == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    assert (shown["cipher"], shown["cipher_mode"], shown["cipher_bits"], shown["mac"]) == ("AES", "GCM", 128, "AEAD")
    assert (shown["key_exchange"], shown["authentication"], shown["forward_secrecy"]) == ("ECDHE", "RSA", True)
    assert (shown["group"], shown["group_code"]) == ("secp256r1", 23)
    assert (shown["signature_scheme"], shown["signature_scheme_code"]) == ("ecdsa_secp256r1_sha256", 0x0403)
    assert shown["post_quantum"] is False
    assert shown["resumption"] is shown["compression_method"] is shown["session_id"] is None
    assert shown["server_random"] == "22" * 32
    assert shown["hello_retry"] is False


def test_dhe_prime(make):
    p = bytes.fromhex("FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695A9E13641146433FBCC939DCE249B3EF97D2FE363630C75D8F681B202AEC4617AD3DF1ED5D5FD65612433F51F5F066ED0856365553DED1AF3B557135E7F57C935984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73530ACCA4F483A797ABC0AB182B324FB61D108A94BB2C8E3FBB96ADAB760D7F4681D4F42A3DE394DF4AE56EDE76372BB190B07A7C8EE0A6D709E02FCE1CDF7E2ECC03404CD28342F619172FE9CE98583FF8E4F1232EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005C58EF1837D1683B2C6F34A26C1B2EFFA886B423861285C97FFFFFFFFFFFFFFFF")  # noqa: E501 - RFC 7919 appendix A.1
    shown = make.row(make.full(key_exchange=m.ServerKeyExchange(kind="dhe", dh_p=p), answer=make.server_hello(cipher_suite=0x009E)))
    assert (shown["key_exchange"], shown["dh_bits"], shown["group_code"]) == ("DHE", 2048, None)
    assert shown["group"].startswith("ffdhe2048")
    small = make.row(make.full(key_exchange=m.ServerKeyExchange(kind="dhe", dh_p=b"\0\x7f" + b"\xff" * 62)))
    assert (small["dh_bits"], small["group"], small["signature_scheme"]) == (503, None, None)


def test_export_rsa(make):
    exchange = m.ServerKeyExchange(kind="rsa_export", rsa_modulus=b"\xff" * 64, rsa_exponent=b"\3")
    shown = make.row(make.full(key_exchange=exchange, answer=make.server_hello(cipher_suite=0x0003)))
    assert shown["export_rsa_bits"] == 512
    assert shown["dh_bits"] is None


@pytest.mark.parametrize(
    ("group", "told"),
    [
        (29, ("x25519", "ECDHE", False, None)),
        (256, ("ffdhe2048", "DHE", False, 2048)),
        (4588, ("X25519MLKEM768", "hybrid", True, None)),
        (513, ("MLKEM768", "ML-KEM", True, None)),
        (0xFFF0, (None, None, None, None)),
    ],
)
def test_tls13_group(make, group, told):
    shown = tls13(make, group=group)
    assert shown["group_code"] == group
    assert (shown["group"], shown["key_exchange"], shown["post_quantum"], shown["dh_bits"]) == told
    assert (shown["version"], shown["version_code"], shown["cipher_suite"]) == ("TLS 1.3", 0x0304, "TLS_AES_128_GCM_SHA256")
    assert shown["forward_secrecy"] is True


def test_tls13_hides_what_it_encrypts(make):
    shown = tls13(make)
    hidden = shown["hidden"]
    assert {"alpn", "certificates", "signature_scheme", "client_certificate_requested"} <= set(hidden)
    assert all(shown[name] is None for name in hidden)
    assert shown["extended_master_secret"] is shown["secure_renegotiation"] is shown["encrypt_then_mac"] is None
    assert make.row(make.full())["hidden"] is None


def test_tls13_in_the_clear(make):
    shown = tls13(
        make, hello=[make.extension(42), make.extension(41, PSK)],
        more=[
            (SERVER, m.EncryptedExtensions(extensions=(make.alpn(b"h2", where="encrypted_extensions"),))),
            (SERVER, m.CertificateVerify(signature_scheme=0x0804, signature=b"s")),
        ],
    )  # fmt: skip
    assert (shown["alpn"], shown["signature_scheme"], shown["hidden"]) == ("h2", "rsa_pss_rsae_sha256", None)


def test_psk_alone_has_no_forward_secrecy(make):
    shown = tls13(make, make.extension(41, b"\0\2", "server_hello"), group=None)
    assert (shown["key_exchange"], shown["forward_secrecy"], shown["group"]) == ("PSK", False, None)
    assert shown["resumption"] == "psk"
    assert "identity 2" in shown["resumption_evidence"]


@pytest.mark.parametrize(
    ("hello", "answer", "readable", "accepted"),
    [
        ([], [], False, None),
        ([42], [], False, False),  # no PSK, no early data (RFC 8446 section 4.2.10)
        ([42, 41], [41], False, None),  # encrypted
        ([42, 41], [41], [42], True),
        ([42, 41], [41], [], False),
    ],
)
def test_early_data_accepted(make, hello, answer, readable, accepted):
    bodies = {42: b"", 41: PSK}
    more = []
    if readable is not False:
        more = [(SERVER, m.EncryptedExtensions(extensions=tuple(make.extension(code, b"", "encrypted_extensions") for code in readable)))]
    shown = tls13(
        make, *[make.extension(code, b"\0\0", "server_hello") for code in answer],
        hello=[make.extension(code, bodies[code]) for code in hello], more=more,
    )  # fmt: skip
    assert shown["early_data"] is (42 in hello)
    assert shown["early_data_accepted"] is accepted


def test_options_of_tls12(make):
    answer = make.server_hello(
        make.extension(23, b"", "server_hello"), make.extension(65281, b"\0", "server_hello"),
        make.alpn(b"http/1.1", where="server_hello"), compression_method=1, session_id=b"\xaa",
    )  # fmt: skip
    ticket = m.NewSessionTicket(lifetime=7200, ticket=b"t")
    shown = make.row(make.full(make.alpn(b"h2"), answer=answer, more=[ticket]))
    assert (shown["extended_master_secret"], shown["secure_renegotiation"], shown["encrypt_then_mac"]) == (True, True, False)
    assert (shown["alpn"], shown["alpn_offered"]) == ("http/1.1", ["h2"])
    assert (shown["compression_method"], shown["compression_method_code"]) == ("DEFLATE", 1)
    assert (shown["ticket_lifetime"], shown["session_id"]) == (7200, "aa")


def test_hello_retry(make):
    retry = make.server_hello(
        make.extension(43, b"\3\4", "hello_retry_request"), make.extension(51, b"\0\x17", "hello_retry_request"),
        shape=m.HelloRetryRequest, cipher_suite=0x1301,
    )  # fmt: skip
    first, second = make.client_hello(make.sni(b"first")), make.client_hello(make.sni(b"second"))
    shown = make.row(make.handshake((CLIENT, first), (SERVER, retry), (CLIENT, second), (SERVER, make.server_hello13(group=23))))
    assert (shown["hello_retry"], shown["server_name"], shown["group"]) == (True, "first", "secp256r1")
    assert shown["early_data_accepted"] is None
    unfinished = make.row(make.handshake((CLIENT, first), (SERVER, retry), version=0x0304))
    assert (unfinished["hello_retry"], unfinished["group"], unfinished["post_quantum"]) == (True, None, None)


def test_unknown_numbers_keep_their_number(make):
    shown = make.row(make.full(answer=make.server_hello(cipher_suite=0xFFAA, version=0x0399)))
    assert (shown["cipher_suite"], shown["cipher_suite_code"]) == (None, 0xFFAA)
    assert (shown["version"], shown["version_code"]) == (None, 0x0399)


def test_no_answer(make):
    shown = make.row(make.handshake((CLIENT, make.client_hello()), outcome="unanswered"))
    for name in ("version", "cipher_suite", "group", "post_quantum", "hello_retry", "ja3s", "server_random", "hidden"):
        assert shown[name] is None


def test_ja3s_hashes_version_suite_and_extensions(make):
    from hashlib import md5

    assert make.row(make.full())["ja3s"] == md5(b"771,49199,").hexdigest()


def test_cecpq1_is_post_quantum_before_tls13(make):
    assert make.row(make.full(answer=make.server_hello(cipher_suite=0x16B7)))["post_quantum"] is True
