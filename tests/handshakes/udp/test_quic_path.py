"""quic_path: telling by connection ids whose a packet is."""

import pytest
from quic_talk import CLIENT, ENDS, SERVER

from analyzer.handshakes.handshake import Endpoint
from analyzer.handshakes.roles import Numbers
from analyzer.handshakes.udp.quic_connection import Connection
from analyzer.handshakes.udp.quic_path import Path
from analyzer.limits import DEFAULT
from analyzer.streams.exchange import Exchange
from analyzer.tls.quic import Packet
from analyzer.tls.quic_versions import HANDSHAKE, INITIAL, ONE_RTT, V1


def connection(source=b"clientid"):
    first = Packet(INITIAL, V1, b"original", source, b"", 0, 30, 1200, 1170)
    made = Connection(DEFAULT, Numbers(), Endpoint(b"\xc0\0\2\1", 50000), Endpoint(b"\xc6\x33\x64\2", 443), first)
    made.ids += [(CLIENT, b"original"), (SERVER, source)]
    return made


@pytest.fixture
def path():
    return Path(Exchange(0, (ENDS[CLIENT], ENDS[SERVER])))


def short(data):
    return Packet(ONE_RTT, 0, b"", b"", b"", 0, 1, len(data), 0), data


def test_ids_tell_the_connection_and_who_has_sent(path):
    one = connection()
    path.add(one, 0)
    assert path.find(0, b"original") == (one, CLIENT)
    assert path.find(1, b"clientid") == (one, SERVER)
    assert path.find(1, b"original") is None
    path.know(one, CLIENT, b"serverid")
    assert path.find(0, b"serverid") == (one, CLIENT)


def test_the_client_may_be_either_side(path):
    one = connection()
    path.add(one, 1)
    assert path.find(1, b"original") == (one, CLIENT)
    assert list(path.tried(1)) == [one]
    assert list(path.tried(0)) == []


def test_short_headers(path):
    one, two = connection(), connection(b"c2")
    path.add(one, 0)
    assert path.find_short(1, *short(b"\x41clientid" + bytes(20))) == (one, SERVER)
    assert path.find_short(1, *short(b"\x01clientid" + bytes(20))) == (one, SERVER)  # RFC 9287
    assert path.find_short(0, *short(b"\x41newnewid" + bytes(20))) == (one, CLIENT)
    assert path.find_short(0, *short(b"\x01newnewid" + bytes(20))) is None
    path.add(two, 0)
    assert path.find_short(0, *short(b"\x41newnewid" + bytes(20))) is None
    assert path.find_short(1, *short(b"\x41c2" + bytes(20))) == (two, SERVER)
    assert path.find_short(1, *short(b"\x01c2" + bytes(20))) is None


def test_short_headers_behind_another_packet(path):
    one = connection()
    path.add(one, 0)
    data = bytes(50) + b"\x41clientid" + bytes(20)
    assert path.find_short(1, Packet(ONE_RTT, 0, b"", b"", b"", 50, 51, len(data), 0), data) == (one, SERVER)


def test_a_source_tells_where_the_destination_is_new(path):
    one = connection()
    path.add(one, 0)
    assert path.find_source(0, Packet(HANDSHAKE, V1, b"newnewid", b"clientid", b"", 0, 30, 90, 60)) == (one, CLIENT)
    assert path.find_source(0, Packet(HANDSHAKE, V1, b"newnewid", b"other", b"", 0, 30, 90, 60)) is None
    assert path.find_source(0, Packet(HANDSHAKE, 0xFF00001D, b"newnewid", b"clientid", b"", 0, 30, 90, 60)) is None


def test_what_is_over_is_forgotten(path):
    one, two = connection(), connection(b"c2")
    path.add(one, 0)
    path.add(two, 0)
    path.again = one
    path.forget(one)
    assert (path.ended, path.again, list(path.live)) == (True, None, [two])
    assert path.find(1, b"clientid") is None
    assert path.find(0, b"original") == (two, CLIENT)
