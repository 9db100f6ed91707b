"""The questions asked of the store, each in its own SQL file, whose first line says it."""

from functools import cache
from importlib.resources import files


@cache
def query(name: str) -> str:
    """The SQL of the question *name*, such as ``runs_list``; its parameters are typed, so any value is safe in them."""
    return (files(__package__) / "queries" / f"{name}.sql").read_text("utf-8")
