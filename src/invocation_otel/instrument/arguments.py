"""What a call of an agent says about its run: its arguments, under our names or the agent's own, or by a function."""

import inspect
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import Any
from uuid import UUID

from invocation_otel.errors import UsageError
from invocation_otel.record.facts import TRIGGERS
from invocation_otel.record.file import File
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.record.invocation import invocation
from invocation_otel.record.prompt import Prompt

Arguments = Mapping[str, str] | Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Argument's name -> fact's name, or a function from the call's arguments by name to facts."""

FACTS = tuple(inspect.signature(invocation).parameters)
"""What can be said about a run; all but the agent's name are taken from arguments of the same name."""

_log = logging.getLogger("invocation_otel")
_warned: set[tuple[str, str]] = set()


class CallReader:
    """Tells apart what a call of *function* says to it and what it says about the run."""

    def __init__(self, function: Callable[..., Any], arguments: Arguments | None) -> None:
        parameters = inspect.signature(function).parameters.values()
        by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        self._called = function.__qualname__
        self._positions = [p.name for p in parameters if p.kind in by_position]
        self._taken = {p.name for p in parameters}
        self._takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
        self._defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
        self._names = {name: name for name in FACTS[1:]}
        self._function = arguments if callable(arguments) else None
        if isinstance(arguments, Mapping):
            unknown = [fact for fact in arguments.values() if fact not in FACTS]
            if unknown:
                raise UsageError(f"arguments names {unknown[0]!r}; expected one of {', '.join(FACTS)}.")
            self._names |= arguments

    def passed(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The keyword arguments that the function itself is to have: not those that only we understand."""
        if self._takes_all:
            return kwargs
        return {name: value for name, value in kwargs.items() if name in self._taken or name not in self._names}

    def said(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The call's arguments by name, with the function's own defaults."""
        return {**self._defaults, **dict(zip(self._positions, args, strict=False)), **kwargs}

    def facts(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """What a call with the arguments *said* says about its run.

        A value of the agent's own that is no such fact is left out, and said once. One that is meant for us alone stays
        as it is: ``invocation`` tells the caller what is wrong with it.
        """
        facts: dict[str, Any] = {}
        for name, fact in self._names.items():
            value = said.get(name)
            if value is None:
                continue
            ours_alone = not self._takes_all and name not in self._taken
            facts |= self._read(fact, value, otherwise={fact: value} if ours_alone else {})
        if self._function is not None:
            with agent_goes_on("reading the arguments of a run"):
                for fact, value in self._function(said).items():
                    facts |= {} if value is None else self._read(fact, value, otherwise={})
        return facts

    def _read(self, fact: str, value: Any, *, otherwise: dict[str, Any]) -> dict[str, Any]:
        try:
            read = _READERS[fact](value)
        except (TypeError, ValueError, KeyError):
            if otherwise:
                return otherwise
            self._warn(fact, value)
            read = _readable(value) if fact == "files" else None
        return {} if read is None else {fact: read}

    def _warn(self, fact: str, value: Any) -> None:
        if (self._called, fact) not in _warned:
            _warned.add((self._called, fact))
            message = "%s: %s is %.200r, which cannot be recorded; say what it is with instrument(…, arguments=…)."
            _log.warning(message, self._called, fact, value)


def _text(value: Any) -> str | None:
    """A word or an id; an empty one says nothing."""
    plain = value.value if isinstance(value, Enum) else value
    if not isinstance(plain, str | int | UUID) or isinstance(plain, bool):
        raise TypeError(plain)
    return str(plain) or None


def _trigger(value: Any) -> str | None:
    word = _text(value)
    if word is not None and word.lower() not in TRIGGERS:
        raise ValueError(word)
    return word and word.lower()


def _mapping(value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise TypeError(value)
    return value


def _files(value: Any) -> list[File]:
    return [_file(item) for item in _each(value)]


def _readable(value: Any) -> list[File] | None:
    """Those of *value* that are files, where not all of them are."""
    files = []
    for item in _each(value):
        with suppress(ValueError):
            files.append(_file(item))
    return files or None


def _each(value: Any) -> Iterable[Any]:
    alone = isinstance(value, str | bytes) or hasattr(value, "read") or not isinstance(value, Collection)
    return [value] if alone else value


def _file(value: Any) -> File:
    try:
        return File.of(value)
    except UsageError as error:
        raise ValueError(value) from error


def _only(kinds: Any, value: Any) -> Any:
    """*value* if it is ours; an argument of the same name with another meaning says nothing about the run."""
    return value if isinstance(value, kinds) else None


_READERS: dict[str, Callable[[Any], Any]] = {
    "agent": _text,
    "triggered_by": _trigger,
    "tenant": _text,
    "user_id": _text,
    "session_id": _text,
    "memory": partial(_only, bool | list | tuple),
    "celery_task_id": _text,
    "system_prompt": partial(_only, Prompt),
    "user_prompt": partial(_only, Prompt),
    "variables": _mapping,
    "system_variables": _mapping,
    "files": _files,
    "external_id": _text,
}
