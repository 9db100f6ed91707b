"""One call is one round, whatever else records it: every cell of a client holds beside another instrumentation."""

import pytest

from matrix_cells import COLUMNS, cells
from matrix_venvs import results
from report import empty

OTHERS = [
    (library, f"beside_{other}_{library}")
    for library in ("openai", "anthropic")
    for other in ("official", "openinference")
]


@pytest.mark.parametrize("order", ["first", "then"])
@pytest.mark.parametrize(("library", "other"), OTHERS)
def test_every_cell_holds_beside_another_instrumentation_in_either_order(library: str, other: str, order: str) -> None:
    found = results(library, "newest", **{order: other})
    told = cells(found)
    assert {name: told[name] for name in COLUMNS if told[name]} == empty(found["facts"], "newest")


@pytest.mark.parametrize("order", ["first", "then"])
@pytest.mark.parametrize(("library", "other"), OTHERS)
def test_no_span_of_the_other_one_is_left_over(library: str, other: str, order: str) -> None:
    found = results(library, "newest", **{order: other})["scenarios"]
    assert {
        name: [span["span.name"] for span in told["others"]] for name, told in found.items() if told["others"]
    } == {}
