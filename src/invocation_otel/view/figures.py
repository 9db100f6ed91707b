"""Numbers as people read them: tokens, dollars, durations."""

from decimal import Decimal

NOTHING = "–"  # noqa: RUF001 - the sign that is meant
"""Stands where there is no value."""

_UNITS = (("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12))
_THREE_DIGITS = 999.5
_TWO_DIGITS = 99.95
_ROUNDS_TO_NOTHING_USD = Decimal("0.00005")
_TWO_DECIMALS_FROM_USD = 100
_ROUNDS_TO_A_MINUTE_MS = 59_950


def compact(count: int) -> str:
    """*count* in at most five characters: 999, 4.9k, 12.3k, 123k, 1.2M."""
    if count < 1000:  # noqa: PLR2004 - what "k" means
        return str(count)
    unit, scaled = next(
        (unit, count / size) for unit, size in _UNITS if count / size < _THREE_DIGITS or unit == _UNITS[-1][0]
    )
    return f"{scaled:.{int(scaled < _TWO_DIGITS)}f}".removesuffix(".0") + unit


def tokens(input_tokens: int, output_tokens: int) -> str:
    """Tokens in and out, ``4.9k / 312``; a dash when there are none."""
    if not input_tokens and not output_tokens:
        return NOTHING
    return f"{compact(input_tokens)} / {compact(output_tokens)}"


def dollars(amount: Decimal) -> str:
    """*amount* short, for a column: ``$0.0012``; what would round to nothing is ``<$0.0001``."""
    if 0 < amount <= _ROUNDS_TO_NOTHING_USD:
        return "<$0.0001"
    return f"${amount:,.2f}" if amount >= _TWO_DECIMALS_FROM_USD else f"${amount:,.4f}"


def exact_dollars(amount: Decimal) -> str:
    """*amount* to its last digit, with two decimals at least: ``$0.000054``."""
    whole, _, decimals = f"{amount:,.9f}".partition(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def cost(amount: Decimal | None, *, used_tokens: int, unpriced_rounds: int = 0) -> str:
    """The cost of a run or a round: ``unpriced`` where no price is known, never 0; ``+`` where a part has no price."""
    if not amount and not used_tokens:
        return NOTHING
    if amount is None:
        return "unpriced"
    return dollars(amount) + ("+" if unpriced_rounds else "")


def duration(milliseconds: int) -> str:
    """*milliseconds* short: 640ms, 2.7s, 1m05s, 1h02m."""
    if milliseconds < 1000:  # noqa: PLR2004 - a second
        return f"{milliseconds}ms"
    if milliseconds < _ROUNDS_TO_A_MINUTE_MS:
        return f"{milliseconds / 1000:.1f}s"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}m{seconds:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"  # noqa: PLR2004
