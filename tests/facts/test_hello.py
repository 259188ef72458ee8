import pytest

from analyzer.handshakes.handshake import CLIENT

# JA3's own README: text and its hash
JA3_TEXT = "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
JA3 = "ada70206e40642a3e4461f35503241d5"


def row(make, *extensions, **fields):
    return make.row(make.handshake((CLIENT, make.client_hello(*extensions, **fields)), outcome="unanswered"))


def test_golden_ja3(make):
    shown = row(
        make, make.sni(b"x"), make.extension(10, b"\0\6\0\x17\0\x18\0\x19"), make.extension(11, b"\1\0"), version=0x0301,
        cipher_suites=(47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4),
    )  # fmt: skip
    assert (shown["ja3"], shown["ja3_text"]) == (JA3, JA3_TEXT)


def test_duplicate_extensions_do_not_spoil_what_is_remembered(make):
    first, second = make.extension(11, b"\1\0"), make.extension(11, b"\1\1")
    once = row(make, first, first)
    assert row(make, first, second)["ja3_text"].endswith(",1")
    assert row(make, first, first) == once


def test_names_and_protocols(make):
    shown = row(make, make.sni(b"www.example.org"), make.alpn(b"h2", b"\xff\\"))
    assert shown["server_name"] == "www.example.org"
    assert shown["alpn_offered"] == ["h2", "\\xff\\x5c"]
    assert shown["client_hello_bytes"] == 101
    assert shown["client_random"] == "11" * 32
    assert shown["client_session_id"] is None
    bare = row(make)
    assert (bare["server_name"], bare["alpn_offered"], bare["ech"], bare["resumption_offered"]) == (None,) * 4
    assert bare["early_data"] is False


def test_a_name_of_another_type_is_no_host_name(make):
    assert row(make, make.extension(0, b"\0\4\1\0\1x"))["server_name"] is None


@pytest.mark.parametrize(
    ("versions", "name"),
    [
        ((0x2A2A, 0x0304, 0x0303), "TLS 1.3"),
        ((0x0303, 0x7F1C), "TLS 1.3 (draft 28)"),
        ((0x7F1C, 0x0304), "TLS 1.3"),
        ((0x0301, 0x0302), "TLS 1.1"),
        ((0xFEFD, 0xFEFC), "DTLS 1.3"),
        ((0x0A0A,), None),
    ],
)
def test_newest_version(make, versions, name):
    body = make.u16(*versions)
    assert row(make, make.extension(43, make.vector(body, 1)))["offered_version"] == name


def test_without_supported_versions_the_hello_says_its_version(make):
    assert row(make, version=0x0302)["offered_version_code"] == 0x0302


@pytest.mark.parametrize(
    ("extension", "body", "session", "means"),
    [
        (35, b"", b"", None),
        (35, b"ticket", b"", "ticket"),
        (35, b"ticket", b"s", "ticket"),
        (None, b"", b"s", "session_id"),
        (43, b"\2\3\4", b"s", None),  # RFC 8446 appendix D.4: a session id for middleboxes
        (41, b"\0\7\0\1x\0\0\0\0\0\x21\x20" + b"b" * 32, b"s", "psk"),
    ],
)
def test_resumption_offered(make, extension, body, session, means):
    extensions = [] if extension is None else [make.extension(extension, body)]
    assert row(make, *extensions, session_id=session)["resumption_offered"] == means


def test_encrypted_client_hello(make):
    outer = b"\0\0\1\0\1\5\0\0\0\1p"
    assert row(make, make.extension(65037, outer))["ech"] == "offered"
    assert row(make, make.extension(65037, b"\1"))["ech"] == "inner"
    assert row(make, make.extension(65037, b"\7broken"))["ech"] == "offered"
    assert row(make, make.extension(65486, b""))["ech"] == "esni"


def test_sslv2_hello(make):
    shown = row(make, sslv2=True, extensions=None, cipher_suites=(0x010080,))
    assert shown["sslv2_hello"] is True
    assert shown["client_hello_bytes"] == 101
    assert shown["ja3"] is shown["ja4"] is None


def test_no_hello(make):
    shown = make.row(make.handshake())
    assert shown["ja3"] is shown["early_data"] is shown["offered_version"] is None


def test_transports_have_their_ja4(make):
    hello = make.client_hello()
    assert make.row(make.handshake((CLIENT, hello)))["ja4"][0] == "t"
    assert make.row(make.handshake((CLIENT, hello), framing="quic"))["ja4"][0] == "q"
    assert make.row(make.handshake((CLIENT, hello), framing="dtls"))["ja4"][0] == "d"


def test_an_empty_name_is_none(make):
    assert row(make, make.sni(b""))["server_name"] is None


def test_huge_hellos_are_not_remembered(make):
    from analyzer.facts.hello import LOOKS

    before = len(LOOKS)
    shown = row(make, cipher_suites=tuple(range(30_000)))
    assert shown["ja4"].startswith("t12i99")
    assert len(LOOKS) == before
