from analyzer.handshakes.handshake import CLIENT, SERVER, Alert


def test_alerts(make):
    made = make.handshake()
    made.alerts = [
        Alert(SERVER, 2, 40, 5, 10),
        Alert(CLIENT, 1, 0, (1 << 40) + 6, 11),
        Alert(CLIENT, None, None, 7, 12),
        Alert(CLIENT, 9, 251, 8, 13),
    ]
    rows = [tuple(row.values()) for row in make.rows("alerts", made)]
    assert rows == [
        (1, "a.pcap", 5, 10, "server", "fatal", 2, "handshake_failure", 40, False),
        (1, "b.pcap", 6, 11, "client", "warning", 1, "close_notify", 0, False),
        (1, "a.pcap", 7, 12, "client", None, None, None, None, True),
        (1, "a.pcap", 8, 13, "client", None, 9, None, 251, False),
    ]
