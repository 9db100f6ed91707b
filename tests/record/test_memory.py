"""Which messages came from earlier turns, told by the messages when the caller says nothing."""

from typing import Any

import pytest

from conftest import Recording
from invocation_otel import invocation

Messages = list[dict[str, Any]]
NAMES = ("invocation.memory.messages", "invocation.memory.dropped", "gen_ai.conversation.compacted")


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}
HISTORY = [user("Hi"), assistant("Hello"), user("How are you?"), assistant("Fine")]
SYSTEM = {"role": "system", "content": "Be brief."}


def said(recording: Recording, rounds: list[tuple[Messages, Any]], **options: Any) -> list[tuple[Any, ...]]:
    """From memory, dropped, compacted: of each of *rounds*, which are messages and the answer to them."""
    with invocation("a", **options) as run:
        for messages, answer in rounds:
            with run.round(provider="openai", model="gpt-4o-mini", messages=messages) as round_:
                round_.respond(answer, input_tokens=1, output_tokens=1)
    return [tuple(chat.get(name) for name in NAMES) for chat in recording.of("chat")]


def enabled(recording: Recording) -> list[Any]:
    return [run.get("invocation.memory.enabled") for run in recording.of("invoke_agent")]


def test_what_was_answered_before_the_first_round_came_from_memory(recording: Recording) -> None:
    turn = [SYSTEM, *HISTORY, user("Where is it?")]
    rounds = [(turn, CALL), ([*turn, CALL, RESULT], "On its way.")]
    assert said(recording, rounds) == [(4, None, None), (4, None, None)]
    assert enabled(recording) == [True]


def test_without_earlier_turns_nothing_came_from_memory(recording: Recording) -> None:
    turn = [SYSTEM, user("Where is it?")]
    assert said(recording, [(turn, CALL), ([*turn, CALL, RESULT], "Here.")]) == [(None, None, None)] * 2
    assert enabled(recording) == [None]


def test_an_answer_that_is_begun_for_the_model_is_of_this_turn(recording: Recording) -> None:
    assert said(recording, [([*HISTORY, user("JSON!"), assistant("{")], '"a":1}')]) == [(4, None, None)]


def test_what_a_tool_gave_back_is_of_the_turn_in_which_more_was_said_or_of_this_one(recording: Recording) -> None:
    earlier = [user("Hi"), CALL, RESULT, user("Go on.")]
    assert said(recording, [(earlier, "Here.")]) == [(3, None, None)]
    assert said(recording, [(earlier[:3], "Here.")])[1:] == [(2, None, None)]


def test_what_was_dropped_since_the_last_round_is_counted(recording: Recording) -> None:
    turn = [*HISTORY, user("Where is it?")]
    rounds = [(turn, CALL), ([*turn[2:], CALL, RESULT], "Here."), ([*turn[4:], CALL, RESULT], "Here.")]
    assert said(recording, rounds) == [(4, None, None), (2, 2, None), (None, 2, None)]


def test_a_summary_in_place_of_what_was_dropped_is_told(recording: Recording) -> None:
    turn = [*HISTORY, user("Where is it?")]
    rounds = [(turn, CALL), ([user("Summary: greetings."), turn[4], CALL, RESULT], "Here.")]
    assert said(recording, rounds) == [(4, None, None), (1, 4, True)]


def test_another_conversation_inside_the_run_is_followed_by_itself(recording: Recording) -> None:
    turn = [*HISTORY, user("Where is it?")]
    helper = [user("Rewrite: where is it?")]
    rounds: list[tuple[Messages, Any]] = [(turn, CALL), (helper, "it, where?"), ([*turn, CALL, RESULT], "Here.")]
    review = [user("Is this good?"), assistant("Here."), user("Judge.")]
    assert said(recording, [*rounds, (review, "Yes.")]) == [
        (4, None, None),
        (None, None, None),
        (4, None, None),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    ("memory", "messages", "on"), [(True, 4, True), (False, None, False), (HISTORY[:2], 2, True), ([], None, True)]
)
def test_what_the_caller_says_wins(recording: Recording, memory: Any, messages: int | None, *, on: bool) -> None:
    turn = [*HISTORY, user("Where is it?")]
    rounds = [(turn, CALL), ([*turn, CALL, RESULT], "Here.")]
    assert said(recording, rounds, memory=memory) == [(messages, None, None)] * 2
    assert enabled(recording) == [on]


def test_turns_that_the_provider_keeps_are_memory_unless_they_are_of_this_run(recording: Recording) -> None:
    def ask(previous: str | None, own: str) -> None:
        params = {"previous_response_id": previous} if previous else {}
        with run.round(provider="openai", model="gpt-4o-mini", messages="next", params=params) as round_:
            round_.respond("ok", input_tokens=1, output_tokens=1, response_id=own)

    with invocation("own") as run:
        ask(None, "resp_1")
        ask("resp_1", "resp_2")
    with invocation("earlier") as run:
        ask("resp_2", "resp_3")
    assert enabled(recording) == [None, True]
