"""How much of a span is kept: everything, everything but what was said, or only that it ran and what it cost."""

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args

from . import attributes as a
from .content import to_json

Capture = Literal["full", "metadata", "none"]
MODES: tuple[Capture, ...] = get_args(Capture)
"""From the one that keeps most to the one that keeps least."""

Attributes = dict[str, Any]

CONTENT = frozenset(
    {
        a.SYSTEM_INSTRUCTIONS,
        a.INPUT_MESSAGES,
        a.OUTPUT_MESSAGES,
        a.TOOL_DEFINITIONS,
        a.TOOL_ARGUMENTS,
        a.TOOL_RESULT,
        a.PROMPT_VARIABLES,
    }
)
"""What was said: by people, prompts, models and tools."""

_ALWAYS = frozenset(
    {
        a.OPERATION,
        a.PROVIDER,
        a.AGENT,
        a.REQUEST_MODEL,
        a.RESPONSE_MODEL,
        a.FINISH_REASONS,
        a.TOOL_NAME,
        a.TOOL_TYPE,
        a.ERROR_TYPE,
        a.RUN_ID,
        a.PARENT_RUN_ID,
        a.ROOT_RUN_ID,
        a.TENANT,
        a.TRIGGER,
        a.STATUS,
        a.CAPTURE,
        a.COST_SOURCE,
        a.PRICE_VERSION,
        a.RUN_PROVIDER,
        a.RUN_MODEL,
        a.CELERY_TASK_ID,
        a.CELERY_TASK_NAME,
    }
)
"""Names and ids without which a run could not be placed, counted or priced."""

NAMES = _ALWAYS | {
    a.RESPONSE_ID,
    a.TOOL_CALL_ID,
    a.SESSION,
    a.USER_ID,
    a.EXTERNAL_ID,
    a.SYSTEM_PROMPT_NAME,
    a.SYSTEM_PROMPT_VERSION,
    a.USER_PROMPT_NAME,
    a.USER_PROMPT_VERSION,
    "server.address",
    "http.request.method",
}
"""Names and ids that ``metadata`` keeps, and in which nothing is redacted: they were given to be known by."""


def strictest(*modes: Capture | None) -> Capture:
    """The one of *modes* that keeps least; ``None`` asks for nothing."""
    return max((mode for mode in modes if mode is not None), key=MODES.index, default="full")


def kept(attributes: Mapping[str, Any], capture: Capture) -> Attributes:
    """What *capture* lets through of *attributes*. Numbers always; of texts only those whose meaning is known."""
    if capture == "full":
        return dict(attributes)
    names = NAMES if capture == "metadata" else _ALWAYS
    told = {name: value for name, value in attributes.items() if name in names or isinstance(value, int | float)}
    if capture == "metadata":
        for name, reduce in ((a.REQUEST_PARAMS, _numbers), (a.FILES, _without_names)):
            if name in attributes:
                told[name] = to_json(reduce(json.loads(attributes[name])))
    return told


def _numbers(params: Any) -> Any:
    return {name: value for name, value in params.items() if isinstance(value, int | float)}


def _without_names(files: Any) -> Any:
    return [file | {"name": "", "uri": ""} for file in files]
