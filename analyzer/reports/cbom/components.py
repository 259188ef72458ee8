"""Components: assets → the model of CycloneDX.

Here lives: each asset as a component or service of cyclonedx-python-lib.  Here does not live: gathering (``assets``), JSON (``document``),
why it is told so (the package).  The library is imported here at the top: nobody imports this module before a BOM is written.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from cyclonedx.model import HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence
from cyclonedx.model.crypto import (
    AlgorithmProperties,
    CertificateProperties,
    CryptoAssetType,
    CryptoFunction,
    CryptoMode,
    CryptoPadding,
    CryptoPrimitive,
    CryptoProperties,
    ProtocolProperties,
    ProtocolPropertiesCipherSuite,
    ProtocolPropertiesType,
    RelatedCryptoMaterialProperties,
    RelatedCryptoMaterialType,
)
from cyclonedx.model.service import Service

from analyzer import registry
from analyzer.capture.block import packet_number
from analyzer.facts.texts import place_text, source_text
from analyzer.reports.cbom.asset import BY_CLIENT, BY_SERVER, CERTIFYING, USED, Tally, certificate_ref, key_ref
from analyzer.reports.cbom.links import Version, made_of, service_ref, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from analyzer.reports.cbom.algorithm import Algorithm
    from analyzer.reports.cbom.asset import Certificate, Key, Place, Server
    from analyzer.reports.cbom.assets import Assets

__all__ = ["EPOCH", "Components", "moment", "properties"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Components:
    """The parts of a BOM, of what was gathered."""

    def __init__(self, assets: Assets, sources: list[str]) -> None:
        self._assets, self._sources = assets, sources

    def makers(self) -> dict[str, Callable[[], Component]]:
        """Return what makes each component, by bom-ref."""
        assets = self._assets
        made: dict[str, Callable[[], Component]] = {}
        for ref, (algorithm, tally) in assets.algorithms.items():
            made[ref] = partial(self._algorithm, algorithm, tally)
        for protocol in assets.protocols.values():
            made |= {version.ref: partial(self._protocol, version) for version in versions(protocol, assets)}
        for certificate in assets.certificates.values():
            made[certificate_ref(certificate.sha256)] = partial(self._certificate, certificate)
        for pin, key in assets.keys.items():
            made[key_ref(pin)] = partial(self._key, pin, key)
        return made

    def _component(
        self, ref: str, name: str, crypto: CryptoProperties, tally: Tally | None, said: Iterable[tuple[str, Any]], **more: Any
    ) -> Component:
        """Return a component with its roles and its evidence."""
        told: list[tuple[str, Any]] = [*said]
        evidence: ComponentEvidence | None = None
        if tally is not None:
            told += _roles(tally.counts)
            shown = [role for role in (USED, CERTIFYING) if tally.counts[role]] or [BY_CLIENT, BY_SERVER]  # of what is used no offers
            places = [(role, place) for role in shown for place in tally.seen.get(role, ())]
            told.append(("tlsscan:occurrences:left-out", sum(tally.counts[role] for role in shown) - len(places) or None))
            evidence = self._evidence(places)
        kind = ComponentType.CRYPTOGRAPHIC_ASSET
        return Component(
            name=name, type=kind, bom_ref=ref, crypto_properties=crypto, evidence=evidence, properties=properties(told), **more
        )  # fmt: skip

    def _evidence(self, places: Iterable[tuple[str, Place]]) -> ComponentEvidence:
        return ComponentEvidence(
            occurrences=[
                Occurrence(
                    location=f"{source_text(packet, self._sources) or '-'}#{packet_number(packet)}",
                    symbol=symbol or None,
                    additional_context=f"{role}: handshake {handshake}, frame.number == {packet_number(packet)}",
                )
                for role, (packet, symbol, handshake) in places
            ]
        )

    def _algorithm(self, one: Algorithm, tally: Tally) -> Component:
        told = AlgorithmProperties(
            primitive=CryptoPrimitive(one.primitive),
            parameter_set_identifier=one.parameter,
            curve=one.curve,
            mode=None if one.mode is None else CryptoMode(one.mode),
            padding=None if one.padding is None else CryptoPadding(one.padding),
            crypto_functions=map(CryptoFunction, one.functions),
            classical_security_level=one.classical,
            nist_quantum_security_level=one.quantum,
        )
        crypto = CryptoProperties(asset_type=CryptoAssetType.ALGORITHM, algorithm_properties=told, oid=one.oid)
        return self._component(one.ref, one.name, crypto, tally, [("tlsscan:strength:source", one.source or None)])

    def _protocol(self, one: Version) -> Component:
        known = self._assets.algorithms
        suites = [
            ProtocolPropertiesCipherSuite(
                name=registry.cipher_suite_name(suite) or f"cipher suite {_hex(suite)}",
                algorithms=[BomRef(ref) for ref in made_of(suite, one.code) if ref in known],
                identifiers=[_hex(suite)],
            )
            for suite in one.suites
        ]
        family, _, number = one.name.removesuffix(" (only offered)").partition(" ")
        told = ProtocolProperties(
            type=ProtocolPropertiesType.TLS if family in {"TLS", "SSL"} else ProtocolPropertiesType.OTHER,
            version=number if family == "TLS" else f"{family} {number}".strip(),
            cipher_suites=suites,
            crypto_refs=map(BomRef, one.beside),
        )
        names = {suite: registry.cipher_suite_name(suite) or _hex(suite) for suite in one.suites}
        counted = [(f"tlsscan:cipher-suite:{names[suite]}", count) for suite, count in one.suites.items()]
        crypto = CryptoProperties(asset_type=CryptoAssetType.PROTOCOL, protocol_properties=told)
        return self._component(one.ref, one.name, crypto, one.tally, counted)

    def _certificate(self, one: Certificate) -> Component:
        told = CertificateProperties(
            subject_name=one.subject,
            issuer_name=one.issuer,
            not_valid_before=moment(one.not_before),
            not_valid_after=moment(one.not_after),
            signature_algorithm_ref=BomRef(one.signature) if one.signature in self._assets.algorithms else None,
            subject_public_key_ref=BomRef(key_ref(one.key)) if one.key else None,
            certificate_format="X.509",
            certificate_extension="der",
        )
        crypto = CryptoProperties(asset_type=CryptoAssetType.CERTIFICATE, certificate_properties=told)
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=one.sha256)]
        said = [("tlsscan:faults", one.faults or None)]
        return self._component(certificate_ref(one.sha256), one.name, crypto, one.tally, said, hashes=hashes)

    def _key(self, pin: str, one: Key) -> Component:
        told = RelatedCryptoMaterialProperties(
            type=RelatedCryptoMaterialType.PUBLIC_KEY,
            id=pin,
            algorithm_ref=BomRef(one.algorithm) if one.algorithm in self._assets.algorithms else None,
            size=one.size,
            format="SubjectPublicKeyInfo",
        )
        crypto = CryptoProperties(asset_type=CryptoAssetType.RELATED_CRYPTO_MATERIAL, related_crypto_material_properties=told)
        tally = Tally(Counter({CERTIFYING: one.certificates}), {CERTIFYING: one.places})
        return self._component(key_ref(pin), f"public key {one.name}", crypto, tally, [])

    def service(self, one: Server) -> Service:
        """Return a server."""
        endpoint = XsUri(f"{one.transport}://{place_text(_written_out(one.address), one.port)}")
        said = [("tlsscan:handshakes", one.handshakes), ("tlsscan:handshakes:complete", one.complete)]
        name = one.name or place_text(one.address, one.port)
        return Service(name=name, bom_ref=service_ref(one), endpoints=[endpoint], properties=properties(said))


def moment(ns: int | None) -> datetime | None:
    """Return a time, None where there is none or no calendar of CycloneDX's (the years 1 to 9999) has it."""
    try:
        return None if ns is None else EPOCH + timedelta(seconds=ns // 1_000_000_000)
    except OverflowError:
        return None


def _written_out(address: str) -> str:
    """Return an IPv6 address with all its eight groups: the grammar by which CycloneDX's validators check an IRI has no "::"."""
    if ":" not in address:
        return address
    return ":".join(f"{int(part, 16):x}" for part in ip_address(address).exploded.split(":"))


def _roles(counts: Counter[str]) -> Iterator[tuple[str, Any]]:
    """Walk the properties that tell roles and counts."""
    if counts[USED]:
        yield "tlsscan:role", USED
    elif counts[BY_CLIENT] or counts[BY_SERVER]:
        yield "tlsscan:role", "offered"
    if counts[CERTIFYING]:
        yield "tlsscan:role", CERTIFYING
    for role in (USED, BY_CLIENT, BY_SERVER):
        yield f"tlsscan:handshakes:{role}", counts[role] or None
    yield "tlsscan:certificates", counts[CERTIFYING] or None


def properties(pairs: Iterable[tuple[str, Any]]) -> list[Property]:
    """Return properties; what is None is not told."""
    return [Property(name=name, value=str(value)) for name, value in pairs if value is not None]


def _hex(suite: int) -> str:
    """Return a suite's number as IANA writes it: 0x13,0x01; of SSL 2.0 three octets."""
    octets = suite.to_bytes(2 if suite <= 0xFFFF else 3, "big")
    return ",".join(f"0x{octet:02X}" for octet in octets)
