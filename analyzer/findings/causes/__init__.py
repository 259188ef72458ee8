"""Causes: why a handshake did not complete, with proof and advice.

Here lives: the room's face.  Here does not live: the table and the command that show it (``findings``, ``cli``).
"""

from analyzer.findings.causes.cause import CAUSES, Cause, Judgement, Verdict
from analyzer.findings.causes.explain import causes

__all__ = ["CAUSES", "Cause", "Judgement", "Verdict", "causes"]
