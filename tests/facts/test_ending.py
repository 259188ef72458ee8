import pytest

from analyzer.handshakes.anomaly import Anomaly
from analyzer.handshakes.handshake import CLIENT, SERVER, Alert
from analyzer.tls import messages as m


def failed(make, *alerts, outcome="failed"):
    made = make.handshake((CLIENT, make.client_hello()), outcome=outcome)
    made.alerts = [Alert(sender, level, description, 1, make.START) for sender, level, description in alerts]
    shown = make.row(made)
    return shown["alert"], shown["alert_code"], shown["alert_sender"]


@pytest.mark.parametrize(
    ("alerts", "shown"),
    [
        ([(SERVER, 2, 40)], ("handshake_failure", 40, "server")),
        ([(SERVER, 1, 112), (CLIENT, 2, 48)], ("unknown_ca", 48, "client")),
        ([(CLIENT, 1, 90), (CLIENT, 1, 42)], ("bad_certificate", 42, "client")),
        ([(CLIENT, None, None)], ("encrypted", None, "client")),
        ([(CLIENT, None, None), (SERVER, 2, 250)], (None, 250, "server")),
        ([(CLIENT, 1, 0)], (None, None, None)),
        ([], (None, None, None)),
    ],
)
def test_the_alert_that_failed_it(make, alerts, shown):
    assert failed(make, *alerts) == shown


def test_an_alert_fails_only_a_failed_handshake(make):
    assert failed(make, (SERVER, 2, 40), outcome="complete") == (None, None, None)


def test_ending_as_it_was_seen(make):
    made = make.full(closed="fin", closed_by=CLIENT, renegotiation=True, client_known=False, lost={"server": 5, "client": 2})
    made.anomalies = [Anomaly("gap", "tcp", "5 bytes", SERVER, 3, make.START)]
    shown = make.row(made)
    assert (shown["outcome"], shown["closed"], shown["closed_by"]) == ("complete", "fin", "client")
    assert (shown["renegotiation"], shown["client_known"], shown["lost_bytes"], shown["anomalies"]) == (True, False, 7, 1)


def test_server_flight(make):
    assert make.row(make.full())["server_flight_bytes"] == 102 + 103 + 104 + 105
    assert make.row(make.handshake((CLIENT, make.client_hello())))["server_flight_bytes"] is None
    retry = make.server_hello(shape=m.HelloRetryRequest)
    made = make.handshake((CLIENT, make.client_hello()), (SERVER, retry), (CLIENT, make.client_hello()), (SERVER, make.server_hello13()))
    assert make.row(made)["server_flight_bytes"] == 104


def test_packets_in_one_and_in_two_files(make):
    made = make.full(packets=[3, 4, 9])
    assert (make.row(made)["packets"], make.row(made)["packet_sources"], make.row(made)["source"]) == ([3, 4, 9], None, "a.pcap")
    other = 1 << 40
    made = make.full(packets=[other | 3, 4, other | 5])
    shown = make.row(made)
    assert (shown["packets"], shown["source"]) == ([3, 4, 5], "b.pcap")
    assert shown["packet_sources"] == ["b.pcap", "a.pcap", "b.pcap"]
    assert make.row(make.full(packets=[other | 3, other | 4]))["packet_sources"] is None
