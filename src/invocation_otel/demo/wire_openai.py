"""What OpenAI's two APIs have in common: how they word an error, and the parts of a message."""

from collections.abc import Mapping, Sequence
from typing import Any

from .script import ATTACHMENT_TOKENS, Failure, Message, PromptPart, Role, counted_tokens
from .wire import Json, RefusedError, arguments

ROLES: Mapping[str, Role] = {
    "developer": "system",
    "system": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}


def error_body(failure: Failure) -> Json:
    """The error as OpenAI words it."""
    kinds = {429: "requests", 500: "server_error", 503: "server_error"}
    texts = {
        429: "Rate limit reached for requests. Please try again later.",
        500: "The server had an error while processing your request. Sorry about that!",
    }
    return {
        "error": {
            "message": failure.message or texts.get(failure.status, "The request could not be answered."),
            "type": failure.kind or kinds.get(failure.status, "invalid_request_error"),
            "param": failure.param,
            "code": failure.code or ("rate_limit_exceeded" if failure.status == 429 else None),  # noqa: PLR2004 - HTTP's
        }
    }


def refused(message: str, *, param: str | None = None, code: str | None = None) -> RefusedError:
    """A request that OpenAI answers with 400."""
    return RefusedError(Failure(status=400, message=message, param=param, code=code))


def require(body: Mapping[str, Any], name: str) -> None:
    """Refuse a body without a required parameter."""
    if not body.get("model"):
        raise refused("you must provide a model parameter")
    if name not in body:
        raise refused(f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")
    if body[name] in ([], ""):
        raise refused(f"Invalid '{name}': empty. Expected at least one item.", param=name, code="empty_array")


def prompt_part(text: str, attachments: int = 0) -> PromptPart:
    """A piece of the prompt with the tokens it counts for."""
    return PromptPart(text=text, tokens=counted_tokens(text) + attachments * ATTACHMENT_TOKENS)


def part_of(message: Message) -> PromptPart:
    """The message as a piece of the prompt."""
    calls = [call.name + arguments(call) for call in message.tool_calls]
    results = [result.text for result in message.tool_results]
    return prompt_part("\n".join([message.role, message.text, *calls, *results]), message.attachments)


def text_of(content: str | Sequence[Mapping[str, Any]] | None) -> tuple[str, int]:
    """The text of a message's content, and how many other parts it has."""
    if content is None or isinstance(content, str):
        return content or "", 0
    texts = [part.get("text", part.get("refusal")) for part in content]
    return "\n".join(text for text in texts if text is not None), texts.count(None)
