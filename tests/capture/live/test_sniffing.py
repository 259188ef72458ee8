"""What scapy's sockets give, as a capture (more of it on real interfaces in ``test_opening``)."""

import socket
import struct
import sys

import pytest
from veth import packet, send

from analyzer.capture.live import sniffing
from analyzer.capture.live.request import Request
from analyzer.capture.live.sniffing import Sniffer
from analyzer.errors import LiveError

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone has these sockets")


@LINUX
def test_time_and_tag_of_a_packet():
    stamp = (socket.SOL_SOCKET, 35, struct.pack("=qq", 1_700_000_000, 123_456_789))

    def auxiliary(status, tci, tpid=0):
        return 263, 8, struct.pack("=IIIHHHH", status, 60, 60, 0, 0, tci, tpid)

    assert sniffing._ancillary([stamp, auxiliary(0, 0)]) == (1_700_000_000, 123_456_789, b"")
    assert sniffing._ancillary([auxiliary(0x10, 5)]) == (0, 0, b"\x81\x00\x00\x05")
    assert sniffing._ancillary([auxiliary(0x50, 0, 0x88A8)])[2] == b"\x88\xa8\x00\x00"
    assert sniffing._ancillary([(263, 8, b"short"), (1, 35, b"short"), (9, 9, b"")]) == (0, 0, b"")


@pytest.mark.usefixtures("wire")
def test_what_comes_is_a_capture_with_nanoseconds(caught):
    catcher = caught.open("scapy", interface="caA", snaplen=200)
    head = catcher.input.read(24)
    assert struct.unpack("<IHHiIII", head) == (0xA1B23C4D, 2, 4, 0, 0, 200, 1)
    send([packet(1, 1000)])
    catcher.stop()
    rest = b""
    while data := catcher.input.read(1 << 16):
        rest += data
    at = rest.index(packet(1, 1000)[:200])
    assert struct.unpack_from("<II", rest, at - 8) == (200, len(packet(1, 1000)))
    assert catcher.ended() is None


@pytest.mark.usefixtures("wire")
def test_what_lies_ready_still_comes_after_stop(caught):
    catcher = caught.open("scapy", interface="caA", filter="tcp")
    send(packet(number) for number in range(1000))
    catcher.stop()
    assert len(caught(catcher)) == 1000
    assert catcher.tally().received == 1000


@pytest.mark.usefixtures("wire")
def test_closed_while_nobody_reads_it_ends(caught):
    catcher = caught.open("scapy", interface="caA")
    send(packet(number, 1400) for number in range(3000))  # more than the pipe holds
    catcher.close()
    catcher.close()
    catcher.stop()
    assert not catcher._thread.is_alive()
    assert catcher.tally().received > 0


@LINUX
def test_monitor_mode_is_refused():
    with pytest.raises(LiveError, match="scapy does not set monitor mode"):
        Sniffer(Request(interface="lo", monitor=True))


def test_elsewhere_it_says_so(monkeypatch):
    monkeypatch.setattr(sniffing.sys, "platform", "darwin")
    with pytest.raises(LiveError, match=r"^lo: scapy's sockets are read on Linux alone"):
        Sniffer(Request(interface="lo"))
