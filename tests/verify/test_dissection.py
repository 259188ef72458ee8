"""Trees as tshark 4.0 prints them (-T json --no-duplicate-keys): what is read from them is what its own column says."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from analyzer.verify.dissection import LAYERS, facts
from analyzer.verify.fact import ALERT, SSLV2


def layers(tree, name="tls", carrier="tcp", **more):
    return {
        "frame": [{"frame.number": "7", "frame.protocols": f"eth:ip:{carrier}:{name}"}],
        "ip": [{"ip.src": "192.0.2.1", "ip.dst": "198.51.100.2"}],
        carrier: [{f"{carrier}.srcport": "50000", f"{carrier}.dstport": "443", **more}],
        name: [tree],
    }


HELLO = {
    "tls.handshake.type": "1",
    "tls.handshake.length": "60",
    "tls.handshake.version": "0x0303",
    "tls.handshake.random": "61:d8:9e",
    "tls.handshake.session_id_length": "0",
    "tls.handshake.ciphersuites": {"tls.handshake.ciphersuite": ["0x1301", "0x00ff"]},
    "Extension: Reserved (GREASE) (len=0)": [{"tls.handshake.extension.type": "2570"}, {"tls.handshake.extension.type": "2570"}],
    "Extension: server_name (len=17)": {
        "tls.handshake.extension.type": "0",
        "Server Name Indication extension": {"tls.handshake.extensions_server_name": "shop.example"},
    },
    "Extension: signature_algorithms (len=4)": {
        "tls.handshake.extension.type": "13",
        "tls.handshake.sig_hash_algs": {"tls.handshake.sig_hash_alg": "0x0403"},
    },
    "Extension: delegated_credentials (len=4)": {
        "tls.handshake.extension.type": "34",
        "tls.handshake.sig_hash_algs": {"tls.handshake.sig_hash_alg": ["0x0503"]},
    },
    "tls.handshake.ja3": "5a1edc7f170af1014fc65c994878e63c",
}
RECORD = {"tls.record.content_type": "22", "tls.record.version": "0x0301", "tls.record.length": "64"}


def test_a_hello():
    (fact,) = facts(layers({"tls.record": RECORD | {"tls.handshake": HELLO}}))
    assert (fact.packet, fact.type, fact.sides) == (7, 1, ("tcp", ("192.0.2.1", 50000), ("198.51.100.2", 443)))
    assert fact.values["record_version"] == 0x0301
    assert fact.values["cipher_suites"] == (0x1301, 0x00FF)
    assert fact.values["extensions"] == (0, 13, 34)
    assert fact.values["server_name"] == ("shop.example",)
    assert fact.values["signature_schemes"] == (0x0403,)
    assert fact.values["session_id"] == ""
    assert fact.values["random"] == "61d89e"
    assert fact.values["ja3"] == "5a1edc7f170af1014fc65c994878e63c"
    assert not fact.decrypted


def test_messages_alerts_and_records_in_their_order():
    done = {"tls.handshake.type": "14", "tls.handshake.length": "0"}
    alert = {"tls.alert_message.level": "2", "tls.alert_message.desc": "40"}
    certificates = {"tls.handshake.certificates": {"tls.handshake.certificate": ["30:00", "30:01"]}}
    certificate = {"tls.handshake.type": "11", "tls.handshake.length": "10"} | certificates
    tree = {"tls.record": [RECORD | {"tls.handshake": ["", certificate, done]}, RECORD | {"tls.alert_message": alert}]}
    first, second, third = facts(layers(tree))
    assert first.values["certificates"] == tuple(hashlib.sha256(one).hexdigest() for one in (b"\x30\x00", b"\x30\x01"))
    assert (second.type, second.values) == (14, {"length": 0, "record_version": 0x0301})
    assert (third.type, third.values) == (ALERT, {"level": 2, "description": 40})


def test_what_had_to_be_decrypted():
    tree = {"tls.record": {"tls.record.opaque_type": "23", "tls.record.length": "9", "tls.handshake": {"tls.handshake.type": "20"}}}
    assert [fact.decrypted for fact in facts(layers(tree))] == [True]


def test_sslv2_framing():
    record = {"tls.record.version": "0x0002", "tls.record.length": "46", "tls.handshake.type": "1", "tls.handshake.version": "0x0002"}
    (fact,) = facts(layers({"tls.record": record | {"tls.handshake.ciphersuites": {"tls.handshake.cipherspec": ["0x0700c0"]}}}))
    assert (fact.type, fact.values) == (SSLV2 + 1, {"record_version": 2, "version": 2, "cipher_suites": (0x0700C0,)})


def test_quic_carries_messages_without_records():
    (fact,) = facts(layers({"quic.frame": [{"quic.frame_type": "6", "tls": {"tls.handshake": ["", HELLO]}}]}, "quic", "udp"))
    assert fact.sides[0] == "udp"
    assert "record_version" not in fact.values


def test_of_a_dtls_message_in_pieces_the_last_piece_counts():
    def piece(at, **more):
        return {"dtls.handshake.type": "11", "dtls.handshake.length": "90", "dtls.handshake.fragment_offset": str(at),
                "dtls.handshake.fragment_length": "45", **more}  # fmt: skip

    tree = {"dtls.record": [{"dtls.record.version": "0xfefd", "dtls.handshake": piece(0)}]}
    assert list(facts(layers(tree, "dtls", "udp"))) == []
    tree = {"dtls.record": [{"dtls.record.version": "0xfefd", "dtls.handshake": piece(45, **{"dtls.handshake.certificates_length": "87"})}]}
    assert [fact.type for fact in facts(layers(tree, "dtls", "udp"))] == [11]


def test_the_innermost_addresses_count():
    tree = layers({"tls.record": RECORD | {"tls.handshake": HELLO}})
    tree["ip"].insert(0, {"ip.src": "203.0.113.1", "ip.dst": "203.0.113.2"})
    assert [fact.sides[1][0] for fact in facts(tree)] == ["192.0.2.1"]


def test_a_segment_sent_again():
    again = {"tcp.analysis": {"tcp.analysis.flags": {"_ws.expert": {"tcp.analysis.retransmission": ""}}}}
    assert [fact.repeated for fact in facts(layers({"tls.record": RECORD | {"tls.handshake": HELLO}}, **again))] == [True]


NAMES = st.sampled_from([
    "tls.handshake.type", "tls.handshake", "tls.record.version", "tls.handshake.extension.type", "tls.alert_message.level",
    "tls.handshake.certificate", "tls.handshake.random", "tls.handshake.ciphersuite", "x",
])  # fmt: skip
TREES = st.recursive(st.sampled_from(["1", "2", "11", "0x0303", "", "zz", "30:0"]),
                     lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=20)  # fmt: skip


@given(st.dictionaries(NAMES, TREES, max_size=4))
def test_any_tree_is_walked(tree):
    assert all(fact.packet == 7 for fact in facts(layers(tree)))


def test_layers_without_addresses_say_nothing():
    assert list(facts({"frame": [{"frame.number": "1", "frame.protocols": "eth:eapol:eap:tls"}], "tls": [HELLO]})) == []
    assert "quic" in LAYERS
