"""quic_keys: the vectors of RFC 9001 appendix A and RFC 9369 appendix A, and aioquic's keys."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.tls.quic_keys import Keys, expand_label, initial_keys, retry_tag
from analyzer.tls.quic_versions import V1, V2, edition

DESTINATION = bytes.fromhex("8394c8f03e515708")
CLIENT_FRAMES = bytes.fromhex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578616d"
    "706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559f"
    "edba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c00024001003900320408ff"
    "ffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff"
)
"""The CRYPTO frame of RFC 9001 appendix A.2 and RFC 9369 appendix A.2, without its padding."""

CLIENT_INITIAL = {
    V1: "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9bd8bab936b47d92ec356c0bab7df5976d27cd449f6330"
        "0099f399",
    V2: "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485dd04de806071bf03dceebfa162e75d6c96058bdbfb127cdfcbf90338"
        "8e99ad049f9a",
}
"""How the client's packets begin (the rest follows from keys and frames)."""

SERVER_INITIAL = {
    V1: "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec249"
        "3a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d"
        "20398c276456cbc42158407dd074ee",
    V2: "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d8"
        "8965cf17f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a"
        "3e2c43edd9ce7ca84bed8521e2e140",
}  # fmt: skip
"""RFC 9001 appendix A.3, RFC 9369 appendix A.3: whole packets."""

SERVER_FRAMES = bytes.fromhex(
    "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c940d89"
    "690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304"
)

RETRY = {
    V1: "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba",
    V2: "cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6",
}
"""RFC 9001 appendix A.4, RFC 9369 appendix A.4."""


@pytest.mark.parametrize(
    ("version", "server", "key", "iv", "mask"),
    [
        (V1, False, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2"),
        (V1, True, "cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03e", "c206b8d9b9f0f37644430b490eeaa314"),
        (V2, False, "8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9"),
        (V2, True, "82db637861d55e1d011f19ea71d5d2a7", "dd13c276499c0249d3310652", "edf6d05c83121201b436e16877593c3a"),
    ],
)
def test_initial_keys_are_those_of_the_rfcs(version, server, key, iv, mask):
    known = edition(version)
    keys = initial_keys(known.salts[0], known.label, DESTINATION, server=server)
    assert (keys._key.hex(), f"{keys._iv:024x}") == (key, iv)
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    block = bytes(range(16))
    assert keys._mask(block) == Cipher(algorithms.AES(bytes.fromhex(mask)), modes.ECB()).encryptor().update(block)


@pytest.mark.parametrize(
    ("label", "info", "length"),
    [(b"client in", "00200f746c73313320636c69656e7420696e00", 32), (b"quic key", "00100e746c7331332071756963206b657900", 16)],
)
def test_labels_are_spelt_as_in_rfc_9001_appendix_a(label, info, length):
    import hmac

    assert expand_label(b"s" * 32, label, length) == hmac.digest(b"s" * 32, bytes.fromhex(info) + b"\1", "sha256")[:length]


@pytest.mark.parametrize("version", SERVER_INITIAL)
def test_the_servers_packet_opens(version):
    known, packet = edition(version), bytes.fromhex(SERVER_INITIAL[version])
    keys = initial_keys(known.salts[0], known.label, DESTINATION, server=True)
    assert keys.open(packet, 0, 18, len(packet), -1) == (1, SERVER_FRAMES)
    assert initial_keys(known.salts[0], known.label, DESTINATION, server=False).open(packet, 0, 18, len(packet), -1) is None


@pytest.mark.parametrize("version", CLIENT_INITIAL)
def test_the_beginning_of_the_clients_packet_opens_though_it_is_cut_off(version):
    known, packet = edition(version), bytes.fromhex(CLIENT_INITIAL[version])
    keys = initial_keys(known.salts[0], known.label, DESTINATION, server=False)
    number, frames = keys.open(packet, 0, 18, len(packet), -1, cut=True)
    assert number == 2
    assert frames == CLIENT_FRAMES[: len(frames)]
    assert len(frames) == len(packet) - 22


@pytest.mark.parametrize("version", RETRY)
def test_the_retry_tag_is_that_of_the_rfcs(version):
    packet = bytes.fromhex(RETRY[version])
    assert retry_tag(version, DESTINATION, packet[:-16]) == packet[-16:]
    assert retry_tag(0xFF000018, DESTINATION, packet[:-16]) is None
    assert retry_tag(0xDEADBEEF, DESTINATION, packet[:-16]) is None


@pytest.mark.parametrize(
    ("version", "secret"),
    [
        (V1, "d9c9943e6101fd200021506bcc02814c73030f25c79d71ce876eca876e6fca8e"),
        (V2, "c4dd2484d681aefa4ff4d69c2c20299984a765a5d3c31982f38fc74162155e9f"),
    ],
)
def test_the_keys_of_the_retry_tag_come_from_the_secrets_that_the_rfcs_name(version, secret):
    known = edition(version)
    made = tuple(expand_label(bytes.fromhex(secret), known.label + end, size) for end, size in ((b" key", 16), (b" iv", 12)))
    assert made == known.retry


def aioquic_packet(version, number, size, frames=b"\1" * 40, destination=DESTINATION):
    crypto = pytest.importorskip("aioquic.quic.crypto")
    pair = crypto.CryptoPair()
    pair.setup_initial(destination, is_client=True, version=version)
    first = 0xC0 | (0x10 if version == V2 else 0) | size - 1
    header = bytes([first]) + version.to_bytes(4, "big") + bytes([8]) + destination + b"\0\0"
    header += (0x4000 | size + len(frames) + 16).to_bytes(2, "big")
    return pair.encrypt_packet(header + (number & (1 << 8 * size) - 1).to_bytes(size, "big"), frames, number), len(header)


@settings(deadline=None)
@given(st.integers(0, 1 << 20), st.integers(1, 4), st.sampled_from((V1, V2)))
def test_what_aioquic_seals_is_opened(number, size, version):
    packet, at = aioquic_packet(version, number, size)
    known = edition(version)
    keys = initial_keys(known.salts[0], known.label, DESTINATION, server=False)
    assert keys.open(packet, 0, at, len(packet), number - 1) == (number, b"\1" * 40)
    if number < 256:
        assert keys.open(packet, 0, at, len(packet), 1 << 18) == (number, b"\1" * 40)  # a sender that began anew


@settings(deadline=None)
@given(st.integers(0, 79), st.integers(1, 255))
def test_a_flipped_bit_does_not_open(at, flip):
    packet, number_at = aioquic_packet(V1, 3, 2)
    broken = bytearray(packet)
    broken[at % len(packet)] ^= flip
    keys = initial_keys(edition(V1).salts[0], b"quic", DESTINATION, server=False)
    assert keys.open(bytes(broken), 0, number_at, len(broken), -1) is None


@settings(deadline=None)
@given(st.binary(max_size=80), st.integers(0, 90), st.integers(-1, 1 << 61), st.booleans())
def test_random_bytes_never_raise(data, at, largest, cut):
    keys = Keys(b"s" * 32, b"quic")
    opened = keys.open(data, 0, at, len(data), largest, cut=cut)
    assert opened is None or cut
