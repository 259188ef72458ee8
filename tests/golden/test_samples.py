"""Every sample against what the stacks themselves said of it (samples/manifest.json) and against the messages that tshark sees.

``sequences.json``: handshake types in plaintext, [from the client, from the server] for each connection, told by tshark 4.0.17
(what only its keys or a NULL cipher let it see is left out: Finished).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import talk

import analyzer

MANIFEST = talk.manifest()
SEQUENCES = json.loads(Path(__file__).with_name("sequences.json").read_text())

NO_COLUMN = {"hidden", "sample", "alert", "dh_bits", "client_subject", "ocsp_stapled", "preludes", "cookie",
             "quic_first_version", "quic_versions_refused"}  # fmt: skip
"""What of a row is encrypted, is said by another test, or by another table."""


@cache
def scanned(name):
    return analyzer.scan(talk.SAMPLES / f"{name}.pcapng")


def row_of(name, index):
    frame = scanned(name).handshakes
    assert len(frame) == len(MANIFEST[name]["handshakes"])
    return frame.iloc[index]


def plain(value):
    """A cell as JSON has it."""
    if isinstance(value, (list, dict)):
        return value or None
    return None if pd.isna(value) else getattr(value, "item", lambda: value)()


ROWS = [(name, index, row) for name, capture in MANIFEST.items() for index, row in enumerate(capture["handshakes"])]


def rows(keep):
    """The rows that ``keep`` says yes to, as parameters."""
    return [pytest.param(*one, id=f"{one[0]}-{one[1]}") for one in ROWS if keep(one[2])]


@pytest.mark.parametrize(("name", "index", "said"), rows(bool))
def test_facts_are_what_the_stacks_said(name, index, said):
    row = row_of(name, index)
    wanted = {key: value for key, value in said.items() if key not in NO_COLUMN | {"prelude"}}
    got = {key: plain(row[key]) for key in wanted}
    for key, value in got.items():
        if wanted[key] is False and value is None:
            got[key] = False  # not said is as good as no, where there was no hello to say it
    assert got == {key: value or (None if isinstance(value, list) else value) for key, value in wanted.items()}


@pytest.mark.parametrize(
    ("name", "index", "prelude"),
    [
        pytest.param(name, index, row["prelude"], id=f"{name}-{index}") for name, index, row in ROWS if row.get("prelude")
    ],
)
def test_what_was_spoken_before_is_named(name, index, prelude):
    assert row_of(name, index)["prelude"] == prelude


def spoken(frame):
    """The preludes table's rows of one connection, as the manifest has them."""
    ends = {"target": ("target", "target_address", "target_port"), "origin": (None, "origin", "origin_port")}
    told = []
    for _, row in frame.sort_values("position").iterrows():
        one = {key: plain(row[key]) for key in ("protocol", "offered", "requested", "granted", "greeting", "answer")}
        for end, columns in ends.items():
            values = {key: plain(row[column]) for key, column in zip(("name", "address", "port"), columns, strict=True) if column}
            one[end] = {key: value for key, value in values.items() if value is not None} or None
        told.append(one)
    return told


def claimed(said, told):
    """What was told, as far as the manifest claims something."""
    return [{key: one[key] for key in claim} for claim, one in zip(said, told, strict=True)]


@pytest.mark.parametrize(
    ("name", "index", "said"),
    [pytest.param(*one[:2], one[2]["preludes"], id=f"{one[0]}-{one[1]}") for one in ROWS if one[2].get("preludes")],
)
def test_preludes_say_what_was_said(name, index, said):
    table = scanned(name).preludes
    told = spoken(table[table.handshake == row_of(name, index).handshake])
    assert claimed(said, told) == said


@pytest.mark.parametrize("name", [name for name in MANIFEST if "plain" in MANIFEST[name]])
def test_preludes_without_tls_are_told(name):
    table = scanned(name).preludes
    assert table.handshake.isna().all()
    told = [spoken(frame) for _, frame in table.groupby(["client_port"], sort=False)]
    said = MANIFEST[name]["plain"]
    assert [claimed(*pair) for pair in zip(said, told, strict=True)] == said


@pytest.mark.parametrize(("name", "index", "said"), rows(lambda row: row.get("quic_version_code")))
def test_quic_says_what_the_stack_said(name, index, said):
    quic = scanned(name).handshake(row_of(name, index)["handshake"]).quic
    assert quic.version == said["quic_version_code"]
    assert quic.first_version == said.get("quic_first_version")
    assert quic.retried == said.get("quic_retry", False)
    assert sorted(quic.versions_refused) == said.get("quic_versions_refused", [])
    assert bool(quic.zero_rtt) == said["early_data"]


@pytest.mark.parametrize(("name", "index", "said"), rows(lambda row: "cookie" in row))
def test_a_cookie_is_seen(name, index, said):
    made = scanned(name).handshake(row_of(name, index)["handshake"])
    assert (3 in talk.types(made, talk.SERVER)) is said["cookie"]


@pytest.mark.parametrize(("name", "index", "said"), rows(lambda row: row.get("alert")))
def test_the_alert_that_ended_it(name, index, said):
    row, alert = row_of(name, index), said["alert"]
    told = scanned(name).alerts
    told = told[told.handshake == row["handshake"]]
    assert ((told.description == alert["description"]) & (told.description_code == alert["code"]) & (told.sender == alert["sender"])).any()
    if said.get("outcome") == "failed":
        assert (row["alert"], row["alert_code"], row["alert_sender"]) == (alert["description"], alert["code"], alert["sender"])


@pytest.mark.parametrize(("name", "index", "said"), rows(lambda row: row.get("hidden")))
def test_what_is_hidden_is_not_guessed(name, index, said):
    row = row_of(name, index)
    for key in set(said["hidden"]) & {"alpn", "certificates", "client_certificates", "signature_scheme"} - set(said):
        assert plain(row[key]) in (None, "encrypted"), key


@pytest.mark.parametrize("name", list(SEQUENCES))
def test_messages_are_those_that_tshark_sees(name):
    mine = [
        [
            [seen.code & 0xFF for seen in made.seen if seen.sender == sender and seen.code not in (None, -1)]
            for sender in (talk.CLIENT, talk.SERVER)
        ]
        for made in scanned(name)
        if not made.renegotiation
    ]
    assert mine == SEQUENCES[name]


def test_there_is_a_sequence_for_every_capture():
    assert set(SEQUENCES) == set(MANIFEST) - {"quic-retry", "quic-version-negotiation"}  # which tshark 4.0 cannot follow


CCS, SEALED = -1, None
SHAPES = {
    # RFC 5246 figure 1 with RFC 5077's ticket: eleven steps
    "tls12-ecdhe-rsa": ([1, 16, CCS, SEALED], [2, 11, 12, 14, 4, CCS, SEALED]),
    # no ServerKeyExchange where the certificate's key does it all
    "tls12-rsa": ([1, 16, CCS, SEALED], [2, 11, 14, 4, CCS, SEALED]),
    "tls12-client-certificate": ([1, 11, 16, 15, CCS, SEALED], [2, 11, 12, 13, 14, 4, CCS, SEALED]),
    "tls12-client-certificate-declined": ([1, 11, 16, CCS, SEALED], [2, 11, 12, 13, 14, 4, CCS, SEALED]),
    "tls12-ocsp": ([1, 16, CCS, SEALED], [2, 11, 22, 12, 14, 4, CCS, SEALED]),
    "tls12-psk": ([1, 16, CCS, SEALED], [2, 12, 14, 4, CCS, SEALED]),
    "ssl30-rsa": ([1, 16, CCS, SEALED], [2, 11, 14, CCS, SEALED]),
    "sslv2-hello": ([257], [2, 11, 14]),
    # RFC 8446 figure 1, with middlebox compatibility (appendix D.4)
    "tls13": ([1, CCS, SEALED], [2, CCS, SEALED, SEALED, SEALED, SEALED]),
    # RFC 8446 figure 2
    "tls13-hello-retry": ([1, CCS, 1, SEALED], [2, CCS, 2, SEALED, SEALED, SEALED, SEALED]),
}


@pytest.mark.parametrize("name", list(SHAPES))
def test_steps_are_what_the_protocol_says(name):
    made = scanned(name).handshake(1)
    assert (talk.types(made, talk.CLIENT), talk.types(made, talk.SERVER)) == SHAPES[name]


def test_a_resumed_session_has_its_finished_from_the_server_first():
    """RFC 5246 figure 2."""
    made = scanned("tls12-resume-session-id").handshake(2)
    assert [(seen.sender, seen.code) for seen in made.seen] == [
        ("client", 1), ("server", 2), ("server", CCS), ("server", SEALED), ("client", CCS), ("client", SEALED),
    ]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in MANIFEST if name != "tour"])
def test_nothing_is_odd_about_the_samples(name):
    """Only what the sample is there to show may look odd."""
    # aioquic's client seals one Initial packet of version 2 with the keys of version 1
    expected = {
        "fail-plain-http": {"not-tls-answer"}, "weak-plain-https": {"not-tls-answer"}, "quic-v1-to-v2": {"quic-undecryptable"},
    }  # fmt: skip
    assert {anomaly.kind for made in scanned(name) for anomaly in made.anomalies} <= expected.get(name, set())
