"""opinions: OpenSSL's and the Web PKI's, as those libraries give them by themselves."""

import warnings

from analyzer.x509 import read_certificate
from analyzer.x509.trust import Judge
from analyzer.x509.trust.opinions import Opinions, asked_name

SKI_ONLY = {"ca": True, "usage": ("key_cert_sign", "crl_sign")}


def web(pki):
    """A chain as the Web PKI's profile wants it."""
    root = pki.make("Root", **SKI_ONLY)
    leaf = pki.make("", root, ca=False, usage=("digital_signature",), eku=("server", "client"), san=("dns:www.example.com", "ip:192.0.2.1"))
    return root, leaf


def test_all_agree(pki):
    root, leaf = web(pki)
    for name, purpose in (("www.example.com", "server"), ("192.0.2.1", "server"), (None, "client")):
        judged = Judge(pki.store(root)).judge([leaf.der], pki.now, purpose=purpose, name=name)
        assert (judged.verdict, judged.openssl, judged.webpki, judged.differ) == ("trusted", "ok", "ok", False)


def test_none_agrees(pki):
    _, leaf = web(pki)
    judged = Judge(pki.store()).judge([leaf.der], pki.now)
    assert judged.openssl == "unable to get local issuer certificate (20)"
    assert judged.webpki != "ok"
    assert "Certificate(" not in judged.webpki
    assert not judged.differ


def test_the_name_that_is_asked_for(pki):
    root, leaf = web(pki)
    certificate = read_certificate(leaf.der)
    assert asked_name(certificate, None) == "www.example.com"  # some name, so that the chain is judged
    assert asked_name(certificate, "other.example") == "other.example"
    assert asked_name(certificate, "no name at all") == "www.example.com"
    assert asked_name(read_certificate(pki.make("x", san=("dns:*.example.com",)).der), None) == "www.example.com"
    assert asked_name(read_certificate(pki.make("x", san=("ip:192.0.2.1",)).der), None) == "192.0.2.1"
    assert asked_name(read_certificate(pki.make("x").der), None) is None
    other = Judge(pki.store(root)).judge([leaf.der], pki.now, name="other.example")
    assert (other.verdict, other.openssl) == ("trusted", "ok")
    assert "leaf certificate has no matching subjectAltName" in other.webpki


def test_no_name_no_opinion(pki):
    judged = Judge(pki.store(pki.root)).judge([pki.make("x", pki.root).der], pki.now)
    assert (judged.openssl, judged.webpki, judged.differ) == ("ok", None, False)


def test_the_time_is_that_of_each_question(pki):
    root, leaf = web(pki)
    opinions = Opinions(lambda: (root.der,))
    answers = [opinions.openssl([leaf.der], pki.now + days * pki.day, "server") for days in (0, -100, 1000, 0)]
    assert answers == ["ok", "certificate is not yet valid or the system clock is incorrect (9)", "certificate has expired (10)", "ok"]
    names = [opinions.webpki([leaf.der], pki.now + days * pki.day, "server", "www.example.com") == "ok" for days in (0, -100, 1000, 0)]
    assert names == [True, False, False, True]


def test_other_roots_are_noticed(pki):
    root, leaf = web(pki)
    roots = [()]
    opinions = Opinions(lambda: roots[0])
    assert opinions.openssl([leaf.der], pki.now, "server") != "ok"
    assert opinions.webpki([leaf.der], pki.now, "server", "www.example.com") != "ok"
    roots[0] = (root.der,)
    assert opinions.openssl([leaf.der], pki.now, "server") == "ok"
    assert opinions.webpki([leaf.der], pki.now, "server", "www.example.com") == "ok"


def test_what_they_cannot_load(pki):
    opinions = Opinions(lambda: (b"no root", pki.root.der))
    assert opinions.openssl([b"no certificate"], pki.now, "server").startswith("cannot be loaded: ")
    assert opinions.webpki([b"no certificate"], pki.now, "server", "x.example").startswith("cannot be loaded: ")
    assert opinions.openssl([pki.leaf.der, b"no certificate", pki.inter.der], pki.now, "server") == "ok"
    assert opinions.openssl([pki.leaf.der, pki.inter.der], 1 << 80, "server").startswith("cannot be asked: ")
    assert opinions.webpki([pki.leaf.der, pki.inter.der], 1 << 80, "server", "x.example").startswith("cannot be asked: ")


def test_asked_once(pki, monkeypatch):
    judged = Judge(pki.store(pki.root)).judge([pki.leaf.der, pki.inter.der], pki.now)
    first = judged.openssl, judged.webpki
    monkeypatch.setattr(Opinions, "openssl", None)
    monkeypatch.setattr(Opinions, "webpki", None)
    assert (judged.openssl, judged.webpki) == first


def test_nothing_is_warned_of(pki):
    """cryptography warns of a negative serial number on standard error; an opinion is no place for that."""
    root, leaf = web(pki)
    digits = read_certificate(leaf.der).serial
    serial = bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))
    at = leaf.der.index(serial)
    odd = leaf.der[:at] + bytes([serial[0] | 0x80]) + leaf.der[at + 1 :]
    assert read_certificate(odd).serial.startswith("-")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        judged = Judge(pki.store(root)).judge([odd], pki.now, name="www.example.com")
        assert judged.openssl != "ok"
        assert judged.webpki != "ok"
