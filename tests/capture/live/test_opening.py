"""Each catcher on a real interface: what comes, what is cut, what is refused, how it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from veth import ip, need, packet, send

from analyzer.errors import FilterError, LiveError, NoInterfaceError, NoPermissionError, NoProgramError

ROOT = Path(__file__).parents[3]
PROGRAMS = ["dumpcap", "tcpdump", "scapy"]
WIRE = pytest.mark.usefixtures("wire")
ALL = pytest.mark.parametrize("program", PROGRAMS)


@ALL
@WIRE
def test_what_is_sent_arrives_and_is_counted(caught, program):
    catcher = caught.open(program, interface="caA", filter="tcp port 443")
    before = time.time_ns()
    send([packet(number) for number in range(50)] + [packet(9, port=80)])
    found = caught(catcher, 50)
    after = time.time_ns()
    catcher.stop()
    rest = caught_rest(catcher)
    assert [data for data, _, _ in found] == [packet(number) for number in range(50)]
    assert all(before <= when <= after for _, _, when in found)
    assert catcher.ended() is None
    assert catcher.tally().received == 50
    assert catcher.tally().dropped_by_kernel == 0
    assert b"\0\0\0\x09" not in rest
    assert catcher.name == program


def caught_rest(catcher):
    rest = b""
    while data := catcher.input.read(65536):
        rest += data
    return rest


@ALL
@WIRE
def test_what_came_before_the_stop_still_comes(caught, program):
    for _ in range(3):
        catcher = caught.open(program, interface="caA", filter="tcp")
        send([packet(number) for number in range(10)])
        catcher.stop()
        assert len(caught(catcher)) == 10
        assert catcher.ended() is None
        assert catcher.tally().received == 10


@ALL
@WIRE
def test_packets_are_cut_and_say_how_long_they_were(caught, program):
    catcher = caught.open(program, interface="caA", filter="tcp", snaplen=64)
    send([packet(size=500)])
    data, wire_length, _ = caught(catcher, 1)[0]
    assert data == packet(size=500)[:64]
    assert wire_length == len(packet(size=500))


@ALL
@WIRE
def test_vlan_tags_stay_where_they_were(caught, program):
    catcher = caught.open(program, interface="caA", filter="tcp" if program == "scapy" else "vlan 5")
    frame = packet()
    frame = frame[:12] + b"\x81\x00\x00\x05" + frame[12:]
    send([frame])
    data, wire_length, _ = caught(catcher, 1)[0]
    assert data == frame
    assert wire_length == len(frame)


@WIRE
def test_scapy_says_that_it_sees_no_vlan(caught):
    with pytest.raises(LiveError, match="see no VLAN tags"):
        caught.open("scapy", interface="caA", filter="vlan 5 and tcp")


@ALL
@WIRE
def test_any_hears_all_interfaces(caught, program):
    catcher = caught.open(program, interface="any", filter="udp port 5353 or tcp port 443")
    send([packet(1)])
    with subprocess.Popen([sys.executable, "-c", UDP]) as sender:
        sender.wait()
    found = caught(catcher, 3)
    assert any(data.endswith(b"hello") for data, _, _ in found)
    assert any(packet(1)[14:] in data for data, _, _ in found)


UDP = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'hello', ('127.0.0.1', 5353))"


@ALL
@WIRE
def test_a_packet_on_the_loopback_comes_once(caught, program):
    catcher = caught.open(program, interface="lo", filter="udp port 5353")
    with subprocess.Popen([sys.executable, "-c", UDP]) as sender:
        sender.wait()
    assert len(caught(catcher, 1)) == 1
    catcher.stop()
    assert UDP_PAYLOAD not in caught_rest(catcher)
    catcher.ended()
    assert catcher.tally().received == 1


UDP_PAYLOAD = b"hello"


@ALL
@WIRE
def test_an_interface_that_goes_down_ends_it(caught, program):
    catcher = caught.open(program, interface="caA")
    ip("link", "set", "caA", "down")
    caught_rest(catcher)
    assert catcher.ended() == "the interface went down"


@ALL
@WIRE
def test_an_interface_that_goes_away_ends_it(caught, program):
    catcher = caught.open(program, interface="caA")
    ip("link", "del", "caA")
    caught_rest(catcher)
    assert catcher.ended() == "the interface went away"


@ALL
@WIRE
def test_an_interface_that_is_down_is_refused(caught, program):
    ip("link", "set", "caA", "down")
    with pytest.raises(LiveError, match=r"^caA: the interface is down$"):
        caught.open(program, interface="caA")


@ALL
@pytest.mark.parametrize(
    ("filter_", "said"),
    [
        ("tcp prot 443", 'the filter is wrong at character 5, "prot": syntax error: tcp >>prot<< 443'),
        ("tcp port", "the filter is not finished: syntax error: tcp port >><<"),
        ("tcp and udp", "the filter is wrong: expression rejects all packets: tcp and udp"),
    ],
)
@WIRE
def test_a_wrong_filter_is_told_with_its_place(caught, program, filter_, said):
    with pytest.raises(FilterError) as error:
        caught.open(program, interface="caA", filter=filter_)
    assert str(error.value) == f"caA: {said}"


@ALL
@WIRE
def test_monitor_mode_is_refused_where_there_is_none(caught, program):
    with pytest.raises(LiveError, match=r"^caA: .*monitor mode"):
        caught.open(program, interface="caA", monitor=True)


@ALL
@WIRE
def test_drops_are_told(caught, program):
    catcher = caught.open(program, interface="caA", filter="tcp")
    frame, count = packet(size=1400), 80_000  # more than the buffers of the kernel and of the pipe hold while nobody reads
    if program != "scapy":
        os.kill(catcher.pid, signal.SIGSTOP)
    send([frame] * count)
    if program != "scapy":
        os.kill(catcher.pid, signal.SIGCONT)
    head = drain_until_dropped(catcher) if program == "tcpdump" else b""  # it tells while it runs
    if program == "scapy":
        assert catcher.tally().dropped_by_kernel > 0
    catcher.stop()
    found = (head + caught_rest(catcher)).count(frame)
    assert catcher.ended() is None
    tally = catcher.tally()
    assert tally.dropped_by_kernel > 0
    assert found <= tally.received
    if program != "dumpcap":  # which does not say what was still in the kernel's buffer
        assert tally.received + tally.dropped_by_kernel == count


def drain_until_dropped(catcher):
    """Read, and ask, until the catcher says that packets were dropped."""
    os.set_blocking(catcher.input.fileno(), False)
    end, read = time.monotonic() + 20, b""
    while not catcher.tally().dropped_by_kernel:
        assert time.monotonic() < end
        read += catcher.input.read(1 << 20) or b""
        time.sleep(0.01)
    os.set_blocking(catcher.input.fileno(), True)
    return read


@WIRE
def test_several_at_once(caught):
    need("dumpcap", "tcpdump")
    catchers = [caught.open(program, interface=end, filter="tcp") for program in PROGRAMS for end in ("caA", "caB")]
    send([packet(7)])
    assert [[data for data, _, _ in caught(catcher, 1)] for catcher in catchers] == [[packet(7)]] * 6


@WIRE
def test_the_first_that_is_there_captures(caught):
    need("dumpcap")
    assert caught.open(interface="caA").name == "dumpcap"


@pytest.mark.parametrize("name", ["nope", "-x", "", "caA caB", "/etc/passwd", "TCP@127.0.0.1:1", "a\0b", "x" * 99])
@WIRE
def test_what_is_no_interface_is_refused_with_those_that_there_are(caught, name):
    with pytest.raises(NoInterfaceError) as error:
        caught.open(interface=name)
    assert str(error.value) == f"{name}: no such interface; there are lo, caB, caA, any"


@WIRE
def test_a_name_of_digits_is_no_number_of_an_interface(caught):
    need("tcpdump")
    ip("link", "add", "1", "type", "veth", "peer", "name", "caC")
    ip("link", "set", "1", "up")
    ip("link", "set", "caC", "up")
    catcher = caught.open(interface="1", filter="tcp")
    send([packet(3)], "caC")
    assert catcher.name == "tcpdump"
    assert caught(catcher, 1)[0][0] == packet(3)


@WIRE
def test_nobody_may():
    need("dumpcap", "setpriv")
    code = (
        "from analyzer.capture.live.opening import open_catcher\nfrom analyzer.capture.live import Request\n"
        "import os, sys\nfrom analyzer.errors import LiveError\nimport scapy.arch.linux, analyzer.capture.live.sniffing, encodings.ascii\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: open_catcher(Request(interface='lo'), *sys.argv[1:])\nexcept LiveError as error: print(type(error).__name__, error)"
    )
    for program in ([], *([one] for one in PROGRAMS)):
        ran = subprocess.run([sys.executable, "-c", code, *program], capture_output=True, text=True, check=True, cwd=ROOT)
        assert ran.stdout.startswith("NoPermissionError lo: no permission to capture: "), ran
        assert "(sudo " in ran.stdout or "log in again" in ran.stdout


def test_what_is_not_installed_is_said_with_how_to_install_it(monkeypatch):
    from analyzer.capture.live import opening, rights

    for module in (opening, rights):
        monkeypatch.setattr(module, "find", lambda name: rights.Found())  # noqa: ARG005 - as it is called
    with pytest.raises(NoProgramError, match=r"^lo: tcpdump is not installed \(.*install.*tcpdump\)$"):
        opening.open_catcher(request(), "tcpdump")
    with pytest.raises(NoProgramError, match=r"^lo: nothing that captures is here: dumpcap is not installed"):
        opening.open_catcher(request())
    with pytest.raises(NoProgramError, match="netcat is none of dumpcap, tcpdump, scapy"):
        opening.open_catcher(request(), "netcat")


def request():
    from analyzer.capture.live import Request

    return Request(interface="lo")


def test_who_may_not_gives_way_to_the_next(monkeypatch):
    from analyzer.capture.live import opening, rights

    tried = []

    def start(name, path, asked):
        tried.append((name, path, asked.interface))
        if name == "dumpcap":
            raise NoPermissionError("lo: no permission to capture")
        return name

    monkeypatch.setattr(opening, "find", lambda name: rights.Found(path=f"/x/{name}", runnable=True))
    monkeypatch.setattr(opening, "_start", start)
    assert opening.open_catcher(request()) == "tcpdump"
    assert tried == [("dumpcap", "/x/dumpcap", "lo"), ("tcpdump", "/x/tcpdump", "lo")]
