"""What becomes of spans when things go wrong: every case is run for real, and counted in SQL or at the endpoint.

    python benchmarks/faults.py [--only NAME …] [--quick] [--json] [--no-raw]

Beside ours stands raw OpenTelemetry (BatchSpanProcessor, OTLPSpanExporter, defaults) in the same case. *stored* counts
distinct spans of those produced; duplicates are rows beyond one for each span as they lie on the disk, which SQL
(`FINAL`) must not show. Exits with 1 when a row of ours is not equal, or not what else its case asks for: NOT MET.
"""

import argparse
import json
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from faults_cases import CASES
from faults_places import NotComparableError
from faults_world import Result, World
from processes import served

_WIDTHS = (20, 9, 9, 6, 9, 24)


def run(name: str, side: str, folder: Path, *, quick: bool) -> Result | str:
    """One case on one side, with a store of its own; a reason when it could not be run."""
    place = folder / name / side
    place.mkdir(parents=True)
    try:
        with served(place / "main-store") as store:
            return CASES[name](World(side, place, store.otlp_url, store.http_url, quick))
    except NotComparableError:
        return "-"
    except Exception as error:  # noqa: BLE001 - the other cases are still worth running
        traceback.print_exc()
        return f"failed: {error}"


def row(name: str, ours: Result | str, raw: Result | str) -> dict[str, Any]:
    """One line of the table."""
    told: dict[str, Any] = {"case": name, "what": (CASES[name].__doc__ or "").strip()}
    if isinstance(ours, Result):
        told |= {"produced": len(ours.produced), "stored": ours.distinct, "duplicates": ours.duplicates}
        verdict = "NOT EQUAL" if not ours.equal else "NOT MET" if ours.unmet else "equal"
        told |= {"verdict": verdict, "note": f"{ours.note} {ours.unmet}".strip()}
    else:
        told |= {"verdict": "skipped" if ours == "-" else "NOT EQUAL", "note": ours}
    told["raw"] = f"{raw.distinct:,} of {len(raw.produced):,}" if isinstance(raw, Result) else raw
    return told


def line(*cells: object) -> str:
    """*cells* in columns."""
    return " ".join(str(cell).ljust(width) for cell, width in zip(cells, (*_WIDTHS, 0), strict=True)).rstrip()


def main() -> int:
    """Run what is asked for; 1 when something of ours is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(CASES), default=list(CASES), help="these cases")
    parser.add_argument("--quick", action="store_true", help="fewer spans, shorter outages")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of the table")
    parser.add_argument("--no-raw", action="store_true", help="ours only")
    parser.add_argument("--keep", type=Path, help="work in this folder, and leave it behind")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="faults-") as temporary:
        folder = options.keep or Path(temporary)
        if not options.json:
            print(line("case", "produced", "stored", "dupl.", "verdict", "raw: stored", "note"), flush=True)
        for name in options.only:
            ours = run(name, "ours", folder, quick=options.quick)
            raw = "" if options.no_raw else run(name, "raw", folder, quick=options.quick)
            rows.append(told := row(name, ours, raw))
            cells = (
                told.get(column, "-")
                for column in ("case", "produced", "stored", "duplicates", "verdict", "raw", "note")
            )
            print(json.dumps(told) if options.json else line(*cells), flush=True)
    wrong = [told["case"] for told in rows if told["verdict"].startswith("NOT")]
    if not options.json:
        print(
            f"\n{len(rows) - len(wrong)} of {len(rows)} as they should be"
            + (f"; not: {', '.join(wrong)}" if wrong else "")
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
