"""weak: published primes and moduli, vulnerable ones made here, good ones by OpenSSL; kinds of numbers against trial division."""

import math
import re
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.registry import weak
from analyzer.registry.generated.groups import GROUPS
from analyzer.registry.weak import PRIME_BITS, prime_kind, weak_curve, weak_dh_prime, weak_modulus

OPENSSL = shutil.which("openssl")

# Adrian and others, "Imperfect Forward Secrecy", 2015, table 1: the two primes that were precomputed
APACHE = "9fdb8b8a004544f0045f1737d0ba2e0b274cdf1a9f588218fb435316a16e374171fd19d8d8f37c39bf863fd60e3e300680a3030c6e4c3757d08f70e6aa871033"
MOD_SSL = "d4bcd52406f69b35994b88de5db89682c8157f62d8f33633ee5772f11f05ab22d6b5145b9f241e5acc31ff090a4bc71148976f76795094e71e7903529f5a824b"
# RFC 5114 section 2.1
RFC5114 = """B10B8F96 A080E01D DE92DE5E AE5D54EC 52C99FBC FB06A3C6 9A6A9DCA 52D23B61 6073E286 75A23D18 9838EF1E 2EE652C0 13ECB4AE A9061123
24975C3C D49B83BF ACCBDD7D 90C4BD70 98488E9C 219A7372 4EFFD6FA E5644738 FAA31A4F F55BCCC0 A151AF5F 0DC8B4BD 45BF37DF 365C1A65 E68CFDA7
6D4DA708 DF1FB2BC 2E4A4371"""
# Postfix 3.1, tls_dh.c: EXPORT 512 bit prime, which the sources wrap in DER
POSTFIX = "d8bf11d6412a7a9c78b2aa41230adccfb719c5164ccb4ad0d21f1f7024866f5152c65b28bb82e124913d4d9556f80b2ce036678864151f45d5b80a000376320b"
OAKLEY1 = """FFFFFFFF FFFFFFFF C90FDAA2 2168C234 C4C6628B 80DC1CD1 29024E08 8A67CC74 020BBEA6 3B139B22 514A0879 8E3404DD EF9519B3 CD3A431B
302B0A6D F25F1437 4FE1356D 6D51C245 E485B576 625E7EC6 F44C42E9 A63A3620 FFFFFFFF FFFFFFFF"""  # RFC 2409 section 6.1
OAKLEY2 = OAKLEY1.replace("A63A3620 FFFFFFFF FFFFFFFF", "A637ED6B 0BFF5CB6 F406B7ED EE386BFB 5A899FA5 AE9F2411 7C4B1FE6 49286651 ECE65381")
OAKLEY2 += " FFFFFFFF FFFFFFFF"  # section 6.2


def octets(number):
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def is_prime(n):
    """Whether n is prime, as Fermat says for six bases: enough for numbers that nobody built to deceive."""
    return n > 1 and all(n % p for p in (3, 5, 7, 11, 13)) and all(pow(base, n - 1, n) == 1 for base in (2, 3, 5, 7, 11, 13))


def next_prime(n):
    n |= 1
    while not is_prime(n):
        n += 2
    return n


@pytest.mark.parametrize(("prime", "words"), [
    (APACHE, ("Apache", "precomputed", "CVE-2015-4000")),
    (MOD_SSL, ("mod_ssl", "precomputed", "CVE-2015-4000")),
    (RFC5114, ("small subgroups", "RFC 5114")),
    (POSTFIX, ("512 bit", "Postfix 3.1", "within reach of anybody")),
    (OAKLEY1, ("768 bit", "MODP group 1 (RFC 2409)")),
    (OAKLEY2, ("MODP group 2 (RFC 2409)", "within reach of nations")),
    ("ff" * 63, ("504 bit",)),
    ("", ("0 bit",)),
])  # fmt: skip
def test_published_primes(prime, words):
    told = weak_dh_prime(bytes.fromhex(prime))
    assert all(word in told for word in words), told
    assert weak_dh_prime(b"\0" + bytes.fromhex(prime)) == told


@pytest.mark.parametrize(("prime", "kind"), [(APACHE, "safe"), (MOD_SSL, "safe"), (OAKLEY1, "safe"), (OAKLEY2, "safe"), (RFC5114, "prime")])
def test_kinds_of_published_primes(prime, kind):
    assert prime_kind(bytes.fromhex(prime)) == kind


@pytest.mark.skipif(OPENSSL is None, reason="asks the openssl command")
def test_a_prime_that_openssl_makes():
    told = subprocess.check_output([OPENSSL, "dhparam", "-text", "-noout", "512"], stderr=subprocess.DEVNULL, text=True)
    prime = bytes.fromhex("".join(re.search(r"P:\s*([0-9a-f:\s]+)", told)[1].replace(":", "").split()))
    assert len(prime) in {64, 65}
    assert prime_kind(prime) == "safe"


def test_unknown_primes():
    p = next_prime(3 << 1100)
    while is_prime((p - 1) // 2):
        p = next_prime(p + 2)
    assert prime_kind(octets(p)) == "prime"
    assert "not safe" in weak_dh_prime(octets(p))
    composite = next_prime(1 << 550) * next_prime(3 << 550)
    assert prime_kind(octets(composite)) == "composite"
    assert "no prime" in weak_dh_prime(octets(composite))
    assert "no prime" in weak_dh_prime(octets(1 << 2047))


def test_numbers_built_to_deceive_fixed_bases():
    # Arnault 1995: 397 digits, passes Miller-Rabin for every prime base below 307
    p1 = int("2967449566868551055015417464290533273077199179985304335099507553127683"
             "8753171770199594238596428121188033664754218345562493168782883")  # fmt: skip
    built = p1 * (313 * (p1 - 1) + 1) * (353 * (p1 - 1) + 1)
    assert len(str(built)) == 397
    assert all(weak._passes(built, base) for base in (2, 3, 5, 7, 11, 13, 293))
    assert prime_kind(octets(built)) == "composite"


@given(st.integers(0, 20_000))
def test_small_numbers_by_trial_division(n):
    def prime(number):
        return number > 1 and all(number % divisor for divisor in range(2, math.isqrt(number) + 1))

    expected = "composite" if not prime(n) else "safe" if n > 3 and prime((n - 1) // 2) else "prime"
    assert prime_kind(octets(n)) == expected


def test_bounds(monkeypatch):
    assert prime_kind(b"\xff" * (PRIME_BITS // 8 + 1)) == "untested"
    assert weak_dh_prime(b"\xff" * (PRIME_BITS // 8 + 1)) is None
    monkeypatch.setattr(weak, "_spent", [weak._BUDGET])
    fresh = next_prime(5 << 1100)
    assert prime_kind(octets(fresh)) == "untested"
    weak._kind.cache_clear()


@pytest.mark.parametrize(("code", "words"), [
    (1, ("sect163k1", "163 bit", "RFC 8422")), (19, ("secp192r1", "192 bit", "RFC 8422")), (22, ("secp256k1", "RFC 8422")),
    (21, ("secp224r1", "RFC 8422")), (0xFF01, ("explicit", "RFC 8422")), (0xFF02, ("explicit", "RFC 8422")),
])  # fmt: skip
def test_weak_curves(code, words):
    assert all(word in weak_curve(code) for word in words)


@pytest.mark.parametrize("code", [23, 24, 25, 26, 28, 29, 30, 31, 256, 0x11EC, 0x0A0A, 0x1234])
def test_other_groups(code):
    assert weak_curve(code) is None


def test_every_curve_of_rfc_8422s_withdrawn_range_is_told():  # section 5.1.1: deprecated(1..22)
    assert [code for code in range(1, 23) if "RFC 8422" not in (weak_curve(code) or "")] == []
    assert {code for code in GROUPS if "RFC 8422" in (weak_curve(code) or "")} == {*range(1, 23), 0xFF01, 0xFF02}


# Moduli of real keys that others publish as examples: roca-detect and badkeys
ROCA = """9dcd7420e420c270a68060eb8b5aa7457a9f6648f86fafed2775cc1f79ae962f1e63f1b9e51c55f9ea6fdc7332e9b0058c9ff2eb1fc89855029cf6aa
fe21e689feb38ac9ffb12f1ce371bb5d0e9aae64161abce74b4244bf68f1edb4411f756a097c8929c14740245ea355f8332d1aa36bb50c7dcb4505da
8de02e4e53d38f8df06097da7524df0df93db48eac8cc4af2d3a16257eb2b2adca6ba464e5974fa92550d31b1babf161e7692d00b86e3dd886ecab4a
bfbe1a8f8cc263ff4af55cdb45f4249a5193925f5e983d762f0b6800943eb0267b08f42ed311ce1f5c86eacbc8ce4d3cb7a2fee1ef5641423a1cf411
4e5ecf50034a60a412523af9e6f4aa11"""
FERMAT = """e36099d4b2fbf4b58d6a19bb57fc3443f67d86c759169ae8038d46ec28e0256a6730e95f7f9da57c81cd3567b0da5a716fec1a5f15e56c3731075f53
51dcbab32b16050c3d72b5ee6c1408aa0f8ce34fa3ef9c6962f4e75b6512af8706551d2819ac900224e4108d24b89f37580853a73aec654f90763d70
e5a36fa7d1cbbeed927ab004b7471fa3fb71c91feeeaff9e1ef464f9913b84f8da37a8d356950d00019d6701fc749da72b5b88d48a6998ebcc096a4b
c711ffbe6b89627683c14e14fa0ca26a17c228c067295ff8117cc7095537c275e6996e1dc1452cb7f51240364e81841f5bb7df604df747bf774d269f
38a35bf93402a08561ff89e0c43d2f97"""


def test_published_moduli():
    assert "CVE-2017-15361" in weak_modulus(ROCA.replace("\n", ""))
    assert "CVE-2022-26320" in weak_modulus(FERMAT.replace("\n", ""))


def test_roca_of_our_own():
    """Primes k * M + (65537^a mod M), as the paper finds them in keys of 512 bits; one prime of another kind breaks the pattern."""
    m = math.prod(p for p in range(2, 168) if all(p % d for d in range(2, p)))

    def of_library(k, a):
        while not is_prime(k * m + pow(65537, a, m)):
            a += 1
        return k * m + pow(65537, a, m)

    p, q = of_library(101_010_101, 7), of_library(98_989_898_989, 4_000_000)
    assert "ROCA" in weak_modulus(f"{p * q:x}")
    assert weak_modulus(f"{p * next_prime(q + 2):x}") is None


def test_other_weak_moduli():
    p, q = next_prime(3 << 500), next_prime(5 << 520)
    assert weak_modulus(f"{p * q:x}", "10001") is None
    assert weak_modulus(f"{p * q:x}", "1") == "exponent 1: nothing is encrypted"
    assert "even exponent" in weak_modulus(f"{p * q:x}", "10000")
    assert weak_modulus(f"{2 * q:x}") == "even modulus"
    assert weak_modulus(f"{65521 * q:x}") == "modulus divisible by 65521"
    assert weak_modulus(f"{3 * q * p:x}") == "modulus divisible by 3"
    assert "Fermat" in weak_modulus(f"{p * p:x}")
    assert "Fermat" in weak_modulus(f"{p * next_prime(p + 2):x}")
    assert weak_modulus("3") == "modulus that is no product of primes"
    for odd in ("", "zz", "-", "0x", "f" * 5000):
        assert weak_modulus(odd) is None


def test_keys_of_openssl_are_good():
    for _ in range(5):
        numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
        assert weak_modulus(f"{numbers.n:x}", f"{numbers.e:x}") is None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100), st.integers(), st.text(max_size=40), st.none() | st.text(max_size=8))
def test_anything_is_answered(prime, code, modulus, exponent):
    assert weak_dh_prime(prime) is not None  # 800 bits are too few, whatever they are
    assert weak_curve(code) is None or code in GROUPS or code in {0xFF01, 0xFF02}
    told = weak_modulus(modulus, exponent)
    assert told is None or isinstance(told, str)
