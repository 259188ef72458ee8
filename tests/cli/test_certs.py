"""tlsscan certs: the list, PEM files in a folder or on standard output, filters, what goes wrong."""

import csv
import datetime as dt
import json
import os
import signal
import subprocess
from base64 import b64decode
from itertools import chain
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from piping import until
from traffic import connection, hello, pcap

SAMPLES = Path(__file__).parents[2] / "samples"
TOUR = SAMPLES / "tour.pcapng"


def digests(road, *args):
    code, out, err = road("certs", "--format", "ndjson", *args)
    assert (code, err) == (0, b"")
    return [json.loads(line)["sha256"] for line in out.splitlines()]


def test_the_list(road):
    code, out, err = road("certs", TOUR)
    assert (code, err) == (0, b"")
    assert out.startswith("8 certificates · shown in 12 of 34 handshakes\n".encode())


def test_a_folder_of_pem_files(road, tmp_path):
    code, out, err = road("certs", TOUR, "--pem", "certs/new", "--format", "json", "--chains")
    whole = json.loads(out)
    assert (code, err) == (0, b"tlsscan: certs/new: 15 files written\n")
    folder = tmp_path / "certs" / "new"
    assert {path.name for path in folder.iterdir()} == {
        "index.csv", *(one["file"] for one in whole["certificates"]), *(one["file"] for one in whole["chains"])
    }  # fmt: skip
    for one in whole["certificates"]:
        [found] = x509.load_pem_x509_certificates((folder / one["file"]).read_bytes())
        assert found.fingerprint(hashes.SHA256()).hex() == one["sha256"]
        assert one["sha256"][:16] in one["file"]
    for one in whole["chains"]:
        found = x509.load_pem_x509_certificates((folder / one["file"]).read_bytes())
        assert [certificate.fingerprint(hashes.SHA256()).hex() for certificate in found] == one["certificates"]
    with (folder / "index.csv").open(newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == [one["file"] for one in whole["certificates"]]


def test_again_changes_nothing(road, tmp_path):
    road("certs", TOUR, "--pem", "certs")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "certs").glob("*.pem")}
    code, _, err = road("certs", TOUR, "--pem", "certs")
    assert (code, err) == (0, b"tlsscan: certs: 0 files written, 8 were there\n")
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "certs").glob("*.pem")} == before
    code, _, err = road("certs", SAMPLES / "tls12-long-chain.pcapng", "--pem", "certs")
    assert code == 0
    assert b"files written" in err, "another capture adds to it"


def test_another_content_stays_and_is_told(road, tmp_path):
    _, out, _ = road("certs", TOUR, "--pem", "certs", "--format", "ndjson")
    names = [json.loads(line)["file"] for line in out.splitlines()]
    mine = tmp_path / "certs" / names[0]
    mine.write_text("my own")
    (tmp_path / "certs" / names[1]).unlink()
    code, _, err = road("certs", TOUR, "--pem", "certs")
    assert code == 74
    assert err.decode().splitlines() == [
        f"tlsscan: certs/{names[0]}: is there with another content, and stays",
        "tlsscan: certs: 1 files written, 6 were there",
    ]
    assert mine.read_text() == "my own"


def test_on_standard_output(road):
    code, out, err = road("certs", TOUR, "--pem", "-")
    assert (code, err) == (0, b"")
    assert len(x509.load_pem_x509_certificates(out)) == 8
    assert out.startswith(b"# subject: ")


def test_openssl_takes_a_chain_from_standard_output(road, tmp_path):
    code, out, _ = road("certs", SAMPLES / "tls12-long-chain.pcapng", "--pem", "-", "--chains")
    assert code == 0
    (tmp_path / "chain.pem").write_bytes(out)
    try:
        done = subprocess.run(["openssl", "storeutl", "-noout", "-certs", "chain.pem"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    assert f"Total found: {len(x509.load_pem_x509_certificates(out))}" in done.stdout


def test_filters(road):
    everything = digests(road, TOUR)
    by_role = [digests(road, TOUR, "--role", role) for role in ("server", "client", "issuer")]
    assert [len(found) for found in by_role] == [6, 1, 1]
    assert sorted(chain.from_iterable(by_role)) == sorted(everything)
    assert digests(road, TOUR, "--role", "client", "--role", "issuer") == [one for one in everything if one not in by_role[0]]
    assert len(digests(road, TOUR, "--name", "*.EXAMPLE")) == 6
    assert digests(road, TOUR, "--name", "Alice*") == by_role[1]
    assert digests(road, TOUR, "--handshake", 3) == digests(road, TOUR, "--name", "shop.example")
    assert digests(road, TOUR, "--handshake", 1) == []


def test_where_there_can_be_no_folder(road, tmp_path):
    (tmp_path / "file").write_text("here")
    (tmp_path / "loop").symlink_to("loop")
    for name, reason in (("file", "there is a file of this name"), ("file/below", "Not a directory"), ("loop", "there is a file")):
        code, out, err = road("certs", TOUR, "--pem", name)
        assert (code, out) == (2, b"")
        assert err.decode().startswith(f"tlsscan: {name}: cannot be written: {reason}")
        assert err.count(b"\n") == 1


def test_a_folder_that_may_not_be_written_to(road, tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "mine").mkdir(mode=0o555)
    assert road("certs", TOUR, "--pem", "other")[0] == 0  # what is imported late is there before this process may read less
    who = os.geteuid()
    if not who:  # root may write anywhere
        os.seteuid(65534)
    try:
        code, _, err = road("certs", TOUR, "--pem", "mine")
    finally:
        os.seteuid(who)
    assert code == 74
    assert err.decode().splitlines() == ["tlsscan: mine: cannot be written: Permission denied", "tlsscan: mine: 0 files written"]


def test_a_full_disk(road, tmp_path, limited):
    limited(1600)
    code, _, err = road("certs", TOUR, "--pem", "certs", "--chains", "-o", "/dev/null")
    assert code == 74
    assert err.decode().splitlines()[0] == "tlsscan: certs: cannot be written: File too large"
    written = [*(tmp_path / "certs").iterdir()]
    assert len(written) >= 8
    for path in written:
        assert path.read_bytes().endswith(b"-----END CERTIFICATE-----\n"), "whole or not at all"


def test_bad_and_damaged_captures(road, tmp_path):
    code, out, err = road("certs", "missing.pcap", "--pem", "certs")
    assert (code, out, err.count(b"\n")) == (3, b"", 1)
    assert not (tmp_path / "certs").exists()
    (tmp_path / "cut.pcapng").write_bytes(TOUR.read_bytes()[:-7])
    code, out, err = road("certs", "cut.pcapng", "--pem", "certs")
    assert code == 4
    assert out.startswith(b"8 certificates")
    assert err.count(b"\n") == 2
    assert len([*(tmp_path / "certs").glob("*.pem")]) == 8


def test_a_reader_that_leaves(start):
    process = start("certs", TOUR, "--pem", "-", script=("-m", "analyzer"))
    process.stdout.close()
    assert process.wait(60) in {141, -signal.SIGPIPE}
    assert process.stderr.read() == b""


EVIL = "../../x\n-----BEGIN CERTIFICATE-----\nAAAA\x1b]0;t\x07\u202e=1+1"
BROKEN = b"\x30\x82\xff\xffno certificate"


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


@pytest.fixture
def evil(tmp_path):
    """A capture whose server shows a certificate with a hostile name, and bytes that are none."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, EVIL)])
    since = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, since, since + dt.timedelta(days=90))
    der = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    messages = ((2, b"\x03\x03" + bytes(32) + b"\0\xc0\x2b\0\0\0"), (11, vector(3, vector(3, der) + vector(3, BROKEN))))
    flight = b"".join(b"\x16\x03\x03" + vector(2, bytes([kind]) + vector(3, body)) for kind, body in messages)
    frames = connection(50_000, (False, hello(b"evil.example")), (True, flight + b"\x15\x03\x03\0\2\2\x2a"))
    (tmp_path / "evil.pcap").write_bytes(pcap(frames))
    return der


def test_hostile_names_reach_no_boundary_and_no_folder(road, tmp_path, evil):
    code, out, _ = road("certs", "evil.pcap", "--pem", "below/certs")
    assert code == 0
    assert not {"\x1b", "\x07", "\u202e"} & {*out.decode()}
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "evil.pcap"]
    assert {path.parent for path in files} == {tmp_path / "below" / "certs"}
    assert len(files) == 3
    assert [one.public_bytes(Encoding.DER) for path in files if path.name.startswith("x_")
            for one in x509.load_pem_x509_certificates(path.read_bytes())] == [evil]  # fmt: skip
    _, out, _ = road("certs", "evil.pcap", "--pem", "-")
    assert out.count(b"-----BEGIN CERTIFICATE-----") == 2, "the names begin none"
    assert x509.load_pem_x509_certificate(out).public_bytes(Encoding.DER) == evil


@pytest.mark.usefixtures("evil")
def test_what_is_broken_is_written_as_it_was_seen_and_said(road, tmp_path):
    _, out, _ = road("certs", "evil.pcap", "--pem", "certs", "--format", "ndjson", "--role", "issuer")
    [row] = map(json.loads, out.splitlines())
    assert row["faults"]
    text = (tmp_path / "certs" / row["file"]).read_text().splitlines()
    assert b64decode("".join(text[1:-1])) == BROKEN
    _, out, _ = road("certs", "evil.pcap", "--pem", "-", "--role", "issuer")
    assert b"# odd: " in out


def test_an_interrupt_writes_what_was_read(road, tmp_path, monkeypatch):
    from analyzer.cli import run

    before = run.stream

    def stream(*args, **options):
        walk = before(*args, **options)
        everything = walk.everything

        def interrupted():
            for number, one in enumerate(everything(), 1):
                if number == 12:
                    signal.raise_signal(signal.SIGINT)
                yield one

        walk.everything = interrupted
        return walk

    monkeypatch.setattr(run, "stream", stream)
    code, out, err = road("certs", TOUR, "--pem", "certs", "--format", "ndjson")
    assert code == 130
    assert err.decode().splitlines()[0] == "tlsscan: interrupted: what was read until then is reported"
    rows = [json.loads(line) for line in out.splitlines()]
    assert rows
    assert {row["file"] for row in rows} == {path.name for path in (tmp_path / "certs").glob("*.pem")}


def test_an_interrupt_before_anything_was_read_writes_nothing(start, tmp_path):
    process = start("certs", "-", "--pem", "certs", script=("-m", "analyzer"), stdin=subprocess.PIPE)
    until((tmp_path / "certs").is_dir, 60)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith(b"tlsscan: interrupted: nothing is reported\n")
    assert not (tmp_path / "certs").exists()
