"""Policies out of files: those that come along, a user's own, and every way to be wrong."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer import registry
from analyzer.errors import PolicyError
from analyzer.findings.policies import builtin, load
from analyzer.findings.policies.clauses import Demand
from analyzer.findings.policies.files import LARGEST, MOST_CLAUSES, read
from analyzer.registry.generated.cipher_suites import CIPHER_SUITES

HEAD = 'name = "own"\ntitle = "Own"\nversion = "1"\ndate = 2026-01-01\nurl = "https://a.example"\nsource = "me"\n'
CLAUSE = '[[clause]]\nid = "c"\ntitle = "T"\ncitation = "C"\n'


def own(text, head=HEAD):
    return read((head + CLAUSE + text).encode(), "own.toml")


def test_those_that_come_along():
    assert {"mozilla-modern", "mozilla-intermediate", "mozilla-old", "nist-800-52r2", "bsi-tr-02102-2", "rfc9325"} <= {*builtin()}
    assert {"pci-dss-4.0.1", "cnsa-1.0", "cnsa-2.0"} <= {*builtin()}
    policies = load(builtin())
    assert [policy.name for policy in policies] == list(builtin())
    for policy in policies:
        assert policy.clauses
        assert policy.url.startswith("https://")
        assert all(clause.citation and clause.title for clause in policy.clauses)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the names are translated by openssl")
def test_mozilla_intermediate_is_mozillas_list_in_openssls_names():
    """The list "openssl" of guidelines/5.7.json, intermediate, translated to IANA's names by OpenSSL itself."""
    theirs = (
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
        "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:"
        "DHE-RSA-CHACHA20-POLY1305"
    )
    told = subprocess.run(["openssl", "ciphers", "-stdname", theirs], capture_output=True, text=True, check=True).stdout
    names = {line.split()[0] for line in told.splitlines()}
    [policy] = load(["mozilla-intermediate"])
    [suites] = [clause.demand.wanted for clause in policy.clauses if clause.id == "cipher-suites"]
    assert {*suites} == names


def suites_of(policy, clause):
    [found] = [one for one in load([policy])[0].clauses if one.id == clause]
    by_name = {row[0]: code for code, row in CIPHER_SUITES.items()}
    return [registry.cipher_suite(by_name[name]) for name in found.demand.wanted]


def test_nist_suites_are_of_approved_algorithms():
    """SP 800-52 Rev. 2 section 3.3.1: AES, no RSA key transport, no anonymous server."""
    suites = suites_of("nist-800-52r2", "tls12-cipher-suites")
    assert {suite.cipher for suite in suites} == {"AES"}
    assert {suite.key_exchange for suite in suites} == {"ECDHE", "DHE", "ECDH", "DH"}
    assert {suite.mac for suite in suites} == {"AEAD", "SHA", "SHA256", "SHA384"}
    assert len({suite.name for suite in suites}) == len(suites) == 56


def test_bsi_suites_have_no_sha1_and_no_chacha():
    suites = suites_of("bsi-tr-02102-2", "tls12-cipher-suites")
    assert {suite.cipher for suite in suites} == {"AES"}
    assert "SHA" not in {suite.mac for suite in suites}
    assert "RSA" not in {suite.key_exchange for suite in suites}


def test_a_file_of_ones_own(tmp_path):
    path = tmp_path / "own.toml"
    when = 'when = { protocol = "TLS 1.2", start = { min = 2028-01-01 } }\n'
    path.write_text(HEAD + CLAUSE + 'column = "dh_bits"\nmin = 3072\nlevel = "should"\n' + when)
    [policy] = load([str(path)])
    assert (policy.name, policy.date) == ("own", "2026-01-01")
    [clause] = policy.clauses
    assert (clause.level, clause.demand) == ("should", Demand("dh_bits", "min", 3072))
    assert clause.when == (Demand("protocol", "equals", "TLS 1.2"), Demand("start", "min", 1_830_297_600_000_000_000))


def test_lists_in_conditions_mean_what_the_column_allows():
    when = 'when = { protocol = ["TLS 1.2"], offered_groups = ["x25519"], leaf_key_bits = { max = 5 } }'
    [clause] = own('column = "dh_bits"\nmin = 1\n' + when).clauses
    asked = [(one.column, one.operator) for one in clause.when]
    assert asked == [("protocol", "allowed"), ("offered_groups", "any"), ("leaf_key_bits", "max")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('column = "dh_bit"\nmin = 1', "own.toml: clause c: column: no column 'dh_bit' (is it dh_bits?)"),
        ('column = "cipher_suite"\nallowed = ["TLS_AES_128_GCM_SHA265"]', "clause c: allowed: no cipher suite 'TLS_AES_128_GCM_SHA265'"),
        ('column = "group"\nforbidden = ["curve25519"]', "own.toml: clause c: forbidden: no group 'curve25519'"),
        ('column = "dh_bits"\natleast = 1', "own.toml: clause c: atleast: no such key"),
        ('column = "dh_bits"', "own.toml: clause c: column: needs one of allowed"),
        ('column = "dh_bits"\nmin = 1\nmax = 2', "there are min and max"),
        ('column = "dh_bits"\nmin = "1"', "own.toml: clause c: min: must be a number, not '1'"),
        ('column = "dh_bits"\nmin = true', "must be a number, not True"),
        ('column = "dh_bits"\nmin = nan', "must be a number, not nan"),
        ('column = "dh_bits"\nmin = 99999999999999999999', "must be a number"),
        ('column = "dh_bits"\nrequired = [1]', "required cannot be asked of dh_bits, which is a number"),
        ('column = "version"\nmin = "TLS 1.2"', "min cannot be asked of version, which is a text"),
        ('column = "version"\nallowed = "TLS 1.2"', "must be a list that is not empty"),
        ('column = "version"\nallowed = []', "must be a list that is not empty"),
        ('column = "version"\nallowed = [1]', "must be text, not 1"),
        ('column = "early_data"\nequals = 1', "must be true or false"),
        ('column = "server_name"\npresent = "yes"', "must be true or false"),
        ('column = "start"\nmin = "2026"', "must be a date, as 2030-01-01, not '2026'"),
        ('column = "start"\nmin = 0001-01-01', "must be between the years 1678 and 2261"),
        ('column = "dh_bits"\nmin = 1\nlevel = "may"', "level: must be must or should"),
        ('column = "dh_bits"\nmin = 1\nwhen = 1', "when: must be a table of columns"),
        ('column = "dh_bits"\nmin = 1\nwhen = { nothing = 1 }', "own.toml: clause c: when.nothing: no column 'nothing'"),
        ('column = "dh_bits"\nmin = 1\nwhen = { protocol = { older = 1 } }', "when.protocol: must have one of allowed"),
        ('column = "dh_bits"\nmin = 1\nwhen = { protocol = { allowed = ["TLS 1.4"] } }', "when.protocol.allowed: no version 'TLS 1.4'"),
        ('column = "dh_bits"\nmin = 1\n' + CLAUSE + 'column = "dh_bits"\nmin = 1', "own.toml: clause c: id: used before"),
        ("column = 1\nmin = 1", "own.toml: clause c: column: must be a text that is not empty"),
        ("min = 1", "own.toml: clause c: column: missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(text, said):
    with pytest.raises(PolicyError) as caught:
        own(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff", "p.toml: not TOML"), (b"a = [", "p.toml: not TOML"), (b"", "p.toml: name: missing"),
        (b"x" * (LARGEST + 1), "longer than"),
        (HEAD.replace("own", "O wn").encode() + CLAUSE.encode(), "p.toml: name: only a to z"),
        (HEAD.replace("2026-01-01", '"soon"').encode(), "p.toml: date: must be a date"),
        (HEAD.encode(), "p.toml: clause: there must be at least one [[clause]]"),
        (HEAD.encode() + b"clause = 3", "p.toml: clause: there must be at least one"),
        (HEAD.encode() + b'extra = "x"', "p.toml: extra: no such key"),
        (HEAD.encode() + b'[[clause]]\nid = "a b"', "p.toml: clause a b: id: only a to z"),
        (HEAD.encode() + b'[[clause]]\ntitle = "x"', "p.toml: clause 1: id: missing"),
        (HEAD.encode() + b"[[clause]]\n" * (MOST_CLAUSES + 1), f"more than {MOST_CLAUSES}"),
        (b"a = " + b"[" * 20_000, "p.toml: not TOML"),
    ],
)  # fmt: skip
def test_files_that_are_none(data, said):
    with pytest.raises(PolicyError) as caught:
        read(data, "p.toml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.one_of(st.binary(max_size=60), TEXT.map(str.encode), TEXT.map(lambda more: (HEAD + CLAUSE + more).encode())))
def test_any_bytes_are_a_policy_or_a_policy_error(data):
    with pytest.raises(PolicyError, match=r"^p\.toml: "):  # no short text is a whole policy
        read(data, "p.toml")


def test_names_that_are_none(tmp_path):
    with pytest.raises(PolicyError, match=r"rfc9352: no policy of that name \(is it rfc9325\?\); there are bsi"):
        load(["rfc9352"])
    with pytest.raises(PolicyError, match="No such file"):
        load([str(tmp_path / "none.toml")])
    with pytest.raises(PolicyError):
        load(["a\0b.toml"])
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(PolicyError, match=r"folder\.toml: Is a directory"):
        load([str(tmp_path / "folder.toml")])
    with pytest.raises(PolicyError, match="two policies are named rfc9325"):
        load(["rfc9325", "rfc9325"])


def test_the_example_of_the_documentation_is_a_policy():
    from pathlib import Path

    page = (Path(__file__).parents[3] / "docs" / "policies.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    assert len(read(example.encode(), "example").clauses) == 3


@pytest.mark.parametrize(
    "text", [b"a = " + b"1" * 5000, b"a = " + b"[" * 50_000, b"a = {b=" * 50_000, b"a." * 100_000 + b"b = 1", b"[" + b"a." * 100_000 + b"]"]
)
def test_what_is_too_much_for_the_reader_is_no_policy(text):
    """A number of more digits than Python converts, tables in tables, keys of a hundred thousand parts."""
    with pytest.raises(PolicyError, match=r"^a\.toml: (not TOML|line 1)"):
        read(text, "a.toml")
