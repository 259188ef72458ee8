"""Lengths of encrypted TLS 1.3 records, worked out by hand from RFC 8446 sections 4.4.4, 5.2 and 6."""

from __future__ import annotations

import pytest

from analyzer.handshakes.lengths import finished_length, flight_guesses, is_alert, is_finished, is_padded_alert


@pytest.mark.parametrize(
    ("suite", "finished", "alert"),
    [
        (0x1301, 53, 19),  # 4 + 32 + 1 + 16, 2 + 1 + 16: as in samples of every stack
        (0x1302, 69, 19),  # a hash of 48 bytes
        (0x1303, 53, 19),
        (0x1304, 53, 19),
        (0x1305, 45, 11),  # a tag of 8 bytes
        (None, 53, 19),
    ],
)
def test_lengths(suite, finished, alert):
    assert finished_length(suite) == finished
    assert is_alert(alert, suite)
    assert not is_alert(alert + 1, suite)
    assert not is_alert(finished, suite)


@pytest.mark.parametrize(("suite", "finished"), [(0x1301, 61), (0x1302, 77), (0x1305, 53)])
def test_a_finished_of_dtls_has_a_longer_header(suite, finished):
    """12 + 32 + 1 + 16: message_seq and the fragment's place are in it (RFC 9147 section 5.2)."""
    assert finished_length(suite, 12) == finished


@pytest.mark.parametrize(("suite", "length"), [(0x1301, 35), (0x1302, 35), (0x1305, 27)])
def test_java_s_alerts_have_sixteen_zeros(suite, length):
    """2 + 16 + 1 + 16, as Java 17 sends them (tests/live/test_live_causes.py has it do so)."""
    assert is_padded_alert(length, suite)
    assert not is_padded_alert(length - 16, suite)
    assert not is_alert(length, suite)


@pytest.mark.parametrize(("suite", "length"), [(0x1301, 53), (0x1301, 69), (0x1302, 69), (0x1302, 85), (0x1305, 45)])
def test_a_finished_stands_alone_in_its_record_padded_or_not(suite, length):
    assert is_finished(length, suite)
    assert not is_finished(length + 1, suite)


@pytest.mark.parametrize(
    ("first", "more", "guesses"),
    [
        (25, 1, ("certificate", "finished")), (41, 1, ("certificate", "finished")), (26, 1, ("certificate …", "finished")),
        (700, 2, ("certificate", "certificate verify", "finished")), (16401, 3, ("certificate …", None, None, "finished")),
    ],
)  # fmt: skip
def test_what_a_client_s_flight_is(first, more, guesses):
    """RFC 8446 section 4.4.2: one byte of context, three of the list, four of the header, then type and tag."""
    assert flight_guesses(first, more, 0x1301) == guesses
