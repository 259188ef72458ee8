"""CBOM: what cryptography a capture shows, as a CycloneDX 1.6 bill of materials (JSON), through cyclonedx-python-lib.

Here lives: the report, and how roles are told.  Here does not live: gathering (``assets``, ``offered``), what an algorithm is
(``algorithm``, ``keys``, ``exchanges``), the model of CycloneDX (``document``).

Every component is a ``cryptographic-asset``: protocols with their cipher suites, algorithms, certificates, public keys
(related-crypto-material).  Servers are ``services``.  Three things are kept apart:

used          negotiated in a handshake that was completed.  Servers depend on it (``dependencies``): what a server reaches is in use.
offered       only put forward: by clients in a hello, by servers in a CertificateRequest, or chosen by a server in a handshake that
              was not completed.  Nothing in use depends on it: a version has a second protocol component, "TLS 1.2 (only offered)".
certified-by  it signed a certificate that was shown, or is the kind of key in one; certificates depend on it.

A component says its roles in properties ``tlsscan:role``, one each, and its counts in ``tlsscan:handshakes:used``,
``tlsscan:handshakes:offered-by-client``, ``tlsscan:handshakes:offered-by-server`` and ``tlsscan:certificates``.  Who gives its strength
stands in ``tlsscan:strength:source``.  The first packets that show it are its evidence (``occurrences``): location is the capture with the
packet's number (``tour.pcapng#264``), symbol the message, additionalContext role, handshake and a display filter;
``tlsscan:occurrences:left-out`` says how many more there are.  What TLS 1.3 hides and what found no room is said in the metadata's
properties.  The same capture gives the same bytes: the timestamp is that of its last packet, the serial number is made of the content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from analyzer.reports.cbom.assets import Assets

if TYPE_CHECKING:
    from analyzer.reports.report import End, Options, Told

__all__ = ["Report"]


class Report:
    """One BOM; nothing is written before the end."""

    def __init__(self, out: BinaryIO, options: Options) -> None:
        """Begin gathering."""
        self._out, self._options = out, options
        self._assets = Assets(options.tables)

    def add(self, told: Told) -> None:
        """Take in one handshake."""
        self._assets.add(told)

    def flush(self) -> None:
        """Do nothing: no part of the BOM is whole before the end."""

    def end(self, end: End) -> None:
        """Write the BOM."""
        from analyzer.reports.cbom.document import document  # noqa: PLC0415 - cyclonedx is heavy, and wanted only now

        self._assets.finish()
        document(self._out, self._assets, end, version=self._options.version, registry_date=self._options.registry)
        self._out.flush()
