"""store: certifi, the system, PEM, DER, TRUSTED CERTIFICATE, folders, and what is wrong with them."""

import base64
import shutil
import subprocess
import warnings

import certifi
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import TlsscanError, TrustStoreError
from analyzer.x509.trust import Judge, open_store, store
from analyzer.x509.trust.member import read_member


def test_certifi_is_the_default():
    from pathlib import Path

    from cryptography.hazmat.primitives.serialization import Encoding

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a root's serial number
        there = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    found = open_store()
    assert found.name == "certifi"
    assert {root.der for root in found.roots} == {one.public_bytes(Encoding.DER) for one in there}
    for root in found.roots:
        member = read_member(root.der)
        assert member.unreadable is None
        assert member.sha256 in {one.sha256 for one in found.named(member.subject)}
        assert found.root(root.der) is root
        assert found.certificate(member.sha256) == root.der
    assert found.certificate("00") is found.root(b"") is None
    assert found.named(()) == []


def test_files_and_folders(pki, tmp_path):
    (tmp_path / "one.pem").write_text("some text\n" + pki.pem(pki.root.der) + "more\n" + pki.pem(pki.inter.der))
    (tmp_path / "two.der").write_bytes(pki.root.der + pki.leaf.der)
    (tmp_path / "crlf.pem").write_bytes(pki.pem(pki.root.der).replace("\n", "\r\n").encode())
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.pem").write_text(pki.pem(pki.root.der))
    (folder / "link.0").symlink_to(folder / "a.pem")
    (folder / "README").write_text("no certificate")
    (folder / "inside").mkdir()
    (folder / "inside" / "b.pem").write_text(pki.pem(pki.leaf.der))

    def ders(*names):
        return [root.der for root in open_store([str(tmp_path / name) for name in names]).roots]

    assert ders("one.pem") == [pki.root.der, pki.inter.der]
    assert ders("two.der") == [pki.root.der, pki.leaf.der]
    assert ders("crlf.pem") == ders("folder") == [pki.root.der]
    assert ders("one.pem", "two.der") == [pki.root.der, pki.inter.der, pki.leaf.der]
    both = open_store(["none", str(tmp_path / "two.der")])
    assert (both.name, len(both)) == (f"none + {tmp_path / 'two.der'}", 2)
    assert both.roots[0].store == str(tmp_path / "two.der")
    assert len(open_store(["none"])) == 0


def test_the_system(pki, tmp_path, monkeypatch):
    file = tmp_path / "roots.pem"
    file.write_text(pki.pem(pki.root.der))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert [root.der for root in open_store(["system"]).roots] == [pki.root.der]
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setattr(store, "_SYSTEM_FILES", (str(tmp_path / "missing"), str(file)))
    assert open_store(["system"]).roots[0].store == "system"
    monkeypatch.setattr(store, "_SYSTEM_FILES", ())
    monkeypatch.setattr(store, "_SYSTEM_FOLDERS", ())
    with pytest.raises(TrustStoreError, match="usual places"):
        open_store(["system"])


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not there")
def test_trusted_certificates(pki, tmp_path):
    """What OpenSSL's own tool writes: trusted for some usages, rejected for others."""
    root = tmp_path / "root.pem"
    root.write_text(pki.pem(pki.root.der))
    expected = {
        ("-addtrust", "serverAuth"): (True, False),
        ("-addreject", "serverAuth"): (False, True),
        ("-addtrust", "anyExtendedKeyUsage"): (True, True),
        ("-addreject", "anyExtendedKeyUsage"): (False, False),
        ("-addtrust", "emailProtection"): (False, False),
        ("-setalias", "just a name"): (True, True),
    }
    for options, served in expected.items():
        words = ["openssl", "x509", "-in", str(root), "-trustout", *options]
        (tmp_path / "trusted.pem").write_bytes(subprocess.run(words, capture_output=True, check=True).stdout)
        found = open_store([str(tmp_path / "trusted.pem")])
        assert found.roots[0].der == pki.root.der
        assert (found.roots[0].serves("server"), found.roots[0].serves("client")) == served
        judged = Judge(found).judge([pki.leaf.der, pki.inter.der], pki.now)
        assert judged.verdict == ("trusted" if served[0] else "private_ca")
        assert served[0] or "does not trust for this purpose" in judged.detail


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing", None, "No such file"),
        ("empty", b"", "holds no certificate"),
        ("text", b"hello", "holds no certificate"),
        ("pem", b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", "holds no certificate"),
        ("key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no certificate"),
        ("der", b"\x30\x03\x02\x01\x00", "holds no certificate"),
    ],
)
def test_what_is_no_store(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TrustStoreError, match=words) as caught:
        open_store([str(tmp_path / name)])
    assert isinstance(caught.value, TlsscanError)
    assert "\n" not in str(caught.value)


def test_an_empty_folder(tmp_path):
    with pytest.raises(TrustStoreError, match="holds no certificate"):
        open_store([str(tmp_path)])


def test_what_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "FILE_OCTETS", 10)
    (tmp_path / "large").write_bytes(bytes(11))
    with pytest.raises(TrustStoreError, match="more than"):
        open_store([str(tmp_path / "large")])


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=90).map(
    lambda raw: b"-----BEGIN TRUSTED CERTIFICATE-----\n" + base64.b64encode(raw) + b"\n-----END TRUSTED CERTIFICATE-----")))  # fmt: skip
def test_any_bytes(data):
    assert all(root.der for root in store._roots(data, "any"))
