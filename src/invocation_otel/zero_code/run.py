"""``invocation-otel exec``: become another command, whose Python processes record themselves."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from invocation_otel.errors import SettingsError

_FOLDER = str(Path(__file__).parent / "path")


def exec_recorded(command: Sequence[str]) -> NoReturn:
    """Become *command*; it and every Python process that it starts are recorded."""
    if not command:
        raise SettingsError("There is no command; write it after two dashes: invocation-otel exec -- python app.py.")
    program = shutil.which(command[0])
    if program is None:
        raise SettingsError(f"The command {command[0]!r} is not found; give its path, or check PATH.")
    os.execve(program, list(command), recorded_environment(os.environ))  # noqa: S606 - the user's own command


def recorded_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """*environment* in which Python imports our ``sitecustomize`` as it starts."""
    paths = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path and path != _FOLDER]
    return {**environment, "PYTHONPATH": os.pathsep.join([_FOLDER, *paths])}
