"""Ladders to draw — one made by hand that has everything, those of samples, any at all — and the browser that draws them."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
import talk
from hypothesis import strategies as st

import analyzer
from analyzer.ladders.ladder import KINDS, Epoch, Field, Ladder, Pace, Rung
from analyzer.ladders.reading import ladder

START = 1_767_225_600_000_000_000
MS = 1_000_000
PLAIN = Epoch(name="plaintext", readable=True, doc="Everybody can read it.")
SEALED = Epoch(name="handshake traffic keys", readable=False, doc="Nobody else can read it (RFC 8446 section 7.1).")
HOSTILE = "\x1b[31m<script>alert(1)</script>\u202egpj.exe ]]> --> \"'`&amp;;#35; %%{init: {}}%% end \udcff\ufffe\n\x00" + "W" * 3000


def rung(kind="message", sender="client", name="ClientHello", at=0, **rest):
    return Rung(kind=kind, sender=sender, name=name, time=None if at is None else START + at, source="a.pcap", **rest)


def made(text=""):
    """A ladder with a rung of each kind, waits of all lengths; ``text`` is in every text of it that the wire can write."""
    rungs = (
        rung("tcp", name="SYN", packet=1),
        rung("again", name=f"SYN sent again{text}", at=1000 * MS, after=1000 * MS, packet=2),
        rung("tcp", "server", "SYN/ACK", at=1010 * MS, after=10 * MS, packet=3),
        rung("prelude", name="SMTP STARTTLS", at=1011 * MS, packet=4, telling=(("greeting", f"220 mail{text}"),)),
        rung("message", at=1020 * MS, after=9 * MS, packet=5, last_packet=6, length=1800, records=(900, 900), epoch=0, step="1",
             telling=(("server name", f"www.example.com{text}"), ("versions", "TLS 1.3"), ("ALPN", "h2, http/1.1")), fields=(
                 Field(name="legacy_version", value="0x0303"), Field(name="extensions"),
                 Field(depth=1, name="server_name", value=f"www.example.com{text}", code=0, data="0012" * 9, fault=text or None))),
        rung("loss", "server", "bytes that are not in the capture", at=1060 * MS, length=1448, note=f"1,448 bytes{text}"),
        rung("message", "server", f"ServerHello{text}", at=13_000 * MS, after=11_940 * MS, thought=11_980 * MS, network=10 * MS, packet=9,
             length=122, epoch=0, step="2"),
        rung("sealed", "server", "Finished", at=13_001 * MS, after=MS, guessed=True, encrypted=True, packet=10, length=69, epoch=1,
             step="2"),
        rung("oddity", "server", "gap", at=13_002 * MS, note=f"something odd{text}", packet=11),
        rung("quic", "server", "Retry", at=13_003 * MS, packet=12),
        rung("data", name="application data", at=13_004 * MS, encrypted=True, packet=13, length=100, epoch=1),
        rung("alert", "server", "alert handshake_failure", at=13_005 * MS, packet=14, telling=(("level", "fatal"),), length=2),
        rung("alert", "server", "alert close_notify", at=13_006 * MS, packet=15, encrypted=True, epoch=1, guessed=True),
        rung("missing", name="Finished", at=None, note=f"the client never ended the handshake{text}"),
        rung("new kind", name="what nobody knows yet", at=13_007 * MS),
    )  # fmt: skip
    return Ladder(
        number=12, client="192.0.2.1:50000", server="[2001:db8::7]:443", server_name=f"www.example.com{text}", version="TLS 1.3",
        cipher_suite="TLS_AES_128_GCM_SHA256", group="X25519MLKEM768", outcome="failed", ending=f"The server refused{text}.",
        taught="the flights of TLS 1.3", rungs=rungs, epochs=(PLAIN, SEALED), left_out=3,
        pace=Pace(total=13_007 * MS, client=20 * MS, server=11_970 * MS, network=40 * MS, round_trip=10 * MS, where="near the client"),
    )  # fmt: skip


def long(rungs):
    """A ladder of so many rungs."""
    each = tuple(rung(at=number * MS, after=MS, packet=number + 1) for number in range(rungs))
    return Ladder(number=1, client="192.0.2.1:1", server="192.0.2.2:443", rungs=each)


def of_sample(name, *, fields=False):
    """The ladders of a sample, in order."""
    walk = analyzer.stream(talk.SAMPLES / f"{name}.pcapng")
    return [ladder(handshake, [source.name for source in walk.sources], fields=fields) for _, handshake in walk]


SAMPLES = sorted(path.stem for path in talk.SAMPLES.glob("*.pcapng"))
_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
_NUMBER = st.none() | st.integers(-(2**63), 2**63)
_PAIRS = st.lists(st.tuples(_TEXT, _TEXT), max_size=4).map(tuple)
_RUNGS = st.builds(
    Rung, kind=st.sampled_from(sorted(KINDS)) | _TEXT, sender=st.sampled_from(["client", "server", "both"]), name=_TEXT,
    guessed=st.booleans(), encrypted=st.booleans(), step=st.none() | _TEXT, length=_NUMBER, time=_NUMBER, source=st.none() | _TEXT,
    records=st.lists(st.integers(0, 2**64), max_size=3).map(tuple), packet=st.none() | st.integers(0, 2**64), note=st.none() | _TEXT,
    last_packet=_NUMBER, epoch=st.none() | st.integers(-1, 4), telling=_PAIRS, after=_NUMBER, thought=_NUMBER, network=_NUMBER,
    fields=st.lists(st.builds(Field, depth=st.integers(0, 99), name=_TEXT, value=_TEXT, code=_NUMBER, data=st.none() | _TEXT,
                              fault=st.none() | _TEXT), max_size=2).map(tuple),
)  # fmt: skip
ANY = st.builds(
    Ladder, number=st.integers(0, 2**63), client=_TEXT, server=_TEXT, server_name=st.none() | _TEXT, version=st.none() | _TEXT,
    framing=st.sampled_from(["tls", "quic"]), cipher_suite=st.none() | _TEXT, group=st.none() | _TEXT, outcome=_TEXT, ending=_TEXT,
    taught=_TEXT, rungs=st.lists(_RUNGS, max_size=8).map(tuple), left_out=st.integers(0, 2**63),
    epochs=st.lists(st.builds(Epoch, name=_TEXT, readable=st.booleans(), doc=_TEXT), max_size=3).map(tuple),
    pace=st.builds(Pace, total=_NUMBER, client=_NUMBER, server=_NUMBER, network=_NUMBER, round_trip=_NUMBER, where=st.none() | _TEXT),
)  # fmt: skip
"""Any ladder at all, also such as no handshake gives."""


def packages():
    """The folder that holds what package.json names, or a skipped test."""
    here = Path(os.environ.get("TLSSCAN_NODE_MODULES") or Path(__file__).parent.parent / "rendering" / "node_modules")
    if not (here / "mermaid").is_dir():
        pytest.skip("mermaid is not installed (npm install in tests/rendering)")
    return here


def chromium():
    """A driver of Chromium without a screen."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    program, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("chromium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
                     "disable-component-update", "disable-sync", "window-size=1100,900"):  # fmt: skip
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options.add_argument(f"--user-data-dir={profile}")
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        try:
            yield browser
        finally:
            browser.quit()


def scheme(browser, name):
    """Let pages be light or dark."""
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": name}]})
