"""smolagents: an agent's run is a run, its tools are tool calls. The model calls are told by the client underneath.

It has no OpenTelemetry output of its own.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from opentelemetry.trace import TracerProvider

from invocation_otel.record.guard import agent_goes_on
from invocation_otel.record.run import run_in

from .agents import instrument_agent, uninstrument_agents
from .methods import Undo, all_of, record_tool, replace

_CODE = "python_interpreter"
"""What smolagents itself calls running the code that a model writes; what that code calls are tool calls as well."""


def record(_provider: TracerProvider | None) -> Undo:
    """Record agents and their tools; gives back what ends that."""
    from smolagents import FinalAnswerTool, MultiStepAgent, Tool, local_python_executor  # noqa: PLC0415 - is there when this is called
    from smolagents.remote_executors import RemotePythonExecutor  # noqa: PLC0415
    from smolagents.tools import PipelineTool  # noqa: PLC0415

    call = Tool.__call__
    instrument_agent(MultiStepAgent, method="run", arguments=_facts)
    return all_of(
        [
            lambda: uninstrument_agents(MultiStepAgent),
            replace(MultiStepAgent, "_handle_max_steps_reached", _failing),
            *(record_tool(cls, "__call__", _arguments) for cls in (Tool, PipelineTool, MultiStepAgent)),
            # It is how the model answers, and no tool.
            replace(FinalAnswerTool, "__call__", _as_it_was(call)),
            record_tool(local_python_executor.LocalPythonExecutor, "__call__", _code, name=_CODE),
            record_tool(RemotePythonExecutor, "__call__", _code, name=_CODE),
            _in_the_same_context(local_python_executor),
        ]
    )


def _as_it_was(original: Callable[..., Any]) -> Callable[[Any], Callable[..., Any]]:
    """For a class that is to have *original*, in a function of its own: `replace` writes on what it puts there."""

    def wrapper(_recorded: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            return original(*args, **kwargs)

        return call

    return wrapper


def _facts(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"agent": said["self"].name, "variables": said.get("additional_args")}


def _arguments(tool: Any, *args: Any, sanitize_inputs_outputs: bool = False, **kwargs: Any) -> dict[str, Any]:  # noqa: ARG001 - smolagents' own
    """What a tool, or an agent that another one manages, is given: by name, by position, or all in one dictionary."""
    if len(args) == 1 and isinstance(args[0], dict) and not kwargs:
        return args[0]
    return {**dict(zip(tool.inputs, args, strict=False)), **kwargs}


def _code(_executor: Any, code_action: str) -> str:
    return code_action


def _failing(original: Callable[..., Any]) -> Callable[..., Any]:
    """Of a run that had no step left, smolagents itself says in its result that it is one with an error."""

    def out_of_steps(agent: Any, *args: Any, **kwargs: Any) -> Any:
        answer = original(agent, *args, **kwargs)
        with agent_goes_on("ending a run"):
            run = run_in()
            if run is not None:
                run.end(agent.memory.steps[-1].error)
        return answer

    return out_of_steps


class _SameContext(ThreadPoolExecutor):
    """Runs in the context of who submits: smolagents executes code in a thread of its own, which knows of no run."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(copy_context().run, fn, *args, **kwargs)


def _in_the_same_context(module: Any) -> Undo:
    before = module.ThreadPoolExecutor
    module.ThreadPoolExecutor = _SameContext

    def undo() -> None:
        if module.ThreadPoolExecutor is _SameContext:
            module.ThreadPoolExecutor = before

    return undo
