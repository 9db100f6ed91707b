"""Bring what is worked out once a minute up to now."""

from .client import Store

_FOREIGN = ("foreign_rounds_settled", "foreign_runs_settled")
"""Refreshable views, in the order in which they build on each other."""

_ROLLUPS = ("usage_daily_user_rolled_up", "usage_hourly_rolled_up", "runs_daily_rolled_up")


def settle(store: Store) -> None:
    """Number the rounds of other libraries and add up their runs, as the store does by itself every minute.

    For whoever opens the embedded engine only for a moment: its clock does not run between two openings.
    """
    _refresh(store, *_FOREIGN)


def roll_up(store: Store) -> None:
    """Bring the rollups up to now, as the store does by itself every minute.

    No answer depends on it: what a rollup has not seen is added up when it is asked for, which only takes longer.
    """
    _refresh(store, *_ROLLUPS)


def _refresh(store: Store, *views: str) -> None:
    for view in views:
        store.run("SYSTEM REFRESH VIEW {view:Identifier}", {"view": view})
        store.run("SYSTEM WAIT VIEW {view:Identifier}", {"view": view})
