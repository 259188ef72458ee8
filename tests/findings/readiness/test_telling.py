"""The sum in words: each share with its base, and what could not be seen."""

from analyzer.findings.readiness import Readiness, lines
from analyzer.findings.readiness.telling import share
from analyzer.handshakes.handshake import CLIENT, SERVER


def test_share_has_its_base():
    assert share(12, 40) == "12 of 40 (30 %)"
    assert share(0, 0) == "0 of 0"


def test_nothing_to_say(make, frame):
    assert lines(Readiness()) == [("post-quantum", "no ClientHello is in the capture, so nothing can be said")]
    readiness = Readiness()
    readiness.add(frame(make.handshake((SERVER, make.server_hello()))))
    assert lines(readiness)[0][1].startswith("no ClientHello")


def offered(make, chosen=None, *, group=4588):
    hello = CLIENT, make.client_hello(make.extension(10, make.vector(make.u16(group, 29))))
    steps = [hello] if chosen is None else [hello, (SERVER, make.server_hello13(group=chosen))]
    return make.handshake(*steps, outcome="cut" if chosen is None else "complete")


def test_words(make, frame):
    readiness = Readiness()
    every = [offered(make, 4588)] * 3 + [offered(make, 29), offered(make), make.handshake((CLIENT, make.client_hello()))]
    readiness.add(frame(*every, make.handshake((SERVER, make.server_hello()))))
    said = dict(lines(readiness))
    assert said["post-quantum offers"] == (
        "5 of 6 (83 %) handshakes offer a post-quantum group: X25519MLKEM768; 0 of 5 (0 %) of them send a key for one at once; "
        "in 1 more the ClientHello is not in the capture"
    )
    assert said["post-quantum answers"] == (
        "X25519MLKEM768 accepted in 3 of 4 (75 %) TLS 1.3 key exchanges that offered it; "
        "1 more that offered it had none that is in the capture"
    )
    outcome = "a post-quantum group was chosen in 3 of 4 (75 %), a classical one in 1; in 1 the answer is not in the capture"
    assert said["post-quantum outcome"] == outcome
    assert said["classical forced by"] == "192.0.2.1:443 (1 of 4)"
    assert said["ML-DSA"].startswith("0 of 6 (0 %) clients' hellos take ML-DSA; server certificates with it: 0 of 0 that can be read")
    assert "post-quantum retries" not in said
    assert said["ClientHello"].startswith("median 101 bytes, longest 101; 0 of 6 (0 %) needed more than one packet")


def test_a_draft_is_named(make, frame):
    readiness = Readiness()
    readiness.add(frame(offered(make, 25497, group=25497)))
    assert "X25519Kyber768Draft00 accepted in 1 of 1 (100 %)" in dict(lines(readiness))["post-quantum answers"]


def test_nobody_offers(make, frame):
    readiness = Readiness()
    readiness.add(frame(make.handshake((CLIENT, make.client_hello()))))
    said = dict(lines(readiness))
    assert said["post-quantum offers"] == "0 of 1 (0 %) handshakes offer a post-quantum group"
    assert "post-quantum answers" not in said
