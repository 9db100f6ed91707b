"""Writes the table of `docs/instrumentation.md`: `python tests/instrument/matrix/report.py`.

Every library at both versions. With names of libraries it only prints what is wrong in their cells. The tests compare
what is written with what they see, row by row.
"""

import sys
from typing import Any

from matrix_cells import COLUMNS, cells
from matrix_venvs import LIBRARIES, ROOT, SIDES, Side, results, version

DOCUMENT = ROOT / "docs" / "instrumentation.md"
BEGIN, END = "<!-- matrix: written by tests/instrument/matrix/report.py -->", "<!-- matrix end -->"
YES, NO = "✓", ""


def row(library: str, side: Side) -> str:
    """The table's row of *library* at one version, as the results say."""
    wrong = cells(results(library, side))
    return _line([f"{library} {version(library, side)}", *(NO if wrong[name] else YES for name in COLUMNS)])


def reasons(library: str, side: Side) -> list[str]:
    """Why a cell of the row is empty, a line each."""
    told = empty(results(library, side)["facts"], side)
    return [f"- {library} {version(library, side)}, *{name}*: {told[name]}" for name in COLUMNS if name in told]


def empty(facts: dict[str, Any], side: Side) -> dict[str, str]:
    """The columns that the scenario file says are empty at *side*, and why."""
    return {**facts["EMPTY"], **(facts.get("EMPTY_LOWEST", {}) if side == "lowest" else {})}


def written() -> list[str]:
    """The lines that the document has now."""
    _, _, rest = DOCUMENT.read_text().partition(BEGIN)
    return rest.partition(END)[0].strip().splitlines()


def _line(items: list[str]) -> str:
    return f"| {' | '.join(items)} |"


def _table() -> str:
    head = [_line(["library", *COLUMNS]), _line(["---", *("---" for _ in COLUMNS)])]
    rows = [row(library, side) for library in LIBRARIES for side in SIDES]
    whys = [line for library in LIBRARIES for side in SIDES for line in reasons(library, side)]
    return "\n".join([*head, *rows, *(["", "Empty cells:", *whys] if whys else [])])


def write() -> None:
    """Put the table where the document has it."""
    table = _table()  # first: it takes minutes, in which somebody may write in the document
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")


def explain(names: list[str]) -> None:
    """Print what went wrong in each cell of the libraries *names*."""
    for library in names:
        for side in SIDES:
            for name, wrong in cells(results(library, side)).items():
                if wrong:
                    sys.stdout.write(f"{library} {side} {name}: {wrong}\n")


if __name__ == "__main__":
    if sys.argv[1:]:
        explain(sys.argv[1:])
    else:
        write()
