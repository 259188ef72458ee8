"""Known holes in the packages that tlsscan runs on.

usage: python .ci/audit.py PYTHON

Lists what is installed beside tlsscan in the environment of PYTHON (of pip and its kin nothing is imported) and asks pip-audit about
it: the vulnerability database of PyPI first, OSV about those that PyPI says nothing of.  Exits 1 where a package has a known hole.  That
neither database could be asked is said, package by package, and fails nothing: it is no news about tlsscan.

Here lives: which packages, what the answers mean.  Here does not live: any list of holes, or of those to look past.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SERVICES = ("pypi", "osv")


def packages(python: str) -> dict[str, str]:
    """Return name -> version of what is installed beside tlsscan."""
    loud = {**os.environ, "PIP_QUIET": "0"}  # a quiet pip lists nothing
    done = subprocess.run([python, "-m", "pip", "list", "--format", "json"], capture_output=True, check=True, env=loud)
    kin = {"tlsscan", "pip", "setuptools", "wheel"}
    return {one["name"]: one["version"] for one in json.loads(done.stdout) if one["name"].lower() not in kin}


def answers(wanted: dict[str, str], service: str) -> list[dict[str, Any]]:
    """Ask one service; return what it knows of each package (the key "vulns"), or why it does not; nothing where it cannot be asked."""
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "pins.txt"
        pins.write_text("".join(f"{name}=={version}\n" for name, version in wanted.items()))
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(pins), "--no-deps", "--disable-pip", "--format", "json"]
        done = subprocess.run([*command, "--vulnerability-service", service, "--progress-spinner", "off"], capture_output=True, check=False)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return []
    return found


def judge(wanted: dict[str, str], found: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Return a line for each known hole, and the packages that nobody said anything of."""
    told = {plain(one["name"]): one for one in found if "vulns" in one}
    holes = []
    for one in told.values():
        for hole in one["vulns"]:
            names, mended = " = ".join((hole["id"], *hole.get("aliases", ()))), " ".join(hole["fix_versions"]) or "none yet"
            holes.append(f"{one['name']} {one['version']}: {names}, mended in {mended}")
    return holes, [name for name in wanted if plain(name) not in told]


def plain(name: str) -> str:
    """Return a package's name as all its spellings have it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main(python: str) -> int:
    """Ask, say what was found, and return the exit code."""
    wanted = packages(python)
    subprocess.run([sys.executable, "-m", "pip_audit", "--version"], check=True)  # without it nothing would be asked, and nothing fail
    holes: list[str] = []
    unasked = list(wanted)
    for service in SERVICES:
        more, unasked = judge(dict.fromkeys(unasked), answers({name: wanted[name] for name in unasked}, service)) if unasked else ([], [])
        holes += more
    for hole in holes:
        print(hole)
    print(f"{len(wanted)} packages: {len(holes)} known holes")
    if unasked:
        print(f"NOT KNOWN, for neither {' nor '.join(SERVICES)} could be asked: {', '.join(unasked)}")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
