"""CrewAI: crews and agents are runs, tools are tool calls. The model calls are told by the client underneath.

Its own OpenTelemetry output has a provider of its own for each crew, so that nothing of ours would see it.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from opentelemetry.trace import TracerProvider

from invocation_otel.record.run import Run, run_in

from .agents import instrument_agent, uninstrument_agents

_CREW = ("kickoff", "akickoff", "kickoff_async")
_AGENT = ("execute_task", "aexecute_task", "kickoff", "akickoff", "kickoff_async")


def record(_provider: TracerProvider | None) -> Callable[[], None]:
    """Record crews, agents and their tools; gives back what ends that."""
    from crewai import Agent, Crew  # noqa: PLC0415 - is there when this is called
    from crewai.tools.base_tool import BaseTool, Tool  # noqa: PLC0415
    from crewai.tools.structured_tool import CrewStructuredTool  # noqa: PLC0415

    instrument_agent(Crew, method=_CREW, arguments=_crew_facts)
    instrument_agent(Agent, method=_AGENT, arguments=_agent_facts)
    methods: list[tuple[type, str, Callable[..., Any]]] = [
        (BaseTool, "run", _recorded),
        (Tool, "run", _recorded),
        (CrewStructuredTool, "invoke", _recorded),
        (CrewStructuredTool, "ainvoke", _recorded_async),
    ]
    originals = [(cls, name, cls.__dict__[name]) for cls, name, _ in methods]
    for cls, name, recorded in methods:
        setattr(cls, name, recorded(cls.__dict__[name]))

    def undo() -> None:
        for cls, name, original in originals:
            setattr(cls, name, original)
        for agent in (Crew, Agent):
            uninstrument_agents(agent)

    return undo


def _crew_facts(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"agent": said["self"].name, "variables": said.get("inputs")}


def _agent_facts(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"agent": said["self"].role.strip()}


def _recorded(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(tool: Any, *args: Any, **kwargs: Any) -> Any:
        run = _open_run()
        if run is None:
            return method(tool, *args, **kwargs)
        with run.tool(tool.name, arguments=_arguments(args, kwargs)) as told:
            result = method(tool, *args, **kwargs)
            told.result(result)
            return result

    return call


def _recorded_async(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    async def call(tool: Any, *args: Any, **kwargs: Any) -> Any:
        run = _open_run()
        if run is None:
            return await method(tool, *args, **kwargs)
        with run.tool(tool.name, arguments=_arguments(args, kwargs)) as told:
            result = await method(tool, *args, **kwargs)
            told.result(result)
            return result

    return call


def _open_run() -> Run | None:
    run = run_in()
    return run if run is not None and run.status == "running" else None


def _arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the tool is given: ``run`` takes it as keywords, ``invoke`` as ``input`` beside its own ``config``."""
    return args[0] if len(args) == 1 else list(args) if args else kwargs.get("input", kwargs)
