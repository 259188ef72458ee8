"""The interfaces of this machine: names, addresses, what they are, whether they are up.

Here lives: the list.  Here does not live: who may capture on them (``rights``), whether one is still up (``devices``).
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import msgspec

from analyzer.capture.live import devices

__all__ = ["Interface", "interfaces"]

_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_SYSFS = Path("/sys/class/net")

_KINDS = {
    "wlan": "Wi-Fi", "bridge": "bridge", "bond": "bond", "vlan": "VLAN", "vxlan": "VXLAN tunnel", "wireguard": "WireGuard tunnel",
    "ppp": "PPP", "gre": "GRE tunnel", "geneve": "Geneve tunnel", "wwan": "mobile", "macvlan": "virtual Ethernet",
    "ipvlan": "virtual Ethernet", "dsa": "switch port", "bluetooth": "Bluetooth",
}  # fmt: skip
"""DEVTYPE of the Linux kernel -> what an interface is."""

_ARPHRD = {1: "Ethernet", 512: "PPP", 768: "IP tunnel", 769: "IP tunnel", 772: "loopback", 776: "IP tunnel", 778: "GRE tunnel",
           801: "Wi-Fi monitor", 803: "Wi-Fi monitor", 65534: "tunnel"}  # fmt: skip


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """An interface.  ``kind`` is a word or two for people ("" where nothing is known); ``addresses`` are IPv4, then IPv6."""

    name: str
    up: bool
    kind: str
    addresses: tuple[str, ...] = ()
    mac: str = ""
    mtu: int | None = None


def interfaces() -> list[Interface]:
    """Return all interfaces in the order of the system, those that are down last; on Linux also ``any``, which is all of them."""
    import psutil  # noqa: PLC0415 - start-up time

    states, addresses = psutil.net_if_stats(), psutil.net_if_addrs()
    found = []
    for name in sorted(states.keys() | addresses.keys(), key=_number):
        here, state = addresses.get(name, []), states.get(name)
        mac = next((one.address for one in here if one.family == psutil.AF_LINK and one.address), "")
        now = devices.state(name)
        found.append(Interface(
            name=name, up=now is devices.State.UP or (now is devices.State.UNKNOWN and bool(state and state.isup)),
            kind=_kind(name, state.flags.split(",") if state else []),
            addresses=tuple(one.address.split("%")[0] for family in _FAMILIES for one in here if one.family == family),
            mac="" if not mac.strip("0:-") else mac, mtu=state.mtu if state and state.mtu else None,
        ))  # fmt: skip
    found.sort(key=lambda one: not one.up)
    if sys.platform.startswith("linux"):
        found.append(Interface(name="any", up=True, kind="all of them at once"))
    return found


def _number(name: str) -> tuple[int, str]:
    """Return what puts interfaces in the order of the system."""
    try:
        return socket.if_nametoindex(name), name
    except OSError:
        return 1 << 32, name


def _kind(name: str, flags: list[str]) -> str:
    """Return what an interface is, from what the kernel says of it."""
    if "loopback" in flags:
        return "loopback"
    folder = _SYSFS / name
    told = _read(folder / "uevent")
    for line in told.splitlines():
        if line.startswith("DEVTYPE="):
            return _KINDS.get(line[8:], line[8:])
    if (folder / "wireless").exists() or (folder / "phy80211").exists():
        return "Wi-Fi"
    if (folder / "tun_flags").exists():
        return "tunnel"
    kind = _ARPHRD.get(int(_read(folder / "type") or 0), "")
    if kind == "Ethernet" and not (folder / "device").exists():
        return "virtual Ethernet"
    return kind or ("point to point" if "pointopoint" in flags else "")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except (OSError, ValueError):
        return ""
