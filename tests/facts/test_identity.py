from hashlib import sha256

from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import messages as m


def test_chain_and_leaf(make):
    der = make.certificate()
    shown = make.row(make.full(certificates=[der, b"not a certificate"]))
    assert shown["certificates"] == [sha256(der).hexdigest(), sha256(b"not a certificate").hexdigest()]
    assert (shown["leaf_subject"], shown["leaf_issuer"]) == ("O=Ex,CN=test.example",) * 2
    assert shown["leaf_not_before"] == 1_704_067_200 * 10**9
    assert shown["leaf_not_after"] == 253_402_300_799 * 10**9
    assert (shown["leaf_key_algorithm"], shown["leaf_key_bits"]) == ("EC", 256)
    assert (shown["certificates_state"], shown["scts"], shown["ocsp_stapled"]) == ("seen", 0, False)


def test_rows_do_not_share_lists(make):
    made = make.full(certificates=[make.certificate()])
    make.row(made)["certificates"].clear()
    assert len(make.row(made)["certificates"]) == 1


def test_a_long_chain(make):
    chain = [b"%d" % n * 3000 for n in range(10)]
    assert make.row(make.full(certificates=chain))["certificates"] == [sha256(der).hexdigest() for der in chain]


def test_certificate_request(make):
    asked = make.full(more=[m.CertificateRequest(certificate_types=(1,))])
    assert make.row(asked)["client_certificate_requested"] is True
    assert make.row(asked)["client_certificates_state"] == "unseen"
    asked.client_chain = ()
    shown = make.row(asked)
    assert (shown["client_certificates"], shown["client_certificates_state"]) == ([], "none")
    asked.client_chain = (b"x",)
    assert make.row(asked)["client_certificates_state"] == "seen"
    unasked = make.row(make.full())
    assert unasked["client_certificate_requested"] is False
    assert (unasked["client_certificates"], unasked["client_certificates_state"]) == (None, "none")


def test_encrypted_says_so(make):
    shown = make.row(
        make.handshake(
            (CLIENT, make.client_hello()), (SERVER, make.server_hello13()), (SERVER, make.ENCRYPTED), (CLIENT, make.ENCRYPTED)
        )
    )  # fmt: skip
    assert (shown["certificates"], shown["certificates_state"], shown["client_certificates_state"]) == (None, "encrypted", "encrypted")
    assert shown["client_certificate_requested"] is shown["ocsp_stapled"] is shown["scts"] is None


def test_unseen_and_none(make):
    cut = make.row(make.handshake((CLIENT, make.client_hello()), (SERVER, make.server_hello13())))
    assert cut["certificates_state"] == "unseen"
    assert make.row(make.handshake((CLIENT, make.client_hello())))["certificates_state"] == "unseen"
    anonymous = make.row(
        make.handshake((CLIENT, make.client_hello()), (SERVER, make.server_hello(cipher_suite=0xC018)), (SERVER, m.ServerHelloDone()))
    )
    assert anonymous["certificates_state"] == "none"
    psk = make.row(make.handshake((CLIENT, make.client_hello()), (SERVER, make.server_hello(cipher_suite=0x00A8))))
    assert psk["certificates_state"] == "none"


def test_stapled(make):
    assert make.row(make.full(more=[m.CertificateStatus(status_type=1, responses=(b"0",))]))["ocsp_stapled"] is True
    assert make.row(make.full(more=[m.CertificateStatus(status_type=2, responses=(b"",))]))["ocsp_stapled"] is False
    entry = m.CertificateEntry(b"leaf", (make.extension(5, b"\1\0\0\1\x30", "certificate"),))
    chain = m.Certificate(chain=(entry,), request_context=b"")
    made = make.handshake((CLIENT, make.client_hello()), (SERVER, make.server_hello13()), (SERVER, chain))
    assert make.row(made)["ocsp_stapled"] is True


def test_scts_of_the_server_hello(make):
    sct = b"\0" + b"\7" * 32 + (1_700_000_000_000).to_bytes(8, "big") + b"\0\0" + b"\4\3" + make.vector(b"sig")
    answer = make.server_hello(make.extension(18, make.vector(make.vector(sct) * 2), "server_hello"))
    assert make.row(make.full(answer=answer))["scts"] == 2
