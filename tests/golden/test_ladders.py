"""Every ladder of every sample as text, beside what was looked at and found right: ``ladders/NAME.txt``, 100 columns.

They hold our own drawing fast, so that a change of it is seen and looked at.  That what they show is true is held here too, against what
tshark sees (each message in plaintext is in the drawing, in order) and what the stacks said (head and alert are the manifest's).  After a
change, to write them anew and look at what became different:

    python tests/golden/test_ladders.py && git diff tests/golden/ladders
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import analyzer
from analyzer.ladders.reading import ladder
from analyzer.ladders.text import lines
from analyzer.reports.paint import Paint

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "samples"
CAPTURES = sorted(SAMPLES.glob("*.pcapng"))
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text())
SEQUENCES = json.loads((HERE / "sequences.json").read_text())
WIDTH = 100

NAMES = {
    1: "ClientHello", 2: "ServerHello", 3: "HelloVerifyRequest", 4: "NewSessionTicket", 11: "Certificate", 12: "ServerKeyExchange",
    13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify", 16: "ClientKeyExchange", 20: "Finished",
    22: "CertificateStatus",
}  # fmt: skip
"""HandshakeType -> its name (RFC 5246 section 7.4, RFC 6347 section 4.3.2, RFC 5077, RFC 6066)."""
# a Finished of 16 bytes with a MAC behind it, as a suite without a cipher has it, is no message for tshark
RENAMED = {"HelloRetryRequest": "ServerHello", "CLIENT-HELLO": "ClientHello"}
"""A ServerHello whose random is a certain one (RFC 8446 section 4.1.3), and the ClientHello of SSL 2.0."""


def drawings(capture):
    """The text of each of its handshakes, in order of their numbers."""
    walk = analyzer.stream(capture, data=True)
    made = {number: ladder(one, [capture.name]) for number, one in walk}
    paint = Paint(WIDTH, color=False)
    return ["".join(paint.text(line) + "\n" for line in lines(made[number], WIDTH)) for number in sorted(made)]


def golden(capture):
    return HERE / "ladders" / f"{capture.stem}.txt"


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_the_ladders_are_those_that_were_looked_at(capture):
    assert "\n\n".join(drawings(capture)) == golden(capture).read_text()


def test_there_is_one_for_every_capture():
    assert [path.stem for path in sorted((HERE / "ladders").iterdir())] == [path.stem for path in CAPTURES]


MESSAGE = re.compile(r"[│║](?:(──) ([\w-]+)|◀─+ ([\w-]+))(?=[, ])(?!, 16 bytes in a record)")


@pytest.mark.parametrize("capture", [path for path in CAPTURES if path.stem in SEQUENCES], ids=lambda path: path.stem)
def test_the_messages_are_those_that_tshark_sees(capture):
    told = []
    for text in golden(capture).read_text().split("\n\n\n"):
        sides = [[], []]
        for _, client, server in MESSAGE.findall(text):
            name = RENAMED.get(client or server, client or server)
            if name in NAMES.values():
                sides[not client].append(name)
        told.append(sides)
    wanted = [[[NAMES[code] for code in side] for side in sides] for sides in SEQUENCES[capture.stem]]
    assert [sides for sides in told if any(sides)] == [sides for sides in wanted if any(sides)]


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_head_and_alert_are_what_the_stacks_said(capture):
    texts = golden(capture).read_text().split("\n\n\n")
    for text, said in zip(texts, MANIFEST[capture.stem]["handshakes"], strict=True) if any(texts) else ():
        head = text.partition("\n\n")[0]
        for key in ("server_name", "version", "cipher_suite", "outcome"):
            if said.get(key):
                assert said[key] in head.replace("\n", " "), key
        if said.get("alert"):
            arrow = "── ! " if said["alert"]["sender"] == "client" else " ! "
            assert f"{arrow}alert {said['alert']['description']}" in text


if __name__ == "__main__":
    (HERE / "ladders").mkdir(exist_ok=True)
    for old in (HERE / "ladders").iterdir():
        old.unlink()
    for one in CAPTURES:
        golden(one).write_text("\n\n".join(drawings(one)))
