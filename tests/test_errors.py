"""What the caller can catch."""

from __future__ import annotations

import pytest

from analyzer.errors import CaptureError, NotACaptureError, TlsscanError


def test_one_root():
    assert issubclass(NotACaptureError, CaptureError)
    assert issubclass(CaptureError, TlsscanError)


@pytest.mark.parametrize(("content", "error"), [(b"this is no capture at all, but a text", NotACaptureError), (None, CaptureError)])
def test_they_carry_one_line_for_a_person(tmp_path, content, error):
    import analyzer

    path = tmp_path / "x.pcap"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error) as caught:
        analyzer.scan(path)
    assert "\n" not in str(caught.value)
    assert "x.pcap" in str(caught.value)
