"""What each handshake shows of post-quantum readiness."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.findings.policies import Observed
from analyzer.findings.readiness.marks import FIGURES, marks, offers
from analyzer.handshakes.handshake import CLIENT, SERVER, Alert
from analyzer.tls import messages as m

HYBRID, MLKEM, DRAFT, X25519 = 4588, 513, 25497, 29
OUTCOMES = ("accepted", "classical_forced", "legacy_version", "psk_alone", "failed", "unseen")


def hello(make, *groups, shares=(), schemes=()):
    listed = make.extension(10, make.vector(make.u16(*groups)))
    sent = make.extension(51, make.vector(b"".join(make.u16(group) + make.vector(b"k" * 32) for group in shares)))
    signed = [make.extension(13, make.vector(make.u16(*schemes)))] if schemes else []
    return CLIENT, make.client_hello(listed, sent, *signed)


def answer(make, group, *extensions):
    return SERVER, make.server_hello13(*extensions, group=group)


def retry(make, group):
    version, asked = make.extension(43, make.u16(0x0304), "server_hello"), make.extension(51, make.u16(group), "hello_retry_request")
    return SERVER, make.server_hello(version, asked, shape=m.HelloRetryRequest, cipher_suite=0x1301)


def marked(*handshakes, frame):
    seen = Observed(frame(*handshakes))
    return {figure: mask.tolist() for figure, mask in marks(seen, seen.greeted() == 1).items()}


def shown(make, frame, *steps, **fields):
    return {figure for figure, (is_so,) in marked(make.handshake(*steps, **fields), frame=frame).items() if is_so}


BASE = {"handshakes", "offered", "key_share_sent"}


def test_accepted_and_forced(make, frame):
    offer = hello(make, HYBRID, X25519, shares=[HYBRID, X25519])
    assert shown(make, frame, offer, answer(make, HYBRID)) == BASE | {"answered", "accepted"}
    assert shown(make, frame, offer, answer(make, X25519)) == BASE | {"answered", "classical_forced"}


@pytest.mark.parametrize("group", [HYBRID, MLKEM, DRAFT, 4587, 4589])
def test_hybrids_drafts_and_pure_ones_count(make, frame, group):
    assert shown(make, frame, hello(make, group), answer(make, group)) == {"handshakes", "offered", "answered", "accepted"}


def test_not_offered(make, frame):
    assert shown(make, frame, hello(make, X25519, 0x2A2A, shares=[X25519]), answer(make, X25519)) == {"handshakes", "not_offered"}


def test_tls12_has_none(make, frame):
    assert shown(make, frame, hello(make, HYBRID), (SERVER, make.server_hello())) >= {"offered", "legacy_version"}


def test_a_psk_in_place_of_a_key_exchange(make, frame):
    psk = make.extension(41, make.u16(0), "server_hello")
    assert shown(make, frame, hello(make, HYBRID), answer(make, None, psk)) == {"handshakes", "offered", "psk_alone"}


def test_retries(make, frame):
    first = hello(make, HYBRID, X25519, shares=[HYBRID])
    lost = shown(make, frame, first, retry(make, X25519), hello(make, X25519), answer(make, X25519))
    assert lost == BASE | {"answered", "classical_forced", "retry_lost"}
    first = hello(make, HYBRID, X25519, shares=[X25519])
    gained = shown(make, frame, first, retry(make, HYBRID), hello(make, HYBRID), answer(make, HYBRID))
    assert gained == {"handshakes", "offered", "answered", "accepted", "retry_gained"}


def test_no_answer(make, frame):
    offer = hello(make, HYBRID)
    assert shown(make, frame, offer, outcome="cut") == {"handshakes", "offered", "unseen"}
    assert shown(make, frame, offer, outcome="unanswered") == {"handshakes", "offered", "unseen"}
    assert shown(make, frame, offer, outcome="unanswered", closed="rst") == {"handshakes", "offered", "failed"}
    assert shown(make, frame, offer, outcome="failed", alerts=[Alert(SERVER, 2, 40, 2, 0)]) == {"handshakes", "offered", "failed"}


def test_a_group_that_nobody_knows_is_no_outcome(make, frame):
    assert shown(make, frame, hello(make, HYBRID), answer(make, 0xFFF0)) == {"handshakes", "offered", "unseen"}


def test_without_a_hello_nothing_counts(make, frame):
    assert shown(make, frame, answer(make, HYBRID)) == set()


def test_mldsa(make, frame, sample):
    assert "mldsa_offered" in shown(make, frame, hello(make, X25519, schemes=[0x0905]), answer(make, X25519))
    assert "mldsa_offered" not in shown(make, frame, hello(make, X25519, schemes=[0x0804]), answer(make, X25519))
    tls13 = marked(*sample("tls13"), *sample("tls12-rsa"), frame=frame)
    assert tls13["certificates_encrypted"] == [True, False]
    assert tls13["certificates_seen"] == [False, True]
    assert tls13["mldsa_certificates"] == [False, False]


def test_a_certificate_with_an_mldsa_key(make, frame):
    """A certificate whose key says id-ml-dsa-65, 2.16.840.1.101.3.4.3.18 (RFC 9881 section 2), as long as what stood there before."""
    der = make.certificate()
    spki = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
    assert spki in der
    made = der.replace(spki, bytes.fromhex("3013 0609 608648016503040312 0606 550403000000"))
    assert len(made) == len(der)
    assert "mldsa_certificates" in shown(make, frame, *[(seen.sender, seen.message) for seen in make.full(certificates=(made,)).seen[:3]])


def test_hellos_in_several_packets(sample, frame):
    assert marked(*sample("tls13-mlkem"), frame=frame)["hello_split"] == [True]
    assert marked(*sample("tls13"), frame=frame)["hello_split"] == [False]


def test_offers_are_the_post_quantum_ones(make, frame):
    lists, named = offers(Observed(frame(make.handshake(hello(make, X25519, HYBRID, 0x2A2A, MLKEM)))))
    assert [named[code] for code in lists] == [("X25519MLKEM768", "MLKEM768")]


GROUP = st.sampled_from([HYBRID, MLKEM, DRAFT, X25519, 23, 0xFFF0, 0x2A2A])


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_every_offer_has_one_outcome(data, make, frame):
    made = []
    for _ in range(data.draw(st.integers(1, 5))):
        steps = [hello(make, *data.draw(st.lists(GROUP, max_size=4)), shares=data.draw(st.lists(GROUP, max_size=2)))]
        if data.draw(st.booleans()):
            steps += [retry(make, data.draw(GROUP)), hello(make, data.draw(GROUP))]
        if data.draw(st.booleans()):
            tls13 = data.draw(st.booleans())
            steps.append(answer(make, data.draw(st.one_of(st.none(), GROUP))) if tls13 else (SERVER, make.server_hello()))
        outcome = data.draw(st.sampled_from(["complete", "failed", "cut", "unanswered"]))
        made.append(make.handshake(*steps[data.draw(st.integers(0, 1)) :], outcome=outcome))
    told = marked(*made, frame=frame)
    assert list(told) == list(FIGURES)
    for at in range(len(made)):
        assert told["handshakes"][at] == told["offered"][at] + told["not_offered"][at]
        assert told["offered"][at] == sum(told[outcome][at] for outcome in OUTCOMES)
        assert told["answered"][at] == told["accepted"][at] + told["classical_forced"][at]
        assert told["key_share_sent"][at] <= told["offered"][at]
