"""Accounting: what became of the packets, in words that leave nothing out."""

from collections import Counter

from analyzer.capture.live.watching import Account
from analyzer.cli.accounting import Tallied, account_line, fresh_drops


def account(**words):
    return Account(**{"interface": "eth0", "program": "tcpdump", "received": 1000, "read": 990, **words})


def test_every_figure_is_said():
    line = account_line(account(dropped_by_kernel=1234, dropped_by_interface=0))
    assert line == "eth0: 1,000 packets received, 1,234 dropped by the kernel, 0 dropped by the interface, 10 unread"


def test_what_is_not_known_is_said_to_be_so():
    said = account_line(account(program="dumpcap", received=1, read=1))
    assert said == "eth0: 1 packet received, drops by the kernel and by the interface not known (dumpcap does not tell), 0 unread"
    assert "0 dropped by the kernel, drops by the interface not known" in account_line(account(dropped_by_kernel=0))


def test_drops_are_said_once_and_with_their_sum():
    known = Counter()
    assert [*fresh_drops([account(dropped_by_kernel=5, dropped_by_interface=2)], known)] == [
        "eth0: 7 packets dropped (7 in all): handshakes may have gaps"
    ]
    assert [*fresh_drops([account(dropped_by_kernel=5, dropped_by_interface=2)], known)] == []
    assert [*fresh_drops([account(dropped_by_kernel=6, dropped_by_interface=2)], known)] == [
        "eth0: 1 packet dropped (8 in all): handshakes may have gaps"
    ]
    assert [*fresh_drops([account()], known)] == []


def test_unread_is_never_less_than_nothing():
    assert account(received=5, read=9).unread == 0


def test_how_handshakes_went():
    tallied = Tallied()
    assert tallied.line().startswith("0 handshakes in 0.0 s")
    for outcome in ("complete", "not_tls", "complete"):
        tallied.add(outcome)
    assert tallied.line().endswith("s: 2 complete, 1 not tls")
    assert tallied.line().startswith("3 handshakes in ")
