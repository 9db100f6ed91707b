"""Methods and functions of other libraries: replaced, and put back; those of tools that no instrumentation tells of."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from invocation_otel.record.guard import agent_goes_on
from invocation_otel.record.run import run_in
from invocation_otel.record.tool import ToolCall

Undo = Callable[[], None]


def replace(owner: Any, name: str, wrapper: Callable[[Any], Any]) -> Undo:
    """Put ``wrapper(original)`` in the place of ``owner.name``, of a class or a module.

    Gives back what undoes that, unless others came after.
    """
    original, inherited = getattr(owner, name), name not in vars(owner)
    wrapped = wraps(original)(wrapper(original))
    setattr(owner, name, wrapped)

    def undo() -> None:
        if vars(owner).get(name) is not wrapped:
            return
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, original)

    return undo


def all_of(undos: list[Undo]) -> Undo:
    """What undoes all of *undos*, the last one first."""

    def undo() -> None:
        for one in reversed(undos):
            one()

    return undo


def record_tool(cls: type, method: str, arguments: Callable[..., Any], *, name: str = "") -> Undo:
    """Record each call of ``cls.method``, sync or async, inside a run as a tool call of the run.

    The tool is *name*, else what the instance calls itself; *arguments*, called as the method is, says what it is
    given. Gives back what undoes that.
    """

    def begun(tool: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> ToolCall | None:
        with agent_goes_on("starting a tool call"):
            run = run_in()
            if run is not None and run.status == "running":
                return run.tool(name or tool.name, arguments=arguments(tool, *args, **kwargs))
        return None

    def recorded(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(tool: Any, *args: Any, **kwargs: Any) -> Any:
            told = begun(tool, args, kwargs)
            if told is None:
                return original(tool, *args, **kwargs)
            with told:
                return _given(told, original(tool, *args, **kwargs))

        async def call_async(tool: Any, *args: Any, **kwargs: Any) -> Any:
            told = begun(tool, args, kwargs)
            if told is None:
                return await original(tool, *args, **kwargs)
            with told:
                return _given(told, await original(tool, *args, **kwargs))

        return call_async if iscoroutinefunction(original) else call

    return replace(cls, method, recorded)


def _given(told: ToolCall, result: Any) -> Any:
    with agent_goes_on("keeping the result of a tool call"):
        told.result(result)
    return result
