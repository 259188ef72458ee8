from analyzer.tls import offers
from analyzer.tls.reader import Reader


def test_an_unknown_kind_of_name_stays():
    assert offers.server_names(Reader(b"\x00\x05\x07\x00\x02ab")) == (offers.ServerName(7, b"ab"),)


def test_until_end_reads_all():
    assert offers.until_end(Reader.u8)(Reader(b"\x01\x02\x03")) == (1, 2, 3)
    assert offers.until_end(Reader.u8)(Reader(b"")) == ()


def test_status_requests_of_unknown_type_stay_inside_their_length():
    found = offers.status_requests(Reader(b"\x00\x0c\x09\x00\x02zz\x02\x00\x04\x00\x00\x00\x00"))
    assert [(request.status_type, request.body) for request in found] == [(9, b"zz"), (2, b"")]
