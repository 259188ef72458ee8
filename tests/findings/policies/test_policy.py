"""Verdicts on the samples against what the documents say of what their stacks agreed on, the table's rows, and findings."""

import pytest

from analyzer.findings.policies import COLUMNS, Observed, judge, load, rows
from analyzer.findings.policies.policy import VERDICTS, findings
from analyzer.findings.rule import STATES

NAMES = [column.name for column in COLUMNS]


def told(policy, handshakes, frame, verdicts=VERDICTS):
    judgement = judge(load([policy])[0], frame(*handshakes))
    return [dict(zip(NAMES, row, strict=True)) for row in rows(judgement, ["a.pcap"], verdicts)]


def failed(policy, handshakes, frame):
    return {row["clause"] for row in told(policy, handshakes, frame, ("fail",))}


@pytest.mark.parametrize(
    ("sample_name", "policy", "clauses"),
    [
        # samples/manifest.json says what was agreed; which clauses that is against, the documents
        ("tls10-rc4", "rfc9325", {"versions", "encryption", "forward-secrecy", "sha256-requested"}),
        ("tls11-3des", "rfc9325", {"versions", "strength-128", "forward-secrecy", "sha256-requested"}),
        ("tls12-dhe", "rfc9325", {"no-dhe", "no-finite-field", "tls12-cipher-suites"}),
        ("tls12-rsa", "rfc9325", {"forward-secrecy", "no-rsa-key-exchange", "tls12-cipher-suites"}),
        ("tls12-null", "rfc9325", {"encryption", "strength", "strength-128", "tls12-cipher-suites"}),
        ("tls13", "rfc9325", set()),
        ("tls13-mlkem", "mozilla-modern", set()),
        ("tls12-ecdhe-rsa", "mozilla-modern", {"versions", "cipher-suites", "certificate-type", "certificate-lifespan"}),
        ("tls12-rsa", "mozilla-intermediate", {"cipher-suites", "certificate-lifespan"}),
        ("tls12-rsa", "mozilla-old", {"certificate-lifespan"}),
        ("tls12-dhe", "mozilla-intermediate", {"certificate-lifespan"}),
        ("tls12-dhe", "mozilla-intermediate-6.0", {"cipher-suites", "certificate-lifespan"}),
        ("ssl30-rsa", "pci-dss-4.0.1", {"no-early-tls", "no-fallback"}),
        ("ssl30-rsa", "nist-800-52r2", {"no-ssl", "versions", "certificate-validity", "extended-master-secret"}),
        ("tls12-chacha20", "nist-800-52r2", {"tls12-cipher-suites", "curves", "certificate-validity"}),
        ("tls12-anonymous", "pci-dss-4.0.1", {"authenticated", "dh-size", "no-fallback"}),
        ("tls13", "cnsa-1.0", {"curve"}),
        ("tls13-chacha20", "cnsa-1.0", {"tls13-cipher-suite", "curve"}),
        ("tls13", "bsi-tr-02102-2", {"tls13-groups"}),
    ],
)
def test_samples(sample, frame, sample_name, policy, clauses):
    assert failed(policy, sample(sample_name), frame) == clauses


def test_cnsa_2_is_met_by_nothing_but_its_own(make, frame):
    from analyzer.handshakes.handshake import CLIENT, SERVER

    groups, schemes = make.extension(10, make.vector(make.u16(514))), make.extension(13, make.vector(make.u16(0x0906)))
    versions = make.extension(43, make.vector(make.u16(0x0304), 1))

    def made(group, suite):
        hello = make.client_hello(groups, schemes, versions, cipher_suites=(0x1302,))
        return make.handshake((CLIENT, hello), (SERVER, make.server_hello13(group=group, cipher_suite=suite)), (SERVER, make.ENCRYPTED))

    assert failed("cnsa-2.0", [made(514, 0x1302)], frame) == set()
    assert failed("cnsa-2.0", [made(4589, 0x1302)], frame) == {"key-exchange"}  # a hybrid is not its profile
    assert failed("cnsa-2.0", [made(29, 0x1301)], frame) == {"key-exchange", "post-quantum", "cipher-suite"}


def test_a_clause_may_begin_at_a_date(make, frame):
    """RFC 10015 of July 2026 forbids DHE in TLS 1.2; what was recorded in 2023 goes only against RFC 9325's advice."""
    dhe = make.full(answer=make.server_hello(cipher_suite=0x009E), start=1_700_000_000_000_000_000)
    assert "no-finite-field" not in failed("rfc9325", [dhe], frame)
    assert "no-dhe" in failed("rfc9325", [dhe], frame)
    dhe.start = 1_798_761_600_000_000_000  # 2027-01-01
    assert "no-finite-field" in failed("rfc9325", [dhe], frame)


def test_states_and_verdicts_go_together():
    assert dict(zip(STATES, VERDICTS, strict=True)) == {
        "passed": "pass", "failed": "fail", "not_applicable": "not_applicable", "not_observable": "not_observable",
    }  # fmt: skip


def test_rows_cite_and_prove(sample, frame):
    [row] = [row for row in told("rfc9325", sample("tls10-rc4"), frame) if row["clause"] == "encryption"]
    assert row["handshake"] == 1
    assert (row["policy"], row["level"], row["verdict"]) == ("rfc9325", "must", "fail")
    assert row["detail"] == "cipher is RC4, which is forbidden"
    assert row["citation"] == "RFC 9325 (BCP 195) section 4.1"
    [server_hello] = [seen.packet for seen in sample("tls10-rc4")[0].seen if seen.code == 2]
    assert row["packets"] == [server_hello]
    assert row["display_filter"] == f"frame.number == {server_hello}"
    assert (row["source"], row["packet_sources"]) == ("a.pcap", None)


def test_what_is_not_observable_says_why_and_proves_nothing(sample, frame):
    rows_ = {row["clause"]: row for row in told("mozilla-intermediate", sample("tls13"), frame)}
    hidden = rows_["certificate-lifespan"]
    assert (hidden["verdict"], hidden["detail"]) == ("not_observable", "leaf_validity_days cannot be seen: TLS 1.3 encrypts it")
    assert hidden["packets"] is hidden["display_filter"] is hidden["source"] is None
    assert (rows_["dh-size"]["verdict"], rows_["dh-size"]["detail"]) == ("not_applicable", "there is no dh_bits here")


def test_every_row_has_every_column_and_verdicts_can_be_picked(sample, frame):
    one = told("rfc9325", sample("tls12-resume-ticket"), frame)
    assert len(one) == 2 * len(load(["rfc9325"])[0].clauses)
    assert [row["handshake"] for row in one] == sorted(row["handshake"] for row in one)
    assert {row["verdict"] for row in told("rfc9325", sample("tls12-dhe"), frame, ("fail", "pass"))} == {"fail", "pass"}


def test_several_policies_read_a_frame_once(sample, frame):
    seen = Observed(frame(*sample("tls12-dhe")))
    alone = judge(load(["rfc9325"])[0], frame(*sample("tls12-dhe"))).states
    judge(load(["mozilla-old"])[0], seen)
    assert (judge(load(["rfc9325"])[0], seen).states == alone).all()


def test_an_empty_frame(frame):
    judgement = judge(load(["rfc9325"])[0], frame())
    assert judgement.states.shape[1] == 0
    assert list(rows(judgement, [])) == []


def test_what_fails_is_a_finding(sample, frame):
    found = {one.rule: one for one in findings(judge(load(["rfc9325"])[0], frame(*sample("tls10-rc4"))))}
    assert set(found) == {"rfc9325/versions", "rfc9325/encryption", "rfc9325/forward-secrecy", "rfc9325/sha256-requested"}
    rc4, advice = found["rfc9325/encryption"], found["rfc9325/forward-secrecy"]
    assert (rc4.severity, advice.severity) == ("medium", "low")  # must, should
    assert (rc4.detail, rc4.handshake, rc4.count) == ("cipher is RC4, which is forbidden", 1, 1)
    assert rc4.packets == tuple(seen.packet for seen in sample("tls10-rc4")[0].seen if seen.code == 2)
