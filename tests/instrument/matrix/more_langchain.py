"""Agents, graphs and chains of LangChain inside one another."""

from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, MessagesState, StateGraph
from pydantic import SecretStr

from invocation_otel import invocation
from invocation_otel.demo.script import Reply, Request, ToolCall
from matrix_inside import ANSWER, QUESTION, USAGE, World, reply

MODEL = "gpt-4o-mini"


def _model(world: World) -> ChatOpenAI:
    return ChatOpenAI(model=MODEL, base_url=world.openai_url, api_key=SecretStr(world.api_key), max_retries=0)


def _question() -> Any:
    return {"messages": [HumanMessage(QUESTION)]}


def _asks_the_helper(request: Request) -> Reply:
    if "ask_helper" in request.tools and not request.tool_results:
        return Reply(tool_calls=(ToolCall(name="ask_helper", arguments={"question": "x"}),), **USAGE)
    return reply(request)


def nested(world: World) -> None:
    world.script = _asks_the_helper
    helper = create_agent(_model(world), [], name="helper")

    def ask_helper(question: str) -> str:
        """Ask the helper."""
        return str(helper.invoke(_question() | {"asked": question})["messages"][-1].content)

    create_agent(_model(world), [tool(ask_helper)], name="boss").invoke(_question())


def graph(world: World) -> None:
    model = _model(world)
    builder = StateGraph(MessagesState)
    for name in ("first", "second"):
        builder.add_node(name, lambda state: {"messages": [model.invoke(state["messages"])]})
    builder.add_edge(START, "first")
    builder.add_edge("first", "second")
    builder.add_edge("second", END)
    builder.compile(name="pipeline").invoke(_question(), config={"configurable": {"thread_id": "t-1"}})


def graph_of_agents(world: World) -> None:
    builder = StateGraph(MessagesState)
    for name in ("first", "second"):
        builder.add_node(name, create_agent(_model(world), [], name=name))
    builder.add_edge(START, "first")
    builder.add_edge("first", "second")
    builder.add_edge("second", END)
    builder.compile(name="crew").invoke(_question())


def chain(world: World) -> None:
    from langchain_core.prompts import ChatPromptTemplate  # noqa: PLC0415 - only here

    (ChatPromptTemplate.from_messages([("user", "{q}")]) | _model(world)).invoke({"q": QUESTION})


def inside(world: World) -> None:
    with invocation("outer", triggered_by="user", user_id="7", session_id="s1"):
        create_agent(_model(world), [], name="inner").invoke(_question())


class _OwnModel(GenericFakeChatModel):
    model: str = "own-1"


def own_model(world: World) -> None:  # noqa: ARG001 - it asks no provider
    create_agent(_OwnModel(messages=iter([AIMessage(ANSWER)])), [], name="own").invoke(_question())
