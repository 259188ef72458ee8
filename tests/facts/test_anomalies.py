from analyzer.handshakes.anomaly import Anomaly
from analyzer.handshakes.handshake import SERVER


def test_anomalies(make):
    made = make.handshake()
    made.anomalies = [Anomaly("gap", "tcp", "9 bytes", SERVER, 4, 5), Anomaly("bad-record", "record", "", None, (1 << 40) + 1, 6)]
    assert [tuple(row.values()) for row in make.rows("anomalies", made)] == [
        (1, "a.pcap", 4, 5, "gap", "tcp", "server", "9 bytes"),
        (1, "b.pcap", 1, 6, "bad-record", "record", None, ""),
    ]
