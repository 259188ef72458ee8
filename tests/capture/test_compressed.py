import bz2
import contextlib
import gzip
import lzma
import sys
import tracemalloc

import lz4.frame
import pytest
from capture_writers import FRAME, START, pcap
from hypothesis import given
from hypothesis import strategies as st

from analyzer.capture import Capture
from analyzer.capture.compressed import CODECS, codec_of
from analyzer.errors import NotACaptureError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACKETS = [(START + n, n, bytes([n % 251]) * (n % 97)) for n in range(3000)]
PLAIN = pcap(PACKETS)
PACK = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd.compress, "lz4": lz4.frame.compress}
every_codec = pytest.mark.parametrize("name", PACK)


def test_every_codec_is_tested():
    assert list(PACK) == [codec.name for codec in CODECS]


@every_codec
def test_told_by_content_and_read(read, name, tmp_path):
    path = tmp_path / "name.says.nothing"
    path.write_bytes(PACK[name](PLAIN))
    for what in (path, PACK[name](PLAIN)):
        got = read(what)
        assert got.data == [data for _, _, data in PACKETS]
        assert (got.source.format, got.source.damage) == ("pcap+" + name, None)


@every_codec
def test_members_one_after_the_other(read, name):
    pieces = [PLAIN[n : n + 10_000] for n in range(0, len(PLAIN), 10_000)]
    packed = b"".join(PACK[name](piece) for piece in [b"", *pieces, b""])
    got = read(packed)
    assert got.source.packets == len(PACKETS)
    assert got.source.damage is None


@pytest.mark.parametrize("name", ["gzip", "xz"])
def test_zeros_behind_are_padding(read, name):
    assert read(PACK[name](PLAIN) + bytes(5000)).source.damage is None


@every_codec
def test_rubbish_behind_is_damage(read, name):
    source = read(PACK[name](PLAIN) + b"rubbish").source
    assert source.packets == len(PACKETS)
    assert source.damage == f"bytes that are not {name} follow {len(PLAIN)} bytes unpacked"


def test_skippable_frames_are_skipped(read):
    skippable = b"\x5a\x2a\x4d\x18\x05\0\0\0hello"
    for pack in (zstd.compress, lz4.frame.compress):
        got = read(skippable + pack(PLAIN) if pack is zstd.compress else pack(PLAIN) + skippable)
        assert (got.source.packets, got.source.damage) == (len(PACKETS), None)


@every_codec
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_cut_streams_yield_what_they_held(read, name, share):
    members = [PACK[name](PLAIN[n : n + 10_000]) for n in range(0, len(PLAIN), 10_000)]
    packed = b"".join(members)
    got = read(packed[: int(len(packed) * share)])
    assert f"{name} data ends early" in got.source.damage
    assert got.data == [data for _, _, data in PACKETS][: len(got.data)]
    whole = int(len(members) * share) - 1  # members, all about the same length
    assert got.source.bytes + 16 * got.source.packets > (whole - 1) * 10_000


def test_cut_gzip_yields_every_byte(read):
    import zlib

    packed = gzip.compress(PLAIN)[:-500]
    want = zlib.decompressobj(31).decompress(packed)
    assert len(want) - 120 < read(packed).source.bytes + 16 * read(packed).source.packets + 24 <= len(want)


def test_damaged_gzip_loses_nothing_before_the_damage(read):
    import zlib

    packed = bytearray(gzip.compress(PLAIN, 1))
    for at in range(len(packed) // 2, len(packed) // 2 + 400):
        packed[at] ^= 0xFF
    unpacker, good = zlib.decompressobj(31), b""
    with contextlib.suppress(zlib.error):
        for byte in packed:
            good += unpacker.decompress(bytes([byte]))
    got = read(bytes(packed))
    assert "gzip data is damaged" in got.source.damage
    want = read(good)
    assert got.data == want.data
    assert len(got.data) > 100


@every_codec
def test_one_layer_only(name):
    from analyzer.capture import Capture

    with pytest.raises(NotACaptureError, match=f"{name} inside gzip: only one layer"):
        next(iter(Capture(gzip.compress(PACK[name](PLAIN)))))


@every_codec
@pytest.mark.parametrize("keep", [0, 1, 6, 12])
def test_heads_alone_are_no_captures(name, keep):
    from analyzer.capture import Capture

    with pytest.raises(NotACaptureError):
        next(iter(Capture(PACK[name](PLAIN)[:keep])), None)


@every_codec
def test_bombs_are_read_in_flat_memory(name):
    import msgspec

    from analyzer.capture import Capture
    from analyzer.limits import DEFAULT

    bomb = PACK[name](pcap([(START, 0, bytes(10 << 20))] * 4))
    limits = msgspec.structs.replace(DEFAULT, block_bytes=1 << 20, packet_bytes=11 << 20)
    tracemalloc.start()
    count = sum(len(block) for block in Capture(bomb, 0, limits))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 4
    assert peak < 40 << 20  # a packet, twice, and what the codec needs


@given(st.sampled_from(list(PACK)), st.data())
def test_no_damage_raises(name, data):
    from analyzer.capture import Capture
    from analyzer.errors import CaptureError

    packed = bytearray(PACK[name](PLAIN[:5000]))
    for at in data.draw(st.lists(st.integers(0, len(packed) - 1), max_size=5)):
        packed[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(CaptureError):
        list(Capture(bytes(packed)))


@every_codec
def test_what_damage_loses_does_not_depend_on_block_sizes(name):
    packed = bytearray(PACK[name](pcap(PACKETS[:300])))
    for at in range(50, len(packed), len(packed) // 9):
        packed[at] ^= 0x55
        seen = []
        for size in (64, 1000, 1 << 20):
            capture = Capture(bytes(packed))
            capture.block_bytes = size
            seen.append(0)
            with contextlib.suppress(NotACaptureError):
                for block in capture:
                    seen[-1] += len(block)
        assert seen[0] == seen[1] == seen[2]
        packed[at] ^= 0x55


def test_codec_of_nothing():
    assert codec_of(b"") is None
    assert codec_of(PLAIN[:8]) is None
    assert len(FRAME) > 14


@every_codec
def test_a_bomb_is_damage_and_what_came_before_is_read(read, name):
    """A header and a packet, then zeros that hardly weigh anything."""
    bomb = PACK[name](pcap([(START, 0, bytes(60_000))] * 500))
    got = read(bomb, capture_bytes=1 << 20, capture_ratio=20)
    assert "limit capture_ratio" in got.source.damage
    assert 10 < got.source.packets < 500
    assert read(bomb).source.damage is None, "a small capture may be as regular as it likes"


@pytest.mark.parametrize("name", ["xz", "zstd"])
def test_a_stream_may_not_ask_for_more_memory_than_the_limit(read, name):
    options = {zstd.CompressionParameter.compression_level: 19, zstd.CompressionParameter.window_log: 24}
    chance = bytes(range(256)) * 4
    plain = pcap([(START, n, (chance + n.to_bytes(4, "big")) * 20) for n in range(1500)])
    packed = lzma.compress(plain, preset=9) if name == "xz" else zstd.compress(plain, options=options)
    assert read(packed).source.packets == 1500
    with pytest.raises(NotACaptureError, match=f"{name} data is damaged"):
        read(packed, dictionary_bytes=1 << 20)
