import struct

import pytest

from analyzer.tls.messages import Fault, read_message


@pytest.mark.parametrize("version", [0x0304, None])
def test_new_session_ticket_13(version):
    body = struct.pack(">IIB2sH4sH", 7200, 99, 2, b"nn", 4, b"tick", 8) + b"\x00\x2a\x00\x04\x00\x00\x40\x00"
    ticket = read_message(4, body, version=version)
    assert (ticket.lifetime, ticket.age_add, ticket.nonce, ticket.ticket, ticket.fault) == (7200, 99, b"nn", b"tick", None)
    assert [(extension.code, extension.value) for extension in ticket.extensions] == [(42, 0x4000)]


@pytest.mark.parametrize("version", [0x0303, 0x0301, None])
def test_new_session_ticket_12(version):
    ticket = read_message(4, struct.pack(">IH4s", 300, 4, b"tick"), version=version)
    assert (ticket.lifetime, ticket.ticket, ticket.age_add, ticket.nonce, ticket.fault) == (300, b"tick", None, None, None)


def test_a_length_that_lies():
    ticket = read_message(4, b"\x00\x00\x00\x05\x00\x09tick", version=0x0303)
    assert (ticket.lifetime, ticket.ticket, ticket.fault) == (5, b"", Fault("length", 4))
