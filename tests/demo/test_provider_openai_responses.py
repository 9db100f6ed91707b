"""OpenAI's responses API of the local provider server, asked by OpenAI's own client."""

from typing import Any

from openai_asking import CALL, asking

from invocation_otel.demo.script import Reply, Request


def test_a_response_carries_reasoning_text_calls_and_usage() -> None:
    reply = Reply(reasoning="They want stock. I look.", text="I will look.", tool_calls=(CALL,))
    with asking(lambda _: reply) as (client, server):
        answer = client.responses.create(model="gpt-5-mini", input="In stock?", instructions="You sell tea.")
    assert [item.type for item in answer.output] == ["reasoning", "message", "function_call"]
    assert answer.output_text == "I will look."
    assert (answer.status, answer.incomplete_details) == ("completed", None)
    assert answer.usage is not None
    assert answer.usage.output_tokens_details.reasoning_tokens == 6
    assert answer.usage.output_tokens > 6
    assert (server.requests[0].system, server.requests[0].question) == ("You sell tea.", "In stock?")


def test_a_response_stream_gives_the_api_s_events_in_order() -> None:
    reply = Reply(reasoning="They want stock.", text="I will look.", tool_calls=(CALL,))
    with asking(lambda _: reply) as (client, _):
        events = list(client.responses.create(model="gpt-5-mini", input="In stock?", stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type for at, event in enumerate(events) if at == 0 or events[at - 1].type != event.type]
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]


def test_a_response_continues_after_a_function_call() -> None:
    def script(request: Request) -> Reply:
        return Reply(text=request.tool_results[0].text) if request.turn else Reply(tool_calls=(CALL,))

    with asking(script) as (client, server):
        first = client.responses.create(model="gpt-5-mini", input="In stock?")
        given: Any = [
            {"role": "user", "content": "In stock?"},
            *first.output,
            {"type": "function_call_output", "call_id": "call_1", "output": "40 tins"},
        ]
        second = client.responses.create(model="gpt-5-mini", input=given)
    assert (second.output_text, server.requests[1].turn) == ("40 tins", 1)


def test_an_incomplete_response_says_why() -> None:
    with asking(lambda _: Reply(text="A long story. " * 20)) as (client, _):
        answer = client.responses.create(model="gpt-5-mini", input="Tell me a story.", max_output_tokens=16)
    assert answer.incomplete_details is not None
    assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens")
