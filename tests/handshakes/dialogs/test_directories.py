"""LDAP's StartTLS.  Messages as OpenLDAP's client and others send them, and encoded anew with lengths of every form."""

from __future__ import annotations

import talk
from hypothesis import given
from hypothesis import strategies as st
from unit_talk import TLS, C, S, carried, cuts, heard, strict, told

from analyzer.handshakes.dialogs.directories import Ldap

OID = b"1.3.6.1.4.1.1466.20037"
REQUEST = bytes.fromhex("301d02010177188016312e332e362e312e342e312e313436362e3230303337")
GRANTED = bytes.fromhex("300c02010178070a010004000400")


def tlv(tag, body, form=0):
    """BER with a length in ``form`` more octets than needed."""
    size = len(body).to_bytes(form, "big") if form else b""
    head = bytes([0x80 | form]) + size if form else bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + head + body


def said(number, tag, body, form=0):
    return tlv(0x30, tlv(2, bytes([number])) + tlv(tag, body, form), form)


def response(number, code, text=b"", tag=0x78):
    return said(number, tag, tlv(10, bytes([code])) + tlv(4, b"") + tlv(4, text))


BIND = said(1, 0x60, tlv(2, b"\3") + tlv(4, b"cn=admin") + tlv(0x80, b"secret"))
BOUND = response(1, 0, tag=0x61)
SEARCH = said(2, 0x63, tlv(4, b"") + bytes(20))
ENTRY = said(2, 0x64, tlv(4, b"") + tlv(0x30, tlv(0x30, tlv(4, b"supportedExtension") + tlv(0x31, tlv(4, OID)))))
DONE = response(2, 0, tag=0x65)


@given(cuts)
def test_granted(sizes):
    turns = [(C, REQUEST), (S, GRANTED), (C, TLS), (S, TLS)]
    assert carried(Ldap, turns, sizes) == (True, False, None, [31, 14], "ldap", None, True, True, b"", b"success", None, None)


@given(st.sampled_from([1, 2, 3, 4]), cuts)
def test_any_form_of_length(form, sizes):
    request = said(7, 0x77, tlv(0x80, OID, form), form)
    dialog, ends = heard(Ldap, (C, request), (S, response(7, 0)), (C, TLS), sizes=sizes)
    assert (dialog.prelude.granted, ends[C]) == (True, len(request))


@given(cuts)
def test_other_messages_before(sizes):
    turns = [(C, BIND), (S, BOUND), (C, SEARCH), (S, ENTRY), (S, DONE), (C, said(3, 0x77, tlv(0x80, OID))), (S, response(3, 0)), (C, TLS)]
    found = carried(Ldap, turns, sizes)
    assert (found[0], found[5:8], found[3][0]) == (True, (True, True, True), len(BIND + SEARCH) + 31)


def test_refused():
    refused = [(C, REQUEST), (S, response(1, 2, b"unsupported extended operation"))]
    dialog, _ = heard(Ldap, *refused)
    assert (dialog.prelude.granted, dialog.prelude.answer, dialog.settled) == (False, b"unsupported extended operation", False)
    assert heard(Ldap, *refused, (C, said(2, 0x60, tlv(2, b"\3") + tlv(4, b"") + tlv(0x80, b""))))[0].settled
    assert heard(Ldap, (C, REQUEST), (S, response(1, 52)))[0].prelude.answer == b"unavailable"
    assert heard(Ldap, *refused, (C, TLS))[1][C] == len(REQUEST)
    again = [(C, said(2, 0x77, tlv(0x80, OID))), (S, response(2, 0)), (C, TLS)]
    assert heard(Ldap, *refused, *again)[0].prelude.granted


def test_not_asked_for():
    dialog, _ = heard(Ldap, (C, BIND))
    assert (dialog.sure, dialog.settled) == (None, False)
    dialog, _ = heard(Ldap, (C, BIND), (S, BOUND), *[(C, SEARCH)] * 20)
    assert (dialog.sure, dialog.settled, dialog.prelude.requested) == (True, True, False)
    sealed = heard(Ldap, (C, BIND), (S, BOUND), (C, b"\0\0\0\x60sealed"))[0]  # SASL has put its own layer in
    assert (sealed.sure, sealed.settled) == (True, True)


def test_a_long_entry_is_stepped_over():
    entry = said(2, 0x64, tlv(4, b"dc=shop") + tlv(0x30, bytes(60_000)))
    dialog, ends = heard(Ldap, (C, SEARCH), (S, entry + DONE), (C, REQUEST), (S, GRANTED + TLS), sizes=[1400] * 60)
    assert (dialog.prelude.granted, ends[S]) == (True, len(entry + DONE + GRANTED))


def test_the_sample():
    preludes, ends = told(*[(C if sender == talk.CLIENT else S, data) for sender, data in talk.turns("starttls-ldap")])
    assert [(one.protocol, one.requested, one.granted, ends) for one in preludes.told] == [("ldap", True, True, [31, 14])]


test_junk, test_damage = strict(Ldap, [(C, BIND), (S, BOUND), (C, SEARCH), (S, ENTRY), (C, REQUEST), (S, GRANTED)])
