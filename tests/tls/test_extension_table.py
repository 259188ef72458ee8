import json
from importlib import resources

import pytest

from analyzer.tls.ech import EncryptedClientHello
from analyzer.tls.extension_table import TABLE
from analyzer.tls.extensions import read_extension
from analyzer.tls.offers import (
    CachedObject,
    CertificateStatusRequest,
    DelegatedCredential,
    DnssecChain,
    OcspStatus,
    OfferedPsks,
    OidFilter,
    PinningTicket,
    PskIdentity,
    ServerName,
    TicketRequest,
    TokenBinding,
    TrustedAuthority,
    UseSrtp,
)

CH, SH, EE, HRR = "client_hello", "server_hello", "encrypted_extensions", "hello_retry_request"
CERT, CR, NST = "certificate", "certificate_request", "new_session_ticket"

# Bodies put together by hand from the RFCs' presentation language.
EXAMPLES = [
    (0, CH, "0008 00 0005 6c6f63616c", (ServerName(0, b"local"),)),
    (0, SH, "", ()),
    (1, CH, "02", 2),
    (2, CH, "", True),
    (3, CH, "0017 00 01" + "aa" * 20 + "00", (TrustedAuthority(0, b""), TrustedAuthority(1, b"\xaa" * 20), TrustedAuthority(0, b""))),
    (4, SH, "", True),
    (5, CH, "01 0000 0000", CertificateStatusRequest(1)),
    (5, CH, "01 0005 0003 616263 0001 ff", CertificateStatusRequest(1, (b"abc",), b"\xff")),
    (5, CH, "07 0102", CertificateStatusRequest(7, body=b"\x01\x02")),
    (5, SH, "", True),
    (5, CERT, "01 000003 616263", OcspStatus(1, b"abc")),
    (5, CR, "", True),
    (6, CH, "01 40", (64,)),
    (9, CH, "02 00 01", (0, 1)),
    (9, SH, "01", 1),
    (10, CH, "0004 001d 0017", (0x1D, 0x17)),
    (11, SH, "03 00 01 02", (0, 1, 2)),
    (12, CH, "04 75736572", b"user"),
    (13, CH, "0004 0403 0804", (0x403, 0x804)),
    (13, CR, "0002 0403", (0x403,)),
    (14, CH, "0004 0007 0008 00", UseSrtp((7, 8), b"")),
    (15, CH, "01", 1),
    (16, CH, "000c 02 6832 08 687474702f312e31", (b"h2", b"http/1.1")),
    (16, EE, "0003 02 6832", (b"h2",)),
    (17, CH, "0007 02 0004 0000 0000", (CertificateStatusRequest(2),)),
    (18, CH, "", True),
    (19, CH, "01 02", (2,)),
    (20, EE, "02", 2),
    (21, CH, "000000", 3),
    (22, CH, "", True),
    (23, SH, "", True),
    (24, CH, "01 00 03 02 01 00", TokenBinding(1, 0, (2, 1, 0))),
    (25, CH, "0005 01 03 616263", (CachedObject(1, b"abc"),)),
    (25, SH, "0001 01", (CachedObject(1),)),
    (27, CH, "04 0002 0001", (2, 1)),
    (28, CH, "4001", 0x4001),
    (30, CH, "04 75736572", b"user"),
    (31, HRR, "0002 7373", b"ss"),
    (32, CH, "0002 7474", b"tt"),
    (32, EE, "01 70 0002 7474 00000e10", PinningTicket(b"p", b"tt", 3600)),
    (34, CH, "0002 0403", (0x403,)),
    (34, CERT, "00015180 0403 000002 3030 0804 0002 7373", DelegatedCredential(86400, 0x403, b"00", 0x804, b"ss")),
    (35, CH, "7469636b6574", b"ticket"),
    (35, SH, "", True),
    (39, CH, "02 01 02", (1, 2)),
    (40, HRR, "001d", 29),
    (41, CH, "0009 0003 616263 00000005 0021 20" + "bb" * 32, OfferedPsks((PskIdentity(b"abc", 5),), (b"\xbb" * 32,))),
    (41, SH, "0001", 1),
    (42, CH, "", True),
    (42, NST, "00004000", 0x4000),
    (43, CH, "04 0304 0303", (0x304, 0x303)),
    (43, SH, "0304", 0x304),
    (43, HRR, "0304", 0x304),
    (44, CH, "0002 6363", b"cc"),
    (45, CH, "02 01 00", (1, 0)),
    (47, CR, "0005 0003 303030", (b"000",)),
    (48, CR, "0007 02 2a03 0002 3030", (OidFilter(b"\x2a\x03", b"00"),)),
    (49, CH, "", True),
    (50, CH, "0002 0401", (0x401,)),
    (52, CERT, "0004 0002 0102", (b"\x01\x02",)),
    (54, CH, "02 6369", b"ci"),
    (58, CH, "02 01", TicketRequest(2, 1)),
    (58, EE, "02", 2),
    (59, CH, "01bb", 443),
    (59, CERT, "0018 0002 6464", DnssecChain(24, b"dd")),
    (60, CH, "0002 0001", (1,)),
    (60, SH, "0001", 1),
    (61, CH, "", True),
    (62, CH, "01 80", b"\x80"),
    (13172, CH, "", True),
    (13172, SH, "08 687474702f312e31 06 737064792f33", (b"http/1.1", b"spdy/3")),
    (17513, CH, "0003 02 6832", (b"h2",)),
    (17613, EE, "0102", b"\x01\x02"),
    (30032, CH, "", True),
    (51764, CH, "0003 02 8101", (b"\x81\x01",)),
    (64768, CH, "04 000a 000d", (10, 13)),
    (65037, CH, "00 0001 0003 2a 0002 6565 0003 707070", EncryptedClientHello(0, 1, 3, 42, b"ee", b"ppp")),
    (65037, CH, "01", EncryptedClientHello(1)),
    (65037, HRR, "0102030405060708", bytes(range(1, 9))),
    (65281, CH, "00", b""),
]


@pytest.mark.parametrize(("code", "where", "body", "value"), EXAMPLES)
def test_bodies_put_together_by_hand(code, where, body, value):
    extension = read_extension(code, bytes.fromhex(body), where)
    assert extension.fault is None
    assert extension.value == value
    assert type(extension.value) is type(value)


@pytest.mark.parametrize(("code", "where", "body", "value"), [example for example in EXAMPLES if example[2]])
def test_every_prefix_of_them_is_read_without_raising(code, where, body, value):
    whole = bytes.fromhex(body)
    for cut in range(len(whole)):
        extension = read_extension(code, whole[:cut], where)
        assert extension.fault is not None or extension.value != value


def test_a_binder_that_is_too_short_does_not_hide_the_identity():
    extension = read_extension(41, bytes.fromhex("0009 0003 616263 00000005 0003 02 bbbb"), CH)
    assert extension.value.identities[0].identity == b"abc"
    assert extension.fault.reason == "short"


def test_the_table_covers_iana():
    hub = pytest.importorskip("cryptodatahub", reason="cryptodatahub's copy of the registry is not installed")
    registry = json.loads(resources.files(hub).joinpath("tls/extension-type.json").read_text())
    missing = {row["code"]: name for name, row in registry.items() if row["code"] not in TABLE}
    assert not missing
