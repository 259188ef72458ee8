"""Logs with their keys: ids are hashes of keys, states and intervals as the root programs' lists say."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from analyzer.registry import ct_log
from analyzer.registry.ct_log_keys import CtLogKey, ct_log_key, ct_log_keys
from analyzer.registry.generated.ct_logs import CT_LOGS


def test_every_log_has_its_key_and_name():
    logs = ct_log_keys()
    assert logs.keys() == CT_LOGS.keys()
    for log_id, log in logs.items():
        assert (log.log_id, hashlib.sha256(log.key).digest()) == (log_id, log_id)
        assert log.kind in {"production", "test", "monitoring_only"}
        assert (log.operator, log.description) == ct_log(log_id)[1:]
        assert (log.since is None) == (log.until is None)
        assert log.since is None or log.since < log.until
        assert {state for _, state, _ in log.states} <= {"pending", "qualified", "usable", "readonly", "retired", "rejected"}


def test_a_log_of_chromes_list():  # Google's log list v3: Argon2023 took certificates that end in 2023
    log = ct_log_key(bytes.fromhex("e83ed0da3ef5063532e75728bc896bc903d3cbd1116beceb69e1777d6d06bd6e"))
    assert (log.description, log.kind) == ("Google 'Argon2023' log", "production")
    assert (log.since, log.until) == (1672531200_000000000, 1704067200_000000000)


def test_closed():
    def closed(*states):
        return CtLogKey(b"", "", "", b"", states=states).closed

    assert closed() is None
    assert closed(("A", "usable", 5)) is None
    assert closed(("A", "retired", 5), ("B", "qualified", 6)) is None
    assert closed(("A", "retired", 5), ("B", "readonly", 7), ("C", "rejected", 6)) == 7


@given(st.binary(max_size=40))
def test_anything_is_answered(log_id):
    assert (ct_log_key(log_id) is None) == (log_id not in CT_LOGS)
