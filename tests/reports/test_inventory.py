"""The certificates of a scan, each once: who showed them, how often, in which chains; caps; what is wanted."""

from hashlib import sha256

import pytest

from analyzer.facts import TABLES
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Handshake, Seen
from analyzer.reports import inventory as module
from analyzer.reports.inventory import COLUMNS, Inventory, Wanted
from analyzer.reports.report import Told
from analyzer.scanning import Source
from analyzer.tls.messages import ClientHello, ServerHello

ALL = Wanted()
LEAF, ISSUER, OTHER = (b"\x30\x03\x02\x01" + bytes([number]) for number in range(3))  # no certificates: DER of anything is kept


def shows(number, server=None, client=None, *, version=0x0303, address=7):
    hello = ServerHello(version=0x0303, random=b"", session_id=b"", cipher_suite=0xC02F, compression_method=0, extensions=())
    offer = ClientHello(version=0x0303, random=b"", session_id=b"", cipher_suites=(), compression_methods=(), extensions=())
    return Handshake(
        number=number,
        client=Endpoint(bytes([192, 0, 2, 1]), 50000),
        server=Endpoint(bytes([198, 51, 100, address]), 443),
        seen=[Seen(CLIENT, 1, 0, 1, 1, 0, offer), Seen(SERVER, 2, 0, 2, 2, 0, hello), Seen(SERVER, 11, 0, 3, 3, 0, None)],
        packets=[1, 2, 3],
        client_hello=offer,
        server_hello=hello,
        version=version,
        cipher_suite=0xC02F,
        server_chain=server,
        client_chain=client,
    )


def gathered(*handshakes, wanted=ALL):
    told, found = Told(TABLES, [Source(name="a.pcap", format="pcap")]), Inventory(TABLES, wanted)
    for one in handshakes:
        told.take(one)
        found.add(told)
    return found


def rows(found, *, files=False):
    return [dict(zip([column.name for column in COLUMNS], row, strict=True)) for row in found.rows(files=files)]


def digest(der):
    return sha256(der).hexdigest()


def test_each_certificate_once_with_who_showed_it():
    found = gathered(
        shows(1, (LEAF, ISSUER)), shows(2, (LEAF, ISSUER)), shows(3, (OTHER, ISSUER), address=8), shows(4, None, (LEAF,)), shows(5)
    )
    leaf, issuer, other = rows(found)
    assert [one["sha256"] for one in (leaf, issuer, other)] == [digest(one) for one in (LEAF, ISSUER, OTHER)]
    assert (leaf["roles"], leaf["handshakes"], leaf["shown_by"]) == (["server", "client"], 3, ["198.51.100.7:443", "192.0.2.1"])
    assert (issuer["roles"], issuer["handshakes"], issuer["shown_by"]) == (["issuer"], 3, ["198.51.100.7:443", "198.51.100.8:443"])
    assert (leaf["handshake"], leaf["source"], leaf["packet"], leaf["size"]) == (1, "a.pcap", 3, 5)
    assert leaf["faults"], "it is no certificate, and that is said"
    assert (found.handshakes, found.showing) == (5, 4)
    assert [found.der(entry) for entry in found.entries()] == [LEAF, ISSUER, OTHER]


def test_one_that_is_sent_twice_in_a_chain_is_one_handshake():
    [leaf] = rows(gathered(shows(1, (LEAF, LEAF, LEAF))))
    assert (leaf["roles"], leaf["handshakes"], leaf["more_showers"]) == (["server", "issuer"], 1, 0)


def test_many_showers_are_counted():
    [leaf] = rows(gathered(*(shows(number, (LEAF,), address=number) for number in range(1, 21))))
    assert (len(leaf["shown_by"]), leaf["more_showers"], leaf["handshakes"]) == (module.SHOWERS, 20 - module.SHOWERS, 20)


def test_what_tls13_hides_is_counted():
    hides = shows(1, version=0x0304)
    hides.seen.append(Seen(SERVER, None, 800, 4, 4, 0, None))
    found = gathered(hides, shows(2, (LEAF,)))
    assert (found.hidden, found.showing) == (1, 1)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ALL, [LEAF, ISSUER, OTHER]),
        (Wanted(frozenset({"server"})), [LEAF]),
        (Wanted(frozenset({"client"})), [OTHER]),
        (Wanted(frozenset({"issuer", "client"})), [ISSUER, OTHER]),
        (Wanted(handshakes=frozenset({2})), [OTHER]),
        (Wanted(handshakes=frozenset({9})), []),
        (Wanted(name="*.example"), []),
    ],
)
def test_only_what_is_wanted(wanted, expected):
    found = gathered(shows(1, (LEAF, ISSUER)), shows(2, None, (OTHER,)), wanted=wanted)
    assert [found.der(entry) for entry in found.entries()] == expected


def test_chains_each_once_in_their_order():
    found = gathered(
        shows(1, (LEAF, ISSUER)), shows(2, (LEAF, ISSUER)), shows(3, (LEAF,)), shows(4, (ISSUER, LEAF)), wanted=Wanted(chains=True)
    )
    chains = [[found.der(entry) for entry in chain] for _, chain in found.chains()]
    assert chains == [[LEAF, ISSUER], [LEAF], [ISSUER, LEAF]]
    assert len({name for name, _ in found.chains()}) == 3
    assert list(gathered(shows(1, (LEAF,))).chains()) == [], "nobody asked for them"


def test_a_wanted_chain_is_whole_whatever_is_listed():
    found = gathered(shows(1, (LEAF, ISSUER)), wanted=Wanted(frozenset({"server"}), chains=True))
    assert [found.der(entry) for entry in found.entries()] == [LEAF]
    [(_, chain)] = found.chains()
    assert [found.der(entry) for entry in chain] == [LEAF, ISSUER]


@pytest.mark.parametrize("cap", ["MOST", "MOST_OCTETS"])
def test_what_finds_no_room_is_told(monkeypatch, cap):
    monkeypatch.setattr(module, cap, {"MOST": 1, "MOST_OCTETS": 700}[cap])
    found = gathered(shows(1, (LEAF, ISSUER, OTHER)), wanted=Wanted(chains=True))
    assert 1 <= len(found.entries()) < 3
    assert found.left_out == {"certificates": 3 - len(found.entries()), "chains": 1}


def test_chains_have_a_cap_of_their_own(monkeypatch):
    monkeypatch.setattr(module, "MOST_LINKS", 3)
    found = gathered(shows(1, (LEAF, ISSUER)), shows(2, (ISSUER, LEAF)), shows(3, (LEAF,)), wanted=Wanted(chains=True))
    assert [len(chain) for _, chain in found.chains()] == [2, 1]
    assert found.left_out == {"chains": 1}
