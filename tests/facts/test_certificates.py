from base64 import b64decode
from hashlib import sha256

import msgspec

from analyzer.facts import TABLES, Book
from analyzer.facts.certificates import FIELDS
from analyzer.handshakes.handshake import CLIENT, SERVER
from analyzer.x509 import Certificate


def test_every_field_of_a_certificate_is_a_column():
    fields = {field.name for field in msgspec.structs.fields(Certificate)}
    assert {column.name for column in FIELDS} == fields - {"der", "spki"}  # the whole DER holds both


def test_fields(make):
    [row] = make.rows("certificates", make.full(certificates=[make.certificate()]))
    assert row["sha256"] == sha256(make.certificate()).hexdigest()
    assert b64decode(row["der_base64"]) == make.certificate()
    assert list(row)[-1] == "der_base64"
    assert (row["subject_cn"], row["issuer_o"], row["serial"], row["version"]) == ("test.example", "Ex", "abcdef", 3)
    assert (row["san_dns"], row["san_ip"], row["key_usage"]) == (["test.example", "www.test.example"], None, None)
    assert (row["is_ca"], row["path_length"], row["self_issued"], row["self_signed"]) == (True, 1, True, True)
    assert (row["handshake"], row["source"], row["packet"], row["time"], row["role"]) == (1, "a.pcap", 3, make.START + 2_000_000, "server")
    assert row["subject_parts"][0] == {"oid": "2.5.4.3", "name": "CN", "value": "test.example"}
    assert row["extensions"][1] == {"oid": "2.5.29.19", "name": "basicConstraints", "critical": True, "value": "30060101ff020101"}
    assert row["faults"] is None
    assert bytes.fromhex(row["signature"])[0] == 0x30


def test_each_distinct_certificate_has_one_row(make):
    book = Book(sources=["a.pcap"])
    made = make.full(certificates=[b"one", b"two", b"one"])
    made.client_chain = (b"two", b"three")
    rows = make.rows("certificates", made, book)
    assert [(row["size"], row["role"]) for row in rows] == [(3, "server"), (3, "server"), (5, "client")]
    assert make.rows("certificates", make.full(certificates=[b"two"]), book) == []
    assert len(book.certificates_told) == 3
    assert rows[0]["faults"]


def test_chains(make):
    made = make.full(certificates=[b"one", b"two"])
    made.client_chain = (b"three",)
    assert [(row["handshake"], row["sender"], row["position"], row["sha256"]) for row in make.rows("chains", made, number=7)] == [
        (7, SERVER, 0, sha256(b"one").hexdigest()),
        (7, SERVER, 1, sha256(b"two").hexdigest()),
        (7, CLIENT, 0, sha256(b"three").hexdigest()),
    ]
    made.server_chain, made.client_chain = None, ()
    assert list(TABLES["chains"].rows(1, made, Book(sources=[]))) == []
