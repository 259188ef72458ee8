"""paths: cross-signed CAs, same names with other keys, loops, borrowed issuers, bounds."""

import itertools

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from analyzer.x509.trust import Judge, paths

CA = {"ca": True, "usage": ("key_cert_sign",)}


def sha(*made):
    from hashlib import sha256

    return tuple(sha256(one.der).hexdigest() for one in made)


@pytest.fixture
def crossed(pki):
    """A CA with a root's certificate of its own and one from an old root that has expired: as AddTrust and USERTrust in May 2020."""
    old = pki.make("AddTrust External CA Root", **CA, days=(-7000, -1))
    key = pki.new_key()
    cross = pki.make("USERTrust", old, **CA, key=key, days=(-7000, -1))
    own = pki.make("USERTrust", **CA, key=key, days=(-3000, 3000))
    inter = pki.make("Sectigo DV", own, **CA)
    leaf = pki.make("www.example.com", inter, ca=False, san=("dns:www.example.com",))
    return old, cross, own, inter, leaf


@pytest.mark.parametrize("sent", [(), (1,), (1, 0), (2,), (0, 1, 2)], ids=str)
def test_cross_signed(pki, openssl, crossed, sent):
    old, cross, own, inter, leaf = crossed
    chain = [one.der for one in (leaf, inter, *[crossed[i] for i in sent])]
    judged = Judge(pki.store(old, own)).judge(chain, pki.now)
    assert (judged.verdict, judged.path) == ("trusted", sha(leaf, inter, own))
    assert openssl(chain, [old, own]) == set()
    # before it expired the old root led there too, for those who did not know the new one
    before = pki.now - 10 * pki.day + 1
    assert Judge(pki.store(old)).judge([leaf.der, inter.der, cross.der], before).path == sha(leaf, inter, cross, old)
    # and now it does not
    late = Judge(pki.store(old)).judge([leaf.der, inter.der, cross.der], pki.now)
    assert (late.verdict, late.path) == ("expired", sha(leaf, inter, cross, old))
    assert openssl([leaf.der, inter.der, cross.der], [old]) == {10}


def test_the_unknown_end_does_not_hide_the_known_one(pki, openssl, crossed):
    old, cross, own, inter, leaf = crossed
    chain = [one.der for one in (leaf, inter, own, cross)]
    judged = Judge(pki.store(old)).judge(chain, pki.now - 5 * pki.day)
    assert judged.path == sha(leaf, inter, cross, old)
    assert judged.verdict == "trusted"
    assert openssl(chain, [old], pki.now - 5 * pki.day) == {19}  # it does not come back from a root that it does not know
    assert (judged.order.unused, judged.order.strangers, judged.order.root_included) == ((2,), (), True)


def test_a_new_key_under_the_same_name(pki):
    first = pki.make("CA", **CA, key_ids=False)
    second = pki.make("CA", **CA, key_ids=False, days=(-5, 900))
    leaf = pki.make("leaf", first, key_ids=False)
    judged = Judge(pki.store(second, first)).judge([leaf.der, second.der], pki.now)
    assert (judged.verdict, judged.path) == ("trusted", sha(leaf, first))


def test_another_ca_of_the_same_name_is_no_forgery(pki, openssl):
    other = pki.make("CA", **CA)
    leaf = pki.make("leaf", pki.make("CA", **CA))
    assert Judge(pki.store(other)).judge([leaf.der], pki.now).verdict == "incomplete"  # the key identifiers tell
    assert openssl([leaf.der], [other]) == {20}
    bare = pki.make("leaf", pki.make("CA", **CA), key_ids=False)
    judge = Judge(pki.store())
    judge.learn([other.der])
    assert judge.judge([bare.der], pki.now).verdict == "incomplete"  # what other handshakes showed is only an offer
    assert judge.judge([bare.der, other.der], pki.now).verdict == "bad_signature"  # what it sends itself is a claim


def test_a_signature_proves_more_than_key_identifiers(pki):
    from cryptography import x509

    other = x509.AuthorityKeyIdentifier(b"another", None, None), False
    leaf = pki.make("leaf", pki.root, key_ids=False, extra=[other])
    judged = Judge(pki.store(pki.root)).judge([leaf.der], pki.now)
    assert judged.verdict == "trusted"  # OpenSSL refuses: RFC 5280 section 4.2.1.1 has them for finding, not for proof
    assert judged.edges[0].key_ids is False
    assert judged.openssl == "unable to get local issuer certificate (20)"
    assert judged.differ


def test_borrowed(pki, openssl):
    judge = Judge(pki.store(pki.root))
    alone = judge.judge([pki.leaf.der], pki.now)
    assert (alone.verdict, alone.order.missing_issuer, alone.order.borrowed) == ("incomplete", "CN=Intermediate", ())
    judge.learn([pki.make("other", pki.inter).der, pki.inter.der])
    judged = judge.judge([pki.leaf.der], pki.now)  # what was found before is not held on to
    assert (judged.verdict, judged.order.borrowed, judged.edges[0].source) == ("trusted", sha(pki.inter), "borrowed")
    assert "another handshake" in judged.edges[0].text
    assert openssl([pki.leaf.der], [pki.root]) == {20}
    assert judged.differ


def test_the_address_of_a_missing_issuer(pki):
    leaf = pki.make("leaf", pki.inter, aia="http://ca.example/inter.cer")
    order = Judge(pki.store(pki.root)).judge([leaf.der], pki.now).order
    assert (order.missing_issuer, order.aia) == ("CN=Intermediate", ("http://ca.example/inter.cer",))


def test_a_loop_ends(pki):
    one_key, two_key = pki.new_key(), pki.new_key()
    one = pki.make("One", **CA, key=one_key)
    two = pki.make("Two", **CA, key=two_key)
    chain = [pki.make("leaf", one), pki.make("One", two, **CA, key=one_key), pki.make("Two", one, **CA, key=two_key)]
    judged = Judge(pki.store(pki.root)).judge([one.der for one in chain], pki.now)
    assert judged.verdict == "incomplete"
    assert judged.path[0] == sha(chain[0])[0]


def test_bounds(pki):
    # each of 16 levels has four CAs of the same name with the same key, each certified by all of those above
    key = pki.new_key()
    chain = [pki.make("leaf", pki.make("Level 0", key=key), key_ids=False).der]
    for level in range(12):
        above = pki.make(f"Level {level + 1}", key=key)
        chain += [pki.make(f"Level {level}", above, **CA, key=key, key_ids=False).der for _ in range(4)]
    judge = Judge(pki.store(pki.root))
    judged = judge.judge(chain, pki.now)
    assert judged.verdict == "incomplete"
    assert judged.cut
    assert judge._signatures.checked <= paths.CHECKS


def test_too_deep(pki):
    above, chain = pki.root, []
    for level in range(20):
        above = pki.make(f"Level {level}", above, **CA)
        chain.insert(0, above.der)
    leaf = pki.make("leaf", above)
    judged = Judge(pki.store(pki.root)).judge([leaf.der, *chain], pki.now)
    assert (judged.verdict, len(judged.path)) == ("incomplete", paths.DEPTH)
    assert "more than 16" in judged.detail


def test_an_intermediate_in_the_store(pki, openssl):
    judged = Judge(pki.store(pki.inter)).judge([pki.leaf.der], pki.now)
    assert (judged.verdict, judged.root) == ("trusted", sha(pki.inter)[0])
    assert openssl([pki.leaf.der], [pki.inter], pki.now, "server", "-partial_chain") == set()
    assert openssl([pki.leaf.der], [pki.inter]) == {2}


def test_a_named_ca(pki):
    judge = Judge(pki.store(), named_cas=["Root"])
    assert judge.judge([pki.leaf.der, pki.inter.der], pki.now).verdict == "incomplete"
    judge.learn([pki.root.der])
    judged = judge.judge([pki.leaf.der, pki.inter.der], pki.now)
    assert (judged.verdict, judged.anchor, judged.openssl) == ("trusted", "named", "ok")
    assert Judge(pki.store(), named_cas=["Intermediate"]).judge([pki.leaf.der, pki.inter.der], pki.now).verdict == "incomplete"


@pytest.mark.parametrize("extra", [0, 1])
def test_any_order_of_what_follows_the_leaf(pki, crossed, extra):
    old, cross, own, inter, leaf = crossed
    for roots in ([old], [own], [old, own], []):
        verdicts = set()
        for order in itertools.permutations([inter, cross, own, old][: 3 + extra]):
            judged = Judge(pki.store(*roots)).judge([leaf.der, *[one.der for one in order]], pki.now)
            verdicts.add((judged.verdict, judged.faults, judged.path))
        assert len(verdicts) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_byte_of_a_signature_can_change(pki, data):
    which = data.draw(st.sampled_from(["leaf", "inter"]))
    encoded = bytearray(getattr(pki, which).der)
    signature = len(encoded) - 64  # an ECDSA signature of P-256 has 70 octets or so in DER
    position = data.draw(st.integers(signature, len(encoded) - 1))
    encoded[position] ^= data.draw(st.integers(1, 255))
    chain = [bytes(encoded), pki.inter.der] if which == "leaf" else [pki.leaf.der, bytes(encoded)]
    judged = Judge(pki.store(pki.root)).judge(chain, pki.now)
    assert judged.verdict != "trusted"
    assert judged.openssl != "ok"


WORDS = {2: "incomplete", 20: "incomplete", 18: "self_signed", 19: "private_ca", 10: "expired", 9: "not_yet_valid", 7: "bad_signature",
         79: "not_a_ca", 32: "not_a_ca", 25: "path_too_long", 26: "wrong_usage", 34: "critical_extension", 47: "name_constraints",
         48: "name_constraints"}  # fmt: skip
"""OpenSSL's errors in our words."""

rarely = st.sampled_from([False] * 9 + [True])
kinds = st.fixed_dictionaries({
    "ca": st.sampled_from([True] * 14 + [False, None]),
    "length": st.sampled_from([None, None, None, 0, 1, 2]),
    "usage": st.sampled_from([None, ("key_cert_sign",), ("key_cert_sign", "digital_signature")] * 4 + [("digital_signature",)]),
    "eku": st.sampled_from([(), ("server", "client")] * 5 + [("server",), ("client",), ("code",)]),
    "days": st.sampled_from([(-10, 300)] * 12 + [(-10, -1), (5, 300)]),
    "permitted": st.sampled_from([None] * 5 + [("dns:example.com", "ip:192.0.2.0/24"), ("dns:example.org",), ("dir:COMMON_NAME=CA 1",)]),
    "excluded": st.sampled_from([None] * 8 + [("dns:example.com",), ("dns:example.org",), ("ip:192.0.2.0/24",)]),
    "key_ids": st.booleans(),
})  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_chain_as_openssl(pki, data):
    """Chains of any shape: the two trust the same, and OpenSSL's first error is one of our faults."""
    made = []
    levels = data.draw(st.integers(1, 4))
    # without key identifiers OpenSSL takes the first of two CAs with one name, and does not come back from it
    same = data.draw(st.booleans())
    for level in range(levels):
        kind = data.draw(kinds)
        kind["key_ids"] |= same
        if not kind["ca"] or "key_cert_sign" not in (kind["usage"] or ("key_cert_sign",)):
            kind["length"] = None  # cryptography refuses to write it
        subject = data.draw(st.sampled_from(["CA 1", "CA 2"])) if same else f"CA {level}"
        made.append(pki.make(subject, made[-1] if made else None, **kind, serial=level + 1))
    leaf = data.draw(kinds)
    leaf |= {"key_ids": leaf["key_ids"] or same, "ca": data.draw(st.sampled_from([False, False, None])), "length": None}
    leaf |= {"permitted": None, "excluded": None, "usage": data.draw(st.sampled_from([("digital_signature",), ("key_encipherment",)]))}
    san = data.draw(st.sampled_from([(), ("dns:www.example.com",), ("dns:a.example.org", "ip:192.0.2.7"), ("ip:198.51.100.1",)]))
    subject = data.draw(st.sampled_from(["www.example.com", "", "leaf"])) if san else "www.example.com"
    made.append(pki.make(subject, made[-1], **leaf, san=san))
    sent = [one.der for one in made[:0:-1]]
    if data.draw(rarely) and len(sent) > 1:
        del sent[data.draw(st.integers(1, len(sent) - 1))]
    if data.draw(rarely):
        sent.append(made[0].der)
    if data.draw(rarely):
        sent[0] = sent[0][:-1] + bytes((sent[0][-1] ^ 1,))
    purpose = data.draw(st.sampled_from(["server", "server", "client"]))
    judged = Judge(pki.store(*([] if data.draw(rarely) else [made[0]]))).judge(sent, pki.now, purpose=purpose)
    event(judged.verdict)
    assert (judged.openssl == "ok") == (judged.verdict == "trusted"), (judged.openssl, judged.reasons)
    if judged.openssl != "ok":
        number = int(judged.openssl.rpartition("(")[2][:-1])
        assert WORDS[number] in judged.faults, (judged.openssl, judged.reasons)
