"""The grammar of cipher suite names: a name in, its parts out.  Tables and two regular expressions, used when generating only.

Here lives: what the words of a cipher suite's name mean.  Here does not live: which number has which name.
"""
# ruff: noqa: INP001 - scripts and their tables, not a package

from __future__ import annotations

import re

__all__ = ["parts"]

# words before _WITH_ -> key exchange, authentication, forward secrecy
KEY_EXCHANGES: dict[str, tuple[str, str, bool]] = {
    "NULL": ("NULL", "NULL", False), "RSA": ("RSA", "RSA", False), "RSA_FIPS": ("RSA", "RSA", False), "RSA_OLDFIPS": ("RSA", "RSA", False),
    "DH_DSS": ("DH", "DSS", False), "DH_RSA": ("DH", "RSA", False), "DHE_DSS": ("DHE", "DSS", True), "DHE_RSA": ("DHE", "RSA", True),
    "DH_anon": ("DH_anon", "anon", True), "ECDH_ECDSA": ("ECDH", "ECDSA", False), "ECDH_RSA": ("ECDH", "RSA", False),
    "ECDHE_ECDSA": ("ECDHE", "ECDSA", True), "ECDHE_RSA": ("ECDHE", "RSA", True), "ECDH_anon": ("ECDH_anon", "anon", True),
    "PSK": ("PSK", "PSK", False), "DHE_PSK": ("DHE_PSK", "PSK", True), "PSK_DHE": ("DHE_PSK", "PSK", True),
    "RSA_PSK": ("RSA_PSK", "RSA", False), "ECDHE_PSK": ("ECDHE_PSK", "PSK", True), "KRB5": ("KRB5", "KRB5", False),
    "SRP_SHA": ("SRP", "SRP", True), "SRP_SHA_RSA": ("SRP", "RSA", True), "SRP_SHA_DSS": ("SRP", "DSS", True),
    "ECCPWD": ("ECCPWD", "ECCPWD", True), "ECJPAKE": ("ECJPAKE", "ECJPAKE", True),
    "CECPQ1_RSA": ("CECPQ1", "RSA", True), "CECPQ1_ECDSA": ("CECPQ1", "ECDSA", True), "FORTEZZA_KEA": ("FORTEZZA_KEA", "DSS", False),
    "GOSTR341094": ("GOST", "GOST94", False), "GOSTR341001": ("GOST", "GOST01", False), "GOSTR341112_256": ("GOST", "GOST12", False),
    "GOSTR341094_RSA": ("RSA", "RSA", False),  # key exchange by RSA, only the cipher is GOST (draft-chudov-cryptopro-cptls)
    "ECDHE": ("ECDHE", "SM2", True), "ECC": ("SM2", "SM2", False), "IBSDH": ("IBSDH", "SM9", True), "IBC": ("IBC", "SM9", False),
    "SSLV2": ("RSA", "RSA", False),
}  # fmt: skip

# words of the cipher -> cipher, mode, effective key bits, authenticated encryption
CIPHERS: dict[str, tuple[str, str | None, int, bool]] = {
    "NULL": ("NULL", None, 0, False), "NULL_NULL": ("NULL", None, 0, False), "": ("NULL", None, 0, False),
    "RC4_40": ("RC4", None, 40, False), "RC4_128_EXPORT40": ("RC4", None, 40, False), "RC4_56": ("RC4", None, 56, False),
    "RC4_64": ("RC4", None, 64, False), "RC4_128": ("RC4", None, 128, False),
    "RC2_CBC_40": ("RC2", "CBC", 40, False), "RC2_128_CBC_EXPORT40": ("RC2", "CBC", 40, False), "RC2_CBC_56": ("RC2", "CBC", 56, False),
    "RC2_CBC": ("RC2", "CBC", 128, False), "RC2_128_CBC": ("RC2", "CBC", 128, False),
    "IDEA_CBC": ("IDEA", "CBC", 128, False), "IDEA_128_CBC": ("IDEA", "CBC", 128, False),
    "DES40_CBC": ("DES", "CBC", 40, False), "DES_CBC_40": ("DES", "CBC", 40, False), "DES_CBC": ("DES", "CBC", 56, False),
    "DES_64_CBC": ("DES", "CBC", 56, False), "DES_64_CFB64": ("DES", "CFB", 56, False),
    "3DES_EDE_CBC": ("3DES", "CBC", 112, False), "DES_192_EDE3_CBC": ("3DES", "CBC", 112, False),
    "FORTEZZA_CBC": ("SKIPJACK", "CBC", 80, False), "SEED_CBC": ("SEED", "CBC", 128, False),
    "28147_CNT": ("GOST28147", "CNT", 256, False),
    "KUZNYECHIK_CTR": ("KUZNYECHIK", "CTR", 256, False), "MAGMA_CTR": ("MAGMA", "CTR", 256, False),
    "KUZNYECHIK_MGM": ("KUZNYECHIK", "MGM", 256, True), "MAGMA_MGM": ("MAGMA", "MGM", 256, True),
    "SALSA20": ("SALSA20", None, 256, False), "ESTREAM_SALSA20": ("ESTREAM_SALSA20", None, 256, False),
    "CHACHA20_POLY1305": ("CHACHA20", "POLY1305", 256, True), "ASCONAEAD128": ("ASCON", None, 128, True),
    "AEGIS_256": ("AEGIS", None, 256, True), "AEGIS_128L": ("AEGIS", None, 128, True),
    "SM1_CBC": ("SM1", "CBC", 128, False), "SM4_CBC": ("SM4", "CBC", 128, False), "SM4_GCM": ("SM4", "GCM", 128, True),
    "SM4_CCM": ("SM4", "CCM", 128, True),
    **{f"{cipher}_{bits}_{mode}": (cipher, mode, bits, mode != "CBC")
       for cipher in ("AES", "CAMELLIA", "ARIA") for bits in (128, 256) for mode in ("CBC", "GCM", "CCM", "CCM_8")},
}  # fmt: skip

HASHES = "SHA256|SHA384|SHA512|SHA1|SHA|MD5|SM3|ASCONHASH256|IMIT|OMAC|GOSTR3411|L|S"
BODY = re.compile(rf"(?P<cipher>.*?)(?:(?:^|_)(?P<hash>{HASHES}))?\Z")
WORDS = re.compile(
    r"(?:OLD_)?(?P<family>TLS|SSL|SSL_CK)_"
    r"(?:(?P<exchange>\w+?)(?P<export>_EXPORT(?:1024)?)?_WITH_|(?P<gm>ECDHE|ECC|IBSDH|IBC|RSA)_(?=SM\d)|)"
    r"(?P<body>\w+)\Z"
)
SPELLINGS = {"SHA1": "SHA", "L": None, "S": None}


def parts(name: str, *, sslv2: bool = False) -> tuple[str | None, str | None, str, str | None, int, str | None, bool, bool | None, bool]:
    """Return key_exchange, authentication, cipher, mode, bits, mac, aead, forward_secrecy, export of a cipher suite's name.

    Raises KeyError or ValueError for a name whose words are not in the tables: the generator must not guess.
    """
    if sslv2:
        name = re.sub(r"_WITH_(MD5|SHA)(?:_1)?\Z", r"_\1", name).replace("SSL_CK_", "SSL_SSLV2_WITH_")
    elif name.endswith(("_MGM_L", "_MGM_S")):  # RFC 9367: suites of TLS 1.3 in the old spelling
        name = name.replace("GOSTR341112_256_WITH_", "")
    words = WORDS.match(name.removesuffix("_draft_00"))
    if words is None:
        raise ValueError(name)
    exchange = words["exchange"] or words["gm"]
    body = BODY.match(words["body"])
    if body is None:
        raise ValueError(name)
    if exchange is None and body["cipher"] in {"SHA256", "SHA384"}:  # RFC 9150: integrity only
        return None, None, "NULL", None, 0, body["cipher"], False, True, False
    cipher, mode, bits, aead = CIPHERS[body["cipher"]]
    key_exchange, authentication, forward_secrecy = KEY_EXCHANGES[exchange] if exchange else (None, None, True)
    mac = "AEAD" if aead else SPELLINGS.get(body["hash"], body["hash"])
    export = bool(words["export"]) or "EXPORT" in name
    return key_exchange, authentication, cipher, mode, bits, mac, aead, forward_secrecy, export
