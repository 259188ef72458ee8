"""verdicts: the closed list, its order, and faults that come later."""

from analyzer.x509.trust import VERDICTS, Fault, Judge
from analyzer.x509.trust.verdicts import gravity


def test_the_list():
    assert list(VERDICTS)[-1] == "trusted"
    assert [gravity(word) for word in VERDICTS] == list(range(len(VERDICTS)))
    assert all(text.endswith(".") for text in VERDICTS.values())


def test_revoked(pki):
    judged = Judge(pki.store(pki.root)).judge([pki.leaf.der, pki.inter.der], pki.now)
    revoked = judged.with_faults([Fault("revoked", 0, "revoked on Monday")])
    assert (revoked.verdict, revoked.faults, revoked.detail) == ("revoked", ("revoked",), "revoked on Monday")
    assert (revoked.path, revoked.openssl) == (judged.path, "ok")
    assert revoked.differ
    assert judged.verdict == "trusted"
    assert judged.with_faults([]) is judged
    assert revoked.with_faults([Fault("revoked", 0, "revoked on Monday")]).reasons == revoked.reasons


def test_the_gravest_first(pki):
    leaf = pki.make("leaf", days=(-100, -50), eku=("client",))
    judged = Judge(pki.store(pki.root)).judge([leaf.der], pki.now)
    assert judged.faults == ("self_signed", "wrong_usage", "expired")
    assert judged.detail == judged.reasons[0].text
    graver = judged.with_faults([Fault("revoked", 0, "gone")])
    assert graver.faults == ("revoked", "self_signed", "wrong_usage", "expired")


def test_an_edge_holds_or_not(pki):
    judged = Judge(pki.store(pki.root)).judge([pki.leaf.der, pki.inter.der], pki.now)
    assert all(edge.holds for edge in judged.edges)
    late = Judge(pki.store(pki.root)).judge([pki.leaf.der, pki.inter.der], pki.now + 1500 * pki.day)
    assert [(edge.holds, edge.valid) for edge in late.edges] == [(False, False), (True, True)]
    assert "expired on" in late.edges[0].text
