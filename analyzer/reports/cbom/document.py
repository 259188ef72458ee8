"""Document: assets → CycloneDX 1.6, as JSON.

Here lives: the model of CycloneDX made of what was gathered.  Here does not live: gathering (``assets``), why it is told so (the package).
cyclonedx-python-lib is imported here at the top: nobody imports this module before a BOM is written.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cyclonedx.model import HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
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
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.model.service import Service
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6

from analyzer import registry
from analyzer.capture.block import packet_number
from analyzer.facts.texts import place_text, source_text
from analyzer.reports.cbom.algorithm import slug
from analyzer.reports.cbom.assets import (
    BY_CLIENT,
    BY_SERVER,
    CERTIFYING,
    USED,
    Assets,
    Tally,
    certificate_ref,
    protocol_ref,
)
from analyzer.reports.cbom.exchanges import sealing, suited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.reports.cbom.algorithm import Algorithm
    from analyzer.reports.cbom.assets import Certificate, Key, Protocol, Server
    from analyzer.reports.report import End

__all__ = ["document"]

_NAMESPACE = uuid.UUID("f6c3c5a2-4f0b-5d0e-9a53-0b6f5b1d7c11")
"""Of serial numbers: version 5 UUIDs (RFC 9562 section 5.5) of the content."""
_NO_SERIAL = uuid.UUID(int=0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROOT = "capture"
OFFERED = "/offered"
"""What the bom-ref of a version ends in that holds what was only offered."""


def document(assets: Assets, end: End, *, version: str, registry: str) -> bytes:
    """Return the BOM."""
    bom = _Document(assets, [source.name for source in end.sources]).bom(end, version, registry)
    outputter = JsonV1Dot6(bom)
    shape: dict[str, Any] = json.loads(outputter.output_as_string())
    head = {name: shape.pop(name) for name in ("$schema", "bomFormat", "specVersion", "serialNumber", "version")}
    for service in shape.get("services", ()):  # it escapes the brackets of IPv6 (RFC 3986 section 3.2.2)
        service["endpoints"] = [endpoint.replace("%5B", "[").replace("%5D", "]") for endpoint in service["endpoints"]]
    shape = _ordered(shape)
    head["serialNumber"] = uuid.uuid5(_NAMESPACE, json.dumps(shape)).urn
    return json.dumps(head | shape, indent=1).replace("\x7f", "\\u007f").encode() + b"\n"


def _ordered(value: Any) -> Any:
    """Return a value of JSON in order: names by the alphabet, and lists too, which the library has from sets without one."""
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return sorted(map(_ordered, value), key=_rank)
    return value


def _rank(value: Any) -> tuple[str, int, str]:
    """Return what orders an item of a list: bom-ref, capture and packet, name, then everything."""
    if not isinstance(value, dict):
        return str(value), 0, ""
    place, _, number = str(value.get("location", "")).rpartition("#")
    return value.get("bom-ref") or value.get("ref") or place or value.get("name", ""), int(number or 0), json.dumps(value)


def _moment(ns: int | None) -> datetime | None:
    """Return a time, None where there is none or no calendar of CycloneDX's (the years 1 to 9999) has it."""
    try:
        return None if ns is None else _EPOCH + timedelta(seconds=ns // 1_000_000_000)
    except OverflowError:
        return None


class _Document:
    """The parts of a BOM, put together."""

    def __init__(self, assets: Assets, sources: list[str]) -> None:
        self._assets, self._sources = assets, sources
        self._components: list[Component] = []
        self._dependencies: dict[str, dict[str, None]] = {}
        self._used: dict[str, bool] = {}

    def bom(self, end: End, version: str, registry_date: str) -> Bom:
        """Return the whole of it."""
        assets = self._assets
        for algorithm, tally in assets.algorithms.values():
            self._algorithm(algorithm, tally)
        for protocol in assets.protocols.values():
            self._protocol(protocol)
        for certificate in assets.certificates.values():
            self._certificate(certificate)
        for pin, key in assets.keys.items():
            self._key(pin, key)
        services = [self._service(server) for server in assets.servers.values()]
        known = {component.bom_ref.value for component in self._components} | {service.bom_ref.value for service in services}
        self._depends(_ROOT, [ref for ref in known if ref and (ref.startswith(("service/", "crypto/protocol/")))])
        last = max((source.last for source in end.sources if source.last is not None), default=None)
        metadata = BomMetaData(
            timestamp=_moment(last) or _EPOCH,
            tools=ToolRepository(components=[Component(name="tlsscan", version=version or None, type=ComponentType.APPLICATION)]),
            component=Component(name=_title(self._sources), type=ComponentType.DATA, bom_ref=_ROOT),
            lifecycles=[PredefinedLifecycle(phase=LifecyclePhase.DISCOVERY)],
            properties=_properties(self._said(end, registry_date)),
        )
        return Bom(
            serial_number=_NO_SERIAL,
            metadata=metadata,
            components=self._components,
            services=services,
            dependencies=[
                Dependency(BomRef(ref), [Dependency(BomRef(other)) for other in others if other in known and other != ref])
                for ref, others in self._dependencies.items()
            ],
        )

    def _said(self, end: End, registry_date: str) -> Iterator[tuple[str, Any]]:
        """Walk what the metadata says of the whole."""
        counts = self._assets.handshakes
        yield "tlsscan:handshakes", counts["complete"] + counts["incomplete"]
        yield "tlsscan:handshakes:complete", counts["complete"]
        yield "tlsscan:handshakes:certificates-hidden-by-tls-1.3", counts["hidden"]
        yield "tlsscan:registry", registry_date or None
        yield "tlsscan:interrupted", "true" if end.interrupted else None
        for source in end.sources:
            yield "tlsscan:damage", f"{source.name}: {source.damage}" if source.damage else None
        for name, count in self._assets.left_out.items():
            yield f"tlsscan:left-out:{slug(name)}", count

    def _depends(self, ref: str, others: Iterable[str]) -> None:
        self._dependencies.setdefault(ref, {}).update(dict.fromkeys(others))

    def _add(
        self, ref: str, name: str, properties: CryptoProperties, tally: Tally | None, said: Iterable[tuple[str, Any]], **more: Any
    ) -> None:
        """Add a component with its roles and its evidence."""
        told: list[tuple[str, Any]] = [*said]
        evidence: ComponentEvidence | None = None
        if tally is not None:
            told += _roles(tally.counts)
            shown = [role for role in (USED, CERTIFYING) if tally.counts[role]] or [BY_CLIENT, BY_SERVER]  # of what is used no offers
            places = [(role, place) for role in shown for place in tally.seen.get(role, ())]
            told.append(("tlsscan:occurrences:left-out", sum(tally.counts[role] for role in shown) - len(places) or None))
            evidence = self._evidence(places)
        self._components.append(
            Component(
                name=name, type=ComponentType.CRYPTOGRAPHIC_ASSET, bom_ref=ref, crypto_properties=properties, evidence=evidence,
                properties=_properties(told), **more,
            )
        )  # fmt: skip

    def _evidence(self, places: Iterable[tuple[str, tuple[int, str, int]]]) -> ComponentEvidence:
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

    def _algorithm(self, one: Algorithm, tally: Tally) -> None:
        properties = AlgorithmProperties(
            primitive=CryptoPrimitive(one.primitive),
            parameter_set_identifier=one.parameter,
            curve=one.curve,
            mode=None if one.mode is None else CryptoMode(one.mode),
            padding=None if one.padding is None else CryptoPadding(one.padding),
            crypto_functions=map(CryptoFunction, one.functions),
            classical_security_level=one.classical,
            nist_quantum_security_level=one.quantum,
        )
        crypto = CryptoProperties(asset_type=CryptoAssetType.ALGORITHM, algorithm_properties=properties, oid=one.oid)
        self._add(one.ref, one.name, crypto, tally, [("tlsscan:strength:source", one.source or None)])
        self._depends(one.ref, [part.ref for part in one.parts])

    def _protocol(self, one: Protocol) -> None:
        """Add a version as it was used, and as it was only offered, where there is more of that."""
        name, ref, counts = registry.version_name(one.code) or f"version 0x{one.code:04x}", protocol_ref(one.code), one.tally.counts
        if one.used:
            self._suites(ref, name, one.code, one.used, one.used_with, one.tally)
        left = {code: count for code, count in one.offered.items() if code not in one.used}
        beside = [other for other in one.offered_with if other not in one.used_with]
        if left or beside or not one.used:
            offers = Tally(Counter({**counts, USED: 0}), one.tally.seen)
            self._suites(ref + OFFERED, f"{name} (only offered)", one.code, left, beside, offers)

    def _suites(
        self,
        ref: str,
        name: str,
        code: int,
        suites: dict[int, int],
        beside: Iterable[str],
        tally: Tally,
    ) -> None:
        """Add a version with some of its suites."""
        known = self._assets.algorithms
        made = {suite: [one.ref for one in (*sealing(suite, code), *suited(suite)) if one.ref in known] for suite in suites}
        told = [
            ProtocolPropertiesCipherSuite(
                name=registry.cipher_suite_name(suite) or f"cipher suite {_hex(suite)}",
                algorithms=map(BomRef, refs),
                identifiers=[_hex(suite)],
            )
            for suite, refs in made.items()
        ]
        refs = [other for other in beside if other in known]
        family, _, number = name.removesuffix(" (only offered)").partition(" ")
        properties = ProtocolProperties(
            type=ProtocolPropertiesType.TLS if family in {"TLS", "SSL"} else ProtocolPropertiesType.OTHER,
            version=number if family == "TLS" else f"{family} {number}".strip(),
            cipher_suites=told,
            crypto_refs=map(BomRef, refs),
        )
        counted = [(f"tlsscan:cipher-suite:{registry.cipher_suite_name(suite) or _hex(suite)}", count) for suite, count in suites.items()]
        crypto = CryptoProperties(asset_type=CryptoAssetType.PROTOCOL, protocol_properties=properties)
        self._add(ref, name, crypto, tally, counted)
        self._depends(ref, [*refs, *(other for others in made.values() for other in others)])

    def _certificate(self, one: Certificate) -> None:
        key_ref = f"crypto/key/{one.key}" if one.key else None
        properties = CertificateProperties(
            subject_name=one.subject,
            issuer_name=one.issuer,
            not_valid_before=_moment(one.not_before),
            not_valid_after=_moment(one.not_after),
            signature_algorithm_ref=BomRef(one.signature) if one.signature in self._assets.algorithms else None,
            subject_public_key_ref=BomRef(key_ref) if key_ref else None,
            certificate_format="X.509",
            certificate_extension="der",
        )
        crypto = CryptoProperties(asset_type=CryptoAssetType.CERTIFICATE, certificate_properties=properties)
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=one.sha256)]
        self._add(certificate_ref(one.sha256), one.name, crypto, one.tally, [("tlsscan:faults", one.faults or None)], hashes=hashes)
        self._depends(certificate_ref(one.sha256), [one.signature, *([key_ref] if key_ref else [])])

    def _key(self, pin: str, one: Key) -> None:
        properties = RelatedCryptoMaterialProperties(
            type=RelatedCryptoMaterialType.PUBLIC_KEY,
            id=pin,
            algorithm_ref=BomRef(one.algorithm) if one.algorithm in self._assets.algorithms else None,
            size=one.size,
            format="SubjectPublicKeyInfo",
        )
        crypto = CryptoProperties(asset_type=CryptoAssetType.RELATED_CRYPTO_MATERIAL, related_crypto_material_properties=properties)
        said = [("tlsscan:role", CERTIFYING), ("tlsscan:certificates", one.certificates)]
        self._add(f"crypto/key/{pin}", f"public key {one.name}", crypto, None, said)
        self._depends(f"crypto/key/{pin}", [one.algorithm])

    def _service(self, one: Server) -> Service:
        place = place_text(one.address, one.port)
        ref = f"service/{one.transport}/{place}" + (f"/{quote(one.name, safe='')}" if one.name else "")
        self._depends(ref, one.uses)
        said = [("tlsscan:handshakes", one.handshakes), ("tlsscan:handshakes:complete", one.complete)]
        endpoint = XsUri(f"{one.transport}://{place_text(_written_out(one.address), one.port)}")
        return Service(name=one.name or place, bom_ref=ref, endpoints=[endpoint], properties=_properties(said))


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


def _properties(pairs: Iterable[tuple[str, Any]]) -> list[Property]:
    return [Property(name=name, value=str(value)) for name, value in pairs if value is not None]


def _title(sources: list[str]) -> str:
    """Return what is described: the capture's name, or how many there are."""
    names = [PurePath(source).name for source in sources]
    return names[0] if len(names) == 1 else f"{len(names)} captures"


def _hex(suite: int) -> str:
    """Return a suite's number as IANA writes it: 0x13,0x01; of SSL 2.0 three octets."""
    octets = suite.to_bytes(2 if suite <= 0xFFFF else 3, "big")
    return ",".join(f"0x{octet:02X}" for octet in octets)
