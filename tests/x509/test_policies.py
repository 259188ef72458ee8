"""policies: the kinds of validation that the CA/Browser Forum names, and trees that invite to be walked."""

import pytest

from analyzer.x509 import policies

DV, OV, IV, EV = "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3", "2.23.140.1.1"


def body(der, *dotted):
    return der.tlv(0x30, *(der.tlv(0x30, der.oid(one)) for one in dotted))


@pytest.mark.parametrize(
    ("dotted", "kind"),
    [((DV,), "DV"), ((OV, "1.2.3"), "OV"), ((IV,), "IV"), ((EV,), "EV"), ((DV, EV), "EV"), (("1.2.3",), None), ((), None)],
)
def test_kinds(der, dotted, kind):
    faults = []
    fields = policies.policies(body(der, *dotted), faults)
    assert (fields["policies"], fields["policy_kind"], faults) == (dotted, kind, [])


def test_broken_qualifiers(der):
    faults = []
    qualifier = der.tlv(0x30, der.oid("1.3.6.1.5.5.7.2.1"))
    fields = policies.policies(der.tlv(0x30, der.tlv(0x30, der.oid(DV), der.tlv(0x30, qualifier))), faults)
    assert (fields["policies"], faults) == ((DV,), ["bad qualifier"])


# the shape of CVE-2023-0464
def test_many_mappings_are_listed_once(der):
    pairs = [der.tlv(0x30, der.oid(f"1.2.{i}"), der.oid(f"1.3.{j}")) for i in range(30) for j in range(30)]
    faults = []
    assert len(policies.policy_mappings(der.tlv(0x30, *pairs), faults)["policy_mappings"]) == 900
    assert faults == []
