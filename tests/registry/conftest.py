"""What Wireshark on this computer names the values of its fields."""

import subprocess
from collections import defaultdict

import pytest


@pytest.fixture(scope="session")
def wireshark():
    """Field -> list of (number, name), as ``tshark -G values`` prints them."""
    try:
        told = subprocess.run(["tshark", "-G", "values"], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("tshark is not installed")
    fields = defaultdict(list)
    for row in told.splitlines():
        if row.startswith(("V\ttls.", "V\tdtls.")):
            _, field, number, name = row.split("\t")[:4]
            fields[field].append((int(number, 0), name))
    return fields
