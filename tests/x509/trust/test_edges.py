"""edges: names, key identifiers, signatures; each computed once."""

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from analyzer.x509.trust import edges
from analyzer.x509.trust.edges import Signatures, key_ids_agree, names_equal
from analyzer.x509.trust.member import read_member


def test_names(pki):
    leaf, inter, root = (read_member(one.der) for one in (pki.leaf, pki.inter, pki.root))
    assert names_equal(leaf, inter)
    assert not names_equal(leaf, root)


def test_key_identifiers(pki):
    leaf, inter, root = (read_member(one.der) for one in (pki.leaf, pki.inter, pki.root))
    assert key_ids_agree(leaf, inter) is True
    assert key_ids_agree(leaf, root) is False
    bare = read_member(pki.make("leaf", pki.inter, key_ids=False).der)
    assert key_ids_agree(bare, inter) is None
    assert key_ids_agree(leaf, read_member(pki.make("Intermediate", ca=True, key_ids=False).der)) is None


def test_a_serial_number_instead(pki):
    """The other half of an authorityKeyIdentifier: issuer and serial number."""
    issuer = pki.make("CA", ca=True, serial=77, key_ids=False)
    name = [x509.DirectoryName(issuer.name)]
    for serial, agree in ((77, True), (78, False)):
        identifier = x509.AuthorityKeyIdentifier(None, name, serial), False
        child = pki.make("leaf", issuer, key_ids=False, extra=[identifier])
        assert key_ids_agree(read_member(child.der), read_member(issuer.der)) is agree


def test_signatures_are_computed_once(pki):
    signatures = Signatures()
    leaf, inter, root = (read_member(one.der) for one in (pki.leaf, pki.inter, pki.root))
    for _ in range(3):
        assert signatures.hold(leaf, inter) is True
        assert signatures.hold(leaf, root) is False
        assert signatures.hold(root, root) is True
    assert signatures.checked == 3


def test_large_keys_count_more(pki):
    from types import SimpleNamespace

    def weight(algorithm, size):
        return edges._weight(SimpleNamespace(certificate=SimpleNamespace(public_key_algorithm=algorithm, public_key_size=size)))

    assert [weight("RSA", 1024), weight("RSA", 4096), weight("RSA", 16384), weight("DSA", 10000)] == [1, 4, 64, 81]
    assert weight("EC", 521) == weight(None, None) == weight("RSA", None) == 1
    signatures = Signatures()
    root = pki.make("RSA", ca=True, key="rsa4096")
    assert signatures.hold(read_member(root.der), read_member(root.der)) is True
    assert signatures.checked == 4


def test_one_algorithm_inside_another_outside(pki):
    """RFC 5280 section 4.1.1.2, as openssl has it."""
    leaf = pki.make("leaf", pki.make("CA", ca=True, key="rsa2048"))
    sha256, sha512 = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d01010d")
    head, tail = leaf.der.rsplit(sha256, 1)
    assert Signatures().hold(read_member(head + sha512 + tail), read_member(leaf.der)) is False


def test_the_memory_is_bounded(pki, monkeypatch):
    monkeypatch.setattr(edges.Signatures, "entries", 4)
    signatures = Signatures()
    for number in range(20):
        signatures.hold(read_member(number.to_bytes(2)), read_member(pki.root.der))
    assert len(signatures._known) == 4


def test_what_cannot_be_told(pki):
    assert Signatures().hold(read_member(pki.leaf.der), read_member(b"")) is None
    spki = pki.root.key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert spki in pki.root.der
    broken = pki.root.der.replace(spki, spki[:-1] + bytes((spki[-1] ^ 1,)))  # a point that is not on the curve
    assert Signatures().hold(read_member(pki.inter.der), read_member(broken)) is None
