"""What the models of the demo say: the script in ``files/screenplay.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from .script import BreakOff, Failure, Reply, Request, ToolCall, counted_tokens

REACTION_S = 0.015
SECONDS_PER_TOKEN = 0.0006
"""About thirty times faster than a real model."""
RETRY_AFTER_S = 0.02


def script(request: Request) -> Reply | Failure:
    """The line for the user's last message and the turn since. Raises LookupError when none is written."""
    scene = _scene(request.question)
    first_fails = scene.get("first_fails", [])
    if request.turn == 0 and request.attempt <= len(first_fails):
        return Failure(status=first_fails[request.attempt - 1], retry_after_s=RETRY_AFTER_S)
    lines = scene["line"]
    if request.turn >= len(lines):
        raise LookupError(f"The scene {scene['cue']!r} has {len(lines)} lines; line {request.turn + 1} was asked for.")
    line = lines[request.turn]
    if "status" in line:
        return Failure(retry_after_s=RETRY_AFTER_S, **line)
    return _reply(scene, line)


def _scene(question: str) -> Mapping[str, Any]:
    found = [scene for scene in _scenes() if scene["cue"] in question]
    if not found:
        raise LookupError(f"No scene of files/screenplay.toml has a cue in the question {question[:200]!r}.")
    return max(found, key=lambda scene: len(scene["cue"]))


@cache
def _scenes() -> list[dict[str, Any]]:
    text = files(__package__).joinpath("files/screenplay.toml").read_text(encoding="utf-8")
    scenes: list[dict[str, Any]] = tomllib.loads(text)["scene"]
    return scenes


def _reply(scene: Mapping[str, Any], line: Mapping[str, Any]) -> Reply:
    said = {name: value for name, value in line.items() if name != "tool_calls"}
    written = counted_tokens(line.get("text", "") + line.get("reasoning", ""))
    breaks = scene.get("breaks_after_events")
    return Reply(
        **{"delay_s": REACTION_S + written * SECONDS_PER_TOKEN, **said},
        tool_calls=tuple(ToolCall(**call) for call in line.get("tool_calls", ())),
        event_delay_s=scene.get("event_delay_s", 0.0),
        break_off=BreakOff(after_events=breaks) if breaks else None,
    )
