"""What some processes and all that they start take: CPU time and memory, by name.

Here lives: looking, again and again, for a process that has ended tells nothing.  Here does not live: starting them.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import psutil

__all__ = ["Processes"]


class Processes:
    """CPU seconds and peak memory of some processes and all that they start, by name."""

    def __init__(self, processes):
        self._roots = [psutil.Process(one.pid) for one in processes]
        self._cpu, self._peak = {}, {}

    def look(self):
        """Look once; return {name: MB resident now}."""
        now = Counter()
        for root in self._roots:
            try:
                family = [root, *root.children(recursive=True)]
            except psutil.Error:
                continue
            for one in family:
                try:
                    used, held, name = one.cpu_times(), one.memory_info().rss, f"{one.name()}"
                    status = Path(f"/proc/{one.pid}/status").read_text()
                except (psutil.Error, OSError):
                    continue
                peak = re.search(r"VmHWM:\s+(\d+) kB", status)
                self._cpu[one.pid] = (name, used.user + used.system)
                before = self._peak.get(one.pid, (name, 0))[1]  # one that has ended holds nothing
                self._peak[one.pid] = (name, max(int(peak[1]) * 1024 if peak else 0, held, before))
                now[name] += held / 1e6
        return dict(now)

    def sums(self):
        """Return ({name: CPU seconds}, {name: peak in MB})."""
        cpu, peak = Counter(), Counter()
        for name, value in self._cpu.values():
            cpu[name] += value
        for name, value in self._peak.values():
            peak[name] += value / 1e6
        return dict(cpu), dict(peak)
