"""Any agent class: each call of its run method becomes a run."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from invocation_otel.errors import UsageError
from invocation_otel.record.invocation import invocation
from invocation_otel.record.run import Run
from invocation_otel.record.wrap import recorded

# Arguments of a call that say something about the run. All of `invocation`'s own, under its own names.
_TAKEN = frozenset(inspect.signature(invocation).parameters) - {"agent"}
_instrumented: dict[tuple[type, str], Any] = {}


def instrument_agent(agent: type, *, method: str = "run", name: str | None = None) -> None:
    """Record each call of ``agent.method`` as a run, whether it is sync, async, a generator or an async generator.

    The run's agent is *name*, else the instance's ``name``, else the class's name. Arguments of the call that
    ``invocation`` knows (``triggered_by``, ``user_id``, ``session_id``, ``tenant``, ``files``, ``variables``, …)
    describe the run; those that the method itself does not take are not passed on to it. A second time changes nothing.
    """
    if not isinstance(agent, type):
        raise UsageError(f"instrument() was given {agent!r}; expected a class such as instrument(SupportAgent).")
    if any((cls, method) in _instrumented for cls in agent.__mro__ if method in cls.__dict__):
        return
    function = inspect.getattr_static(agent, method, None)
    if not inspect.isfunction(function):
        raise UsageError(f'{agent.__name__} has no method {method!r}; name the one that runs it: method="…".')
    _instrumented[agent, method] = agent.__dict__.get(method)
    setattr(agent, method, recorded(function, _beginning(function, name)))


def uninstrument_agents() -> None:
    """Give every instrumented class its own method back."""
    for (agent, method), original in _instrumented.items():
        if original is None:
            delattr(agent, method)
        else:
            setattr(agent, method, original)
    _instrumented.clear()


def _beginning(function: Callable[..., Any], name: str | None) -> Callable[..., Any]:
    signature = inspect.signature(function)
    takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.parameters.values())

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Run, tuple[Any, ...], dict[str, Any]]:
        passed = (
            kwargs if takes_all else {k: v for k, v in kwargs.items() if k in signature.parameters or k not in _TAKEN}
        )
        said = _arguments(signature, args, passed) | kwargs
        facts = {key: value for key, value in said.items() if key in _TAKEN and value is not None}
        return invocation(name or _name_of(args), **facts).start(), args, passed

    return begin


def _name_of(args: tuple[Any, ...]) -> str:
    own_name = getattr(args[0], "name", None) if args else None
    return own_name if isinstance(own_name, str) and own_name else type(args[0]).__name__ if args else "agent"


def _arguments(signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The call's arguments by name; nothing when the call does not fit, which the method itself will say best."""
    try:
        return dict(signature.bind_partial(*args, **kwargs).arguments)
    except TypeError:
        return {}
