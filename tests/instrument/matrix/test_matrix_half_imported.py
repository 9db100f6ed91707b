"""What another thread is importing is not taken for whole: by us, or by a library because of us."""

import pytest

from matrix_venvs import results


def test_a_call_of_openai_goes_on_while_our_thread_imports_what_it_looks_for() -> None:
    found = results("llama-index", "newest", script="slow_httpx2")  # its openai is 2, which looks for httpx2
    told = found["scenarios"]["call_while_prices_are_read"]
    assert (told["raised"], told["failures"], len(told["rounds"])) == (None, {}, 2)
    assert found["facts"]["IMPORTED_BY"] == "MainThread"


@pytest.mark.parametrize("first", ["slow_boto3", "slow_boto3_without_wrapt"])
def test_configure_waits_for_a_library_that_another_thread_is_importing(first: str) -> None:
    found = results("strands-agents", "newest", script="more_boto3_alone", scenarios=("asks_bedrock",), first=first)
    told = found["scenarios"]["asks_bedrock"]
    of_boto3 = [warning.rpartition(": ")[2] for warning in found["warnings"] if "boto3" in warning]
    assert (told["raised"], told["failures"], of_boto3) == (None, {}, ["pip install 'invocation-otel[boto3]'."])
