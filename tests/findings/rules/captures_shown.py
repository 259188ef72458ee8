"""Every rule with the capture that trips it and the one that passes it, and how such a capture is scanned.

Here lives: the table of all, captures as files, the scan of one.  Here does not live: the captures (``captures_*``).
"""

from __future__ import annotations

import base64
import contextlib
from functools import cache
from unittest import mock

import captures
import captures_authority
import captures_chains
import captures_handshakes
import captures_names

import analyzer
from analyzer.findings import presented
from analyzer.registry.ca_owners import CaOwner, ca_owner
from analyzer.x509 import read_certificate
from analyzer.x509.trust import timestamps

SHOWN = {**captures_handshakes.SHOWN, **captures_names.SHOWN, **captures_chains.SHOWN}


class Shelf:
    """Captures as files of a folder, written when they are first asked for, and scans of them."""

    def __init__(self, folder):
        self._folder = folder
        self._made = {}
        self._root = folder / "root.pem"
        encoded = base64.encodebytes(captures_authority.root().der).decode()
        self._root.write_text(f"-----BEGIN CERTIFICATE-----\n{encoded}-----END CERTIFICATE-----\n")

    def path(self, shown):
        """Return the file of a capture: a sample's name, or a function that makes one."""
        if isinstance(shown, str):
            return captures.SAMPLES / f"{shown}.pcapng"
        if shown not in self._made:
            made = shown()
            path = self._folder / f"made-{len(self._made)}.pcap"
            path.write_bytes(made.pcap())
            self._made[shown] = path, made
        return self._made[shown][0]

    def options(self, shown):
        """Return what it is scanned with: samples as anybody would, what was made here with the test root trusted."""
        return {} if isinstance(shown, str) else {"trust_store": str(self._root)}

    @contextlib.contextmanager
    def world(self, shown):
        """While this is on, root programs hold the test root and the test log's key is known, where the capture says so."""
        self.path(shown)
        made = None if isinstance(shown, str) else self._made[shown][1]
        with contextlib.ExitStack() as stack:
            if made is not None and made.public:
                stack.enter_context(mock.patch.object(presented, "ca_owner", _owner))
            if made is not None and made.logs:
                stack.enter_context(mock.patch.object(timestamps, "ct_log_keys", return_value=made.logs))
            yield

    @cache  # noqa: B019 - one shelf a session
    def scanned(self, shown):
        """Return the scan of a capture, judged."""
        with self.world(shown):
            scan = analyzer.scan(str(self.path(shown)), **self.options(shown))
            scan.judged()
        return scan

    def counts(self, shown, rule):
        """Return how often a rule passed, failed, did not apply and could not be seen."""
        rules = self.scanned(shown).rules
        [row] = rules[rules["rule"] == rule].to_dict("records")
        return tuple(row[state] for state in ("passed", "failed", "not_applicable", "not_observable"))

    def found(self, shown, rule=None):
        """Return the findings of a capture, of a rule."""
        return [one for one in self.scanned(shown).judged() if rule in {None, one.rule}]


def _owner(sha256, *more):
    root = read_certificate(captures_authority.root().der)
    if sha256 == root.sha256:
        return CaOwner("Test CA", "CH", root.subject, sha256, ("Mozilla",), (), "owner", "certificate")
    return ca_owner(sha256, *more)
