"""Drawn chains: of rows of the tables, leaf first, with what is wrong at each step; missing parts dashed, the trusted root marked."""

from pathlib import Path

import pytest
from drawn import SVG, read, said, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.findings.judging import Judging
from analyzer.findings.tables import TABLES
from analyzer.reports.plots.chains import ORIGINS, WRONG, Link, chain, links
from analyzer.reports.report import Told, tell
from analyzer.scanning import stream
from analyzer.x509.trust import Edge

SAMPLES = Path(__file__).parents[3] / "samples"
DAY = 86_400 * 10**9
ANY = st.text(st.characters(), max_size=80)
LINKS = st.builds(
    Link, subject=ANY, issuer=ANY, name=ANY, issuer_name=ANY, key=ANY, anchor=st.sampled_from(["", "certifi"]),
    origin=st.sampled_from(list(ORIGINS)), not_before=st.none() | st.integers(), not_after=st.none() | st.integers(),
    faults=st.lists(ANY, max_size=3).map(tuple), wrong=st.none() | st.lists(ANY, max_size=3).map(tuple),
)  # fmt: skip


class Gathered:
    """A report that keeps the rows of the two tables."""

    def __init__(self):
        self.trust, self.certificates = [], {}

    def add(self, told):
        named = {name: [column.name for column in TABLES[name].columns] for name in ("trust", "certificates")}
        self.trust += [dict(zip(named["trust"], row, strict=True)) for row in told.rows("trust")]
        for row in told.rows("certificates"):
            self.certificates[row[0]] = dict(zip(named["certificates"], row, strict=True))


def judged(sample):
    walk, gathered = stream(SAMPLES / f"{sample}.pcapng"), Gathered()
    tell(walk.everything(), Told(TABLES, walk.sources, Judging(), wanted=("trust",)), [gathered])
    return gathered


def drawn(sample):
    gathered = judged(sample)
    row = gathered.trust[0]
    made = links(row, gathered.certificates)
    return row, made, read(chain(made, row["verdict"]))


def test_every_step_of_a_long_chain():
    row, made, root = drawn("tls12-long-chain")
    shown = texts(root)
    assert [link.name for link in made][:2] == ["deep.example", "Lab Level 6 CA"]
    assert shown[0] == row["verdict"]
    assert shown.count("✓ the signature holds, and the issuer may sign") == len(row["edges"]) == 6


def test_an_issuer_that_was_not_found_is_dashed():
    _, made, root = drawn("fail-unknown-ca")
    assert [link.origin for link in made] == ["sent", "missing"]
    assert "✗ the issuer's certificate is missing" in texts(root)
    assert [bool(one.get("stroke-dasharray")) for one in root.iter(f"{SVG}rect")] == [False, True]
    assert "Step to its issuer: ✗ the issuer's certificate is missing. Certificate 2: Lab Root CA; " in said(root)


def test_a_certificate_that_is_its_own_issuer():
    _, made, root = drawn("fail-self-signed")
    assert len(made) == 1
    assert "its own issuer" in texts(root)


def row(sha256, subject, issuer, *, until=10):
    return {
        "sha256": sha256, "subject": f"CN={subject}", "subject_cn": subject, "issuer": f"CN={issuer}", "issuer_cn": issuer, "not_before": 0,
        "not_after": until * DAY, "public_key_algorithm": "RSA", "public_key_curve": None, "public_key_size": 2048,
    }  # fmt: skip


def edge(child, issuer, **checks):
    return {"child": child, "issuer": issuer, **dict.fromkeys(WRONG, True), **checks}


TRUST = {
    "certificates": ["a", "b", "x"], "path": ["a", "b", "c"],
    "edges": [edge("a", "b", signature=None), edge("b", "c", is_ca=False, valid=False)],
    "at": 5 * DAY, "borrowed": None, "trust_store": "certifi", "anchored": True, "root": "c", "missing_issuer": None,
    "subject": "CN=leaf",
}  # fmt: skip
CERTIFICATES = {"a": row("a", "leaf", "middle", until=3), "b": row("b", "middle", "top"), "x": row("x", "stray", "nobody")}


def test_a_root_out_of_the_trust_store_has_its_name_of_its_child():
    made = links(TRUST, CERTIFICATES)
    assert [(link.name, link.origin, link.anchor) for link in made] == [
        ("leaf", "sent", ""), ("middle", "sent", ""), ("top", "store", "certifi"), ("stray", "stranger", ""),
    ]  # fmt: skip
    assert made[0].faults == ("expired at the time",)
    assert made[0].key == "RSA 2048"


def test_what_is_wrong_at_each_step():
    shown = texts(read(chain(links(TRUST, CERTIFICATES), "bad")))
    at = [shown.index(words) for words in (
        "leaf", "1970-01-01 to 1970-01-04, RSA 2048", "✗ expired at the time", "✗ the signature cannot be checked", "middle",
        "✗ the issuer's certificate was not valid at the time", "✗ the issuer is no CA", "top",
        "✓ a root of the trust store (certifi)", "stray", "sent, and on no path",
    )]  # fmt: skip
    assert at == sorted(at)


def test_the_trusted_root_has_a_double_frame():
    frames = list(read(chain(links(TRUST, CERTIFICATES), "bad")).iter(f"{SVG}rect"))
    assert len(frames) == 5  # four certificates


def test_a_borrowed_intermediate_is_said():
    made = links(TRUST | {"certificates": ["a"], "borrowed": ["b"]}, CERTIFICATES)
    assert made[1].origin == "borrowed"
    assert ORIGINS["borrowed"] in texts(read(chain(made, "incomplete")))


def test_the_checks_are_those_of_an_edge():
    assert set(WRONG) <= set(Edge.__struct_fields__)


def test_a_step_that_nobody_judged_is_not_said_to_hold():
    shown = texts(read(chain([Link(subject="a"), Link(subject="b")], "?")))
    assert "the step was not judged" in shown
    assert not [one for one in shown if "✓" in one]


@settings(deadline=None)
@given(st.lists(LINKS, max_size=15), ANY)
def test_any_chain(made, verdict):
    picture = chain(made, verdict)
    if made:
        root = read(picture)
        assert ("more, which are not drawn" in said(root)) is (len(made) > 12)
    else:
        assert picture.startswith('<p class="plot nothing">')


@pytest.mark.parametrize("evil", ["</desc><script>alert(1)</script>", "\u202e\ud800\0"])
def test_names_of_the_wire_are_text(evil):
    root = read(chain([Link(subject=evil, issuer=evil, name=evil, key=evil, faults=(evil,), wrong=(evil,)), Link(subject=evil)], evil))
    assert not root.findall(".//script")
