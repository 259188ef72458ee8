"""The document is valid CycloneDX 1.6, the same each time, and says what it left out."""

import json
import os
import shutil
import subprocess
import sys

import pytest

NAMES = (
    "tour", "dtls12", "dtls12-ipv6", "quic-v1", "quic-retry", "ssl30-rsa", "sslv2-hello", "tls13-ipv6", "tls13-mlkem", "tls13-hello-retry",
    "tls12-client-certificate", "tls12-anonymous", "tls12-psk", "tls12-long-chain", "weak-curve", "tds", "fail-unanswered",
)  # fmt: skip


@pytest.fixture(scope="module")
def errors():
    """What CycloneDX's own strict validator has against a text."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str


@pytest.mark.parametrize("name", NAMES)
def test_it_is_valid(write, samples, errors, name):
    text = write(samples / f"{name}.pcapng").decode()
    assert errors(text) is None
    told = json.loads(text)
    refs = [one["bom-ref"] for one in told["components"] + told["services"]]
    assert len(refs) == len(set(refs))
    assert refs == sorted(told_ref for told_ref in refs if told_ref.startswith("crypto/")) + sorted(
        told_ref for told_ref in refs if told_ref.startswith("service/")
    )
    known = {*refs, "capture"}
    assert all({one["ref"], *one.get("dependsOn", ())} <= known for one in told["dependencies"])
    for one in told["components"]:
        for suite in one["cryptoProperties"].get("protocolProperties", {}).get("cipherSuites", ()):
            assert set(suite.get("algorithms", ())) <= known


def test_a_capture_without_anything(write, errors, tmp_path):
    empty = tmp_path / "none.pcap"
    empty.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    text = write(empty).decode()
    assert errors(text) is None
    told = json.loads(text)
    assert (told["components"], told["services"], told["metadata"]["timestamp"]) == ([], [], "1970-01-01T00:00:00+00:00")


def test_the_same_capture_gives_the_same_bytes(samples, tmp_path):
    for seed in "12":
        command = [sys.executable, "-m", "analyzer", samples / "tour.pcapng", "-o", tmp_path / f"{seed}.cdx.json"]
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, check=True)
    assert (tmp_path / "1.cdx.json").read_bytes() == (tmp_path / "2.cdx.json").read_bytes()


def test_another_content_has_another_serial_number(bom):
    serials = {bom(name)["serialNumber"] for name in ("tour.pcapng", "tls13.pcapng", "dtls12.pcapng")}
    assert len(serials) == 3
    assert all(serial.startswith("urn:uuid:") and serial[23] == "5" for serial in serials)  # RFC 9562 section 5.5


def test_the_head(bom):
    told = bom("tour.pcapng")
    assert list(told) == ["$schema", "bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "services",
                          "dependencies"]  # fmt: skip
    metadata = told["metadata"]
    assert metadata["timestamp"] == "2026-03-02T09:03:46+00:00", "the last packet's"
    assert metadata["component"] == {"bom-ref": "capture", "name": "tour.pcapng", "type": "data"}
    assert metadata["lifecycles"] == [{"phase": "discovery"}]
    assert metadata["tools"]["components"] == [{"name": "tlsscan", "type": "application", "version": "0.1.0"}]
    assert {"name": "tlsscan:handshakes", "value": "34"} in metadata["properties"]


def test_damage_is_said(write, samples, errors, tmp_path):
    (tmp_path / "cut.pcapng").write_bytes((samples / "tour.pcapng").read_bytes()[:-7])
    text = write(tmp_path / "cut.pcapng").decode()
    assert errors(text) is None
    said = [pair["value"] for pair in json.loads(text)["metadata"]["properties"] if pair["name"] == "tlsscan:damage"]
    assert len(said) == 1
    assert said[0].startswith(str(tmp_path / "cut.pcapng"))


def test_more_components_than_the_library_is_given_at_once(write, samples, monkeypatch):
    from analyzer.reports.cbom import document

    whole = write(samples / "tour.pcapng")
    monkeypatch.setattr(document, "_BATCH", 7)
    assert write(samples / "tour.pcapng") == whole


def test_a_name_of_a_file_that_no_encoding_has(write, samples, errors, tmp_path):
    odd = tmp_path / os.fsdecode(b"\xff\x1b#7.pcapng")
    try:
        shutil.copy(samples / "tls13.pcapng", odd)
    except OSError:
        pytest.skip("no file can have such a name here")
    text = write(odd)
    assert text.isascii()
    assert b"\x1b" not in text
    assert errors(text.decode()) is None
    assert "7.pcapng" in json.loads(text)["metadata"]["component"]["name"]


def test_the_library_reads_it_back(bom):
    from cyclonedx.model.bom import Bom

    told = bom("tour.pcapng")
    read = Bom.from_json(told)
    assert {one.bom_ref.value for one in read.components} == {one["bom-ref"] for one in told["components"]}
    assert {one.bom_ref.value for one in read.services} == {one["bom-ref"] for one in told["services"]}
    assert read.serial_number.urn == told["serialNumber"]
