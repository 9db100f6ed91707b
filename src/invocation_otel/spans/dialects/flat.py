"""Lists that a library spreads over one attribute for each leaf, such as ``llm.input_messages.0.message.role``."""

from collections.abc import Mapping
from typing import Any

Tree = dict[str, Any]


def entries(attributes: Mapping[str, Any], prefix: str) -> list[Tree]:
    """What stands under *prefix*, entry by entry: ``prefix.0.a.b = 1`` is ``[{"a": {"b": 1}}]``.

    Entries come in the order of their numbers; a number that is left out makes no entry.
    """
    tree: Tree = {}
    for name, value in attributes.items():
        if name.startswith(prefix):
            _put(tree, name[len(prefix) :].split("."), value)
    return listed(tree)


def listed(tree: Any) -> list[Tree]:
    """The entries of *tree* whose names are numbers, in their order."""
    numbered = (
        [(int(name), entry) for name, entry in tree.items() if name.isdecimal()] if isinstance(tree, dict) else []
    )
    return [entry for _, entry in sorted(numbered, key=lambda pair: pair[0]) if isinstance(entry, dict)]


def _put(tree: Tree, path: list[str], value: Any) -> None:
    for step in path[:-1]:
        inner = tree.get(step)
        if not isinstance(inner, dict):
            inner = tree[step] = {}
        tree = inner
    tree[path[-1]] = value
