from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.tls import messages as m


def resumed(make, *extensions, session=b"", answer=b"", more=(), **fields):
    return make.row(
        make.handshake(
            (CLIENT, make.client_hello(*extensions, session_id=session)), (SERVER, make.server_hello(session_id=answer)), *more,
            (SERVER, make.CCS), (SERVER, make.ENCRYPTED), (CLIENT, make.CCS), (CLIENT, make.ENCRYPTED), **fields,
        )
    )  # fmt: skip


def test_session_id(make):
    shown = resumed(make, session=b"abc", answer=b"abc")
    assert shown["resumption"] == "session_id"
    assert "repeats the ClientHello's session id" in shown["resumption_evidence"]
    assert (shown["certificates_state"], shown["client_certificates_state"]) == ("resumed", "resumed")
    assert shown["client_certificate_requested"] is False


def test_ticket(make):
    shown = resumed(make, make.extension(35, b"ticket"), session=b"abc", answer=b"abc")
    assert shown["resumption"] == "ticket"
    renewed = resumed(make, make.extension(35, b"ticket"), more=[(SERVER, m.NewSessionTicket(lifetime=1, ticket=b"n"))])
    assert (renewed["resumption"], renewed["ticket_lifetime"]) == ("ticket", 1)


def test_an_empty_ticket_extension_only_asks_for_one(make):
    assert resumed(make, make.extension(35, b""), session=b"abc", answer=b"abc")["resumption"] == "session_id"


def test_a_full_handshake_that_echoes_the_session_id_is_none(make):
    echoed = make.full(answer=make.server_hello(session_id=b"abc"))
    echoed.client_hello = make.client_hello(session_id=b"abc")
    shown = make.row(echoed)
    assert shown["resumption"] is shown["resumption_evidence"] is None


def test_tls13_echo_is_none(make):
    made = make.handshake(
        (CLIENT, make.client_hello(session_id=b"abc")), (SERVER, make.server_hello13(session_id=b"abc")), (SERVER, make.CCS),
        (SERVER, make.ENCRYPTED),
    )  # fmt: skip
    assert make.row(made)["resumption"] is None


def test_abbreviated_without_a_reason_keeps_its_evidence(make):
    shown = resumed(make, session=b"abc", answer=b"other")
    assert shown["resumption"] is None
    assert "neither a session ticket nor" in shown["resumption_evidence"]
    headless = make.row(make.handshake((SERVER, make.server_hello(session_id=b"abc")), (SERVER, make.CCS)))
    assert headless["resumption"] is None
    assert headless["certificates_state"] == "resumed"
    assert "not seen" in headless["resumption_evidence"]


def test_lost_bytes_may_hide_a_certificate(make):
    client_only = make.handshake(
        (CLIENT, make.client_hello(session_id=b"abc")), (SERVER, make.server_hello(session_id=b"abc")), (SERVER, make.CCS),
        lost={"server": 900},
    )  # fmt: skip
    assert make.row(client_only)["resumption"] is None
    assert resumed(make, session=b"abc", answer=b"abc", lost={"server": 9})["resumption"] == "session_id"
    assert resumed(make, session=b"abc", answer=b"abc", lost={"server": 9, "client": 9})["resumption"] is None


def test_a_full_handshake_with_a_lost_flight_is_none(make):
    made = make.handshake(
        (CLIENT, make.client_hello(session_id=b"abc")), (SERVER, make.server_hello(session_id=b"abc")),
        (CLIENT, m.ClientKeyExchange(kind="rsa")), (CLIENT, make.CCS), (SERVER, make.CCS), lost={"server": 3000},
    )  # fmt: skip
    assert make.row(made)["resumption"] is None


def test_tls13_under_a_number_of_its_own_is_no_abbreviated_handshake(make):
    answer = make.server_hello(
        make.extension(43, b"\xfb\x1a", "server_hello"), session_id=b"abc", cipher_suite=0x1301
    )  # fmt: skip - Facebook's draft 26
    made = make.handshake((CLIENT, make.client_hello(session_id=b"abc")), (SERVER, answer), (SERVER, make.CCS), (SERVER, make.ENCRYPTED))
    shown = make.row(made)
    assert (shown["version_code"], shown["resumption"], shown["certificates_state"]) == (0xFB1A, None, "encrypted")
