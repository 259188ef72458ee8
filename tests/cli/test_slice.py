"""``tlsscan slice``: names, files, exit codes; which packets go with a connection is tested in tests/findings/test_cutting.py."""

import errno
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from analyzer.capture import Capture
from analyzer.cli import slice as command

SAMPLES = Path(__file__).parents[2] / "samples"
TOUR = SAMPLES / "tour.pcapng"
NULL = "null-cipher:19"
"""A finding of the tour: its ServerHello chose a NULL cipher suite."""


@pytest.fixture
def cut(road):
    """Run tlsscan slice: (exit code, standard output, standard error)."""

    def run(*args):
        return road("slice", *args)

    return run


def packets(path):
    capture = Capture(str(path))
    return sum(map(len, capture)), capture.source


def findings(road, path):
    code, out, err = road("--format", "ndjson", "--table", "findings", path)
    assert (code, err) == (0, b"")
    return [json.loads(line) for line in out.splitlines()]


def test_help(cut):
    code, out, _ = cut("--help")
    assert code == 0
    assert out.startswith(b"Usage: tlsscan slice [OPTIONS] CAPTURE... FINDING")


def test_a_scan_of_the_slice_finds_it_again(cut, road):
    assert cut(TOUR, NULL, "-o", "small.pcapng") == (0, b"", b"")
    [one] = [one for one in findings(road, TOUR) if one["finding"] == NULL]
    again = [row for row in findings(road, "small.pcapng") if row["rule"] == "null-cipher"]
    assert [(row["detail"], row["severity"], row["time"]) for row in again] == [(one["detail"], one["severity"], one["time"])]
    assert packets("small.pcapng")[0] < 40


def test_only_the_proof(cut, road):
    [one] = [one for one in findings(road, TOUR) if one["finding"] == NULL]
    assert cut(TOUR, NULL, "--only-proof", "-o", "small.pcapng")[0] == 0
    count, source = packets("small.pcapng")
    assert count == len(one["packets"])
    assert source.comments == ["Packets that show null-cipher:19 (Nothing is encrypted: a NULL cipher suite)"]
    original = {number: data for block in Capture(str(TOUR)) for number, data in zip(block.packet.tolist(), block, strict=True)}
    assert [data for block in Capture("small.pcapng") for data in block] == [original[number] for number in one["packets"]]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark (Wireshark) is not installed")
def test_packets_say_where_they_come_from(cut, road):
    [one] = [one for one in findings(road, TOUR) if one["finding"] == NULL]
    assert cut(TOUR, NULL, "-o", "small.pcapng")[0] == 0
    command = ["tshark", "-r", "small.pcapng", "-T", "fields", "-e", "frame.comment"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    comments = done.stdout.splitlines()
    assert all(comment.startswith("packet ") and f" of {TOUR}" in comment for comment in comments)
    shows = f"; it shows {NULL} (Nothing is encrypted: a NULL cipher suite)"
    assert [int(comment.split()[1]) for comment in comments if comment.endswith(shows)] == one["packets"]


def test_all_findings_of_a_rule(cut, road):
    wanted = [row["detail"] for row in findings(road, TOUR) if row["rule"] == "static-rsa"]
    assert len(wanted) > 1
    assert cut(TOUR, "static-rsa", "-o", "small.pcapng") == (0, b"", b"")
    assert sorted(row["detail"] for row in findings(road, "small.pcapng") if row["rule"] == "static-rsa") == sorted(wanted)


def test_a_handshake(cut, road):
    for name in ("handshake:19", "19"):
        assert cut(TOUR, name, "-o", f"{name[-2:]}.pcapng") == (0, b"", b"")
    code, out, _ = road("--format", "ndjson", "19.pcapng")
    assert code == 0
    [row] = map(json.loads, out.splitlines())
    assert row["cipher_suite"] == "TLS_ECDHE_RSA_WITH_NULL_SHA"
    assert packets("19.pcapng")[1].comments == ["Packets that show handshake 19"]


def test_several_captures_and_folders(cut, road):
    one, two = SAMPLES / "tls12-null.pcapng", SAMPLES / "tls10-rc4.pcapng"
    Path("both").mkdir()
    for path in (one, two):
        shutil.copy(path, Path("both") / path.name)
    for inputs in ([one, two], ["both"]):
        code, out, _ = road("--format", "ndjson", "--table", "findings", *inputs)
        names = [json.loads(line)["finding"] for line in out.splitlines()]
        [name] = [name for name in names if name.startswith("rc4-cipher:")]
        assert cut(*inputs, name, "-o", "small.pcapng") == (0, b"", b"")
        assert [row["rule"] for row in findings(road, "small.pcapng")].count("rc4-cipher") == 1
        assert code == 0


def test_a_connection_that_came_to_no_handshake(cut, road):
    path = SAMPLES / "starttls-smtp-not-taken.pcapng"
    plain = [row for row in findings(road, path) if row["handshake"] is None]
    assert plain
    for row in plain:
        assert cut(path, row["finding"], "-o", "small.pcapng")[0] == 0
        assert (row["rule"], row["detail"]) in [(one["rule"], one["detail"]) for one in findings(road, "small.pcapng")]


def test_standard_output(cut):
    code, out, err = cut(TOUR, NULL, "-o", "-")
    assert (code, err) == (0, b"")
    assert cut(TOUR, NULL, "-o", "same.pcapng")[0] == 0
    assert Path("same.pcapng").read_bytes() == out
    assert out.startswith(b"\x0a\x0d\x0d\x0a")


# ---- what is refused


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nul-cipher:19", b"near it: null-cipher:19"),
        ("null-ciphers", b"near it: null-cipher"),
        ("zzz\x1b[31m", b"no finding 'zzz\\x1b[31m'; tlsscan --table findings lists them"),
        ("handshake:0", b"no handshake 0 in what was read: its handshakes are 1 to 34"),
        ("9" * 5000, b"no handshake 9"),
    ],
)
def test_no_such_finding(cut, name, words):
    Path("small.pcapng").write_text("old")
    code, out, err = cut(TOUR, name, "-o", "small.pcapng")
    assert (code, out) == (2, b"")
    assert err.count(b"\n") == 1
    assert words in err
    assert Path("small.pcapng").read_text() == "old"
    assert list(Path().iterdir()) == [Path("small.pcapng")]


def test_nothing_to_find(cut):
    from traffic import pcap

    Path("empty.pcap").write_bytes(pcap([]))
    assert cut("empty.pcap", "1", "-o", "x")[::2] == (2, b"tlsscan: no handshake 1 in what was read: it has none\n")
    assert cut("empty.pcap", "rule", "-o", "x")[::2] == (2, b"tlsscan: no finding 'rule'; nothing was found\n")


@pytest.mark.parametrize(
    "args",
    [
        [],
        [TOUR],
        [TOUR, NULL],
        ["--at", "noon", TOUR, NULL, "-o", "x"],
        ["--limit", "flows=0", TOUR, NULL, "-o", "x"],
        [TOUR, NULL, "-o", "no/such/x"],
        ["--trust-store", "gone.pem", TOUR, NULL, "-o", "x"],
    ],
)
def test_a_wrong_command_line(cut, args):
    code, out, err = cut(*args)
    assert (code, out) == (2, b"")
    assert err
    assert list(Path().iterdir()) == []


def test_what_cannot_be_read_twice(cut):
    code, out, err = cut("-", NULL, "-o", "x")
    assert (code, out, err) == (2, b"", b"tlsscan: standard input cannot be read twice, as a slice needs: write it to a file first\n")


@pytest.mark.skipif(os.name == "nt", reason="FIFOs are POSIX")
def test_a_pipe_cannot_be_read_twice(cut):
    os.mkfifo("pipe")
    assert b"tlsscan: pipe cannot be read twice" in cut("pipe", NULL, "-o", "x")[2]


def test_a_terminal_gets_no_bytes(cut, monkeypatch):
    monkeypatch.setattr(command.sys.stdout, "isatty", lambda: True, raising=False)
    code, out, err = cut(TOUR, NULL, "-o", "-")
    assert (code, out) == (2, b"")
    assert b"terminal" in err


def test_a_capture_is_not_overwritten(cut):
    shutil.copy(TOUR, "tour.pcapng")
    code, _, err = cut("tour.pcapng", NULL, "-o", "tour.pcapng")
    assert code == 2
    assert b"it is one of the captures" in err
    assert Path("tour.pcapng").read_bytes() == TOUR.read_bytes()


# ---- what goes wrong on the way


def test_no_capture(cut):
    Path("text.pcap").write_text("no capture")
    code, _, err = cut("text.pcap", TOUR, NULL, "-o", "small.pcapng")
    assert code == 3
    assert err.count(b"\n") == 1
    assert packets("small.pcapng")[0]
    code, _, err = cut("gone.pcap", NULL, "-o", "other.pcapng")
    assert (code, err) == (3, b"tlsscan: gone.pcap: No such file or directory\n")
    assert not Path("other.pcapng").exists()
    assert cut("text.pcap", NULL, "-o", "other.pcapng")[0] == 3


def test_a_damaged_capture_is_cut_as_far_as_it_goes(cut):
    Path("damaged.pcapng").write_bytes(TOUR.read_bytes()[:-3])
    code, out, err = cut("damaged.pcapng", NULL, "-o", "small.pcapng")
    assert (code, out) == (4, b"")
    assert b"damaged.pcapng" in err
    assert packets("small.pcapng")[0]
    assert cut("--quiet", "damaged.pcapng", NULL, "-o", "small.pcapng") == (4, b"", b"")


def test_a_capture_that_changes_meanwhile(cut, monkeypatch):
    from analyzer.findings import cutting

    shutil.copy(TOUR, "tour.pcapng")
    real = cutting.connections

    def changed(*args):
        ids = real(*args)
        Path("tour.pcapng").write_bytes(TOUR.read_bytes()[: TOUR.stat().st_size // 2])
        return ids

    monkeypatch.setattr(cutting, "connections", changed)
    code, _, err = cut("tour.pcapng", NULL, "-o", "small.pcapng")
    assert code == 4
    assert b"no longer in the captures" in err


def test_more_handshakes_than_a_finding_names(cut, monkeypatch):
    from analyzer.findings import presented, showings

    monkeypatch.setattr(presented, "MOST_HANDSHAKES", 1)
    monkeypatch.setattr(showings, "MOST_HANDSHAKES", 1)
    code, _, err = cut(TOUR, "chain-untrusted", "-o", "small.pcapng")
    assert code == 0
    assert b"the others are not cut out" in err
    assert cut("-q", TOUR, "chain-untrusted", "-o", "small.pcapng") == (0, b"", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is made of /dev/full")
def test_a_full_disk(cut):
    code, _, err = cut(TOUR, NULL, "-o", "/dev/full")
    assert (code, err) == (74, f"tlsscan: cannot write: {os.strerror(errno.ENOSPC)}\n".encode())


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_leaves_the_old_file(start, tmp_path, number, expected):
    from traffic import capture

    (tmp_path / "small.pcapng").write_text("old")
    many = [f"{at}.example".encode() for at in range(900)]
    (tmp_path / "many.pcap").write_bytes(capture(*many))
    script = tmp_path / "slow.py"
    script.write_text(
        "import sys, time\nfrom analyzer.findings import cutting\nfrom analyzer.cli import main\n"
        "real = cutting.Ledger.add\n"
        "def slow(self, one):\n    open('asked', 'w').close()\n    time.sleep(0.05)\n    real(self, one)\n"
        "cutting.Ledger.add = slow\nsys.exit(main())\n"
    )
    process = start("slice", "many.pcap", "handshake:1", "-o", "small.pcapng", script=(script,))
    while not (tmp_path / "asked").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (expected, b"", b"tlsscan: interrupted: nothing is written\n")
    assert (tmp_path / "small.pcapng").read_text() == "old"
    assert not list(tmp_path.glob(".*.part"))


def server_flight(*chain):
    """A ServerHello of TLS 1.2 and a Certificate (RFC 5246 sections 7.4.1.3 and 7.4.2) in one record."""
    def message(kind, body):
        return bytes([kind]) + len(body).to_bytes(3, "big") + body

    listed = b"".join(len(one).to_bytes(3, "big") + one for one in chain)
    hello = b"\x03\x03" + os.urandom(32) + b"\0\xc0\x2f\0"
    flight = message(2, hello) + message(11, len(listed).to_bytes(3, "big") + listed)
    return b"\x16\x03\x03" + len(flight).to_bytes(2, "big") + flight


def test_a_handshake_that_lent_a_certificate_comes_along(cut, road):
    from traffic import connection, hello, pcap

    import analyzer

    [leaf, issuer] = next(iter(analyzer.scan(str(SAMPLES / "tls12-long-chain.pcapng")))).server_chain[:2]
    frames = connection(50_000, (False, hello(b"whole.example")), (True, server_flight(leaf, issuer)))
    frames += connection(50_001, (False, hello(b"other.example")))
    frames += connection(50_002, (False, hello(b"short.example")), (True, server_flight(leaf)))
    Path("lent.pcap").write_bytes(pcap(frames))
    [one] = [row for row in findings(road, "lent.pcap") if row["rule"] == "chain-incomplete"]
    assert one["handshakes"] == [3]
    assert cut("lent.pcap", one["finding"], "-o", "small.pcapng") == (0, b"", b"")
    assert [row["detail"] for row in findings(road, "small.pcapng") if row["rule"] == "chain-incomplete"] == [one["detail"]]
    names = [row["server_name"] for row in map(json.loads, road("--format", "ndjson", "small.pcapng")[1].splitlines())]
    assert names == ["whole.example", "short.example"]
