"""Signs: by which first bytes a protocol is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.handshakes.dialogs.dialog import Dialog, begins, tls_begins
from analyzer.handshakes.preludes import OPENING, ROWS


@pytest.mark.parametrize(
    ("data", "fits"), [(b"", None), (b"e", None), (b"Ehlo", None), (b"ehlo ", True), (b"EHLO x", True), (b"EHLOx", False), (b"2", None),
                       (b"220", True), (b"x", False)],
)  # fmt: skip
def test_begins(data, fits):
    assert begins(b"EHLO ", b"220")(data) is fits


@pytest.mark.parametrize(("data", "fits"), [(b"\x16", True), (b"\x16\3\1", True), (b"\x14\3", True), (b"\x17\2", False), (b"220", False)])
def test_tls_begins(data, fits):
    assert tls_begins(data) is fits
    assert tls_begins(b"x" + data, 1) is fits


@given(st.binary(min_size=OPENING, max_size=OPENING))
def test_every_sign_knows_by_its_opening(data):
    for row in ROWS:
        for sign in row[:2]:
            for head in (data, data.hex().encode()[:OPENING], b"a" * OPENING) if sign else ():
                assert sign(head) in (True, False)


def test_the_state_a_dialog_begins_in():
    dialog = Dialog(1)
    assert (dialog.prelude.client_side, dialog.sure, dialog.settled, dialog.framing) == (1, None, False, None)
    assert dialog.unwrap(0, b"as it is") == b"as it is"
    with pytest.raises(NotImplementedError):
        dialog.take(0, b"")
