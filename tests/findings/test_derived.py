"""derived: what rules ask beyond the tables, each on a connection of which it is known."""

import captures as c
import captures_authority as a
import captures_chains as chains
import captures_handshakes as h
import captures_names as n
import pytest
import talk
from hypothesis import given
from hypothesis import strategies as st

import analyzer
from analyzer.findings.derived import CERTIFICATE, HANDSHAKE, Shown, extension
from analyzer.findings.frame import _MAKERS
from analyzer.x509 import read_certificate


def seen(packets):
    [one] = talk.read(packets)
    return one


def ask(name, one):
    _, make, of = HANDSHAKE[name]
    return make(one if of is None else ask(of, one))


FULL = seen(c.made(c.full()).packets)
ONLY_HELLO = seen(c.made([(talk.CLIENT, c.client_hello())]).packets)
ONLY_ANSWER = seen(talk.play(c.full(), talk.Wire().open()).only(talk.SERVER).packets)
TLS13 = seen(c.made(h.tls13()).packets)

VALUES = {
    "answered": (True, False, True, True),
    "asked": (True, True, False, True),
    "tls_version": (0x0303, None, 0x0303, 0x0304),
    "tls13": (False, None, False, True),
    "offered_suites": ((0xC02F, 0x00FF), (0xC02F, 0x00FF), None, (0x1301, 0xC02F)),
    "offered_versions": ((0x0303,), (0x0303,), None, (0x0304, 0x0303)),
    "offered_groups": ((29, 23), (29, 23), None, (29,)),
    "offered_schemes": ((0x0403, 0x0804), (0x0403, 0x0804), None, (0x0804,)),
    "offered_compressions": ((0,), (0,), None, (0,)),
    "offers_server_name": (True, True, None, True),
    "offers_ems": (True, True, None, False),
    "offers_srtp": (False, False, None, False),
    "heartbeats": (False, False, False, False),
    "anomaly_kinds": ((), (), (), ()),
    "early_data_taken": (None, None, None, None),
    "ech_answer": (True, None, None, None),
    "dh_prime": (None, None, None, None),
}
"""Column -> its value of a full handshake of TLS 1.2, of a hello alone, of a server's side alone, of TLS 1.3."""


@pytest.mark.parametrize("name", VALUES)
def test_values(name):
    assert tuple(ask(name, one) for one in (FULL, ONLY_HELLO, ONLY_ANSWER, TLS13)) == VALUES[name]


def test_every_column_is_told():
    assert set(VALUES) | {"offered"} == set(HANDSHAKE)
    assert ask("offered", ONLY_ANSWER) is None
    assert set(ask("offered", FULL)) == {0, 0xFF01, 23, 10, 13, -1}, "-1 stands for the version of the hello itself"


def test_grease_is_no_version():
    versions = talk.extension(43, talk.vector(c.u16(0x7A7A, 0x0304, 0x0303), 1))
    assert ask("offered_versions", seen(c.made([(talk.CLIENT, c.client_hello(extensions=(versions,)))]).packets)) == (0x0304, 0x0303)


def test_version_of_dtls():
    scan = analyzer.scan(str(c.SAMPLES / "dtls12.pcapng"))
    assert {ask("tls_version", one) for one in scan} == {0x0303}
    assert {ask("tls_version", one) for one in analyzer.scan(str(c.SAMPLES / "dtls10.pcapng"))} == {0x0302}


def test_a_prime():
    assert ask("dh_prime", seen(h.prime(1024)().packets)) == c.modp(1024)
    assert c.modp(1024).hex().startswith("ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd1")  # RFC 2409 section 6.2
    assert c.modp(2048).hex().endswith("15728e5a8aacaa68ffffffffffffffff")  # RFC 3526 section 3


@pytest.mark.parametrize(
    ("packets", "wanted"),
    [
        (h.early_data().packets, True),
        (h.early_data(taken=False).packets, False),
        (h.early_data().packets[:4], None),  # the ClientHello alone
    ],
)
def test_early_data(packets, wanted):
    assert ask("early_data_taken", seen([*packets])) is wanted


def test_early_data_behind_encryption():
    """An empty EncryptedExtensions refuses it; one with anything in it may take it (the samples' stacks say which it was)."""
    for sample, second in (("tls13-early-data-rejected", False), ("tls13-early-data", None)):
        first, later = analyzer.scan(str(c.SAMPLES / f"{sample}.pcapng"))
        assert ask("early_data_taken", first) is None  # none was offered
        assert ask("early_data_taken", later) is second
    for one in analyzer.scan(str(c.SAMPLES / "quic-early-data.pcapng")):
        assert ask("early_data_taken", one) is None


def test_early_data_needs_a_psk_and_tls13():
    """RFC 8446 section 4.2.10: with the server's first PSK, and never after a HelloRetryRequest."""
    offered = (*c.GOOD, talk.extension(42))
    assert ask("early_data_taken", seen(c.made(c.full(hello=c.client_hello(extensions=offered))).packets)) is False


def test_ech():
    assert ask("ech_answer", seen(n.ech_required().packets)) is False
    hello, flight, *rest = c.full(hello=n.ECH_HELLO)
    assert ask("ech_answer", seen(c.made([hello, flight, *rest]).packets)) is True
    assert ask("ech_answer", seen(c.made([hello, flight, *rest], [hello]).packets[:-6])) is True
    closing = [*rest, (talk.CLIENT, talk.record(21, bytes(26)))]  # it may say ech_required, or close_notify
    assert ask("ech_answer", seen(c.made([hello, flight, *closing]).packets)) is None


def test_extensions():
    assert extension(FULL, 10) == (29, 23)
    assert extension(FULL, 51) is None
    assert extension(TLS13, 51, server=True).group == 29
    assert extension(ONLY_ANSWER, 10) is None
    assert extension(ONLY_HELLO, 51, server=True) is None


# ---- certificates


def shown(der, *, sender="server", position=0):
    return Shown(read_certificate(der), FULL, sender, position, talk.START)


def certificate(name, der, **how):
    return CERTIFICATE[name][1](shown(der, **how))


def test_certificates():
    good, wild = a.leaf().der, a.leaf(names=("*.a.example", "b.example", "*.c.example")).der
    assert certificate("sender", good, sender="client") == "client"
    assert (certificate("leaf", good), certificate("leaf", good, position=1)) == (True, False)
    assert certificate("at", good) == talk.START
    assert certificate("wildcards", good) is None
    assert certificate("wildcards", wild) == ["*.a.example", "*.c.example"]
    assert certificate("serial_bits", a.leaf(serial=0xABCDEF).der) == 24
    assert certificate("rsa_key", good) is None
    modulus, exponent = certificate("rsa_key", chains.a.issue(public=a.numbers(a.roca(), 3)).der)
    assert (int(modulus, 16), int(exponent, 16)) == (a.roca(), 3)


@given(st.binary(max_size=40) | st.integers(0, 400).map(lambda size: a.leaf().der[:size]))
def test_no_certificate_raises(der):
    for kind, make, _ in CERTIFICATE.values():
        _MAKERS.get(kind, list)([make(shown(der))])
