"""tools/compare/sequences: ladders against what tshark would say of a sample, and reasons for differences."""

from __future__ import annotations

import importlib.util
import json
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tools" / "compare"
CLIENT, SERVER = "127.0.0.1:50816", "127.0.0.1:443"
SEQUENCE = [[4, CLIENT, 1], [6, SERVER, 2], [6, SERVER, 11], [8, SERVER, 12], [8, SERVER, 14], [10, CLIENT, 16], [11, SERVER, 4]]
"""Of samples/tls12-ecdhe-rsa.pcapng, told by tshark 4.0.17 (``-e frame.number -e tls.handshake.type``)."""

spec = importlib.util.spec_from_file_location("sequences", FOLDER / "sequences.py")
sequences = importlib.util.module_from_spec(spec)
sys.modules["sequences"] = sequences
spec.loader.exec_module(sequences)


@pytest.fixture
def corpus(tmp_path):
    """A folder with one capture, and what tshark says of it."""

    def make(sequence):
        (tmp_path / "captures").mkdir(exist_ok=True)
        (tmp_path / "captures" / "one.pcapng").write_bytes((ROOT / "samples" / "tls12-ecdhe-rsa.pcapng").read_bytes())
        stream = {"src": "127.0.0.1", "sport": 50816, "dst": "127.0.0.1", "dport": 443, "hs_seq": sequence}
        (tmp_path / "oracle.ndjson").write_text(json.dumps({"file": "one.pcapng", "streams": [stream]}) + "\n")
        return [str(tmp_path)]

    return make


def test_equal(corpus, capsys):
    assert sequences.main(corpus(SEQUENCE)) == 0
    assert "     1 equal" in capsys.readouterr().out


def test_a_message_that_is_lacking_is_told(corpus, capsys):
    assert sequences.main(corpus([*SEQUENCE, [12, CLIENT, 24]])) == 1
    assert "lacking [(12, '127.0.0.1:50816', 24)]" in capsys.readouterr().out


def test_one_in_another_packet_is_told(corpus):
    assert sequences.main(corpus([[5, CLIENT, 1], *SEQUENCE[1:]])) == 1


def test_what_was_sent_again_is_explained(corpus, capsys):
    assert sequences.main(corpus([*SEQUENCE, [12, CLIENT, 1]])) == 0
    assert "     1 differ: tshark names a message once for each fragment" in capsys.readouterr().out


def test_every_reason_says_who_is_right():
    rows = tomllib.loads((FOLDER / "sequences.toml").read_text())["explained"]
    assert {row["right"] for row in rows} <= {"tlsscan", "tshark", "both"}
    assert all(row["reason"] and row["capture"] for row in rows)
