"""Golden values from IANA; well-known primes rebuilt from the formulas of the RFCs that define them."""

from fractions import Fraction
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.registry import dh_group, group, group_name
from analyzer.registry.generated.groups import GROUPS

GOLDEN = [
    # code, name, kind, bits, post-quantum, classical, post-quantum part
    (1, "sect163k1", "ecdh", 163, False, "sect163k1", None),  # RFC 8422
    (14, "sect571r1", "ecdh", 571, False, "sect571r1", None),
    (19, "secp192r1", "ecdh", 192, False, "secp192r1", None),
    (22, "secp256k1", "ecdh", 256, False, "secp256k1", None),
    (23, "secp256r1", "ecdh", 256, False, "secp256r1", None),
    (25, "secp521r1", "ecdh", 521, False, "secp521r1", None),
    (26, "brainpoolP256r1", "ecdh", 256, False, "brainpoolP256r1", None),  # RFC 7027
    (29, "x25519", "ecdh", 255, False, "x25519", None),
    (30, "x448", "ecdh", 448, False, "x448", None),
    (33, "brainpoolP512r1tls13", "ecdh", 512, False, "brainpoolP512r1tls13", None),  # RFC 8734
    (34, "GC256A", "ecdh", 256, False, "GC256A", None),  # RFC 9189
    (40, "GC512C", "ecdh", 512, False, "GC512C", None),
    (41, "curveSM2", "ecdh", 256, False, "curveSM2", None),  # RFC 8998
    (256, "ffdhe2048", "ffdhe", 2048, False, "ffdhe2048", None),  # RFC 7919
    (260, "ffdhe8192", "ffdhe", 8192, False, "ffdhe8192", None),
    (512, "MLKEM512", "mlkem", 512, True, None, "MLKEM512"),  # draft-ietf-tls-mlkem
    (514, "MLKEM1024", "mlkem", 1024, True, None, "MLKEM1024"),
    (4585, "SecP256r1MLKEM512", "hybrid", 256, True, "secp256r1", "MLKEM512"),
    (4586, "MLKEM512X25519", "hybrid", 255, True, "x25519", "MLKEM512"),
    (4587, "SecP256r1MLKEM768", "hybrid", 256, True, "secp256r1", "MLKEM768"),  # draft-ietf-tls-ecdhe-mlkem
    (4588, "X25519MLKEM768", "hybrid", 255, True, "x25519", "MLKEM768"),
    (4589, "SecP384r1MLKEM1024", "hybrid", 384, True, "secp384r1", "MLKEM1024"),
    (4590, "curveSM2MLKEM768", "hybrid", 256, True, "curveSM2", "MLKEM768"),
    (16696, "CECPQ2", "hybrid", 255, True, "x25519", "ntru_hrss701"),
    (25497, "X25519Kyber768Draft00", "hybrid", 255, True, "x25519", "Kyber768"),
    (25498, "SecP256r1Kyber768Draft00", "hybrid", 256, True, "secp256r1", "Kyber768"),
    (0xFE31, "X25519Kyber768Draft00Old", "hybrid", 255, True, "x25519", "Kyber768"),
    (65281, "arbitrary_explicit_prime_curves", "explicit", None, False, None, None),
    (65282, "arbitrary_explicit_char2_curves", "explicit", None, False, None, None),
]


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row[1])
def test_golden(row):
    assert tuple(group(row[0])) == row
    assert group_name(row[0]) == row[1]


def test_grease_and_unknown():
    assert group_name(0x2A2A) == "GREASE"
    assert group(0x2A2A) is group(0) is group_name(0) is None


def test_every_group_is_whole():
    names = [row[0] for row in GROUPS.values()]
    assert len(set(names)) == len(names)
    for found in map(group, GROUPS):
        assert found.kind in {"ecdh", "ffdhe", "mlkem", "kem", "hybrid", "explicit"}
        assert (found.kind == "hybrid") == (found.classical is not None and found.post_quantum_part is not None), found
        assert found.post_quantum <= (found.post_quantum_part is not None), found


def test_isogenies_are_not_counted_as_post_quantum():
    assert not any(found.post_quantum for found in map(group, GROUPS) if "sike" in found.name or "sidh" in found.name)


DIFFERENT_IN_WIRESHARK = set(range(0x200, 0x300)) | set(range(0x2F00, 0x3000))
"""Experiments of the Open Quantum Safe project: numbers used over again by later drafts, three of them now IANA's ML-KEM."""


def test_agrees_with_wireshark(wireshark):
    rows = wireshark["tls.handshake.extensions_supported_group"]
    assert len(rows) > 50
    for code, name in rows:
        assert group_name(code) is not None
        if code not in DIFFERENT_IN_WIRESHARK:
            assert group_name(code) == ("GREASE" if "GREASE" in name else name)


@given(st.integers(), st.binary(max_size=300))
def test_anything_is_answered(code, prime):
    assert group(code) is None or group(code).name == group_name(code)
    dh_group(prime)


def floor_scaled_pi(bits):
    """Floor of 2**bits * pi, by Machin's formula with guard bits."""
    one = 1 << (bits + 64)

    def arctan(divisor):
        term = total = one // divisor
        square, k, sign = divisor * divisor, 1, 1
        while term:
            term //= square
            k, sign = k + 2, -sign
            total += sign * (term // k)
        return total

    return (4 * (4 * arctan(5) - arctan(239))) >> 64


def floor_scaled_e(bits):
    """Floor of 2**bits * e, by its series."""
    terms = 1
    while factorial(terms) < 1 << (bits + 64):
        terms += 16
    numerator = denominator = 1
    for k in range(terms, 0, -1):
        numerator, denominator = denominator * k + numerator, denominator * k
    return int(Fraction(numerator << bits, denominator))


MODP = [(768, 149686, "1 (RFC 2409)"), (1024, 129093, "2 (RFC 2409)"), (1536, 741804, "5 (RFC 3526)"),
        (2048, 124476, "14 (RFC 3526)"), (3072, 1690314, "15 (RFC 3526)"), (4096, 240904, "16 (RFC 3526)"),
        (6144, 929484, "17 (RFC 3526)"), (8192, 4743158, "18 (RFC 3526)")]  # fmt: skip


@pytest.mark.parametrize(("bits", "offset", "number"), MODP)
def test_modp_primes_by_their_formula(bits, offset, number):
    prime = 2**bits - 2 ** (bits - 64) - 1 + 2**64 * (floor_scaled_pi(bits - 130) + offset)
    assert dh_group(prime.to_bytes(bits // 8)) == f"MODP group {number}, {bits} bit"
    assert dh_group(b"\0" + prime.to_bytes(bits // 8)) == dh_group(prime.to_bytes(bits // 8))


@pytest.mark.parametrize(("bits", "offset"), [(2048, 560316), (3072, 2625351), (4096, 5736041), (6144, 15705020), (8192, 10965728)])
def test_ffdhe_primes_by_their_formula(bits, offset):  # RFC 7919 appendix A
    prime = 2**bits - 2 ** (bits - 64) + (floor_scaled_e(bits - 130) + offset) * 2**64 - 1
    assert dh_group(prime.to_bytes(bits // 8)) == f"ffdhe{bits} (RFC 7919)"
