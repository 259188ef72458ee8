"""Fuzzing guided by coverage: `python tests/fuzz/run.py [--runs N] [--seconds N] [TARGET ...]`.

Every target runs in a process of its own, for libFuzzer ends the one it is in.  A line a target is printed: executions, edges and
features that were covered of the target's rooms, seconds, finds.  An uncaught exception, an input that takes longer than
``TIMEOUT`` seconds or more memory than ``MEMORY`` MiB is a find: its input is kept in ``--keep`` and named, and the exit code is 1.
`python tests/fuzz/run.py --replay FILE TARGET` plays one input without atheris.

Here lives: starting atheris (``pip install '.[fuzz]'``) and reading what it says.  Here does not live: the targets (``targets``).
"""

from __future__ import annotations

import argparse
import base64
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

TIMEOUT, MEMORY = 10, 1024
"""Seconds that one input may take, MiB that the process may hold."""
SAID = re.compile(r"^#(\d+)\s.*?cov: (\d+) ft: (\d+)", re.MULTILINE)
RUNS = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)


def modules() -> list[str]:
    """Name all modules of the package."""
    found = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sorted((ROOT / "analyzer").rglob("*.py"))]
    return [module.removesuffix(".__init__") for module in found]


def fuzz(name: str, rooms: str, compares: str, options: list[str]) -> None:
    """Run one target in this process, which libFuzzer ends; ``rooms`` (with blanks between) and ``compares`` ("": no) as in Target."""
    import atheris
    from atheris.import_hook import HookManager

    others = [module for module in modules() if not any(f"{module}.".startswith(f"{room}.") for room in rooms.split())]
    with HookManager({"analyzer"}, {*others}, enable_loader_override=True, trace_dataflow=bool(compares)):
        from roads import light
        from targets import TARGETS
    target = TARGETS[name]
    with light():
        atheris.Setup([sys.argv[0], *options], target.run)
        atheris.Fuzz()


def campaign(name: str, arguments: argparse.Namespace) -> bool:
    """Run one target in a process of its own and print its line; return whether it found nothing."""
    from targets import TARGETS

    target, kept = TARGETS[name], Path(arguments.keep)
    kept.mkdir(parents=True, exist_ok=True)
    before = {*kept.iterdir()}
    with tempfile.TemporaryDirectory() as work:
        start, grown = Path(work, "seeds"), Path(arguments.corpus or work, name)
        start.mkdir()
        grown.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(target.start()):
            (start / f"{number:05}").write_bytes(seed)
        options = [str(grown), str(start), f"-max_len={target.most}", f"-timeout={TIMEOUT}", f"-rss_limit_mb={MEMORY}",
                   "-print_final_stats=1", f"-artifact_prefix={kept}/{name}-", f"-seed={arguments.seed}"]  # fmt: skip
        options += [f"-runs={arguments.runs}"] if arguments.runs else []
        options += [f"-max_total_time={arguments.seconds}"] if arguments.seconds else []
        begun = time.monotonic()
        log = Path(arguments.log, f"LOG-{name}") if arguments.log else Path(work, "log")
        with log.open("w") as out:
            inside = [sys.executable, __file__, "--inside", name, " ".join(target.rooms), "yes" * target.compares, *options]
            done = subprocess.run(inside, stdout=out, stderr=subprocess.STDOUT, check=False)
        took = time.monotonic() - begun
        said = log.read_text(errors="replace")
    finds = sorted({*kept.iterdir()} - before)
    last = (SAID.findall(said) or [("0", "0", "0")])[-1]
    runs = (RUNS.findall(said) or [last[0]])[-1]
    bad = bool(finds) or done.returncode != 0
    print(f"{name:<12} {runs:>9} executions  {last[1]:>6} edges  {last[2]:>6} features  {took:6.0f} s  {len(finds)} finds", flush=True)
    for find in finds:
        print(f"  {find}\n  again: python tests/fuzz/run.py --replay {find} {name}")
        print(f"  its bytes: {base64.b64encode(find.read_bytes()).decode()}")
    if bad:
        shown = said[said.rfind("=== Uncaught") :] if "=== Uncaught" in said else said[-2000:]
        print("  " + shown.replace("\n", "\n  "))
    return not bad


def main() -> int:
    """Read the words, run the targets one after another."""
    if sys.argv[1:2] == ["--inside"]:
        fuzz(*sys.argv[2:5], sys.argv[5:])
        return 0
    from targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"{', '.join(TARGETS)}; all unless named")
    parser.add_argument("--runs", type=int, default=0, help="executions of each target (0: no end)")
    parser.add_argument("--seconds", type=int, default=0, help="seconds for each target (0: no end)")
    parser.add_argument("--seed", type=int, default=0, help="of libFuzzer's random numbers (0: any)")
    parser.add_argument("--keep", default="fuzz-finds", help="folder for the inputs of finds")
    parser.add_argument("--corpus", help="folder for the inputs that reached something new, to go on with in another run")
    parser.add_argument("--log", help="folder for what libFuzzer says, LOG-TARGET")
    parser.add_argument("--replay", metavar="FILE", help="play one input, without atheris")
    arguments = parser.parse_args()
    if unknown := {*arguments.targets} - {*TARGETS}:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if arguments.replay:
        from roads import light

        with light():
            for name in arguments.targets:
                TARGETS[name].run(Path(arguments.replay).read_bytes())
        return 0
    if not (arguments.runs or arguments.seconds):
        parser.error("say --runs or --seconds")
    found = [name for name in arguments.targets or TARGETS if not campaign(name, arguments)]
    return 1 if found else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # this tree, whatever is installed
    sys.exit(main())
