"""PEM as RFC 7468 has it, held to what cryptography and OpenSSL write and read."""

import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

import analyzer
from analyzer.reports import pem

TOUR = Path(__file__).parents[2] / "samples" / "tour.pcapng"
BROKEN = b"\x30\x82\xff\xff no certificate \x00\xff"


@pytest.fixture(scope="module")
def certificates():
    found = [b64decode(text) for text in analyzer.scan(str(TOUR)).certificates["der_base64"]]
    assert len(found) == 8
    return found


def test_it_is_what_cryptography_writes(certificates):
    for der in certificates:
        assert pem.block(der).encode() == x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def test_openssl_reads_the_same_bytes(certificates):
    openssl = shutil.which("openssl") or pytest.skip("openssl is not installed")
    for der in certificates:
        done = subprocess.run([openssl, "x509", "-outform", "DER"], input=pem.block(der).encode(), capture_output=True, check=True)
        assert done.stdout == der


@given(st.binary(max_size=400))
def test_any_bytes_are_kept(der):
    first, *lines, last, end = pem.block(der).split("\n")
    assert (first, last, end) == ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "")
    assert b64decode("".join(lines)) == der
    assert all(len(line) == 64 for line in lines[:-1])
    assert not lines or 0 < len(lines[-1]) <= 64


HOSTILE = "x\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\r\n\x1b[31m\u2028-----BEGIN CERTIFICATE-----\udcff"


def test_explanatory_text_is_no_boundary(certificates):
    text = pem.explained([("subject", HOSTILE), ("issuer", "-" * 900), ("shown by", "xn--bcher-kva.example -- café")])
    assert [line.partition(":")[0] for line in text.splitlines()] == ["# subject", "# issuer", "# shown by"]
    assert "----" not in text
    assert "xn--bcher-kva.example -- café" in text, "what harms nobody stays as it is"
    whole = (text + pem.block(certificates[0]) + text + pem.block(certificates[1])).encode()
    assert [one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(whole)] == certificates[:2]


@given(st.text())
def test_no_explanatory_text_is_a_boundary(text):
    told = pem.explained([("subject", text)])
    assert told.count("\n") == 1
    assert "-----" not in told


DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("www.example.com", "www.example.com-0123456789abcdef.pem"),
        ("*.Example.COM", "wildcard.example.com-0123456789abcdef.pem"),
        ("Lab Root CA", "lab_root_ca-0123456789abcdef.pem"),
        (None, "certificate-0123456789abcdef.pem"),
        ("../../etc/passwd", "etc_passwd-0123456789abcdef.pem"),
        ("\u202e\x00\n", "certificate-0123456789abcdef.pem"),
        ("a" * 5000, "a" * 60 + "-0123456789abcdef.pem"),
        ("-rf", "rf-0123456789abcdef.pem"),
    ],
)
def test_names(called, name):
    assert pem.name(called, DIGEST) == name


@given(st.text())
def test_every_name_is_one_of_a_file(called):
    name = pem.name(called, DIGEST)
    assert name.isascii()
    assert len(name) <= 140
    assert not set(name) & set('/\\:*?"<>| \n\0')
    assert name[0] not in ".-"


def test_a_device_of_windows_is_no_name():
    assert not pem.name("con.example", DIGEST).lower().startswith("con.")


def test_names_of_chains_tell_their_order():
    one, two = "aa" * 32, "bb" * 32
    names = {pem.chain_name("a.example", digests) for digests in ([one], [one, two], [two, one])}
    assert len(names) == 3
    assert all(name.startswith("chain-a.example-") and name.endswith(".pem") for name in names)


def test_broken_der_is_written_as_it_was_seen():
    assert b64decode("".join(pem.block(BROKEN).splitlines()[1:-1])) == BROKEN
