"""QUIC connections made by aioquic without a network: two of its state machines hand each other their datagrams, and each is written down.

Here lives: what the tests of QUIC connections play and how they read it.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache

from analyzer.handshakes.roles import Numbers
from analyzer.handshakes.udp.quic import Connections
from analyzer.limits import DEFAULT
from analyzer.packets.network import IPV4_HIGH
from analyzer.streams.exchange import Exchange
from analyzer.streams.flow import DONE

CLIENT, SERVER = "client", "server"
ENDS = {CLIENT: (int(IPV4_HIGH), 0xC0000201, 50000), SERVER: (int(IPV4_HIGH), 0xC6336402, 443)}
MOVED = (int(IPV4_HIGH), 0xC0000203, 50001)
START, MS = 1_700_000_000 * 10**9, 10**6


@cache
def identity():
    """Return a certificate and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    return made.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(9)).sign(key, hashes.SHA256()), key


def client_configuration(**changes):
    from aioquic.quic.configuration import QuicConfiguration

    usual = {"is_client": True, "alpn_protocols": ["h3"], "server_name": "shop.example", "verify_mode": ssl.CERT_NONE}
    return QuicConfiguration(**{**usual, **changes})


def server_configuration(**changes):
    from aioquic.quic.configuration import QuicConfiguration

    configuration = QuicConfiguration(**{"is_client": False, "alpn_protocols": ["h3"], **changes})
    configuration.certificate, configuration.private_key = identity()
    return configuration


class Play:
    """One conversation: ``wire`` is the list of (sender, datagram) in the order of sending."""

    def __init__(self, client=None, server=None, **server_arguments):
        from aioquic.quic.connection import QuicConnection

        self.made = QuicConnection
        self.client = QuicConnection(configuration=client or client_configuration())
        self.server = None
        self.server_configuration = server or server_configuration()
        self.server_arguments = server_arguments
        self.wire = []
        self.now = 0.0

    def connect(self):
        self.client.connect(("198.51.100.2", 443), now=self.now)
        return self

    def flight(self, sender):
        """Send what one side has to say; return the datagrams, which the other has not taken yet."""
        speaker = self.client if sender == CLIENT else self.server
        sent = [data for data, _ in speaker.datagrams_to_send(now=self.now)]
        self.wire += [(sender, data) for data in sent]
        return sent

    def take(self, sender, sent):
        """Let the other side take what ``sender`` sent."""
        if self.server is None:
            self.server_arguments.setdefault("original_destination_connection_id", self.client.original_destination_connection_id)
            self.server = self.made(configuration=self.server_configuration, **self.server_arguments)
        hearer, source = (self.server, ("192.0.2.1", 50000)) if sender == CLIENT else (self.client, ("198.51.100.2", 443))
        for data in sent:
            hearer.receive_datagram(data, source, now=self.now)

    def run(self, turns=6):
        """Let both speak in turn."""
        for _ in range(turns):
            for sender in (CLIENT, SERVER):
                self.now += 0.01
                self.take(sender, self.flight(sender))
        return self


def seal(sender, frames, *, version=1, key=b"original", destination=b"original", source=b"clientid", number=0, token=b"", room=1200):
    """An Initial packet sealed by aioquic, whose keys ``key`` makes."""
    from aioquic.buffer import encode_uint_var
    from aioquic.quic.crypto import CryptoPair

    pair = CryptoPair()
    pair.setup_initial(key, is_client=sender == CLIENT, version=version)
    first = 0xC1 | (0x10 if version == 0x6B3343CF else 0)
    head = bytes([first]) + version.to_bytes(4, "big") + bytes([len(destination)]) + destination + bytes([len(source)]) + source
    head += encode_uint_var(len(token)) + token
    frames += bytes(max(0, room - len(head) - len(frames) - 20))
    head += (0x4000 | 2 + len(frames) + 16).to_bytes(2, "big") + number.to_bytes(2, "big")
    return pair.encrypt_packet(head, frames, number)


def crypto(offset, data):
    from aioquic.buffer import encode_uint_var

    return b"\6" + encode_uint_var(offset) + encode_uint_var(len(data)) + data


def close(error, reason=b""):
    from aioquic.buffer import encode_uint_var

    return b"\x1c" + encode_uint_var(error) + b"\6" + encode_uint_var(len(reason)) + reason


def read(wire, limits=DEFAULT, *, keep=False):
    """Read datagrams: (sender, data), (sender, data, client's end) or (sender, data, client's end, missing); return the Handshakes."""
    made, exchanges = [], {}
    connections = Connections(limits, Numbers(), lambda handshake, _: made.append(handshake))
    for place, (sender, data, *more) in enumerate(wire, 1):
        mine = more[0] if more and more[0] else ENDS[CLIENT]
        side = 0 if sender == CLIENT else 1
        exchange = exchanges.get(mine) or exchanges.setdefault(mine, Exchange(0, (mine, ENDS[SERVER]), 0, side))
        exchange.heard |= 1 << side
        exchange.last = START + place * MS
        answer = connections.datagram(exchange, side, data, place, exchange.last, more[1] if len(more) > 1 else 0)
        if answer == DONE and not keep:
            connections.close(exchanges.pop(mine))
    for exchange in exchanges.values():
        connections.close(exchange)
    assert len(connections) == 0
    assert not connections._ids
    assert not connections._paths
    assert connections._holding == 0
    return made


def one(wire, **arguments):
    [handshake] = read(wire, **arguments)
    return handshake


def kinds(handshake):
    return [anomaly.kind for anomaly in handshake.anomalies]


def events(handshake):
    return [(event.kind, event.sender) for event in handshake.events]


def facts(handshake):
    """What of a handshake does not depend on the order of its datagrams."""
    quic = handshake.quic
    return {
        "outcome": handshake.outcome, "version": handshake.version, "suite": handshake.cipher_suite, "alerts": len(handshake.alerts),
        "hellos": (handshake.client_hello, handshake.server_hello), "ids": handshake.connection_ids,
        "ends": (handshake.client, handshake.server), "quic": (quic.version, quic.original_destination, quic.retried, quic.paths),
        "anomalies": sorted(kinds(handshake)),
    }  # fmt: skip
