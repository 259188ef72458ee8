"""Where a capture filter is wrong.

libpcap says only that there is a syntax error.  What it compiles tells the place: the longest beginning of the filter that some ending
would make whole; the word after it is the one that cannot stand there.

Here lives: asking the libpcap that is here, by ctypes, and that search.  Here does not live: using a filter (``programs``, ``sniffing``).
"""

from __future__ import annotations

import bisect
import ctypes
import re
import threading
from functools import cache
from typing import Any

from analyzer.errors import FilterError

__all__ = ["check_filter", "compiled", "place"]

_NAMES = ("libpcap.so.1", "libpcap.so.0.8", "libpcap.so", "libpcap.A.dylib", "libpcap.dylib", "wpcap")
"""What the library is called on Linux, Debian, the BSDs, macOS, Windows; looking further (find_library) would run a compiler."""

_LONGEST = 20_000
"""Characters of a filter in which the place is sought; a longer one is told by libpcap's words alone."""

_ETHERNET = 1  # DLT_EN10MB

_WORD = re.compile(r"&&|\|\||<<|>>|[<>=!]=|[()\[\]!&|<>=+*/%^-]|[^\s()\[\]!&|<>=+*/%^]+(?:/\d+)?")
"""Words of a filter as far as the search needs them; an address (fe80::1) and a range (22-25) are one."""

_ENDINGS = (
    "", " 1", " tcp", " host 1.2.3.4", " 1.2.3.4", " port 1", " 1-2", " net 10.0.0.0/8", " 10.0.0.0/8", " mask 255.0.0.0", " ::1",
    " 00:00:00:00:00:00", " proto 1", " \\tcp", " = 0", " 1 = 0", " gateway 1.2.3.4", " mgt", " beacon", " lo", " pass", " match",
    " > 1", " 1 < 1", "0] = 0", " tcp[0] = 0",
)  # fmt: skip
"""What may be missing at the end of a filter that was cut after a word: a value of each kind, or a whole condition."""

_NOT_HERE = re.compile(r"not supported|only supported|not a valid|savefile|unknown (?:host|network|ether|port|protocol)|couldn't|can't get")
"""libpcap's refusals that depend on the interface, or on names that this machine looks up: no faults of the grammar."""

_WORDS = (
    "aarp action ah and arp atalk bcc block bool broadcast carp clnp connectmsg csnp dayp decnet dir direction dpc dst es-is esis "
    "esp ether fddi fisu fr frame gateway geneve greater hdpc hfisu hlssu hmsu hopc host hsio hsls icmp icmp6 ifindex ifname igmp "
    "igrp iih ilmic inbound ip ip6 ipx is-is isis iso l1 l2 lane lat len less link llc lssu lsu lsp mask metac metaconnect mopdl "
    "moprc mpls msu multicast nat net netbeui not oam oamf4 oamf4ec oamf4sc oam4 oam4ec oam4sc on opc or outbound pass pim port "
    "portrange ppp pppoed pppoes proto protochain psnp radio rarp rdr reason rnr rset rule rulenum ruleset sc sca scrub sctp sio "
    "slip sls snp snap src srcid srnr stp subrulenum subtype tcp tr type udp vci vlan vpi vrrp vxlan wlan match rh ra ta addr1 "
    "addr2 addr3 addr4 mgt ctl data "
)
_KNOWN = frozenset(_WORDS.split())
"""Words that libpcap knows itself; any other may be a name that it looks up, in the network too."""

_NAME = re.compile(r"(?<![\w.:-])(?:[A-Za-z_][\w.-]*|(?!0x)\d[\w.-]*[g-z][\w.-]*)(?![\w:])", re.IGNORECASE)
_CONSTANT = re.compile(r"(?:icmp6?|tcp)-?(?:flags|type|code|[a-z]+)", re.IGNORECASE)
_HOST = re.compile(r"(?:^|[\s(!&|])(?:host|src|dst|gateway|net|and|or|not|[(!&|])\s*$", re.IGNORECASE)
_SERVICE = re.compile(r"(?:port|portrange|proto|protochain|type|subtype|dir|direction)\s+$")
"""What is looked up in files of this machine only, if at all."""

_lock = threading.Lock()


class _Program(ctypes.Structure):
    """struct bpf_program."""

    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.c_void_p))


@cache
def _library() -> Any:
    """Return libpcap, or None where it is not here."""
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
            library.pcap_open_dead.restype = ctypes.c_void_p
            library.pcap_open_dead.argtypes = [ctypes.c_int, ctypes.c_int]
            library.pcap_compile.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Program), ctypes.c_char_p, ctypes.c_int, ctypes.c_uint32]
            library.pcap_freecode.argtypes = [ctypes.POINTER(_Program)]
            library.pcap_freecode.restype = None
            library.pcap_geterr.argtypes = [ctypes.c_void_p]
            library.pcap_geterr.restype = ctypes.c_char_p
            library.pcap_close.argtypes = [ctypes.c_void_p]
            library.pcap_close.restype = None
        except (OSError, AttributeError):
            continue
        return library
    return None


def compiled(text: str, link: int = _ETHERNET, *, optimized: bool = True) -> str | None:
    """Compile a filter for a link type (a DLT): return libpcap's words where it refuses, "" where it does not, None without libpcap."""
    library = _library()
    if library is None:
        return None
    raw = text.encode("utf-8", "surrogateescape")
    if b"\0" in raw:
        return "a character that cannot be typed"
    with _lock:  # libpcap before 1.8 compiles one at a time
        handle = library.pcap_open_dead(link, 65535)
        if not handle:
            return None
        program = _Program()
        try:
            if library.pcap_compile(handle, ctypes.byref(program), raw, int(optimized), 0xFFFFFFFF) == 0:
                library.pcap_freecode(ctypes.byref(program))
                return ""
            return str(library.pcap_geterr(handle).decode("utf-8", "replace"))
        finally:
            library.pcap_close(handle)


def check_filter(text: str, link: int = _ETHERNET) -> None:
    """Refuse a filter that no interface would take; what only the interface or the network can judge passes.

    Names of hosts are not looked up: a filter with one is left to whoever captures.

    Raises:
        FilterError: with the place, as of ``place``.
    """
    if not text or any(_looked_up(text, found) for found in _NAME.finditer(text)):
        return
    reason = compiled(text, link)
    if reason and not _NOT_HERE.search(reason):
        raise FilterError(place(text, reason, link))


def _looked_up(text: str, found: re.Match[str]) -> bool:
    """Tell whether libpcap might ask the network for a word."""
    word, before = found[0].lower(), text[: found.start()].lower()
    if before.endswith("\\"):  # no word of libpcap's own
        return not _SERVICE.search(before[:-1])
    return word not in _KNOWN and not _CONSTANT.fullmatch(word) and not _SERVICE.search(before)


def place(text: str, reason: str, link: int = _ETHERNET) -> str:
    """Say in one line where a filter is wrong that was refused with ``reason`` (libpcap's words).

    ``the filter is wrong at character 5, "prot": syntax error: tcp >>prot<< 443``; without the place where it cannot be told.
    """
    why = reason.removeprefix("can't parse filter expression: ").removesuffix(" in filter expression")
    spot = _quoted(text, why) or _spot(text, link)
    if spot is None:
        return f"the filter is wrong: {why}: {_one_line(text)}"
    start, end = spot
    if start >= len(text.rstrip()):
        return f"the filter is not finished: {why}: {_one_line(text.rstrip())} >><<"
    pointed = f"{text[:start]}>>{text[start:end]}<<{text[end:]}"
    return f'the filter is wrong at character {start + 1}, "{text[start:end]}": {why}: {_one_line(pointed)}'


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str, why: str) -> tuple[int, int] | None:
    """Return where the word stands that libpcap quotes, if it does."""
    for word in re.findall(r"'([^']+)'|\"([^\"]+)\"", why):
        found = re.search(rf"(?<![\w.]){re.escape(word[0] or word[1])}(?![\w.])", text)
        if found and found[0] != text.strip():
            return found.span()
    return None


def _spot(text: str, link: int) -> tuple[int, int] | None:
    """Return the span of the first word that cannot stand where it does (at the end: of nothing); None if it is none of the grammar's."""
    if len(text) > _LONGEST or _library() is None or compiled(_quiet(text), link, optimized=False) == "":
        return None
    words = [found.span() for found in _WORD.finditer(text)]
    known = bisect.bisect_left(range(1, len(words) + 1), 1, key=lambda count: 0 if _completable(text[: words[count - 1][1]], link) else 1)
    return words[known] if known < len(words) else (len(text), len(text))


def _quiet(text: str) -> str:
    """Return the filter with addresses in the place of names that would be looked up."""
    return _NAME.sub(lambda found: "1.2.3.4" if _HOST.search(text[: found.start()]) and _looked_up(text, found) else found[0], text)


def _completable(beginning: str, link: int) -> bool:
    """Tell whether some ending makes a whole filter of a beginning."""
    beginning = _quiet(beginning)
    open_ones: list[str] = []
    for found in re.finditer(r"[()\[\]]", beginning):
        if found[0] in "([":
            open_ones.append(found[0])
        elif open_ones:
            open_ones.pop()
    closers = ["".join(")" if bracket == "(" else "]" for bracket in reversed(open_ones))]
    closers += [closers[0] + " = 0"] if open_ones else []
    if "[" in open_ones:  # a comparison inside round brackets
        inner = len(open_ones) - open_ones.index("[")
        closers.append(closers[0][:inner] + " = 0" + closers[0][inner:])
    for ending in (*_ENDINGS, *(["2"] * beginning.endswith("-"))):  # half a range
        for closer in closers:
            refused = compiled(beginning + ending + closer, link, optimized=False)
            if not refused or _NOT_HERE.search(refused):
                return True
    return False
