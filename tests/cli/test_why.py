"""tlsscan why: every failure of the tour with its cause, proof and advice; nothing where nothing failed; widths, formats, bad input."""

import csv
import io
import json
from pathlib import Path

import pytest
from rich.cells import cell_len

SAMPLES = Path(__file__).parents[2] / "samples"
TOUR = SAMPLES / "tour.pcapng"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())


def test_each_failure_of_the_tour(road):
    code, out, err = road("why", TOUR)
    text = out.decode()
    assert (code, err) == (0, b"")
    assert text.startswith("34 handshakes · 20 complete · 11 failed · 2 unanswered · 1 not_tls\n")
    told = [line for line in text.splitlines() if line.startswith("#")]
    assert len(told) == 14
    assert [int(line[1:].split()[0]) for line in told] == sorted(int(line[1:].split()[0]) for line in told)
    assert "alert certificate_expired (45) from the client in packet 264" in text
    assert "→ Renew the server's certificate" in text
    assert "(inferred)" in text, "TLS 1.3 hides why a client certificate was refused"
    assert text.rstrip().splitlines()[-1].strip()[0].isdigit(), "it ends with how often each cause was"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_asked(road, width):
    _, out, _ = road("why", "--width", width, TOUR)
    assert max(map(cell_len, out.decode().splitlines())) <= width


def test_nothing_failed(road):
    code, out, _ = road("why", SAMPLES / "tls13.pcapng")
    assert (code, out.decode()) == (0, "1 handshake · 1 complete\nNo handshake failed.\n")


def test_no_handshake(road, tmp_path):
    (tmp_path / "none.pcap").write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    code, out, _ = road("why", "none.pcap")
    assert (code, out.decode()) == (0, "0 handshakes\nThere is no handshake.\n")


def test_rows(road):
    _, out, _ = road("why", "--format", "ndjson", TOUR)
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["cause"] for row in rows if row["handshake"] == 31] == ["plaintext_server"]
    assert all(row["rank"] >= 1 and row["sentence"] and row["advice"] for row in rows)
    _, out, _ = road("why", "--format", "csv", TOUR)
    assert len(list(csv.DictReader(io.StringIO(out.decode())))) == len(rows)


def test_the_column_says_the_first_cause(road):
    _, out, _ = road("why", "--format", "ndjson", TOUR)
    first = {row["handshake"]: (row["cause"], row["sentence"]) for row in map(json.loads, out.splitlines()) if row["rank"] == 1}
    _, out, _ = road("--format", "ndjson", TOUR)
    column = {row["handshake"]: (row["cause"], row["why"]) for row in map(json.loads, out.splitlines())}
    assert {number: told for number, told in column.items() if told != (None, None)} == first


def test_colour(road):
    _, out, _ = road("why", "--color", "always", TOUR)
    assert b"\x1b[" in out
    _, out, _ = road("why", TOUR)
    assert b"\x1b[" not in out


def test_to_a_file(road, tmp_path):
    code, out, _ = road("why", "-o", "why.txt", TOUR)
    assert (code, out) == (0, b"")
    assert "34 handshakes" in (tmp_path / "why.txt").read_text()


def test_bad_input(road, tmp_path):
    code, out, err = road("why", "missing.pcap")
    assert (code, out) == (3, b"")
    assert err.decode().count("\n") == 1
    (tmp_path / "cut.pcapng").write_bytes(TOUR.read_bytes()[:-7])
    code, out, err = road("why", "cut.pcapng")
    assert code == 4
    assert out.startswith(b"34 handshakes")
    assert err.decode().count("\n") == 1
