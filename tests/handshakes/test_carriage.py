"""However the bytes of a handshake are carried, the handshake is the same: segments, order, copies, records, blocks, cuts, flips."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
import talk
from hypothesis import given, settings
from hypothesis import strategies as st
from talk import CCS, CLIENT, FINISHED, MS, SERVER, Wire, play, read

import analyzer
from analyzer.facts import TABLES
from analyzer.handshakes.anomaly import KINDS
from analyzer.handshakes.handshake import OUTCOMES
from analyzer.limits import DEFAULT

TALKS = {
    "full12": talk.full12(),
    "full13": talk.full13(),
    "tls12-ecdhe-rsa": talk.turns("tls12-ecdhe-rsa"),
    "tls13": talk.turns("tls13"),
    "tls13-hello-retry": talk.turns("tls13-hello-retry"),
    "tls12-client-certificate": talk.turns("tls12-client-certificate"),
    "fail-unknown-ca": talk.turns("fail-unknown-ca"),
    "tls10-rc4": talk.turns("tls10-rc4"),
    "sslv2-hello": talk.turns("sslv2-hello"),
}


def facts(made):
    """What must stay the same.  After a handshake only segments with a late sign are looked at: how it closed hangs on their cuts."""
    told = talk.facts(made)
    if made.outcome == "complete":
        del told["closed"], told["alerts"]
    return told


@cache
def plain(name):
    """The handshake of a talk that was carried in the plainest way."""
    return facts(play(TALKS[name]).one())


talks = st.sampled_from(list(TALKS))
sizes = st.one_of(st.integers(1, 8), st.integers(1, 600), st.integers(1, 65_495))


@given(talks, st.lists(sizes, max_size=60), sizes.filter(lambda size: size > 40))
@settings(max_examples=60, deadline=None)
def test_any_segmentation(name, pieces, size):
    assert facts(play(TALKS[name], Wire(size=size).open(), pieces).one()) == plain(name)


@pytest.mark.parametrize("name", ["full12", "tls13-hello-retry", "sslv2-hello"])
def test_byte_by_byte(name):
    assert facts(play(TALKS[name], Wire(size=1).open()).one()) == plain(name)


def disorder(packets, keys):
    """Let packets pass each other (each at most as far as its key says), times in the new order."""
    order = sorted(range(len(packets)), key=lambda index: index + (keys[index % len(keys)] if keys else 0))
    return [(packets[0][0] + place * MS, packets[index][1]) for place, index in enumerate(order)]


@given(
    st.sampled_from(["full12", "full13", "tls12-ecdhe-rsa", "fail-unknown-ca"]),
    st.lists(st.integers(0, 12), min_size=1),
    st.integers(30, 300),
)
@settings(max_examples=60, deadline=None)
def test_any_order_inside_a_flight(name, keys, size):
    wire = Wire(size=size).open()
    packets = list(wire.packets)
    for sender, said in TALKS[name]:
        at = len(wire.packets)
        wire.say(sender, said)
        packets += disorder(wire.packets[at:], keys)
    [made] = read(packets)
    assert facts(made) == plain(name)


@given(
    talks.filter(lambda name: name not in {"sslv2-hello", "fail-unknown-ca"}),
    st.lists(st.integers(0, 10), min_size=1),
    st.integers(30, 700),
)
@settings(max_examples=60, deadline=None)
def test_any_order_at_all_still_tells_the_agreement(name, keys, size):
    """But for an alert that overtakes the answer to which it is one: it ends the looking."""
    wire = play(TALKS[name], Wire(size=size).open())
    made = read(wire.packets[:3] + disorder(wire.packets[3:], keys))
    assert [one.server_hello for one in made] == [play(TALKS[name]).one().server_hello]
    assert [one.client_hello for one in made] == [play(TALKS[name]).one().client_hello]
    assert made[0].lost == {}


@given(talks, st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10)), max_size=30), st.integers(30, 700))
@settings(max_examples=60, deadline=None)
def test_copies_change_nothing(name, copies, size):
    packets = play(TALKS[name], Wire(size=size).open()).packets
    several = list(packets)
    for which, later in copies:
        where = which % len(several)
        several.insert(min(where + later, len(several)), several[where])
    [made] = read([(talk.START + place * MS, packet) for place, (_, packet) in enumerate(several)])
    assert facts(made) == plain(name)


def records(messages, cuts, version=0x0303):
    """Put messages into records that are cut at any byte."""
    said, at, out = b"".join(messages), 0, b""
    cuts = iter(cuts)
    while at < len(said):
        piece = said[at : at + next(cuts, 1 << 14)]
        out += talk.record(22, piece, version)
        at += len(piece)
    return out


@given(st.lists(st.one_of(st.integers(1, 6), st.integers(1, 300)), max_size=120), sizes)
@settings(max_examples=80, deadline=None)
def test_any_cut_into_records(cuts, size):
    flight = [talk.server_hello_message(), talk.CERTIFICATE, talk.SERVER_KEY, talk.DONE]
    turns = [
        (CLIENT, records([talk.hello_message(extensions=[talk.SERVER_NAME])], cuts, 0x0301)),
        (SERVER, records(flight, cuts)),
        (CLIENT, records([talk.CLIENT_KEY], cuts) + CCS + FINISHED),
        (SERVER, records([talk.TICKET], cuts) + CCS + FINISHED),
    ]
    assert facts(play(turns, Wire(size=max(size, 20)).open()).one()) == plain("full12")


def test_records_of_one_byte():
    turns = [
        (sender, records([said[5:]], [1] * 500)) if index < 1 else (sender, said) for index, (sender, said) in enumerate(TALKS["full12"])
    ]
    for size in (3, 6, 7, 1460):
        assert facts(play(turns, Wire(size=size).open()).one()) == plain("full12")


def starts_with(whole, part):
    """Whether a cut handshake tells a beginning of the whole one."""
    return all(part[sender] == whole[sender][: len(part[sender])] for sender in (CLIENT, SERVER))


@given(talks, st.integers(0, 10**6), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_cut_after_any_byte_leaves_a_beginning(name, where, closed):
    total = sum(len(said) for _, said in TALKS[name])
    left = where % total
    wire = Wire().open()
    for sender, said in TALKS[name]:
        wire.say(sender, said[:left])
        left -= min(left, len(said))
        if not left:
            break
    if closed:
        wire.fin(CLIENT).fin(SERVER)
    made = wire.read()
    assert len(made) <= 1
    if made:
        whole, part = plain(name), facts(made[0])
        assert starts_with(whole, part)
        assert part["outcome"] in {whole["outcome"], "unanswered", "aborted" if closed else "cut"}


def check(scan):
    """Every table has rows that JSON can hold, and words that are listed."""
    for name, table in TABLES.items():
        book = analyzer.facts.Book(["x"])
        for number, made in enumerate(scan, 1):
            for row in table.rows(number, made, book):
                assert len(row) == len(table.columns), name
                msgspec.json.encode(row)
    for made in scan:
        assert made.outcome in OUTCOMES
        assert {anomaly.kind for anomaly in made.anomalies} <= set(KINDS)
        assert len(made.seen) <= DEFAULT.messages


@given(
    talks,
    st.lists(
        st.tuples(st.integers(0, 10**6), st.sampled_from([0, 1, 2, 3, 11, 20, 21, 22, 23, 0x7F, 0x80, 0xFF]) | st.integers(0, 255)),
        max_size=6,
    ),
    st.lists(st.integers(0, 10**6), max_size=4),
    st.integers(30, 1460),
)
@settings(max_examples=150, deadline=None)
def test_flipped_bytes_never_raise(name, flips, lost, size):
    wire = Wire(size=size).open()
    total = sum(len(said) for _, said in TALKS[name])
    at = 0
    for sender, said in TALKS[name]:
        changed = bytearray(said)
        for where, value in flips:
            if at <= where % total < at + len(said):
                changed[where % total - at] = value
        at += len(said)
        wire.say(sender, bytes(changed))
    gone = {where % len(wire.packets) for where in lost}
    check(read([packet for index, packet in enumerate(wire.packets) if index not in gone]))


@given(st.lists(st.tuples(st.sampled_from([CLIENT, SERVER]), st.sampled_from(list(range(16))), st.binary(max_size=40)), max_size=12))
@settings(max_examples=150, deadline=None)
def test_any_records_in_any_order_never_raise(script):
    pieces = [
        lambda _: talk.HELLO13, lambda _: talk.ANSWER13, lambda _: CCS, lambda _: FINISHED, lambda _: talk.alert(40),
        lambda _: talk.alert(0, 1),
        lambda body: talk.record(22, body), lambda body: talk.record(21, body), lambda body: talk.record(23, body),
        lambda body: talk.record(24, body), lambda body: body, lambda _: talk.handshake(talk.CERTIFICATE), lambda _: talk.data(53),
        lambda body: talk.handshake(talk.message(body[0] if body else 0, body[1:])), lambda _: talk.server_hello(),
        lambda body: bytes([0x80, len(body)]) + body,
    ]  # fmt: skip
    wire = Wire().open()
    for sender, piece, body in script:
        wire.say(sender, pieces[piece](body))
    check(wire.read())


@pytest.mark.parametrize("block", [1 << 8, 1 << 12, 1 << 16])
def test_block_sizes_change_nothing(block):
    names = ["tls12-ecdhe-rsa", "tls13", "tls12-renegotiation", "close-notify", "tls12-psk", "starttls-imap"]
    paths = [talk.SAMPLES / f"{name}.pcapng" for name in names]
    plain = analyzer.scan(paths)
    small = analyzer.scan(paths, limits=msgspec.structs.replace(DEFAULT, block_bytes=block))
    for name in TABLES:
        assert small.table(name).equals(plain.table(name)), name
