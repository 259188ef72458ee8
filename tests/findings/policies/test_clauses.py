"""Operators and conditions: each that passes, fails, does not apply and cannot be seen."""

import pytest

from analyzer.findings.policies.clauses import LEVELS, OPERATORS, Clause, Demand
from analyzer.findings.rule import FAILED, NOT_APPLICABLE, PASSED, UNSEEN
from analyzer.handshakes.handshake import CLIENT, SERVER


def clause(column, operator, wanted, *when):
    conditions = tuple(Demand(*one) for one in when)
    return Clause(id="x", title="t", citation="c", level="must", demand=Demand(column, operator, wanted), when=conditions)


def hello_with(make, *extensions, **fields):
    return make.handshake((CLIENT, make.client_hello(*extensions, **fields)))


def groups(make, *numbers):
    return make.extension(10, make.vector(make.u16(*numbers)))


@pytest.mark.parametrize(
    ("operator", "wanted", "state"),
    [
        ("allowed", ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",), PASSED), ("allowed", ("TLS_AES_128_GCM_SHA256",), FAILED),
        ("forbidden", ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",), FAILED), ("forbidden", ("TLS_AES_128_GCM_SHA256",), PASSED),
        ("equals", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", PASSED), ("equals", "TLS_AES_128_GCM_SHA256", FAILED),
        ("present", True, PASSED), ("present", False, FAILED),
    ],
)  # fmt: skip
def test_text(make, observed, operator, wanted, state):
    assert clause("cipher_suite", operator, wanted).states(observed(make.full())).tolist() == [state]
    assert clause("cipher_suite", operator, wanted).states(observed(hello_with(make))).tolist() == [UNSEEN]


@pytest.mark.parametrize(
    ("operator", "wanted", "state", "without"),
    [
        ("allowed", ("x25519", "secp256r1"), PASSED, NOT_APPLICABLE), ("allowed", ("x25519",), FAILED, NOT_APPLICABLE),
        ("forbidden", ("secp384r1",), PASSED, NOT_APPLICABLE), ("forbidden", ("secp256r1", "x448"), FAILED, NOT_APPLICABLE),
        ("required", ("x25519", "secp256r1"), PASSED, FAILED), ("required", ("x25519", "x448"), FAILED, FAILED),
        ("any", ("x448", "x25519"), PASSED, FAILED), ("any", ("x448",), FAILED, FAILED),
        ("present", True, PASSED, FAILED), ("present", False, FAILED, PASSED),
    ],
)  # fmt: skip
def test_lists(make, observed, operator, wanted, state, without):
    offering, bare, unseen = hello_with(make, groups(make, 29, 23)), hello_with(make), make.handshake((SERVER, make.server_hello()))
    assert clause("offered_groups", operator, wanted).states(observed(offering, bare, unseen)).tolist() == [state, without, UNSEEN]


@pytest.mark.parametrize(
    ("operator", "wanted", "state"),
    [
        ("min", 128, PASSED), ("min", 129, FAILED), ("max", 128, PASSED), ("max", 127, FAILED), ("allowed", (56, 128), PASSED),
        ("forbidden", (128,), FAILED), ("equals", 128, PASSED), ("equals", 256, FAILED),
    ],
)  # fmt: skip
def test_numbers(make, observed, operator, wanted, state):
    assert clause("cipher_bits", operator, wanted).states(observed(make.full(), hello_with(make))).tolist() == [state, UNSEEN]


def test_flags_and_times(make, observed):
    yes, no = True, False
    seen = observed(make.full())
    assert clause("forward_secrecy", "equals", yes).states(seen).tolist() == [PASSED]
    assert clause("forward_secrecy", "equals", no).states(seen).tolist() == [FAILED]
    assert clause("start", "min", make.START).states(seen).tolist() == [PASSED]
    assert clause("start", "min", make.START + 1).states(seen).tolist() == [FAILED]


def test_a_clause_on_what_does_not_occur_does_not_apply(make, observed):
    assert clause("dh_bits", "min", 2048).states(observed(make.full())).tolist() == [NOT_APPLICABLE]


@pytest.mark.parametrize(
    ("when", "state"),
    [
        ([("protocol", "equals", "TLS 1.2")], FAILED),
        ([("protocol", "equals", "TLS 1.3")], NOT_APPLICABLE),
        ([("protocol", "allowed", ("TLS 1.2", "TLS 1.3")), ("key_exchange", "forbidden", ("RSA",))], FAILED),
        ([("dh_bits", "min", 1)], NOT_APPLICABLE),  # about what does not occur
        ([("server_name", "equals", "a.example")], NOT_APPLICABLE),  # none was sent
        ([("leaf_key_bits", "min", 1)], UNSEEN),  # it is junk: nobody knows
        ([("leaf_key_bits", "min", 1), ("protocol", "equals", "TLS 1.3")], NOT_APPLICABLE),  # one that is known not to hold decides
    ],
)
def test_conditions(make, observed, when, state):
    assert clause("cipher_bits", "min", 1000, *when).states(observed(make.full())).tolist() == [state]


def test_a_condition_that_cannot_be_seen_leaves_all_open(make, observed):
    tls13 = make.handshake((CLIENT, make.client_hello()), (SERVER, make.server_hello13()), (SERVER, make.CCS), (SERVER, make.ENCRYPTED))
    asked = clause("cipher_bits", "min", 1, ("leaf_key_algorithm", "equals", "RSA"))
    assert asked.states(observed(tls13)).tolist() == [UNSEEN]


@pytest.mark.parametrize(
    ("demand", "words"),
    [
        (("cipher_suite", "allowed", ("A", "B")), "cipher_suite is one of A, B"),
        (("dh_bits", "min", 2048), "dh_bits is at least 2048"),
        (("early_data", "equals", False), "early_data is false"),
        (("start", "min", 1_767_225_600_000_000_000), "start is at least 2026-01-01"),
        (("server_name", "present", True), "server_name is there"),
        (("offered_groups", "any", ("x25519",)), "offered_groups holds one of x25519"),
    ],
)
def test_demands_in_words(demand, words):
    assert Demand(*demand).words() == words


@pytest.mark.parametrize(
    ("asked", "value", "state", "told"),
    [
        (("cipher_suite", "allowed", ("A",)), "B", FAILED, "cipher_suite is B, which is not among the allowed"),
        (("cipher", "forbidden", ("RC4",)), "RC4", FAILED, "cipher is RC4, which is forbidden"),
        (("dh_bits", "min", 2048), 1024, FAILED, "dh_bits is 1024; dh_bits is at least 2048 is asked"),
        (("leaf_validity_days", "max", 90), 91.5, PASSED, "leaf_validity_days is 91.5"),
        (("early_data", "equals", False), 1, FAILED, "early_data is true; early_data is false is asked"),
        (("offered_versions", "forbidden", ("TLS 1.0",)), ("TLS 1.2", "TLS 1.0"), FAILED, "offered_versions: TLS 1.0 forbidden"),
        (("offered_versions", "allowed", ("TLS 1.3",)), ("TLS 1.3", "TLS 1.2"), FAILED, "offered_versions: TLS 1.2 not among the allowed"),
        (("offered_groups", "any", ("x448",)), ("x25519",), FAILED, "offered_groups: none of x448"),
        (("offered_groups", "required", ("x448",)), ("x25519",), FAILED, "offered_groups: not all of x448"),
        (("server_name", "present", True), None, FAILED, "there is no server_name"),
        (("dh_bits", "min", 1), None, NOT_APPLICABLE, "there is no dh_bits here"),
        (("dh_bits", "min", 1), None, UNSEEN, "dh_bits cannot be seen"),
    ],
)
def test_told(asked, value, state, told):
    assert clause(*asked).told(value, state) == told


def test_what_is_told_where_a_condition_is_not_met():
    assert clause("dh_bits", "min", 1, ("protocol", "equals", "TLS 1.2")).told(None, NOT_APPLICABLE) == "only where protocol is TLS 1.2"


def test_every_operator_says_what_it_is():
    assert all(operator.doc and operator.kinds for operator in OPERATORS.values())
    assert set(LEVELS) == {"must", "should"}
