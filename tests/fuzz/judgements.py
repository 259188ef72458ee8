"""Targets of judgement: chains, stapled responses, timestamps, names, weak numbers, policies, and all findings of a capture.

Here lives: what must hold of what is judged, whatever the bytes.  Here does not live: the little world of trust that chains are judged
by (``issuers``), facts (``checks``), where captures come from (``roads``).
"""

from __future__ import annotations

import re
from collections import Counter
from io import BytesIO
from math import isqrt
from unittest import mock

import checks
import issuers
import msgspec
from checks import SMALL, lot
from roads import walked
from scripts import START, Script

from analyzer.capture import Capture
from analyzer.capture.writing import Writer, select
from analyzer.errors import JudgingError, PolicyError
from analyzer.facts import TABLES as FACTS
from analyzer.findings.cutting import Ledger, connections
from analyzer.findings.derived import HANDSHAKE
from analyzer.findings.finding import MOST_PACKETS, SEVERITIES, display_filter
from analyzer.findings.frame import Frame
from analyzer.findings.judge import Judge
from analyzer.findings.judging import Judging, moment_of
from analyzer.findings.policies import Observed, Tally, builtin, files, findings, judge, rows
from analyzer.findings.rules import RULES
from analyzer.findings.tables import JUDGED, TABLES, JudgedBook, rows_of
from analyzer.handshakes.handshake import Handshake
from analyzer.limits import DEFAULT
from analyzer.pipeline import Counters, handshakes
from analyzer.registry import weak
from analyzer.reports.ndjson import encode
from analyzer.x509 import read_certificate
from analyzer.x509.trust import VERDICTS, check_response, check_timestamps, match, revocation, timestamps
from analyzer.x509.trust import Judge as TrustJudge
from analyzer.x509.trust.hostnames import REASONS as NAME_REASONS
from analyzer.x509.trust.hostnames import read_reference

DAY = 86_400 * 10**9


# ---- chains and what vouches for them


def chain(script):
    """A chain: purpose and time are the first byte and word, then a name, then certificates until the bytes are over."""
    options, days, name = script.byte(), script.word() - 0x8000, script.text().decode("utf-8", "replace")
    sent = []
    while script:
        sent.append(script.text())
    purpose, at = ("server", "client")[options & 1], START + days * DAY
    trust = TrustJudge(issuers.store(), named_cas=("private",) if options & 2 else ())
    told = trust.judge(sent, at, purpose=purpose, name=name)
    assert trust.judge(sent, at, purpose=purpose, name=name) is told or not sent
    assert {told.verdict, *told.faults} <= {*VERDICTS}, told.faults
    assert told.verdict == (told.faults[0] if told.faults else "trusted")
    assert len(told.edges) == max(len(told.path) - 1, 0)
    assert [read_certificate(one).sha256 for one in told.certificates] == [*told.path]
    assert told.since <= at < told.until
    order = told.order
    for places in (order.duplicates, order.unused, order.strangers):
        assert all(0 <= place < len(sent) for place in places)
    assert not {*order.duplicates} & {*order.unused}
    assert {*order.strangers} <= {*order.unused}
    if sent:
        assert told.path[0] == read_certificate(sent[0]).sha256
    if told.verdict == "trusted":
        assert told.anchored
        assert all(edge.signature for edge in told.edges)
        assert told.openssl == "ok" or "name constraint" not in told.openssl, told.openssl
    elif not lot(script.data, 8):
        assert told.openssl
    if not lot(script.data, 8):
        assert told.webpki is None or told.webpki
    checks.harmless(encode(msgspec.structs.replace(told, question=None, certificates=())))
    fresh = TrustJudge(issuers.store(), named_cas=("private",) if options & 2 else ()).judge(sent, at, purpose=purpose)
    assert (fresh.faults, fresh.path, fresh.detail) == (told.faults, told.path, told.detail)


def response(script):
    """A stapled response against the leaf of one of the chains, with its issuer or without."""
    options, days = script.byte(), script.word() - 0x8000
    sent = issuers.chains()[options >> 1 & 1]
    issuer = read_certificate(sent[1]) if options & 1 else None
    told = check_response(script.rest(), read_certificate(sent[0]), issuer, START + days * DAY)
    assert told.status in revocation.STATUSES
    assert told.reason is None or told.reason in revocation.REASONS
    assert (told.reason is None) == (told.verified is True)
    if told.verified:
        assert told.signed is told.fresh is True
        assert told.status in {"good", "revoked", "unknown"}
        assert issuer is not None
    checks.harmless(encode(told))


def scts(script):
    """A list of timestamps beside a leaf, or a leaf with its own, against the fuzzer's log and those of the registry."""
    from analyzer.tls.transparency import read_sct_list

    options = script.byte()
    (leaf, issuer), _ = issuers.logged()
    body = script.rest()
    leaf, carried = (read_certificate(body), ()) if options & 1 else (read_certificate(leaf), read_sct_list(body)[0])
    logs = None if options & 2 else issuers.logs()
    told = check_timestamps(leaf, read_certificate(issuer), [("tls", one) for one in carried], at=START, logs=logs)
    assert len(told) <= timestamps.TIMESTAMPS
    for one in told:
        assert one.reason is None or one.reason in timestamps.REASONS
        assert not one.valid or (one.signed and one.reason is None)
    checks.harmless(encode(told))


def host(script):
    """A name against a certificate's names."""
    name, patterns = script.text().decode("utf-8", "replace"), []
    while script:
        patterns.append(script.text().decode("latin-1"))
    leaf = msgspec.structs.replace(read_certificate(issuers.chains()[0][0]), san_dns=tuple(patterns), subject_cn=name)
    told, reference = match(leaf, name), read_reference(name)
    assert told.reason in NAME_REASONS
    assert told.matched == (told.reason == "match")
    assert (reference is None) == (told.reason == "bad_name")
    if told.matched and reference[0] == "dNSName":
        pattern = told.by.removeprefix("dNSName:").lower()
        assert pattern == reference[1] or pattern.partition(".")[2] == reference[1].partition(".")[2] != "", (pattern, reference)
        assert pattern == reference[1] or pattern.startswith("*.")
    checks.harmless(encode(told))


def numbers(script):
    """A modulus and an exponent, or a prime."""
    options = script.byte()
    with mock.patch.object(weak, "_spent", [0.0]):
        if options & 1:
            body = script.text().hex()
            told = weak.weak_modulus(body, script.rest().hex() if options & 2 else None)
            assert told is None or told
        else:
            prime = script.rest()[: 96 if options & 2 else 160]
            kind, number = weak.prime_kind(prime), int.from_bytes(prime, "big")
            assert kind in weak.KINDS
            assert kind not in {"safe", "prime"} or number < 4 or pow(2, number - 1, number) == 1
            if 1 < number < 1 << 20:
                assert (kind == "composite") == any(number % factor == 0 for factor in range(2, isqrt(number) + 1))
            weak.weak_dh_prime(prime)


def refused(error, start=""):
    """Check what a caller is told of his mistake: words in one line."""
    assert str(error).startswith(start)
    assert str(error) != start
    assert "\n" not in str(error)


def policy(script):
    """A policy's text: it is refused in words, or judges the samples."""
    options, body = script.byte(), script.rest()
    try:
        told = files.read(body, "fuzz.toml")
    except PolicyError as error:
        refused(error, "fuzz.toml: ")
        return
    if options & 1:
        seen = observed()
        judged = judge(told, seen)
        assert judged.states.shape == (len(told.clauses), len(seen))
        tally = Tally(told)
        tally.add(judged)
        assert tally.handshakes == len(seen)
        checks.harmless(b"".join(encode(row) for row in (*rows(judged, ["a"]), *tally.rows())))
        checks.harmless(encode([*findings(judged), *tally.lines(), tally.figures()]))


_SEEN = []


def observed():
    """Return handshakes of some samples as policies see them, made once."""
    if not _SEEN:
        import pieces

        ones = pieces.handshakes()[::12]
        made = [FACTS["handshakes"].rows(one.number, one, JudgedBook(["a"]))[0] for one in ones]
        _SEEN.append(Observed(Frame(FACTS["handshakes"].columns, made, ones, HANDSHAKE)))
    return _SEEN[0]


def moment(script):
    """The text of ``--at``."""
    try:
        told = moment_of(script.rest().decode("utf-8", "surrogateescape"))
    except JudgingError as error:
        refused(error)
    else:
        assert told is None or isinstance(told, int)


KINDS = (chain, response, scts, host, numbers, policy, moment)


def judgement(data):
    """One of the above, by the first byte."""
    script = Script(data)
    KINDS[script.byte() % len(KINDS)](script)


# ---- findings of whole captures

FILTER = re.compile(r"frame\.number == (\d+)|frame\.number in \{(.+)\}")


def shown(text):
    """Return the packet numbers that a display filter shows."""
    one, several = FILTER.fullmatch(text).groups()
    spans = [tuple(map(int, span.split(".."))) for span in (one or several).split(", ")]
    return {number for span in spans for number in range(span[0], span[-1] + 1)}


def judged(everything, policies=()):
    """Judge handshakes and plain connections; return the judge, its findings, and the rows of its tables by name."""
    choice = Judging(policies=policies)
    with mock.patch.object(Judging, "judge", return_value=TrustJudge(issuers.store())):
        one = Judge(choice, lambda: ["a"], JUDGED)
    book = JudgedBook(["a"], judging=choice, trust=TrustJudge(issuers.store()))
    for each in everything:
        one.take(each, lambda name, each=each: rows_of(TABLES[name], each, book))
    one.finish()
    found = [*one.findings]
    return one, found, {name: one.rows(name) for name in JUDGED}


def settled(everything, packets, names=()):
    """Check all that judgement tells of a capture of so many packets; return its findings."""
    one, found, tables = judged(everything, names)
    numbers = {each.number for each in everything if isinstance(each, Handshake)}
    lines = []
    for name, table in tables.items():
        for row in table:
            checks.sound(name, JUDGED[name], row)
            lines.append(checks.line(name, row))
    checks.harmless(b"".join(lines))
    assert [row[0] for row in tables["findings"]] == [finding.name for finding in found]
    for finding, row in zip(found, tables["findings"], strict=True):
        assert finding.severity in SEVERITIES
        assert finding.packets, finding.rule
        assert [*finding.packets] == sorted({*finding.packets})
        assert all(1 <= packet <= packets for packet in finding.packets), (finding.rule, finding.packets)
        assert shown(row[-1]) == {*finding.packets[:MOST_PACKETS]}
        assert {*finding.handshakes} <= numbers
        assert finding.handshake is None or finding.handshake in finding.handshakes
        assert finding.count > 0
        assert finding.detail, finding.rule
    counts: Counter[str] = Counter()
    for finding in found:
        counts[finding.rule] += finding.count if finding.rule in RULES and RULES[finding.rule].once else 1
    prelude_rows = sum(len(each.preludes) for each in everything)
    for rule, *_, passed, failed, aside, unseen in tables["rules"]:
        assert failed == counts[rule], rule
        base = {"handshake": len(numbers), "prelude": prelude_rows}.get(RULES[rule].subject)
        assert base is None or passed + failed + aside + unseen == base, rule
    worst = min(found, key=lambda finding: [*SEVERITIES].index(finding.severity), default=None)
    assert one.worst == (worst.severity if worst else None)
    for name in names:
        sums = {row[3]: row for row in tables["policies"] if row[0] == name}
        failed = sum(count for rule, count in counts.items() if rule.startswith(f"{name}/"))
        assert sum(row[9] for clause, row in sums.items() if clause is not None) == failed
    return found


def road(data):
    """All findings of what a capture, or a conversation that the bytes describe, holds; by chance in other Blocks, and a slice of one."""
    counters, everything = walked(data)
    pick = lot(data, 8)
    found = settled(everything, counters.packets, (builtin()[lot(data, len(builtin()))],) if pick & 1 else ())
    if pick == 7 and found and data and data[0] & 3 == 0:
        cut(data[1:], found[lot(data[1:], len(found))], everything)


def _packets(block):
    return zip(block.time.tolist(), block.wirelen.tolist(), map(bytes, block), strict=True)


def cut(body, finding, everything):
    """Cut the packets of a finding, and of its connections, out of a capture, and read them again."""
    ledger = Ledger()
    for each in everything:
        ledger.add(each)
    known = [ledger.connection(number) for number in sorted({*finding.handshakes}) if number in ledger]
    wanted = {*finding.packets} | connections([Capture(body, 0, SMALL)], [*known, *ledger.plain(finding.packets)], SMALL)
    out = BytesIO()
    writer = Writer(out, comment=finding.title, limits=SMALL)
    before = []
    for block in select([Capture(body, 0, SMALL)], wanted):
        writer.write(block, lambda packet: f"packet {packet}")
        before += _packets(block)
    assert writer.packets == len(wanted)
    assert [row for block in Capture(out.getvalue(), 0, DEFAULT) for row in _packets(block)] == before
    small, counters = [], Counters()
    small += handshakes(Capture(out.getvalue(), 0, SMALL), SMALL, counters)
    assert counters.packets == len(wanted)
    settled(small, counters.packets)
    assert display_filter(finding.packets)
