"""Certificates: which fault of a certificate an alert means, the server's and the client's.

Here lives: for each alert the faults that stacks send it for, ranked by what is really wrong with the chain.  Here does not live: what is
wrong with it (``chain_faults``), chains behind encryption whose alert is hidden too (``sealed``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.causes.chain_faults import faults, judged
from analyzer.findings.causes.view import listed
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import codes
from analyzer.tls.messages import CertificateRequest
from analyzer.x509 import read_certificate
from analyzer.x509.names import read_name_der

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.causes.view import Candidate, View
    from analyzer.handshakes.handshake import Alert

__all__ = ["CAUSE_OF", "of_client", "of_server", "server_faults"]

CAUSE_OF = {
    "expired": ("certificate_expired", "Renew the server's certificate (see which one of the chain); check the client's clock."),
    "not_yet_valid": ("certificate_not_yet_valid", "Set the clocks of client and server right, or wait until the certificate is valid."),
    "name": ("certificate_name", "Get a certificate with this name for the server, or ask for a name that it has."),
    "self_signed": ("certificate_self_signed", "Give the server a certificate of an authority, or make the client trust this one."),
    "unknown_ca": ("certificate_unknown_ca", "Make the client trust the authority, or get the server a certificate of one that it trusts."),
    "incomplete": ("certificate_incomplete", "Let the server send the intermediate certificates too (the whole chain but its root)."),
    "revoked": ("certificate_revoked", "Get the server a new certificate: this one was revoked."),
    "bad": ("certificate_bad", "Get the server a certificate that clients of today take: right purpose, key and hash."),
}
"""A fault -> the cause, and what to change."""

_PLAIN = {
    "expired": "the server's certificate, or one above it, had expired",
    "not_yet_valid": "the server's certificate was not valid yet",
    "name": "the server's certificate is for another name",
    "self_signed": "the server's certificate is signed by itself",
    "unknown_ca": "the client does not know the authority that signed the server's certificate",
    "incomplete": "an intermediate certificate is missing in the server's chain",
    "revoked": "the server's certificate was revoked",
    "bad": "the client cannot use the server's certificate (purpose, key, hash or encoding)",
}

_MEANT: dict[int, tuple[str, ...]] = {
    42: ("not_yet_valid", "name", "bad", "expired", "self_signed", "unknown_ca", "incomplete"),
    43: ("bad",),
    44: ("revoked",),
    45: ("expired", "not_yet_valid"),
    46: ("expired", "not_yet_valid", "revoked", "name", "self_signed", "incomplete", "unknown_ca", "bad"),
    48: ("self_signed", "incomplete", "unknown_ca", "bad"),
    51: ("bad",),
}
"""Alert -> what stacks send it for, where it is seen in the chain."""
_ALONE: dict[int, tuple[tuple[str, int], ...]] = {
    42: (("name", 64), ("unknown_ca", 56), ("bad", 50), ("not_yet_valid", 40)),
    43: (("bad", 85),),
    44: (("revoked", 95),),
    45: (("expired", 90),),
    46: (("unknown_ca", 64), ("name", 48), ("expired", 40)),
    48: (("unknown_ca", 82), ("self_signed", 58), ("incomplete", 54)),
    51: (("bad", 50),),
}
"""Alert -> what it means by itself, where the chain is hidden: (fault, rank)."""
_TRUST = frozenset({"unknown_ca", "incomplete"})
_SPECIFIC = frozenset({43, 44, 45, 48})


def server_faults(view: View) -> list[tuple[str, str]]:
    """Return what is wrong with the server's chain where it can be read."""
    made = view.handshake
    if not made.server_chain:
        return []
    return faults(made.server_chain, made.start, view.name, judged(view.verdict, made.server_chain, made.start, SERVER, view.name))


def of_server(view: View, alert: Alert | None, *, bare: bool = False) -> Iterator[Candidate]:
    """Rank what a client has against the server's certificate; ``bare`` where the alert (or none) need not be about it."""
    chain, code = view.handshake.server_chain, alert.description if alert else None
    told = [view.alert_proof(alert)] if alert else []
    seen = view.told(SERVER, codes.CERTIFICATE)
    if not chain:
        if seen is not None and chain == ():
            yield view.make(
                80,
                "certificate_bad",
                "The server sent no certificate at all, and the client wants one.",
                CAUSE_OF["bad"][1],
                *told,
                view.proven("an empty Certificate of the server", seen.last_packet),
            )
        elif not bare and code is not None:
            for fault, rank in _ALONE.get(code, ()):
                if fault != "name" or view.name is not None:
                    yield _cause(view, fault, rank, _PLAIN[fault], told)
        return
    found = dict(server_faults(view))
    proof = list(told)
    if seen is not None:
        leaf = read_certificate(chain[0])
        subject, issuer = leaf.subject_cn or leaf.subject or "nobody", leaf.issuer_cn or leaf.issuer or "nobody"
        text = f"certificate of {subject[:100]}, issued by {issuer[:100]},"
        proof.append(view.proven(text, seen.last_packet))
    meant = _MEANT.get(code, tuple(CAUSE_OF)) if code is not None else _MEANT[46]
    top = 94 if not bare and code in _SPECIFIC else 80 if not bare else 58
    hits = [fault for fault in meant if fault in found]
    if {"incomplete", "unknown_ca"} <= set(hits) and list(found).index("unknown_ca") < list(found).index("incomplete"):
        hits.remove("incomplete")
        hits.insert(hits.index("unknown_ca") + 1, "incomplete")  # as likely as the chain says
    for place, fault in enumerate(hits):
        lower = 10 if bare and fault in _TRUST else 0  # whom a client trusts is its own affair: little speaks for it without its word
        yield _cause(view, fault, max(top - 6 * place - lower, 20), found[fault], proof)
    for place, (fault, detail) in enumerate(item for item in found.items() if item[0] not in hits):
        yield _cause(view, fault, max((50 if not bare else 30) - 6 * place, 12), detail, proof)
    if not hits and not bare:
        yield from _unseen(view, code, proof)


def _unseen(view: View, code: int | None, proof: list[tuple[str, int]]) -> Iterator[Candidate]:
    """The client refused a chain in which we find nothing that its alert means."""
    judgement = judged(view.verdict, view.handshake.server_chain or (), view.handshake.start, SERVER, view.name)
    good = judgement is not None and judgement.verdict == "trusted"
    if code == 45:
        sentence = (
            "the client says that it had expired, though it is valid by the time of the capture: the client's clock, or a path of its own"
        )
        yield _cause(view, "expired", 66, sentence, proof)
    elif code in _ALONE:
        for fault, rank in _ALONE[code]:
            if fault in {"unknown_ca", "revoked", "bad"}:
                yield _cause(view, fault, rank - (30 if good and fault == "unknown_ca" else 0), _PLAIN[fault], proof)
    if code in {42, 46, 48}:
        how = "which we find trusted" if good else "in which we see no fault"
        yield view.make(
            72 if good else 45,
            "pinned_or_untrusted",
            f"The client refused the server's chain, {how}: it pins another, or trusts other authorities.",
            "See which certificates or authorities the client pins or trusts; a program with a store of its own needs an update of that.",
            *proof,
        )


def _cause(view: View, fault: str, rank: int, detail: str, proof: list[tuple[str, int]]) -> Candidate:
    cause, advice = CAUSE_OF[fault]
    return view.make(
        rank, cause, f"The client refused the certificate of {view.server_text}: {detail.rstrip('.')}.", advice, *proof, (detail, None)
    )


# ---- the client's certificate

_ABOUT = frozenset({41, 42, 43, 44, 45, 46, 48, 116})


def of_client(view: View, alert: Alert | None) -> Iterator[Candidate]:
    """Rank what a server has against the client's certificate, or the lack of one; nothing where it is about something else."""
    made, code = view.handshake, alert.description if alert else None
    if alert is not None and alert.sender == CLIENT:
        return
    about = code in _ABOUT
    shown, asked = view.told(CLIENT, codes.CERTIFICATE), view.told(SERVER, codes.CERTIFICATE_REQUEST)
    proof: list[tuple[str, int]] = [view.alert_proof(alert)] if alert else []
    if asked is not None:
        proof.append(view.proven(f"CertificateRequest of the server{_authorities(asked.message)}", asked.last_packet))
    if made.client_chain:
        if shown is not None:
            proof.append(view.proven("Certificate of the client", shown.last_packet))
        found = faults(
            made.client_chain, made.start, None, judged(view.verdict, made.client_chain, made.start, CLIENT, None), purpose="client"
        )
        meant = _MEANT.get(code, ()) if code is not None else ()
        said = next((detail for word, detail in found if word in meant), None) or (found[0][1] if found and not about else None)
        reason = said or _SAYS.get(code or 0, "it does not say why")
        yield view.make(
            94 if about else 66,
            "client_certificate_refused",
            f"The server refused the client's certificate: {reason.rstrip('.')}.",
            "Give the client a certificate of an authority that the server names, or let the server trust the client's.",
            *proof,
        )
    elif (shown is not None and made.client_chain == ()) or code in {41, 116}:
        if shown is not None:
            proof.append(view.proven("an empty Certificate of the client", shown.last_packet))
        yield view.make(
            95 if about or code == 40 else 70,
            "client_certificate_missing",
            "The server demands a certificate from the client, and the client has none to show.",
            "Give the client a certificate and its key, of an authority that the server names; or let the server do without.",
            *proof,
        )
    elif about:
        yield view.make(
            78,
            "client_certificate_refused",
            f"The server refused the client's certificate: {_SAYS.get(code or 0, 'it does not say why')}.",
            "Give the client a certificate of an authority that the server names, or let the server trust the client's.",
            *proof,
        )
        if code in {42, 46}:
            yield view.make(
                56,
                "client_certificate_missing",
                "The server demands a certificate from the client, which showed none that can be seen.",
                "Give the client a certificate and its key.",
                *proof,
            )


_SAYS = {
    42: "it is malformed, or not acceptable (bad_certificate)",
    43: "it is of a kind that the server cannot use (unsupported_certificate)",
    44: "it was revoked",
    45: "it had expired",
    46: "something in it is not acceptable (certificate_unknown)",
    48: "the server does not know the authority that signed it",
    51: "its signature does not verify",
}


def _authorities(message: object) -> str:
    """Name the authorities that a CertificateRequest asks for."""
    if not isinstance(message, CertificateRequest) or not message.authorities:
        return ""
    return " for one of " + listed(read_name_der(one).text[:100] for one in message.authorities[:20])
