"""The page as a file: whole, self-contained, safe, the same each time, and never larger than it may be."""

import base64
import hashlib
import re

import pandas as pd
import pytest

from analyzer import scan
from analyzer.reports.html import page
from analyzer.reports.report import Options


@pytest.fixture(scope="module")
def parts(tour, taken):
    return taken(tour)


@pytest.fixture(scope="module")
def facts(samples):
    return scan(samples / "tour.pcapng")


@pytest.fixture(scope="module")
def samples(request):
    return request.config.rootpath / "samples"


def test_the_policy_names_what_is_embedded(parts):
    (told,) = [one["content"] for tag, one in parts.elements if one.get("http-equiv") == "Content-Security-Policy"]
    for name in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(parts.blocks[name].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in told
    assert told.startswith("default-src 'none'")


def test_nothing_is_fetched_and_nothing_runs_from_markup(parts):
    for tag, attributes in parts.elements:
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "src", "srcset", "action"}], (tag, attributes)
        for name in ("href", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:,")), attributes
    kinds = [one.get("type") for tag, one in parts.elements if tag == "script"]
    assert kinds.count(None) == 1
    assert set(kinds) == {None, "text/plain", "application/json"}


def test_ids_are_unique_and_links_lead_somewhere(parts):
    ids = [one["id"] for _, one in parts.elements if "id" in one]
    assert len(ids) == len(set(ids))
    assert {"overview", "findings", "servers", "certificates", "handshakes", "left-out", "theme", "handshake-view"} <= set(ids)
    handshakes = {str(row["handshake"]) for row in parts.table("handshakes")}
    certificates = {row["sha256"] for row in parts.table("certificates")}
    for _, one in parts.elements:
        kind, _, key = one.get("href", "#").removeprefix("#").partition("-")
        if kind == "handshake":
            assert key in handshakes
        elif kind == "certificate":
            assert key in certificates


def in_order(parts):
    """Rows of the handshakes; they come as they end."""
    return sorted(parts.table("handshakes"), key=lambda row: row["handshake"])


def test_tables_hold_every_row(parts, facts):
    for name in ("handshakes", "findings", "certificates"):
        assert len(parts.table(name)) == len(getattr(facts, name)), name
    for row, (_, told) in zip(in_order(parts), facts.handshakes.iterrows(), strict=True):
        for name in ("handshake", "client", "server_name", "cipher_suite", "outcome", "cause"):
            assert row[name] == (None if pd.isna(told[name]) else told[name]), name
        assert row["start"] == told["start"].value // 1000


def test_details_have_what_the_table_has_not(parts, facts):
    details = parts.details("usual") | parts.details("telling")
    assert set(details) == set(facts.handshakes["handshake"])
    for _, told in facts.handshakes.iterrows():
        held = details[told["handshake"]]
        assert base64.b64decode(held["hex:client_random"]).hex() == told["client_random"]
        assert held.get("ja3_text") == told["ja3_text"]
        numbers = held["shapes"][held["ladder:shape"]][2]
        assert {held["forms"][number][2] for number in numbers} & {"ClientHello", "SYN"}
    causes = {number: [one["cause"] for one in held["_causes"]] for number, held in details.items() if "_causes" in held}
    assert causes == facts.causes.groupby("handshake")["cause"].apply(list).to_dict()


def test_certificates_and_their_chains(parts, facts):
    details = parts.details("certificate")
    assert {key: held["der_base64"] for key, held in details.items()} == facts.certificates.set_index("sha256")["der_base64"].to_dict()
    places = [row["sha256"] for row in parts.table("certificates")]
    for row, (_, told) in zip(in_order(parts), facts.handshakes.iterrows(), strict=True):
        shown = told["certificates"] if isinstance(told["certificates"], list) else []
        assert [places[int(at)] for at in (row["chain"] or "").split(",") if at] == shown
    verdicts = parts.details("verdict")
    for row, (_, told) in zip(parts.table("chains"), facts.trust.iterrows(), strict=True):
        assert verdicts[row["number"]]["verdict"] == told["verdict"]
        assert places[row["leaf"]] == told["certificates"][0]


def test_evidence_of_findings(parts, facts):
    details = parts.details("evidence")
    for _, told in facts.findings.iterrows():
        assert details[told["finding"]]["display_filter"] == told["display_filter"]
    assert {row["finding"]: row["severity"] for row in parts.table("findings")} == facts.findings.set_index("finding")["severity"].to_dict()


def test_without_script_it_can_be_read(parts, facts):
    assert "Scripts are off" in parts.text
    for title in facts.findings["title"]:
        assert " ".join(title.split()) in parts.text
    for name in set(facts.handshakes["server_name"].dropna()):
        assert name in parts.text
    assert "34 handshakes" in parts.text


def test_the_same_capture_gives_the_same_bytes(page_of, samples, tour):
    assert page_of(samples / "tour.pcapng") == tour


def test_an_interrupted_scan_says_so(page_of, samples, taken):
    assert "was interrupted" in taken(page_of(samples / "tls13.pcapng", interrupted=True)).text


def test_what_has_no_room_is_left_out_and_said(page_of, samples, taken, tour, monkeypatch):
    whole = taken(tour)
    complete = {row["handshake"] for row in whole.table("handshakes") if row["outcome"] == "complete"}
    usual = sum(len(text) for name, text in whole.blocks.items() if name.startswith("usual-"))
    monkeypatch.setattr(page, "LARGEST", len(tour) - usual // 2)
    small = page_of(samples / "tour.pcapng")
    parts = taken(small)
    assert len(small) <= page.LARGEST
    assert parts.blocks["missing"] == f'{{"complete handshakes":{len(complete)}}}'
    assert set(parts.details("telling")) == {row["handshake"] for row in whole.table("handshakes")} - complete
    assert not parts.details("usual")


def test_rows_beyond_the_bound_are_left_out_and_said(page_of, samples, taken, monkeypatch):
    monkeypatch.setattr("analyzer.reports.html.handshakes.MOST_HANDSHAKES", 20)
    parts = taken(page_of(samples / "tour.pcapng"))
    rows = parts.table("handshakes")
    assert len(rows) == 20
    assert sum(row["outcome"] == "complete" for row in rows) < 15
    assert "14 handshakes have no row in the table" in parts.text


def test_whatever_the_wire_says_is_text(write, options, make, taken):
    evil = '</script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\x00" onload="x'
    data = write(page, options, make(server_name=evil, leaf_subject=evil, alpn=evil, source=evil))
    parts = taken(data)
    assert [tag for tag, one in parts.elements if tag == "img"] == []
    assert sum(tag == "script" and "type" not in one for tag, one in parts.elements) == 1
    assert not re.search(rb"[\x00-\x08\x0b-\x1f]", data)
    assert "\u202e" not in data.decode()
    assert r"alert(1)>\u{202e}\u{0}" in parts.text
    assert parts.table("handshakes")[0]["server_name"].endswith(r'\u{202e}\u{0}" onload="x')


def test_a_capture_without_handshakes_is_a_page_too(write, options, taken):
    parts = taken(write(page, options))
    assert parts.table("handshakes") == []
    assert "Nothing was found" in parts.text


def test_flush_writes_nothing(tmp_path, tables):
    with (tmp_path / "out").open("wb") as out:
        page.Report(out, Options(tables=tables)).flush()
    assert (tmp_path / "out").read_bytes() == b""
