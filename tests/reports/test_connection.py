import hashlib
import sys
from pathlib import Path

import pytest

from analyzer.facts.texts import address_text
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Handshake
from analyzer.reports import zeek
from analyzer.reports.connection import Connections, community_id, flow_id, set_only, uid

sys.path.insert(0, str(Path(__file__).parent))

from sample_logs import ENDS, TABLES, connection, fields, log, told

# From the specification's baseline, made anew with its reference implementation (PyPI, communityid 1.5.0).
VECTORS = [
    ("tcp", "1.2.3.4", 1122, "5.6.7.8", 3344, "1:wCb3OG7yAFWelaUydu0D+125CLM="),
    ("tcp", "128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    ("tcp", "66.35.250.204", 80, "128.232.110.120", 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    ("tcp", "10.0.0.1", 10, "10.0.0.1", 11, "1:rn3uVMy07GRldneZs+okbZAwWcU="),
    ("tcp", "10.0.0.1", 11, "10.0.0.1", 10, "1:rn3uVMy07GRldneZs+okbZAwWcU="),
    ("udp", "192.168.1.52", 54585, "8.8.8.8", 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    ("udp", "fe80::200:86ff:fe05:80da", 33300, "fe80::260:97ff:fe07:69ea", 33300, "1:Qd3pJw9U5h58R/drmHV93mOSViM="),
    ("tcp", "fe80::1ff:fe23:4567:890b", 34343, "fe80::1ff:fe23:4567:890a", 80, "1:uGb0MOwPvtZie8ob+qcV3N6mAoc="),
]


def packed(text):
    import ipaddress

    return ipaddress.ip_address(text).packed


@pytest.mark.parametrize(("transport", "one", "port", "other", "its_port", "wanted"), VECTORS)
def test_community_id(transport, one, port, other, its_port, wanted):
    made = Handshake(client=Endpoint(packed(one), port), server=Endpoint(packed(other), its_port), transport=transport)
    assert community_id(made) == wanted


def test_ids_are_the_same_each_time_and_differ_where_anything_does():
    changes = [
        {},
        {"transport": "udp"},
        {"start": 1},
        {"client": Endpoint(ENDS["client"].address, 50001)},
        {"client": ENDS["server"], "server": ENDS["client"]},
        {"client": Endpoint(bytes(16), 1)},
    ]
    handshakes = [Handshake(**(ENDS | change)) for change in changes]
    for of in (uid, flow_id):
        ids = [of(one) for one in handshakes]
        assert len(set(ids)) == len(ids)
        assert ids == [of(one) for one in handshakes]


def test_ids_have_the_shape_of_the_tools():
    for start in range(200):
        made = Handshake(**ENDS, start=start)
        assert uid(made)[0] == "C"
        assert 10 < len(uid(made)) <= 18
        assert uid(made).isalnum()
        assert uid(made).isascii()
        assert 0 <= flow_id(made) < 1 << 53


def test_a_handshake_has_its_cells_by_name_and_a_plain_connection_is_none(plain):
    one = connection(Handshake(**ENDS, outcome="complete"), server_name="a.example")
    assert one.cells["server_name"] == "a.example"
    assert one.cells["client"] == address_text(ENDS["client"].address)
    assert one.established
    assert not one.resumed
    assert connection(resumption_evidence="the id is repeated").resumed
    nobody = told(Handshake(**ENDS))
    nobody.take(plain())
    assert Connections(TABLES).of(nobody) is None


def test_leaves_are_the_first_of_each_chain():
    (line,) = fields(log(zeek, "tls12-client-certificate.pcapng"))
    from analyzer import scan

    (made,) = scan(Path(__file__).parents[2] / "samples" / "tls12-client-certificate.pcapng")
    one = connection(made)
    for side, column in ((SERVER, "cert_chain_fps"), (CLIENT, "client_cert_chain_fps")):
        assert one.leaf(side).sha256 == line[column].split(",")[0] == hashlib.sha256(one.chain(side)[0]).hexdigest()
    assert connection().leaf(SERVER) is None
    assert connection().chain(CLIENT) == ()


def test_what_is_not_set_is_left_out_and_what_is_false_stays():
    assert set_only({"a": None, "b": [], "c": {}, "d": 0, "e": False, "f": "", "g": [0]}) == {"d": 0, "e": False, "f": "", "g": [0]}
