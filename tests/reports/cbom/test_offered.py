"""What clients and servers offer: GREASE left out, suites where they may be chosen, the same offers counted together."""

import struct

import pytest

from analyzer.registry import cipher_suite
from analyzer.registry.generated.cipher_suites import CIPHER_SUITES
from analyzer.reports.cbom import offered as module
from analyzer.reports.cbom.asset import BY_CLIENT, BY_SERVER
from analyzer.reports.cbom.offered import fits
from analyzer.tls.extensions import read_extension


def numbers(code, *listed, width=2):
    body = struct.pack(f">{len(listed)}H", *listed)
    return read_extension(code, len(body).to_bytes(width, "big") + body, "client_hello")


MODERN = (numbers(43, 0x0A0A, 0x0304, 0x0303, width=1), numbers(10, 0x1A1A, 0x11EC, 29), numbers(13, 0x0804, 0x0403, 0x7A7A))


def offers(assets):
    return {algorithm.name: tally.counts[BY_CLIENT] for algorithm, tally in assets.algorithms.values() if tally.counts[BY_CLIENT]}


def test_a_modern_hello(gather, make):
    assets = gather(make(suites=(0x2A2A, 0x1301, 0xC02F, 0x00FF), extensions=MODERN, chosen=None, outcome="unanswered"))
    assert set(offers(assets)) == {
        "AES-128-GCM", "HKDF-SHA256", "TLS12-PRF-SHA256", "SHA-256", "ECDHE", "RSA", "X25519MLKEM768", "x25519", "ML-KEM-768",
        "RSASSA-PSS-SHA256", "ECDSA-SHA256",
    }  # fmt: skip
    assert sorted(assets.protocols) == [0x0303, 0x0304]
    assert (dict(assets.protocols[0x0304].offered), dict(assets.protocols[0x0303].offered)) == ({0x1301: 1}, {0xC02F: 1})
    assert "crypto/algorithm/x25519mlkem768" in assets.protocols[0x0304].offered_with
    assert "crypto/algorithm/x25519mlkem768" not in assets.protocols[0x0303].offered_with


def test_the_same_offers_are_counted_together(gather, make, monkeypatch):
    ones = [make(number, suites=(0x1301 + number % 3,), extensions=MODERN, chosen=None) for number in range(1, 31)]
    together = gather(*ones)
    monkeypatch.setattr(module, "PROFILES", 1)
    apart = gather(*ones)
    assert offers(together) == offers(apart)
    assert offers(together)["x25519"] == 30
    assert offers(together)["ChaCha20-Poly1305"] == 10
    first, second = ({ref: tally.seen for ref, (_, tally) in one.algorithms.items()} for one in (together, apart))
    assert first == second
    assert together.protocols[0x0304].tally.counts == apart.protocols[0x0304].tally.counts


def test_each_algorithm_is_counted_once_in_a_hello(gather, make):
    assets = gather(make(suites=(0x002F, 0x003C, 0xC013, 0xC014, 0xC02F), chosen=None))
    assert max(offers(assets).values()) == 1


@pytest.mark.parametrize(
    ("suite", "versions"),
    [
        (0x1301, {0x0304, 0x7F1C, 0xFEFC}),
        (0xC02F, {0x0303, 0xFEFD}),
        (0x003C, {0x0303, 0xFEFD}),
        (0x002F, {0x0300, 0x0301, 0x0302, 0x0303, 0xFEFD, 0xFEFF}),
        (0x010080, {0x0002}),
        (0x00FF, set()),
        (0x5600, set()),
    ],
)
def test_where_a_suite_may_be_chosen(suite, versions):
    every = (0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x7F1C, 0xFEFF, 0xFEFD, 0xFEFC)
    assert {version for version in every if fits(suite, version)} == versions


def test_every_suite_may_be_chosen_somewhere():
    versions = (0x0002, 0x0300, 0x0303, 0x0304)
    assert [cipher_suite(code).name for code in CIPHER_SUITES if not any(fits(code, version) for version in versions)] == []


def test_what_a_server_asks_of_a_client(bom):
    told = {one["name"]: one for one in bom("tls12-client-certificate.pcapng")["components"]}
    pairs = {pair["name"]: pair["value"] for pair in told["RSASSA-PSS-SHA512"]["properties"]}
    assert pairs[f"tlsscan:handshakes:{BY_SERVER}"] == "1"


def test_unknown_numbers_are_told_by_number(gather, make):
    assets = gather(make(suites=(0xEEEE,), extensions=(numbers(10, 0x9999), numbers(13, 0x9999)), chosen=None))
    assert set(offers(assets)) == {"group 0x9999", "signature scheme 0x9999"}
    assert dict(assets.protocols[0x0303].offered) == {0xEEEE: 1}


def test_a_list_without_end_is_read_in_part(gather, make):
    assets = gather(make(suites=tuple(range(0x1000, 0xF000)), chosen=None))
    assert sum(assets.protocols[0x0303].offered.values()) <= module.LONGEST
