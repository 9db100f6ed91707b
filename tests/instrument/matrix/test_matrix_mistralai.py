"""Mistral's streams, beyond the table."""

from matrix_facts import each_side, parts, scenario
from matrix_venvs import Side


@each_side
def test_a_stream_whose_reader_is_cancelled_is_a_cancelled_round_with_what_was_heard(side: Side) -> None:
    found = scenario("mistralai", side, "cancelled_stream")
    [round_], [run] = found["rounds"], found["runs"]
    assert (round_["invocation.status"], run["invocation.status"]) == ("cancelled", "cancelled")
    assert 0.5 <= round_["gen_ai.response.time_to_first_chunk"] < 2
    assert parts(round_, "gen_ai.output.messages") != []
