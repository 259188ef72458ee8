"""What is embedded cannot leave its element, and the policy names exactly what may run."""

import base64
import hashlib
import json
import zlib

from hypothesis import given
from hypothesis import strategies as st

from analyzer.reports.html.embedding import between_tags, deflated, policy

PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(VALUES)
def test_json_between_tags_is_the_same_value_and_ends_nothing(value):
    told = between_tags(value)
    assert json.loads(told) == value
    assert not {"<", ">", "&", "\u2028", "\u2029"} & set(told)


def test_no_element_ends_early():
    assert between_tags(["</script><!--", "]]>"]) == r'["\u003c/script\u003e\u003c!--","]]\u003e"]'


@given(VALUES)
def test_deflated_data_is_raw_deflate_in_base64(value):
    told = deflated(value)
    assert set(told) <= set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    assert json.loads(zlib.decompress(base64.b64decode(told), -15)) == value


def test_policy():
    told = policy("let a;", "b{}")
    assert told.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(b'let a;').digest()).decode()}'" in told
    assert "unsafe" not in told
    assert "http" not in told
