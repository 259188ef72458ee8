"""Document: the components of a BOM, put together as CycloneDX 1.6 JSON.

Here lives: the order of the document, what it says of the whole, its serial number.  Here does not live: components (``components``), links
(``links``), why it is told so (the package).  A component, service or dependency stands on a line of its own, by its bom-ref.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import uuid
from functools import partial
from operator import itemgetter
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6

from analyzer.reports.cbom.algorithm import slug
from analyzer.reports.cbom.components import EPOCH, Components, moment, properties
from analyzer.reports.cbom.links import ROOT, dependencies, service_ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from analyzer.reports.cbom.assets import Assets
    from analyzer.reports.report import End

__all__ = ["document"]

_NAMESPACE = uuid.UUID("f6c3c5a2-4f0b-5d0e-9a53-0b6f5b1d7c11")
"""Of serial numbers: version 5 UUIDs (RFC 9562 section 5.5) of the content."""
_SPOOL_BYTES = 4 << 20
_BATCH = 100
"""Components given to the library at once: it takes four times as long for twice as many."""


def document(out: BinaryIO, assets: Assets, end: End, *, version: str, registry_date: str) -> None:
    """Write the BOM."""
    made = Components(assets, [source.name for source in end.sources])
    components = made.makers()
    services = {service_ref(server): partial(made.service, server) for server in assets.servers.values()}
    head = _told(Bom(metadata=_metadata(assets, end, version, registry_date)))
    parts = {
        "components": _lines("components", components),
        "services": _lines("services", services),
        "dependencies": map(_line, dependencies(assets, {*components, *services})),
    }
    metadata = _line(_ordered(head.pop("metadata")))
    hashed = hashlib.sha256(metadata)
    with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as waiting:
        for part, lines in parts.items():
            waiting.write(b",\n" + _line(part) + b": [")
            for at, line in enumerate(lines):
                hashed.update(line)
                waiting.write((b",\n" if at else b"\n") + line)
            waiting.write(b"\n]")
        told = {name: head[name] for name in ("$schema", "bomFormat", "specVersion")}
        told |= {"serialNumber": uuid.uuid5(_NAMESPACE, hashed.hexdigest()).urn, "version": 1}
        out.write(b"{\n" + b",\n".join(_line(name) + b": " + _line(value) for name, value in told.items()))
        out.write(b',\n"metadata": ' + metadata)
        waiting.seek(0)
        shutil.copyfileobj(waiting, out, 1 << 20)
    out.write(b"\n}\n")


def _told(bom: Bom) -> dict[str, Any]:
    """Return a BOM as the library tells it."""
    shape: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    return shape


def _lines(part: str, makers: Mapping[str, Callable[[], Any]]) -> Iterator[bytes]:
    """Walk components or services, by bom-ref, a few at a time."""
    refs = sorted(makers)
    for at in range(0, len(refs), _BATCH):
        bom = Bom()
        setattr(bom, part, [makers[ref]() for ref in refs[at : at + _BATCH]])
        for shape in sorted(map(_ordered, _told(bom)[part]), key=itemgetter("bom-ref")):
            if "endpoints" in shape:  # it escapes the brackets of IPv6 (RFC 3986 section 3.2.2)
                shape["endpoints"] = [endpoint.replace("%5B", "[").replace("%5D", "]") for endpoint in shape["endpoints"]]
            yield _line(shape)


def _line(value: Any) -> bytes:
    return json.dumps(value).replace("\x7f", "\\u007f").encode()


def _ordered(value: Any) -> Any:
    """Return a value of JSON in order: names by the alphabet, and lists too, which the library has from sets without one."""
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return sorted(map(_ordered, value), key=_rank)
    return value


def _rank(value: Any) -> tuple[str, int, str]:
    """Return what orders an item of a list: capture and packet, or name; then everything."""
    if not isinstance(value, dict):
        return str(value), 0, ""
    place, _, number = value.get("location", "").rpartition("#")
    return place or value.get("name", ""), int(number or 0), json.dumps(value)


def _metadata(assets: Assets, end: End, version: str, registry_date: str) -> BomMetaData:
    """Return what is said of the whole."""
    last = max((source.last for source in end.sources if source.last is not None), default=None)
    return BomMetaData(
        timestamp=moment(last) or EPOCH,
        tools=ToolRepository(components=[Component(name="tlsscan", version=version or None, type=ComponentType.APPLICATION)]),
        component=Component(name=_title([source.name for source in end.sources]), type=ComponentType.DATA, bom_ref=ROOT),
        lifecycles=[PredefinedLifecycle(phase=LifecyclePhase.DISCOVERY)],
        properties=properties(_said(assets, end, registry_date)),
    )


def _said(assets: Assets, end: End, registry_date: str) -> Iterator[tuple[str, Any]]:
    """Walk the properties of the whole."""
    counts = assets.handshakes
    yield "tlsscan:handshakes", counts["complete"] + counts["incomplete"]
    yield "tlsscan:handshakes:complete", counts["complete"]
    yield "tlsscan:handshakes:certificates-hidden-by-tls-1.3", counts["hidden"]
    yield "tlsscan:registry", registry_date or None
    yield "tlsscan:interrupted", "true" if end.interrupted else None
    for source in end.sources:
        yield "tlsscan:damage", f"{source.name}: {source.damage}" if source.damage else None
    for name, count in end.counters.limits.items():
        yield f"tlsscan:limit:{name}", count
    for name, count in assets.left_out.items():
        yield f"tlsscan:left-out:{slug(name)}", count


def _title(sources: list[str]) -> str:
    """Return what is described: the capture's name, or how many there are."""
    names = [PurePath(source).name or source for source in sources]
    return names[0] if len(names) == 1 else f"{len(names)} captures"
