"""CrewAI: crews and agents are runs, tools are tool calls. The model calls are told by the client underneath.

Its own OpenTelemetry output has a provider of its own for each crew, so that nothing of ours would see it.
"""

from collections.abc import Mapping
from typing import Any

from opentelemetry.trace import TracerProvider

from .agents import instrument_agent, uninstrument_agents
from .methods import Undo, all_of, record_tool

_CREW = ("kickoff", "akickoff", "kickoff_async")
_AGENT = ("execute_task", "aexecute_task", "kickoff", "akickoff", "kickoff_async")


def record(_provider: TracerProvider | None) -> Undo:
    """Record crews, agents and their tools; gives back what ends that."""
    from crewai import Agent, Crew  # noqa: PLC0415 - is there when this is called
    from crewai.tools.base_tool import BaseTool, Tool  # noqa: PLC0415
    from crewai.tools.structured_tool import CrewStructuredTool  # noqa: PLC0415

    instrument_agent(Crew, method=_CREW, arguments=_crew_facts)
    # An agent whose attempt failed asks itself for the same task again, as often as its `max_retry_limit` says.
    instrument_agent(Agent, method=_AGENT, arguments=_agent_facts, work="task")
    methods = ((BaseTool, "run"), (Tool, "run"), (CrewStructuredTool, "invoke"), (CrewStructuredTool, "ainvoke"))
    return all_of(
        [
            lambda: uninstrument_agents(Crew),
            lambda: uninstrument_agents(Agent),
            *(record_tool(cls, method, _arguments) for cls, method in methods),
        ]
    )


def _crew_facts(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"agent": said["self"].name, "variables": said.get("inputs")}


def _agent_facts(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"agent": said["self"].role.strip()}


def _arguments(_tool: Any, *args: Any, **kwargs: Any) -> Any:
    """What the tool is given: ``run`` takes it as keywords, ``invoke`` as ``input`` beside its own ``config``."""
    return args[0] if len(args) == 1 else list(args) if args else kwargs.get("input", kwargs)
