import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from analyzer.facts.values import FIELDS, tell, tell_extension
from analyzer.tls import ech, messages, offers, quic_parameters, sslv2, transparency


class Inner(msgspec.Struct, frozen=True):
    group: int
    data: bytes


class Outer(msgspec.Struct, frozen=True):
    anything: Any
    inner: Inner


LEAVES = st.none() | st.booleans() | st.integers() | st.binary(max_size=20) | st.text(st.characters(codec="utf-8")) | st.floats()
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.integers() | st.text(st.characters(codec="utf-8")), inner, max_size=3)
        | st.builds(Outer, inner, st.builds(Inner, st.integers(), st.binary()))
    ),
    max_leaves=20,
)


@given(VALUES)
def test_any_value_becomes_json(value):
    told = tell(value)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    msgspec.json.encode(told)


def test_deep_values_end():
    value = ()
    for _ in range(5000):
        value = (value,)
    assert "…" in json.dumps(tell(value), ensure_ascii=False)


def test_names_stand_beside_numbers():
    assert tell_extension(10, (29, 0x2A2A, 0xFFF0)) == [
        {"code": 29, "name": "x25519"}, {"code": 0x2A2A, "name": "GREASE"}, {"code": 0xFFF0, "name": None},
    ]  # fmt: skip
    assert tell_extension(43, 0x0304) == {"code": 772, "name": "TLS 1.3"}
    assert tell_extension(51, offers.KeyShareEntry(29, b"\1")) == {"group": {"code": 29, "name": "x25519"}, "key_exchange": "01"}
    assert tell_extension(16, (b"h2",)) == ["h2"]
    assert tell_extension(0, (offers.ServerName(0, b"a"),)) == [{"name_type": {"code": 0, "name": "host_name"}, "name": "a"}]
    assert tell_extension(23, True) is True  # noqa: FBT003 - the value of an extension whose presence is its meaning
    assert tell_extension(12345, 7) == 7


def test_numbers_beyond_64_bits_are_hex():
    assert tell(1 << 64) == "0x10000000000000000"
    assert tell((1 << 64) - 1) == (1 << 64) - 1
    assert tell(float("nan")) is None


def test_every_named_field_exists():
    for name in FIELDS:
        struct, field = name.split(".")
        owners = [room for room in (messages, offers, ech, quic_parameters, sslv2, transparency) if hasattr(room, struct)]
        assert owners, name
        assert field in getattr(owners[0], struct).__struct_fields__, name
