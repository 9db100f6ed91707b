"""Programs have folders and modules called `celery` that are not Celery; recording begins beside them all the same."""

import os
import subprocess
import sys
from pathlib import Path
from sysconfig import get_path

import pytest

import invocation_otel

PROGRAM = """
import invocation_otel
invocation_otel.configure(endpoint="http://127.0.0.1:9", announce=False)
print("goes on")
"""


@pytest.fixture
def light_install(tmp_path: Path) -> Path:
    """The installed packages without Celery, and without what comes with the libraries' extras only."""
    packages = tmp_path / "packages"
    (packages / "opentelemetry").mkdir(parents=True)
    installed = Path(get_path("purelib"))
    for package in (*installed.iterdir(), *(installed / "opentelemetry").iterdir()):
        name = package.relative_to(installed)
        if not package.name.startswith(("celery", "wrapt", "opentelemetry", "instrumentation")):
            (packages / name).symlink_to(package)
    for package in installed.glob("opentelemetry_*"):
        if "instrumentation" not in package.name:
            (packages / package.name).symlink_to(package)
    return packages


@pytest.mark.parametrize("what", ["a folder", "a module"])
def test_what_is_only_called_celery_is_left_alone(tmp_path: Path, light_install: Path, what: str) -> None:
    program = tmp_path / "program"
    program.mkdir()
    if what == "a folder":
        (program / "celery").mkdir()
    else:
        (program / "celery.py").write_text("tasks = []\n")
    path = os.pathsep.join([str(program), str(Path(invocation_otel.__file__).parents[1]), str(light_install)])
    env = os.environ | {"PYTHONPATH": path, "INVOCATION_SPOOL_FOLDER": str(tmp_path / "spool")}
    ended = subprocess.run([sys.executable, "-S", "-c", PROGRAM], env=env, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "goes on\n"), ended.stderr
