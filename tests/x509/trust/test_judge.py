"""judge: made chains, each as ``openssl verify`` sees it and as we do; what is remembered."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.x509 import read_certificate
from analyzer.x509.trust import VERDICTS, Judge, open_store

LEAF = {"ca": False, "usage": ("digital_signature",), "eku": ("server",), "san": ("dns:www.example.com",)}
CA = {"ca": True, "usage": ("key_cert_sign",), "days": (-500, 1000)}


def flipped(encoded, position=-1):
    return encoded[:position] + bytes((encoded[position] ^ 1,)) + (encoded[position + 1 :] if position != -1 else b"")


def good(p):
    return [p.leaf, p.inter], [p.root]


def root_included(p):
    return [p.leaf, p.inter, p.root], [p.root]


def reordered(p):
    low = p.make("Low", p.inter, **CA)
    return [p.make("www.example.com", low, **LEAF), p.inter, low], [p.root]


def duplicate(p):
    return [p.leaf, p.inter, p.inter, p.leaf], [p.root]


def stranger(p):
    return [p.leaf, p.make("Stranger", ca=True), p.inter], [p.root]


def expired_leaf(p):
    return [p.make("www.example.com", p.inter, **LEAF, days=(-100, -1)), p.inter], [p.root]


def expired_intermediate(p):
    inter = p.make("Old", p.root, ca=True, days=(-100, -1))
    return [p.make("www.example.com", inter, **LEAF), inter], [p.root]


def expired_root(p):
    root = p.make("Old Root", ca=True, days=(-100, -1))
    return [p.make("www.example.com", root, **LEAF)], [root]


def future_leaf(p):
    return [p.make("www.example.com", p.inter, **LEAF, days=(5, 100)), p.inter], [p.root]


def incomplete(p):
    return [p.leaf], [p.root]


def self_signed(p):
    return [p.make("www.example.com", **LEAF)], [p.root]


def self_signed_ca(p):
    return [p.make("box.local", ca=True, san=("dns:box.local",))], [p.root]


def self_signed_known(p):
    leaf = p.make("www.example.com", **LEAF)
    return [leaf], [leaf]


def private_ca(p):
    return [p.leaf, p.inter, p.root], [p.make("Other", ca=True)]


def ed25519(p):
    root = p.make("Ed", ca=True, key="ed25519")
    return [p.make("www.example.com", root, **LEAF, key="ed25519")], [root]


def rsa_pss(p):
    root = p.make("PSS", ca=True, key="rsa2048")
    return [p.make("www.example.com", root, **LEAF, pss=True)], [root]


def empty_subject(p):
    return [p.make("", p.inter, **LEAF), p.inter], [p.root]


def not_a_ca(p):
    return [p.make("victim.example", p.leaf, **LEAF), p.leaf, p.inter], [p.root]


def no_cert_sign(p):
    inter = p.make("Unfit", p.root, ca=True, usage=("digital_signature",))
    return [p.make("www.example.com", inter, **LEAF), inter], [p.root]


def path_too_long(p):
    top = p.make("Top", p.root, ca=True, length=0)
    low = p.make("Low", top, ca=True)
    return [p.make("www.example.com", low, **LEAF), low, top], [p.root]


def path_just_right(p):
    top = p.make("Top", p.root, ca=True, length=0)
    again = p.make("Top", top, ca=True)  # self-issued with a new key: does not count (RFC 5280 section 4.2.1.9)
    return [p.make("www.example.com", again, **LEAF), again, top], [p.root]


def wrong_usage(p):
    return [p.make("www.example.com", p.inter, **{**LEAF, "eku": ("client",)}), p.inter], [p.root]


def nested_usage(p):
    inter = p.make("Mail only", p.root, ca=True, eku=("client",))
    return [p.make("www.example.com", inter, **LEAF), inter], [p.root]


def key_usage(p):
    return [p.make("www.example.com", p.inter, **{**LEAF, "usage": ("crl_sign",)}), p.inter], [p.root]


def bad_signature(p):
    return [flipped(p.leaf.der), p.inter], [p.root]


def bad_intermediate(p):
    return [p.leaf, flipped(p.inter.der)], [p.root]


def forged_issuer(p):
    return [p.make("www.example.com", p.make("Root", ca=True), **LEAF, key_ids=False)], [p.root]


# name -> (chain and roots, our verdict, all our faults, the errors of openssl verify)
CASES = {
    good: ("trusted", set(), set()),
    root_included: ("trusted", set(), set()),
    reordered: ("trusted", set(), set()),
    duplicate: ("trusted", set(), set()),
    stranger: ("trusted", set(), set()),
    expired_leaf: ("expired", {"expired"}, {10}),
    expired_intermediate: ("expired", {"expired"}, {10}),
    expired_root: ("expired", {"expired"}, {10}),
    future_leaf: ("not_yet_valid", {"not_yet_valid"}, {9}),
    incomplete: ("incomplete", {"incomplete"}, {20}),
    self_signed: ("self_signed", {"self_signed"}, {18}),
    self_signed_ca: ("self_signed", {"self_signed"}, {18}),
    self_signed_known: ("trusted", set(), set()),
    private_ca: ("private_ca", {"private_ca"}, {19}),
    ed25519: ("trusted", set(), set()),
    rsa_pss: ("trusted", set(), set()),
    empty_subject: ("trusted", set(), set()),
    not_a_ca: ("not_a_ca", {"not_a_ca"}, {26, 32, 79}),
    no_cert_sign: ("not_a_ca", {"not_a_ca"}, {26, 32, 79}),
    path_too_long: ("path_too_long", {"path_too_long"}, {25}),
    path_just_right: ("trusted", set(), set()),
    wrong_usage: ("wrong_usage", {"wrong_usage"}, {26}),
    nested_usage: ("wrong_usage", {"wrong_usage"}, {26}),
    key_usage: ("wrong_usage", {"wrong_usage"}, {26}),
    bad_signature: ("bad_signature", {"bad_signature"}, {7}),
    bad_intermediate: ("bad_signature", {"bad_signature"}, {7}),
    forged_issuer: ("bad_signature", {"bad_signature"}, {7}),
}


def ders(chain):
    return [one if isinstance(one, bytes) else one.der for one in chain]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_as_openssl(pki, openssl, case):
    verdict, faults, errors = CASES[case]
    chain, roots = case(pki)
    judged = Judge(pki.store(*roots)).judge(ders(chain), pki.now)
    assert (judged.verdict, set(judged.faults)) == (verdict, faults), judged.reasons
    assert judged.anchored == (not set(faults) & {"incomplete", "self_signed", "private_ca"})
    there = openssl(ders(chain), roots, pki.now)
    assert there == errors
    assert (judged.openssl == "ok") == (not errors)
    assert judged.detail
    assert all(edge.text for edge in judged.edges)


def test_a_root_of_version_1(pki, openssl, tmp_path):
    """cryptography writes version 3 alone; the openssl command the first where there are no extensions."""
    import subprocess

    config = "[req]\ndistinguished_name=d\nprompt=no\n[d]\nCN=Version One\n"
    (tmp_path / "c").write_text(config)
    words = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", tmp_path / "k"]
    request = subprocess.run([*words, "-config", tmp_path / "c"], capture_output=True, check=True).stdout
    (tmp_path / "r").write_bytes(request)
    words = ["openssl", "x509", "-req", "-in", tmp_path / "r", "-signkey", tmp_path / "k", "-days", "3650", "-outform", "DER"]
    root = subprocess.run(words, capture_output=True, check=True).stdout
    from types import SimpleNamespace

    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key((tmp_path / "k").read_bytes(), None)
    made = SimpleNamespace(der=root, key=key, name=x509.load_der_x509_certificate(root).subject)
    assert read_certificate(root).version == 1
    at = read_certificate(root).not_before + 30 * pki.day
    days = [(at - pki.now) // pki.day + shift for shift in (-5, 5)]
    chain = [pki.make("www.example.com", made, **LEAF, days=days).der]
    assert openssl(chain, [made], at) == set()
    assert Judge(pki.store(made)).judge(chain, at).verdict == "trusted"
    assert Judge(pki.store()).judge([*chain, root], at).verdict == "private_ca"
    # but in the middle it is none (RFC 5280 section 6.1.4 (k))
    middle = pki.make("Middle", pki.root, key_ids=False)
    chain = [pki.make("www.example.com", middle, **LEAF).der, middle.der]
    assert openssl(chain, [pki.root], pki.now) & {79, 24}
    assert Judge(pki.store(pki.root)).judge(chain, pki.now).verdict == "not_a_ca"


def test_each_word_has_its_case():
    elsewhere = {"empty", "unreadable", "revoked", "name_constraints", "critical_extension", "unchecked_signature", "forbidden_algorithm"}
    assert {case[0] for case in CASES.values()} | elsewhere == set(VERDICTS)
    judged = Judge(open_store(["none"])).judge([], 0)
    assert (judged.verdict, judged.faults, judged.path, judged.openssl, judged.webpki) == (
        "empty", ("empty",), (), "not asked: no certificate", None,
    )  # fmt: skip


def test_what_is_remembered(pki):
    judge = Judge(pki.store(pki.root))
    chain = [pki.leaf.der, pki.inter.der]
    first = judge.judge(chain, pki.now)
    checked = judge._signatures.checked
    assert judge.judge([bytes(bytearray(one)) for one in chain], pki.now + pki.day) is first
    assert judge.judge(chain, first.until).verdict == "expired"
    assert judge.judge(chain, pki.now) is first
    assert judge._signatures.checked == checked
    assert judge.judge(chain, pki.now, purpose="client").verdict == "wrong_usage"
    judge.learn([pki.make("Another", ca=True).der])
    assert judge.judge(chain, pki.now) is first  # nothing was learned of the names that it stands on


def test_the_memory_is_bounded(pki, monkeypatch):
    from analyzer.x509.trust import judge as module

    monkeypatch.setattr(module, "ENTRIES", 8)
    judge = Judge(pki.store(pki.root))
    for number in range(40):
        judge.judge([pki.leaf.der, number.to_bytes(2)], pki.now)
    assert len(judge._judged) == 8
    assert judge._octets == sum(len(one) for key in judge._judged for one in key[0])
    for number in range(10):  # what is judged anew for what was learned is not counted twice
        judge.learn([pki.make("Intermediate", ca=True).der])
        judge.judge([pki.leaf.der], pki.now + number)
    assert judge._octets == sum(len(one) for key in judge._judged for one in key[0])
    for number in range(200):
        judge.judge([pki.leaf.der], pki.now, name=f"{number}.example")
    assert all(len(one.named) <= module.NAMES for some in judge._judged.values() for one in some)
    monkeypatch.setattr(module, "OCTETS", 1000)
    judge.judge([pki.leaf.der, bytes(2000)], pki.now)
    assert len(judge._judged) == 1


def test_many_certificates(pki):
    chain = [pki.leaf.der, *[number.to_bytes(2) for number in range(5000)], pki.inter.der]
    judged = Judge(pki.store(pki.root)).judge(chain, pki.now)
    assert (judged.verdict, judged.cut) == ("incomplete", True)  # nobody sends so many: what is behind the first 64 is not looked at
    assert len(judged.order.unused) < 64


def test_names(pki):
    judge = Judge(pki.store(pki.root))
    chain = [pki.leaf.der, pki.inter.der]
    asked = judge.judge(chain, pki.now, name="WWW.example.com.")
    assert (asked.verdict, asked.names.matched, asked.names.by) == ("trusted", True, "dNSName:www.example.com")
    other = judge.judge(chain, pki.now, name="evil.example")
    assert (other.verdict, other.names.matched) == ("trusted", False)  # the chain holds, and is another's
    assert judge.judge(chain, pki.now, address="192.0.2.1").names.reason == "no_san"
    assert judge.judge(chain, pki.now).names is None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes(pki, der, data):
    leaf, inter, root = pki.leaf.der, pki.inter.der, pki.root.der
    damaged = st.tuples(st.sampled_from([leaf, inter, root]), st.integers(0, 400), st.integers(0, 255)).map(
        lambda drawn: drawn[0][: drawn[1]] + bytes((drawn[2],)) + drawn[0][drawn[1] + 1 :]
    )
    cut = st.tuples(st.sampled_from([leaf, inter]), st.integers(0, 400)).map(lambda drawn: drawn[0][: drawn[1]])
    one = st.one_of(st.binary(max_size=60), damaged, cut, st.sampled_from([leaf, inter, root, der.certificate()]))
    chain = data.draw(st.lists(one, max_size=5))
    at = data.draw(st.one_of(st.just(pki.now), st.integers(-(1 << 70), 1 << 70)))
    name = data.draw(st.one_of(st.none(), st.text(max_size=20)))
    judge = Judge(pki.store(pki.root), named_cas=["Intermediate"])
    judged = judge.judge(chain, at, purpose=data.draw(st.sampled_from(["server", "client"])), name=name)
    assert judged.verdict in VERDICTS
    assert set(judged.faults) <= set(VERDICTS) - {"trusted"}
    assert (judged.verdict == "trusted") == (not judged.faults)
    assert judged.verdict == "trusted" or judged.verdict == judged.faults[0]
    assert judged.since <= at < judged.until
    assert len(judged.edges) == max(len(judged.path) - 1, 0)
    assert isinstance(judged.openssl, str)
    if judged.verdict == "trusted":
        assert chain[0] == leaf or chain[0] in {inter, root}
