"""aioquic client and server, live, through a relay: what the scan says against what the client's connection knows."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from relay import UdpRelay, free_port

pytest.importorskip("aioquic")

from case import Case
from stack_quic import UNKNOWN_VERSION, V1, V2, quic_client, quic_server

BOTH = (V2, V1)
CASES = {
    "v1": ({}, {}),
    "v2": ({"versions": BOTH}, {"versions": BOTH, "first": V2}),
    "v1-to-v2": ({"versions": BOTH}, {"versions": BOTH, "first": V1}),
    "version-negotiation": ({}, {"versions": (V1, UNKNOWN_VERSION), "first": UNKNOWN_VERSION}),
    "retry": ({"retry": True}, {}),
    "large-hello": ({}, {"large": True, "group": "secp256r1"}),
    "refused": ({}, {"alpn": ("doq",)}),
}


@pytest.mark.parametrize(("server", "client"), CASES.values(), ids=CASES)
def test_what_the_client_knows(lab, server, client):
    case = Case("live", "", "aioquic", None, (), "mail.example", "mail", free_port(socket.SOCK_DGRAM))
    with quic_server(lab, case, **server), UdpRelay(case.port) as relay:
        [said] = quic_client(lab, replace(case, port=relay.port), **client)
    row, scan = relay.one(), relay.scan()
    assert (row.transport, row.framing, row.server_name) == ("udp", "quic", "mail.example")
    assert row.alpn_offered == [*client.get("alpn", ("h3",))]
    for key in ("version", "cipher_suite", "group"):
        assert row[key] == said[key] if key in said else not isinstance(row[key], str)
    quic = scan.handshake(1).quic
    assert quic.version == said["quic_version_code"]
    assert quic.first_version == (client["first"] if client.get("first", quic.version) != quic.version else None)
    assert quic.retried == server.get("retry", False)
    if "alert" in said:
        assert (row.outcome, row.alert, row.alert_sender) == ("failed", said["alert"]["description"], "server")
    else:
        assert row.outcome == "complete"


def test_early_data(lab):
    case = Case("live", "", "aioquic", None, (), "mail.example", "mail", free_port(socket.SOCK_DGRAM))
    with quic_server(lab, case, early=True), UdpRelay(case.port) as relay:
        quic_client(lab, replace(case, port=relay.port), keep=True)
        relay.settle()
        [said] = quic_client(lab, replace(case, port=relay.port), resume=True)
    assert said["resumed"]
    frame = relay.scan().handshakes
    assert [bool(early) for early in frame.early_data] == [False, True]
    assert frame.resumption.iloc[1] == "psk"
    assert [*frame.outcome] == ["complete", "complete"]
