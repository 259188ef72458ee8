"""Under which keys each thing was sent."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.ladders.epochs import EPOCHS, ROLES
from analyzer.ladders.reading import ladder


def epochs(name, number=1):
    """Names of the epochs of a sample, and (name of a rung, its epoch's) for what is protected."""
    drawn = ladder(dict(analyzer.stream(talk.SAMPLES / f"{name}.pcapng"))[number], [])
    names = [one.name for one in drawn.epochs]
    return names, [(rung.name, names[rung.epoch]) for rung in drawn.rungs if rung.epoch is not None]


def test_tls12_encrypts_from_the_change_cipher_spec_on():
    names, rungs = epochs("tls12-ecdhe-rsa")
    assert names == ["plaintext", "session keys"]
    assert {name for name, epoch in rungs if epoch == "session keys"} == {"Finished", "alert close_notify"}


def test_tls13_has_a_key_for_each_stage():
    names, rungs = epochs("tls13-early-data", 2)
    assert names == ["plaintext", "early traffic keys", "handshake traffic keys", "application traffic keys"]
    assert ("early data", "early traffic keys") in rungs
    assert ("EncryptedExtensions", "handshake traffic keys") in rungs
    assert ("ServerHello", "plaintext") in rungs
    assert ("NewSessionTicket or application data", "application traffic keys") in rungs


def test_everybody_can_read_quics_initial_packets():
    names, rungs = epochs("quic-early-data", 2)
    assert names == ["Initial keys", "0-RTT keys", "Handshake keys", "1-RTT keys"]
    assert ("ServerHello", "Initial keys") in rungs


def test_dtls_counts_its_epochs():
    assert epochs("dtls12")[0] == ["epoch 0, plaintext", "epoch 1, session keys"]


def test_a_suite_without_a_cipher_is_readable():
    drawn = ladder(dict(analyzer.stream(talk.SAMPLES / "tls12-null.pcapng"))[1], [])
    assert [(one.name, one.readable) for one in drawn.epochs] == [("plaintext", True), ("session keys without a cipher", True)]
    assert not any(one.encrypted or one.guessed for one in drawn.rungs)
    bare = [(one.name, one.length, one.records) for one in drawn.rungs if one.epoch == 1]
    assert bare == [("Finished", 16, (36,))] * 2 + [("alert close_notify", 2, ())] * 2


def test_a_renegotiation_travels_under_the_old_keys():
    names, rungs = epochs("tls12-renegotiation", 2)
    assert names == ["keys of the handshake before", "session keys"]
    assert rungs[0] == ("ClientHello", "keys of the handshake before")
    drawn = ladder(dict(analyzer.stream(talk.SAMPLES / "tls12-renegotiation.pcapng"))[2], [])
    assert all(one.encrypted for one in drawn.rungs if one.epoch is not None)
    assert [epoch for name, epoch in rungs if name == "ChangeCipherSpec"] == ["keys of the handshake before"] * 2
    assert [epoch for name, epoch in rungs if name == "Finished"] == ["session keys"] * 2


@pytest.mark.parametrize("word", EPOCHS)
def test_every_epoch_says_what_it_is_and_where_it_is_written(word):
    one = EPOCHS[word]
    assert ("RFC" in one.doc) or ("draft-" in one.doc)
    assert one.doc.endswith(".")
    assert any(word in roles for roles in ROLES.values())
