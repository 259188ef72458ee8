"""tools/compare/chains.py: counts what agrees, tells what does not, and fails where nobody has said why."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("compare_chains", ROOT / "tools" / "compare" / "chains.py")
chains = importlib.util.module_from_spec(spec)
sys.modules["compare_chains"] = chains
spec.loader.exec_module(chains)

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not there")


@pytest.fixture
def folder(tmp_path):
    captures = tmp_path / "captures"
    captures.mkdir()
    for name in ("tour.pcapng", "close-notify.pcapng"):
        shutil.copy(ROOT / "samples" / name, captures / name)
    (captures / "none.txt").write_text("no capture")
    return captures


def test_all_agree(folder, capsys):
    assert chains.main([str(folder), "--store", "none"]) == 0
    out = capsys.readouterr().out
    count = len(list(chains.cases(folder)))
    assert count
    assert f"{count} chains, {count} the same trust, {count} the same reasons" in out


def test_a_difference_wants_a_reason(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(chains, "ask", lambda *_: ())
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    asked = [str(folder), "--store", "none", "--explained", str(empty), "--list"]
    assert chains.main(asked) == 1
    assert "NOT EXPLAINED" in capsys.readouterr().out
    empty.write_text('[[explained]]\nopenssl = "ok"\nright = "tlsscan"\nreason = "it was not asked"\n')
    assert chains.main(asked) == 0
    assert "tlsscan: it was not asked" in capsys.readouterr().out
