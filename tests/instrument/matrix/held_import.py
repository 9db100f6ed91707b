"""Holds the import of a module up when it has just begun, as a busy machine does."""

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from threading import Event, current_thread
from types import ModuleType


class HeldImport(MetaPathFinder):
    """From now on, the import of *module* begins, and goes on when *wait* returns; until then the module is empty."""

    def __init__(self, module: str, wait: Callable[[], object]) -> None:
        self._module = module
        self._wait = wait
        self.begun = Event()
        self.thread = ""
        """The name of the one that imports it."""
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where *module* is; its loader waits."""
        spec = PathFinder.find_spec(fullname, path) if fullname == self._module else None
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_later(module: ModuleType) -> None:
                self.thread = current_thread().name
                self.begun.set()
                self._wait()
                execute(module)

            spec.loader.exec_module = execute_later  # type: ignore[method-assign] # of this loader only
        return spec
