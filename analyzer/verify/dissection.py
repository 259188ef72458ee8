"""Dissection: the tree that Wireshark makes of a packet → Facts.

Here lives: Wireshark's names of fields, and where in its tree they stand.  Here does not live: running it (``wireshark``).  Field names
are those of Wireshark 4.0 (tshark -G fields) without the leading "tls." or "dtls.".
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from analyzer.tls.codes import is_grease
from analyzer.verify.fact import ALERT, LISTED, SSLV2, Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LAYERS", "facts"]

LAYERS = ("frame", "ip", "ipv6", "tcp", "udp", "tls", "dtls", "quic")
"""Layers that Wireshark is asked to print."""

Tree = dict[str, Any]
Layers = dict[str, list[Tree]]

HELLOS = frozenset((1, 2, 6))
"""HandshakeTypes that have the fields of a hello: ClientHello, ServerHello, and HelloRetryRequest of the drafts."""
HEADER = frozenset(f"handshake.{name}" for name in ("type", "length", "message_seq", "fragment_offset", "fragment_length"))
"""All that stands under a piece of a DTLS message that does not complete it."""
REPEATED = ("tcp.analysis.retransmission", "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission")


def facts(layers: Layers) -> Iterator[Fact]:
    """Give a Fact for each whole message and plain alert of one packet; none where it is not in TCP or UDP over IP."""
    frame = layers["frame"][0]
    protocols = str(frame.get("frame.protocols", "")).split(":")
    network = _innermost(layers, protocols, ("ip", "ipv6"))
    carrier = _innermost(layers, protocols, ("tcp", "udp"))
    if network is None or carrier is None:
        return
    ip, transport = network[0], carrier[0]
    source, target = (
        (str(_one(network[1], f"{ip}.{host}")), int(_one(carrier[1], f"{transport}.{port}") or 0))
        for host, port in (("src", "srcport"), ("dst", "dstport"))
    )
    repeated = transport == "tcp" and any(_has(carrier[1], name) for name in REPEATED)
    for layer in ("tls", "dtls", "quic"):
        for node, record in _messages(layers.get(layer, [])):
            said = _alert(node) if "alert_message.level" in node else _message(node, record)
            if said is not None:
                yield Fact(
                    packet=int(frame["frame.number"]),
                    sides=(transport, source, target),
                    type=said[0],
                    values=said[1],
                    decrypted="record.opaque_type" in record or (layer == "quic" and said[0] not in HELLOS),
                    repeated=repeated,
                    sequence=_number(_one(node, "handshake.message_seq")),
                )


def _innermost(layers: Layers, protocols: list[str], names: tuple[str, ...]) -> tuple[str, Tree] | None:
    """Return name and fields of the last layer of these names in the packet."""
    for name in reversed(protocols):
        if name in names and layers.get(name):
            return name, layers[name][-1]
    return None


def _one(tree: Tree, name: str) -> Any:
    value = tree.get(name)
    return value[-1] if isinstance(value, list) and value else value


def _has(tree: Tree, name: str) -> bool:
    """Whether a field of this name stands anywhere below."""
    return any(name in node for node in _walk(tree))


def _walk(tree: Any) -> Iterator[Tree]:
    """Walk all nodes, in order, without recursion: how deep a tree is decides the packet."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(reversed(node.values()))
        elif isinstance(node, list):
            waiting.extend(reversed(node))


def _plain(node: Tree) -> Tree:
    """Return the node with the protocol's name taken off its fields' names."""
    return {name.partition(".")[2] if name.startswith(("tls.", "dtls.")) else name: value for name, value in node.items()}


def _messages(layers: list[Tree]) -> Iterator[tuple[Tree, Tree]]:
    """Walk the messages and alerts of some layers, each with the record around it."""
    waiting: list[tuple[Any, Tree]] = [(layers, {})]
    while waiting:
        node, record = waiting.pop()
        if isinstance(node, list):
            waiting.extend((item, record) for item in reversed(node))
        if not isinstance(node, dict):
            continue
        node = _plain(node)
        if "record.version" in node or "record.length" in node:
            record = node
        if "handshake.type" in node or "alert_message.level" in node:
            yield node, record
        else:
            waiting.extend((value, record) for value in reversed(node.values()))


def _alert(node: Tree) -> tuple[int, Tree] | None:
    description = _one(node, "alert_message.desc")
    if description is None:
        return None
    return ALERT, {"level": _number(_one(node, "alert_message.level")), "description": _number(description)}


def _message(node: Tree, record: Tree) -> tuple[int, Tree] | None:
    """Return type and values of a message; None for a fragment of one."""
    code, length = _number(_one(node, "handshake.type")), _one(node, "handshake.length")
    if code is None or "handshake.reassembled_in" in node or _is_fragment(node):
        return None
    values: Tree = {} if length is None else {"length": _number(length)}
    version = _one(record, "record.version")
    if version is not None:
        values["record_version"] = _number(version)
    leaves, extensions = _leaves(node)
    if node is record:  # SSL 2.0 framing: the message is the record
        code += SSLV2
        suites = tuple(_number(item) for item in leaves.get("handshake.cipherspec", ()))
        values = {"record_version": values.get("record_version")}
        if code in {SSLV2 + 1, SSLV2 + 4}:
            values["cipher_suites"] = suites
        elif code == SSLV2 + 2:
            values["cipher_suite"] = suites[0] if suites else None
    elif code in HELLOS:
        values |= {field: _hex(leaves.get(f"handshake.{field}", ("",))[0]) for field in ("random", "session_id")}
        values["extensions"] = tuple(number for number, _ in extensions if not is_grease(number))
        values |= {field: tuple(_listed(field, extensions)) for field in LISTED}
        suites = tuple(_number(item) for item in leaves.get("handshake.ciphersuite", ()))
        values |= {"cipher_suites": suites} if code == 1 else {"cipher_suite": suites[0] if suites else None}
        values |= {field: leaves[f"handshake.{field}"][0] for field in ("ja3", "ja3s") if f"handshake.{field}" in leaves}
    if "handshake.cookie_length" in leaves:
        values["cookie"] = _hex(leaves.get("handshake.cookie", ("",))[0])
    if "handshake.version" in leaves:
        values["version"] = _number(leaves["handshake.version"][0])
    if code in {11, 25, SSLV2 + 4}:
        values["certificates"] = tuple(map(_digest, leaves.get("handshake.certificate", ())))
    return code, values


def _is_fragment(node: Tree) -> bool:
    """Whether a DTLS message is in pieces and this one does not complete it."""
    if _one(node, "handshake.fragment_length") in {None, _one(node, "handshake.length")}:
        return False
    return all(name in HEADER or name.startswith("_ws") for name in node)


def _leaves(node: Tree) -> tuple[dict[str, list[str]], list[tuple[int, dict[str, list[str]]]]]:
    """Return the texts below a message by name, those of its extensions apart: (code, texts by name) of each."""
    extensions: list[tuple[int, dict[str, list[str]]]] = []
    own: dict[str, list[str]] = {}
    waiting: list[tuple[str, Any, dict[str, list[str]]]] = [("", node, own)]
    while waiting:
        name, value, into = waiting.pop()
        if isinstance(value, str):
            into.setdefault(name, []).append(value)
        elif isinstance(value, list):
            waiting.extend((name, item, into) for item in reversed(value))
        elif isinstance(value, dict):
            plain = _plain(value)
            code = _number(_one(plain, "handshake.extension.type"))
            if code is not None and into is own:
                into = {}
                extensions.append((code, into))
            waiting.extend((key, item, into) for key, item in reversed(plain.items()))
    return own, extensions


def _listed(field: str, extensions: list[tuple[int, dict[str, list[str]]]]) -> Iterator[Any]:
    """Walk the items of a field that an extension holds."""
    listed = LISTED[field]
    for code, leaves in extensions:
        if code in listed.codes:
            for name in listed.leaves:
                yield from leaves.get(name, ()) if listed.text else map(_number, leaves.get(name, ()))


def _number(text: Any) -> int | None:
    """Read a number as Wireshark writes it, decimal or with 0x; None where it is none."""
    try:
        return int(text, 0)
    except (TypeError, ValueError):
        return None


def _hex(text: str) -> str:
    """Read bytes as Wireshark writes them: pairs of hex digits with colons."""
    return text.replace(":", "")


def _digest(text: str) -> str:
    """SHA-256 of bytes as Wireshark writes them; what are none stay as they are."""
    try:
        return sha256(bytes.fromhex(_hex(text))).hexdigest()
    except ValueError:
        return text
