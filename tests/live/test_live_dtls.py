"""DTLS between live peers, through a relay: OpenSSL with itself and GnuTLS's client with OpenSSL's server."""

from __future__ import annotations

import shutil
import socket
from dataclasses import replace

import pytest
from case import ALICE, Case
from relay import UdpRelay, free_port
from stack_gnutls import gnutls_cli
from stack_openssl import s_client, s_server

ANSWERED = (("hello\n", "Verify return code"),)
KEYS = ("version", "cipher_suite", "server_name", "group", "certificates", "client_certificate_requested")
CASES = {
    "plain": ("-dtls1_2", "-dtls1_2", "shop"),
    "dtls10": ("-dtls1 -cipher DEFAULT:@SECLEVEL=0", "-dtls1 -cipher DEFAULT:@SECLEVEL=0", "legacy"),
    "small-mtu": ("-dtls1_2 -mtu 300", "-dtls1_2 -mtu 300", "deep"),
    "listen": ("-dtls1_2 -listen", "-dtls1_2", "mail"),
    "client-certificate": ("-dtls1_2 -Verify 2 -verify_return_error -CAfile root.pem", f"-dtls1_2 {ALICE}", "bank"),
}

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="the openssl command is not installed")


def case(identity):
    return Case("live", "", "", None, (), f"{identity}.example", identity, free_port(socket.SOCK_DGRAM))


def agree(row, said):
    assert (row.transport, row.framing, row.outcome) == ("udp", "dtls", "complete")
    for key in KEYS:
        assert row[key] == said[key], key
    assert (row.client_certificates or None) == (said.get("client_certificates") or None)


@pytest.mark.parametrize(("server", "client", "identity"), CASES.values(), ids=CASES)
def test_openssl_with_itself(lab, server, client, identity):
    one = case(identity)
    with s_server(lab, one, server, answer=""), UdpRelay(one.port) as relay:
        [said] = s_client(lab, replace(one, port=relay.port), client, ANSWERED)
    agree(relay.one(), said)


def test_openssl_resumes(lab):
    one = case("mail")
    with s_server(lab, one, "-dtls1_2", answer=""), UdpRelay(one.port) as relay:
        for arguments in ("-sess_out session.pem", "-sess_in session.pem"):
            [said] = s_client(lab, replace(one, port=relay.port), f"-dtls1_2 {arguments}", ANSWERED)
            relay.settle()
    assert said["resumed"]
    frame = relay.scan().handshakes
    assert [*frame.outcome] == ["complete", "complete"]
    assert [*frame.resumption.fillna("")] == ["", "ticket"]


def test_gnutls_asks_openssl(lab):
    if not shutil.which("gnutls-cli"):
        pytest.skip("gnutls-cli is not installed")
    one = case("mail")
    with s_server(lab, one, "-dtls1_2", answer=""), UdpRelay(one.port) as relay:
        [said] = gnutls_cli(lab, replace(one, port=relay.port), "--udp", answer="Sent: 6 bytes")
    agree(relay.one(), said)
