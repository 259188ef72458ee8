"""Opinions: what OpenSSL and the Web PKI's profile say of the same chain at the same time.

Here lives: asking pyOpenSSL and cryptography's verifier.  Here does not live: our own verdict (``paths``, ``judge``).
"""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from analyzer.x509.trust.hostnames import read_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyzer.x509.certificate import Certificate

__all__ = ["Opinions", "Question", "asked_name"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MESSAGE = 300
"""Characters kept of another judge's message."""


def _said(error: BaseException) -> str:
    """Return an exception's text in one line, without the certificate that cryptography prints in it."""
    return " ".join(str(error).partition(" (encountered processing <")[0].split())[:MESSAGE] or type(error).__name__


def _moment(at: int) -> datetime:
    """Return a time in ns as the libraries take it."""
    return _EPOCH + timedelta(microseconds=at // 1000)


def _loaded(encoded: Iterable[bytes], load: Callable[[bytes], Any]) -> list[Any]:
    """Load certificates, and leave out those that the library refuses: one that it cannot read it does not have."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of serial numbers of old
        for one in encoded:
            try:
                found.append(load(one))
            except Exception:  # noqa: BLE001, S112 - each library has ways of its own to refuse a stranger's certificate
                continue
    return found


class Opinions:
    """The other judges with the same roots; they load what they need at the first question, and again when there are other roots."""

    def __init__(self, roots: Callable[[], tuple[bytes, ...]]) -> None:
        self._roots = roots
        self._known: tuple[bytes, ...] = ()
        self._openssl: list[Any] | None = None
        self._webpki: Any = None

    def _refresh(self) -> None:
        """Forget what was made of other roots."""
        roots = self._roots()
        if roots is not self._known and roots != self._known:
            self._known, self._openssl, self._webpki = roots, None, None

    def _store(self, at: int, purpose: str) -> Any:
        """Return an X509Store for a time and purpose: a new one each time, for a second ``set_time`` changes nothing."""
        from OpenSSL import crypto  # noqa: PLC0415 - heavy, and asked on demand

        if self._openssl is None:
            self._openssl = _loaded(self._known, lambda encoded: crypto.load_certificate(crypto.FILETYPE_ASN1, encoded))
        store = crypto.X509Store()
        for certificate in self._openssl:
            store.add_cert(certificate)
        store.set_time(_moment(at))
        library: Any = crypto._lib  # type: ignore[attr-defined]  # noqa: SLF001 - pyOpenSSL binds the function and has no method for it
        number = library.X509_PURPOSE_SSL_SERVER if purpose == "server" else library.X509_PURPOSE_SSL_CLIENT
        library.X509_STORE_set_purpose(store._store, number)  # noqa: SLF001 - as above
        return store

    def openssl(self, chain: Sequence[bytes], at: int, purpose: str) -> str:
        """Return what ``openssl verify -attime AT -purpose sslserver|sslclient -CAfile ROOTS -untrusted CHAIN LEAF`` says.

        "ok", or the first error with its number: "unable to get local issuer certificate (20)".
        """
        from OpenSSL import crypto  # noqa: PLC0415 - heavy, and asked on demand

        self._refresh()
        try:
            leaf = crypto.load_certificate(crypto.FILETYPE_ASN1, chain[0])
        except Exception as error:  # noqa: BLE001 - what OpenSSL cannot read is said
            return f"cannot be loaded: {_said(error)}"
        others = _loaded(chain[1:], lambda encoded: crypto.load_certificate(crypto.FILETYPE_ASN1, encoded))
        try:
            crypto.X509StoreContext(self._store(at, purpose), leaf, others).verify_certificate()
        except crypto.X509StoreContextError as error:
            return f"{error.errors[2]} ({error.errors[0]})"
        except Exception as error:  # noqa: BLE001 - an opinion that cannot be had is no reason to fail
            return f"cannot be asked: {_said(error)}"
        return "ok"

    def webpki(self, chain: Sequence[bytes], at: int, purpose: str, name: str | None) -> str | None:
        """Return what cryptography's verifier says, for a server as that name (a client has none); None where there is no name."""
        from cryptography import x509  # noqa: PLC0415 - heavy, and asked on demand
        from cryptography.x509 import general_name, verification  # noqa: PLC0415 - as above

        self._refresh()
        reference = read_reference(name) if name else None
        if purpose == "server" and reference is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # as in _loaded
                leaf = x509.load_der_x509_certificate(chain[0])
        except Exception as error:  # noqa: BLE001 - what cryptography cannot read is said
            return f"cannot be loaded: {_said(error)}"
        others = _loaded(chain[1:], x509.load_der_x509_certificate)
        try:
            if self._webpki is None:
                self._webpki = verification.Store(_loaded(self._known, x509.load_der_x509_certificate))
            policy = verification.PolicyBuilder().store(self._webpki).time(_moment(at))
            if reference is None or purpose == "client":
                policy.build_client_verifier().verify(leaf, others)
            else:
                kind, value = reference
                subject: Any = general_name.DNSName(value) if kind == "dNSName" else general_name.IPAddress(ip_address(value))
                policy.build_server_verifier(subject).verify(leaf, others)
        except verification.VerificationError as error:
            return _said(error)
        except Exception as error:  # noqa: BLE001 - an empty store, a time out of its range
            return f"cannot be asked: {_said(error)}"
        return "ok"


class Question:
    """One chain, time and purpose, to be asked when somebody wants to know, and once."""

    def __init__(self, opinions: Opinions, chain: Sequence[bytes], at: int, purpose: str, name: str | None) -> None:
        self._opinions, self._chain, self._at, self._purpose, self._name = opinions, chain, at, purpose, name
        self._answers: dict[str, str | None] = {}

    def openssl(self) -> str:
        """Return OpenSSL's opinion."""
        if "openssl" not in self._answers:
            self._answers["openssl"] = self._opinions.openssl(self._chain, self._at, self._purpose)
        return self._answers["openssl"] or ""

    def webpki(self) -> str | None:
        """Return the Web PKI's opinion."""
        if "webpki" not in self._answers:
            self._answers["webpki"] = self._opinions.webpki(self._chain, self._at, self._purpose, self._name)
        return self._answers["webpki"]


def asked_name(certificate: Certificate, name: str | None) -> str | None:
    """Return the name to ask the Web PKI for: the one that was wanted, or one that the certificate has, so that the chain is judged."""
    if name is not None and read_reference(name):
        return name
    for value in (*certificate.san_dns[:8], *certificate.san_ip[:1]):
        concrete = "www" + value[1:] if value.startswith("*.") else value
        if read_reference(concrete):
            return concrete
    return None
