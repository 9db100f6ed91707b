"""Points in time: shown in the time zone of this machine, written for programs in UTC, read from options."""

import re
from datetime import UTC, datetime, timedelta

from invocation_otel.errors import SettingsError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS_AGO = {"today": 0, "yesterday": 1}
_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200  # what the store's queries can compare with


def local_clock(moment: datetime) -> str:
    """The time of day, ``02:46:31``."""
    return f"{moment.astimezone():%H:%M:%S}"


def local_day(moment: datetime) -> str:
    """The day, ``Nov 22``."""
    return f"{moment.astimezone():%b} {moment.astimezone().day}"


def local_time(moment: datetime) -> str:
    """Day and time, ``2026-11-22 02:46:31``."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def iso_utc(moment: datetime) -> str:
    """*moment* as programs read it, ``2026-11-22T02:46:31.120Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def since_moment(text: str, *, now: datetime) -> datetime:
    """The first moment that the option ``--since`` *text* lets in; a day begins at its midnight here."""
    return _bounds("--since", text, now=now)[0]


def until_moment(text: str, *, now: datetime) -> datetime:
    """The first moment that the option ``--until`` *text* no longer lets in; a day is in to its end."""
    return _bounds("--until", text, now=now)[1]


def _bounds(option: str, text: str, *, now: datetime) -> tuple[datetime, datetime]:
    try:
        first, last = _meaning(text, now=now)
        if first.year >= _FIRST_YEAR and last.year < _LAST_YEAR:
            return first, last
    except (ValueError, OverflowError):
        pass
    raise SettingsError(
        f"{option} is {text!r}; expected a day (2026-11-22), a time (2026-11-22T14:30, with +01:00 or Z behind it for "
        "another zone than this machine's), an age (30m, 24h, 7d, 2w), today or yesterday."
    )


def _meaning(text: str, *, now: datetime) -> tuple[datetime, datetime]:
    """The beginning and the end of the day that *text* names, or the moment that it names, twice."""
    if text in _DAYS_AGO:
        return _day((now.astimezone() - _DAY * _DAYS_AGO[text]).replace(tzinfo=None))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _day(datetime.fromisoformat(text))
    if age := re.fullmatch(r"(\d{1,6})([mhdw])", text):
        moment = now - timedelta(**{_UNITS[age[2]]: int(age[1])})
    else:
        moment = datetime.fromisoformat(text)
    return moment.astimezone(), moment.astimezone()


def _day(local: datetime) -> tuple[datetime, datetime]:
    # Without a zone, so that the next midnight is one also where clocks are changed in between.
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(), (midnight + _DAY).astimezone()
