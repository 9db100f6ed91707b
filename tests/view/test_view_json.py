"""JSON out of the store keeps every digit, and is JSON."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invocation_otel.view.exact_json import readable, to_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(places=9, allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.000054000"), "0.000054000"),
        (Decimal("0E-9"), "0.000000000"),
        (Decimal("5.4E-8"), "0.000000054"),
        (Decimal("123456789.123456789"), "123456789.123456789"),
        (18_446_744_073_709_551_615, "18446744073709551615"),
        (True, "true"),
        (None, "null"),
        (datetime(2026, 11, 22, 2, 46, 31, 120_000, UTC), '"2026-11-22T02:46:31.120Z"'),
        (datetime(2026, 11, 22, 2, 46, tzinfo=timezone(timedelta(hours=1))), '"2026-11-22T01:46:00.000Z"'),
        ("Müller\n", '"Müller\\n"'),
        ("\x9b2J\x7f\u202e", '"\\u009b2J\\u007f\\u202e"'),
        ([], "[]"),
        ({}, "{}"),
        ({"a": [1, {"b": None}]}, '{"a": [1, {"b": null}]}'),
    ],
)
def test_a_value_keeps_what_it_says(value: Any, text: str) -> None:
    assert to_json(value) == text


@given(VALUES)
def test_what_is_written_is_read_back_as_it_was(value: Any) -> None:
    assert json.loads(to_json(value), parse_float=Decimal) == value
    assert json.loads(to_json(value, indent=2), parse_float=Decimal) == value


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ('{"lead_id":"PN-2","open":true}', '{\n  "lead_id": "PN-2",\n  "open": true\n}'),
        (
            '{"price":1.50,"big":1e400,"id":9007199254740993}',
            '{\n  "price": 1.50,\n  "big": 1e400,\n  "id": 9007199254740993\n}',
        ),
        ("[[1],[]]", "[\n  [\n    1\n  ],\n  []\n]"),
        ('"a text\\nof two lines"', "a text\nof two lines"),
        ("NaN", "NaN"),
        ("7", "7"),
        ('{"cut off', '{"cut off'),
        ("", ""),
        ("[" * 100_000, "[" * 100_000),
        ("[" * 900 + "]" * 900, "[" * 900 + "]" * 900),
    ],
)
def test_recorded_json_is_shown_with_one_value_a_line_and_its_own_digits(recorded: str, shown: str) -> None:
    """What cannot be read as JSON, or only with thousands of indents, is shown as it was recorded."""
    assert readable(recorded) == shown
