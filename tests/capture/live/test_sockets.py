"""Which sockets are opened, and how that fails."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from veth import ip, need, packet, send

from analyzer.capture.live import sockets
from analyzer.capture.live.request import Request
from analyzer.capture.live.sockets import COOKED, open_socket
from analyzer.errors import FilterError, LiveError, NoInterfaceError

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone has these sockets")


@pytest.fixture
def opened():
    need("scapy")
    holders = []

    def start(**asked):
        found = open_socket(Request(**asked))
        holders.append(found[0])
        return found

    yield start
    for holder in holders:
        holder.close()


@pytest.mark.usefixtures("wire")
def test_link_types(opened):
    ip("tuntap", "add", "caT", "mode", "tun")
    ip("link", "set", "caT", "up")
    found = {name: opened(interface=name)[1:] for name in ("caA", "lo", "any", "caT")}
    assert found == {"caA": (1, False), "lo": (1, True), "any": (COOKED, True), "caT": (101, False)}


@pytest.mark.usefixtures("wire")
def test_a_link_that_pcap_does_not_know_is_read_without_it(opened, monkeypatch):
    monkeypatch.setattr(sockets, "_LINKS", {})
    holder, link, twice = opened(interface="caA", filter="tcp")
    send([packet(1)])
    assert (link, twice) == (COOKED, False)
    assert holder.recv(2000) == packet(1)[14:]


@pytest.mark.usefixtures("wire")
def test_nothing_comes_that_the_filter_refuses(opened):
    for name in ("caA", "any"):
        holder = opened(interface=name, filter="tcp port 443")[0]
        send([packet(1, port=80), packet(2, port=443)])
        socket = getattr(holder, "ins", holder)
        came = []
        while True:
            try:
                came.append(socket.recv(2000)[-len(packet()) + 14 :])
            except BlockingIOError:
                break
        assert came == [packet(2)[14:]] * (2 if name == "any" else 1)  # any sees both ends of the wire


@pytest.mark.usefixtures("wire")
def test_what_is_refused(opened):
    with pytest.raises(NoInterfaceError):
        opened(interface="nope")
    for name in ("caA", "any"):
        with pytest.raises(FilterError, match=f'^{name}: the filter is wrong at character 5, "prot"'):
            opened(interface=name, filter="tcp prot 443")
        with pytest.raises(LiveError, match="see no VLAN tags"):
            opened(interface=name, filter="tcp and vlan 4")
    ip("link", "set", "caA", "down")
    with pytest.raises(LiveError, match="caA: the interface is down"):
        opened(interface="caA")


@pytest.mark.usefixtures("wire")
def test_scapy_warns_nobody_and_its_logger_stays_as_it_was(opened, capfd):
    level = logging.getLogger("scapy.runtime").level
    opened(interface="caA")
    assert logging.getLogger("scapy.runtime").level == level
    assert capfd.readouterr() == ("", "")


def test_scapy_is_not_imported_before_it_is_needed():
    code = "import sys, analyzer.capture.live.sniffing, analyzer.capture.live.opening; print('scapy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3])
    assert ran.stdout == "False\n"
