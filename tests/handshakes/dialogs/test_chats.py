"""XMPP and IRC: the streams of RFC 6120, the messages of IRC's STARTTLS and CAP."""

from __future__ import annotations

import pytest
from line_talk import HELLO, one, spoken, verdict

CLIENT, SERVER = 0, 1


XML = b"<?xml version='1.0'?>"
OPENS = (b"<stream:stream from='juliet@im.example.com' to='im.example.com' version='1.0' xml:lang='en' xmlns='jabber:client' "
         b"xmlns:stream='http://etherx.jabber.org/streams'>")  # fmt: skip
OPENED = (b"<stream:stream from='im.example.com' id='t7AMCin9zjMNwQKDnplntZPIDEI=' to='juliet@im.example.com' version='1.0' "
          b"xml:lang='en' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>")  # fmt: skip
OFFER = b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
REQUEST = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
PROCEED, FAILURE = (b"<%b xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" % name for name in (b"proceed", b"failure"))
"""RFC 6120 section 9.1."""
XMPP = [(CLIENT, XML + OPENS), (SERVER, XML + OPENED), (SERVER, OFFER)]


def test_xmpp_of_rfc_6120():
    preludes = spoken(*XMPP, (CLIENT, REQUEST), (SERVER, PROCEED))
    assert verdict(preludes.told[0]) == ("xmpp", CLIENT, True, True, True)
    assert (preludes.told[0].greeting, preludes.told[0].answer) == (OPENED[:200], PROCEED)
    assert preludes.take(CLIENT, HELLO, 6, 60) == preludes.take(SERVER, HELLO, 7, 70) == 0


def test_xmpp_refused():
    prelude = one(*XMPP, (CLIENT, REQUEST), (SERVER, FAILURE + b"</stream:stream>"))
    assert (verdict(prelude)[2:], prelude.answer) == ((True, True, False), FAILURE)


@pytest.mark.parametrize("order", [1, -1])
def test_xmpp_of_servers_in_either_order(order):
    both = [(1, XML + OPENS.replace(b"client", b"server")), (0, XML + OPENED.replace(b"client", b"server"))]
    assert verdict(one(*both[::order], (0, OFFER))) == ("xmpp", 1, True, False, None)


def test_xmpp_not_offered_and_gone_on():
    turns = [*XMPP[:2], (SERVER, OFFER.replace(b"starttls", b"bind")), (CLIENT, b"<auth mechanism='PLAIN'>AGp1bGlldAByMG0=</auth>")]
    assert not spoken(*turns, (SERVER, b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><encryption-required/></failure>")).settled
    preludes = spoken(*turns, (SERVER, b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"))
    assert preludes.settled
    assert verdict(preludes.told[0]) == ("xmpp", CLIENT, False, False, None)
    assert "AGp1" not in repr(preludes.told)


def test_xmpp_features_without_any():
    assert one(*XMPP[:2], (SERVER, b"<stream:features/>")).offered is False


@pytest.mark.parametrize("text", [b"<?xml version='1.0'?><rss xmlns='x'><channel>", b"<stream:stream xmlns:stream='urn:x'><a>"])
def test_other_xml_is_no_xmpp(text):
    assert spoken((CLIENT, text), (SERVER, b"<?xml version='1.0'?><html>")).told == []


@pytest.mark.parametrize(("answer", "granted"), [(PROCEED, True), (FAILURE, False)])
def test_xmpp_joined_in_the_middle(answer, granted):
    assert verdict(one((CLIENT, REQUEST), (SERVER, answer))) == ("xmpp", CLIENT, None, True, granted)


LISTS = b":irc.example.org CAP * LS :userhost-in-names multi-prefix sasl tls\r\n"
IRC = [(CLIENT, b"CAP LS\r\n"), (SERVER, b":irc.example.org NOTICE * :*** Looking up your hostname\r\n" + LISTS)]


@pytest.mark.parametrize(
    ("answer", "granted"), [(b":irc.example.org 670 * :STARTTLS successful, proceed with TLS handshake", True),
                            (b":irc.example.org 691 * :STARTTLS failed (Wrong moon phase)", False),
                            (b":irc.example.org 421 * STARTTLS :Unknown command", False)],
)  # fmt: skip
def test_irc(answer, granted):
    preludes = spoken(*IRC, (CLIENT, b"STARTTLS\r\n"), (SERVER, answer + b"\r\n"))
    assert verdict(preludes.told[0]) == ("irc", CLIENT, True, True, granted)
    assert (preludes.told[0].greeting, preludes.told[0].answer) == (b":irc.example.org NOTICE * :*** Looking up your hostname", answer)
    assert not preludes.settled
    welcome = (SERVER, b":irc.example.org 001 me :Welcome\r\n")
    if not granted:
        assert spoken(*IRC, (CLIENT, b"STARTTLS\r\n"), (SERVER, answer + b"\r\n"), welcome).settled


@pytest.mark.parametrize(
    ("said", "offered"), [(LISTS.replace(b" tls", b""), False), (LISTS.replace(b"LS :", b"LS * :"), True),
                          (LISTS.replace(b"LS :", b"LS * :").replace(b" tls", b""), None), (LISTS.replace(b"tls", b"tls=1"), True)],
)  # fmt: skip
def test_irc_lists(said, offered):
    assert one((CLIENT, b"CAP LS 302\r\nNICK me\r\nPASS hunter2\r\n"), (SERVER, said)).offered is offered
    assert "hunter2" not in repr(one((CLIENT, b"CAP LS 302\r\nNICK me\r\nPASS hunter2\r\n"), (SERVER, said)))


def test_irc_joined_in_the_middle():
    assert verdict(one((CLIENT, b"STARTTLS\r\n"), (SERVER, b":x 670  :go\r\n"))) == ("irc", CLIENT, None, True, True)


def test_irc_server_first():
    turns = (SERVER, b":a.b NOTICE AUTH :*** Hi\r\n"), (CLIENT, b"NICK me\r\nUSER me 0 * :me\r\n"), (SERVER, b":a.b 001 me :Welcome\r\n")
    preludes = spoken(*turns)
    assert preludes.settled
    assert verdict(preludes.told[0]) == ("irc", CLIENT, None, False, None)
