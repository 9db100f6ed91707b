"""From what a person types to the run that is meant."""

import re

from invocation_otel.errors import SettingsError
from invocation_otel.store.client import Store

from .text import one_line

_SHOWN_CANDIDATES = 10
_ALL_DIGITS = 32

_MATCHING = """
SELECT run_id, agent, status
FROM v_runs
WHERE ({start:String} != '' AND startsWith(run_id, concat('run_', {start:String})))
    OR ({end:String} != '' AND endsWith(run_id, {end:String}))
ORDER BY started_at DESC, run_id DESC
LIMIT {limit:UInt32}
"""


def find_run_id(store: Store, text: str) -> str:
    """The id of the one run whose id begins or ends as *text* says: ``run_0195e6``, ``run_…dbab996a``, ``dbab996a``."""
    is_start, is_end, digits = _read(text)
    if len(digits) == _ALL_DIGITS:
        return f"run_{digits}"
    # One more than is shown tells whether there are more.
    limit = _SHOWN_CANDIDATES + 1
    parameters = {"start": digits if is_start else "", "end": digits if is_end else "", "limit": limit}
    found = store.rows(_MATCHING, parameters) if digits else []
    if not found:
        raise no_such_run(text)
    if len(found) > 1:
        raise SettingsError(
            _ambiguity(text, [one_line(f"{row['run_id']}  {row['agent']}, {row['status']}") for row in found])
        )
    return str(found[0]["run_id"])


def no_such_run(text: str) -> SettingsError:
    """The error for a run that is not in the store."""
    return SettingsError(f"No run {text!r} here. List them with `invocation-otel runs`.")


def _read(text: str) -> tuple[bool, bool, str]:
    """Whether *text* can be a beginning, and an end, of an id, and its hex digits; without digits it is neither."""
    parts = re.fullmatch(r"(run_)?(…|\.\.\.)?([0-9a-f]{1,32})", text.strip().lower().replace("-", ""))
    if not parts:
        return False, False, ""
    return not parts[2], bool(parts[2] or not parts[1]), parts[3]


def _ambiguity(text: str, candidates: list[str]) -> str:
    shown = [f"  {candidate}" for candidate in candidates[:_SHOWN_CANDIDATES]]
    more = ["  … and more"] if len(candidates) > _SHOWN_CANDIDATES else []
    return "\n".join([f"{text!r} could be any of these runs; give more of the id's digits:", *shown, *more])
