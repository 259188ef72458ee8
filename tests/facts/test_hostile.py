"""Whatever bytes the messages hold, every table gives rows that are JSON and never raises."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.facts import TABLES, Book
from analyzer.facts.frames import frame
from analyzer.handshakes.handshake import CLIENT, SERVER, Endpoint, Handshake, Seen
from analyzer.tls import messages as m
from analyzer.tls.extension_table import TABLE as EXTENSIONS
from analyzer.tls.extensions import read_extension

CODES = sorted(EXTENSIONS)
# Bodies that begin with a true length get further than noise does.
NOISE = st.binary(max_size=60)
BODIES = NOISE | NOISE.map(lambda data: len(data).to_bytes(2, "big") + data) | NOISE.map(lambda data: bytes([len(data)]) + data)


def lists(where):
    return st.lists(st.builds(read_extension, st.sampled_from(CODES), BODIES, st.just(where)), max_size=9).map(tuple)


NUMBERS = st.integers(0, 0xFFFF)
HELLOS = st.builds(
    m.ClientHello, version=NUMBERS, random=NOISE, session_id=NOISE, cipher_suites=st.lists(NUMBERS, max_size=9).map(tuple),
    compression_methods=st.lists(st.integers(0, 255), max_size=3).map(tuple), sslv2=st.booleans(),
    extensions=st.none() | lists("client_hello"),
)  # fmt: skip
ANSWERS = st.builds(
    m.ServerHello, version=NUMBERS, random=NOISE, session_id=NOISE, cipher_suite=st.none() | NUMBERS,
    compression_method=st.none() | st.integers(0, 255), extensions=st.none() | lists("server_hello"),
)  # fmt: skip
READ = st.builds(
    lambda code, body, version: (code, m.read_message(code, body, version=version)),
    st.integers(0, 30), BODIES, st.sampled_from([None, 0x0300, 0x0303, 0x0304, 0x7F12]),
)  # fmt: skip


MORE = st.lists(st.tuples(st.sampled_from([CLIENT, SERVER]), READ), max_size=5)
LISTED = st.tuples(*map(lists, ("encrypted_extensions", "certificate", "certificate_request")))


@given(HELLOS, st.none() | ANSWERS, MORE, st.none() | NUMBERS, LISTED)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_no_bytes_raise(hello, answer, more, version, listed):
    steps = [(CLIENT, 1, hello), (SERVER, 2, answer), *((sender, code, message) for sender, (code, message) in more)]
    encrypted, of_entry, of_request = listed
    entry = m.CertificateEntry(b"x", of_entry)
    steps += [(SERVER, 8, m.EncryptedExtensions(extensions=encrypted)), (SERVER, 11, m.Certificate(chain=(entry,)))]
    steps += [(SERVER, 13, m.CertificateRequest(extensions=of_request, authorities=(b"0",)))]
    made = Handshake(
        client=Endpoint(bytes(4), 1), server=Endpoint(bytes(16), 2), client_hello=hello, client_hellos=[hello, hello], server_hello=answer,
        seen=[Seen(sender, code, 9, 1, 1, 0, message) for sender, code, message in steps if message is not None], version=version,
        cipher_suite=answer.cipher_suite if answer else None, server_chain=(b"x", hello.random), packets=[1],
    )  # fmt: skip
    for table in TABLES.values():
        rows = list(table.rows(1, made, Book(sources=["a"])))
        msgspec.json.encode(rows)
        assert all(len(row) == len(table.columns) for row in rows)
    frame(TABLES["handshakes"], TABLES["handshakes"].rows(1, made, Book(sources=[])))
