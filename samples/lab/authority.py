"""A certificate authority, made step by step as a teacher would: key, request, signature, and the openssl command beside each.

Here lives: the people and hosts of the lab and how their certificates come to be.  Here does not live: servers (``stacks``),
what is recorded (``cases``).  Names and days of validity are fixed, keys are fresh each time.

    python samples/lab/authority.py FOLDER      makes NAME.key, NAME.csr, NAME.pem, NAME.chain.pem for each row of ``ROLES``
"""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ROLES", "Authority", "Identity", "Name", "Role", "Step", "main"]

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""The day on which all certificates of the lab begin, the expired one apart."""


@dataclass(frozen=True)
class Name:
    """A distinguished name: the seven fields that ``openssl req`` asks for, in its order."""

    CN: str
    C: str = "CH"
    ST: str = "Zurich"
    L: str = "Winterthur"
    O: str = "Example Lab"  # noqa: E741 - the field's own name
    OU: str = "Teaching"
    emailAddress: str = "ca@lab.example"  # noqa: N815 - the field's own name

    def fields(self) -> tuple[tuple[str, x509.ObjectIdentifier, str], ...]:
        """Return (openssl's short name, OID, value) in the order of ``openssl req``."""
        oids = (
            ("C", NameOID.COUNTRY_NAME), ("ST", NameOID.STATE_OR_PROVINCE_NAME), ("L", NameOID.LOCALITY_NAME),
            ("O", NameOID.ORGANIZATION_NAME), ("OU", NameOID.ORGANIZATIONAL_UNIT_NAME), ("CN", NameOID.COMMON_NAME),
            ("emailAddress", NameOID.EMAIL_ADDRESS),
        )  # fmt: skip
        return tuple((short, oid, getattr(self, short)) for short, oid in oids)

    def x509(self) -> x509.Name:
        """Return the name as certificates hold it."""
        return x509.Name([x509.NameAttribute(oid, value) for _, oid, value in self.fields()])

    def subj(self) -> str:
        """Return the name as ``openssl req -subj`` takes it."""
        return "".join(f"/{short}={value}" for short, _, value in self.fields())


KEYS: dict[str, tuple[Callable[[], Key], str]] = {
    "RSA 2048": (lambda: rsa.generate_private_key(65537, 2048), "RSA -pkeyopt rsa_keygen_bits:2048"),
    "P-256": (lambda: ec.generate_private_key(ec.SECP256R1()), "EC -pkeyopt ec_paramgen_curve:P-256"),
    "P-384": (lambda: ec.generate_private_key(ec.SECP384R1()), "EC -pkeyopt ec_paramgen_curve:P-384"),
    "Ed25519": (ed25519.Ed25519PrivateKey.generate, "ED25519"),
}
"""kind of key -> (how to make one, what ``openssl genpkey -algorithm`` takes)."""


@dataclass(frozen=True)
class Role:
    """Somebody who gets a certificate.  ``issuer`` is another role's id, its own for a self-signed one."""

    id: str
    name: Name
    key: str
    issuer: str
    use: str
    """ca, server or client: which extensions the certificate gets."""
    hosts: tuple[str, ...] = ()
    days: int = 3650
    begins: dt.datetime = EPOCH


def _host(id_: str, host: str, key: str, issuer: str, *more: str, days: int = 3650, begins: dt.datetime = EPOCH) -> Role:
    name = Name(host, OU="Servers", emailAddress=f"admin@{host}")
    return Role(id_, name, key, issuer, "server", (host, *more), days, begins)


ROLES: tuple[Role, ...] = (
    Role("root", Name("Lab Root CA"), "RSA 2048", "root", "ca"),
    Role("issuing", Name("Lab Issuing CA"), "P-256", "root", "ca"),
    _host("shop", "shop.example", "RSA 2048", "root", "www.shop.example"),
    _host("mail", "mail.example", "P-256", "issuing", "imap.mail.example", "smtp.mail.example"),
    _host("bank", "bank.example", "P-384", "issuing", "login.bank.example"),
    _host("legacy", "legacy.example", "RSA 2048", "root"),
    _host("modern", "modern.example", "Ed25519", "issuing"),
    _host("selfsigned", "nas.example", "P-256", "selfsigned"),
    _host("expired", "expired.example", "P-256", "issuing", days=365, begins=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)),
    _host("wronghost", "www.elsewhere.example", "P-256", "issuing"),
    Role("alice", Name("Alice Example", OU="Customers", emailAddress="alice@shop.example"), "P-256", "issuing", "client"),
    Role("stranger", Name("Stranger", OU="Nobody", emailAddress="stranger@nas.example"), "P-256", "stranger", "client"),
    *(
        Role(f"level{n}", Name(f"Lab Level {n} CA", OU=f"Level {n}"), "P-256", f"level{n - 1}" if n > 1 else "root", "ca")
        for n in range(1, 7)
    ),
    _host("deep", "deep.example", "P-256", "level6"),
)
"""Everybody of the lab; an issuer stands above those whom it signs."""

USES: dict[str, tuple[tuple[str, ...], tuple[tuple[x509.ExtensionType, bool], ...]]] = {
    "ca": (
        ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"),
        (
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (x509.KeyUsage(False, False, False, False, False, True, True, False, False), True),  # noqa: FBT003 - its nine bits in order
        ),
    ),
    "server": (
        ("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature,keyEncipherment", "extendedKeyUsage=serverAuth"),
        (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.KeyUsage(True, False, True, False, False, False, False, False, False), True),  # noqa: FBT003 - its nine bits in order
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        ),
    ),
    "client": (
        ("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=clientAuth"),
        (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.KeyUsage(True, False, False, False, False, False, False, False, False), True),  # noqa: FBT003 - its nine bits in order
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        ),
    ),
}
"""use -> (lines of an openssl extension file, the same extensions as cryptography makes them)."""


@dataclass(frozen=True)
class Step:
    """One step of the lesson: what happens, and the command that does the same.  ``openssl`` is the oldest version that can."""

    words: str
    command: str
    openssl: tuple[int, int] = (3, 0)


@dataclass
class Identity:
    """A role with its key and certificate; ``chain`` is leaf first and ends before the root, as a server sends it."""

    role: Role
    key: Key
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()
    request: x509.CertificateSigningRequest | None = None

    def sha256(self) -> list[str]:
        """Return the SHA-256 of each certificate of the chain, hex, leaf first."""
        return [one.fingerprint(hashes.SHA256()).hex() for one in self.chain]


def _signing_hash(key: Key) -> hashes.SHA256 | hashes.SHA384 | None:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None  # Ed25519 hashes by itself (RFC 8410)
    return hashes.SHA384() if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size == 384 else hashes.SHA256()


@dataclass
class Authority:
    """All identities of the lab by role id, and the steps that made them; ``say`` hears each step."""

    identities: dict[str, Identity] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    say: Callable[[str], None] = lambda _: None

    @classmethod
    def of(cls, roles: tuple[Role, ...] = ROLES, say: Callable[[str], None] = lambda _: None) -> Authority:
        """Make everybody's certificate, in order."""
        authority = cls(say=say)
        for role in roles:
            authority.enrol(role)
        return authority

    def _step(self, words: str, command: str, openssl: tuple[int, int] = (3, 0)) -> None:
        self.steps.append(Step(words, command, openssl))
        self.say(f"# {len(self.steps)}. {words}\n{command}\n")

    def enrol(self, role: Role) -> Identity:
        """Make a key, a signing request (none where one signs oneself) and the certificate of a role."""
        make, algorithm = KEYS[role.key]
        key = make()
        command = f"openssl genpkey -algorithm {algorithm} -out {role.id}.key"
        self._step(f"{role.name.CN}: a fresh {role.key} key, which never leaves its owner.", command)
        own = role.issuer == role.id
        request = None if own else self._request(role, key)
        signer = None if own else self.identities[role.issuer]
        certificate = self._sign(role, key, request, signer)
        above = () if signer is None or signer.role.issuer == signer.role.id else signer.chain
        identity = Identity(role, key, certificate, (certificate, *above), request)
        self.identities[role.id] = identity
        return identity

    def _request(self, role: Role, key: Key) -> x509.CertificateSigningRequest:
        self._step(
            f"{role.name.CN}: a signing request (CSR): name and public key, signed with the private key to prove that it is held.",
            f'openssl req -new -key {role.id}.key -subj "{role.name.subj()}" -out {role.id}.csr',
        )
        return x509.CertificateSigningRequestBuilder().subject_name(role.name.x509()).sign(key, _signing_hash(key))

    def _sign(self, role: Role, key: Key, request: x509.CertificateSigningRequest | None, signer: Identity | None) -> x509.Certificate:
        lines, extensions = USES[role.use]
        if role.hosts:
            lines = (*lines, "subjectAltName=" + ",".join(f"DNS:{host}" for host in role.hosts))
            extensions = (*extensions, (x509.SubjectAlternativeName([x509.DNSName(host) for host in role.hosts]), False))
        lines = (*lines, "subjectKeyIdentifier=hash", *(("authorityKeyIdentifier=keyid",) if signer else ()))
        public = request.public_key() if request else key.public_key()
        mine = x509.SubjectKeyIdentifier.from_public_key(public)
        extensions = (*extensions, (mine, False))
        signer_key, issuer = key, role.name.x509()
        if signer:
            theirs = signer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            extensions = (*extensions, (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(theirs), False))
            signer_key, issuer = signer.key, signer.certificate.subject
        ends = role.begins + dt.timedelta(days=role.days)
        past = role.begins != EPOCH
        span = f"-not_before {role.begins:%Y%m%d%H%M%SZ} -not_after {ends:%Y%m%d%H%M%SZ}" if past else f"-days {role.days}"
        if signer:
            words = f"{role.name.CN}: {signer.role.name.CN} checks who asks, decides what the certificate is good for, and signs."
            command = (
                f"printf '%s\\n' {' '.join(lines)} > {role.id}.ext && openssl x509 -req -in {role.id}.csr -CA {role.issuer}.pem "
                f"-CAkey {role.issuer}.key -CAcreateserial -extfile {role.id}.ext {span} -out {role.id}.pem"
            )
        else:
            words = f"{role.name.CN}: signs its own certificate; whether it is trusted is for others to say."
            # What ``openssl req -x509`` adds by itself must not be said twice.
            by_itself = ("subjectKeyIdentifier=hash", "basicConstraints=critical,CA:TRUE")
            added = " ".join(f'-addext "{line}"' for line in lines if line not in by_itself)
            command = f'openssl req -new -x509 -key {role.id}.key -subj "{role.name.subj()}" {added} {span} -out {role.id}.pem'
        self._step(words, command, (3, 4) if past else (3, 0))
        builder = (
            x509.CertificateBuilder()
            .subject_name(request.subject if request else role.name.x509())
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(role.begins)
            .not_valid_after(ends)
        )
        for value, critical in extensions:
            builder = builder.add_extension(value, critical)
        return builder.sign(signer_key, _signing_hash(signer_key))

    def staple(self, id_: str) -> bytes:
        """Return a DER OCSP response that says "good", signed by the issuer (RFC 6960), as a server staples it."""
        one = self.identities[id_]
        signer = self.identities[one.role.issuer]
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=one.certificate, issuer=signer.certificate, algorithm=hashes.SHA256(), cert_status=ocsp.OCSPCertStatus.GOOD,
            this_update=EPOCH, next_update=EPOCH + dt.timedelta(days=3650), revocation_time=None, revocation_reason=None,
        ).responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)  # fmt: skip
        return builder.sign(signer.key, _signing_hash(signer.key)).public_bytes(serialization.Encoding.DER)

    def write(self, folder: Path) -> None:
        """Write ID.key, ID.csr, ID.pem, ID.chain.pem (leaf first, without the root) and ID.above.pem (the chain without the leaf)."""
        folder.mkdir(parents=True, exist_ok=True)
        pem = serialization.Encoding.PEM
        for id_, one in self.identities.items():
            key = one.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            path = folder / f"{id_}.key"
            path.touch(mode=0o600)
            path.write_bytes(key)
            (folder / f"{id_}.pem").write_bytes(one.certificate.public_bytes(pem))
            (folder / f"{id_}.chain.pem").write_bytes(b"".join(each.public_bytes(pem) for each in one.chain))
            (folder / f"{id_}.above.pem").write_bytes(b"".join(each.public_bytes(pem) for each in one.chain[1:]))
            if one.request:
                (folder / f"{id_}.csr").write_bytes(one.request.public_bytes(pem))


def main(argv: list[str]) -> int:
    """Teach: print every step with its openssl command and write the files."""
    if len(argv) != 1:
        print("usage: authority.py FOLDER", file=sys.stderr)
        return 2
    Authority.of(say=print).write(Path(argv[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
