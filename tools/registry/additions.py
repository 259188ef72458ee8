"""What the sources of the registry lack or spell otherwise, kept by hand: every row with the document that says so.

Here lives: input of ``generate.py``, nothing that runs in the product.  A row here wins over any other source.
"""
# ruff: noqa: INP001 - scripts and their tables, not a package

from __future__ import annotations

# ---- cipher suites: code -> (IANA name, OpenSSL name or None, document)
CIPHER_SUITES = {
    0x006E: ("TLS_ASCONAEAD128_ASCONHASH256", None, "NIST SP 800-232, IANA"),
    0x006F: ("TLS_ASCONAEAD128_SHA256", None, "NIST SP 800-232, IANA"),
    0x0070: ("TLS_AES_128_GCM_ASCONHASH256", None, "NIST SP 800-232, IANA"),
    0x0071: ("TLS_AES_128_CCM_ASCONHASH256", None, "NIST SP 800-232, IANA"),
    0x001C: ("SSL_FORTEZZA_KEA_WITH_NULL_SHA", None, "RFC6101"),
    0x001D: ("SSL_FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA", None, "RFC6101"),
    0x1306: ("TLS_AEGIS_256_SHA512", None, "draft-irtf-cfrg-aegis-aead"),
    0x1307: ("TLS_AEGIS_128L_SHA256", None, "draft-irtf-cfrg-aegis-aead"),
    0xC0AA: ("TLS_PSK_DHE_WITH_AES_128_CCM_8", "DHE-PSK-AES128-CCM8", "RFC6655"),  # the RFC's own word order
    0xC0AB: ("TLS_PSK_DHE_WITH_AES_256_CCM_8", "DHE-PSK-AES256-CCM8", "RFC6655"),
    0xC0B4: ("TLS_SHA256_SHA256", None, "RFC9150"),
    0xC0B5: ("TLS_SHA384_SHA384", None, "RFC9150"),
    0xFEFE: ("SSL_RSA_FIPS_WITH_DES_CBC_SHA", None, "NSS sslproto.h"),
    0xFEFF: ("SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA", None, "NSS sslproto.h"),
    0xFFE0: ("SSL_RSA_OLDFIPS_WITH_3DES_EDE_CBC_SHA", None, "NSS sslproto.h"),  # the older pair, in the other order
    0xFFE1: ("SSL_RSA_OLDFIPS_WITH_DES_CBC_SHA", None, "NSS sslproto.h"),
    0xC0B0: ("TLS_ECCPWD_WITH_AES_128_GCM_SHA256", None, "RFC8492"),
    0xC0B1: ("TLS_ECCPWD_WITH_AES_256_GCM_SHA384", None, "RFC8492"),
    0xC0B2: ("TLS_ECCPWD_WITH_AES_128_CCM_SHA256", None, "RFC8492"),
    0xC0B3: ("TLS_ECCPWD_WITH_AES_256_CCM_SHA384", None, "RFC8492"),
    0x0700C0: ("SSL_CK_DES_192_EDE3_CBC_WITH_MD5", "DES-CBC3-MD5", "OpenSSL ssl2.h"),
    0xC0FF: ("TLS_ECJPAKE_WITH_AES_128_CCM_8", None, "draft-cragie-tls-ecjpake-01 (Thread)"),
    0xCCA1: ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_draft_00", None, "draft-ietf-tls-chacha20-poly1305-00"),
    0xCCA2: ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_draft_00", None, "draft-ietf-tls-chacha20-poly1305-00"),
    0xCCA3: ("TLS_DHE_RSA_WITH_CHACHA20_POLY1305_draft_00", None, "draft-ietf-tls-chacha20-poly1305-00"),
    0xE001: ("TLS_ECDHE_SM1_CBC_SM3", None, "GM/T 0024-2014"),
    0xE003: ("TLS_ECC_SM1_CBC_SM3", None, "GM/T 0024-2014"),
    0xE005: ("TLS_IBSDH_SM1_CBC_SM3", None, "GM/T 0024-2014"),
    0xE007: ("TLS_IBC_SM1_CBC_SM3", None, "GM/T 0024-2014"),
    0xE009: ("TLS_RSA_SM1_CBC_SM3", None, "GM/T 0024-2014"),
    0xE00A: ("TLS_RSA_SM1_CBC_SHA1", None, "GM/T 0024-2014"),
}

SIGNALS = {0x00FF: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", 0x5600: "TLS_FALLBACK_SCSV"}
"""Signalling values (RFC 5746, RFC 7507): they stand among cipher suites and are none."""

# ---- first code, last code, document.  The first row that holds a code wins; IANA rows first.
CIPHER_SUITE_REFERENCES = (
    *((code, code, "RFC4346") for code in (0x03, 0x06, 0x08, 0x0B, 0x0E, 0x11, 0x14, 0x17, 0x19)),
    *((code, code, "RFC8996") for code in (0x07, 0x09, 0x0C, 0x0F, 0x12, 0x15, 0x1A)),
    (0x0000, 0x001B, "RFC5246"), (0x001E, 0x002B, "RFC2712"), (0x002C, 0x002E, "RFC4785"),
    (0x002F, 0x0040, "RFC5246"), (0x0041, 0x0046, "RFC5932"), (0x0067, 0x006D, "RFC5246"), (0x006E, 0x0071, "NIST SP 800-232"),
    (0x0084, 0x0089, "RFC5932"), (0x008A, 0x0095, "RFC4279"), (0x0096, 0x009B, "RFC4162"), (0x009C, 0x00A7, "RFC5288"),
    (0x00A8, 0x00B9, "RFC5487"), (0x00BA, 0x00C5, "RFC5932"), (0x00C6, 0x00C7, "RFC8998"), (0x1301, 0x1305, "RFC8446"),
    (0x1306, 0x1307, "draft-irtf-cfrg-aegis-aead"), (0xC001, 0xC019, "RFC8422"), (0xC01A, 0xC022, "RFC5054"),
    (0xC023, 0xC032, "RFC5289"), (0xC033, 0xC03B, "RFC5489"), (0xC03C, 0xC071, "RFC6209"), (0xC072, 0xC09B, "RFC6367"),
    (0xC09C, 0xC0AB, "RFC6655"), (0xC0AC, 0xC0AF, "RFC7251"), (0xC0B0, 0xC0B3, "RFC8492"), (0xC0B4, 0xC0B5, "RFC9150"),
    (0xC100, 0xC102, "RFC9189"), (0xC103, 0xC106, "RFC9367"), (0xCCA8, 0xCCAE, "RFC7905"), (0xD001, 0xD005, "RFC8442"),
)  # fmt: skip

CIPHER_SUITE_REFERENCES_BEYOND_IANA = (
    (0x001C, 0x001D, "RFC6101"), (0x0047, 0x005C, "draft-ietf-tls-ecc-01"), (0x0060, 0x0066, "draft-ietf-tls-56-bit-ciphersuites-01"),
    (0x0072, 0x0079, "draft-ietf-tls-openpgp-keys"), (0x0080, 0x0083, "draft-chudov-cryptopro-cptls-04"),
    (0x16B7, 0x16BA, "BoringSSL (CECPQ1)"), (0xCC12, 0xCC20, "draft-agl-tls-chacha20poly1305-04"),
    (0xCCA1, 0xCCA3, "draft-ietf-tls-chacha20-poly1305-00"),
    (0xC0FF, 0xC0FF, "draft-cragie-tls-ecjpake-01"), (0xE000, 0xE00F, "GM/T 0024-2014"), (0xE010, 0xE0FF, "GB/T 38636-2020"),
    (0xE410, 0xE41F, "draft-josefsson-salsa20-tls"),
    (0xFEFE, 0xFEFF, "NSS sslproto.h"), (0xFFE0, 0xFFE1, "NSS sslproto.h"),
    (0xFF00, 0xFF03, "OpenSSL GOST engine"), (0xFF80, 0xFF83, "OpenSSL 0.9.6"), (0xFF85, 0xFF87, "LibreSSL, OpenSSL (GOST)"),
    (0x010080, 0xFFFFFF, "draft-hickman-netscape-ssl-00, OpenSSL ssl2.h"),
)  # fmt: skip

# ---- column "Recommended" of IANA's "TLS Cipher Suites" as of RFC 9847: Y here, D below, all other IANA rows N
RECOMMENDED = {
    0x009E, 0x009F, 0x00AA, 0x00AB, 0x1301, 0x1302, 0x1303, 0x1304, 0xC02B, 0xC02C, 0xC02F, 0xC030, 0xC09E, 0xC09F, 0xC0A6, 0xC0A7,
    0xCCA8, 0xCCA9, 0xCCAA, 0xCCAC, 0xCCAD, 0xD001, 0xD002, 0xD005,
}  # fmt: skip
DISCOURAGED = {
    0x001E, 0x0020, 0x0021, 0x0022, 0x0024, 0x0025, 0x0026, 0x0027, 0x0028, 0x0029, 0x002A, 0x002B, 0x002C, 0x008A, 0x00B0, 0x00B1,
    0xC006, 0xC007, 0xC010, 0xC011, 0xC033, 0xC039, 0xC03A, 0xC03B, 0xC0B4, 0xC0B5,
}  # fmt: skip

# ---- extension types: code -> (name, document).  cryptodatahub's names are upper-cased keys; these are IANA's or the draft's
EXTENSIONS = {
    1: ("max_fragment_length", "RFC6066"),
    10: ("supported_groups", "RFC8422"),
    11: ("ec_point_formats", "RFC8422"),
    13: ("signature_algorithms", "RFC8446"),
    18: ("signed_certificate_timestamp", "RFC6962"),
    24: ("token_binding", "RFC8472"),
    26: ("tls_lts", "draft-gutmann-tls-lts"),
    27: ("compress_certificate", "RFC8879"),
    28: ("record_size_limit", "RFC8449"),
    29: ("pwd_protect", "RFC8492"),
    30: ("pwd_clear", "RFC8492"),
    31: ("password_salt", "RFC8492"),
    32: ("ticket_pinning", "RFC8672"),
    33: ("tls_cert_with_extern_psk", "RFC8773"),
    34: ("delegated_credential", "RFC9345"),
    35: ("session_ticket", "RFC5077"),
    36: ("TLMSP", "ETSI TS 103 523-2"),
    37: ("TLMSP_proxying", "ETSI TS 103 523-2"),
    38: ("TLMSP_delegate", "ETSI TS 103 523-2"),
    39: ("supported_ekt_ciphers", "RFC8870"),
    40: ("key_share (draft)", "draft-ietf-tls-tls13-22 and before; reserved by IANA"),
    41: ("pre_shared_key", "RFC8446"),
    42: ("early_data", "RFC8446"),
    43: ("supported_versions", "RFC8446"),
    44: ("cookie", "RFC8446"),
    45: ("psk_key_exchange_modes", "RFC8446"),
    46: ("ticket_early_data_info (draft)", "draft-ietf-tls-tls13-19 and before; reserved by IANA"),
    47: ("certificate_authorities", "RFC8446"),
    48: ("oid_filters", "RFC8446"),
    49: ("post_handshake_auth", "RFC8446"),
    50: ("signature_algorithms_cert", "RFC8446"),
    51: ("key_share", "RFC8446"),
    52: ("transparency_info", "RFC9162"),
    53: ("connection_id (deprecated)", "RFC9146"),
    54: ("connection_id", "RFC9146"),
    55: ("external_id_hash", "RFC8844"),
    56: ("external_session_id", "RFC8844"),
    57: ("quic_transport_parameters", "RFC9001"),
    58: ("ticket_request", "RFC9149"),
    59: ("dnssec_chain", "RFC9102"),
    60: ("sequence_number_encryption_algorithms", "draft-pismenny-tls-dtls-plaintext-sequence-number"),
    61: ("rrc", "RFC9853"),
    62: ("tls_flags", "draft-ietf-tls-tlsflags"),
    13172: ("next_protocol_negotiation", "draft-agl-tls-nextprotoneg-04"),
    17513: ("application_settings (old)", "draft-vvv-tls-alps, Chrome before 133"),
    17613: ("application_settings", "draft-vvv-tls-alps, Chrome from 133"),
    30031: ("channel_id (old)", "draft-balfanz-tls-channelid-00"),
    30032: ("channel_id", "draft-balfanz-tls-channelid-01"),
    51764: ("trust_anchors", "draft-ietf-tls-trust-anchor-ids"),
    62208: ("tack", "draft-perrin-tls-tack-02"),
    64768: ("ech_outer_extensions", "RFC9849"),
    65032: ("encrypted_client_hello (draft 08)", "draft-ietf-tls-esni-08"),
    65033: ("encrypted_client_hello (draft 09)", "draft-ietf-tls-esni-09"),
    65034: ("encrypted_client_hello (draft 10)", "draft-ietf-tls-esni-10"),
    65037: ("encrypted_client_hello", "RFC9849"),
    65281: ("renegotiation_info", "RFC5746"),
    65445: ("quic_transport_parameters (draft)", "draft-ietf-quic-tls-13 to -32"),
    65486: ("encrypted_server_name", "draft-ietf-tls-esni-01 to -06"),
}

# ---- supported groups: code -> name as IANA spells it (RFC 8422, 7919, 8734, 9189, 8998, draft-ietf-tls-mlkem, -ecdhe-mlkem, drafts)
GROUPS = {
    **dict(enumerate((
        "sect163k1", "sect163r1", "sect163r2", "sect193r1", "sect193r2", "sect233k1", "sect233r1", "sect239k1", "sect283k1", "sect283r1",
        "sect409k1", "sect409r1", "sect571k1", "sect571r1", "secp160k1", "secp160r1", "secp160r2", "secp192k1", "secp192r1", "secp224k1",
        "secp224r1", "secp256k1", "secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1",
        "x25519", "x448", "brainpoolP256r1tls13", "brainpoolP384r1tls13", "brainpoolP512r1tls13",
        "GC256A", "GC256B", "GC256C", "GC256D", "GC512A", "GC512B", "GC512C", "curveSM2",
    ), 1)),
    256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192",
    512: "MLKEM512", 513: "MLKEM768", 514: "MLKEM1024",
    4585: "SecP256r1MLKEM512", 4586: "MLKEM512X25519", 4587: "SecP256r1MLKEM768", 4588: "X25519MLKEM768", 4589: "SecP384r1MLKEM1024",
    4590: "curveSM2MLKEM768",
    16696: "CECPQ2",  # BoringSSL, Chrome 91: X25519 with HRSS-SXY
    25497: "X25519Kyber768Draft00", 25498: "SecP256r1Kyber768Draft00",
    0xFE30: "X25519Kyber512Draft00", 0xFE31: "X25519Kyber768Draft00Old", 0xFE32: "P256Kyber768Draft00",  # Cloudflare's experiments
    65281: "arbitrary_explicit_prime_curves", 65282: "arbitrary_explicit_char2_curves",
}  # fmt: skip

# ---- signature schemes: code -> IANA's name (RFC 8446, 8734, 8998, 9189, 9367, 9963, draft-ietf-tls-mldsa, draft-reddy-tls-slhdsa)
SIGNATURE_SCHEMES = {
    0x0201: "rsa_pkcs1_sha1", 0x0203: "ecdsa_sha1", 0x0401: "rsa_pkcs1_sha256", 0x0403: "ecdsa_secp256r1_sha256",
    0x0420: "rsa_pkcs1_sha256_legacy", 0x0501: "rsa_pkcs1_sha384", 0x0503: "ecdsa_secp384r1_sha384",
    0x0520: "rsa_pkcs1_sha384_legacy", 0x0601: "rsa_pkcs1_sha512", 0x0603: "ecdsa_secp521r1_sha512",
    0x0620: "rsa_pkcs1_sha512_legacy", 0x0704: "eccsi_sha256", 0x0705: "iso_ibs1", 0x0706: "iso_ibs2", 0x0707: "iso_chinese_ibs",
    0x0708: "sm2sig_sm3", 0x0709: "gostr34102012_256a", 0x070A: "gostr34102012_256b", 0x070B: "gostr34102012_256c",
    0x070C: "gostr34102012_256d", 0x070D: "gostr34102012_512a", 0x070E: "gostr34102012_512b", 0x070F: "gostr34102012_512c",
    0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384", 0x0806: "rsa_pss_rsae_sha512", 0x0807: "ed25519", 0x0808: "ed448",
    0x0809: "rsa_pss_pss_sha256", 0x080A: "rsa_pss_pss_sha384", 0x080B: "rsa_pss_pss_sha512",
    0x081A: "ecdsa_brainpoolP256r1tls13_sha256", 0x081B: "ecdsa_brainpoolP384r1tls13_sha384",
    0x081C: "ecdsa_brainpoolP512r1tls13_sha512",
    0x0840: "gostr34102012_256", 0x0841: "gostr34102012_512",  # RFC 9189: hash intrinsic(8), signature 64 and 65
    0x0904: "mldsa44", 0x0905: "mldsa65", 0x0906: "mldsa87",
    0x0911: "slhdsa_sha2_128s", 0x0912: "slhdsa_sha2_128f", 0x0913: "slhdsa_sha2_192s", 0x0914: "slhdsa_sha2_192f",
    0x0915: "slhdsa_sha2_256s", 0x0916: "slhdsa_sha2_256f", 0x0917: "slhdsa_shake_128s", 0x0918: "slhdsa_shake_128f",
    0x0919: "slhdsa_shake_192s", 0x091A: "slhdsa_shake_192f", 0x091B: "slhdsa_shake_256s", 0x091C: "slhdsa_shake_256f",
    # OpenSSL ssl_local.h, TLSEXT_SIGALG_gost…: used before RFC 9189
    0xEDED: "gostr34102001_gostr3411", 0xEEEE: "gostr34102012_256_gostr34112012_256", 0xEFEF: "gostr34102012_512_gostr34112012_512",
}  # fmt: skip
SIGNATURE_SCHEMES_WRONG = {0x00ED, 0x00EE, 0x00EF, 0x4008, 0x4108}
"""Rows of cryptodatahub that have lost or swapped a byte; the right ones stand above."""

# ---- object identifiers: OID -> name (X.520, RFC 5280, 5480, 8410, 9881, 9909, CA/Browser Forum); they win over OpenSSL's names
OIDS = {
    "2.5.4.3": "commonName", "2.5.4.4": "surname", "2.5.4.5": "serialNumber", "2.5.4.6": "countryName", "2.5.4.7": "localityName",
    "2.5.4.8": "stateOrProvinceName", "2.5.4.9": "streetAddress", "2.5.4.10": "organizationName", "2.5.4.11": "organizationalUnitName",
    "2.5.4.12": "title", "2.5.4.15": "businessCategory", "2.5.4.17": "postalCode", "2.5.4.18": "postOfficeBox", "2.5.4.42": "givenName",
    "2.5.4.97": "organizationIdentifier", "0.9.2342.19200300.100.1.1": "userId", "0.9.2342.19200300.100.1.25": "domainComponent",
    "1.2.840.113549.1.9.1": "emailAddress", "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionLocalityName",
    "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionStateOrProvinceName", "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionCountryName",
    "1.2.840.113549.1.1.1": "rsaEncryption", "1.2.840.113549.1.1.10": "rsassaPss", "1.2.840.113549.1.1.7": "rsaesOaep",
    "1.2.840.10045.3.1.1": "secp192r1", "1.2.840.10045.3.1.7": "secp256r1", "1.2.840.10045.2.1": "id-ecPublicKey",
    "1.2.840.10040.4.1": "dsa", "1.2.840.10040.4.3": "dsaWithSha1", "1.2.840.10046.2.1": "dhPublicNumber",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1", "1.2.840.10045.4.3.1": "ecdsa-with-SHA224", "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384", "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.3.14.3.2.29": "sha1WithRSASignature", "1.3.14.3.2.26": "sha1",
    "1.3.101.110": "X25519", "1.3.101.111": "X448", "1.3.101.112": "Ed25519", "1.3.101.113": "Ed448",
    "2.16.840.1.101.3.4.3.17": "id-ml-dsa-44", "2.16.840.1.101.3.4.3.18": "id-ml-dsa-65", "2.16.840.1.101.3.4.3.19": "id-ml-dsa-87",
    "2.16.840.1.101.3.4.3.20": "id-slh-dsa-sha2-128s", "2.16.840.1.101.3.4.3.21": "id-slh-dsa-sha2-128f",
    "2.16.840.1.101.3.4.3.22": "id-slh-dsa-sha2-192s", "2.16.840.1.101.3.4.3.23": "id-slh-dsa-sha2-192f",
    "2.16.840.1.101.3.4.3.24": "id-slh-dsa-sha2-256s", "2.16.840.1.101.3.4.3.25": "id-slh-dsa-sha2-256f",
    "2.16.840.1.101.3.4.3.26": "id-slh-dsa-shake-128s", "2.16.840.1.101.3.4.3.27": "id-slh-dsa-shake-128f",
    "2.16.840.1.101.3.4.3.28": "id-slh-dsa-shake-192s", "2.16.840.1.101.3.4.3.29": "id-slh-dsa-shake-192f",
    "2.16.840.1.101.3.4.3.30": "id-slh-dsa-shake-256s", "2.16.840.1.101.3.4.3.31": "id-slh-dsa-shake-256f",
    "2.16.840.1.101.3.4.4.1": "id-alg-ml-kem-512", "2.16.840.1.101.3.4.4.2": "id-alg-ml-kem-768",
    "2.16.840.1.101.3.4.4.3": "id-alg-ml-kem-1024",
    "1.2.643.2.2.3": "gostR3411-94-with-gostR3410-2001", "1.2.643.2.2.19": "gostR3410-2001",
    "1.2.643.7.1.1.1.1": "gost3410-12-256", "1.2.643.7.1.1.1.2": "gost3410-12-512",
    "1.2.643.7.1.1.3.2": "gost3410-12-256-with-gost3411-12-256", "1.2.643.7.1.1.3.3": "gost3410-12-512-with-gost3411-12-512",
    "1.2.156.10197.1.301": "curveSM2", "1.2.156.10197.1.501": "sm2sign-with-sm3",
    "1.3.6.1.5.5.7.6.36": "id-alg-unsigned", "1.3.6.1.5.5.7.25.1": "id-rdna-unsigned",
    "2.5.29.9": "subjectDirectoryAttributes", "2.5.29.14": "subjectKeyIdentifier", "2.5.29.15": "keyUsage",
    "2.5.29.16": "privateKeyUsagePeriod", "2.5.29.17": "subjectAltName", "2.5.29.18": "issuerAltName", "2.5.29.19": "basicConstraints",
    "2.5.29.20": "cRLNumber", "2.5.29.21": "reasonCode", "2.5.29.24": "invalidityDate", "2.5.29.27": "deltaCRLIndicator",
    "2.5.29.28": "issuingDistributionPoint", "2.5.29.29": "certificateIssuer", "2.5.29.30": "nameConstraints",
    "2.5.29.31": "cRLDistributionPoints", "2.5.29.32": "certificatePolicies", "2.5.29.32.0": "anyPolicy",
    "2.5.29.33": "policyMappings", "2.5.29.35": "authorityKeyIdentifier", "2.5.29.36": "policyConstraints", "2.5.29.37": "extKeyUsage",
    "2.5.29.37.0": "anyExtendedKeyUsage", "2.5.29.46": "freshestCRL", "2.5.29.54": "inhibitAnyPolicy",
    "1.3.6.1.5.5.7.1.1": "authorityInfoAccess", "1.3.6.1.5.5.7.1.3": "qcStatements", "1.3.6.1.5.5.7.1.11": "subjectInfoAccess",
    "1.3.6.1.5.5.7.1.12": "logotype", "1.3.6.1.5.5.7.1.24": "tlsfeature", "1.3.6.1.5.5.7.1.26": "tnAuthList",
    "1.3.6.1.5.5.7.1.31": "acmeIdentifier",
    "1.3.6.1.5.5.7.2.1": "cps", "1.3.6.1.5.5.7.2.2": "unotice", "1.3.6.1.5.5.7.3.1": "serverAuth", "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning", "1.3.6.1.5.5.7.3.4": "emailProtection", "1.3.6.1.5.5.7.3.5": "ipsecEndSystem",
    "1.3.6.1.5.5.7.3.6": "ipsecTunnel", "1.3.6.1.5.5.7.3.7": "ipsecUser", "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning", "1.3.6.1.5.5.7.3.13": "eapOverPPP", "1.3.6.1.5.5.7.3.14": "eapOverLAN",
    "1.3.6.1.5.5.7.3.17": "ipsecIKE", "1.3.6.1.5.5.7.3.20": "sipDomain", "1.3.6.1.5.5.7.3.21": "secureShellClient",
    "1.3.6.1.5.5.7.3.22": "secureShellServer", "1.3.6.1.5.5.7.3.31": "brandIndicatorforMessageIdentification",
    "1.3.6.1.5.5.7.3.36": "documentSigning",
    "1.3.6.1.5.5.7.48.1": "ocsp", "1.3.6.1.5.5.7.48.2": "caIssuers", "1.3.6.1.5.5.7.48.1.5": "ocsp-nocheck",
    "1.3.6.1.4.1.11129.2.4.2": "signedCertificateTimestampList", "1.3.6.1.4.1.11129.2.4.3": "ctPoison",
    "1.3.6.1.4.1.11129.2.4.4": "ctPrecertificateSigning", "1.3.6.1.4.1.11129.2.4.5": "ocspSignedCertificateTimestampList",
    "1.3.6.1.4.1.44363.44": "delegationUsage",
    "1.3.6.1.4.1.311.20.2": "msEnrollCertType", "1.3.6.1.4.1.311.20.2.2": "msSmartcardLogin",
    "1.3.6.1.4.1.311.20.2.3": "msUserPrincipalName",
    "1.3.6.1.4.1.311.21.1": "msCaVersion", "1.3.6.1.4.1.311.21.2": "msPreviousCaCertHash",
    "1.3.6.1.4.1.311.21.7": "msCertificateTemplate",
    "1.3.6.1.4.1.311.21.10": "msApplicationCertPolicies", "1.3.6.1.4.1.311.25.2": "msNtdsCaSecurity",
    "1.3.6.1.4.1.311.54.1.2": "msRemoteDesktopAuthentication", "1.3.6.1.4.1.311.10.3.3": "msSGC", "1.3.6.1.4.1.311.10.3.4": "msEFS",
    "2.16.840.1.113730.1.1": "nsCertType", "2.16.840.1.113730.1.13": "nsComment", "2.16.840.1.113730.4.1": "nsSGC",
    "1.3.6.1.5.2.3.5": "pkInitKDC", "2.23.140.3.1": "cabfOrganizationIdentifier", "2.23.140.41": "cabfCaSigningNonce",
    "2.23.140.1.31": "cabfTorServiceDescriptor",
    "0.4.0.1862.1.1": "qcCompliance", "0.4.0.1862.1.4": "qcSSCD", "0.4.0.1862.1.5": "qcPDS", "0.4.0.1862.1.6": "qcType",
    "0.4.0.1862.1.6.3": "qcTypeWeb", "0.4.0.19495.2": "psd2QcStatement",
}  # fmt: skip

# ---- short names of attribute types in distinguished names (RFC 4514 section 3; the rest as OpenSSL and certificate tools write them)
ATTRIBUTES = {
    "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET",
    "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.13": "description", "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode", "2.5.4.18": "postOfficeBox", "2.5.4.20": "telephoneNumber", "2.5.4.41": "name", "2.5.4.42": "GN",
    "2.5.4.43": "initials", "2.5.4.44": "generationQualifier", "2.5.4.45": "x500UniqueIdentifier", "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym", "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName", "1.2.840.113549.1.9.8": "unstructuredAddress",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}  # fmt: skip

# ---- certificate policies -> (kind, whose).  CA/Browser Forum Baseline Requirements 7.1.6.1, ETSI EN 319 411-1 5.3 and 411-2 5.3,
# CAs' own practice statements as the browsers' EV lists know them
POLICIES = {
    "2.23.140.1.1": ("EV", "CA/Browser Forum"), "2.23.140.1.2.1": ("DV", "CA/Browser Forum"),
    "2.23.140.1.2.2": ("OV", "CA/Browser Forum"),
    "2.23.140.1.2.3": ("IV", "CA/Browser Forum"),
    "0.4.0.2042.1.4": ("EV", "ETSI EVCP"), "0.4.0.2042.1.5": ("EV", "ETSI EVCP+"), "0.4.0.2042.1.6": ("DV", "ETSI DVCP"),
    "0.4.0.2042.1.7": ("OV", "ETSI OVCP"), "0.4.0.2042.1.8": ("IV", "ETSI IVCP"), "0.4.0.194112.1.4": ("EV", "ETSI QEVCP-w"),
    "1.3.6.1.4.1.44947.1.1.1": ("DV", "ISRG"), "2.16.840.1.114412.1.2": ("DV", "DigiCert"), "2.16.840.1.114412.1.1": ("OV", "DigiCert"),
    "2.16.840.1.114413.1.7.23.1": ("DV", "GoDaddy"), "2.16.840.1.114413.1.7.23.2": ("OV", "GoDaddy"),
    "2.16.840.1.114414.1.7.23.1": ("DV", "Starfield"), "2.16.840.1.114414.1.7.23.2": ("OV", "Starfield"),
    "1.3.6.1.4.1.4146.1.10": ("DV", "GlobalSign"), "1.3.6.1.4.1.4146.1.20": ("OV", "GlobalSign"),
    "1.3.6.1.4.1.6449.1.2.2.7": ("DV", "Sectigo"), "1.3.6.1.4.1.6449.1.2.1.3.4": ("OV", "Sectigo"),
    "1.2.392.200091.100.721.1": ("EV", "SECOM"), "1.2.616.1.113527.2.5.1.1": ("EV", "Certum"), "1.2.156.112559.1.1.6.1": ("EV", "GDCA"),
    "1.3.159.1.17.1": ("EV", "Actalis"), "1.3.171.1.1.10.5.2": ("EV", "LuxTrust"),
    "1.3.6.1.4.1.13177.10.1.3.10": ("EV", "Firmaprofesional"),
    "1.3.6.1.4.1.14370.1.6": ("EV", "GeoTrust"), "1.3.6.1.4.1.14777.6.1.1": ("EV", "Izenpe"), "1.3.6.1.4.1.14777.6.1.2": ("EV", "Izenpe"),
    "1.3.6.1.4.1.17326.10.14.2.1.2": ("EV", "Camerfirma"), "1.3.6.1.4.1.17326.10.8.12.1.2": ("EV", "Camerfirma"),
    "1.3.6.1.4.1.22234.2.5.2.3.1": ("EV", "Keynectis"), "1.3.6.1.4.1.23223.1.1.1": ("EV", "StartCom"),
    "1.3.6.1.4.1.29836.1.10": ("EV", "CNNIC"), "1.3.6.1.4.1.34697.2.1": ("EV", "AffirmTrust"),
    "1.3.6.1.4.1.34697.2.2": ("EV", "AffirmTrust"),
    "1.3.6.1.4.1.34697.2.3": ("EV", "AffirmTrust"), "1.3.6.1.4.1.34697.2.4": ("EV", "AffirmTrust"),
    "1.3.6.1.4.1.36305.2": ("EV", "WoSign"),
    "1.3.6.1.4.1.40869.1.1.22.3": ("EV", "TWCA"), "1.3.6.1.4.1.4146.1.1": ("EV", "GlobalSign"),
    "1.3.6.1.4.1.4788.2.202.1": ("EV", "D-TRUST"),
    "1.3.6.1.4.1.6334.1.100.1": ("EV", "Cybertrust"), "1.3.6.1.4.1.6449.1.2.1.5.1": ("EV", "Sectigo"),
    "1.3.6.1.4.1.782.1.2.1.8.1": ("EV", "Network Solutions"), "1.3.6.1.4.1.7879.13.24.1": ("EV", "T-Systems"),
    "1.3.6.1.4.1.8024.0.2.100.1.2": ("EV", "QuoVadis"), "2.16.156.112554.3": ("EV", "CFCA"), "2.16.578.1.26.1.3.3": ("EV", "Buypass"),
    "2.16.756.1.89.1.2.1.1": ("EV", "SwissSign"), "2.16.792.3.0.4.1.1.4": ("EV", "E-Tugra"),
    "2.16.840.1.113733.1.7.23.6": ("EV", "Symantec"),
    "2.16.840.1.113733.1.7.48.1": ("EV", "Thawte"), "2.16.840.1.114028.10.1.2": ("EV", "Entrust"),
    "2.16.840.1.114171.500.9": ("EV", "Wells Fargo"),
    "2.16.840.1.114404.1.1.2.4.1": ("EV", "Trustwave"), "2.16.840.1.114412.1.3.0.2": ("EV", "DigiCert"),
    "2.16.840.1.114412.2.1": ("EV", "DigiCert"),
    "2.16.840.1.114413.1.7.23.3": ("EV", "GoDaddy"), "2.16.840.1.114414.1.7.23.3": ("EV", "Starfield"),
    "2.16.840.1.114414.1.7.24.3": ("EV", "Starfield"),
    "1.2.40.0.17.1.22": ("EV", "A-Trust"), "1.2.276.0.44.1.1.1.4": ("EV", "TC TrustCenter"),
    "1.3.6.1.4.1.17326.10.14.2.2.2": ("EV", "Camerfirma"), "1.3.6.1.4.1.17326.10.8.12.2.2": ("EV", "Camerfirma"),
    "1.3.6.1.4.1.22234.2.14.3.11": ("EV", "Keynectis"), "1.3.6.1.4.1.22234.3.5.3.1": ("EV", "Keynectis"),
    "1.3.6.1.4.1.22234.3.5.3.2": ("EV", "Keynectis"), "2.16.528.1.1003.1.2.7": ("EV", "Staat der Nederlanden"),
    "2.16.756.1.83.21.0": ("EV", "Swisscom"), "2.16.756.5.14.7.4.8": ("EV", "WISeKey"), "2.16.792.3.0.3.1.1.5": ("EV", "TURKTRUST"),
}  # fmt: skip

# ---- who runs a CA whose roots still name somebody else: organization of the root -> (owner today, what happened)
_SECTIGO = "Comodo's CA business, renamed Sectigo in 2018, with AddTrust's and USERTRUST's roots"
_DIGICERT_SYMANTEC = "DigiCert bought Symantec's Website Security (VeriSign, GeoTrust, thawte) in 2017"
_DIGICERT_QUOVADIS = "DigiCert bought QuoVadis in 2019"
_ASSECO = "Unizeto Technologies (Certum) merged into Asseco Data Systems in 2016"
_TRUSTWAVE = "Trustwave's CA, with XRamp's and SecureTrust's roots, is VikingCloud's since 2021"
CA_OWNERS = {
    "AddTrust AB": ("Sectigo", _SECTIGO),
    "COMODO CA Limited": ("Sectigo", _SECTIGO),
    "Comodo CA Limited": ("Sectigo", _SECTIGO),
    "Sectigo Limited": ("Sectigo", _SECTIGO),
    "The USERTRUST Network": ("Sectigo", _SECTIGO),
    "Baltimore": ("DigiCert", "Baltimore CyberTrust's root came to DigiCert with Verizon's SSL business in 2015"),
    "DigiCert Inc": ("DigiCert", "its own"),
    "DigiCert, Inc.": ("DigiCert", "its own"),
    "GeoTrust Inc.": ("DigiCert", _DIGICERT_SYMANTEC),
    "Symantec Corporation": ("DigiCert", _DIGICERT_SYMANTEC),
    "VeriSign, Inc.": ("DigiCert", _DIGICERT_SYMANTEC),
    "thawte, Inc.": ("DigiCert", _DIGICERT_SYMANTEC),
    "QuoVadis Limited": ("DigiCert", _DIGICERT_QUOVADIS),
    "QuoVadis Trustlink B.V.": ("DigiCert", _DIGICERT_QUOVADIS),
    "Digital Signature Trust Co.": ("IdenTrust", "DST, bought by IdenTrust in 2002"),
    "IdenTrust": ("IdenTrust", "its own"),
    "AffirmTrust": ("Entrust", "Entrust bought AffirmTrust from Trend Micro in 2016"),
    # Entrust's own roots are left out: since 2025 some of them go to Sectigo (CCADB Public, June 24th 2025)
    "GoDaddy.com, Inc.": ("GoDaddy", "its own"),
    "The Go Daddy Group, Inc.": ("GoDaddy", "its own"),
    "Starfield Technologies, Inc.": ("GoDaddy", "GoDaddy's subsidiary"),
    "Internet Security Research Group": ("Internet Security Research Group", "its own: Let's Encrypt"),
    "Google Trust Services LLC": ("Google Trust Services", "its own"),
    "GlobalSign": ("GlobalSign", "its own"),
    "GlobalSign nv-sa": ("GlobalSign", "its own"),
    "Amazon": ("Amazon Trust Services", "its own"),
    "SSL Corporation": ("SSL.com", "its own"),
    "Asseco Data Systems S.A.": ("Asseco Data Systems", "its own: Certum"),
    "Unizeto Sp. z o.o.": ("Asseco Data Systems", _ASSECO),
    "Unizeto Technologies S.A.": ("Asseco Data Systems", _ASSECO),
    "SecureTrust Corporation": ("VikingCloud", _TRUSTWAVE),
    "Trustwave Holdings, Inc.": ("VikingCloud", _TRUSTWAVE),
    "XRamp Security Services Inc": ("VikingCloud", _TRUSTWAVE),
    "Deutsche Telekom Security GmbH": ("Deutsche Telekom Security", "its own"),
    "T-Systems Enterprise Services GmbH": ("Deutsche Telekom Security", "Telekom's CA moved from T-Systems in 2020"),
    "Sonera": ("Telia Company", "Sonera and Telia merged in 2002"),
    "Telia Company AB": ("Telia Company", "its own"),
    "Telia Finland Oyj": ("Telia Company", "its own"),
    "TeliaSonera": ("Telia Company", "renamed in 2016"),
    "Apple Computer, Inc.": ("Apple", "its own"),
    "Apple Inc.": ("Apple", "its own"),
}

# the same by common name, where an organization sold one of its roots
CA_OWNERS_BY_NAME = {
    "Starfield Services Root Certificate Authority - G2": ("Amazon Trust Services", "bought from Starfield in 2015"),
}
