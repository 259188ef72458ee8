"""Rules on cipher suites: each suite has the weaknesses that its name says, and no other."""

import captures as c
import captures_handshakes as h
import pytest
import talk

from analyzer import registry
from analyzer.findings.rules.suites import BROKEN, WEAKNESSES, _is

NAMED = {code: suite.name for code in range(1 << 16) if (suite := registry.cipher_suite(code)) is not None}
PATTERNS = {
    # rule -> (what must stand in the name, what must not)
    "null-cipher": (("_NULL_", "_SHA256_SHA256", "_SHA384_SHA384", "NULL_NULL"), ()),
    "anonymous-cipher": (("_anon_",), ()),
    "export-cipher": (("_EXPORT",), ()),
    "rc4-cipher": (("_RC4_",), ("_EXPORT",)),
    "3des-cipher": (("_3DES_",), ()),
}
"""As the names of IANA's registry spell these kinds."""


@pytest.mark.parametrize("rule", PATTERNS)
def test_kinds_are_those_of_the_names(rule):
    these, not_these = PATTERNS[rule]
    odd = []
    for code, name in NAMED.items():
        wanted = any(part in f"{name}_" for part in these) and not any(part in name for part in not_these)
        if _is(rule, code) != wanted:
            odd.append(name)
    assert odd == []


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("TLS_RSA_WITH_AES_128_CBC_SHA", {"cbc-sha1-cipher", "static-rsa"}),
        ("TLS_RSA_WITH_AES_128_CBC_SHA256", {"static-rsa"}),
        ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", {"cbc-sha1-cipher"}),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", set()),
        ("TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", {"static-dh"}),
        ("TLS_DH_RSA_WITH_DES_CBC_SHA", {"static-dh", "des-cipher"}),
        ("TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", {"export-cipher"}),
        ("TLS_DH_anon_EXPORT_WITH_RC4_40_MD5", {"export-cipher", "anonymous-cipher"}),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", {"3des-cipher", "static-rsa"}),
        ("TLS_RSA_WITH_SEED_CBC_SHA", {"old-cipher", "static-rsa"}),
        ("TLS_RSA_WITH_NULL_MD5", {"null-cipher", "static-rsa"}),
        ("TLS_AES_128_GCM_SHA256", set()),
        ("TLS_SHA256_SHA256", {"null-cipher"}),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", set()),
        ("TLS_KRB5_WITH_RC4_128_SHA", {"rc4-cipher"}),
        ("TLS_PSK_WITH_AES_128_GCM_SHA256", set()),
    ],
)
def test_one_suite(name, rules):
    [code] = [code for code, own in NAMED.items() if own == name]
    assert {weakness.name for weakness in WEAKNESSES if _is(weakness.name, code)} == rules


def test_numbers_that_are_no_suites():
    assert not any(_is(weakness.name, code) for weakness in WEAKNESSES for code in (0x0A0A, 0x00FF, 0x5600, 0xFFFF))


def test_a_suite_that_no_registry_knows_cannot_be_judged(shelf):
    def unknown():
        return c.made(c.full(hello=c.client_hello([0xEEEE]), answer=c.server_hello(0xEEEE)))

    for rule in ("null-cipher", "rc4-cipher", "static-rsa", "no-forward-secrecy"):
        assert shelf.counts(unknown, rule) == (0, 0, 0, 1)


def test_no_answer_no_suite(shelf):
    def alone():
        return c.made([(talk.CLIENT, c.client_hello())])

    for weakness in WEAKNESSES:
        assert shelf.counts(alone, weakness.name) == (0, 0, 1, 0)
    assert shelf.counts(alone, "no-forward-secrecy") == (0, 0, 1, 0)


def test_encrypt_then_mac_takes_the_edge_off_cbc(shelf):
    """RFC 9325 section 4.2."""
    etm = talk.extension(22)

    def agreed(*answered):
        hello = c.client_hello([0xC013], (*c.GOOD, etm))
        return lambda: c.made(c.full(hello=hello, answer=c.server_hello(0xC013, (c.SECURE, c.BOUND, *answered))))

    assert shelf.counts(agreed(etm), "cbc-sha1-cipher") == (1, 0, 0, 0)
    assert shelf.counts(agreed(), "cbc-sha1-cipher") == (0, 1, 0, 0)


def test_forward_secrecy(shelf):
    """What rules of their own say is not said again; a PSK alone is; TLS 1.3 with a PSK and no key share is."""
    assert shelf.found("tls12-rsa", "no-forward-secrecy") == []
    assert {one.detail.partition(",")[0] for one in shelf.found("tls12-psk", "no-forward-secrecy")} == {
        "TLS_PSK_WITH_AES_128_CBC_SHA256", "TLS_RSA_PSK_WITH_AES_128_CBC_SHA256"}  # fmt: skip

    def psk_only():
        psk = talk.extension(41, talk.vector(talk.vector(b"ticket") + bytes(4)) + talk.vector(talk.vector(b"b" * 32, 1)))
        hello = c.client_hello([0x1301], [c.NAME, talk.VERSIONS, talk.extension(45, b"\1\0"), psk], session=b"s" * 32)
        return c.made(h.tls13(hello=hello, answered=(talk.extension(41, c.u16(0)),)))

    assert [one.detail for one in shelf.found(psk_only, "no-forward-secrecy")] == ["TLS_AES_128_GCM_SHA256, key exchange PSK"]


def test_offers_are_told_in_part(shelf):
    def many():
        return c.made([(talk.CLIENT, c.client_hello([0x0003, 0x0004, 0x0005, 0x0006, 0x0008, 0x0009, 0x0001, 0x0001, 0xC02F]))])

    [one] = shelf.found(many, "broken-suites-offered")
    assert one.detail.startswith("the client offers TLS_RSA_EXPORT_WITH_RC4_40_MD5, TLS_RSA_WITH_RC4_128_MD5, ")
    assert one.detail.endswith(" and 2 more")  # each once
    assert one.packets == (4,)


def test_what_a_client_should_not_offer_is_broken():
    assert set(BROKEN) <= {weakness.name for weakness in WEAKNESSES}
    assert all(weakness.severity in {"critical", "high"} for weakness in WEAKNESSES if weakness.name in BROKEN)
