"""Readiness in words: every share with its base, and what could not be seen.

Here lives: the sentences.  Here does not live: counting (``readiness``), layout and escaping (``reports``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.findings.readiness.counting import OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.findings.readiness.counting import Count, Readiness

__all__ = ["lines"]

NAMED = 5
"""Groups, and servers that force classical key exchange, that are named."""


def share(part: int, base: int) -> str:
    """Return "12 of 40 (30 %)"; no per cent without a base."""
    return f"{part} of {base}" + (f" ({100 * part / base:.0f} %)" if base else "")


def lines(readiness: Readiness) -> list[tuple[str, str]]:
    """Return what is to be said as (label, text), the most important first."""
    count = readiness.total
    if not count["handshakes"]:
        return [("post-quantum", "no ClientHello is in the capture, so nothing can be said")]
    return [*_offers(readiness, count), *_answers(count), *_retries(count), *_forcing(readiness), *_sizes(count), *_signatures(count)]


def _offers(readiness: Readiness, count: Count) -> Iterator[tuple[str, str]]:
    said = f"{share(count['offered'], count['handshakes'])} handshakes offer a post-quantum group"
    if count.groups:
        said += f": {', '.join(count.groups)}"
    if count["offered"]:
        said += f"; {share(count['key_share_sent'], count['offered'])} of them send a key for one at once"
    if readiness.unread:
        said += f"; in {readiness.unread} more the ClientHello is not in the capture"
    yield "post-quantum offers", said


def _answers(count: Count) -> Iterator[tuple[str, str]]:
    if not count["offered"]:
        return
    likeliest = sorted(count.groups.items(), key=lambda item: (-item[1][2], -item[1][0], item[0]))
    for group, (offered, answered, accepted) in likeliest[:NAMED]:
        open_ = offered - answered
        said = f"{group} accepted in {share(accepted, answered)} TLS 1.3 key exchanges that offered it"
        yield "post-quantum answers", said + (f"; {open_} more that offered it had none that is in the capture" if open_ else "")
    chosen, forced = share(count["accepted"], count["answered"]), count["classical_forced"]
    said = f"a post-quantum group was chosen in {chosen}, a classical one in {forced}"
    others = [
        text
        for figure, text in (
            ("legacy_version", "{} were answered with TLS 1.2 or older, which has none"),
            ("psk_alone", "{} took a PSK in place of a key exchange"),
            ("failed", "{} ended before a ServerHello"),
            ("unseen", "in {} the answer is not in the capture"),
        )
        if (number := count[figure])
        for text in [text.format(number)]
    ]
    yield "post-quantum outcome", "; ".join([said, *others])


def _retries(count: Count) -> Iterator[tuple[str, str]]:
    if count["retry_lost"] or count["retry_gained"]:
        lost = share(count["retry_lost"], count["offered"])
        said = f"a HelloRetryRequest asked for a classical group in {lost} handshakes that offered a post-quantum one"
        yield "post-quantum retries", said + f", and for a post-quantum one in {count['retry_gained']}"


def _forcing(readiness: Readiness) -> Iterator[tuple[str, str]]:
    servers = [(name, one) for name, one in readiness.counts["server"].items() if one["classical_forced"]]
    if servers:
        servers.sort(key=lambda item: (-item[1]["classical_forced"], item[0] or ""))
        named = [f"{name} ({one['classical_forced']} of {one['answered']})" for name, one in servers if name != OTHERS][:NAMED]
        rest = len(servers) - len(named)
        yield "classical forced by", ", ".join(named) + (f" and {rest} more" if rest else "")


def _sizes(count: Count) -> Iterator[tuple[str, str]]:
    median = count.median()
    if median is not None:
        split = f"; {share(count['hello_split'], count['handshakes'])} needed more than one packet"
        yield "ClientHello", f"median {median:g} bytes, longest {count.largest}" + split


def _signatures(count: Count) -> Iterator[tuple[str, str]]:
    said = f"{share(count['mldsa_offered'], count['handshakes'])} clients' hellos take ML-DSA; server certificates with it: "
    said += f"{share(count['mldsa_certificates'], count['certificates_seen'])} that can be read"
    hidden = count["certificates_encrypted"]
    yield "ML-DSA", said + (f"; in {hidden} handshakes TLS 1.3 encrypts the certificate" if hidden else "")
