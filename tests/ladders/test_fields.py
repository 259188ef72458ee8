"""Every field of a message: nothing that the tables have may be lacking, and nothing may grow without bound."""

from __future__ import annotations

import pytest
import talk

import analyzer
from analyzer.facts.extensions import TABLE as EXTENSIONS
from analyzer.facts.messages import told_fields
from analyzer.facts.table import Book
from analyzer.handshakes.handshake import CLIENT, Seen
from analyzer.ladders.fields import FIELDS, HEX, TEXT, fields
from analyzer.tls.messages import CertificateRequest, ClientHello, Extension, Fault, Opaque

SAMPLES = {path.stem: path for path in sorted(talk.SAMPLES.glob("*.pcapng")) if path.stem != "tour"}


def leaves(told):
    """The texts that a told value must leave: names of numbers, hex of bytes, texts, numbers."""
    if isinstance(told, dict):
        if set(told) == {"code", "name"}:
            yield told["name"] or str(told["code"])
            return
        for value in told.values():
            yield from leaves(value)
    elif isinstance(told, list):
        for value in told:
            yield from leaves(value)
    elif told not in (None, "", True, False):
        yield str(told)


@pytest.mark.parametrize("name", SAMPLES)
def test_all_that_the_tables_tell_is_there(name):
    for number, made in analyzer.stream(SAMPLES[name]):
        shown = [fields(seen) for seen in made.seen]
        texts = [" ".join(f"{one.name} {one.value} {one.data or ''}" for one in rows) for rows in shown]
        for seen, text in zip(made.seen, texts, strict=True):
            for key, told in (told_fields(seen.message) or {}).items():
                if key not in {"extensions", "chain", "certificate"}:
                    assert all(leaf in text for leaf in leaves(told)), (key, told)
        columns = [column.name for column in EXTENSIONS.columns]
        for row in EXTENSIONS.rows(number, made, Book([])):
            cell = dict(zip(columns, row, strict=True))
            rows = [one for one in shown[cell["message"]] if one.code == cell["code"]]
            assert cell["length"] in {len(one.data or "") // 2 for one in rows}
            assert all(leaf in texts[cell["message"]] for leaf in leaves(cell["value"])), cell


def seen(message, code=1):
    return Seen(CLIENT, code, 9, 1, 1, 1, message, None, 0x0301)


def test_depth_follows_the_message():
    [made] = [made for _, made in analyzer.stream(SAMPLES["tls12-ecdhe-rsa"])]
    rows = fields(made.seen[0])
    at = next(index for index, one in enumerate(rows) if one.name == "key_share")
    assert [(one.depth, one.name, one.value) for one in rows[at : at + 3]] == [
        (1, "key_share", "38 bytes"), (2, "key share entry", ""), (3, "group", "x25519 (29)"),
    ]  # fmt: skip
    assert (rows[at].code, rows[at].data[:8]) == (51, "0024001d")
    assert [(one.name, one.value) for one in rows[:2]] == [("msg_type", "client_hello (1)"), ("record version", "TLS 1.0 (0x0301)")]


def test_faults_are_kept():
    broken = Extension(code=16, body=b"\x00", value=None, fault=Fault("ends early", 1))
    rows = fields(seen(ClientHello(version=0x0303, extensions=(broken,), fault=Fault("trailing bytes", 7))))
    assert [one.fault for one in rows if one.fault] == ["ends early at 1", "trailing bytes at 7"]


def test_names_of_authorities_are_read():
    name = bytes.fromhex("30133111300f06035504030c0854657374204341 31".replace(" ", ""))[:-1]
    rows = fields(seen(CertificateRequest(authorities=(name, b"?")), 13))
    assert [(one.name, one.value) for one in rows if one.name.startswith("authority")][1] == ("authority 2", "1 bytes")
    assert any(one.data == name.hex() for one in rows)


def test_no_bound_is_passed():
    """A hostile message: many fields, much hex, a long text."""
    many = tuple(Extension(code=9999, body=b"", value=None) for _ in range(FIELDS + 100))
    rows = fields(seen(ClientHello(version=0x0303, cipher_suites=tuple(range(5000)), extensions=many)))
    assert len(rows) == FIELDS + 1
    assert rows[-1].value.endswith("more fields are left out")
    assert max(len(one.value) for one in rows) < TEXT + 40
    [body] = [one for one in fields(seen(Opaque(type_code=99, body=bytes(HEX)), 99)) if one.name == "body"]
    assert len(body.data) < HEX + 40
    assert body.data.endswith("more bytes)")
