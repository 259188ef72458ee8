"""The list of certificates: text at any width, formats that agree with each other."""

import csv
import io
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from rich.cells import cell_len

from analyzer.findings.tables import TABLES
from analyzer.reports.inventory import COLUMNS, Wanted
from analyzer.reports.listing import SHAPES, Listing
from analyzer.reports.report import End, Options, Told, tell
from analyzer.scanning import stream

TOUR = str(Path(__file__).parents[2] / "samples" / "tour.pcapng")


def listed(shape, *, capture=TOUR, width=160, named=False, chains=False, over=None):
    out = io.BytesIO()
    listing = Listing(shape, (), "", "", wanted=Wanted(chains=chains), named=named, over=over)
    report = listing.open(out, Options(tables=TABLES, table="certificates", width=width))
    walk = stream([capture])
    tell(walk.everything(), Told(TABLES, walk.sources), [report])
    report.end(End(sources=walk.sources, counters=walk.counters))
    return out.getvalue()


def test_text():
    text = listed("text").decode()
    head, hidden, blank, columns, *lines = text.splitlines()
    assert head == "8 certificates · shown in 12 of 34 handshakes"
    assert (hidden.split()[:6], blank) == (["TLS", "1.3", "encrypts", "the", "certificates", "of"], "")
    assert columns.split() == ["CERTIFICATE", "VALID", "UNTIL", "KEY", "ROLES", "SHOWN", "BY", "ISSUER", "SHA-256"]
    assert len(lines) == 8
    assert any("legacy.example" in line and "RSA 2048" in line and "2035-12-30" in line for line in lines)
    assert any("nas.example" in line and "(itself)" in line for line in lines)


@pytest.mark.parametrize("width", [20, 40, 80, 300])
def test_no_line_is_wider_than_asked(width):
    lines = listed("text", width=width, named=True).decode().splitlines()
    assert max(map(cell_len, lines)) <= width


def test_one_hidden_handshake_is_one():
    assert "of 1 handshake:" in listed("text", capture=str(Path(TOUR).with_name("tls13.pcapng"))).decode()


def test_formats_agree():
    rows = [json.loads(line) for line in listed("ndjson", named=True).splitlines()]
    whole = json.loads(listed("json", named=True, chains=True))
    assert whole["certificates"] == rows
    assert (whole["handshakes"], whole["showing"], whole["left_out"]) == (34, 12, {})
    assert [list(row) for row in rows] == [[column.name for column in COLUMNS]] * 8
    records = list(csv.DictReader(io.StringIO(listed("csv", named=True).decode(), newline="")))
    assert [record["sha256"] for record in records] == [row["sha256"] for row in rows]
    assert [record["file"] for record in records] == [row["file"] for row in rows]
    by_digest = {row["sha256"] for row in rows}
    assert whole["chains"]
    assert all(set(chain["certificates"]) <= by_digest and chain["file"].startswith("chain-") for chain in whole["chains"])


def test_no_file_is_named_where_none_is_written():
    assert {json.loads(line)["file"] for line in listed("ndjson").splitlines()} == {None}


def test_pem_holds_the_same_certificates():
    digests = [one.fingerprint(hashes.SHA256()).hex() for one in x509.load_pem_x509_certificates(listed("pem"))]
    assert digests == [json.loads(line)["sha256"] for line in listed("ndjson").splitlines()]
    chained = x509.load_pem_x509_certificates(listed("pem", chains=True))
    assert len(chained) > len(digests), "an issuer stands in each of its chains"


def test_who_waits_for_the_end_is_called_with_all():
    seen = []
    listed("text", over=seen.append)
    assert [len(inventory.entries()) for inventory in seen] == [8]


def test_every_shape_of_nothing(tmp_path):
    empty = tmp_path / "none.pcap"
    empty.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    told = {shape: listed(shape, capture=str(empty)) for shape in SHAPES}
    assert told["text"] == b"0 certificates \xc2\xb7 no handshake\n"
    assert json.loads(told["json"])["certificates"] == []
    assert (told["ndjson"], told["pem"]) == (b"", b"")
    assert told["csv"].count(b"\r\n") == 1
