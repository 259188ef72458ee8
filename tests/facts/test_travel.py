"""How a handshake travelled: carriages both ways, proxies, QUIC's versions, connection ids; nothing where there is nothing."""

from ipaddress import ip_address

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.facts.travel import COLUMNS, NOTHING, carriage_text, cells
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Handshake, Quic
from analyzer.handshakes.prelude import Prelude, Target
from analyzer.packets.carriage import Layer

ONE, TWO, SIX = (ip_address(text).packed for text in ("192.0.2.1", "198.51.100.7", "2001:db8::6"))


def told(**fields):
    made = Handshake(client=Endpoint(bytes(4), 1), server=Endpoint(bytes(4), 2), **fields)
    return dict(zip([column.name for column in COLUMNS], cells(made), strict=True))


def test_an_ordinary_handshake_has_nothing_to_tell():
    assert set(told().values()) == {None}
    assert len(NOTHING) == len(COLUMNS)


@pytest.mark.parametrize(("layers", "text"), [
    ((), None), ((Layer("vlan", 5),), "vlan 5"), ((Layer("vlan", 5), Layer("vlan", 100)), "vlan 5, vlan 100"),
    ((Layer("vlan", 5), Layer("gre", None, ONE, TWO), Layer("vxlan", 0, SIX, SIX)), "vlan 5, gre, vxlan 0"),
])  # fmt: skip
def test_a_carriage_in_words(layers, text):
    assert carriage_text(layers) == text
    assert told(carriage=layers)["carriage"] == text


def test_the_tunnels_ends_are_on_the_clients_and_the_servers_side_whoever_was_seen_first():
    layers = (Layer("vlan", 5), Layer("ipip", None, ONE, TWO), Layer("gre", 7, SIX, ONE))
    out, back = told(carriage=layers, outbound=True), told(carriage=layers, outbound=False)
    assert (out["outer_client"], out["outer_server"]) == (["192.0.2.1", "2001:db8::6"], ["198.51.100.7", "192.0.2.1"])
    assert (back["outer_client"], back["outer_server"]) == (out["outer_server"], out["outer_client"])
    link = told(carriage=layers[:1])
    assert (link["carriage"], link["outer_client"], link["outer_server"]) == ("vlan 5", None, None)


def test_target_and_origin_are_those_of_the_proxies_and_the_nearest_to_tls_names_the_target():
    spoken = (
        Prelude(protocol="proxy2", origin=Endpoint(SIX, 1), target=Target(None, TWO, 8080)),
        Prelude(protocol="connect", target=Target(b"mail.example", None, 25)),
        Prelude(protocol="smtp"),
    )
    row = told(preludes=spoken)
    assert (row["target"], row["target_port"], row["origin"], row["origin_port"]) == ("mail.example", 25, "2001:db8::6", 1)
    row = told(preludes=spoken[:1])
    assert (row["target"], row["target_port"]) == ("198.51.100.7", 8080)
    row = told(preludes=spoken[2:])
    assert {row[name] for name in ("target", "target_port", "origin", "origin_port")} == {None}
    assert told(preludes=(Prelude(protocol="proxy1", target=Target()),))["target"] is None


def test_the_answer_is_told_as_sent():
    assert told(answer=b"HTTP/1.1 400 Bad\r\n\xe9")["answer"] == "HTTP/1.1 400 Bad\r\n\\xe9"


def test_quic():
    refused = (1, 0x1A2A3A4A, 0xFF00001D)
    row = told(quic=Quic(version=0x6B3343CF, first_version=1, retried=True, versions_refused=refused, zero_rtt=2, paths=3))
    assert row["quic_version"] == "QUIC v2"
    assert row["quic_version_code"] == 0x6B3343CF
    assert row["quic_first_version"] == "QUIC v1"
    assert row["quic_retry"] is True
    assert row["quic_versions"] == ["QUIC v1", "GREASE", "QUIC draft 29"]
    assert (row["quic_zero_rtt"], row["paths"]) == (2, 3)


@pytest.mark.parametrize("first", [None, 1])
def test_quic_of_one_version(first):
    row = told(quic=Quic(version=1, first_version=first))
    assert (row["quic_version"], row["quic_first_version"], row["quic_versions"]) == ("QUIC v1", None, None)
    assert (row["quic_retry"], row["quic_zero_rtt"], row["paths"]) == (False, 0, 1)


def test_connection_ids_are_hex_and_an_empty_one_is_no_absent_one():
    row = told(connection_ids={CLIENT: b"", SERVER: b"\x0a\xff"})
    assert (row["client_connection_id"], row["server_connection_id"]) == ("", "0aff")
    row = told(connection_ids={SERVER: b"\1"})
    assert (row["client_connection_id"], row["server_connection_id"]) == (None, "01")


LAYERS = st.lists(st.builds(Layer, st.sampled_from(["vlan", "gre"]), st.none() | st.integers(0, 2**32), st.none() | st.binary(max_size=16),
                            st.none() | st.binary(max_size=16)), max_size=4).map(tuple)  # fmt: skip
QUICS = st.builds(Quic, version=st.integers(0, 2**32 - 1), first_version=st.none() | st.integers(0, 2**32 - 1),
                  versions_refused=st.lists(st.integers(0, 2**32 - 1), max_size=4).map(tuple))  # fmt: skip


IDS = st.dictionaries(st.sampled_from([CLIENT, SERVER]), st.binary(max_size=20))


@given(LAYERS, st.booleans(), st.none() | QUICS, st.binary(max_size=9), IDS)
def test_whatever_it_was_the_cells_fit(layers, outbound, quic, answer, ids):
    row = told(carriage=layers, outbound=outbound, quic=quic, answer=answer, connection_ids=ids)
    msgspec.json.encode(row)
    assert (row["carriage"] is None) == (not layers)
    assert (row["quic_version_code"] is None) == (quic is None)
    assert all(text is not None for text in (row["quic_versions"] or []))
