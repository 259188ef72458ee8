"""What is secret stays so: keys in a capture, passwords in what was spoken before TLS, private keys given by mistake."""

import base64
import io
import json
import re
import shutil
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from traffic import block, connection, hello, pcap, pcapng

import analyzer
from analyzer.capture import Capture
from analyzer.findings.tables import TABLES
from analyzer.reports import FORMATS

SAMPLES = Path(__file__).parents[2] / "samples"
PASSWORD = b"Tr0ub4dor&3xyzzy"
"""Not a word of it may be told, in any writing."""
TLS_KEYS, SSH_KEYS, WIREGUARD_KEYS, ZIGBEE_KEYS, OPCUA_KEYS = 0x544C534B, 0x5353484B, 0x57474B4C, 0x5A4E574B, 0x55414B4C


def writings(secret):
    """A secret as it is, in hex, in base64 at each of its three places, and with letters escaped."""
    yield secret
    yield secret.hex().encode()
    for before in range(3):
        yield base64.b64encode(bytes(before) + secret)[-(-before * 4 // 3) + (before > 0) :].rstrip(b"=")[: len(secret)]
    yield b"".join(b"\\x%02x" % byte for byte in secret)
    yield b"".join(b"\\u%04x" % byte for byte in secret)


def told(shown, secrets):
    """The secrets that stand in what was shown."""
    lower = shown.lower()
    return [secret for secret in secrets if any(one.lower() in lower for one in writings(secret))]


def inflated(page):
    """Return a page with what waits in it deflated."""
    return page + b"".join(zlib.decompress(base64.b64decode(chunk), -15) for chunk in re.findall(rb">([A-Za-z0-9+/]{40,}={0,2})<", page))


def unzipped(book):
    """Return all that stands in a workbook."""
    with zipfile.ZipFile(io.BytesIO(book)) as files:
        return b"".join(map(files.read, files.namelist()))


def read(columns):
    """Return what a Parquet file holds, as text."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    table = parquet.read_table(io.BytesIO(columns))
    return f"{table.schema.metadata}{table.to_pylist()}".encode("utf-8", "backslashreplace")


UNPACKED = {"html": inflated, "xlsx": unzipped, "parquet": read}
"""Format that packs what it tells -> what unpacks it."""


@pytest.fixture
def everything(road):
    """Read a capture into all formats and tables: all that came out, and the exit codes."""

    def run(name):
        shown, codes = b"", set()
        for style, one in FORMATS.items():
            for table in one.tables or (TABLES if "one table" in one.holds else ["handshakes"]):
                for width in ["240", "2000"] if style == "text" else ["240"]:
                    code, out, err = road("--format", style, "--table", table, "--width", width, name)
                    shown += UNPACKED.get(style, bytes)(out) + err
                    codes.add(code)
        for words in (("show", "-v", "1-"), ("show", "--format", "json", "1-"), ("certs", "--pem", "-")):
            _, out, err = road(words[0], name, *words[1:])
            shown += out + err
        found = analyzer.scan(name)
        objects = [found, found.sources, found.counters, *found, analyzer.stream(name), Capture(name)]
        shown += "".join(map(repr, objects)).encode("utf-8", "backslashreplace")
        return shown, codes

    return run


def test_a_secret_is_found_in_any_writing():
    (name,) = told(b"...dHIwdWI0ZG9yJjN4eXp6eQ...", [b"tr0ub4dor&3xyzzy"])
    assert name == b"tr0ub4dor&3xyzzy"
    for before in range(3):
        assert told(base64.b64encode(b"\0" * before + PASSWORD + b"\0"), [PASSWORD])
    assert told(PASSWORD.hex().encode(), [PASSWORD])
    assert not told(b"another", [PASSWORD])


# ---- keys in a capture

KEY = bytes(range(0x61, 0x91))
KEY_LOGS = {
    TLS_KEYS: b"CLIENT_RANDOM " + bytes(32).hex().encode() + b" " + KEY.hex().encode() + b"\n" + PASSWORD,
    SSH_KEYS: b"a" * 32 + b" SHARED_SECRET " + KEY.hex().encode() + PASSWORD,
    WIREGUARD_KEYS: b"LOCAL_STATIC_PRIVATE_KEY = " + base64.b64encode(KEY) + PASSWORD,
    ZIGBEE_KEYS: KEY + PASSWORD,
    OPCUA_KEYS: KEY + PASSWORD,
    0xFFFFFFFF: KEY + PASSWORD,
}


@pytest.mark.parametrize("kind", list(KEY_LOGS))
@pytest.mark.parametrize("damage", ["none", "a length that lies", "too short", "cut", "another length behind"])
def test_keys_in_a_capture_are_told_nowhere(everything, tmp_path, kind, damage):
    log = KEY_LOGS[kind]
    frames = connection(50_000, (False, hello(b"one.example")))
    length = len(log) + (1000 if damage == "a length that lies" else 0)
    secrets = block(10, struct.pack("<II", kind, length) + log)
    if damage == "too short":
        secrets = block(10, PASSWORD[:6])
    if damage == "another length behind":
        secrets = secrets[:-4] + PASSWORD[:4]
    data = pcapng(frames, secrets)
    if damage == "cut":
        data = data[: data.index(log) + len(log) - 5]
    (tmp_path / "keys.pcapng").write_bytes(data)
    shown, codes = everything("keys.pcapng")
    assert codes == ({0} if damage == "none" else {4})
    assert (b"one.example" in shown) is (damage not in {"cut", "another length behind"})
    assert told(shown, [KEY, PASSWORD, PASSWORD[:6]]) == []
    if damage == "none":
        capture = Capture("keys.pcapng")
        list(capture)
        assert capture.secrets == [(kind, log)], "it is there for who asks for it by name"


def test_a_fault_in_the_middle_of_keys_tells_none(road, tmp_path, monkeypatch):
    def fails(*words):
        raise ValueError(f"what is {words!r}?")

    monkeypatch.setattr("analyzer.capture.pcapng_blocks.Section.read", fails)
    (tmp_path / "keys.pcapng").write_bytes(pcapng([], block(10, struct.pack("<II", TLS_KEYS, 80) + KEY_LOGS[TLS_KEYS])))
    for debug in ([], ["--debug"]):
        code, out, err = road("keys.pcapng", *debug)
        assert (code, out) == (70, b"")
        assert told(err, [KEY, PASSWORD]) == []
        assert (b"Traceback" in err) is bool(debug)


@pytest.mark.parametrize("name", sorted(path.stem for path in (SAMPLES / "keys").glob("*.keys")))
def test_no_sample_tells_its_keys(road, name):
    lines = (SAMPLES / "keys" / f"{name}.keys").read_text().splitlines()
    keys = {bytes.fromhex(line.split()[2]) for line in lines if line[:1] != "#"}
    code, out, err = road(SAMPLES / f"{name}.pcapng", "--format", "json")
    report = json.loads(out)
    assert code == 0
    assert keys
    assert report["handshakes"]
    assert told(out + err, keys) == []


# ---- passwords in what was spoken before TLS

C, S = False, True
PLAIN = base64.b64encode(b"\0anna\0" + PASSWORD)
BASIC = base64.b64encode(b"anna:" + PASSWORD)
LOGIN = base64.b64encode(PASSWORD)


def lines(*turns):
    return [(back, said + b"\r\n") for back, said in turns]


def postgres(*parameters, code=196608):
    body = struct.pack(">I", code) + b"".join(one + b"\0" for one in parameters) + b"\0"
    return struct.pack(">I", len(body) + 4) + body


def mysql(number, body):
    return len(body).to_bytes(3, "little") + bytes([number]) + body


TALKS = {
    "smtp": lines((S, b"220 mail.example ESMTP"), (C, b"EHLO a"), (S, b"250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"),
                  (C, b"AUTH PLAIN " + PLAIN), (S, b"535 no"), (C, b"AUTH LOGIN"), (S, b"334 UGFzc3dvcmQ6"), (C, LOGIN), (S, b"535 no"),
                  (C, b"STARTTLS"), (S, b"220 go ahead")),
    "lmtp": lines((S, b"220 mail.example LMTP"), (C, b"LHLO a"), (S, b"250-mail.example\r\n250 STARTTLS"), (C, b"AUTH PLAIN " + PLAIN),
                  (S, b"535 no"), (C, b"STARTTLS"), (S, b"220 go ahead")),
    "imap": lines((S, b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready"), (C, b"a1 LOGIN anna " + PASSWORD), (S, b"a1 NO no"),
                  (C, b"a2 AUTHENTICATE PLAIN"), (S, b"+ "), (C, PLAIN), (S, b"a2 NO no"), (C, b"a3 LOGIN {4}"), (S, b"+ go"),
                  (C, b"anna {16}"), (S, b"+ go"), (C, PASSWORD), (S, b"a3 NO no"), (C, b"a4 STARTTLS"), (S, b"a4 OK go")),
    "pop3": lines((S, b"+OK POP3 ready <1896.1@mail.example>"), (C, b"APOP anna " + PASSWORD.hex().encode()), (S, b"-ERR no"),
                  (C, b"USER anna"), (S, b"+OK"), (C, b"PASS " + PASSWORD), (S, b"-ERR no"), (C, b"AUTH PLAIN " + PLAIN), (S, b"-ERR no"),
                  (C, b"STLS"), (S, b"+OK go")),
    "managesieve": lines((S, b'"IMPLEMENTATION" "Example"\r\n"SASL" "PLAIN"\r\n"STARTTLS"\r\nOK'),
                         (C, b'AUTHENTICATE "PLAIN" "' + PLAIN + b'"'), (S, b"NO"), (C, b"STARTTLS"), (S, b"OK")),
    "ftp": lines((S, b"220 FTP server"), (C, b"USER anna"), (S, b"331 Password required"), (C, b"PASS " + PASSWORD), (S, b"530 no"),
                 (C, b"ACCT " + PASSWORD), (S, b"530 no"), (C, b"AUTH TLS"), (S, b"234 go")),
    "nntp": lines((S, b"200 news.example NNTP"), (C, b"CAPABILITIES"), (S, b"101 list\r\nVERSION 2\r\nSTARTTLS\r\n."),
                  (C, b"AUTHINFO USER anna"), (S, b"381 more"), (C, b"AUTHINFO PASS " + PASSWORD), (S, b"481 no"), (C, b"STARTTLS"),
                  (S, b"382 go")),
    "irc": lines((C, b"CAP LS 302"), (C, b"PASS " + PASSWORD), (C, b"NICK anna"), (C, b"USER anna 0 * :anna"),
                 (S, b":irc.example CAP * LS :tls sasl"), (C, b"AUTHENTICATE " + PLAIN), (C, b"OPER anna " + PASSWORD), (C, b"STARTTLS"),
                 (S, b":irc.example 670 anna :go")),
    "xmpp": [(C, b"<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams' to='a.example' version='1.0'>"),
             (S, b"<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams' id='1' from='a.example' version='1.0'>"),
             (S, b"<s:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></s:features>"),
             (C, b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + PLAIN + b"</auth>"),
             (C, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), (S, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")],
    "connect": [(C, b"CONNECT www.example:443 HTTP/1.1\r\nHost: www.example:443\r\nProxy-Authorization: Basic " + BASIC + b"\r\n"
                    b"Cookie: session=" + PASSWORD + b"\r\n\r\n"),
                (S, b"HTTP/1.1 200 OK\r\nSet-Cookie: session=" + PASSWORD + b"\r\n\r\n")],
    "socks4": [(C, b"\4\1\1\xbb\xc6\x33\x64\7" + PASSWORD + b"\0"), (S, b"\0\x5a" + bytes(6))],
    "socks5": [(C, b"\5\1\2"), (S, b"\5\2"), (C, b"\1\4anna" + bytes([len(PASSWORD)]) + PASSWORD), (S, b"\1\0"),
               (C, b"\5\1\0\3\x0bwww.example\1\xbb"), (S, b"\5\0\0\1" + bytes(6))],
    "postgresql": [(C, struct.pack(">II", 8, 80877103)), (S, b"N"),
                   (C, postgres(b"user", b"anna", b"options", b"-c secret=" + PASSWORD)), (S, b"R\0\0\0\x08\0\0\0\3"),
                   (C, b"p" + struct.pack(">I", len(PASSWORD) + 5) + PASSWORD + b"\0")],
    "mysql": [(S, mysql(0, b"\x0a8.0.1\0\1\0\0\0" + b"saltsalt\0" + b"\xff\xff\x21\2\0\xff\xff\x15" + bytes(10) + b"saltsaltsalt\0")),
              (C, mysql(1, b"\5\xa2\x0a\0\0\0\0\1\x21" + bytes(23) + b"anna\0" + bytes([len(PASSWORD)]) + PASSWORD + b"db\0"))],
    "ldap": [(C, b"\x30\x27\2\1\1\x60\x22\2\1\3\4\x0bcn=anna,c=a\x80\x10" + PASSWORD), (S, b"\x30\x0c\2\1\1\x61\7\x0a\1\x31\4\0\4\0"),
             (C, b"\x30\x1d\2\1\2\x77\x18\x80\x161.3.6.1.4.1.1466.20037"), (S, b"\x30\x0c\2\1\2\x78\7\x0a\1\0\4\0\4\0")],
    "rdp": [(C, b"\3\0\0\x36\x31\xe0\0\0\0\0\0Cookie: mstshash=" + PASSWORD + b"\r\n" + b"\1\0\x08\0\1\0\0\0"),
            (S, b"\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\0\x08\0\1\0\0\0")],
}  # fmt: skip
PORTS = {"smtp": 25, "lmtp": 24, "imap": 143, "pop3": 110, "managesieve": 4190, "ftp": 21, "nntp": 119, "irc": 6667, "xmpp": 5222,
         "connect": 3128, "socks4": 1080, "socks5": 1080, "postgresql": 5432, "mysql": 3306, "ldap": 389, "rdp": 3389}  # fmt: skip


@pytest.mark.parametrize("follows", ["TLS", "no TLS"])
@pytest.mark.parametrize("protocol", list(TALKS))
def test_passwords_before_tls_are_told_nowhere(everything, road, tmp_path, protocol, follows):
    turns = [*TALKS[protocol], *([(C, hello(b"one.example"))] if follows == "TLS" else [])]
    (tmp_path / "talk.pcap").write_bytes(pcap(connection(50_000, *turns, to=PORTS[protocol])))
    rows = [json.loads(line) for line in road("talk.pcap", "--format", "ndjson", "--table", "preludes")[1].splitlines()]
    assert [row["protocol"] for row in rows] == [protocol]
    shown, codes = everything("talk.pcap")
    assert codes == {0}
    assert told(shown, [PASSWORD, PLAIN, BASIC, LOGIN]) == []


# ---- what is no capture

BODY = base64.b64encode(PASSWORD * 60).decode()
NO_CAPTURES = {
    "key.pem": f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----\n",
    "rsa.pem": f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n-----END RSA PRIVATE KEY-----\n",
    "id_ed25519": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}\n-----END OPENSSH PRIVATE KEY-----\n",
    "keys.log": f"CLIENT_RANDOM {bytes(32).hex()} {(PASSWORD * 3).hex()}\n",
    ".netrc": f"machine mail.example login anna password {PASSWORD.decode()}\n",
}


@pytest.mark.parametrize("name", list(NO_CAPTURES))
def test_a_key_given_by_mistake_is_not_shown(road, tmp_path, name):
    (tmp_path / name).write_text(NO_CAPTURES[name])
    for words in ([name], [name, name, "--debug"], ["verify", name])[: 3 if shutil.which("tshark") else 2]:
        code, out, err = road(*words)
        assert (code, out) == (3, b"")
        assert told(err, [PASSWORD[:6]]) == []
