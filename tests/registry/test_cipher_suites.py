"""Golden values from the RFCs that define the suites; the grammar of the names; agreement with other implementations."""

import json
import re
import ssl
import subprocess
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.registry import cipher_suite, cipher_suite_name, encrypts_nothing
from analyzer.registry.generated.cipher_suites import CIPHER_SUITES, SIGNALS

GOLDEN = [
    # code, name, key exchange, authentication, cipher, mode, bits, mac, forward secrecy, export
    (0x0000, "TLS_NULL_WITH_NULL_NULL", "NULL", "NULL", "NULL", None, 0, None, False, False),  # RFC 5246 A.5
    (0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", "RSA", "RSA", "RC4", None, 40, "MD5", False, True),  # RFC 4346 A.5
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5", "RSA", "RSA", "RC4", None, 128, "MD5", False, False),
    (0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5", "RSA", "RSA", "RC2", "CBC", 40, "MD5", False, True),
    (0x0007, "TLS_RSA_WITH_IDEA_CBC_SHA", "RSA", "RSA", "IDEA", "CBC", 128, "SHA", False, False),
    (0x0009, "TLS_RSA_WITH_DES_CBC_SHA", "RSA", "RSA", "DES", "CBC", 56, "SHA", False, False),
    (0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "RSA", "RSA", "3DES", "CBC", 112, "SHA", False, False),
    (0x000D, "TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA", "DH", "DSS", "3DES", "CBC", 112, "SHA", False, False),
    (0x0014, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", "DHE", "RSA", "DES", "CBC", 40, "SHA", True, True),
    (0x0018, "TLS_DH_anon_WITH_RC4_128_MD5", "DH_anon", "anon", "RC4", None, 128, "MD5", True, False),
    (0x001F, "TLS_KRB5_WITH_3DES_EDE_CBC_SHA", "KRB5", "KRB5", "3DES", "CBC", 112, "SHA", False, False),  # RFC 2712
    (0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA", "RSA", "RSA", "AES", "CBC", 128, "SHA", False, False),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", "RSA", "RSA", "AES", "CBC", 256, "SHA", False, False),
    (0x003B, "TLS_RSA_WITH_NULL_SHA256", "RSA", "RSA", "NULL", None, 0, "SHA256", False, False),
    (0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA", "RSA", "RSA", "CAMELLIA", "CBC", 128, "SHA", False, False),  # RFC 5932
    (0x0062, "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA", "RSA", "RSA", "DES", "CBC", 56, "SHA", False, True),
    (0x008B, "TLS_PSK_WITH_3DES_EDE_CBC_SHA", "PSK", "PSK", "3DES", "CBC", 112, "SHA", False, False),  # RFC 4279
    (0x0095, "TLS_RSA_PSK_WITH_AES_256_CBC_SHA", "RSA_PSK", "RSA", "AES", "CBC", 256, "SHA", False, False),
    (0x0096, "TLS_RSA_WITH_SEED_CBC_SHA", "RSA", "RSA", "SEED", "CBC", 128, "SHA", False, False),  # RFC 4162
    (0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE", "RSA", "AES", "GCM", 256, "AEAD", True, False),  # RFC 5288
    (0x00AA, "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256", "DHE_PSK", "PSK", "AES", "GCM", 128, "AEAD", True, False),  # RFC 5487
    (0x00C6, "TLS_SM4_GCM_SM3", None, None, "SM4", "GCM", 128, "AEAD", True, False),  # RFC 8998
    (0x1301, "TLS_AES_128_GCM_SHA256", None, None, "AES", "GCM", 128, "AEAD", True, False),  # RFC 8446 B.4
    (0x1302, "TLS_AES_256_GCM_SHA384", None, None, "AES", "GCM", 256, "AEAD", True, False),
    (0x1303, "TLS_CHACHA20_POLY1305_SHA256", None, None, "CHACHA20", "POLY1305", 256, "AEAD", True, False),
    (0x1304, "TLS_AES_128_CCM_SHA256", None, None, "AES", "CCM", 128, "AEAD", True, False),
    (0x1305, "TLS_AES_128_CCM_8_SHA256", None, None, "AES", "CCM_8", 128, "AEAD", True, False),
    (0xC004, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA", "ECDH", "ECDSA", "AES", "CBC", 128, "SHA", False, False),  # RFC 8422
    (0xC012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "ECDHE", "RSA", "3DES", "CBC", 112, "SHA", True, False),
    (0xC018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "ECDH_anon", "anon", "AES", "CBC", 128, "SHA", True, False),
    (0xC01E, "TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA", "SRP", "RSA", "AES", "CBC", 128, "SHA", True, False),  # RFC 5054
    (0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE", "RSA", "AES", "CBC", 256, "SHA384", True, False),  # RFC 5289
    (0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE", "ECDSA", "AES", "GCM", 128, "AEAD", True, False),
    (0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE", "RSA", "AES", "GCM", 128, "AEAD", True, False),
    (0xC037, "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256", "ECDHE_PSK", "PSK", "AES", "CBC", 128, "SHA256", True, False),  # RFC 5489
    (0xC03D, "TLS_RSA_WITH_ARIA_256_CBC_SHA384", "RSA", "RSA", "ARIA", "CBC", 256, "SHA384", False, False),  # RFC 6209
    (0xC086, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256", "ECDHE", "ECDSA", "CAMELLIA", "GCM", 128, "AEAD", True, False),
    (0xC09E, "TLS_DHE_RSA_WITH_AES_128_CCM", "DHE", "RSA", "AES", "CCM", 128, "AEAD", True, False),  # RFC 6655
    (0xC0AB, "TLS_PSK_DHE_WITH_AES_256_CCM_8", "DHE_PSK", "PSK", "AES", "CCM_8", 256, "AEAD", True, False),
    (0xC0AE, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE", "ECDSA", "AES", "CCM_8", 128, "AEAD", True, False),  # RFC 7251
    (0xC0B0, "TLS_ECCPWD_WITH_AES_128_GCM_SHA256", "ECCPWD", "ECCPWD", "AES", "GCM", 128, "AEAD", True, False),  # RFC 8492
    (0xC0B4, "TLS_SHA256_SHA256", None, None, "NULL", None, 0, "SHA256", True, False),  # RFC 9150
    (0xC100, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC", "GOST", "GOST12", "KUZNYECHIK", "CTR", 256, "OMAC", False, False),  # RFC 9189
    (0xC103, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L", None, None, "KUZNYECHIK", "MGM", 256, "AEAD", True, False),  # RFC 9367
    (0xCC13, "OLD_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE", "RSA", "CHACHA20", "POLY1305", 256, "AEAD", True, False),
    (0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE", "RSA", "CHACHA20", "POLY1305", 256, "AEAD", True, False),  # RFC 7905
    (0xCCAE, "TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256", "RSA_PSK", "RSA", "CHACHA20", "POLY1305", 256, "AEAD", False, False),
    (0xD005, "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256", "ECDHE_PSK", "PSK", "AES", "CCM", 128, "AEAD", True, False),  # RFC 8442
    (0xE013, "TLS_ECC_SM4_CBC_SM3", "SM2", "SM2", "SM4", "CBC", 128, "SM3", False, False),  # GB/T 38636
    (0xFEFF, "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA", "RSA", "RSA", "3DES", "CBC", 112, "SHA", False, False),
    (0x010080, "SSL_CK_RC4_128_WITH_MD5", "RSA", "RSA", "RC4", None, 128, "MD5", False, False),  # draft-hickman-netscape-ssl-00 C.4
    (0x020080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5", "RSA", "RSA", "RC4", None, 40, "MD5", False, True),
    (0x0700C0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5", "RSA", "RSA", "3DES", "CBC", 112, "MD5", False, False),
]  # fmt: skip


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row[1])
def test_golden(row):
    code, name, *rest = row
    suite = cipher_suite(code)
    assert suite is not None
    assert suite.name == cipher_suite_name(code) == name
    parts = [suite.key_exchange, suite.authentication, suite.cipher, suite.mode, suite.bits, suite.mac, suite.forward_secrecy, suite.export]
    assert parts == rest
    assert suite.aead == (suite.mac == "AEAD")
    assert suite.sslv2 == (code > 0xFFFF)


def test_signals_and_grease_have_names_and_are_no_suites():
    assert cipher_suite_name(0x00FF) == "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"
    assert cipher_suite_name(0x5600) == "TLS_FALLBACK_SCSV"
    assert cipher_suite_name(0x0A0A) == "GREASE"
    assert cipher_suite(0x00FF) is cipher_suite(0x5600) is cipher_suite(0x0A0A) is None


def test_column_recommended():
    assert cipher_suite(0x1301).recommended is True
    assert cipher_suite(0x002F).recommended is False
    assert cipher_suite(0xCC13).recommended is cipher_suite(0x001C).recommended is None
    assert cipher_suite(0xC011).discouraged  # RFC 9847
    assert not any(suite.recommended and suite.discouraged for suite in map(cipher_suite, CIPHER_SUITES))


def test_references():
    assert [cipher_suite(code).reference for code in (0x1301, 0xC02F, 0xCCA8, 0x00C6)] == ["RFC8446", "RFC5289", "RFC7905", "RFC8998"]
    assert all(cipher_suite(code).reference for code in CIPHER_SUITES)


def test_every_suite_is_whole():
    names = [suite[0] for suite in CIPHER_SUITES.values()]
    assert len(set(names)) == len(names)
    assert not SIGNALS.keys() & CIPHER_SUITES.keys()
    for suite in map(cipher_suite, CIPHER_SUITES):
        assert (suite.key_exchange is None) == (suite.authentication is None)
        assert (suite.bits == 0) == (suite.cipher == "NULL")
        assert suite.export == ("EXPORT" in suite.name)
        assert not suite.export or suite.bits in {40, 56}


@given(st.integers())
def test_any_number_is_answered(code):
    suite, name = cipher_suite(code), cipher_suite_name(code)
    assert suite is None or suite.name == name


def test_agrees_with_openssl_of_python():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    seen = context.get_ciphers()
    assert len(seen) > 30
    for theirs in seen:
        ours = cipher_suite(theirs["id"] & 0xFFFF)
        assert ours.openssl_name == theirs["name"]
        assert ours.aead == theirs["aead"]
        # OpenSSL counts 3DES as 168 key bits of which 112 are of strength
        assert ours.bits == {168: 112}.get(theirs["strength_bits"], theirs["strength_bits"])
        exchange = {"kx-any": None, "kx-ecdhe-psk": "ECDHE_PSK", "kx-dhe-psk": "DHE_PSK", "kx-rsa-psk": "RSA_PSK"}
        told = theirs["kea"]
        expected = exchange.get(told, told.removeprefix("kx-").upper())
        if ours.key_exchange in {"DH_anon", "ECDH_anon"}:  # OpenSSL counts them as dhe and ecdhe with "auth-null"
            expected = ours.key_exchange if theirs["auth"] == "auth-null" else "auth-null"
        assert ours.key_exchange == expected


DIFFERENT_IN_WIRESHARK = {
    0xCC13: "IANA's name means 0xcca8", 0xCC14: "IANA's name means 0xcca9", 0xCC15: "IANA's name means 0xccaa",
    0xFFE0: "the name means 0xfeff", 0xFFE1: "the name means 0xfefe",
}  # fmt: skip


def test_agrees_with_wireshark(wireshark):
    rows = wireshark["tls.handshake.ciphersuite"]
    assert len(rows) > 300
    for code, name in rows:
        ours = cipher_suite_name(code)
        if 0xE000 <= code <= 0xE0FF:  # GM/T 0024, GB/T 38636: Wireshark leaves out TLS_, and CBC for SM1
            assert ours.replace("_SM1_CBC", "_SM1") == f"TLS_{name}"
        elif "GREASE" in name:
            assert ours == "GREASE"
        elif code not in DIFFERENT_IN_WIRESHARK:
            assert ours == name
    kinds = {code: name for code, name in wireshark["tls.handshake.cipherspec"] if name.startswith("SSL2_")}
    assert kinds
    for code, name in kinds.items():
        assert cipher_suite_name(code) == name.replace("SSL2_", "SSL_CK_")


def test_agrees_with_gnutls():
    try:
        told = subprocess.run(["gnutls-cli", "-l"], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("gnutls-cli is not installed")
    rows = re.findall(r"^(TLS_\S+)\s+0x(..), 0x(..)", told, re.MULTILINE)
    assert len(rows) > 50
    # GnuTLS leaves out WITH, and SHA256 after ChaCha20 before TLS 1.3, and has older words for some parts
    words = (("_WITH_", "_"), ("_RC4_", "_ARCFOUR_"), ("_anon_", "_ANON_"), ("_PSK_DHE_", "_DHE_PSK_"))
    for name, high, low in rows:
        ours = cipher_suite_name(int(high + low, 16))
        for new, old in words:
            ours = ours.replace(new, old)
        ours = re.sub(r"_SHA\Z", "_SHA1", ours)
        assert name in {ours, ours.removesuffix("_SHA256")}


def test_agrees_with_cryptodatahub():
    try:
        text = (resources.files("cryptodatahub") / "tls/cipher-suite.json").read_text()
    except ModuleNotFoundError:
        pytest.skip("cryptodatahub is not installed")
    ciphers = {"TRIPLE_DES_EDE": "3DES", "DES40": "DES", "FORTEZZA": "SKIPJACK", "GOST2814789": "GOST28147", None: "NULL",
               "GOST_R3412_15_128": "KUZNYECHIK", "GOST_R3412_15_64": "MAGMA"}  # fmt: skip
    for theirs in json.loads(text).values():
        if theirs["code"] in {0xFFE0, 0xFFE1}:  # it has the two the other way round; NSS and Wireshark agree with us
            continue
        ours = cipher_suite(theirs["code"])
        bulk = theirs["bulk_cipher"]
        assert ours.cipher == ciphers.get(bulk, bulk and re.sub(r"_\d+\Z", "", bulk)), ours.name
        assert ours.aead == theirs["authenticated_encryption"] or disputed(ours.name), ours.name


def disputed(name):
    """Where cryptodatahub 1.6.1 errs: ARIA in CBC mode (RFC 6209) and Salsa20 with HMAC are no AEAD, CCM (RFC 8442) is one."""
    return "SALSA20" in name or re.fullmatch(r"TLS_ECDHE_PSK_WITH_(ARIA_\d+_CBC|AES_128_CCM)\w*", name)


def test_suites_that_encrypt_nothing():
    assert [encrypts_nothing(code) for code in (0x0002, 0xC006, 0xC010)] == [True] * 3  # RSA, ECDHE_ECDSA, ECDHE_RSA WITH_NULL_SHA
    assert [encrypts_nothing(code) for code in (0x1301, 0xC02B, 0x0A0A, 0xFFFF, None)] == [False] * 5
