"""What a round sends once more is read as if it were read for the first time."""

import base64
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from invocation_otel.spans.inline import Blob
from invocation_otel.spans.inputs import Inputs

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + base64.b64encode(b"x" * 90).decode()}}
SMALL = st.sampled_from(["", "a", "b"])
MESSAGES = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": SMALL | st.just([IMAGE]) | st.none()},
    optional={
        "tool_call_id": SMALL,
        "tool_calls": st.just([{"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"n":1}'}}]),
    },
)
CONVERSATION = st.lists(MESSAGES | SMALL, max_size=5)


def kept(blob: Blob) -> dict[str, Any]:
    return {"type": "uri", "bytes": len(blob.data)}


@given(CONVERSATION, st.lists(st.tuples(st.integers(0, 5), CONVERSATION), max_size=5))
def test_rounds_are_read_as_if_each_was_the_first(first: list[Any], rounds: list[tuple[int, list[Any]]]) -> None:
    """Each round keeps so many messages of the one before and adds others: it grows, changes, shrinks."""
    inputs, sent = Inputs(), first
    for keeps, more in [(5, []), *rounds]:
        sent = sent[:keeps] + more
        assert inputs.read(sent, kept) == Inputs().read(sent, kept)


def test_what_is_no_list_of_messages_is_read_each_time() -> None:
    inputs = Inputs()
    for given_ in ("hello", None, {"role": "user", "content": "hello"}, ["hello"], "hello"):
        assert inputs.read(given_, kept) == Inputs().read(given_, kept)


def test_a_file_is_not_remembered_but_kept_again() -> None:
    seen: list[int] = []

    def keep(blob: Blob) -> dict[str, Any]:
        seen.append(len(blob.data))
        return kept(blob)

    inputs, sent = Inputs(), [{"role": "user", "content": [IMAGE]}]
    for _ in range(2):
        assert inputs.read(sent, keep) == [{"role": "user", "parts": [{"type": "uri", "bytes": 90}]}]
    assert seen == [90, 90]
