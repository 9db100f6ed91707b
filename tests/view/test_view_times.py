"""Points in time that options name, on a machine in central Europe."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from view_rows import central_europe

from invocation_otel.errors import SettingsError
from invocation_otel.view.times import iso_utc, local_clock, local_day, local_time, since_moment, until_moment

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)  # 01:30 there


@pytest.fixture(autouse=True)
def _zone() -> Iterator[None]:
    with central_europe():
        yield


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-22", "2026-11-21T23:00:00.000Z", "2026-11-22T23:00:00.000Z"),
        ("2026-10-25", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"),  # a day of 25 hours
        ("today", "2026-11-21T23:00:00.000Z", "2026-11-22T23:00:00.000Z"),
        ("yesterday", "2026-11-20T23:00:00.000Z", "2026-11-21T23:00:00.000Z"),
        ("2026-07-01T14:30", "2026-07-01T12:30:00.000Z", "2026-07-01T12:30:00.000Z"),
        ("2026-07-01 14:30:05", "2026-07-01T12:30:05.000Z", "2026-07-01T12:30:05.000Z"),
        ("2026-07-01T14:30Z", "2026-07-01T14:30:00.000Z", "2026-07-01T14:30:00.000Z"),
        ("2026-07-01T14:30-05:00", "2026-07-01T19:30:00.000Z", "2026-07-01T19:30:00.000Z"),
        ("30m", "2026-11-22T00:00:00.000Z", "2026-11-22T00:00:00.000Z"),
        ("24h", "2026-11-21T00:30:00.000Z", "2026-11-21T00:30:00.000Z"),
        ("7d", "2026-11-15T00:30:00.000Z", "2026-11-15T00:30:00.000Z"),
        ("2w", "2026-11-08T00:30:00.000Z", "2026-11-08T00:30:00.000Z"),
    ],
)
def test_a_day_is_in_from_its_first_to_its_last_moment_and_a_time_is_itself(text: str, first: str, last: str) -> None:
    assert (iso_utc(since_moment(text, now=NOW)), iso_utc(until_moment(text, now=NOW))) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5y",
        "tomorrow",
        "22.11.2026",
        "2026-02-30",
        "99999999d",
        "999999w",
        "-1h",
        "0001-01-01",
        "9999-12-31",
        "1.5h",
    ],
)
@pytest.mark.parametrize(("option", "moment"), [("--since", since_moment), ("--until", until_moment)])
def test_a_bad_time_is_named_with_the_accepted_forms(text: str, option: str, moment: object) -> None:
    assert callable(moment)
    with pytest.raises(SettingsError) as refusal:
        moment(text, now=NOW)
    assert str(refusal.value) == (
        f"{option} is {text!r}; expected a day (2026-11-22), a time (2026-11-22T14:30, with +01:00 or Z behind it for "
        "another zone than this machine's), an age (30m, 24h, 7d, 2w), today or yesterday."
    )


def test_times_are_shown_in_the_zone_that_holds_at_that_time() -> None:
    winter, summer = datetime(2026, 11, 22, 23, 30, 1, tzinfo=UTC), datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    assert (local_time(winter), local_clock(winter), local_day(winter)) == ("2026-11-23 00:30:01", "00:30:01", "Nov 23")
    assert local_time(summer) == "2026-07-01 14:30:00"
