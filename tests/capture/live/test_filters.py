"""Where a filter is wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.capture.live import filters
from analyzer.capture.live.filters import check_filter, compiled, place
from analyzer.errors import FilterError

pytestmark = pytest.mark.skipif(compiled("tcp") is None, reason="libpcap is not installed")

RIGHT = [
    "", "tcp", "tcp port 443", "tcp port https or port 8443", "host 10.0.0.1 and not port 22", "net 10.0.0.0/8", "ip6 host fe80::1",
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "(tcp[0] + 2) * 3 = 9", "portrange 8000-9000", "ether host 00:11:22:33:44:55",
    "vlan 5 and tcp",
    "ip proto \\tcp", "less 100", "src net 10.0.0.0 mask 255.0.0.0", "icmp[icmptype] = icmp-echo",
    "tcp and (udp or tcp port 1)", "len > 5",
]  # fmt: skip

WRONG = [
    ("tcp prot 443", 'wrong at character 5, "prot": syntax error: tcp >>prot<< 443'),
    ("tcp port 443 443", 'wrong at character 14, "443": syntax error: tcp port 443 >>443<<'),
    ("port 70000", 'wrong at character 6, "70000": illegal port number 70000 > 65535: port >>70000<<'),
    ("tcp[13 & 2 != 0", 'wrong at character 12, "!=": syntax error: tcp[13 & 2 >>!=<< 0'),
    ("))", 'wrong at character 1, ")": syntax error: >>)<<)'),
    ("less 5 greater", 'wrong at character 8, "greater": syntax error: less 5 >>greater<<'),
    ("net 10.0.0.0/33", 'wrong at character 5, "10.0.0.0/33": mask length must be <= 32: net >>10.0.0.0/33<<'),
    ("tcp\nport 5 5", 'wrong at character 12, "5": syntax error: tcp port 5 >>5<<'),
    ("tcp port 443 oder udp", 'wrong at character 14, "oder": syntax error: tcp port 443 >>oder<< udp'),
    ("tcp and port htps 1", "wrong at character 14, \"htps\": unknown port 'htps': tcp and port >>htps<< 1"),
    ("tcp port", "not finished: syntax error: tcp port >><<"),
    ("tcp and (udp or icmp", "not finished: syntax error: tcp and (udp or icmp >><<"),
    ("tcp port 443 and ", "not finished: syntax error: tcp port 443 and >><<"),
    ("(tcp[0] + 2 = 3", "not finished: syntax error: (tcp[0] + 2 = 3 >><<"),
    ("portrange 1-", "not finished: syntax error: portrange 1- >><<"),
    ("len > ", "not finished: syntax error: len > >><<"),
    ("tcp and udp", "wrong: expression rejects all packets: tcp and udp"),
]  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_passes(text):
    assert compiled(text) == ""
    check_filter(text)


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_is_told_with_its_place(text, said):
    reason = compiled(text)
    assert reason
    assert place(text, reason) == f"the filter is {said}"


def test_what_needs_no_name_is_checked_at_once():
    with pytest.raises(FilterError, match=r"not finished"):
        check_filter("tcp port")


NAMES = ["host www.example.com", "tcp and example", "src gateway-1", "not myhost", "(badhost)", "dst host a and b prot", "host 3com.com",
         "host \\tcp"]  # fmt: skip


@pytest.mark.parametrize("text", NAMES)
def test_names_are_left_to_who_captures(monkeypatch, text):
    asked = []
    monkeypatch.setattr(filters, "compiled", lambda text, *_, **__: asked.append(text))
    check_filter(text)
    assert asked == []


def test_no_name_is_looked_up_while_the_place_is_sought(monkeypatch):
    asked, ask = [], filters.compiled
    monkeypatch.setattr(filters, "compiled", lambda text, *rest, **more: asked.append(text) or ask(text, *rest, **more))
    said = place("host www.example.com and prot 5 5", "syntax error")
    assert said == 'the filter is wrong at character 31, "5": syntax error: host www.example.com and prot >>5<< 5'
    assert asked
    assert not [text for text in asked if "example" in text]


def test_what_depends_on_the_interface_passes(monkeypatch):
    words = "inbound/outbound not supported on Ethernet when reading savefiles"
    monkeypatch.setattr(filters, "compiled", lambda *_, **__: words)
    check_filter("inbound")


def test_the_word_that_libpcap_quotes_is_the_place():
    said = place("tcp and host x.invalid", "unknown host 'x.invalid'")
    assert said == "the filter is wrong at character 14, \"x.invalid\": unknown host 'x.invalid': tcp and host >>x.invalid<<"


def test_without_libpcap_the_words_of_the_program_are_told(monkeypatch):
    monkeypatch.setattr(filters, "_library", lambda: None)
    assert compiled("tcp port") is None
    check_filter("tcp port")
    assert place("tcp prot 443", "syntax error") == "the filter is wrong: syntax error: tcp prot 443"


def test_a_very_long_filter_is_not_searched():
    text = " or ".join(["tcp port 443"] * 3000) + " prot"
    assert place(text, "syntax error").startswith("the filter is wrong: syntax error")


WORDS = "tcp udp port host 443 1.2.3.4 and or not ( ) [ ] = 0 prot & src net 10.0.0.0/8 1- \\ é \0"


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS.split(" "))))
def test_whatever_is_typed_the_place_is_in_it(words):
    text = " ".join(words)
    try:
        check_filter(text)
    except FilterError as error:
        said = str(error)
        assert said.startswith("the filter is ")
        assert "\n" not in said
        assert ">>" in said or "the filter is wrong: " in said
