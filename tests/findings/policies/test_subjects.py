"""The table of columns that policies may ask about."""

from analyzer.facts import TABLES
from analyzer.findings.evidence import EVIDENCE
from analyzer.findings.policies.subjects import KINDS, SUBJECTS
from analyzer.findings.policies.vocabularies import VOCABULARIES
from analyzer.handshakes.handshake import CLIENT


def test_every_column_of_a_usable_kind_is_there():
    columns = {column.name for column in TABLES["handshakes"].columns if column.kind in {"text", "texts", "int", "float", "flag", "time"}}
    assert columns <= set(SUBJECTS)
    assert "packets" not in SUBJECTS  # a list of numbers


def test_what_they_name_exists():
    assert {subject.kind for subject in SUBJECTS.values()} <= set(KINDS)
    assert {name for subject in SUBJECTS.values() for name in subject.evidence} <= set(EVIDENCE)
    assert {subject.names for subject in SUBJECTS.values()} - {None} <= set(VOCABULARIES)
    assert all(subject.number in SUBJECTS for subject in SUBJECTS.values() if subject.number)
    assert all(subject.doc.endswith((".", "…")) for subject in SUBJECTS.values())


def test_every_column_can_be_read_of_any_handshake(observed, make, sample):
    seen = observed(make.full(), make.handshake((CLIENT, make.client_hello())), *sample("tls13"), *sample("quic-v1"), *sample("tls12-psk"))
    for name, subject in SUBJECTS.items():
        assert len(seen.occurs(name)) == len(seen)
        values = seen.texts(name).codes if subject.kind in {"text", "texts"} else seen.numbers(name)[0]
        assert len(values) == len(seen), name
