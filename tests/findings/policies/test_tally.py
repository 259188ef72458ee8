"""How many handshakes meet a policy: each once, with its base and what could not be seen."""

from analyzer.findings.policies import Tally, judge, load


def test_the_sum_counts_each_handshake_once(sample, frame):
    [policy] = load(["rfc9325"])
    tally = Tally(policy)
    for name in ("tls10-rc4", "tls12-chacha20", "tls13", "tls12-ecdhe-rsa"):
        tally.add(judge(policy, frame(*sample(name))))
    assert (tally.handshakes, tally.failed, tally.met, tally.untold) == (4, 1, 3, 0)
    assert tally.advised == 1  # ChaCha20 is not among the recommended suites
    assert tally.whole == 2  # of TLS 1.3 the certificate cannot be seen
    assert tally.clauses.sum(axis=1).tolist() == [4] * len(policy.clauses)
    lines = dict(tally.lines())
    assert lines["rfc9325"] == (
        "1 of 4 handshakes (25 %) fail it; 3 pass all that can be seen of them, 2 of these all that it demands; "
        "1 of those that pass go against its advice"
    )
    assert lines["rfc9325 encryption"] == "No NULL and no RC4: 1 of 4 (25 %) fail"
    figures = tally.figures()
    assert (figures["handshakes"], figures["failed"], figures["met"]) == (4, 1, 3)
    assert figures["clauses"][0] == {"clause": "versions", "level": "must", "pass": 3, "fail": 1, "not_applicable": 0, "not_observable": 0}


def test_what_nothing_was_seen_of_is_told_apart(sample, frame):
    [policy] = load(["mozilla-modern"])
    tally = Tally(policy)
    tally.add(judge(policy, frame(*sample("fail-unanswered"))))
    assert (tally.handshakes, tally.met, tally.failed, tally.untold) == (1, 0, 0, 1)
    assert "in 1 nothing that it is about can be seen" in tally.lines()[0][1]
    assert Tally(policy).lines() == [("mozilla-modern", "no handshakes to judge")]
