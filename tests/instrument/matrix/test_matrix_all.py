"""Every library beside all others in one environment, with everything that `pip install 'invocation-otel[all]'` brings.

Google's ADK is among them, so it is OpenTelemetry at the oldest version that we take.
"""

import pytest

from matrix_cells import cells
from matrix_venvs import LIBRARIES, requirement_file, results
from report import empty

pytestmark = pytest.mark.lowest


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_cell_of_a_library_holds_beside_all_others(library: str) -> None:
    found = results("all", "newest", script=f"on_{library.replace('-', '_')}")
    wrong = {column: why for column, why in cells(found).items() if why}
    assert wrong.keys() == empty(found["facts"], "newest").keys(), wrong
    assert found["warnings"] == []


def test_opentelemetry_is_the_oldest_that_we_take() -> None:
    assert "opentelemetry-sdk==1.44.0" in requirement_file("all", "newest").read_text().splitlines()
