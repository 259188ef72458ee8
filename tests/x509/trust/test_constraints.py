"""constraints: validity to the second, CAs, usages, critical extensions, algorithms; each as openssl sees it."""

import pytest
from cryptography import x509

from analyzer.x509 import read_certificate
from analyzer.x509.times import SECOND
from analyzer.x509.trust import Judge, open_store
from analyzer.x509.trust.constraints import FORBIDDEN_HASHES, SHORT_KEYS, turning_points, valid_at, when
from analyzer.x509.trust.member import read_member

LEAF = {"ca": False, "san": ("dns:www.example.com",)}
LEVEL_1 = ("-auth_level", "1")
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\0")


def test_validity_to_the_second(pki, openssl):
    certificate = read_certificate(pki.leaf.der)
    judge = Judge(pki.store(pki.root))
    chain = [pki.leaf.der, pki.inter.der]
    moments = {certificate.not_before - 1: "not_yet_valid", certificate.not_before: "trusted", certificate.not_after - 1: "trusted",
               certificate.not_after + SECOND: "expired"}  # fmt: skip
    for at, verdict in moments.items():
        judged = judge.judge(chain, at)
        assert judged.verdict == verdict
        assert judged.since <= at < judged.until
        assert (judged.openssl == "ok") == (verdict == "trusted")
        assert openssl(chain, [pki.root], at) == {"trusted": set(), "expired": {10}, "not_yet_valid": {9}}[verdict]
    # the last second belongs to it (RFC 5280 section 4.1.2.5); OpenSSL knows that since version 4
    for at in (certificate.not_after, certificate.not_after + SECOND - 1):
        assert judge.judge(chain, at).verdict == "trusted"
        assert openssl(chain, [pki.root], at) <= {10}


def test_a_verdict_holds_from_one_turning_point_to_the_next(pki):
    certificate = read_certificate(pki.leaf.der)
    judged = Judge(pki.store(pki.root)).judge([pki.leaf.der, pki.inter.der], pki.now)
    assert (judged.since, judged.until) == (certificate.not_before, certificate.not_after + SECOND)
    member = read_member(pki.leaf.der)
    assert set(turning_points(member)) == {judged.since, judged.until, SHORT_KEYS["EC"][1]}
    assert valid_at(member, pki.now)
    assert not valid_at(member, judged.until)
    assert not valid_at(read_member(b""), pki.now)


def test_a_time_in_words():
    assert when(1_780_000_000 * SECOND) == "2026-05-28 20:26:40 UTC"
    assert when(253402300799 * SECOND) == "9999-12-31 23:59:59 UTC"
    assert when(1 << 90) == when(-1 << 90) == "a time that no calendar has"


@pytest.mark.parametrize(("digest", "error"), [("MD5", {68}), ("SHA1", {68}), ("SHA256", set())])
def test_hashes(pki, openssl, digest, error):
    root = pki.make("RSA Root", ca=True, key="rsa2048", digest="SHA1")  # a root's own signature proves nothing
    inter = pki.make("Weak", root, ca=True, key="rsa2048", digest=digest)
    chain = [pki.make("leaf", inter, **LEAF).der, inter.der]
    judged = Judge(pki.store(root)).judge(chain, pki.now)
    assert openssl(chain, [root], pki.now, "server", *LEVEL_1) == error
    assert judged.faults == (("forbidden_algorithm",) if error else ())
    if error:
        assert "taken no more since 20" in judged.detail
        assert judged.openssl == "ok"  # at its level 0, where all signatures are taken
        assert judged.differ


def test_what_was_taken_once(pki):
    """A capture of 2010 is judged as its clients did."""
    root = pki.make("Root", ca=True, key="rsa1024", days=(-9000, 3000))
    old = pki.make("leaf", root, **LEAF, key="rsa1024", digest="SHA1", days=(-8000, 900))
    judge = Judge(pki.store(root))
    for moment, verdict in ((FORBIDDEN_HASHES["sha1"][0] - 1, "trusted"), (FORBIDDEN_HASHES["sha1"][0], "forbidden_algorithm")):
        judged = judge.judge([old.der], moment)
        assert judged.verdict == verdict
        assert judged.since <= moment < judged.until


def test_md2_is_not_computed(pki):
    root = pki.make("Root", ca=True, key="rsa2048")
    judged = Judge(pki.store(root)).judge([pki.make("leaf", root, **LEAF, digest="MD2").der], pki.now)
    assert judged.faults == ("unchecked_signature", "forbidden_algorithm")
    assert judged.edges[0].signature is None
    assert not judged.edges[0].holds


@pytest.mark.parametrize(
    ("key", "leaf", "errors"), [("rsa512", True, {66}), ("rsa512", False, {67}), ("rsa1024", True, set()), ("ec", True, set())]
)
def test_short_keys(pki, openssl, key, leaf, errors):
    inter = pki.make("Short", pki.root, ca=True, key="ec" if leaf else key)
    chain = [pki.make("leaf", inter, **LEAF, key=key if leaf else "ec").der, inter.der]
    judged = Judge(pki.store(pki.root)).judge(chain, pki.now)
    assert openssl(chain, [pki.root], pki.now, "server", *LEVEL_1) == errors
    assert ("forbidden_algorithm" in judged.faults) == bool(errors)
    assert not errors or "512 bits" in judged.reasons[0].text


@pytest.mark.parametrize("place", ["leaf", "inter", "root"])
def test_unknown_critical_extensions(pki, openssl, place):
    extra = {one: [(UNKNOWN, True)] if one == place else [(UNKNOWN, False)] for one in ("leaf", "inter", "root")}
    root = pki.make("Root", ca=True, extra=extra["root"])
    inter = pki.make("Inter", root, ca=True, extra=extra["inter"])
    chain = [pki.make("leaf", inter, **LEAF, extra=extra["leaf"]).der, inter.der]
    judged = Judge(pki.store(root)).judge(chain, pki.now)
    assert judged.faults == ("critical_extension",)
    assert "1.2.3.4.5" in judged.detail
    assert openssl(chain, [root]) == {34}


@pytest.mark.parametrize("dotted", ["2.5.29.35", "2.5.29.14", "1.3.6.1.4.1.11129.2.4.3", "2.5.29.31", "2.5.29.32", "2.5.29.37"])
def test_the_same_extensions_are_known_to_openssl(pki, openssl, dotted):
    bodies = {"2.5.29.35": "3000", "2.5.29.14": "040101", "1.3.6.1.4.1.11129.2.4.3": "0500", "2.5.29.31": "3000",
              "2.5.29.32": "3006300406022a03", "2.5.29.37": "300a06082b06010505070301"}  # fmt: skip
    extra = [(x509.UnrecognizedExtension(x509.ObjectIdentifier(dotted), bytes.fromhex(bodies[dotted])), True)]
    chain = [pki.make("leaf", pki.root, key_ids=False, extra=extra, **LEAF).der]
    judged = Judge(pki.store(pki.root)).judge(chain, pki.now)
    assert ("critical_extension" in judged.faults) == (34 in openssl(chain, [pki.root]))


@pytest.mark.parametrize(
    ("eku", "usage", "purpose", "good", "errors"),
    [
        (("server",), None, "server", True, set()),
        (("server", "client"), None, "client", True, set()),
        (("server",), None, "client", False, {26}),
        (("code",), None, "server", False, {26}),
        ((), None, "client", True, set()),
        # RFC 5280 section 4.2.1.12 lets it stand for every usage; OpenSSL's purposes do not know it
        (("any",), None, "server", True, {26}),
        ((), ("key_encipherment",), "server", True, set()),
        ((), ("key_encipherment",), "client", False, {26}),
        ((), ("key_agreement",), "client", True, set()),
        ((), ("content_commitment",), "server", False, {26}),
    ],
)
def test_usages(pki, openssl, eku, usage, purpose, good, errors):
    chain = [pki.make("leaf", pki.root, **LEAF, eku=eku, usage=usage).der]
    judged = Judge(pki.store(pki.root)).judge(chain, pki.now, purpose=purpose)
    assert judged.verdict == ("trusted" if good else "wrong_usage")
    assert openssl(chain, [pki.root], pki.now, purpose) == errors
    assert judged.openssl == ("unsuitable certificate purpose (26)" if errors else "ok")


def test_a_ca_without_basic_constraints(pki, openssl):
    middle = pki.make("Middle", pki.root, usage=("key_cert_sign",))
    chain = [pki.make("leaf", middle, **LEAF).der, middle.der]
    judged = Judge(pki.store(pki.root)).judge(chain, pki.now)
    assert judged.verdict == "not_a_ca"  # RFC 5280 section 6.1.4 (k)
    assert openssl(chain, [pki.root]) == {79}
    root = pki.make("Root", usage=("key_cert_sign",))  # as an end it is taken
    chain = [pki.make("leaf", root, **LEAF).der]
    assert Judge(pki.store(root)).judge(chain, pki.now).verdict == "trusted"
    assert openssl(chain, [root]) == set()


def test_a_root_that_says_it_is_no_ca(pki, openssl):
    root = pki.make("No CA", ca=False)
    chain = [pki.make("leaf", root, **LEAF).der]
    assert Judge(pki.store(root)).judge(chain, pki.now).verdict == "not_a_ca"
    assert openssl(chain, [root]) & {79, 24}


def test_a_path_length_of_a_root(pki, openssl):
    root = pki.make("Root", ca=True, length=0)
    inter = pki.make("Inter", root, ca=True)
    chain = [pki.make("leaf", inter, **LEAF).der, inter.der]
    judged = Judge(pki.store(root)).judge(chain, pki.now)
    assert judged.verdict == "path_too_long"
    assert [edge.path_length for edge in judged.edges] == [True, False]
    assert openssl(chain, [root]) == {25}
    assert Judge(pki.store(root)).judge([pki.make("leaf", root, **LEAF).der], pki.now).verdict == "trusted"


def test_a_curve_of_its_own(der):
    prime = der.tlv(0x30, der.tlv(0x02, b"\1"), der.tlv(0x30, der.oid("1.2.840.10045.1.1"), der.tlv(0x02, b"\x7f" * 32)))
    spki = der.tlv(0x30, der.tlv(0x30, der.oid("1.2.840.10045.2.1"), prime), der.tlv(0x03, b"\0\4" + bytes(64)))
    judged = Judge(open_store(["none"])).judge([der.certificate(spki=spki)], 1_750_000_000 * SECOND)
    assert "CVE-2020-0601" in next(fault.text for fault in judged.reasons if fault.word == "forbidden_algorithm")
