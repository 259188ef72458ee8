"""A builder of certificates for the tests of trust, and the openssl command as the other judge."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import shutil
import subprocess
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from analyzer.x509.trust.store import Root, TrustStore

DAY = 86_400 * 10**9
NOW = 1_780_000_000 * 10**9  # 2026-05-28
USAGES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
          "encipher_only", "decipher_only")  # fmt: skip
EKUS = {
    "server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH, "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "code": ExtendedKeyUsageOID.CODE_SIGNING,
}  # fmt: skip
# the last arc of the algorithm of PKCS #1, and the hash (MD2's is computed by nobody any more: MD5's octets stand there)
WEAK = {"MD5": (b"\x04", hashes.MD5()), "MD2": (b"\x02", hashes.MD5()), "SHA1": (b"\x05", hashes.SHA1())}


def new_key(kind="ec"):
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    bits = int(kind[3:])
    if bits >= 1024:
        return rsa.generate_private_key(65537, bits)
    # what cryptography makes no more
    pem = subprocess.run(["openssl", "genrsa", str(bits)], capture_output=True, check=True).stdout
    return serialization.load_pem_private_key(pem, None)


def distinguished(name):
    """Make a Name of "text" (a common name), "" (empty), or a list of pairs (attribute, value)."""
    if isinstance(name, str):
        name = [("COMMON_NAME", name)] if name else []
    return x509.Name([x509.NameAttribute(getattr(NameOID, kind), value) for kind, value in name])


def general(text):
    """Make a GeneralName of "kind:value"."""
    kind, _, value = text.partition(":")
    makers = {
        "dns": x509.DNSName, "mail": x509.RFC822Name, "uri": x509.UniformResourceIdentifier,
        "ip": lambda v: x509.IPAddress(ipaddress.ip_network(v) if "/" in v else ipaddress.ip_address(v)),
        "dir": lambda v: x509.DirectoryName(distinguished([tuple(part.split("=")) for part in v.split(",")])),
        "rid": lambda v: x509.RegisteredID(x509.ObjectIdentifier(v)),
    }  # fmt: skip
    return makers[kind](value)


def at_day(days):
    return dt.datetime.fromtimestamp((NOW + days * DAY) // 10**9, dt.UTC)


def make(
    subject, issuer=None, *, ca=None, length=None, usage=None, eku=(), san=(), days=(-10, 300), permitted=None, excluded=None, key="ec",
    key_ids=True, extra=(), digest="SHA256", pss=False, issuer_name=None, serial=None, aia=None,
):  # fmt: skip
    """Make a certificate; without an issuer it signs itself.  ``ca`` True or False writes basicConstraints, None none."""
    own = key if not isinstance(key, str) else new_key(key)
    name = distinguished(subject)
    signer = issuer.key if issuer else own
    builder = x509.CertificateBuilder().subject_name(name).public_key(own.public_key()).serial_number(serial or x509.random_serial_number())
    builder = builder.issuer_name(distinguished(issuer_name) if issuer_name is not None else issuer.name if issuer else name)
    builder = builder.not_valid_before(at_day(days[0])).not_valid_after(at_day(days[1]))
    extensions = [(value, critical) for value, critical in extra]
    if ca is not None:
        extensions.append((x509.BasicConstraints(ca=ca, path_length=length), True))
    if usage is not None:
        extensions.append((x509.KeyUsage(**{bit: bit in usage for bit in USAGES}), True))
    if eku:
        extensions.append((x509.ExtendedKeyUsage([EKUS[one] for one in eku]), False))
    if san:
        extensions.append((x509.SubjectAlternativeName([general(one) for one in san]), not subject))
    if permitted or excluded:
        trees = [[general(one) for one in some] if some else None for some in (permitted, excluded)]
        extensions.append((x509.NameConstraints(*trees), True))
    if aia:
        access = x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(aia))
        extensions.append((x509.AuthorityInformationAccess([access]), False))
    if key_ids:
        extensions.append((x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False))
        extensions.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False))
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    options = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), 32)} if pss else {}
    weak = digest in WEAK  # cryptography does not sign so: its own signature is exchanged for one
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256() if weak else getattr(hashes, digest)()
    certificate = builder.sign(signer, algorithm, **options)
    encoded = certificate.public_bytes(serialization.Encoding.DER)
    if weak:
        encoded = resigned(encoded, certificate, signer, digest)
    return SimpleNamespace(der=encoded, key=own, name=name)


def resigned(encoded, certificate, signer, digest):
    """Exchange sha256WithRSAEncryption and the signature for those of a weak hash."""
    arc, kind = WEAK[digest]
    old, new = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d0101") + arc
    tbs = certificate.tbs_certificate_bytes
    changed = tbs.replace(old, new, 1)
    signature = signer.sign(changed, padding.PKCS1v15(), kind)
    return encoded.replace(tbs, changed, 1).replace(old, new, 1).replace(certificate.signature, signature)


def store(*roots):
    return TrustStore("made", tuple(Root(root.der, "made") for root in roots))


def pem(encoded):
    import base64

    return "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(encoded).decode() + "-----END CERTIFICATE-----\n"


@pytest.fixture(scope="session")
def openssl(tmp_path_factory):
    """Ask ``openssl verify``: the set of its errors' numbers, empty for OK."""
    command = shutil.which("openssl")
    if command is None:
        pytest.skip("the openssl command is not there")
    folder = tmp_path_factory.mktemp("openssl")

    def verify(chain, roots, at=NOW, purpose="server", *options):
        words = [command, "verify", "-attime", str(at // 10**9), "-purpose", "ssl" + purpose, "-no-CApath", "-no-CAstore", *options]
        (folder / "leaf.pem").write_text(pem(chain[0]))
        if roots:
            (folder / "roots.pem").write_text("".join(pem(root.der) for root in roots))
            words += ["-CAfile", folder / "roots.pem"]
        else:
            words.append("-no-CAfile")
        if len(chain) > 1:
            (folder / "untrusted.pem").write_text("".join(map(pem, chain[1:])))
            words += ["-untrusted", folder / "untrusted.pem"]
        done = subprocess.run([*words, folder / "leaf.pem"], capture_output=True, text=True, check=False, timeout=60)
        errors = {int(number) for number in re.findall(r"^error (\d+) at", done.stdout + done.stderr, re.MULTILINE)}
        assert (done.returncode == 0) == (not errors), done.stdout + done.stderr
        return errors

    return verify


@pytest.fixture(scope="session")
def pki():
    """The builder, a root, an intermediate and a leaf that are good."""
    signs = ("key_cert_sign", "crl_sign")
    root = make("Root", ca=True, usage=signs, days=(-1000, 3000))
    inter = make("Intermediate", root, ca=True, usage=signs, days=(-500, 1000))
    leaf = make("www.example.com", inter, ca=False, usage=("digital_signature",), eku=("server",), san=("dns:www.example.com",))
    return SimpleNamespace(make=make, store=store, root=root, inter=inter, leaf=leaf, now=NOW, day=DAY, new_key=new_key, pem=pem)
