"""RFC 8701 section 2."""

from analyzer.registry import is_grease
from analyzer.registry.grease import GREASE, GREASE_MODES


def test_sixteen_numbers_of_two_equal_bytes():
    assert [code for code in range(0x10000) if is_grease(code)] == sorted(GREASE)
    assert sorted(GREASE)[:2] == [0x0A0A, 0x1A1A]
    assert max(GREASE) == 0xFAFA
    assert len(GREASE) == 16


def test_modes():
    assert sorted(GREASE_MODES) == [0x0B, 0x2A, 0x49, 0x68, 0x87, 0xA6, 0xC5, 0xE4]
