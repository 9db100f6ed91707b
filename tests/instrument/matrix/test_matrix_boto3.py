"""What of `boto3` the matrix does not ask: Anthropic's models with `invoke_model`."""

import pytest

from matrix_facts import each_side, facts
from matrix_inside import ANSWER, USAGE
from matrix_venvs import Side, results

CLAUDE = "anthropic.claude-opus-4-5-20251101-v1:0"
ASKED = {
    "provider": "aws.bedrock",
    "asked": CLAUDE,
    "status": "success",
    "input": USAGE["input_tokens"],
    "output": USAGE["output_tokens"],
    "cached": USAGE["cache_read_tokens"],
    "finish": ["stop"],
    "cost": 0.00407,
    "source": "computed",
    "text": ANSWER,
}


@each_side
@pytest.mark.parametrize("name", ["invoke", "invoke_stream"])
def test_a_model_that_is_invoked_is_a_round(side: Side, name: str) -> None:
    assert facts("boto3", side, name) == ASKED


@pytest.mark.parametrize(
    ("scenario", "warnings"),
    [
        ("asks_others", []),
        (
            "asks_bedrock",
            ["invocation_otel: boto3 1.44.5 is installed but not recorded: pip install 'invocation-otel[boto3]'."],
        ),
    ],
)
def test_only_a_program_that_asks_bedrock_is_told_that_it_is_not_recorded(scenario: str, warnings: list[str]) -> None:
    found = results("strands-agents", "newest", script="more_boto3_alone", scenarios=(scenario,))
    assert (found["scenarios"][scenario]["raised"], found["warnings"]) == (None, warnings)
