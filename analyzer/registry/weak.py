"""Numbers known to be weak: Diffie-Hellman primes, curves, RSA moduli.

Here lives: the tests and the little tables that they need, each with the document that says so.  Here does not live: names of groups
(``groups``), how small is too small for whom (``findings`` and its policies).

All answers are one line for a person, or None where no weakness is known: None is no praise.  Every test is bounded and remembered.
"""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from math import gcd, isqrt, prod

from analyzer.registry.groups import dh_group, group

__all__ = ["prime_kind", "weak_curve", "weak_dh_prime", "weak_modulus"]

# ---- Diffie-Hellman primes

PRIME_BITS = 4096
"""Longest prime whose kind is tested: one power of 4096 bits costs about 0.1 s, and every longer one in use has a name."""

ROUNDS = 5
"""Rounds of Miller-Rabin after the one with base 2: a composite passes all with a chance below 4**-5."""

_BUDGET = 1024
"""Tests of one process, in tests of 1024 bits (one of 4096 bits weighs 64): about 30 s.  Servers use a handful of primes; somebody who
sends a new one in each handshake wants our time.  What comes after it is "untested"."""

_LOGJAM = "CVE-2015-4000 (Logjam)"

# name of the group as dh_group gives it -> why it is weak
_NAMED: dict[str, str] = {
    "Apache httpd 2.0.18 built-in, 512 bit": f"mod_ssl's 512 bit prime, precomputed in 2015: {_LOGJAM}",
    "Apache httpd 2.1.5 built-in, 512 bit": f"Apache's 512 bit prime, precomputed in 2015: {_LOGJAM}",
    "MODP 1024 bit with 160 bit subgroup (RFC 5114)": "1024 bit prime with small subgroups (RFC 5114; CVE-2016-0701, RFC 8247 section 2.4)",
    "MODP 2048 bit with 224 bit subgroup (RFC 5114)": "prime with small subgroups (RFC 5114; CVE-2016-0701, RFC 8247 section 2.4)",
    "MODP 2048 bit with 256 bit subgroup (RFC 5114)": "prime with small subgroups (RFC 5114; CVE-2016-0701, RFC 8247 section 2.4)",
}

KINDS: dict[str, str] = {
    "safe": "p and (p-1)/2 are prime",
    "prime": "p is prime, (p-1)/2 is not: the orders of its subgroups are not known",
    "composite": "p is no prime",
    "untested": "too long, or too many were asked for",
}
"""kind -> what it means.  Primes are probable primes; a composite is one for certain."""

_spent = [0.0]


def weak_dh_prime(prime: bytes) -> str | None:
    """Return why a Diffie-Hellman prime (big-endian) is weak, or None.  RFC 7919 section 1, RFC 9325 section 4.4."""
    significant = prime.lstrip(b"\0")
    bits = 8 * len(significant) - 8 + significant[0].bit_length() if significant else 0
    name = dh_group(significant)
    if name in _NAMED:
        return _NAMED[name]
    if bits < 1024:
        what = f", {name}" if name else ""
        return f"{bits} bit prime{what}: within reach of anybody ({_LOGJAM})" if bits <= 512 else f"{bits} bit prime{what} ({_LOGJAM})"
    if name is not None:
        return f"{name}: 1024 bits that many servers share, within reach of nations ({_LOGJAM})" if bits == 1024 else None
    kind = prime_kind(significant)
    if kind == "composite":
        return f"{bits} bits that are no prime (as CVE-2016-2217)"
    if kind == "prime":
        return f"{bits} bit prime that is not safe: small subgroups are possible (RFC 7919 section 5.1, CVE-2016-0701)"
    return f"1024 bit prime: within reach of nations ({_LOGJAM})" if bits == 1024 else None


def prime_kind(prime: bytes) -> str:
    """Return the kind of a number (big-endian), a key of KINDS.

    Remembered; a first test costs about 20 ms (1024 bits), 130 ms (2048) or 1 s (4096).
    """
    significant = prime.lstrip(b"\0")
    return "untested" if 8 * len(significant) > PRIME_BITS else _kind(significant)


@lru_cache(maxsize=4096)
def _kind(significant: bytes) -> str:
    """Test a number of at most PRIME_BITS."""
    p = int.from_bytes(significant, "big")
    if p < 8:
        return {2: "prime", 3: "prime", 5: "safe", 7: "safe"}.get(p, "composite")
    if p % 2 == 0 or (p > _SMALL_PRIMES[-1] and gcd(p, _primorial()) > 1):
        return "composite"
    weight = (p.bit_length() / 1024) ** 3
    if _spent[0] + weight > _BUDGET:
        return "untested"
    _spent[0] += weight
    q = (p - 1) // 2
    bases = _bases(significant)
    if not _passes(p, 2):
        return "composite"
    # where q is prime, p = 2q + 1 that passes base 2 is prime for certain (Pocklington), 3 apart from it
    if q % 2 and gcd(q, _primorial()) in {1, q} and all(_passes(q, base) for base in (2, *bases)):
        return "safe"
    return "prime" if all(_passes(p, base) for base in bases) else "composite"


def _bases(significant: bytes) -> list[int]:
    """Return bases that depend on the number: nobody can build a composite that passes bases known beforehand."""
    return [int.from_bytes(hashlib.sha256(bytes((count,)) + significant).digest()[:16], "big") | 4 for count in range(ROUNDS)]


def _passes(n: int, base: int) -> bool:
    """One round of Miller-Rabin on an odd n > 2."""
    base %= n
    if base in {0, 1, n - 1}:  # of a tiny n; such a base says nothing
        return True
    twos = ((n - 1) & -(n - 1)).bit_length() - 1
    x = pow(base, (n - 1) >> twos, n)
    if x in {1, n - 1}:
        return True
    for _ in range(twos - 1):
        x = x * x % n
        if x == n - 1:
            return True
    return False


# ---- curves

_WITHDRAWN = range(1, 23)
"""sect163k1 to secp256k1: deprecated by RFC 8422 section 5.1.1; so are the explicit curves."""

_EXPLICIT = frozenset({0xFF01, 0xFF02})


def weak_curve(code: int) -> str | None:
    """Return why a supported group that is a curve is weak or withdrawn, or None; None also for what is no curve."""
    if code in _EXPLICIT:
        return "explicit curve: withdrawn by RFC 8422 section 5.1.1"
    curve = group(code)
    if curve is None or curve.kind != "ecdh":
        return None
    reasons = []
    if curve.bits is not None and curve.bits < 224:
        reasons.append(f"{curve.bits} bit curve, less than 112 bits of security (NIST SP 800-57 part 1)")
    if code in _WITHDRAWN:
        reasons.append("withdrawn by RFC 8422 section 5.1.1")
    return f"{curve.name}: {', '.join(reasons)}" if reasons else None


# ---- RSA moduli

MODULUS_BITS = 16_384
"""Longest modulus that is looked at: OpenSSL computes with no longer one."""

FERMAT_ROUNDS = 100
"""Steps of Fermat's factorization: those of CVE-2022-26320 fell to the first few."""

_FERMAT_BITS = 8192
"""Longest modulus that is tried: a step costs two square roots' worth."""


def _primes(limit: int) -> list[int]:
    """Return the primes below a limit."""
    sieve = bytearray(b"\1") * limit
    for n in range(2, isqrt(limit) + 1):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, limit, n)))
    return [n for n in range(2, limit) if sieve[n]]


_SMALL_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
                 127, 131, 137, 139, 149, 151, 157, 163, 167)  # fmt: skip
"""The first 39 primes: their product is the M of CVE-2017-15361's keys of 512 to 960 bits, and divides that of longer ones."""

_GENERATOR = 65537


@cache
def _primorial() -> int:
    """Return the product of the primes that are tried as factors."""
    return prod(_SMALL_PRIMES)


@cache
def _factors() -> int:
    """Return the product of all odd primes below 2**16."""
    return prod(_primes(1 << 16)[1:])


@cache
def _logarithms() -> tuple[tuple[int, int, dict[int, int]], ...]:
    """Return (p, order of 65537, {power: exponent}) of each of the first 39 primes but 2."""
    rows = []
    for p in _SMALL_PRIMES[1:]:
        powers = {1: 0}
        value = _GENERATOR % p
        while value != 1:
            powers[value] = len(powers)
            value = value * _GENERATOR % p
        rows.append((p, len(powers), powers))
    return tuple(rows)


def _is_roca(modulus: int) -> bool:
    """Tell whether a modulus is a power of 65537 modulo the product of small primes (Nemec and others, CCS 2017, section 2.3).

    The discrete logarithm is taken modulo each prime, and the exponents must fit together; chance alone fits with 2**-150.
    """
    exponent, period = 0, 1
    for p, order, powers in _logarithms():
        here = powers.get(modulus % p)
        if here is None:
            return False
        # exponent mod period and here mod order as one congruence, if they do not contradict
        common = gcd(period, order)
        if (here - exponent) % common:
            return False
        step = (here - exponent) // common * pow(period // common, -1, order // common) % (order // common) if order > common else 0
        exponent += period * step
        period = period * order // common
    return True


def _close(modulus: int) -> bool:
    """Tell whether Fermat's factorization ends within FERMAT_ROUNDS: the factors are close, or equal."""
    root = isqrt(modulus)
    if root * root == modulus:
        return True
    for a in range(root + 1, root + 1 + FERMAT_ROUNDS):
        rest = a * a - modulus
        b = isqrt(rest)
        if b * b == rest:
            return a - b > 1  # else the trivial factors of a tiny modulus
    return False


def weak_modulus(modulus: str, exponent: str | None = None) -> str | None:
    """Return why an RSA key is weak, or None: numbers in hexadecimal, as ``Certificate`` has them.  How long it is, is not asked.

    Keys of weak random generators that only lists tell (Debian's, CVE-2008-0166) and factors shared between keys are not found here.
    The first test of 2048 bits costs about 0.5 ms.
    """
    if len(modulus) * 4 > MODULUS_BITS or (exponent is not None and len(exponent) * 4 > MODULUS_BITS):
        return None
    return _weak_modulus(modulus, exponent)


@lru_cache(maxsize=2048)
def _weak_modulus(modulus: str, exponent: str | None) -> str | None:
    """Test a modulus of bounded length."""
    try:
        n = int(modulus, 16)
        e = None if exponent is None else int(exponent, 16)
    except ValueError:
        return None
    if n < 4:
        return "modulus that is no product of primes"
    if e is not None and (e < 2 or e % 2 == 0):
        return "exponent 1: nothing is encrypted" if e == 1 else "even exponent: no RSA key (RFC 8017 section 3.1)"
    if n % 2 == 0:
        return "even modulus"
    factor = gcd(n, _factors())
    if factor > 1:
        smallest = next(p for p in _primes(1 << 16) if factor % p == 0)
        return f"modulus divisible by {smallest}"
    if _is_roca(n):
        return "modulus of a library that chooses primes badly: CVE-2017-15361 (ROCA)"
    if n.bit_length() <= _FERMAT_BITS and _close(n):
        return "factors so close that Fermat's method finds them: CVE-2022-26320"
    return None
