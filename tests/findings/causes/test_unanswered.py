"""A hello that nothing followed: resets, closes, silence; in one packet or several."""

from __future__ import annotations

import pytest
import talk
from refusals import SUITES12, USUAL, groups, opened, versions
from talk import CLIENT, SERVER

from analyzer.findings.causes import causes
from analyzer.findings.causes.unanswered import _long

HELLO = talk.client_hello(SUITES12, USUAL)
LARGE = talk.client_hello([0x1301], [versions(0x0304), groups(0x11EC, 29), talk.SERVER_NAME, talk.extension(51, talk.vector(
    b"\x11\xec" + talk.vector(b"k" * 1216) + b"\0\x1d" + talk.vector(b"k" * 32)) ), talk.extension(21, bytes(400))])  # fmt: skip


def first(made):
    return causes(made)[0]


@pytest.mark.parametrize(("hello", "rst", "cause"), [(HELLO, True, "reset_after_hello"), (HELLO, False, "closed_after_hello"),
                                                     (LARGE, True, "reset_after_split_hello")])  # fmt: skip
def test_the_server_goes(hello, rst, cause):
    wire = opened().client(hello)
    made = (wire.rst(SERVER) if rst else wire.fin(SERVER).fin(CLIENT)).one()
    assert first(made).cause == cause
    assert first(made).certainty == "likely"


def test_the_packets_of_a_split_hello_are_told():
    told = first(opened().client(LARGE).rst(SERVER).one())
    assert "in packets 4 to 5" in told.proof[0]
    assert "post-quantum" in told.sentence
    assert told.packets == (5, 6)


@pytest.mark.parametrize(("hello", "cause"), [(HELLO, "no_answer"), (LARGE, "silence_after_split_hello")])
def test_silence(hello, cause):
    told = first(opened().client(hello).wait(3 * 10**9).fin(CLIENT).one())
    assert told.cause == cause
    assert "gave up after 3 s" in told.sentence


def test_a_client_that_does_not_wait():
    assert first(opened().client(HELLO).fin(CLIENT).one()).cause == "closed_by_client"


def test_a_server_that_closes_late_did_not_refuse_the_hello_at_once():
    told = first(opened().client(HELLO).wait(7 * 10**9).fin(SERVER).one())
    assert (told.cause, "7 s after" in told.sentence) == ("closed_after_hello", True)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0, "less than a millisecond"), (46_100, "less than a millisecond"), (1_000_000, "1 ms"), (12_345_678, "12.3 ms"),
     (999_400_000, "999 ms"), (7_000_000_000, "7 s"), (99_950_000_000, "100 s"), (4_321_000_000_000, "4,321 s")],
)  # fmt: skip
def test_times_are_as_people_write_them(nanoseconds, text):
    assert _long(nanoseconds) == text
