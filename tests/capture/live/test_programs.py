"""What the programs are told, and what their words mean (as they said them: dumpcap 4.0.17, tcpdump 4.99.3)."""

import sys

import pytest

from analyzer.capture.live.programs import DUMPCAP, TCPDUMP, ending, refusal
from analyzer.capture.live.request import Request, Tally
from analyzer.errors import FilterError, LiveError, NoInterfaceError, NoPermissionError

ASKED = Request(interface="eth0", filter="-w /tmp/x", snaplen=96, promiscuous=False, monitor=True)


def test_a_filter_is_never_an_option():
    assert DUMPCAP.arguments(ASKED)[-2:] == ["-f", "-w /tmp/x"]
    assert TCPDUMP.arguments(ASKED)[-2:] == ["--", "-w /tmp/x"]


@pytest.mark.parametrize("program", [DUMPCAP, TCPDUMP])
def test_all_that_is_asked_is_told(program):
    told = program.arguments(ASKED)
    for option, value in (("-i", "eth0"), ("-s", "96"), ("-w", "-")):
        assert told[told.index(option) + 1] == value
    assert {"-p", "-I"} <= set(told)
    plain = program.arguments(Request(interface="eth0"))
    assert not {"-p", "-I", "-f", "--"} & set(plain)


DUMPCAP_LAST = "Packets received/dropped on interface 'Loopback: lo': 2840/28173 (pcap:28170/dumpcap:1/flushed:2/ps_ifdrop:3) (9.2%)"


def test_the_last_words_of_dumpcap():
    assert DUMPCAP.figures(DUMPCAP_LAST, Tally(), ASKED) == Tally(received=2843, dropped_by_kernel=28170, dropped_by_interface=3)
    assert DUMPCAP.figures("Packets captured: 5", Tally(), ASKED) == Tally()


def told(lines, interface="eth0"):
    tally = Tally()
    for line in lines:
        tally = TCPDUMP.figures(line, tally, Request(interface=interface))
    return tally


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere tcpdump counts what its filter refused")
def test_figures_of_tcpdump():
    line = "tcpdump: 881 packets captured, 31000 packets received by filter, 30119 packets dropped by kernel, 1 packet dropped by interface"
    assert told([line]) == Tally(received=881, dropped_by_kernel=30119, dropped_by_interface=1)
    assert told(line.removeprefix("tcpdump: ").split(", ")) == told([line])
    left = ["1 packet captured", "300 packets received by filter", "0 packets dropped by kernel"]
    assert told(left).received == 300  # 299 of them were still in the kernel's buffer
    assert told(left, "lo").received == 1  # there each is counted twice
    assert told(["tcpdump: listening on eth5 packets captured"]) == Tally()


PERMISSION = """Capturing on 'Loopback: lo'
dumpcap: You do not have permission to capture on device "lo".
(socket: Operation not permitted)
Please check to make sure you have sufficient permissions."""
WRONG = """Capturing on 'eth0'
dumpcap: Invalid capture filter "tcp prot 443" for interface 'eth0'.

That string isn't a valid capture filter (can't parse filter expression: syntax error).
See the User's Guide for a description of the capture filter syntax."""

REFUSED = [
    ("dumpcap", PERMISSION, NoPermissionError, "eth0: no permission to capture"),
    ("tcpdump", "tcpdump: eth0: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)",
     NoPermissionError, "eth0: no permission to capture"),
    ("dumpcap", "Capturing on 'eth0'\ndumpcap: There is no device named \"eth0\".\n(No such device exists)", NoInterfaceError,
     "eth0: no such interface"),
    ("tcpdump", "tcpdump: eth0: No such device exists\n(No such device exists)", NoInterfaceError, "eth0: no such interface"),
    ("dumpcap", 'dumpcap: Device "eth0" is not up.\n(That device is not up)', LiveError, "eth0: the interface is down"),
    ("tcpdump", "tcpdump: eth0: That device is not up", LiveError, "eth0: the interface is down"),
    ("dumpcap", 'dumpcap: Capturing in monitor mode is not supported on device "eth0".', LiveError,
     "eth0: monitor mode is not to be had here"),
    ("tcpdump", "tcpdump: eth0: That device doesn't support monitor mode", LiveError,
     "eth0: monitor mode is not to be had here"),
    ("dumpcap", WRONG, FilterError, "eth0: can't parse filter expression: syntax error"),
    ("tcpdump", "tcpdump: can't parse filter expression: syntax error", FilterError, "eth0: can't parse filter expression: syntax error"),
    ("tcpdump", "tcpdump: unknown host 'x.invalid'", FilterError, "eth0: unknown host 'x.invalid'"),
    ("dumpcap", "Capturing on 'eth0'\ndumpcap: error while loading shared libraries: libwsutil.so.14", LiveError,
     "eth0: dumpcap does not capture: error while loading shared libraries: libwsutil.so.14"),
    ("tcpdump", "", LiveError, "eth0: tcpdump does not capture: it ended with exit code 3"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words", "error", "text"), REFUSED)
def test_refusals(name, words, error, text):
    refused = refusal(name, words.splitlines(), 3, Request(interface="eth0", filter="tcp prot 443"))
    assert type(refused) is error
    assert str(refused) == text


def test_without_a_filter_nothing_is_wrong_with_it():
    words = ["dumpcap: unknown link-layer type, invalid"]
    assert type(refusal("dumpcap", words, 1, Request(interface="eth0"))) is LiveError
    assert str(refusal("tcpdump", [], -9, Request(interface="eth0"))) == "eth0: tcpdump does not capture: it was killed by signal 9"


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (['dumpcap: The network adapter "eth0" is no longer attached; the capture has stopped.'], 0, "the interface went away"),
        (["tcpdump: pcap_loop: The interface disappeared", "1 packet captured"], 1, "the interface went away"),
        (["tcpdump: pcap_loop: recvfrom: Network is down"], 1, "the interface went down"),
        (["File: -", DUMPCAP_LAST], -9, "dumpcap was killed by signal 9"),
        (["Capturing on 'eth0'", "dumpcap: Out of memory."], 2, "dumpcap ended: Out of memory."),
        (["File: -"], 0, "dumpcap ended with exit code 0"),
        ([], 5, "dumpcap ended with exit code 5"),
    ],
)
def test_endings(words, code, text):
    assert ending("dumpcap", [word.replace("tcpdump: ", "dumpcap: ") for word in words], code) == text
