"""Text of the wire, of captures and of file names in the report: shown as text, and nothing of it runs or becomes an element."""

import datetime as dt
import os
import struct
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from traffic import connection, hello, pcapng

from analyzer.escapes import terminal

ROOT = Path(__file__).parents[2]
BAD = Path(os.environ.get("TLSSCAN_COMPANION") or ROOT.parent / "shared") / "bad" / "files"
OWNED = "window.owned='yes'"
EVIL = (
    f"</script><img src=x onerror={OWNED}>",
    f"</style><svg onload={OWNED}>",
    f'"><script>{OWNED}</script>',
    f"' onfocus={OWNED} autofocus='",
    f"javascript:{OWNED}",
    "{{7*7}}{%for a in b%}{{{}}}${7*7}",
    f"<!--<script>{OWNED}",
    "</title></textarea><iframe srcdoc='<script>parent.owned=1</script>'>",
    "\u202e\u2066gpj.exe\u200b\u2028\ufeff",
    "</desc></svg><script>" + OWNED + "</script>",
    "&lt;b&gt;&#60;script>",
    "__proto__",
    "\x1b[2J\0\r\n\t",
)


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def message(kind, body):
    return b"\x16\x03\x03" + vector(2, bytes([kind]) + vector(3, body))


def certificate(words):
    """A certificate whose every text is these words."""
    key = ec.generate_private_key(ec.SECP256R1())
    oids = (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME, x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    name = x509.Name([x509.NameAttribute(oid, words[:64]) for oid in oids])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + dt.timedelta(days=90))
    uri = x509.UniformResourceIdentifier("javascript:window.owned=1")
    builder = builder.add_extension(x509.SubjectAlternativeName([uri]), critical=False)
    builder = builder.add_extension(
        x509.AuthorityInformationAccess([x509.AccessDescription(x509.AuthorityInformationAccessOID.CA_ISSUERS, uri)]), critical=False
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def flight(words):
    """A TLS 1.2 server's ServerHello, with ALPN, its Certificate and an alert."""
    alpn = struct.pack("!H", 16) + vector(2, vector(2, vector(1, words.encode())))
    server = b"\x03\x03" + bytes(32) + b"\0" + b"\xc0\x2b\0" + vector(2, alpn)
    return message(2, server) + message(11, vector(3, vector(3, certificate(words)))) + b"\x15\x03\x03\0\2\2\x2a"


@pytest.fixture(scope="module")
def evil(tmp_path_factory, written):
    """The report of a capture in which everything is evil, its own name too."""
    frames = []
    for number, words in enumerate(EVIL):
        frames += connection(50_000 + number, (False, hello(words.encode())), (True, flight(words)))
        frames += connection(
            60_000 + number, (True, b"220 " + words.encode().replace(b"\r\n", b"") + b"\r\n"), (False, b"EHLO a\r\n"),
            (True, b"250-a\r\n250 STARTTLS\r\n"), (False, b"STARTTLS\r\n"), (True, b"454 no\r\n"), to=25,
        )  # fmt: skip
    path = tmp_path_factory.mktemp("evil") / f"<img src=x onerror={OWNED}>{{{{7*7}}}}\u202e.pcapng"
    path.write_bytes(pcapng(frames, comment=EVIL[0].encode(), interface=EVIL[2].encode()))
    return written(path)


@pytest.fixture(scope="module")
def bad(written):
    """A report of each capture of the companion folder that injects something (they are all of one connection: together they were one)."""
    captures = sorted(BAD.glob("*inj_*"))
    if not captures:
        pytest.skip("the folder shared/bad is not there")
    return [written(capture) for capture in captures]


LOOK = r"""
const wrong = [];
if (window.owned !== undefined || Object.prototype.owned !== undefined) wrong.push("something ran");
const forbidden = "img, iframe, object, embed, base, form, meta[http-equiv=refresh], link:not([rel=icon]), foreignObject, image, use";
for (const one of document.querySelectorAll(forbidden)) wrong.push(one.outerHTML);
const scripts = [...document.scripts].map((one) => one.type);
if (scripts.filter((type) => type === "").length !== 1) wrong.push(`scripts: ${scripts}`);
for (const type of scripts) if (!["", "text/plain", "application/json"].includes(type)) wrong.push(`a script of type ${type}`);
if (document.querySelectorAll("style").length !== 1) wrong.push("another style");
for (const one of document.querySelectorAll("*")) for (const { name, value } of one.attributes) {
  const acts = name.startsWith("on") || ["style", "srcdoc", "src"].includes(name);
  const leaves = name.endsWith("href") && !value.startsWith("#") && one.tagName !== "LINK";
  if (acts || leaves) wrong.push(`${one.tagName} ${name}=${value}`);
}
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;
for (const one of new Set(document.body.textContent.match(hidden) ?? [])) wrong.push(`hidden: U+${one.codePointAt(0).toString(16)}`);
if (!(document.querySelector("#trouble")?.hidden ?? true)) wrong.push(document.querySelector("#trouble").textContent);
return wrong;
"""
"""What of the wire became an element, an attribute, a running script, or hides or moves what stands beside it."""


def text_only(page, report, most=None):
    """The page and every view of it; of findings and servers the first ``most``."""
    assert page.run(LOOK) == []
    page.whole()
    rows = report.rows("handshakes")
    assert page.column("server_name") == [terminal(row["server_name"] or "", 200).strip() for row in rows]
    fragments = [f"#handshake-{row['handshake']}" for row in report.rows("handshakes")]
    fragments += [f"#certificate-{row['sha256']}" for row in report.rows("certificates")]
    links = "return [...document.querySelectorAll('#findings-table a, #servers-table a')].map((one) => one.getAttribute('href'))"
    fragments += [one for one in page.run(links) if one.startswith(("#finding-", "#server-"))][:most]
    for fragment in fragments:
        page.go(fragment)
        assert page.run(LOOK) == [], fragment


def test_it_is_text(show, evil):
    assert len(evil.rows("handshakes")) >= len(EVIL)
    text_only(show(evil.page), evil)


def test_what_others_inject_is_text(show, bad):
    assert len(bad) > 30
    for report in bad:
        assert report.rows("handshakes")
        text_only(show(report.page), report, most=2)


def test_every_evil_text_stands_in_the_page_as_it_was(show, evil):
    page = show(evil.page)
    page.whole("#certificates-pager")
    subjects = page.column("subject", "#certificates-table")
    for words in EVIL:
        assert terminal(words[:64], 200).strip() in subjects
    page.enter("#search", "__proto__")
    page.until("document.querySelector('#matches').textContent.startsWith('1 of')")
    assert page.column("server_name") == ["__proto__"]
    assert "<img src=x" in page.text("#overview tbody th.name")
    assert "\u202e" not in page.text("#overview tbody th.name")
    assert "\u202e" not in page.run("return document.title")


def test_a_search_for_markup_is_a_search(show, evil):
    page = show(evil.page)
    page.enter("#search", EVIL[0].split(" ")[0])
    page.until("document.querySelector('#matches').textContent.includes(' of ')")
    assert page.run(LOOK) == []
    assert page.column("server_name")[0] == EVIL[0]


@pytest.mark.parametrize("script", [True, False])
def test_the_static_part_is_text(show, evil, script):
    page = show(evil.page, script=script)
    assert page.run(LOOK) == []


def test_the_file_alone(evil):
    """Between the tags of the file as it is written, too: no script element but its own, before any script ran."""
    text = evil.page.read_text("utf-8")
    assert text.lower().count("<script") == text.lower().count("</script")
    assert "<script>" in text
    assert text.count("<script>") == 1
    assert "<img" not in text.lower()
    assert OWNED not in text.split("<script>")[1]
