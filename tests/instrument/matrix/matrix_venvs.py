"""The virtual environments of the matrix: one for each library at its newest and at its lowest supported version.

Each is made by `uv` from a locked requirement file, once; its folder is named by the digest of what is in it.
"""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from uv import find_uv_bin

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "invocation-otel" / "venvs"
LONGEST_S = 180
Side = Literal["newest", "lowest"]
SIDES: tuple[Side, ...] = ("newest", "lowest")
LIBRARIES = sorted(path.stem.removeprefix("on_").replace("_", "-") for path in HERE.glob("on_*.py"))
"""Every library that has a scenario file."""


@cache
def results(
    library: str, side: Side, *, script: str = "", scenarios: tuple[str, ...] = (), first: str = "", then: str = ""
) -> dict[str, Any]:
    """What was recorded in the scenarios of *library*, or of another *script* in the library's environment.

    The module *first* is imported before `configure()` is called, the module *then* after it: to switch something else
    on, in either order.
    """
    module = script or f"on_{library.replace('-', '_')}"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results.json"
        command = [str(environment(library, side)), "-P", str(HERE / "matrix_inside.py"), module, str(out), *scenarios]
        command += [f"--{name}={value}" for name, value in (("first", first), ("then", then)) if value]
        ended = subprocess.run(command, env=_variables(), cwd=folder, capture_output=True, text=True, timeout=LONGEST_S)  # noqa: PLW1510 - what it said is told below
        if ended.returncode or not out.exists():
            raise RuntimeError(f"The scenarios of {library} ({side}) did not run:\n{ended.stdout}\n{ended.stderr}")
        found: dict[str, Any] = json.loads(out.read_text())
        return found


def environment(library: str, side: Side) -> Path:
    """The Python of the environment of *library*; made when it is not there."""
    packages = _packages(requirement_file(library, side).read_text(), _own_packages())
    digest = sha256(f"{sys.version}\n{sys.executable}\n{packages}".encode()).hexdigest()[:16]
    folder = CACHE / digest
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{digest}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            uv("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
            uv("pip", "sync", "--quiet", "--python", str(folder / "bin" / "python"), "-", text=packages)
            (folder / "ready").touch()
    return folder / "bin" / "python"


@cache
def _own_packages() -> str:
    """What this project itself needs, as `uv.lock` has it."""
    options = ["--no-dev", "--no-hashes", "--no-emit-project", "--no-annotate", "--no-header", "--quiet"]
    return uv("export", "--frozen", *options)


def _packages(wanted: str, own: str) -> str:
    """The packages *wanted*, and those of our *own* that are not among them, such as a dependency added since."""
    names = {_name(line) for line in wanted.splitlines()}
    return "\n".join([*wanted.splitlines(), *(line for line in own.splitlines() if _name(line) not in names)])


def _name(line: str) -> str:
    return line.partition("==")[0].partition("[")[0].strip()


def requirement_file(library: str, side: Side) -> Path:
    """What is installed in the environment of *library*, each at one version."""
    return HERE / "requirements" / f"{library}-{side}.txt"


def version(library: str, side: Side) -> str:
    """The version of *library* that is locked."""
    lines = requirement_file(library, side).read_text().splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{_distribution(library)}=="))


def _distribution(library: str) -> str:
    from invocation_otel.instrument.libraries import LIBRARIES as KNOWN  # noqa: PLC0415 - the table, not this list

    return next(known.distribution for known in KNOWN if known.extra == library)


def _variables() -> dict[str, str]:
    """The environment without what would set OpenTelemetry or this library up differently.

    While litellm is imported, a thread of its own asks the internet for prices; without a network both log the failure,
    which imports the same modules, and now and then `import litellm` fails. It looks at its own list instead.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "INVOCATION_"))}
    ours = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{HERE}", "PYTHONWARNINGS": "ignore"}
    return {**kept, **ours, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}


def uv(*arguments: str, text: str | None = None) -> str:
    """What `uv` prints; raises ``RuntimeError`` with what it complains about."""
    ended = subprocess.run([find_uv_bin(), *arguments], input=text, capture_output=True, text=True, cwd=ROOT)  # noqa: PLW1510 - told below
    if ended.returncode:
        raise RuntimeError(f"uv {' '.join(arguments)} failed:\n{ended.stderr}")
    return ended.stdout
