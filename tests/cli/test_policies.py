"""tlsscan policies: the list, a policy whole, a user's own file, what is wrong with one."""

import json

import pytest

from analyzer.cli.codes import Exit
from analyzer.findings.policies import builtin, load

OWN = """name = "own"
title = "Red \\u001b[31m and \\u202e"
version = "1"
url = "https://a.example"
source = "me"
[[clause]]
id = "dh"
title = "T"
citation = "C"
column = "dh_bits"
min = 3072
when = { protocol = "TLS 1.2" }
"""


@pytest.fixture
def policies(capfdbinary):
    import click

    from analyzer.cli.messages import usage
    from analyzer.cli.policies import policies as command

    def run(*words):
        try:
            code = command.main([str(word) for word in words], prog_name="tlsscan policies", standalone_mode=False)
        except click.ClickException as error:
            usage(error)
            code = Exit.USAGE
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def test_they_are_listed(policies):
    code, out, _ = policies()
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(builtin())


def test_one_is_shown_whole(policies):
    code, out, _ = policies("rfc9325")
    assert code == 0
    for clause in load(["rfc9325"])[0].clauses:
        assert f"\n\n{clause.id}\n  {clause.level:10}{clause.title}\n" in out
        assert clause.citation in out
    assert "  where     protocol is TLS 1.2" in out
    assert max(map(len, out.splitlines())) <= 100


def test_a_file_is_checked_and_shown_without_its_controls(policies, tmp_path):
    (tmp_path / "own.toml").write_text(OWN)
    code, out, _ = policies(tmp_path / "own.toml")
    assert code == 0
    assert "dh_bits is at least 3072" in out
    assert "\\u{1b}[31m and \\u{202e}" in out
    assert not {"\x1b", "\u202e"} & {*out}


def test_what_is_wrong_is_one_line_and_exit_code_2(policies, tmp_path):
    (tmp_path / "own.toml").write_text(OWN.replace("dh_bits", "dh_bit"))
    code, out, err = policies(tmp_path / "own.toml")
    assert (code, out) == (Exit.USAGE, "")
    assert err.splitlines()[-1].endswith("own.toml: clause dh: column: no column 'dh_bit' (is it dh_bits?)")
    assert policies("nothing")[0] == Exit.USAGE


def test_json(policies, tmp_path):
    (tmp_path / "own.toml").write_text(OWN)
    code, out, _ = policies("--format", "json", "cnsa-2.0", tmp_path / "own.toml")
    first, own = json.loads(out)
    assert code == 0
    assert (first["name"], own["date"]) == ("cnsa-2.0", None)
    [clause] = own["clauses"]
    assert (clause["clause"], clause["level"], clause["citation"]) == ("dh", "must", "C")
    assert (clause["asks"], clause["where"]) == ("dh_bits is at least 3072", ["protocol is TLS 1.2"])
    assert "\u202e" not in out


def test_columns(policies):
    code, out, _ = policies("--columns")
    assert code == 0
    names = [line.split()[0] for line in out.splitlines()]
    assert {"protocol", "cipher_suite", "leaf_days_left", "offered_groups"} <= {*names}
