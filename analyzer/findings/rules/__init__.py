"""The rules, all of them, in the order in which they are listed.

Here lives: the list.  Here does not live: any rule; what is compared between handshakes (``repeats``) is listed too.
"""

from analyzer.findings.repeats import REPEATS
from analyzer.findings.rule import Rule
from analyzer.findings.rules import certificates, chains, keys, names, protocol, suites, versions

__all__ = ["RULES", "SUBJECTS"]

RULES: dict[str, Rule] = {
    rule.name: rule
    for rules in (versions.RULES, suites.RULES, keys.RULES, protocol.RULES, names.RULES, certificates.RULES, chains.RULES, REPEATS)
    for rule in rules
}
"""Name -> rule."""

SUBJECTS: dict[str, tuple[Rule, ...]] = {
    subject: tuple(rule for rule in RULES.values() if rule.subject == subject)
    for subject in ("handshake", "certificate", "chain", "chain name", "prelude", "scan")
}
"""Subject -> the rules that are asked of a Frame of it."""
