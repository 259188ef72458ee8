"""Floods against judgement: whatever chains, names and responses a capture is made of, memory and effort stay bounded, and all is told.

The floods stand in ``tests/bench/chains.py``, which also measures time.  Peak memory is that of the whole process; the floods are of a size
at which the caps of judgement are hit, but not yet those of the scan itself (``test_bounded``).
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

if "chains" not in sys.modules:  # importlib mode puts no test folder on the path
    spec = importlib.util.spec_from_file_location("chains", Path(__file__).parent / "bench" / "chains.py")
    sys.modules["chains"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["chains"])
import chains

from analyzer.x509 import read_certificate
from analyzer.x509.ocsp import ANSWERS, read_ocsp_response
from analyzer.x509.trust import Judge, Root, TrustStore, check_response, paths, pool
from analyzer.x509.trust.paths import Effort

linux = pytest.mark.skipif(sys.platform != "linux", reason="peak memory is told in KiB on Linux only")

MOST = 256
"""MiB that a run may take."""
AT = 1_700_000_000 * 10**9

CASES = {
    "chains": (2000, 3), "leaves": (2000, 3), "names": (4000, 0), "randoms": (4000, 0), "long_chains": (40, 3), "alternatives": (40, 3),
    "constraints": (40, 3), "crossed": (100, 3), "intermediates": (900, 3), "same_name": (100, 3), "responses": (60, 3),
    "large_keys": (200, 3), "usual_keys": (200, 3), "primes": (30, 1),
}  # fmt: skip
"""flood -> (handshakes, findings on each of them at least)"""


def run(flood, size, *options):
    """Feed a flood through standard input; return what ``chains.py --tell`` says.  A small process starts it, see ``floods``."""
    done = subprocess.run([sys.executable, chains.__file__, "--tell", flood, str(size), *options], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


@linux
@pytest.mark.parametrize("flood", CASES)
def test_floods(flood):
    size, each = CASES[flood]
    told = run(flood, size, "--format", "ndjson", "--table", "findings")
    assert told["rows"] >= max(size * each, 1)
    assert told["code"] == (4 if told["messages"] else 0)
    assert told["peak"] <= MOST


def test_every_flood_is_tried():
    assert CASES.keys() == chains.FLOODS.keys()


# ---- effort: what is costly is bounded for all chains together, and told


def knots(count):
    for number in range(count):
        yield (chains.certificate(f"h{number}", "knot", number, by=2), *chains.knot())


def test_ever_new_knots_cost_a_bounded_effort_and_are_told(monkeypatch):
    monkeypatch.setattr(paths, "EFFORT", 500)
    judge = Judge(TrustStore("none", ()))
    judge._effort = Effort(paths.EFFORT)
    first, *others = [judge.judge(chain, AT) for chain in knots(12)]
    assert {one.cut for one in (first, *others[-3:])} == {True}
    assert judge.cut >= 4
    before = judge._signatures.checked
    judge.judge(next(iter(knots(13))), AT + 1)
    *_, last = knots(14)
    judge.judge(last, AT)
    assert judge._signatures.checked - before <= 2 * paths.FEW_CHECKS
    assert judge._effort.left <= 0


def test_a_usual_chain_is_judged_whatever_came_before():
    root = chains.certificate("root", "root", 1, own=20, by=20, ca=True)
    crossed = chains.certificate("ca", "other", 2, own=21, by=22, ca=True)
    ca = chains.certificate("ca", "root", 3, own=21, by=20, ca=True)
    names = chains.tlv(0x30, chains.SAN, chains.tlv(4, chains.tlv(0x30, chains.tlv(0x82, b"a.example"))))
    leaf = chains.certificate("leaf", "ca", 4, own=23, by=21, more=names)
    judge = Judge(TrustStore("test", (Root(root, "test"),)))
    judge._effort = Effort(0)
    told = judge.judge((leaf, crossed, ca), AT, name="a.example")
    assert (told.verdict, told.cut, told.names.matched) == ("trusted", False, True)
    assert judge.cut == 0


def test_constraints_are_compared_less_when_much_was_compared():
    names = b"".join(chains.tlv(0x82, b"h%07d.b000999.example" % at) for at in range(100))
    leaf = chains.certificate("bound", "held", 5, by=2, more=chains.tlv(0x30, chains.SAN, chains.tlv(4, chains.tlv(0x30, names))))
    fresh, tired = Judge(TrustStore("none", ())), Judge(TrustStore("none", ()))
    tired._effort = Effort(0)
    reasons = [next(one.text for one in judge.judge((leaf, *chains.bomb()[:1]), AT).reasons if one.word == "name_constraints")
               for judge in (fresh, tired)]  # fmt: skip
    assert "is excluded" in reasons[0] or "more names" in reasons[0]
    assert reasons[1].endswith("more names and constraints than are compared")


def test_answers_beyond_the_first_are_not_read():
    response = read_ocsp_response(chains.stapled())
    assert len(response.answers) == ANSWERS
    assert f"more than {ANSWERS} answers" in response.faults
    told = check_response(chains.stapled(), read_certificate(chains.one_ca()), None, AT)
    assert told.verified is False
    assert told.reason == "no answer for this serial number"


def test_a_full_pool_is_told(monkeypatch):
    monkeypatch.setattr(pool, "ENTRIES", 3)
    judge = Judge(TrustStore("none", ()))
    for number in range(5):
        assert judge.pool_full == (number > 3)
        judge.learn((chains.certificate(f"ca {number}", "root", number, ca=True),))


@linux
def test_a_policy_of_many_clauses_is_told_part_by_part(tmp_path):
    """500 verdicts on each handshake, a kilobyte each: a thousand handshakes at once would take half a gigabyte."""
    head = 'name = "many"\ntitle = "t"\nversion = "1"\nurl = "u"\nsource = "s"\n'
    clause = '[[clause]]\nid = "c%d"\ntitle = "t"\ncitation = "c"\ncolumn = "cipher_suite"\nforbidden = ["TLS_RSA_WITH_NULL_MD5"]\n'
    (tmp_path / "many.toml").write_text(head + "".join(clause % number for number in range(500)))
    told = run("randoms", 400, "--format", "ndjson", "--table", "policy", "--policy", str(tmp_path / "many.toml"))
    assert told["rows"] == 400 * 500
    assert told["peak"] <= MOST
