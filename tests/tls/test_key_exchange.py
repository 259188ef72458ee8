import pytest

from analyzer.tls.key_exchange import kind_of
from analyzer.tls.messages import ClientKeyExchange, Fault, ServerKeyExchange, read_message


def o1(body):
    return len(body).to_bytes(1, "big") + body


def o2(body):
    return len(body).to_bytes(2, "big") + body


ECDHE = b"\x03\x00\x1d" + o1(b"P" * 32)
DHE = o2(b"p" * 128) + o2(b"\x02") + o2(b"y" * 128)
SIGNED_12 = b"\x08\x04" + o2(b"s" * 64)
SIGNED_10 = o2(b"s" * 64)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("RSA", "rsa"),
        ("DHE", "dhe"),
        ("DHE_RSA", "dhe"),
        ("ECDHE", "ecdhe"),
        ("ECDHE_ECDSA", "ecdhe"),
        ("DH_anon", "dhe"),
        ("ECDH_anon", "ecdhe"),
        ("ECDH", "ecdhe"),
        ("PSK", "psk"),
        ("DHE_PSK", "dhe_psk"),
        ("PSK_DHE", "dhe_psk"),
        ("ECDHE_PSK", "ecdhe_psk"),
        ("RSA_PSK", "rsa_psk"),
        ("SRP_SHA_RSA", "srp"),
        ("RSA_EXPORT", "rsa_export"),
        ("RSA_EXPORT1024", "rsa_export"),
        ("DHE_RSA_EXPORT", "dhe"),
        ("GOSTR341112_256", "gost"),
        ("ECCPWD", "eccpwd"),
        ("KRB5_EXPORT", "krb5"),
        ("ECJPAKE", "ecjpake"),
        (None, "unknown"),
        ("NULL", "unknown"),
    ],
)
def test_names_of_suites(name, kind):
    assert kind_of(name) == kind


@pytest.mark.parametrize(("key_exchange", "version"), [("ECDHE", 0x0303), (None, None), ("ECDHE", None), (None, 0x0303)])
def test_ecdhe(key_exchange, version):
    message = read_message(12, ECDHE + SIGNED_12, version=version, key_exchange=key_exchange)
    assert message == ServerKeyExchange(
        kind="ecdhe", curve_type=3, group=0x1D, public=b"P" * 32, signature_scheme=0x0804, signature=b"s" * 64
    )


@pytest.mark.parametrize("key_exchange", ["DHE", None])
@pytest.mark.parametrize("version", [0x0301, None])
def test_dhe_before_12(key_exchange, version):
    message = read_message(12, DHE + SIGNED_10, version=version, key_exchange=key_exchange)
    assert (message.kind, len(message.dh_p), message.dh_g, len(message.public), message.fault) == ("dhe", 128, b"\x02", 128, None)
    assert (message.signature_scheme, message.signature) == (None, b"s" * 64)


def test_anonymous_ones_are_not_signed():
    for key_exchange, body in (("ECDH_anon", ECDHE), ("DH_anon", DHE), (None, ECDHE)):
        message = read_message(12, body, version=0x0303, key_exchange=key_exchange)
        assert (message.signature, message.fault) == (None, None)


@pytest.mark.parametrize(
    ("key_exchange", "body", "expected"),
    [
        (
            "RSA_EXPORT",
            o2(b"n" * 64) + o2(b"\x01\x00\x01") + SIGNED_12,
            {"kind": "rsa_export", "rsa_modulus": b"n" * 64, "rsa_exponent": b"\x01\x00\x01"},
        ),
        ("PSK", o2(b"hint"), {"kind": "psk", "psk_identity_hint": b"hint"}),
        ("RSA_PSK", o2(b"hint"), {"kind": "psk", "psk_identity_hint": b"hint"}),
        ("ECDHE_PSK", o2(b"") + ECDHE, {"kind": "ecdhe_psk", "psk_identity_hint": b"", "group": 0x1D, "public": b"P" * 32}),
        ("DHE_PSK", o2(b"h") + DHE, {"kind": "dhe_psk", "psk_identity_hint": b"h", "dh_g": b"\x02"}),
        (
            "SRP_SHA",
            o2(b"N") + o2(b"g") + o1(b"salt") + o2(b"B"),
            {"kind": "srp", "dh_p": b"N", "dh_g": b"g", "salt": b"salt", "public": b"B"},
        ),
        (
            "ECJPAKE",
            b"\x03\x00\x17" + o1(b"X") + o1(b"V") + o1(b"r"),
            {"kind": "ecjpake", "group": 0x17, "public": b"X", "proof": (b"V", b"r")},
        ),
        (
            "ECCPWD",
            o1(b"salt") + b"\x03\x00\x17" + o1(b"E") + o1(b"s"),
            {"kind": "eccpwd", "salt": b"salt", "public": b"E", "proof": (b"s",)},
        ),
        ("ECDHE", b"\x01" + o1(b"p") * 6 + o1(b"Q") + SIGNED_12, {"kind": "ecdhe", "curve_type": 1, "group": None, "public": b"Q"}),
        ("ECDHE", b"\x02\x00\xa3\x01" + o1(b"k") * 6 + o1(b"Q") + SIGNED_12, {"kind": "ecdhe", "curve_type": 2, "public": b"Q"}),
        (None, b"\xff\xffzz", {"kind": "unknown", "body": b"\xff\xffzz"}),
    ],
)
def test_the_others(key_exchange, body, expected):
    message = read_message(12, body, version=0x0303, key_exchange=key_exchange)
    assert message.fault is None
    assert {name: getattr(message, name) for name in expected} == expected
    for cut in range(len(body)):
        read_message(12, body[:cut], version=0x0303, key_exchange=key_exchange)


def test_an_unknown_curve_type_has_no_shape():
    message = read_message(12, b"\x09\x00\x1d", version=0x0303, key_exchange="ECDHE")
    assert (message.kind, message.curve_type, message.fault) == ("ecdhe", 9, Fault("value", 0))


@pytest.mark.parametrize(
    ("key_exchange", "version", "body", "expected"),
    [
        ("RSA", 0x0303, o2(b"e" * 256), {"kind": "rsa", "encrypted_premaster": b"e" * 256}),
        ("RSA", 0x0300, b"e" * 128, {"kind": "rsa", "encrypted_premaster": b"e" * 128}),
        ("RSA_EXPORT", 0x0301, b"e" * 64, {"kind": "rsa", "encrypted_premaster": b"e" * 64}),
        ("DHE", 0x0303, o2(b"y" * 128), {"kind": "dhe", "public": b"y" * 128}),
        ("DH", 0x0303, b"", {"kind": "dhe", "public": b""}),
        ("ECDHE", 0x0303, o1(b"P" * 65), {"kind": "ecdhe", "public": b"P" * 65}),
        (None, None, o1(b"P" * 32), {"kind": "ecdhe", "public": b"P" * 32}),
        (None, None, o2(b"e" * 256), {"kind": "unknown", "body": o2(b"e" * 256)}),
        ("PSK", 0x0303, o2(b"me"), {"kind": "psk", "psk_identity": b"me"}),
        ("RSA_PSK", 0x0303, o2(b"me") + o2(b"ee"), {"kind": "rsa_psk", "psk_identity": b"me", "encrypted_premaster": b"ee"}),
        ("DHE_PSK", 0x0303, o2(b"me") + o2(b"yy"), {"kind": "dhe_psk", "psk_identity": b"me", "public": b"yy"}),
        ("ECDHE_PSK", 0x0303, o2(b"me") + o1(b"PP"), {"kind": "ecdhe_psk", "psk_identity": b"me", "public": b"PP"}),
        ("SRP_SHA", 0x0301, o2(b"A"), {"kind": "srp", "public": b"A"}),
        ("GOSTR341112_256", 0x0303, b"\x30\x00", {"kind": "gost", "encrypted_premaster": b"\x30\x00"}),
        ("KRB5", 0x0301, b"ticket", {"kind": "krb5", "encrypted_premaster": b"ticket"}),
        ("ECCPWD", 0x0303, o1(b"E") + o1(b"s"), {"kind": "eccpwd", "public": b"E", "proof": (b"s",)}),
        ("ECJPAKE", 0x0303, o1(b"X") + o1(b"V") + o1(b"r"), {"kind": "ecjpake", "public": b"X", "proof": (b"V", b"r")}),
    ],
)
def test_client_key_exchange(key_exchange, version, body, expected):
    message = read_message(16, body, version=version, key_exchange=key_exchange)
    assert isinstance(message, ClientKeyExchange)
    assert message.fault is None
    assert {name: getattr(message, name) for name in expected} == expected
