"""Cause: why a handshake did not complete, as a word, a sentence, its proof and what to change.

Here lives: the noun, the closed list of words, and what is asked of a judge of certificates.  Here does not live: how a cause is found
(``explain`` and the files it calls), what was seen (``facts``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

__all__ = ["CAUSES", "CERTAIN", "LIKELY", "POSSIBLE", "Cause", "Judgement", "Verdict"]

CERTAIN, LIKELY, POSSIBLE = "certain", "likely", "possible"

CAUSES: dict[str, str] = {
    # nothing in common
    "no_shared_version": "the two sides have no version of TLS in common",
    "no_shared_quic_version": "the two sides have no version of QUIC in common",
    "no_shared_cipher_suite": "no cipher suite in common, or none that the server's certificate can be used with",
    "no_shared_group": "no group (elliptic curve, finite field, ML-KEM) for the key exchange in common",
    "no_shared_signature_scheme": "no signature scheme in common, or none that the server's key can make",
    "no_shared_alpn": "no application protocol (ALPN) in common",
    # the offer, or the answer, is not good enough
    "inappropriate_fallback": "the client tried an older version again though the server speaks a newer one (TLS_FALLBACK_SCSV)",
    "downgraded": "the client saw in the server's random that both could speak a newer version: somebody in between kept them from it",
    "missing_ems": "one side demands the extended master secret (RFC 7627) and the other does not know it",
    "insecure_renegotiation": "the client demands secure renegotiation (RFC 5746), or a side refused to renegotiate",
    "small_dh_key": "the server's Diffie-Hellman prime is too short for the client",
    "missing_extension": "an extension that the peer demands was not sent",
    "unsupported_extension": "the server answered with an extension that the client did not offer",
    "ech_refused": "the client demands Encrypted Client Hello and the server did not take it",
    # the server's certificate
    "certificate_expired": "the server's certificate, or one above it, had expired",
    "certificate_not_yet_valid": "the server's certificate, or one above it, was not valid yet",
    "certificate_name": "the server's certificate is for another name",
    "certificate_unknown_ca": "the client does not know the authority that signed the server's certificate",
    "certificate_self_signed": "the server's certificate is signed by itself",
    "certificate_incomplete": "the server did not send an intermediate certificate",
    "certificate_revoked": "the server's certificate was revoked",
    "certificate_bad": "the client cannot use the server's certificate: malformed, wrong purpose, weak key or hash, bad signature",
    "certificate_refused": "the client refused what the server sent, most probably its certificate; the reason is encrypted or not told",
    "pinned_or_untrusted": "the client refused a chain that we find good: it pins another, or trusts other authorities",
    "stapling_refused": "the client refused the OCSP response that the server stapled",
    # the client's certificate
    "client_certificate_missing": "the server demands a certificate from the client and got none",
    "client_certificate_refused": "the server refused the client's certificate",
    # who is meant
    "name_not_served": "the server does not serve the name that the client asked for",
    "name_missing": "the client named no server, and this server needs a name",
    "access_denied": "the server knows the client and lets it not in",
    # not TLS
    "plaintext_server": "the server does not speak TLS here: it answered in plaintext",
    "starttls_refused": "the server refused to change to TLS (STARTTLS) and the client began it all the same",
    "proxy_refused": "a proxy refused the connection and the client began TLS all the same",
    # the network
    "reset_after_hello": "the connection was reset as soon as the ClientHello was sent",
    "reset_after_split_hello": "the connection was reset or closed after a ClientHello in more than one packet: a middlebox, often",
    "silence_after_split_hello": "nobody answered a ClientHello in more than one packet: a middlebox that drops it, often",
    "closed_after_hello": "the server closed the connection as soon as the ClientHello was sent",
    "no_answer": "nobody answered the ClientHello",
    "closed_by_client": "the client closed the connection in the middle of the handshake and did not say why",
    "closed_by_server": "the server closed the connection in the middle of the handshake and did not say why",
    # keys and bytes
    "wrong_psk": "the two sides have different pre-shared keys, or the server does not know the client's",
    "tampered": "what one side sealed or signed does not hold for the other: changed on the way, or keys that differ",
    "protocol_violation": "one side sent what the protocol does not allow, as the other sees it",
    "internal_error": "one side failed for a reason of its own",
    "user_canceled": "the handshake was canceled by its user",
    "refused": "one side refused, and nothing in the capture says why",
    # the capture
    "cut_capture": "the capture does not hold the rest of the handshake: it ends, or bytes are missing",
    "one_direction": "the capture holds one direction only, and nothing in it says that the handshake failed",
}
"""word -> what it means."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One cause of a handshake that did not complete."""

    cause: str
    """Key of CAUSES."""
    sentence: str
    """One line for a person, with the facts in it."""
    proof: tuple[str, ...]
    """What shows it, each with its packet where it has one: "alert protocol_version (70) from the server in packet 6"."""
    advice: str
    """What to change, and on which side."""
    certainty: str
    """certain (the wire says so), likely, possible."""
    inferred: bool = False
    """Encryption hides it: sizes, directions and the close of the connection were used."""
    packets: tuple[int, ...] = ()
    """Packet ids of the proof, in order."""


class Judgement(Protocol):
    """What a judge of chains says (``analyzer.x509.trust``)."""

    @property
    def verdict(self) -> str:
        """A word: trusted, self_signed, private_ca, incomplete, expired, not_yet_valid, bad_signature, revoked and so on."""

    @property
    def detail(self) -> str:
        """A sentence: which certificate, what, since when."""

    @property
    def name_matches(self) -> bool | None:
        """Whether the leaf is for the name that was asked for; None where none was."""


Verdict = Callable[[Sequence[bytes], int, str, str | None], Judgement | None]
"""(chain in DER, time in ns, purpose "server" or "client", name that was asked for or None) -> a Judgement, or None."""
