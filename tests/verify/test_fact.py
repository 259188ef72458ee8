from analyzer.verify.fact import ALERT, FIELDS, LISTED, SSLV2, type_name


def test_every_type_has_a_name():
    assert [type_name(code) for code in (1, 2, SSLV2 + 1, ALERT, 250)] == [
        "client_hello", "server_hello", "sslv2_client_hello", "alert", "type 250",
    ]  # fmt: skip


def test_every_listed_field_is_a_field():
    assert {*LISTED} < {*FIELDS}
