"""Every cap and timeout of the road, named, with its reason.

Here lives: numbers that bound memory or time.  Here does not live: what happens when one is hit (the room that hits it
says so, as an anomaly or a counter); lengths that a protocol itself fixes, and sizes of caches, which lose nothing when they are full
(they stand where they are used).
"""

import ast
from pathlib import Path

import msgspec

__all__ = ["DEFAULT", "Limits", "reasons"]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The caps of one scan; ``msgspec.structs.replace(DEFAULT, flows=…)`` changes one of them."""

    block_bytes: int = 16 << 20
    """Bytes of capture that one Block holds: large enough that numpy's cost per call vanishes, small enough for a cache."""
    block_packets: int = 1 << 15
    """Packets of a Block worked on at once: each costs about 500 bytes in columns, and tiny ones are many in a Block."""
    batch_segments: int = 1 << 14
    """Segments of flows that shake hands worked on at once: each costs about 1.5 KB as Python's objects."""
    attic_bytes: int = 24 << 20
    """Bytes of recent Blocks kept, their columns included, so that what a flow sent before its first hello can still be fetched."""
    kept_bytes: int = 64 << 20
    """Bytes of packets kept (``-w``) until it is known that their flows shook hands, which takes less than a second where they do; past it
    those of the flow silent longest are let go, and told if it did.  An eighth more may wait as fragments."""
    packet_bytes: int = 16 << 20
    """Longest packet a capture may hold; a longer length field is damage (libpcap's own cap is 256 KiB, USB's 128 MiB)."""
    sections: int = 1 << 15
    """Sections of one pcapng file; each costs a little, and a file of nothing else is an attack."""
    interfaces: int = 1 << 12
    """Interfaces of one section; real captures have a dozen."""
    comments: int = 100
    """Comments kept of one capture."""
    secret_bytes: int = 16 << 20
    """Bytes of key log kept of one capture (never told): about 100,000 sessions."""
    names: int = 500
    """Names under which packets are counted; what comes then is "other": numbers of the wire must not fill memory."""
    flows: int = 100_000
    """Flows followed at once; past it the one idle longest is closed and what it had said is reported."""
    held_bytes: int = 56 << 20
    """Bytes that all followed flows and UDP exchanges may take together (estimated: a half-open hello takes 7 KB); past it the one idle
    longest is closed and what it had said is reported.  So no flood takes more than 256 MiB, and all at once about 320."""
    networks: int = 64
    """Connections with the same addresses and ports at once, told apart by their networks; past it the oldest is closed and reported."""
    flow_idle_seconds: int = 300
    """A followed flow silent for this long (by capture time) is closed and reported."""
    closed_idle_seconds: int = 5
    """A connection that closed before its handshake was over is kept this long for what comes out of order, then reported."""
    unread_bytes: int = 64 << 20
    """Live: bytes of packets that wait in memory until the road can take them; past it who captures waits, and the kernel drops."""
    settle_ms: int = 150
    """Live: a handshake is told once it is over and its connection was silent for this long, so that a close that follows at once is told
    with it; a connection that closed before its handshake was over is told as soon."""
    patience_bytes: int = 256 << 10
    """Bytes of a flow read in the hope of a first handshake message before it is dropped."""
    syns: int = 1 << 17
    """SYN packets remembered (columns only, about 200 bytes each) for connect times and first sequence numbers."""
    side_bytes: int = 1 << 20
    """Bytes kept per flow and direction while it shakes hands; larger than any real flight (post-quantum chains: 60 KB)."""
    side_segments: int = 512
    """Out-of-order segments held per direction before a gap is taken as lost."""
    doubted_segments: int = 64
    """Segments of a side that wait because their receiver would not have taken them; past it the first is believed."""
    contested_segments: int = 64
    """Copies of bytes kept of a side that lost to others in the same place; past it only the conflict is told."""
    preludes: int = 8
    """Protocols that may follow each other on one flow before TLS (a proxy's header, a proxy, one that upgrades: real ones are 1 to 3)."""
    looks: int = 400
    """Places at which the start of such a protocol is looked for: a capture that joined in the middle finds one soon, or never."""
    late_datagrams: int = 32
    """Datagrams of two DTLS ends read after a handshake is over: what is sent again, its close, a renegotiation."""
    late_packets: int = 64
    """1-RTT packets of a QUIC connection looked at in the hope of the other side's; a capture of one direction has no others."""
    message_bytes: int = 512 << 10
    """Longest handshake message put together (certificate lists of 340 KB were seen); the 24-bit field could promise 16 MiB."""
    messages: int = 200
    """Handshake messages kept per handshake; a real one has fewer than 20."""
    anomalies: int = 50
    """Anomalies kept per handshake; the rest is counted in one last row."""
    carriages: int = 1 << 16
    """Distinct carriages (VLANs, tunnels with their addresses) told apart; GTP-U alone can make one for each subscriber."""
    early_datagrams: int = 8
    """Datagrams of two QUIC ends held back until it is known whose they are: those that overtook the client's first."""
    early_bytes: int = 16 << 20
    """Bytes of such datagrams held back in all."""
    connection_ids: int = 16
    """Connection ids kept of one QUIC connection; a peer may issue as many as it likes."""
    past_ids: int = 1 << 14
    """Ids of QUIC connections that are over, remembered so that their late packets begin no new ones."""
    fragments: int = 10_000
    """IP packets put together from fragments at once (a packet's fragments arrive within milliseconds); past it the oldest is given up."""
    fragment_bytes: int = 16 << 20
    """Bytes of fragments held; past it the oldest packets are given up."""
    fragment_seconds: int = 30
    """A packet whose fragments are not all there after this long (by capture time) is given up (RFC 1122 says 60 to 120, systems 30)."""
    layers: int = 16
    """Headers walked in one packet before its innermost TCP or UDP; more is an attack, not a network."""
    unpacked_certificate_bytes: int = 1 << 20
    """A compressed certificate (RFC 8879) may unpack to this much and no more."""
    unpacked_certificate_ratio: int = 100
    """And to this many times its size: real chains shrink to a half or a third, and each unpacking costs time and memory."""
    items: int = 1000
    """Extensions of a message, certificates of a chain, names of a list: each is an object.  Real ones have up to some hundreds."""
    capture_ratio: int = 200
    """A compressed capture may unpack to this many times its size, once that is more than ``capture_bytes``: a bomb never ends."""
    capture_bytes: int = 4 << 30
    """Bytes that a compressed capture may unpack to whatever its ratio."""
    dictionary_bytes: int = 128 << 20
    """Memory that an xz or zstd stream may ask for: ``xz -9`` asks for 65 MiB, zstd for 128 MiB at most."""


DEFAULT = Limits()


def reasons() -> dict[str, str]:
    """Return the reason of each limit, as it stands beside it above, in one line."""
    [limits] = [node for node in ast.parse(Path(__file__).read_text("utf-8")).body if isinstance(node, ast.ClassDef)]
    told: dict[str, str] = {}
    for field, text in zip(limits.body, limits.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            told[field.target.id] = " ".join(str(ast.literal_eval(text.value)).split())
    return told
