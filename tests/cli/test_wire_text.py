"""Text of the wire, of captures and of file names on its way out: lines and cells stay whole, nothing in them is obeyed."""

import csv
import datetime as dt
import io
import json
import re
import struct
import unicodedata

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from traffic import connection, hello, pcapng

from analyzer.findings.tables import TABLES

EVIL = "=cmd|'/C calc'!A0;+1\x1b]0;title\x07\x1b[2J\r\n\u202e\u2066\u200b\x9b31m\x85\u2028\x00\x7f\ufeff"
"""A formula that begins a line, colours, moves the cursor, reorders and hides text."""
OBEYED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
RAW = EVIL.encode()
PLAIN = RAW.replace(b"\r\n", b"\t")
"""For what ends with its line."""


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def message(kind, body):
    return b"\x16\x03\x03" + vector(2, bytes([kind]) + vector(3, body))


def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(oid, EVIL) for oid in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME)])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + dt.timedelta(days=90))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def flight():
    """A TLS 1.2 server's ServerHello, with ALPN, and Certificate."""
    alpn = struct.pack("!H", 16) + vector(2, vector(2, vector(1, RAW)))
    server = b"\x03\x03" + bytes(32) + b"\0" + b"\xc0\x2b\0" + vector(2, alpn)
    return message(2, server) + message(11, vector(3, vector(3, certificate()))) + b"\x15\x03\x03\0\2\2\x2a"


@pytest.fixture
def evil(tmp_path):
    """The name of a capture in which everything is evil, its own name too."""
    frames = [
        *connection(50_000, (False, hello(RAW)), (True, flight())),
        *connection(50_001, (False, hello(RAW)), (True, RAW)),
        *connection(50_002, (True, b"220 ESMTP " + PLAIN + b"\r\n"), (False, b"EHLO a\r\n"), (True, b"250-a\r\n250 STARTTLS\r\n"),
                    (False, b"STARTTLS\r\n"), (True, b"454 " + PLAIN + b"\r\n"), to=25),
        *connection(50_003, (False, b"CONNECT " + b"=\x7e;+1:443 HTTP/1.1\r\n\r\n"), (True, b"HTTP/1.1 200 " + PLAIN + b"\r\n\r\n"),
                    (False, hello(RAW)), to=3128),
        *connection(50_004, (False, b"\5\1\0"), (True, b"\5\0"), (False, b"\5\1\0\3\x0a=1;+1\x9b\x85.a\1\xbb"),
                    (True, b"\5\0\0\1" + bytes(6)), (False, hello(RAW)), to=1080),
    ]  # fmt: skip
    folder = tmp_path / EVIL.replace("\0", "").replace("/", "")
    folder.mkdir()
    (folder / "a.pcapng").write_bytes(pcapng(frames, comment=RAW, interface=RAW)[:-20])
    (folder / "notes").write_bytes(RAW)
    return folder.name


def harmless(text, ends="\n"):
    """The lines of a text in which nothing but its line ends is a control."""
    lines = text.split(ends)
    assert lines.pop() == ""
    found = {f"U+{ord(character):04X}" for line in lines for character in line if unicodedata.category(character) in {"Cc", "Zl", "Zp"}}
    assert found == set()
    assert not {*"\u200b\u200e\u202e\u2066\u2069\ufeff"} & {*text}
    return lines


POLICY = ("--policy", "mozilla-intermediate")
"""Without one two of the tables have no rows."""


def judged(run):
    code, out, err = run
    assert code == 4
    assert len(harmless(err.decode())) <= 3
    return out.decode()


@pytest.mark.parametrize("width", ["40", "100", "240", "2000"])
@pytest.mark.parametrize("table", list(TABLES))
def test_text(road, evil, table, width):
    lines = harmless(judged(road(evil, "--table", table, "--width", width, *POLICY)))
    assert max(map(len, lines)) <= int(width)
    assert not {unicodedata.category(character) for line in lines for character in line} & OBEYED


@pytest.mark.parametrize("table", list(TABLES))
def test_ndjson(road, evil, table):
    rows = [json.loads(line) for line in harmless(judged(road(evil, "--format", "ndjson", "--table", table, *POLICY)))]
    assert rows or table == "chains"
    assert all(list(row) == [column.name for column in TABLES[table].columns] for row in rows)


def test_json(road, evil):
    text = judged(road(evil, "--format", "json"))
    harmless(text)
    report = json.loads(text)
    assert report["sources"][0]["comments"] == [EVIL]
    assert report["sources"][0]["interfaces"][0]["name"] == EVIL
    assert [row["subject_cn"] for row in report["certificates"]] == [EVIL]
    told = EVIL.encode().replace(b"\\", b"\\x5c").decode("ascii", "backslashreplace")
    assert {row["server_name"] for row in report["handshakes"]} == {told}
    assert report["handshakes"][0]["alpn"] == told
    assert [row["result"] for row in report["preludes"]].count("refused") == 1


@pytest.mark.parametrize("table", list(TABLES))
def test_csv(road, evil, table):
    text = judged(road(evil, "--format", "csv", "--table", table))
    lines = harmless(text, "\r\n")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == [column.name for column in TABLES[table].columns]
    assert len(rows) == len(lines) - 1
    assert {len(row) for row in rows} <= {len(header)}
    columns = {column.name for column in TABLES[table].columns if column.kind in {"int", "float", "ints"}}
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            for part in cell.split(";"):
                assert part.strip(" \"'")[:1] not in {*"=+-@"} or part.lstrip()[:1] == "'" or name in columns


def test_folders_and_files_are_named_harmlessly(road, evil):
    _, _, err = road(evil, "--format", "ndjson")
    left_out, cut = harmless(err.decode())
    assert "left out as no captures: 1" in left_out
    assert "\\u{1b}" in left_out
    assert "\\x1b" in cut or "\\u{1b}" in cut
    assert "a.pcapng" in cut


WATCHED = """
import os, sys
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
heard = []
def hear(event, args):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.")):
        heard.append(event)
    elif event in ("os.mkdir", "os.remove", "os.rename", "os.link", "os.symlink", "os.truncate", "shutil.move"):
        heard.append(f"{event} {str(args[0])!r}")
    elif event == "open" and not isinstance(args[0], int) and (set(args[1] or "") & set("wax+") or (args[2] or 0) & WRITES):
        heard.append(f"write {str(args[0])!r}")
from analyzer.cli import main
sys.addaudithook(hear)
code = main(sys.argv[1:])
print(*heard, sep="\\n", file=sys.stderr)
sys.exit(code)
"""
"""Runs the command and tells what it asked of the system: programs, sockets, files to write."""


def test_nothing_that_was_read_is_a_path_or_a_program_or_an_address(start, evil, tmp_path):
    """Only the reports are written, beside their places, and nobody else is asked."""
    for more in (["--format", "json"], ["--format", "csv", "--table", "certificates"], []):
        words = [evil, *more, "--quiet", "-o", "-", "-o", "report.ndjson"]
        process = start(*words, script=("-c", WATCHED), env={"PYTHONDONTWRITEBYTECODE": "1"})
        _, err = process.communicate(timeout=60)
        assert process.returncode == 4
        heard = [re.sub(r"[0-9a-f]{16}", "#", line) for line in err.decode().splitlines() if line != "write '/dev/null'"]
        part = repr(str(tmp_path / ".report.ndjson.#.part"))
        assert heard == [f"write {part}", f"os.rename {part}"]
