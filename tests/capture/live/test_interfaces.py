"""The interfaces of this machine."""

import socket
import sys
from collections import namedtuple
from types import SimpleNamespace

import pytest
from veth import ip

from analyzer.capture.live import interfaces as module
from analyzer.capture.live.interfaces import Interface, interfaces

psutil = pytest.importorskip("psutil")


@pytest.mark.usefixtures("wire")
def test_all_of_them_with_addresses_those_that_are_down_last():
    ip("addr", "add", "10.9.8.7/24", "dev", "caA")
    ip("addr", "add", "2001:db8::7/64", "dev", "caA", "nodad")
    ip("link", "set", "caB", "down")
    found = {one.name: one for one in interfaces()}
    assert list(found) == ["lo", "caA", "caB", "any"]
    assert found["lo"].kind == "loopback"
    assert found["lo"].mac == ""
    assert found["caA"].addresses[:2] == ("10.9.8.7", "2001:db8::7")
    assert not any("%" in address for address in found["caA"].addresses)
    assert found["caA"].mtu == 1500
    assert len(found["caA"].mac) == 17
    assert [one.up for one in found.values()] == [True, True, False, True]


def test_this_machine_has_some():
    found = interfaces()
    assert {name for _, name in socket.if_nameindex()} <= {one.name for one in found}
    assert ("any" in {one.name for one in found}) is sys.platform.startswith("linux")


Address = namedtuple("Address", "family address netmask broadcast ptp")  # noqa: PYI024 - as psutil's are
Stats = namedtuple("Stats", "isup duplex speed mtu flags")  # noqa: PYI024 - as above


def test_where_the_kernel_is_not_asked_psutil_says_whether_it_is_up(monkeypatch):
    monkeypatch.setattr(module.devices, "state", lambda _: module.devices.State.UNKNOWN)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {"en0": Stats(1, 2, 1000, 0, "up,pointopoint")})
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {
        "en0": [Address(socket.AF_INET6, "fe80::1%en0", "", None, None), Address(socket.AF_INET, "10.0.0.1", "", None, None)],
        "en1": [Address(psutil.AF_LINK, "00:00:00:00:00:00", "", None, None)],
    })  # fmt: skip
    monkeypatch.setattr(module.sys, "platform", "darwin")
    assert interfaces() == [
        Interface(name="en0", up=True, kind="point to point", addresses=("10.0.0.1", "fe80::1")),
        Interface(name="en1", up=False, kind=""),
    ]


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"uevent": "DEVTYPE=wlan\nINTERFACE=x"}, "Wi-Fi"),
        ({"uevent": "DEVTYPE=bridge"}, "bridge"),
        ({"uevent": "DEVTYPE=odd"}, "odd"),
        ({"wireless": "", "type": "1"}, "Wi-Fi"),
        ({"tun_flags": "0x1001", "type": "65534"}, "tunnel"),
        ({"type": "1", "device": ""}, "Ethernet"),
        ({"type": "1"}, "virtual Ethernet"),
        ({"type": "803"}, "Wi-Fi monitor"),
        ({"type": "12345"}, ""),
        ({}, ""),
    ],
)
def test_what_it_is(tmp_path, monkeypatch, files, kind):
    monkeypatch.setattr(module, "_SYSFS", tmp_path)
    (tmp_path / "x").mkdir()
    for name, text in files.items():
        (tmp_path / "x" / name).write_text(text)
    assert module._kind("x", []) == kind
    assert module._kind("x", ["up", "loopback"]) == "loopback"


def test_addresses_of_another_kind_are_no_addresses(monkeypatch):
    monkeypatch.setattr(psutil, "net_if_stats", dict)
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"x": [SimpleNamespace(family=99, address="odd")]})
    assert interfaces()[0] == Interface(name="x", up=False, kind="")
