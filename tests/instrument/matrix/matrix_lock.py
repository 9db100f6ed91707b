"""Writes the requirement files of libraries: `python tests/instrument/matrix/matrix_lock.py LIBRARY …`.

The newest and the lowest version that the table of `instrument/libraries.py` supports, with what the extra of that name
brings. The file `requirements/LIBRARY.in`, when there is one, names what a scenario needs besides.
"""

import sys

from invocation_otel.instrument.libraries import LIBRARIES
from matrix_venvs import HERE, ROOT, SIDES, requirement_file, uv

RESOLUTIONS = {"newest": "highest", "lowest": "lowest-direct"}


def lock(library: str) -> None:
    """Write both files of *library*; of ``all``, which is every library beside each other, that of the newest."""
    known = [known for known in LIBRARIES if library in (known.extra, "all")]
    inputs = (HERE / "requirements" / f"{name}.in" for name in {library, *(one.extra for one in known)})
    more = sorted(path.read_text() for path in inputs if path.exists())
    wanted = [f"{one.distribution}{one.versions}" for one in known]
    text = "\n".join([*wanted, f"invocation-otel[{library}] @ {ROOT.as_uri()}", *more])
    options = [
        "--quiet",
        "--no-header",
        "--no-annotate",
        "--prerelease=if-necessary-or-explicit",
        "--python-version=3.11",
    ]
    for side in SIDES if library != "all" else SIDES[:1]:
        resolution = [f"--resolution={RESOLUTIONS[side]}", "--no-emit-package=invocation-otel"]
        requirement_file(library, side).write_text(uv("pip", "compile", *options, *resolution, "-", text=text))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        lock(name)
