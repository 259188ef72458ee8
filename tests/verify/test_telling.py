import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.verify import Verdict
from analyzer.verify.compare import Comparison, Difference
from analyzer.verify.telling import FORMATS, MOST

SIDES = ("tcp", ("192.0.2.1", 50000), ("2001:db8::1", 443))


def verdict(*rows, words=None, notes=None, alike=3, path="a.pcap", version="4.0.17"):
    found = Comparison(differences=list(rows))
    found.alike.update({"message": alike, "version": alike})
    found.notes.update(notes or {})
    return Verdict(path, version, words, found)


def told(name, *verdicts):
    return b"".join(FORMATS[name](iter(verdicts))).decode()


def test_text_tells_counts_differences_and_the_verdict():
    suites = tuple(range(1, 60))
    text = told(
        "text",
        verdict(
            Difference("differs", 4, SIDES, 1, "cipher_suites", suites, (*suites[:50], 0x1301), "because"),
            Difference("only Wireshark", 9, SIDES, 2, "message"),
            words="tshark: cut short",
            notes={"sent again": 2},
        ),
    )
    assert "version                   3" in text
    assert "frame.number == 4  tcp  192.0.2.1:50000 → [2001:db8::1]:443  client_hello cipher_suites" in text
    assert "      tlsscan    … 49=" in text
    assert "4865=TLS_AES_128_GCM_SHA256" in text
    assert "      because" in text
    assert "server_hello  only Wireshark" in text
    assert "Wireshark says: tshark: cut short" in text
    assert "no difference: 2 times: sent again" in text
    assert text.endswith("2 of 8 facts differ.\n")


def test_text_of_agreement():
    assert told("text", verdict()).endswith("Both agree: 6 facts of 3 messages and alerts.\n")
    assert told("text", verdict(alike=0)).endswith("Both agree: neither sees a handshake.\n")


def test_text_is_never_long_and_never_dangerous():
    rows = [Difference("differs", at, SIDES, 1, "server_name", ("\x1b[31mred",), ("x" * 9999,)) for at in range(MOST + 5)]
    text = told("text", verdict(*rows))
    assert "and 5 more" in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 160


@pytest.mark.parametrize("name", list(FORMATS))
@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_no_text_from_anywhere_gets_out_as_it_is(name, text):
    """Not that of the wire, of a file's name, or of what tshark has to say."""
    rows = [Difference("differs", 4, SIDES, 1, field, (text, text), text, text) for field in ("server_name", "alpn", "subject")]
    shown = told(name, verdict(*rows, words=text, notes={text: 2}, path=text, version=text))
    assert shown.endswith("\n")
    assert not {unicodedata.category(character) for line in shown[:-1].split("\n") for character in line} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {*"\u200b\u200e\u202e\u2066\ufeff"} & {*shown}
    if name == "ndjson":
        assert [json.loads(line)["wireshark"] for line in shown.splitlines()] == [[text, text]] * 3
    if name == "json":
        assert json.loads(shown)[0]["complaint"] == text


def test_ndjson_is_a_line_a_difference():
    rows = [Difference("differs", 4, SIDES, 1, "alpn", ("h2",), (), "why"), Difference("only tlsscan", 5, SIDES, 2, "message")]
    lines = [json.loads(line) for line in told("ndjson", verdict(*rows), verdict(rows[0])).splitlines()]
    assert [(line["packet"], line["field"]) for line in lines] == [(4, "alpn"), (5, "message"), (4, "alpn")]
    assert (lines[0]["capture"], lines[0]["wireshark"], lines[0]["tlsscan"], lines[0]["reason"]) == ("a.pcap", ["h2"], [], "why")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_json_is_one_array(count):
    found = json.loads(told("json", *[verdict(Difference("only tlsscan", 5, SIDES, 2, "message"))] * count))
    facts = [(one["agree"], one["fields"]["version"], len(one["differences"])) for one in found]
    assert facts == [(False, {"agree": 3, "differ": 0}, 1)] * count
