"""What findings rest on: trust stores, CAs by name, the time, policies; and --fail-on."""

import datetime as dt
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from traffic import connection, hello, pcapng

from analyzer.cli.judgement import SEVERITIES
from analyzer.findings import finding

SAMPLES = Path(__file__).parents[2] / "samples"
START, END = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), dt.datetime(2035, 1, 1, tzinfo=dt.UTC)


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def issued(subject, issuer, key, signer, *, ca):
    builder = x509.CertificateBuilder(name(issuer), name(subject), key.public_key(), x509.random_serial_number(), START, END)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture
def lab(tmp_path):
    """A capture whose server shows its leaf and its lab's root; the root is in root.pem too."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = issued("My Lab CA", "My Lab CA", root_key, root_key, ca=True)
    leaf = issued("a.example", "My Lab CA", key, root_key, ca=False)
    (tmp_path / "root.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    chain = b"".join(len(one).to_bytes(3, "big") + one for one in (c.public_bytes(serialization.Encoding.DER) for c in (leaf, root)))

    def message(kind, body):
        whole = bytes([kind]) + len(body).to_bytes(3, "big") + body
        return b"\x16\x03\x03" + len(whole).to_bytes(2, "big") + whole

    flight = message(2, b"\x03\x03" + bytes(32) + b"\0\xc0\x2b\0") + message(11, len(chain).to_bytes(3, "big") + chain) + message(14, b"")
    (tmp_path / "lab.pcapng").write_bytes(pcapng(connection(50_000, (False, hello(b"a.example")), (True, flight))))
    return "lab.pcapng"


def trust(road, *words):
    code, out, _ = road("--format", "ndjson", "--table", "trust", *words)
    assert code == 0
    return json.loads(out)


@pytest.mark.parametrize(
    ("words", "verdict", "store"),
    [
        ((), "private_ca", None),
        (("--trust-store", "root.pem"), "trusted", "root.pem"),
        (("--trust-store", "certifi", "--trust-store", "root.pem"), "trusted", "root.pem"),
        (("--trust-store", "none"), "private_ca", None),
        (("--trust-ca", "My Lab CA"), "trusted", "named"),
        (("--trust-ca", "Another CA"), "private_ca", None),
        (("--trust-store", "root.pem", "--at", "2040-01-01"), "expired", "root.pem"),
        (("--trust-store", "root.pem", "--at", "2024-06-30T12:00:00Z"), "not_yet_valid", "root.pem"),
    ],
)
def test_trust(road, lab, words, verdict, store):
    row = trust(road, *words, lab)
    assert (row["verdict"], row["trust_store"]) == (verdict, store)
    assert row["name_matches"] is True
    assert row["anchored"] is (store is not None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--trust-store", "missing.pem"), b"missing.pem"),
        (("--trust-store", "lab.pcapng"), b"lab.pcapng"),
        (("--at", "yesterday"), b"'yesterday'"),
        (("--policy", "mozzarella"), b"mozzarella"),
        (("--fail-on", "severe"), b"severe"),
    ],
)
def test_what_cannot_be(road, lab, words, told):
    code, out, err = road(*words, lab)
    assert (code, out) == (2, b"")
    assert told in err
    assert b"Traceback" not in err


def test_severities_are_those_of_findings():
    assert list(finding.SEVERITIES) == list(SEVERITIES)


@pytest.mark.parametrize(
    ("sample", "severity", "code"),
    [("tls12-null", "critical", 1), ("tls10-rc4", "critical", 0), ("tls10-rc4", "high", 1), ("tls10-rc4", "info", 1), ("tls13", "high", 0)],
)
@pytest.mark.parametrize("words", [(), ("--format", "ndjson"), ("--format", "csv", "--table", "offers"), ("--format", "json")])
def test_fail_on(road, sample, severity, code, words):
    found, out, _ = road("--fail-on", severity, *words, SAMPLES / f"{sample}.pcapng")
    assert found == code
    assert out, "everything is reported all the same"


def test_a_damaged_capture_says_so_first(road, tmp_path):
    (tmp_path / "cut.pcapng").write_bytes((SAMPLES / "tls12-null.pcapng").read_bytes()[:-7])
    assert road("--fail-on", "critical", "cut.pcapng")[0] == 4


def test_a_policy_that_is_failed_is_a_finding(road):
    assert road("--fail-on", "medium", "--policy", "mozilla-modern", SAMPLES / "tls12-chacha20.pcapng")[0] == 1
    code, out, _ = road("--format", "ndjson", "--table", "findings", "--policy", "mozilla-modern", SAMPLES / "tls12-chacha20.pcapng")
    found = [row for row in map(json.loads, out.splitlines()) if row["rule"].startswith("mozilla-modern/")]
    assert code == 0
    assert {row["rule"] for row in found} >= {"mozilla-modern/versions"}
    assert all(row["packets"] and row["display_filter"] and row["citation"] for row in found)
