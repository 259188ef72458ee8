from analyzer.facts import TABLES, Book
from analyzer.handshakes.handshake import Endpoint, Handshake


def test_place_and_time(make):
    shown = make.row(make.full(preludes=(make.prelude("connect"), make.prelude("smtp")), connect=1_500_000))
    assert (shown["handshake"], shown["source"]) == (1, "a.pcap")
    assert (shown["transport"], shown["framing"], shown["prelude"]) == ("tcp", "tls", "smtp")
    assert (shown["client"], shown["client_port"], shown["server"], shown["server_port"]) == ("10.0.0.1", 50000, "192.0.2.1", 443)
    assert (shown["start"], shown["duration_ms"], shown["connect_ms"]) == (make.START, 9.0, 1.5)


def test_an_empty_handshake_is_a_row_of_nulls():
    made = Handshake(client=Endpoint(bytes(4), 1), server=Endpoint(bytes(4), 2))
    [row] = TABLES["handshakes"].rows(9, made, Book(sources=[]))
    shown = dict(zip([column.name for column in TABLES["handshakes"].columns], row, strict=True))
    assert {name for name, cell in shown.items() if cell is not None} == {
        "handshake", "transport", "framing", "client", "client_port", "server", "server_port", "start", "duration_ms", "outcome",
        "renegotiation", "client_known", "lost_bytes", "anomalies", "packets", "certificates_state", "client_certificates_state",
    }  # fmt: skip
    assert shown["certificates_state"] == "unseen"


def test_garbled_messages_are_no_trouble(make):
    from analyzer.handshakes.handshake import CLIENT, SERVER, Seen
    from analyzer.tls.messages import Opaque

    made = make.handshake((CLIENT, make.client_hello()), (SERVER, make.server_hello13()))
    made.seen += [
        Seen(sender, code, 1, 3, 3, make.START, Opaque(type_code=code, body=b"?"))
        for sender in (CLIENT, SERVER)
        for code in (1, 2, 4, 8, 11, 12, 13, 15, 22, 25, 257)
    ]
    for name in TABLES:
        make.rows(name, made)
    made.version = 0x0303
    for name in TABLES:
        make.rows(name, made)
