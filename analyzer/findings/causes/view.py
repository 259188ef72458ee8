"""View: what one handshake shows that several causes ask for, and how it is put into words.

Here lives: one walk over a Handshake, the client's offers without GREASE, packets as text, and making a Cause of it.  Here does not
live: what it means (``alerts``, ``certificates``, ``network``, ``sealed`` …).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from analyzer import registry
from analyzer.facts.ending import NUMBER, fatal_alert
from analyzer.facts.story import Story
from analyzer.facts.texts import address_text, wire_text
from analyzer.findings.causes.cause import CERTAIN, LIKELY, POSSIBLE, Cause
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.registry.grease import is_grease
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from analyzer.findings.causes.cause import Verdict
    from analyzer.handshakes.handshake import Alert, Event, Handshake, Seen

__all__ = ["Candidate", "View", "alert_text", "listed", "packet_text"]

Candidate = tuple[int, Cause]
"""(rank: the higher, the more probable; 0 to 100, and a Cause)."""

SHOWN = 12
"""Items of a list that are told; the rest is counted."""
LONGEST = 255
"""Characters of a name or an answer that are told: a host name has no more."""
_SIGNALS = frozenset({codes.EMPTY_RENEGOTIATION_INFO_SCSV, codes.FALLBACK_SCSV})
_HOW = {"fin": "FIN", "rst": "RST", "close_notify": "close_notify", "connection_close": "CONNECTION_CLOSE"}
_LIKELY_FROM, _CERTAIN_FROM = 60, 90


def packet_text(packet: int) -> str:
    """Tell a packet id as people count in their own file."""
    return f"packet {packet & NUMBER}"


def listed(names: Iterable[str]) -> str:
    """Tell a list, its first items and how many more there are."""
    every = list(names)
    if not every:
        return "none"
    rest = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + rest


def alert_text(alert: Alert) -> str:
    """Tell an alert with who sent it and where."""
    if alert.description is None:
        return f"an encrypted alert from the {alert.sender} in {packet_text(alert.packet)}"
    name = registry.alert_name(alert.description) or "unknown"
    return f"alert {name} ({alert.description}) from the {alert.sender} in {packet_text(alert.packet)}"


class View:
    """What a handshake shows; every attribute is read once, and none raises."""

    def __init__(self, handshake: Handshake, verdict: Verdict | None = None) -> None:
        self.handshake = handshake
        self.verdict = verdict
        self.story = Story(handshake)
        self.hello = handshake.client_hello
        self.alert = fatal_alert(handshake)

    # ------------------------------------------------------------------------------------------------ the client's offer

    def _numbers(self, code: int) -> tuple[int, ...]:
        """Return an extension's list of numbers without GREASE; () where it is missing or broken."""
        value = self.story.offered.get(code)
        if not isinstance(value, tuple):
            return ()
        return tuple(one for one in value if isinstance(one, int) and not is_grease(one))

    @cached_property
    def versions(self) -> tuple[int, ...]:
        """Versions that the client offers by name; where it names none, the newest only (``older`` then says that older ones may do)."""
        named = self._numbers(codes.SUPPORTED_VERSIONS)
        return named or ((self.hello.version,) if self.hello else ())

    @property
    def older(self) -> bool:
        """The client names only its newest version (no supported_versions): RFC 5246 appendix E.1."""
        return not self._numbers(codes.SUPPORTED_VERSIONS)

    @cached_property
    def newest(self) -> int:
        """The newest version offered, as TLS counts; 0 where there is no hello."""
        return max((0x0304 if codes.is_tls13(one) else codes.tls_of(one) for one in self.versions), default=0)

    @cached_property
    def suites(self) -> tuple[int, ...]:
        """Cipher suites offered, without GREASE and signalling values."""
        return tuple(one for one in (self.hello.cipher_suites if self.hello else ()) if one not in _SIGNALS and not is_grease(one))

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """Groups offered."""
        return self._numbers(codes.SUPPORTED_GROUPS)

    @cached_property
    def schemes(self) -> tuple[int, ...]:
        """Signature schemes offered."""
        return self._numbers(codes.SIGNATURE_ALGORITHMS)

    @cached_property
    def protocols(self) -> tuple[bytes, ...]:
        """ALPN protocols offered."""
        value = self.story.offered.get(codes.ALPN)
        return tuple(one for one in value if isinstance(one, bytes)) if isinstance(value, tuple) else ()

    @cached_property
    def name(self) -> str | None:
        """The server name asked for."""
        value = self.story.offered.get(codes.SERVER_NAME)
        for one in value if isinstance(value, tuple) else ():
            name = getattr(one, "name", None)
            if isinstance(name, bytes) and name:
                return wire_text(name)[:LONGEST]
        return None

    def offers(self, code: int) -> bool:
        """Whether the client's hello has an extension."""
        return code in self.story.offered

    @property
    def versions_text(self) -> str:
        """The versions offered."""
        text = listed(registry.version_name(one) or f"0x{one:04x}" for one in self.versions)
        return f"up to {text}" if self.older else f"{text} only" if len(self.versions) == 1 else text

    @property
    def suites_text(self) -> str:
        """The cipher suites offered."""
        return listed(registry.cipher_suite_name(one) or f"0x{one:04x}" for one in self.suites)

    @property
    def groups_text(self) -> str:
        """The groups offered."""
        return listed(registry.group_name(one) or f"0x{one:04x}" for one in self.groups)

    @property
    def schemes_text(self) -> str:
        """The signature schemes offered."""
        return listed(registry.signature_scheme_name(one) or f"0x{one:04x}" for one in self.schemes)

    @property
    def protocols_text(self) -> str:
        """The ALPN protocols offered."""
        return listed(wire_text(one) for one in self.protocols)

    # ------------------------------------------------------------------------------------------------ how far it got

    @cached_property
    def version_text(self) -> str:
        """The negotiated version."""
        version = self.handshake.version
        return "no version" if version is None else registry.version_name(version) or f"0x{version:04x}"

    @cached_property
    def answered(self) -> bool:
        """Whether the server sent any handshake message (a HelloVerifyRequest of DTLS is none that answers)."""
        return any(seen.sender == SERVER and seen.code != codes.HELLO_VERIFY_REQUEST for seen in self.handshake.seen)

    @cached_property
    def hello_seen(self) -> Seen | None:
        """The last ClientHello."""
        return next((seen for seen in reversed(self.handshake.seen) if seen.sender == CLIENT and seen.message in self._hellos), None)

    @property
    def _hellos(self) -> list[Any]:
        return list(self.handshake.client_hellos)

    def told(self, sender: str, code: int) -> Seen | None:
        """Return a side's first message of a type."""
        return (self.story.server if sender == SERVER else self.story.client).get(code)

    def client_went_on(self) -> bool:
        """Whether the client sent any of its second flight (ChangeCipherSpec apart)."""
        return any(
            seen.sender == CLIENT and seen.code not in {codes.CLIENT_HELLO, -1} and (seen.code is None or seen.code < 256)
            for seen in self.handshake.seen
        )

    def sealed(self, sender: str) -> list[Seen]:
        """Return a side's encrypted messages."""
        return [seen for seen in self.handshake.seen if seen.sender == sender and seen.code is None]

    def events(self, *kinds: str, sender: str | None = None) -> Iterator[Event]:
        """Walk the events of some kinds."""
        return (one for one in self.handshake.events if one.kind in kinds and (sender is None or one.sender == sender))

    def warned(self, description: int, sender: str) -> Alert | None:
        """Return a side's first alert of a description, of any level."""
        return next((one for one in self.handshake.alerts if one.description == description and one.sender == sender), None)

    @property
    def server_text(self) -> str:
        """The server as people know it: its name where the client said it, else address and port."""
        end = self.handshake.server
        return self.name or f"{address_text(end.address)} port {end.port}"

    @property
    def closing(self) -> Event | Alert | None:
        """What closed the connection; an alert of a client that nobody answered is its giving up."""
        made = self.handshake
        if made.closed_by is None:
            return self.alert if self.alert is not None and self.alert.sender == CLIENT else None
        return next(self.events("fin", "rst", "connection_close", sender=made.closed_by), None)

    def close_proof(self) -> list[tuple[str, int | None]]:
        """Make the proof that the close is."""
        made, end = self.handshake, self.closing
        if end is not None and end is self.alert:
            return [self.alert_proof(self.alert)]
        how = f"{_HOW.get(made.closed or '', 'the close')} from the {made.closed_by}"
        return [self.proven(how, end.packet)] if end is not None else [(how, None)]

    # ------------------------------------------------------------------------------------------------ making a cause

    def proven(self, what: str, packet: int) -> tuple[str, int]:
        """Make one piece of proof."""
        return f"{what} in {packet_text(packet)}", packet

    def hello_proof(self, offer: Callable[[], str]) -> tuple[str, int | None]:
        """Make the proof that the client's hello is."""
        seen = self.hello_seen
        return (
            (f"the client offers in {packet_text(seen.last_packet)}: {offer()}", seen.last_packet)
            if seen
            else (f"the client offers: {offer()}", None)
        )

    def make(self, rank: int, cause: str, sentence: str, advice: str, *proof: tuple[str, int | None], inferred: bool = False) -> Candidate:
        """Make a candidate; its rank says how certain it is: from 90 on certain (never where inferred), from 60 on likely."""
        certainty = CERTAIN if rank >= _CERTAIN_FROM and not inferred else LIKELY if rank >= _LIKELY_FROM else POSSIBLE
        packets = tuple(dict.fromkeys(packet for _, packet in proof if packet is not None))
        return rank, Cause(
            cause=cause,
            sentence=sentence,
            proof=tuple(text for text, _ in proof),
            advice=advice,
            certainty=certainty,
            inferred=inferred,
            packets=packets,
        )

    def alert_proof(self, alert: Alert) -> tuple[str, int]:
        """Make the proof that an alert is."""
        return alert_text(alert), alert.packet
