"""pool: which certificates are kept, how many, and CAs by name."""

import pytest

from analyzer.x509.trust import pool as module
from analyzer.x509.trust.member import read_member
from analyzer.x509.trust.pool import Pool


def subject(made):
    return read_member(made.der).subject


def test_only_what_may_have_issued_others(pki):
    pool = Pool()
    pool.learn([pki.leaf.der, pki.inter.der, pki.root.der, b"nothing", pki.make("old", usage=("key_cert_sign",)).der])
    assert pool.generation == 3
    assert [member.certificate.der for member in pool.named(subject(pki.inter))] == [pki.inter.der]
    assert pool.named(subject(pki.leaf)) == ()
    sha256 = read_member(pki.inter.der).sha256
    assert pool.certificate(sha256) == pki.inter.der
    assert pool.certificate("00") is None
    pool.learn([pki.inter.der])
    assert pool.generation == 3


@pytest.mark.parametrize(("limit", "value"), [("ENTRIES", 5), ("OCTETS", 3000), ("PER_NAME", 5)])
def test_bounds(pki, monkeypatch, limit, value):
    monkeypatch.setattr(module, limit, value)
    pool = Pool()
    made = [pki.make("CA", ca=True) for _ in range(12)]
    for one in made:
        pool.learn([one.der])
    kept = pool.named(subject(made[0]))
    assert 0 < len(kept) < 12
    assert pool.full
    assert limit == "OCTETS" or len(kept) == value
    assert sum(member.certificate.size for member in kept) <= module.OCTETS


def test_what_was_seen_is_forgotten_not_hoarded(pki, monkeypatch):
    monkeypatch.setattr(module, "KNOWN", 10)
    pool = Pool()
    for number in range(100):
        pool.learn([number.to_bytes(2)])
    assert len(pool._seen) <= 10
    pool.learn([b"x"] * 1000 + [pki.inter.der])
    assert pool.generation == 0  # behind the first 64


def test_named_cas(pki):
    pool = Pool(["Root", "Acme"])
    acme = pki.make([("ORGANIZATION_NAME", "Acme"), ("COMMON_NAME", "CA 1")], ca=True)
    below = pki.make([("ORGANIZATION_NAME", "Acme"), ("COMMON_NAME", "CA 2")], acme, ca=True)
    pool.learn([pki.root.der, acme.der, below.der, pki.make("Acme").der, pki.make("Other", ca=True).der])
    assert {*pool.trusted()} >= {pki.root.der, acme.der}
    assert pool.trusts(read_member(acme.der))
    assert not pool.trusts(read_member(below.der))  # only a CA that is its own issuer is a root
    assert not Pool().trusts(read_member(acme.der))
    forged = acme.der[:-1] + bytes((acme.der[-1] ^ 1,))
    pool.learn([forged])
    assert not pool.trusts(read_member(forged))  # its own signature does not hold
