"""What a model was asked and what it answers, in no provider's words: the script of a `ProviderServer`.

A script is one function ``(request: Request) -> Reply | Failure``. It must be pure: the server may call it from several
threads, and a client that retries asks again with ``request.attempt`` one higher.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

CHARACTERS_PER_TOKEN = 4
ATTACHMENT_TOKENS = 1_500
"""What an image or a document costs as input: about a page, whatever its bytes are."""

Role = Literal["system", "user", "assistant", "tool"]
CacheTtl = Literal["5m", "1h"]


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A tool call that the model asks for."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    """The provider makes one when it is not given."""


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What a tool gave back, as the model reads it."""

    call_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of the conversation."""

    role: Role
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    attachments: int = 0
    """How many images and documents it carries."""


@dataclass(frozen=True, kw_only=True)
class PromptPart:
    """A piece of the prompt in the order in which providers cache it: tools, system, messages."""

    text: str
    tokens: int
    cache_ttl: CacheTtl | None = None
    """Set when the request marks the prompt up to here as cacheable (Anthropic's ``cache_control``)."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call as the provider received it."""

    api: str
    """Such as ``openai.chat`` or ``anthropic.messages``."""
    model: str
    system: str
    messages: tuple[Message, ...]
    tools: tuple[str, ...]
    prompt: tuple[PromptPart, ...]
    stream: bool
    max_output_tokens: int | None
    body: Mapping[str, Any]
    """The JSON body as it was sent."""
    attempt: int = 1
    """2 for the client's first retry."""

    @property
    def question(self) -> str:
        """The text the user wrote last."""
        return next(
            (message.text for message in reversed(self.messages) if message.role == "user" and message.text), ""
        )

    @property
    def turn(self) -> int:
        """How many answers the model has already given to the question."""
        since = 0
        for message in reversed(self.messages):
            if message.role == "user" and message.text:
                break
            since += message.role == "assistant"
        return since

    @property
    def tool_results(self) -> tuple[ToolResult, ...]:
        """The results that came back since the model's last answer."""
        results: tuple[ToolResult, ...] = ()
        for message in reversed(self.messages):
            if message.role == "assistant":
                break
            results = message.tool_results + results
        return results


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An error answer; the provider's own wording is used where nothing is said."""

    status: int
    message: str | None = None
    kind: str | None = None
    """The provider's ``type`` of the error."""
    code: str | None = None
    """OpenAI's ``code`` of the error."""
    param: str | None = None
    """OpenAI's ``param`` of the error."""
    retry_after_s: float | None = None
    delay_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class BreakOff:
    """A stream that does not reach its end."""

    after_events: int
    error: Failure | None = None
    """Sent as the provider's error event; without one the connection just closes."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A model's answer. Token counts are counted from the texts unless they are stated."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    reasoning: str = ""
    """Thought before the answer: a thinking block, a reasoning item, or only reasoning tokens, as the API does it."""
    stop_reason: str | None = None
    """In the provider's own word; follows from the rest when it is not given."""
    model: str | None = None
    """The model that answers, when it is not called as it was asked for."""
    input_tokens: int | None = None
    """All input tokens, cached ones included, whatever the provider reports."""
    output_tokens: int | None = None
    """All output tokens, reasoning included."""
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    delay_s: float = 0.0
    """How long the provider is silent before it answers."""
    event_delay_s: float = 0.0
    """How long it is silent before each event of a stream."""
    break_off: BreakOff | None = None


Script = Callable[[Request], Reply | Failure]


def counted_tokens(text: str) -> int:
    """How many tokens a text counts for."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)
