"""The project itself: every file in its room with its law and its test, documents that say what the program does."""

import ast
import doctest
import importlib.util
import itertools
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from analyzer.cli.codes import EXIT_CODES
from analyzer.cli.commands import COMMANDS
from analyzer.findings.tables import TABLES
from analyzer.reports import FORMATS
from analyzer.reports.zeek import LOGS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "analyzer"
TESTS = ROOT / "tests"

TESTED_ELSEWHERE = {
    "__main__.py": "test_project.py",  # one call, run below
    "capture/inputs.py": "capture/test_reading.py",  # files, pipes and objects are read there as captures
    "capture/pcapng_blocks.py": "capture/test_pcapng.py",  # blocks without packets mean something only among those with
    "capture/step.py": "capture/test_reading.py",  # types only
    "cli/arguments.py": "cli/test_scan.py",  # options are tested where they are given
    "cli/codes.py": "cli/test_scan.py",
    "cli/commands.py": "cli/test_scan.py",
    "cli/run.py": "cli/test_scan.py",
    "facts/chains.py": "facts/test_certificates.py",  # the other half of the same rows
    "facts/story.py": "facts/test_agreement.py",
    "facts/table.py": "facts/test_tables.py",  # types only
    "handshakes/prelude.py": "handshakes/test_preludes.py",  # types only
    "handshakes/telling.py": "test_pipeline_live.py",  # when it is told; what is told stands in handshakes/test_conversation.py
    "streams/exchange.py": "streams/test_exchanges.py",  # types only
    "reports/overview.py": "reports/test_text.py",  # the upper half of the text
}
"""Source file -> the test file that covers it, where that is not the one of its own name."""

LONGEST = 320
"""Lines of a file; past it there are usually two nouns in it."""
LONG = {
    "analyzer/handshakes/udp/attempt.py": "one state machine, as progress",
    "analyzer/handshakes/progress.py": "one state machine; its halves would share all of its state",
    "tests/streams/test_table.py": "every rule of the table, each on both roads",
    "tests/test_evasion.py": "every way to deceive, on the whole road",
    "tests/streams/test_tcp.py": "every rule of one direction",
    "tests/samples/test_tunnel.py": "both ends of a tunnel with every way to fail",
}

NO_ROOMS = {"utils", "util", "helpers", "helper", "common", "base", "core", "misc", "tools", "lib", "shared", "stuff"}

NOT_AT_START = {"pandas", "numpy", "scapy", "pyshark", "rich", "cryptography", "matplotlib", "jinja2", "pyarrow", "xlsxwriter",
                "cyclonedx"}
"""Heavy packages: imported where they are used."""


def python_files(folder):
    return sorted(path for path in folder.rglob("*.py") if "generated" not in path.parts)


SOURCES = python_files(PACKAGE)


def name(path):
    return path.relative_to(ROOT).as_posix()


def test_every_source_file_has_its_test():
    missing = []
    for path in SOURCES:
        own = path.relative_to(PACKAGE)
        there = TESTS / own.parent / f"test_{own.stem}.py"
        if own.name == "__init__.py":
            continue  # they gather names, or begin a command line: the tests of the room go through them
        if own.as_posix() in TESTED_ELSEWHERE:
            assert not there.exists(), f"{name(there)} exists now: take {own} out of TESTED_ELSEWHERE"
            there = TESTS / TESTED_ELSEWHERE[own.as_posix()]
        if not there.exists():
            missing.append(f"{name(path)}: no {name(there)}")
    assert missing == []


def test_no_exception_is_stale():
    assert [own for own in TESTED_ELSEWHERE if not (PACKAGE / own).exists()] == []
    assert [one for one in LONG if not (ROOT / one).exists()] == []


def test_every_file_opens_with_its_law():
    laws = {path: ast.get_docstring(ast.parse(path.read_text())) or "" for path in SOURCES if path.read_text().strip()}
    assert [name(path) for path, law in laws.items() if "Here lives" not in law and not _gathers(path)] == []


def _gathers(path):
    """Whether a file only gathers names (an ``__init__``): its docstring says what the room is, the laws stand in the room's files."""
    defined = (ast.FunctionDef, ast.ClassDef)
    return path.name == "__init__.py" and not any(isinstance(node, defined) for node in ast.parse(path.read_text()).body)


def test_no_file_is_too_long():
    files = [*SOURCES, *python_files(TESTS), *python_files(ROOT / "samples" / "lab")]
    assert [name(p) for p in files if len(p.read_text().splitlines()) > LONGEST and name(p) not in LONG] == []


def test_every_line_has_a_room():
    assert [name(p) for p in PACKAGE.rglob("*") if p.stem.lower() in NO_ROOMS] == []


def test_layers():
    lint = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("code", ["import analyzer", "from analyzer.cli import main; main(['--help'])"])
def test_start_up_loads_nothing_heavy(code):
    shown = "import sys; print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{shown}"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert NOT_AT_START & {*done.stderr.split()} == set()


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "analyzer", "--version"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()[0]) == (0, "tlsscan"), done.stderr


# ---- floors

PRINTED = """captures 304   broken runs 1   over 10 s 0
stream found             1097 of   1784    61.49 %
ja4                       936 of   1037    90.26 %
rows on endpoints that Wireshark has no TLS on: 0
captures without TLS: 55   with a false handshake: 2
variants of one handshake in other carriage: 112 of 154 right
miss\ta.pcapng\tja4\twant 'ja4 1 of 2 50.00 %'
files 974   keeping every promise 968   slowest 1.9 s
"""


def test_floors_only_rise():
    spec = importlib.util.spec_from_file_location("floors", ROOT / ".ci" / "floors.py")
    floors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(floors)
    figures = floors.measured(PRINTED)
    assert figures == {
        "at_least": {"stream found": 61.49, "ja4": 90.26, "variants": 72.72, "promises kept on bad input": 99.38},
        "at_most": {"broken runs": 1, "rows where Wireshark has none": 0, "false handshakes": 2},
    }
    assert floors.judge(figures, figures) == ([], [])
    worse, better = floors.judge(figures, {"at_least": {"ja4": 90.27, "variants": 70, "gone": 1.0}, "at_most": {"broken runs": 0}})
    assert [line.partition(":")[0] for line in worse] == ["ja4", "gone", "broken runs"]
    assert "variants: 72.72, floor 70" in better
    assert {*json.loads(floors.FLOORS.read_text())} == {*figures}


# ---- known holes


def test_a_known_hole_fails_and_silence_only_is_told(monkeypatch, capsys):
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    audit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(audit)
    hole = {"id": "CVE-2014-1402", "fix_versions": ["2.7.2"], "aliases": ["GHSA-8r7q-cvjq-x353"], "description": "a folder for all"}
    bad = {"name": "jinja2", "version": "2.4.1", "vulns": [hole]}
    good = {"name": "backports-zstd", "version": "1.0", "vulns": []}  # however it is written
    silent = {"name": "rich", "skip_reason": "Dependency not found on PyPI and could not be audited: rich (14.0)"}
    wanted = {"Jinja2": "2.4.1", "backports.zstd": "1.0", "rich": "14.0"}
    assert audit.judge(wanted, [bad, good, silent]) == (["jinja2 2.4.1: CVE-2014-1402 = GHSA-8r7q-cvjq-x353, mended in 2.7.2"], ["rich"])

    asked = []

    def run(pypi, osv):
        monkeypatch.setattr(audit, "packages", lambda _: wanted)
        monkeypatch.setattr(audit, "answers", lambda names, service: asked.append((service, *names)) or {"pypi": pypi, "osv": osv}[service])
        monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: None)
        asked.clear()
        return audit.main("python"), capsys.readouterr().out

    code, said = run([bad, good, silent], [{**silent, "vulns": [hole], "version": "14.0"}])
    assert (code, said.count("CVE-2014-1402")) == (1, 2)
    assert asked == [("pypi", "Jinja2", "backports.zstd", "rich"), ("osv", "rich")]
    code, said = run([], [])
    assert (code, "NOT KNOWN, for neither pypi nor osv could be asked: Jinja2, backports.zstd, rich" in said) == (0, True)
    code, said = run([{**bad, "vulns": []}, good, {**silent, "vulns": []}], [])
    assert (code, said) == (0, "3 packages: 0 known holes\n")


# ---- versions


def test_the_version_stands_in_one_place():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert [name(p) for p in SOURCES if re.search(rf"[\"']{re.escape(version)}[\"']|__version__", p.read_text())] == []
    assert re.search(rf"^## \[{re.escape(version)}\]|^Towards {re.escape(version)},", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


# ---- documents

README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def test_the_commands_of_the_readme_run_in_ci():
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.MULTILINE)
    ci = (ROOT / ".ci" / "run").read_text()
    assert len(commands) == 2
    assert [one for one in commands if f"\n  {one}\n" not in ci] == []


SCREENS = re.findall(r"<!-- screen: tlsscan (.*?) -->\n(.*?)<!-- end of screen -->", README, re.DOTALL)


@pytest.mark.parametrize(("command", "shown"), SCREENS)
def test_the_screens_of_the_readme_are_real(command, shown):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-m", "analyzer", *command.split()], cwd=ROOT, env=environment,
                          capture_output=True, encoding="utf-8", check=True)  # fmt: skip
    real = iter(line.rstrip() for line in done.stdout.splitlines())
    lines = [line.removeprefix("    ").rstrip() for line in shown.strip("\n").splitlines()]
    for line, before in zip(lines, [None, *lines], strict=False):
        if line != "…":  # dots stand for any lines; without them the next line must follow
            found = next((one for one in real if one == line), None) if before == "…" else next(real, None)
            assert line == found, f"the README shows {line!r}: run tlsscan {command} and paste anew"
    assert lines[-1] == "…" or next(real, None) is None


def test_the_library_example_of_the_readme_runs(monkeypatch):
    pandas = pytest.importorskip("pandas")
    monkeypatch.chdir(ROOT)
    with pandas.option_context("display.width", 200):
        assert doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8",
                                optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0  # fmt: skip


def test_the_formats_are_described():
    described = (ROOT / "docs" / "formats.md").read_text()
    sections = dict(re.findall(r"^## `([\w-]+)`\n(.*?)(?=^## |\Z)", described, re.MULTILINE | re.DOTALL))
    assert {*sections} == {*FORMATS}
    for one in FORMATS.values():
        assert re.search(rf"^\| `{one.name}` \| [^|]*{re.escape(one.suffixes[0])}", README, re.MULTILINE), f"README: {one.name}"
    for name, log in (("handshakes", "ssl"), ("certificates", "x509")):
        told = re.search(rf"^- {log}\.log: (.*?)(?=^- |\n\n)", sections["zeek"], re.MULTILINE | re.DOTALL)[1]
        assert re.findall(r"`(.*?)`", told) == [column.name for column in LOGS[name].columns]


def test_the_readme_tells_every_format_table_command_and_exit_code():
    told = {*re.findall(r"^\| `([\w-]+)` \|", README, re.MULTILINE)}
    assert {*FORMATS, *TABLES} <= told
    assert [command for command in COMMANDS if command != "scan" and f"tlsscan {command}" not in README] == []  # scan goes without its name
    codes = itertools.chain(*(row.split(", ") for row in re.findall(r"^\| ([\d, ]+) \|", README, re.MULTILINE)))
    assert {*map(int, codes)} == {*map(int, EXIT_CODES)}


def test_the_documents_name_files_that_exist():
    for text in (README, CONTRIBUTING, (ROOT / "SECURITY.md").read_text(), (TESTS / "bench" / "README.md").read_text()):
        named = re.findall(r"`((?:analyzer|tests|samples|tools|docs|notebooks|\.ci)/[\w./-]*)`", text)
        named += [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
        assert [one for one in named if not (ROOT / one).exists()] == []


def test_contributing_tells_of_every_room_and_file():
    untold = []
    for path in SOURCES:
        room = path.parent.relative_to(PACKAGE).as_posix()
        told = rf"^\| `{room}/` \|.*`{path.stem}`" if room != "." else rf"^Beside them:.*`{path.stem}`"
        if path.name != "__init__.py" and not re.search(told, CONTRIBUTING, re.MULTILINE):
            untold.append(name(path))
    assert untold == []
