"""The list of tables: names are a contract, every column is documented, rows fit their columns and are JSON."""

import subprocess
import sys

import msgspec
import pytest

from analyzer.facts import TABLES
from analyzer.handshakes.anomaly import Anomaly
from analyzer.handshakes.handshake import CLIENT, SERVER, Alert, Endpoint, Handshake, Quic
from analyzer.handshakes.prelude import Target
from analyzer.packets.carriage import Layer
from analyzer.tls import messages as m

KINDS = {"int": int, "float": float, "text": str, "flag": bool, "time": int, "texts": list, "ints": list, "data": object}

CONTRACT = {
    "handshakes": """handshake source transport framing prelude client client_port server server_port start duration_ms connect_ms
        server_name version version_code cipher_suite cipher_suite_code group group_code signature_scheme alpn resumption early_data
        hello_retry ech client_certificate_requested outcome closed certificates client_certificates ja3 ja3s ja4 packets
        carriage outer_client outer_server target target_port origin origin_port answer quic_version quic_version_code quic_first_version
        quic_retry quic_versions quic_zero_rtt paths client_connection_id server_connection_id""",
    "messages": "handshake position packet time sender type type_code length encrypted",
    "offers": "handshake sender kind position code name",
    "extensions": "handshake message position code name length value fault",
    "certificates": "sha256 subject issuer not_before not_after serial",
    "chains": "handshake sender position sha256",
    "alerts": "handshake packet time",
    "anomalies": "handshake packet time",
    "preludes": """handshake position protocol source client client_port server server_port start duration_ms offered requested granted
        result greeting answer target target_address target_port origin origin_port packets""",
}


def test_the_tables_in_order():
    assert list(TABLES) == list(CONTRACT)
    assert all(name == table.name and table.doc.endswith(".") for name, table in TABLES.items())


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_columns_are_documented_and_keep_the_contract(table):
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert set(CONTRACT[table.name].split()) <= set(names)
    for column in table.columns:
        assert column.kind in KINDS
        assert column.doc.endswith((".", "…")), column.name


def everything(make):
    hrr = make.server_hello(make.extension(43, b"\3\4", "hello_retry_request"), shape=m.HelloRetryRequest, cipher_suite=0x1301)
    leaf = m.CertificateEntry(make.certificate(), (make.extension(5, b"\1\0\0\1\x30", "certificate"),))
    yield Handshake(client=Endpoint(b"\0" * 16, 1), server=Endpoint(b"", 2))
    yield make.full(make.sni(b"h\xc3\xa4"), make.alpn(b"h2", b"\xff"), certificates=[make.certificate(), b""])
    yield make.handshake((CLIENT, make.client_hello(sslv2=True, extensions=None)), outcome="unanswered")
    yield make.handshake(
        (CLIENT, make.client_hello(make.extension(43, b"\3\3\4"), make.extension(51, b"\0\2\0"))),
        (SERVER, hrr),
        (CLIENT, make.client_hello(make.extension(51, make.vector(make.u16(29) + make.vector(b"\1" * 32))))),
        (SERVER, make.server_hello13(make.extension(41, b"\0\0", "server_hello"))),
        (SERVER, m.EncryptedExtensions(extensions=(make.alpn(b"h2", where="encrypted_extensions"),))),
        (SERVER, m.CertificateRequest(request_context=b"", extensions=(make.extension(13, b"\0\2\4\3", "certificate_request"),))),
        (SERVER, m.CompressedCertificate(algorithm=2, uncompressed_length=9, compressed=b"x", certificate=m.Certificate(chain=(leaf,)))),
        (SERVER, m.CertificateVerify(signature_scheme=0x0804, signature=b"s")),
        (SERVER, m.Opaque(type_code=99, body=b"?", fault=m.Fault("cut", 3))),
        (SERVER, make.ENCRYPTED),
        server_chain=(make.certificate(),),
        alerts=[Alert(SERVER, None, None, 7, make.START), Alert(CLIENT, 2, 250, 8, make.START)],
        anomalies=[Anomaly("gap", "tcp", "3 bytes", None, 4, make.START)],
        preludes=(make.prelude("connect", target=Target(b"a", None, 443)), make.prelude("proxy2", origin=Endpoint(bytes(16), 1))),
        carriage=(Layer("vlan", 5), Layer("vxlan", 7, bytes(4), bytes(16))),
        quic=Quic(version=1, first_version=0x6B3343CF, versions_refused=(1, 0x0A0A0A0A), zero_rtt=3),
        connection_ids={CLIENT: b"", SERVER: b"\xff"},
        answer=b"HTTP/1.1 400",
        outcome="failed",
    )


def plains(make):
    yield make.plain()
    yield make.plain(make.prelude(packets=[]), carriage=(Layer("gre"),), outbound=False)
    yield make.plain(make.prelude(target=Target()), make.prelude(target=Target(None, bytes(16), 9), origin=Endpoint(b"", 0)))


@pytest.mark.parametrize("name", TABLES)
def test_rows_fit_their_columns_and_are_json(make, name):
    for made in everything(make):
        fit(TABLES[name], make.rows(name, made))


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.plain is not None])
def test_rows_of_what_came_to_no_handshake_fit_their_columns_too(make, name):
    for made in plains(make):
        fit(TABLES[name], make.plain_rows(name, made))


def test_only_preludes_tell_what_came_to_no_handshake():
    assert [name for name, table in TABLES.items() if table.plain is not None] == ["preludes"]


def fit(table, rows):
    for row in rows:
        msgspec.json.encode(row)
        for column in table.columns:
            cell = row[column.name]
            assert cell is None or isinstance(cell, KINDS[column.kind]), column
            assert column.kind != "int" or not isinstance(cell, bool), column
            assert column.kind not in {"int", "time"} or cell is None or column.kind == "time" or -(1 << 63) <= cell < 1 << 63
            if column.kind in {"texts", "ints"} and cell:
                assert all(isinstance(item, str if column.kind == "texts" else int) for item in cell)


def test_no_import_loads_pandas():
    code = "import sys, analyzer.facts, analyzer.facts.frames; sys.exit('pandas' in sys.modules or 'cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
