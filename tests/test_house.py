"""The house rules that a tool can hold: the public door, and which room may import which."""

import ast
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

import invocation_otel
from invocation_otel.instrument.libraries import LIBRARIES
from processes import ROOT

PACKAGE = Path(invocation_otel.__file__).parent
ROOMS = {
    "spans": set[str](),
    "record": {"spans"},
    "files": {"record", "spans"},
    "instrument": {"record", "spans"},
    "deliver": {"record", "spans"},
    "store": {"spans"},
    "local": {"files", "store", "spans"},
    "view": {"store"},
    "zero_code": {"configure", "instrument"},
}
"""What each room may import of the others; all may import `errors` and `settings`, and `demo` is a user of them all."""


def test_every_public_name_is_declared_and_has_a_docstring() -> None:
    visible = {
        name
        for name, value in vars(invocation_otel).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert visible == set(invocation_otel.__all__)
    assert [name for name in invocation_otel.__all__ if not getattr(invocation_otel, name).__doc__] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_that_come_before_it(room: str) -> None:
    allowed = ROOMS[room] | {room, "errors", "settings"}
    found = {target for file in (PACKAGE / room).rglob("*.py") for target in _imported_rooms(file)}
    assert found <= allowed


def test_every_room_is_in_the_list_of_what_it_may_import_and_in_the_readme() -> None:
    rooms = {file.parent.name for file in PACKAGE.glob("*/__init__.py")}
    told = re.findall(r"^\| `(\w+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert (set(ROOMS) | {"demo"}, set(told)) == (rooms, rooms)


def test_the_extra_all_brings_what_records_each_library() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    brought = {extra for text in extras["all"] for extra in Requirement(text).extras}
    assert brought == {library.extra for library in LIBRARIES}
    assert brought <= set(extras)


def _imported_rooms(file: Path) -> set[str]:
    """The rooms and top-level modules that *file* imports; the names that it takes from the public door itself."""
    modules = [
        f"{node.module}.{name.name}" if isinstance(node, ast.ImportFrom) else name.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.level == 0)
        for name in node.names
    ]
    return {[*module.split("."), "it all"][1] for module in modules if module.split(".")[0] == "invocation_otel"}
