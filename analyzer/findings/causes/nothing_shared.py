"""Nothing shared: a server (or client) that found nothing in the other's offer that it takes.

Here lives: versions, cipher suites, groups, signature schemes, ALPN; which of them a bare handshake_failure means, judged by how
narrow each list of the client is.  Here does not live: which alert leads here (``alerts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import registry
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.registry.cipher_suites import cipher_suite
from analyzer.tls import codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Alert

__all__ = ["cipher_suites", "groups", "no_common", "protocols", "signature_schemes", "versions"]

_SERVERS_UNKNOWN = "the server takes: not told; its alert does not say and nothing it sent shows it"
_USUAL_GROUPS = frozenset({0x001D, 0x0017})
"""x25519 and secp256r1: one of them is at nearly every server (RFC 8446 section 9.1)."""
_USUAL_SCHEMES = (frozenset({0x0804, 0x0401, 0x0601, 0x0501, 0x0805, 0x0806}), frozenset({0x0403, 0x0503, 0x0603}))
"""Schemes of an RSA key, of an ECDSA key: a server has one of the two."""
_NARROW = {1: 30, 2: 20, 3: 12, 4: 6}
"""Items in a list -> how much more probable it is that nothing of it is taken."""
_EMS = 23


def versions(view: View, alert: Alert | None, rank: int = 95) -> Candidate:
    """No version in common; who refused is who sent the alert."""
    chosen = view.handshake.version
    if chosen is not None and (alert is None or alert.sender == CLIENT):
        hello = view.told(SERVER, codes.SERVER_HELLO)
        proof: list[tuple[str, int | None]] = [view.proven(f"the server chose {view.version_text}", hello.last_packet)] if hello else []
        sentence = f"The client refused {view.version_text}, which the server chose; the client offers {view.versions_text}."
        advice = f"Let the client take {view.version_text}, or better, let the server speak a newer version."
    else:
        proof = [(_SERVERS_UNKNOWN, None)]
        sentence = f"The server refused every version of TLS that the client offers: {view.versions_text}."
        newer = view.newest < codes.TLS12
        advice = (
            "Let the client speak TLS 1.2 or 1.3: the server most probably refuses older versions."
            if newer
            else "Let the server speak TLS 1.2 and 1.3, or let the client offer an older version as long as the server cannot."
            if view.newest >= codes.TLS13
            else "Compare the versions that are enabled on both sides; TLS 1.2 and 1.3 should be on each."
        )
    told = [view.alert_proof(alert)] if alert else []
    return view.make(rank, "no_shared_version", sentence, advice, *told, view.hello_proof(lambda: view.versions_text), *proof)


def cipher_suites(view: View, alert: Alert | None, rank: int = 70) -> Candidate:
    """No cipher suite in common."""
    count = len(view.suites)
    sentence = (
        f"The server took none of the client's {count} cipher suites."
        if count != 1
        else (f"The server did not take the client's only cipher suite, {view.suites_text}.")
    )
    advice = (
        "Enable one of the client's cipher suites on the server (or more on the client), and see that the server's key fits it: "
        + _keys(view)
    )
    told = [view.alert_proof(alert)] if alert else []
    return view.make(
        rank, "no_shared_cipher_suite", sentence, advice, *told, view.hello_proof(lambda: view.suites_text), (_SERVERS_UNKNOWN, None)
    )


def _keys(view: View) -> str:
    """Say which keys the client's suites ask of a server's certificate."""
    kinds = {"any" if suite.authentication is None else suite.authentication for suite in map(cipher_suite, view.suites) if suite}
    known = sorted(kinds & {"RSA", "ECDSA", "DSS", "PSK", "anon"})
    return (
        "any key does with TLS 1.3."
        if "any" in kinds
        else f"the client's suites are for {' or '.join(known)}."
        if known
        else "see its certificate."
    )


def groups(view: View, alert: Alert | None, rank: int = 70) -> Candidate:
    """No group in common."""
    retry = view.handshake.hello_retry
    asked = next((one for one in (retry.extensions or ()) if one.code == codes.KEY_SHARE), None) if retry else None
    if asked is not None and isinstance(asked.value, int):
        name = registry.group_name(asked.value) or f"0x{asked.value:04x}"
        servers = (f"the server asked for {name} in its HelloRetryRequest", None)
    else:
        servers = (_SERVERS_UNKNOWN, None)
    sentence = f"The server has none of the groups for the key exchange that the client offers: {view.groups_text}."
    advice = "Enable x25519 and secp256r1 on both sides (X25519MLKEM768 beside them for post-quantum security)."
    told = [view.alert_proof(alert)] if alert else []
    return view.make(rank, "no_shared_group", sentence, advice, *told, view.hello_proof(lambda: view.groups_text), servers)


def signature_schemes(view: View, alert: Alert | None, rank: int = 70) -> Candidate:
    """No signature scheme in common."""
    sentence = f"The server's key makes no signature that the client takes: {view.schemes_text}."
    advice = "Give the server a certificate whose key fits (RSA, or ECDSA on P-256), or let the client offer more schemes."
    told = [view.alert_proof(alert)] if alert else []
    return view.make(
        rank,
        "no_shared_signature_scheme",
        sentence,
        advice,
        *told,
        view.hello_proof(lambda: view.schemes_text),
        (_SERVERS_UNKNOWN, None),
    )


def protocols(view: View, alert: Alert | None, rank: int = 95) -> Candidate:
    """No ALPN protocol in common."""
    chosen = view.story.answered.get(codes.ALPN)
    if alert and alert.sender == CLIENT and isinstance(chosen, tuple) and chosen:
        servers = f"the server chose {registry.alpn_title(chosen[0]) or chosen[0].decode('ascii', 'backslashreplace')}"
    else:
        servers = _SERVERS_UNKNOWN
    side = alert.sender if alert else SERVER
    sentence = f"The {side} knows none of the application protocols (ALPN) on offer: {view.protocols_text}."
    advice = "Let the server offer one of these protocols, or ask the server that serves them; a server without ALPN would have gone on."
    told = [view.alert_proof(alert)] if alert else []
    return view.make(rank, "no_shared_alpn", sentence, advice, *told, view.hello_proof(lambda: view.protocols_text), (servers, None))


# ---- a bare refusal of the ClientHello: which of the lists was it


def no_common(view: View, alert: Alert) -> Iterator[Candidate]:
    """Rank what a server may mean that answers a ClientHello with handshake_failure or insufficient_security."""
    if view.handshake.hello_retry is not None:
        yield groups(view, alert, 62)
    yield cipher_suites(view, alert, _of_suites(view))
    if view.groups and view.handshake.hello_retry is None:
        yield groups(view, alert, _of_groups(view))
    if view.schemes:
        yield signature_schemes(view, alert, _of_schemes(view))
    if view.newest < codes.TLS12:
        yield versions(view, alert, 80 if view.newest < codes.TLS10 else 50)
    elif len(view.versions) == 1 and view.newest >= codes.TLS13:
        yield versions(view, alert, 30)


def _of_suites(view: View) -> int:
    suites = [suite for suite in map(cipher_suite, view.suites) if suite]
    rank = 42 + _NARROW.get(len(suites), 0)
    modern = [suite for suite in suites if suite.code >> 8 == 0x13]
    if view.newest >= codes.TLS13:
        if {0x1301, 0x1302} <= {suite.code for suite in modern}:  # every server of TLS 1.3 has these
            return 25 if len(view.versions) == 1 else 35
        return min(rank + (15 if not {0x1301, 0x1302} & {suite.code for suite in modern} else 0), 85)
    aead = view.newest >= codes.TLS12
    if suites and not any(suite.forward_secrecy and (suite.aead or not aead) for suite in suites):
        rank += 20
    if len({suite.authentication for suite in suites}) == 1:
        rank += 6
    return min(rank, 85)


def _of_groups(view: View) -> int:
    rank = 32 + _NARROW.get(len(view.groups), 0)
    if not _USUAL_GROUPS & set(view.groups):
        rank += 20
    suites = [suite for suite in map(cipher_suite, view.suites) if suite]
    if view.newest < codes.TLS13 and not any((suite.key_exchange or "").startswith("ECDHE") for suite in suites):
        return 5  # the groups are not even asked for
    return min(rank, 84)


def _of_schemes(view: View) -> int:
    offered = set(view.schemes)
    rank = 28 + _NARROW.get(len(offered), 0)
    missing = sum(not kind & offered for kind in _USUAL_SCHEMES)
    return min(rank + (0, 16, 26)[missing], 83)
