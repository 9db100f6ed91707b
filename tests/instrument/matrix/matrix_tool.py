"""The tool that the agents of the frameworks are given, under the name `TOOL`."""

from matrix_inside import TOOL_ARGUMENTS, TOOL_RESULT


def look_up(order: int) -> str:
    """Look an order up."""
    assert order == TOOL_ARGUMENTS["order"]
    return TOOL_RESULT
