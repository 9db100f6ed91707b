"""Numbers as people read them, at every border where their form changes."""

from decimal import Decimal

import pytest

from invocation_otel.view.figures import NOTHING, compact, cost, dollars, duration, exact_dollars, tokens


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (4912, "4.9k"),
        (12_345, "12.3k"),
        (99_949, "99.9k"),
        (99_950, "100k"),
        (123_456, "123k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (1_250_000, "1.2M"),
        (7_300_000_000, "7.3G"),
        (2**64 - 1, "18446744T"),
    ],
)
def test_a_count_has_three_digits_and_a_unit(count: int, shown: str) -> None:
    assert compact(count) == shown


@pytest.mark.parametrize(
    ("counts", "shown"), [((4912, 312), "4.9k / 312"), ((0, 0), NOTHING), ((12, 0), "12 / 0"), ((0, 7), "0 / 7")]
)
def test_tokens_are_in_and_out(counts: tuple[int, int], shown: str) -> None:
    assert tokens(*counts) == shown


@pytest.mark.parametrize(
    ("amount", "short", "exact"),
    [
        ("0", "$0.0000", "$0.00"),
        ("0.000000001", "<$0.0001", "$0.000000001"),
        ("0.000049999", "<$0.0001", "$0.000049999"),
        ("0.000050000", "<$0.0001", "$0.00005"),
        ("0.000050001", "$0.0001", "$0.000050001"),
        ("0.000054000", "$0.0001", "$0.000054"),
        ("0.001200000", "$0.0012", "$0.0012"),
        ("12.500000000", "$12.5000", "$12.50"),
        ("123.456789012", "$123.46", "$123.456789012"),
        ("1234567.000000000", "$1,234,567.00", "$1,234,567.00"),
    ],
)
def test_dollars_are_short_in_a_column_and_exact_in_detail(amount: str, short: str, exact: str) -> None:
    assert (dollars(Decimal(amount)), exact_dollars(Decimal(amount))) == (short, exact)


def test_a_cost_that_is_not_known_is_never_zero() -> None:
    assert cost(None, used_tokens=7) == "unpriced"
    assert cost(None, used_tokens=0) == NOTHING
    assert cost(Decimal(0), used_tokens=0) == NOTHING
    assert cost(Decimal(0), used_tokens=7) == "$0.0000"
    assert cost(Decimal("0.02"), used_tokens=7, unpriced_rounds=1) == "$0.0200+"
    assert cost(Decimal("0.02"), used_tokens=0) == "$0.0200"


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0, "0ms"),
        (999, "999ms"),
        (1000, "1.0s"),
        (2740, "2.7s"),
        (59_949, "59.9s"),
        (59_950, "1m00s"),
        (65_000, "1m05s"),
        (3_599_499, "59m59s"),
        (3_599_500, "1h00m"),
        (3_720_000, "1h02m"),
        (4_294_967_295, "1193h02m"),
    ],
)
def test_a_duration_is_short(milliseconds: int, shown: str) -> None:
    assert duration(milliseconds) == shown
