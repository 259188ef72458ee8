from analyzer.reports.zeek import LOGS, TEXTS
from analyzer.reports.zeek_log import Column, Log, cells

# The fields that Zeek 6 to 8 write with nothing but their base scripts, and their types (docs.zeek.org: SSL::Info, X509::Info, conn_id).
FIELDS = {
    "ssl": "ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port version:string cipher:string curve:string "
    "server_name:string resumed:bool last_alert:string next_protocol:string established:bool ssl_history:string "
    "cert_chain_fps:vector[string] client_cert_chain_fps:vector[string] sni_matches_cert:bool",
    "x509": "ts:time fingerprint:string certificate.version:count certificate.serial:string certificate.subject:string "
    "certificate.issuer:string certificate.not_valid_before:time certificate.not_valid_after:time certificate.key_alg:string "
    "certificate.sig_alg:string certificate.key_type:string certificate.key_length:count certificate.exponent:string "
    "certificate.curve:string san.dns:vector[string] san.uri:vector[string] san.email:vector[string] san.ip:vector[addr] "
    "basic_constraints.ca:bool basic_constraints.path_len:count host_cert:bool client_cert:bool",
}


def test_the_logs_have_zeeks_fields_in_its_order():
    assert {log.path: " ".join(f"{one.name}:{one.type}" for one in log.columns) for log in LOGS.values()} == FIELDS


def test_each_type_has_a_text():
    assert {column.type for log in LOGS.values() for column in log.columns} <= TEXTS.keys()


def test_the_cells_of_a_record():
    log = Log("a", (Column("x", "string", lambda record: record[0]), Column("y", "count", len)), lambda _: lambda _: ())
    assert cells(log, ("b",)) == ["b", 1]
