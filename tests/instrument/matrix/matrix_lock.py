"""Writes the requirement files of libraries: `python tests/instrument/matrix/matrix_lock.py LIBRARY …`.

The newest and the lowest version that the table of `instrument/libraries.py` supports, with what the extra of that name
brings. The file `requirements/LIBRARY.in`, when there is one, names what a scenario needs besides.
"""

import sys

from invocation_otel.instrument.libraries import LIBRARIES
from matrix_venvs import HERE, ROOT, SIDES, requirement_file, uv

RESOLUTIONS = {"newest": "highest", "lowest": "lowest-direct"}


def lock(library: str) -> None:
    """Write both files of *library*."""
    known = next(known for known in LIBRARIES if known.extra == library)
    more = HERE / "requirements" / f"{library}.in"
    wanted = [f"{known.distribution}{known.versions}", f"invocation-otel[{library}] @ {ROOT.as_uri()}"]
    text = "\n".join([*wanted, more.read_text() if more.exists() else ""])
    options = [
        "--quiet",
        "--no-header",
        "--no-annotate",
        "--prerelease=if-necessary-or-explicit",
        "--python-version=3.11",
    ]
    for side in SIDES:
        resolution = [f"--resolution={RESOLUTIONS[side]}", "--no-emit-package=invocation-otel"]
        requirement_file(library, side).write_text(uv("pip", "compile", *options, *resolution, "-", text=text))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        lock(name)
