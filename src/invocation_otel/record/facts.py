"""Who runs, for whom, and why: the facts that every span of a run carries from its start."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from opentelemetry.trace import SpanContext

from invocation_otel.errors import UsageError
from invocation_otel.spans import attributes as a
from invocation_otel.spans.capture import MODES, Capture

from .file import File
from .prompt import Prompt

TRIGGERS = ("user", "system", "task")


class Ambient(NamedTuple):
    """Facts that hold for every run started in a scope; ``None`` means not said."""

    tenant: str | None = None
    trigger: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    celery_task_id: str | None = None
    celery_task_name: str | None = None
    celery_retries: int | None = None
    capture: Capture | None = None
    trace: SpanContext | None = None
    """The span, of the service or the task that asked, at which a run starts when no span is current."""

    parent_run_id: str | None = None
    """The run in another process that asked; that of a run around it in this one goes before."""

    root_run_id: str | None = None
    """The outermost run around that one."""

    def checked(self) -> Self:
        """The same, or ``UsageError`` for a value that cannot be recorded."""
        if self.trigger is not None and self.trigger not in TRIGGERS:
            raise UsageError(f"trigger is {self.trigger!r}; expected one of {', '.join(TRIGGERS)}.")
        if self.capture is not None and self.capture not in MODES:
            raise UsageError(f"capture is {self.capture!r}; expected one of {', '.join(MODES)}.")
        for name in _TEXTS:
            if (value := getattr(self, name)) is not None:
                _check_text(name, value)
        return self

    def over(self, *others: "Ambient") -> "Ambient":
        """These facts, and where these say nothing those of the first of *others* that says something."""
        known = self
        for other in others:
            if other != _NOTHING:
                known = Ambient._make(mine if mine is not None else its for mine, its in zip(known, other, strict=True))
        return known


_TEXTS = ("tenant", "user_id", "session_id", "celery_task_id", "celery_task_name")
_NOTHING = Ambient()


class Facts(NamedTuple):
    """What the caller said about one run."""

    agent: str
    ambient: Ambient = _NOTHING
    memory: bool | Sequence[Any] | None = None
    system_prompt: Prompt | None = None
    user_prompt: Prompt | None = None
    variables: Mapping[str, Any] | None = None
    system_variables: Mapping[str, Any] | None = None
    files: Sequence[File] = ()
    external_id: str | None = None

    def checked(self) -> Self:
        """The same, or ``UsageError`` for a value that cannot be recorded."""
        if not isinstance(self.agent, str) or not self.agent:
            raise UsageError(f'The agent\'s name is {self.agent!r}; expected a text such as invocation("support").')
        for name, prompt in (("system_prompt", self.system_prompt), ("user_prompt", self.user_prompt)):
            if prompt is not None and not isinstance(prompt, Prompt):
                raise UsageError(f"{name} is {prompt!r}; expected a Prompt(name, version=…, template=…).")
        for file in self.files:
            if not isinstance(file, File):
                raise UsageError(f"files holds {file!r}; expected File.from_path, File.from_bytes or File.from_url.")
        if self.external_id is not None:
            _check_text("external_id", self.external_id)
        return self

    @property
    def has_prompts(self) -> bool:
        """Whether anything is known of the prompts: what they are, or what they were filled with."""
        return (
            self.system_prompt is not None
            or self.user_prompt is not None
            or self.variables is not None
            or self.system_variables is not None
        )

    @property
    def memory_said(self) -> bool | int | None:
        """Whether short-term memory is on, or how many messages came from it; ``None`` when the caller did not say."""
        return self.memory if self.memory is None or isinstance(self.memory, bool) else len(self.memory)

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """The variables that the prompts were filled with: those of the prompts, and those said beside them."""
        user = dict(self.user_prompt.variables if self.user_prompt else {}) | dict(self.variables or {})
        system = dict(self.system_prompt.variables if self.system_prompt else {}) | dict(self.system_variables or {})
        return {name: value for name, value in (("variables", user), ("system_variables", system)) if value}

    def prompt_attributes(self) -> dict[str, str]:
        """Names and versions of the prompts, as span attributes."""
        told = {
            a.SYSTEM_PROMPT_NAME: self.system_prompt and self.system_prompt.name,
            a.SYSTEM_PROMPT_VERSION: self.system_prompt and self.system_prompt.version,
            a.USER_PROMPT_NAME: self.user_prompt and self.user_prompt.name,
            a.USER_PROMPT_VERSION: self.user_prompt and self.user_prompt.version,
        }
        return {name: value for name, value in told.items() if value}


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise UsageError(f"{name} is {value!r}; expected a text that is not empty, or None.")
