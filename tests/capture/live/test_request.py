"""What is asked and told."""

import msgspec
import pytest

from analyzer.capture.live import SNAPLEN, Request, Tally


def test_what_is_not_asked_is_the_whole_of_every_packet():
    asked = Request(interface="lo")
    assert (asked.filter, asked.snaplen, asked.promiscuous, asked.monitor) == ("", SNAPLEN, True, False)


def test_what_is_not_known_is_none_and_not_zero():
    assert msgspec.structs.astuple(Tally()) == (None, None, None)


def test_both_are_values():
    assert hash(Request(interface="lo")) == hash(Request(interface="lo"))
    with pytest.raises(AttributeError):
        Tally().received = 1
    with pytest.raises(TypeError):
        Request("lo")
