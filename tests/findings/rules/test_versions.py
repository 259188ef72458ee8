"""Rules on versions: where they do not apply, where nothing can be seen, and what is near to failing and does not."""

import captures as c
import captures_handshakes as h
import pytest
import talk

VERSIONS = {
    0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2",
}  # fmt: skip


def speaks(version, offered=None):
    """A server that answers with a version."""
    hello = c.client_hello([0x002F], version=offered or version)
    return lambda: c.made(c.full(hello=hello, answer=c.server_hello(0x002F, version=version), exchange=b""))


def ssl2():
    """A handshake of SSL 2.0 as far as the server's hello (draft-hickman-netscape-ssl-00 section 2.5)."""
    leaf = c.captures_authority.leaf().der
    hello = b"\1" + c.u16(2, 3, 0, 16) + b"\1\0\x80" + b"c" * 16
    answer = b"\4\0\1" + c.u16(2, len(leaf), 3, 16) + leaf + b"\1\0\x80" + b"i" * 16
    key = b"\2" + b"\1\0\x80" + c.u16(0, 128, 0) + b"k" * 128
    return c.made([(talk.CLIENT, c.version2(hello)), (talk.SERVER, c.version2(answer)), (talk.CLIENT, c.version2(key))])


def states(shelf, capture, *rules):
    return [shelf.counts(capture, rule) for rule in rules]


PASSED, FAILED, APART, UNSEEN = (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version(shelf, version):
    told = states(shelf, speaks(version), "ssl-negotiated", "old-version-negotiated", "old-version-offered")
    fails = version == 0x0300, version in {0x0301, 0x0302}, version < 0x0303
    assert told == [FAILED if one else PASSED for one in fails]


def test_the_newest_offer_is_told(shelf):
    [one] = shelf.found(speaks(0x0301, 0x0303), "old-version-negotiated")
    assert one.detail == "TLS 1.0 was negotiated, the client offered up to TLS 1.2"


def only_the_server():
    return c.Made(packets=talk.play(c.full(answer=c.server_hello(version=0x0301)), talk.Wire().open()).only(talk.SERVER).packets)


def test_without_the_hello_no_offer_is_told(shelf):
    [one] = shelf.found(only_the_server, "old-version-negotiated")
    assert one.detail == "TLS 1.0 was negotiated"
    assert states(shelf, only_the_server, "old-version-offered", "fallback", "downgrade-sentinel") == [APART] * 3


def test_ssl2(shelf):
    """Its ServerHello is a message of its own; it knows neither renegotiation_info nor extended_master_secret."""
    [one] = shelf.found(ssl2, "ssl-negotiated")
    assert one.detail == "SSL 2.0 was negotiated"
    assert one.packets == (5,)
    assert shelf.counts(ssl2, "rc4-cipher") == FAILED
    assert states(shelf, ssl2, "insecure-renegotiation", "no-extended-master-secret") == [APART] * 2


def test_datagrams(shelf):
    [one] = shelf.found("dtls10", "old-version-negotiated")
    assert one.detail.startswith("DTLS 1.0 was negotiated")
    assert shelf.found("dtls12", "old-version-negotiated") == []


def test_a_hello_alone(shelf):
    def alone():
        return c.made([(talk.CLIENT, c.client_hello())])

    assert states(shelf, alone, "ssl-negotiated", "old-version-negotiated", "draft-version", "downgrade-sentinel") == [APART] * 4
    assert states(shelf, alone, "old-version-offered", "fallback") == [PASSED] * 2


def test_versions_in_the_extension_count(shelf):
    """A client of TLS 1.3 says TLS 1.2 in its hello's own field (RFC 8446 section 4.1.2)."""

    def listed(*versions):
        extension = talk.extension(43, talk.vector(c.u16(*versions), 1))
        return lambda: c.made([(talk.CLIENT, c.client_hello(extensions=(*c.GOOD, extension)))])

    assert shelf.found(listed(0x0304, 0x0303), "old-version-offered") == []
    assert [one.detail for one in shelf.found(listed(0x0304, 0x0303, 0x0302, 0x0301), "old-version-offered")] == [
        "the client offers TLS 1.1, TLS 1.0"]  # fmt: skip
    assert shelf.found(listed(0x0A0A, 0x0304), "old-version-offered") == []  # GREASE
    assert shelf.found(listed(0x0304, 0xFAFA, 0x1234), "old-version-offered") == []  # nobody's version


@pytest.mark.parametrize(
    ("tail", "offered", "version", "fails"),
    [
        (b"DOWNGRD\1", (0x0304, 0x0303), 0x0303, True),
        (b"DOWNGRD\0", (0x0304, 0x0303, 0x0302), 0x0302, True),
        (b"DOWNGRD\0", (0x0303, 0x0302), 0x0302, True),
        (b"DOWNGRD\1", (0x0303,), 0x0303, False),  # the client offers nothing newer: a server that can do more says so always
        (b"DOWNGRD\2", (0x0304, 0x0303), 0x0303, False),
        (b"\x22" * 8, (0x0304, 0x0303), 0x0303, False),
    ],
)
def test_sentinels(shelf, tail, offered, version, fails):
    """RFC 8446 section 4.1.3."""

    def make():
        versions = talk.extension(43, talk.vector(c.u16(*offered), 1))
        answer = c.server_hello(random=b"\x22" * 24 + tail, version=version)
        return c.made(c.full(hello=c.client_hello(extensions=(*c.GOOD, versions)), answer=answer))

    assert shelf.counts(make, "downgrade-sentinel") == (FAILED if fails else PASSED)


def test_a_sentinel_is_shown_by_the_answer(shelf):
    [one] = shelf.found(h.sentinel, "downgrade-sentinel")
    assert one.packets == (5,)


def test_tls13_has_no_sentinel(shelf):
    assert shelf.counts("tls13", "downgrade-sentinel") == APART
