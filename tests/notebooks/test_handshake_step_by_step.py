"""The notebook runs from a copy in a real kernel, shows what it promises, and is stored with the outputs of a real run."""

from __future__ import annotations

import copy
import importlib.util
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat reads notebooks")
nbclient = pytest.importorskip("nbclient", reason="nbclient runs notebooks")
pytest.importorskip("ipykernel", reason="ipykernel is the kernel that runs them")
pytest.importorskip("matplotlib", reason="matplotlib draws the ladder")

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "01-handshake-step-by-step.ipynb"
PLACES = re.compile(r"(?<![\w.])/(home|root|tmp|usr|var|opt|mnt|work|Users|private)/|[A-Z]:\\\\|/site-packages/")
STEPS = [
    (1, "ClientHello", "client", "packet 4"),
    (2, "ServerHello", "server", "packet 6"),
    (3, "Certificate", "server", "packet 6"),
    (4, "ServerKeyExchange", "server", "packets 6 to 8"),
    (5, "ServerHelloDone", "server", "packet 8"),
    (6, "ClientKeyExchange", "client", "packet 10"),
    (7, "ChangeCipherSpec", "client", "packet 10"),
    (8, "Finished", "client", "packet 10"),
    (9, "ChangeCipherSpec", "server", "packet 11"),
    (10, "Finished", "server", "packet 11"),
    (11, "application data", "client", "packet 12"),
]
"""Step, message, sender and place in samples/tls12-ecdhe-rsa.pcapng, as Wireshark shows them."""
SEALED13 = [
    (6, "server", "encrypted_extensions"),
    (6, "server", "certificate"),
    (6, "server", "certificate_verify"),
    (8, "server", "finished"),
    (10, "client", "finished"),
    (11, "client", "application_data"),
    (12, "server", "new_session_ticket"),
    (13, "server", "new_session_ticket"),
    (15, "server", "application_data"),
    (16, "client", "close_notify"),
    (18, "server", "close_notify"),
]
"""What Wireshark finds in samples/tls13.pcapng with samples/keys/tls13.keys."""


def outputs(notebook, cell_id: str) -> dict[str, str]:
    """Everything that a cell shows, MIME type -> text."""
    cell = next(cell for cell in notebook.cells if cell.id == cell_id)
    return {kind: data for output in cell.outputs for kind, data in output.get("data", {}).items()}


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def run(stored, tmp_path_factory):
    """The notebook after a run in a copy of its folder."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    (folder / "samples" / "keys").mkdir(parents=True)
    for name in ("tls12-ecdhe-rsa.pcapng", "tls13.pcapng", "tls13-hello-retry.pcapng", "keys/tls13.keys"):
        shutil.copyfile(ROOT / "samples" / name, folder / "samples" / name)
    notebook = copy.deepcopy(stored)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    place = {"metadata": {"path": str(folder / "notebooks")}}
    return nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3", record_timing=False, resources=place).execute()


@pytest.mark.parametrize(("step", "message", "sender", "place"), STEPS)
def test_each_step_is_found_in_its_packet(run, step, message, sender, place):
    told = outputs(run, f"step-{step}-where")["text/markdown"]
    assert f"**Step {step}: {message}**, sent by the {sender} in **{place}**" in told


def test_the_picture_is_drawn(run):
    assert len(outputs(run, "picture")["image/png"]) > 20_000


def test_the_signature_of_the_server_is_checked(run):
    assert "**Genuine**" in outputs(run, "step-4-verify")["text/markdown"]


def test_finished_is_twelve_bytes_long(run):
    assert "**12 bytes** of verify_data" in outputs(run, "step-8-length")["text/markdown"]


def test_encrypted_messages_of_tls13_are_opened(run):
    table = outputs(run, "open13")["text/html"]
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)]
    assert [(int(row[0]), row[1], row[3]) for row in rows if row] == SEALED13


def test_hello_retry_request_is_told_apart_by_its_random(run):
    assert outputs(run, "retry-random")["text/plain"] == "True"
    assert "HelloRetryRequest" in outputs(run, "retry")["text/html"]


def test_a_ladder_is_a_picture(run):
    assert outputs(run, "one-ladder")["image/svg+xml"].startswith("<svg")


def test_nothing_is_written_to_the_error_stream(run):
    assert not [output for cell in run.cells for output in cell.get("outputs", []) if output.output_type in {"stream", "error"}]


def test_it_is_stored_with_the_outputs_of_a_whole_run(stored):
    counts = [cell.execution_count for cell in stored.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert "image/png" in outputs(stored, "picture")
    assert "image/svg+xml" in outputs(stored, "one-ladder")
    assert NOTEBOOK.stat().st_size < 256 * 1024


def test_stored_sentences_are_those_of_a_new_run(stored, run):
    for cell in stored.cells:
        if cell.cell_type == "code":
            was, is_now = (outputs(notebook, cell.id).get("text/markdown") for notebook in (stored, run))
            assert was == is_now, f"run the notebook and store it: {cell.id}"


def test_no_place_of_a_machine_is_stored(stored):
    for cell in stored.cells:
        assert not PLACES.search(cell.source)
        for output in cell.get("outputs", []):
            for kind, data in output.get("data", {}).items():
                assert kind == "image/png" or not PLACES.search(str(data)), (cell.id, kind)
    assert set(stored.metadata) == {"kernelspec", "language_info"}
    assert set(stored.metadata.kernelspec) == {"display_name", "language", "name"}


@pytest.fixture
def wire(monkeypatch):
    """The module beside the notebook."""
    spec = importlib.util.spec_from_file_location("wire", NOTEBOOK.with_name("wire.py"))
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "wire", module)
    spec.loader.exec_module(module)
    return module


def test_key_and_nonce_are_those_of_rfc_8448(wire):
    """RFC 8448 section 3: the server's handshake traffic secret of the simple 1-RTT handshake, and the key and iv from it."""
    secret = bytes.fromhex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38")
    key = wire.Key(secret, "TLS_AES_128_GCM_SHA256")
    assert key._iv == 0x5D313EB2671276EE13000B30
    peer = wire.AESGCM(bytes.fromhex("3fce516009c21727d0f2e4e86ee403bc"))
    content = b"\x14\x00\x00\x00"
    for count in range(2):
        nonce = (0x5D313EB2671276EE13000B30 ^ count).to_bytes(12, "big")
        header = b"\x17\x03\x03" + (len(content) + 17).to_bytes(2, "big")
        assert key.open(peer.encrypt(nonce, content + b"\x16", header)) == (22, content)


MANIFEST = json.loads((ROOT / "samples" / "manifest.json").read_text())
LONE = sorted(name for name, made in MANIFEST.items() if name.startswith("tls13") and len(made["handshakes"]) == 1)
"""The captures of one connection, which these frames are for."""


@pytest.mark.parametrize("name", LONE)
def test_packets_and_records_account_for_every_byte(wire, name):
    sent = wire.packets(ROOT / "samples" / f"{name}.pcapng")
    assert sent.packet.is_monotonic_increasing
    assert (wire.records(sent).length + 5).sum() == sent.bytes.sum()
