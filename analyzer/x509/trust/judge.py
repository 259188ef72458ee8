"""Judge: chains in, verdicts out, each distinct one judged once for as long as nothing changes.

Here lives: the memory of verdicts, and the telling of a path (edges, order, detail).  Here does not live: the search (``paths``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.x509.certificate import read_certificate
from analyzer.x509.trust.edges import Signatures, key_ids_agree, names_equal
from analyzer.x509.trust.hostnames import match
from analyzer.x509.trust.member import Member, NameKey, read_member
from analyzer.x509.trust.opinions import Opinions, Question, asked_name
from analyzer.x509.trust.order import sent_order
from analyzer.x509.trust.paths import Effort, Found, Search
from analyzer.x509.trust.pool import SENT, Pool
from analyzer.x509.trust.verdicts import ALWAYS, NEVER, ChainVerdict, Edge, SentOrder

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analyzer.x509.trust.store import TrustStore

__all__ = ["Judge"]

ENTRIES, OCTETS = 1024, 4 << 20
"""Chains whose verdicts are kept (5 KB each), and their octets; the oldest is forgotten first and would only be judged anew."""

TIMES = 16
"""Verdicts kept of one chain, for different times: a chain has a handful of turning points, one of a hundred is an attack."""

NAMES = 64
"""Names that a verdict was asked for and that are remembered with it; when full they are forgotten, and only compared anew."""

_ASPECTS = ("valid", "is_ca", "path_length", "key_cert_sign", "name_constraints")
_SOURCE_TEXTS = {"sent": "sent with it", "borrowed": "taken from another handshake of the capture", "store": "taken from the trust store"}
_EMPTY = ChainVerdict(verdict="empty", faults=("empty",), detail="no certificate was sent", order=SentOrder(in_order=True))

_Key = tuple[tuple[bytes, ...], str]


class _Judged(msgspec.Struct, eq=False):
    """A verdict that is remembered, and what the pool knew of the names that it stands on."""

    verdict: ChainVerdict
    wanted: frozenset[NameKey]
    there: int
    """Certificates of those names in the pool."""
    generation: int
    named: dict[str, ChainVerdict] = msgspec.field(default_factory=dict)
    """The same verdict by the name that was asked for."""


class Judge:
    """Judges chains by one store; ``named_cas`` are common names or organizations of CAs to trust where the capture shows them.

    A CA that is trusted by name is any self-issued CA certificate of that name: good for a lab of one's own, not against an enemy.
    """

    def __init__(self, store: TrustStore, *, named_cas: Sequence[str] = ()) -> None:
        self.store = store
        self._pool = Pool(named_cas)
        self._signatures = Signatures()
        self._roots = tuple([root.der for root in store.roots])
        self._opinions = Opinions(lambda: self._roots + self._pool.trusted() if named_cas else self._roots)
        self._judged: dict[_Key, list[_Judged]] = {}
        self._octets = 0
        self._effort = Effort()
        self.cut = 0
        """Chains whose search ended at its bounds, or of which not all was looked at."""

    @property
    def pool_full(self) -> bool:
        """Tell whether certificates were not learned for want of room."""
        return self._pool.full

    def certificate(self, sha256: str) -> bytes | None:
        """Return a root's or a learned CA's certificate by its SHA-256, or None; a path's are in ``ChainVerdict.certificates``."""
        return self._pool.certificate(sha256) or self.store.certificate(sha256)

    def learn(self, chain: Sequence[bytes]) -> None:
        """Keep a chain's CA certificates: a chain that lacks one of them may borrow it."""
        self._pool.learn(chain)

    def judge(
        self, chain: Sequence[bytes], at: int, *, purpose: str = "server", name: str | None = None, address: str | None = None
    ) -> ChainVerdict:
        """Return what is to be said of a chain (DER, the leaf first) at a time (ns since 1970 UTC); never raises for what it holds.

        ``purpose`` is "server" or "client".  ``name``, or where there is none ``address``, is what the leaf should be for: ``names``
        of the verdict tells.  The chain is learned too.  A new chain of three costs about a millisecond, a known one two microseconds.
        """
        key = (tuple(chain), purpose)
        for judged in self._judged.get(key, ()):
            if judged.verdict.since <= at < judged.verdict.until and (
                judged.generation == self._pool.generation or self._still_holds(judged)
            ):
                break
        else:
            if not chain:
                return msgspec.structs.replace(_EMPTY, purpose=purpose)
            judged = self._judge(key, at, purpose)
        wanted = name if name is not None else address
        if wanted is None:
            return judged.verdict
        return judged.named.get(wanted) or self._named(judged, key, at, wanted)

    def _named(self, judged: _Judged, key: _Key, at: int, wanted: str) -> ChainVerdict:
        """Return a verdict with what is to be said of a name."""
        leaf = read_certificate(key[0][0])
        question = Question(self._opinions, key[0][:SENT], at, key[1], asked_name(leaf, wanted))
        verdict = msgspec.structs.replace(judged.verdict, names=match(leaf, wanted), question=question)
        if len(judged.named) >= NAMES:
            judged.named.clear()
        judged.named[wanted] = verdict
        return verdict

    def _still_holds(self, judged: _Judged) -> bool:
        """Tell whether nothing was learned since that could change a verdict."""
        if self._there(judged.wanted) != judged.there:
            return False
        judged.generation = self._pool.generation
        return True

    def _there(self, wanted: Collection[NameKey]) -> int:
        """Count the certificates of those names in the pool."""
        return sum(len(self._pool.named(name)) for name in wanted)

    def _judge(self, key: _Key, at: int, purpose: str) -> _Judged:
        """Judge a chain and remember the verdict."""
        chain = key[0]
        self._pool.learn(chain)
        sent = [read_member(encoded) for encoded in chain[:SENT]]
        search = Search(sent, self._pool, self.store, self._signatures, at, purpose, self._effort)
        found = search.run(sent[0])
        points = search.turning_points
        leaf = sent[0].certificate
        question = Question(self._opinions, chain[:SENT], at, purpose, asked_name(leaf, None))
        verdict = msgspec.structs.replace(
            _told(sent, found),
            purpose=purpose,
            since=max([point for point in points if point <= at], default=NEVER),
            until=min([point for point in points if point > at], default=ALWAYS),
            cut=search.cut or len(chain) > SENT,
            question=question,
        )
        self.cut += verdict.cut
        judged = _Judged(verdict, frozenset(search.wanted), self._there(search.wanted), self._pool.generation)
        self._keep(key, judged)
        return judged

    def _keep(self, key: _Key, judged: _Judged) -> None:
        """Remember a verdict in the place of those of the same time; forget the oldest chains where there is no room."""
        if key not in self._judged:
            self._octets += sum(map(len, key[0]))
        since = judged.verdict.since
        others = [other for other in self._judged.pop(key, ()) if not other.verdict.since <= since < other.verdict.until]
        self._judged[key] = [judged, *others[: TIMES - 1]]
        while len(self._judged) > ENTRIES or (self._octets > OCTETS and len(self._judged) > 1):
            oldest = next(iter(self._judged))
            del self._judged[oldest]
            self._octets -= sum(map(len, oldest[0]))


def _edge_text(child: Member, issuer: Member, found: Found, position: int, broken: dict[str, str], *, key_ids: bool | None) -> str:
    """Return a step in words."""
    how = "has the same octets" if names_equal(child, issuer) else "is the same but for case, spaces or string types"
    ids = {True: "key identifiers agree", False: "key identifiers do not agree", None: "no key identifiers to compare"}[key_ids]
    holds = {True: "the signature holds", False: "the signature does not hold", None: "the signature cannot be checked"}
    told = "; ".join(dict.fromkeys(broken.values()))
    return (
        f"{child.title} was issued by {issuer.title} ({_SOURCE_TEXTS[found.sources[position + 1]]}): the issuer's name {how}, {ids}, "
        f"{holds[found.signatures[position]]}{'; ' + told if told else ', and the issuer may do so'}"
    )


def _edges(found: Found) -> tuple[Edge, ...]:
    """Tell each step of a path."""
    edges = []
    for position, (child, issuer) in enumerate(zip(found.members, found.members[1:], strict=False)):
        broken = {fault.aspect: fault.text for fault in found.faults if fault.position == position + 1 and fault.aspect in _ASPECTS}
        key_ids = key_ids_agree(child, issuer)
        edges.append(
            Edge(
                child=child.sha256,
                issuer=issuer.sha256,
                source=found.sources[position + 1],
                names_equal=names_equal(child, issuer),
                key_ids=key_ids,
                signature=found.signatures[position],
                text=_edge_text(child, issuer, found, position, broken, key_ids=key_ids),
                **{aspect: aspect not in broken for aspect in _ASPECTS},
            )
        )
    return tuple(edges)


def _told(sent: Sequence[Member], found: Found) -> ChainVerdict:
    """Tell a path."""
    words = tuple(dict.fromkeys(fault.word for fault in found.faults))
    root = found.members[-1]
    order = sent_order(sent, found)
    if found.faults:
        detail = found.faults[0].text
    else:
        borrowed = f", with {len(order.borrowed)} from other handshakes of the capture" if order.borrowed else ""
        detail = f"{len(found.members)} certificates lead to {root.title} ({found.anchor}){borrowed}"
    return ChainVerdict(
        verdict=words[0] if words else "trusted",
        faults=words,
        reasons=found.faults,
        detail=detail,
        path=tuple([member.sha256 for member in found.members]),
        certificates=tuple([member.certificate.der for member in found.members]),
        root=root.sha256 if found.whole else None,
        anchored=found.anchor is not None,
        anchor=found.anchor,
        edges=_edges(found),
        order=order,
    )
