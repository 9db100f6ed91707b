"""Each supported library, at its newest and its lowest version, in its own environment: what a call leaves behind."""

import pytest

from matrix_cells import COLUMNS, cells
from matrix_venvs import LIBRARIES, Side, results
from report import empty, reasons, row, written

NEWEST = [pytest.param(library, "newest", id=library) for library in LIBRARIES]
LOWEST = [pytest.param(library, "lowest", id=f"{library}-lowest", marks=pytest.mark.lowest) for library in LIBRARIES]
each_library = pytest.mark.parametrize(("library", "side"), [*NEWEST, *LOWEST])


@each_library
@pytest.mark.parametrize("column", COLUMNS)
def test_a_cell_holds_or_says_why_it_is_empty(library: str, side: Side, column: str) -> None:
    found = results(library, side)
    wrong, reason = cells(found)[column], empty(found["facts"], side).get(column)
    assert bool(wrong) == bool(reason), wrong or f"The cell holds, although the scenario file says: {reason}"


@each_library
def test_the_documents_row_says_what_was_seen(library: str, side: Side) -> None:
    lines = written()
    assert row(library, side) in lines, "Run: python tests/instrument/matrix/report.py"
    assert set(reasons(library, side)) <= set(lines), "Run: python tests/instrument/matrix/report.py"


@each_library
def test_recording_a_library_warns_of_nothing(library: str, side: Side) -> None:
    assert results(library, side)["warnings"] == []


@each_library
def test_no_scenario_has_a_failure_of_ours(library: str, side: Side) -> None:
    """Nor those whose cell is empty: a reason explains what the library does, and not what we do."""
    scenarios = results(library, side)["scenarios"]
    assert {name: found["failures"] for name, found in scenarios.items() if found["failures"]} == {}


@pytest.mark.parametrize(
    ("library", "side", "runs", "rounds"),
    [
        pytest.param("crewai", "newest", ["cancelled"], ["success"], id="crewai"),
        pytest.param("strands-agents", "lowest", [], [], id="strands-agents-lowest", marks=pytest.mark.lowest),
    ],
)
def test_a_cancelled_call_without_a_cell_leaves_what_its_reason_says(
    library: str, side: Side, runs: list[str], rounds: list[str]
) -> None:
    found = results(library, side)["scenarios"]["cancel"]
    assert found["raised"].startswith("asyncio.exceptions.CancelledError")
    assert [[span["invocation.status"] for span in found[kind]] for kind in ("runs", "rounds")] == [runs, rounds]
