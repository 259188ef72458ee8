"""tlsscan interfaces: the table fits the terminal, and says what is missing and what to type."""

import json

import pytest

from analyzer.capture.live import interfaces as found
from analyzer.capture.live import rights
from analyzer.capture.live.interfaces import Interface
from analyzer.capture.live.rights import Lack, Standing

THERE = [
    Interface(name="lo", up=True, kind="loopback", addresses=("127.0.0.1", "::1"), mtu=65536),
    Interface(name="eth0", up=True, kind="Ethernet", mac="02:00:00:00:00:01", mtu=1500,
              addresses=("192.0.2.7", *(f"2001:db8:1234:5678:9abc:def0:1234:999{number}" for number in range(4)))),
    Interface(name="\x1b[31mred", up=False, kind="tunnel"),
]  # fmt: skip
LACK = Lack(what="dumpcap has no right", give="sudo setcap something " + "x" * 90)
MAY = [
    Standing(name="dumpcap", path="/usr/bin/dumpcap", may=False, lack=LACK),
    Standing(name="tcpdump", path="/usr/bin/tcpdump", may=True),
    Standing(name="scapy", path="scapy", may=True),
]


@pytest.fixture
def interfaces(capfdbinary, monkeypatch):
    from analyzer.cli.interfaces import interfaces as command

    def run(*arguments, who=MAY, there=THERE, columns=100):
        monkeypatch.setattr(found, "interfaces", lambda: there)
        monkeypatch.setattr(rights, "standings", lambda tried: tried in {"lo", ""} and who)
        monkeypatch.setenv("COLUMNS", str(columns))
        assert command.main([*arguments], standalone_mode=False) == 0
        return capfdbinary.readouterr().out.decode()

    return run


def test_the_table(interfaces):
    lines = interfaces(columns=100).splitlines()
    assert lines[0].split() == ["interface", "state", "captured", "by", "kind", "addresses"]
    assert lines[1].split() == ["lo", "up", "tcpdump", "loopback", "127.0.0.1,", "::1"]
    assert lines[2].split()[:5] == ["eth0", "up", "tcpdump", "Ethernet", "192.0.2.7,"]
    assert "\\u{1b}[31mred" in "\n".join(lines)
    assert "\x1b" not in "\n".join(lines)
    assert lines[-4:] == ["dumpcap has no right:", f"    {LACK.give}", "tcpdump may capture (/usr/bin/tcpdump)",
                          "scapy may capture (in this process)"]  # fmt: skip


@pytest.mark.parametrize("columns", [1, 48, 60, 80, 100, 120, 300])
def test_it_fits_any_terminal_and_no_address_is_broken(interfaces, columns):
    table, _, below = interfaces(columns=columns).partition("\n\n")
    assert all(len(line) <= max(columns, 48) for line in table.splitlines())
    said = table.replace(",", " ").split()
    assert all(address in said for one in THERE for address in one.addresses)
    assert LACK.give in below  # what is to be typed is never broken


def test_where_nobody_may(interfaces):
    who = [Standing(name=one.name, path=one.path, may=False, lack=LACK) for one in MAY]
    assert interfaces(who=who).count("no permission") == 2  # one that is down is not captured on anyway


def test_where_none_is_up(interfaces):
    who = [Standing(name="tcpdump", path="/usr/bin/tcpdump", may=False)]
    text = interfaces(who=who, there=[Interface(name="x", up=False, kind="")])
    assert text.splitlines()[-1] == "tcpdump: no interface is up, so it was not tried"


def test_as_json(interfaces):
    told = json.loads(interfaces("--format", "json"))
    assert [one["name"] for one in told["interfaces"]] == [one.name for one in THERE]
    assert told["interfaces"][1]["addresses"] == list(THERE[1].addresses)
    assert [one["capture"] for one in told["interfaces"]] == [["tcpdump", "scapy"], ["tcpdump", "scapy"], []]
    assert told["programs"][0] == {"name": "dumpcap", "path": "/usr/bin/dumpcap", "may": False, "lack": {"what": "dumpcap has no right",
                                   "give": LACK.give}}  # fmt: skip


def test_this_machine(capfdbinary):
    pytest.importorskip("psutil")
    from analyzer.cli.interfaces import interfaces as command

    assert command.main([], standalone_mode=False) == 0
    assert capfdbinary.readouterr().out.startswith(b"interface")
