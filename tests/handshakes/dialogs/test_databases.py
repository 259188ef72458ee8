"""PostgreSQL, MySQL, MariaDB before TLS.  Greetings as real servers sent them; requests from the protocols' documentation."""

from __future__ import annotations

import struct

import talk
from hypothesis import given
from hypothesis import strategies as st
from unit_talk import TLS, C, S, carried, cuts, heard, strict, told

from analyzer.handshakes.dialogs.databases import Mysql, Postgresql

SSL, GSS = struct.pack(">II", 8, 80877103), struct.pack(">II", 8, 80877104)
STARTUP = struct.pack(">II", 41, 0x30000) + b"user\0alice\0database\0orders\0\0"
STARTUP = struct.pack(">I", len(STARTUP)) + STARTUP[4:]
ERROR = b"E" + struct.pack(">I", 4 + 31) + b"SFATAL\0C53300\0Mtoo many clients\0\0"
ERROR = b"E" + struct.pack(">I", len(ERROR) - 1) + ERROR[5:]


@given(cuts)
def test_postgresql(sizes):
    granted = [(C, SSL), (S, b"S"), (C, TLS), (S, TLS)]
    assert carried(Postgresql, granted, sizes)[:8] == (True, False, None, [8, 1], "postgresql", None, True, True)
    refused = [(C, SSL), (S, b"N"), (C, STARTUP)]
    assert carried(Postgresql, refused, sizes)[:8] == (True, True, None, [None, None], "postgresql", None, True, False)
    both = [(C, GSS), (S, b"N"), (C, SSL), (S, b"S"), (C, TLS), (S, TLS)]
    assert carried(Postgresql, both, sizes)[3:8] == ([16, 2], "postgresql", None, True, True)


def test_postgresql_without_tls():
    dialog, ends = heard(Postgresql, (C, STARTUP), (S, b"R\0\0\0\x08\0\0\0\0"))
    assert (dialog.sure, dialog.settled, dialog.prelude.requested, dialog.prelude.granted, ends) == (True, True, False, None, [None, None])
    assert heard(Postgresql, (C, STARTUP.replace(b"user", b"uses")))[0].sure is False
    assert heard(Postgresql, (C, GSS), (S, b"G"))[0].settled
    cancel, _ = heard(Postgresql, (C, struct.pack(">IIII", 16, 80877102, 7, 9)))
    assert (cancel.sure, cancel.settled) == (True, True)


@given(cuts)
def test_postgresql_refuses_with_an_error(sizes):
    dialog, _ = heard(Postgresql, (C, SSL), (S, ERROR), sizes=sizes)
    assert (dialog.prelude.granted, dialog.prelude.answer, dialog.settled) == (False, b"too many clients", True)


def test_the_sample_of_postgresql():
    turns = [(C if sender == talk.CLIENT else S, data) for sender, data in talk.turns("starttls-postgres")]
    preludes, ends = told(*turns)
    assert ends == [8, 1]
    assert [(one.protocol, one.requested, one.granted, one.packets) for one in preludes.told] == [("postgresql", True, True, [1, 2])]


RDS = bytes.fromhex("4a0000000a382e302e32380018000000365a5c3d1c74517700ffffff0200ffdf150000000000000000000040604d1142793556284715"
                    "34006d7973716c5f6e61746976655f70617373776f726400")  # fmt: skip
ASKS = bytes.fromhex("2000000185aeff200000000121" + "00" * 23)
LOGIN = struct.pack("<IIIB", 0x01000000 | 60, 0x000FA685 & ~0x800, 1 << 24, 33) + bytes(23) + b"alice\0" + b"\x14" + bytes(20) + b"\0"
LOGIN = (len(LOGIN) - 4).to_bytes(3, "little") + LOGIN[3:]
BUSY = b"\x17\0\0\0\xff\x10\x04Too many connections"


@given(cuts)
def test_mysql(sizes):
    asked = [(S, RDS), (C, ASKS), (C, TLS), (S, TLS)]
    expected = (True, False, None, [36, 78], "mysql", True, True, None, b"8.0.28", b"")
    assert carried(Mysql, asked, sizes)[:10] == expected
    plain = [(S, RDS), (C, LOGIN)]
    assert carried(Mysql, plain, sizes)[:8] == (True, True, None, [None, None], "mysql", True, False, None)


def test_mysql_without_a_greeting_or_with_an_error_in_its_place():
    preludes, ends = told((C, ASKS), (C, TLS), (S, TLS))
    assert ([one.protocol for one in preludes.told], ends) == (["mysql"], [36, 0])
    busy, _ = told((S, BUSY))
    assert [(one.greeting, one.client_side) for one in busy.told] == [(b"Too many connections", C)]
    assert busy.settled


def test_mysql_old_and_refused():
    old = bytearray(RDS)
    assert heard(Mysql, (S, bytes(old)), (C, b"\x05\0\0\x01\x85\x0a\0\0\x01"), (C, TLS))[1] == [9, None]
    old[old.index(b"\0", 5) + 15] &= ~0x08  # the upper byte of the lower capability flags
    assert heard(Mysql, (S, bytes(old)))[0].prelude.offered is False
    error = b"\xff\xe9\x07#08S01SSL connection error"
    dialog, _ = heard(Mysql, (S, RDS), (C, ASKS), (S, len(error).to_bytes(3, "little") + b"\x02" + error))
    assert (dialog.prelude.granted, dialog.prelude.answer) == (False, b"SSL connection error")


@given(st.binary(max_size=40))
def test_a_greeting_has_a_printable_version(noise):
    packet = b"\x0a" + noise + bytes(40)
    dialog, _ = heard(Mysql, (S, len(packet).to_bytes(3, "little") + b"\0" + packet))
    assert dialog.sure is not True or noise[:1].isdigit()


test_junk_is_no_postgresql, test_damaged_postgresql = strict(Postgresql, [(C, GSS), (S, b"N"), (C, SSL), (S, ERROR)], [(C, STARTUP)])
test_junk_is_no_mysql, test_damaged_mysql = strict(Mysql, [(S, RDS), (C, ASKS), (S, TLS)], [(S, RDS), (C, LOGIN)], [(S, BUSY)])
