"""Any agent class: each call of one of its run methods becomes a run."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from invocation_otel.errors import UsageError
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.record.invocation import invocation
from invocation_otel.record.run import Run, run_in
from invocation_otel.record.wrap import Begin, Begun, SameRun, recorded

from .arguments import Arguments, CallReader

RUN_METHODS = (
    "run",
    "arun",
    "run_sync",
    "run_async",
    "run_stream",
    "arun_stream",
    "invoke",
    "ainvoke",
    "stream",
    "astream",
)
"""What agents call the method that runs them; those of these that a class has are recorded."""

_WATCHED = "__init_subclass__"
_originals: dict[tuple[type, str], Any] = {}
_wrappers: set[Any] = set()
_watchers: dict[type, list[Callable[[type], None]]] = {}
_began: "WeakKeyDictionary[Run, tuple[int, Callable[..., Any], int | None]]" = WeakKeyDictionary()
"""By which function of which object a run was started, and for which work."""


def instrument_agent(
    agent: type,
    *,
    method: str | Iterable[str] | None = None,
    name: str | None = None,
    arguments: Arguments | None = None,
    work: str = "",
) -> None:
    """Record each call of ``agent.method`` as a run, whether it is sync, async, a generator or an async generator.

    *method* is one name or several; without it, those of ``RUN_METHODS`` that the class has. A subclass's own methods
    are recorded too, also of a class that is written later. When one of them calls another one of the same object
    (``run`` the inherited one, or ``arun``), that is the same run; when it calls itself, it is a run inside the run,
    unless it tries the same work again: *work* names the argument that is what is to be done.

    The run's agent is *name*, else the instance's ``name``, else the class's name. Arguments of the call that
    ``invocation`` knows (``triggered_by``, ``user_id``, ``session_id``, ``tenant``, ``files``, ``variables``, …)
    describe the run; those that the method itself does not take are not passed on to it. *arguments* says which other
    ones do: ``{"user_ref": "user_id"}``, or a function from the call's arguments by name to such facts. A result whose
    ``cost_usd`` is ``None`` gets the run's cost. A second time changes nothing.
    """
    if not isinstance(agent, type):
        raise UsageError(f"instrument() was given {agent!r}; expected a class such as instrument(SupportAgent).")
    methods = [method] if isinstance(method, str) else list(method or _run_methods(agent))
    for each in methods:
        if not inspect.isfunction(_function(inspect.getattr_static(agent, each, None))):
            raise UsageError(f'{agent.__name__} has no method {each!r}; name the one that runs it: method="…".')

    def record_methods_of(cls: type) -> None:
        for each in methods:
            if cls is agent or each in cls.__dict__:
                _record(cls, each, partial(_beginning, name=name, arguments=arguments, work=work))

    record_methods_of(agent)
    for subclass in _subclasses(agent):
        record_methods_of(subclass)
    _watch_subclasses(agent, record_methods_of)


def uninstrument_agents(agent: type | None = None) -> None:
    """Give *agent* and its subclasses, or every instrumented class, their own methods back."""
    for cls, attribute in [key for key in _originals if agent is None or issubclass(key[0], agent)]:
        original = _originals.pop((cls, attribute))
        _wrappers.discard(_function(cls.__dict__.get(attribute)))
        _watchers.pop(cls, None)
        if original is None:
            delattr(cls, attribute)
        else:
            setattr(cls, attribute, original)


def _run_methods(agent: type) -> list[str]:
    found = [each for each in RUN_METHODS if inspect.isfunction(_function(inspect.getattr_static(agent, each, None)))]
    if not found:
        expected = ", ".join(RUN_METHODS)
        raise UsageError(f'{agent.__name__} has none of {expected}; name the method that runs it: method="…".')
    return found


def _subclasses(agent: type[Any]) -> Iterator[type]:
    for cls in agent.__subclasses__():
        yield cls
        yield from _subclasses(cls)


def _function(static: Any) -> Any:
    """The function behind a method, as the class's dictionary holds it."""
    return static.__func__ if isinstance(static, classmethod | staticmethod) else static


def _record(cls: type, method: str, beginning: Callable[..., Begin]) -> None:
    static = inspect.getattr_static(cls, method)
    function = _function(static)
    if not inspect.isfunction(function) or function in _wrappers:
        return
    wrapper = recorded(function, beginning(cls, function, bound=not isinstance(static, staticmethod)))
    _replace(cls, method, type(static)(wrapper) if function is not static else wrapper)
    _wrappers.add(wrapper)


def _replace(cls: type, attribute: str, value: Any) -> None:
    _originals[cls, attribute] = cls.__dict__.get(attribute)
    setattr(cls, attribute, value)


def _watch_subclasses(agent: type[Any], record_methods_of: Callable[[type], None]) -> None:
    """Call *record_methods_of* with each subclass of *agent* as it is made."""
    watchers = _watchers.setdefault(agent, [])
    watchers.append(record_methods_of)
    if len(watchers) > 1:
        return
    own = agent.__dict__.get(_WATCHED)

    def watched(cls: Any, /, **kwargs: Any) -> None:
        if own is None:
            super(agent, cls).__init_subclass__(**kwargs)
        else:
            own.__get__(None, cls)(**kwargs)
        for watcher in watchers:
            watcher(cls)

    _replace(agent, _WATCHED, classmethod(watched))


def _beginning(
    cls: type, function: Callable[..., Any], *, bound: bool, name: str | None, arguments: Arguments | None, work: str
) -> Begin:
    reader = CallReader(function, arguments)

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Begun:
        passed = reader.passed(kwargs)
        owner = args[0] if bound and args else cls
        said = reader.said(args, kwargs)
        work_id = id(said[work]) if work in said else None
        if _goes_on(owner, function, work_id):
            return Begun(SameRun(), args, passed)
        facts = reader.facts(said)
        run = invocation(facts.pop("agent", None) or name or _name_of(owner), **facts).start()
        _began[run] = id(owner), function, work_id
        return Begun(run, args, passed)

    return begin


def _goes_on(owner: Any, function: Callable[..., Any], work_id: int | None) -> bool:
    """Whether this call is part of the run that another method of the same object, or the same work, has started."""
    run = run_in()
    if run is None or run.status != "running" or isinstance(owner, type):
        return False
    began = _began.get(run)
    if began is None or began[0] != id(owner):
        return False
    return began[1] is not function or (work_id is not None and began[2] == work_id)


def _name_of(owner: Any) -> str:
    cls = owner if isinstance(owner, type) else type(owner)
    with agent_goes_on("reading an agent's name"):
        own_name = getattr(owner, "name", None)
        return own_name if isinstance(own_name, str) and own_name else cls.__name__
    return cls.__name__
