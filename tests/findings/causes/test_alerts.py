"""Each alert that can be read, at its place."""

from __future__ import annotations

import pytest
import refusals
from refusals import USUAL, flight, refused
from talk import CLIENT, SERVER

from analyzer.findings.causes import CAUSES, causes
from analyzer.findings.causes.alerts import _ROWS
from analyzer.registry.protocol import ALERTS

BEFORE = (flight(b"leaf"),)
ROWS = [
    (10, SERVER, (), "protocol_violation"), (20, SERVER, (), "tampered"), (47, SERVER, (), "protocol_violation"),
        (49, SERVER, (), "access_denied"),
    (50, CLIENT, BEFORE, "protocol_violation"), (51, CLIENT, BEFORE, "tampered"), (70, SERVER, (), "no_shared_version"),
    (80, SERVER, (), "internal_error"), (86, SERVER, (), "inappropriate_fallback"), (100, SERVER, (), "insecure_renegotiation"),
    (109, SERVER, (), "missing_extension"), (110, CLIENT, BEFORE, "unsupported_extension"), (112, SERVER, (), "name_not_served"),
    (113, CLIENT, BEFORE, "stapling_refused"), (115, SERVER, (), "wrong_psk"), (116, SERVER, BEFORE, "client_certificate_missing"),
    (120, SERVER, (), "no_shared_alpn"), (121, CLIENT, BEFORE, "ech_refused"), (200, SERVER, (), "refused"),
]  # fmt: skip


@pytest.mark.parametrize(("description", "sender", "before", "cause"), ROWS)
def test_what_an_alert_means(description, sender, before, cause):
    made = refused(description, sender, before=before)
    [first, *others] = causes(made)
    assert first.cause == cause
    assert first.packets[0] == made.alerts[0].packet
    assert {one.cause for one in others} <= CAUSES.keys()


def test_every_failing_alert_has_a_row():
    harmless = {0, 1, 22, 52, 111, 114}
    assert ALERTS.keys() - _ROWS.keys() <= harmless


def test_a_fatal_user_canceled():
    assert causes(refused(90, CLIENT, before=BEFORE))[0].cause == "user_canceled"


@pytest.mark.parametrize("description", [40, 80, 112])
def test_a_hello_without_a_name(description):
    found = {one.cause for one in causes(refused(description, extensions=USUAL[1:]))}
    assert "name_missing" in found
    assert "name_not_served" not in found


def test_an_unknown_name_is_told_with_its_packet():
    [first, *_] = causes(refused(112))
    assert first.sentence == "The server does not serve the name shop.example."
    assert first.proof == ("alert unrecognized_name (112) from the server in packet 5",
        "the client offers in packet 4: server name shop.example")


def test_names_from_the_wire_are_bounded():
    made = refused(112, extensions=[refusals.talk.extension(0,
        refusals.talk.vector(b"\0" + refusals.talk.vector(b"\x1b[31m" + b"a" * 5000)))])
    assert len(causes(made)[0].sentence) < 400
