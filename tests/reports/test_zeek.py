import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.handshakes.handshake import Handshake
from analyzer.reports import zeek
from analyzer.reports.report import End
from analyzer.scanning import Counters, Source

sys.path.insert(0, str(Path(__file__).parent))

from sample_logs import ENDS, EVERY, TABLES, Options, fields, log, made, told

TEXT = st.text(st.characters(exclude_categories=()), max_size=8)


def unescaped(text):
    """Read a field back as Zeek's own reader does: xNN behind a backslash is an octet, any other character stands for itself."""
    octets = re.sub(
        rb"\\(x[0-9a-f]{2}|.)",
        lambda found: bytes.fromhex(found[1][1:].decode()) if len(found[1]) == 3 else found[1],
        text.encode(),
        flags=re.DOTALL,
    )
    return octets.decode("utf-8", "surrogatepass")


def test_a_log_as_zeek_writes_it():
    lines = log(zeek, "tls12-ecdhe-rsa.pcapng").decode().split("\n")
    assert lines[:6] == [
        "#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tssl", "#open\t2026-11-21-02-28-29",
    ]  # fmt: skip
    assert lines[6].startswith("#fields\tts\tuid\tid.orig_h\t")
    assert lines[7].startswith("#types\ttime\tstring\taddr\t")
    assert lines[8].split("\t")[2:16] == [
        "127.0.0.1", "50816", "127.0.0.1", "443", "TLSv12", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "x25519", "shop.example", "F", "-",
        "h2", "T", "CsxknGIti", "432a8f370129ce1f141396ef64e700711ae0dc7fd207eded90a4e49a154a1212",
    ]  # fmt: skip
    assert lines[9:] == ["#close\t2026-11-21-02-28-29", ""]


@pytest.mark.parametrize("table", ["handshakes", "certificates"])
def test_the_same_captures_give_the_same_bytes(table):
    assert log(zeek, *EVERY, table=table) == log(zeek, *EVERY, table=table)


def test_pandas_reads_it_by_its_own_header(tmp_path):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    path = tmp_path / "x509.log"
    path.write_bytes(log(zeek, *EVERY, table="certificates"))
    names = path.read_text().split("#fields\t")[1].split("\n")[0].split("\t")
    frame = pandas.read_csv(path, sep="\t", comment="#", names=names, na_values=["-"])
    assert len(frame) == len(fields(path.read_bytes()))
    assert str(frame["certificate.not_valid_before"].dtype) == "float64"
    assert set(frame["host_cert"]) == {"T", "F"}


@given(TEXT)
def test_any_text_is_one_field_and_is_read_back(text):
    field = zeek.TEXTS["string"](text)
    assert field.isprintable()
    assert "\t" not in field
    assert field not in ("", "-")
    if text:
        assert field != "(empty)"
        assert unescaped(field) == text


@given(st.lists(TEXT.filter(bool), min_size=1, max_size=4))
def test_any_vector_is_read_back(items):
    field = zeek.TEXTS["vector[string]"](items)
    assert [unescaped(item) for item in field.split(",")] == items
    assert field not in ("-", "(empty)")


def test_texts_as_zeek_escapes_them():
    string = zeek.TEXTS["string"]
    assert string("O=Amazon Web Services\\, Inc.") == "O=Amazon Web Services\\\\, Inc."  # as in Zeek's baseline of tls-12-amazon-rds.pcap
    assert string("-") == "\\x2d"
    assert string("(empty)") == "\\x28empty)"
    assert string("") == "(empty)"
    assert string("a\tb\n\x7f\u202e") == "a\\x09b\\x0a\\x7f\\xe2\\x80\\xae"
    assert string("é") == "é"
    assert string("a,b") == "a,b"
    assert zeek.TEXTS["vector[string]"](["a,b", "-", ""]) == "a\\x2cb,\\x2d,(empty)"
    assert zeek.TEXTS["vector[string]"]([]) == "(empty)"
    assert [zeek.TEXTS["bool"](value) for value in (True, False)] == ["T", "F"]


def test_a_name_from_the_wire_keeps_its_escapes():
    (line,) = fields(made(Handshake(**ENDS), zeek, server_name="a\\x5c\\xff\t#,"))
    assert line["server_name"] == "a\\x5c\\xff\\x09#,"


@pytest.mark.parametrize(
    ("ns", "text"),
    [(0, "0.000000"), (1_341_606_143_123_456_789, "1341606143.123456"), (999, "0.000000"), (-1_500_000_000, "-1.500000"), (-1, "0.000000"),
     (253_402_300_799_000_000_000, "253402300799.000000")],
)  # fmt: skip
def test_times(ns, text):
    assert zeek.seconds(ns) == text


def test_a_capture_without_handshakes_has_a_header_with_its_own_times(tmp_path):
    def written(*sources):
        path = tmp_path / "ssl.log"
        with path.open("wb") as out:
            zeek.Report(out, Options(tables=TABLES)).end(End(sources=list(sources), counters=Counters()))
        return path.read_text().splitlines()

    day = 86_400 * 10**9
    lines = written(Source(name="a", first=2 * day, last=3 * day), Source(name="b", first=day, last=2 * day), Source(name="c"))
    assert len(lines) == 9
    assert (lines[5], lines[8]) == ("#open\t1970-01-02-00-00-00", "#close\t1970-01-04-00-00-00")
    assert written()[5] == "#open\t1970-01-01-00-00-00"


def test_lines_come_as_handshakes_end(tmp_path):
    path = tmp_path / "ssl.log"
    with path.open("wb") as out:
        report = zeek.Report(out, Options(tables=TABLES))
        report.add(told(Handshake(**ENDS)))
        report.flush()
        assert len(fields(path.read_bytes())) == 1
        report.add(told(Handshake(**ENDS, start=5)))
        report.flush()
        assert path.read_bytes().endswith(b"\n")
        assert len(fields(path.read_bytes())) == 2
        assert path.read_bytes().count(b"#fields") == 1
