"""A prompt with its name, version, template and the variables it was filled with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from invocation_otel.errors import UsageError

from .template import SYNTAXES, Syntax, render, syntax_of


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a named prompt, filled with variables.

    ``text`` is what the model is sent; name, version and variables are kept on each round of the run. It is made from
    the *template* at once, or given as *text* where the program fills it itself (an f-string, a template library): then
    the *variables* only tell what it was filled with.

    *syntax* is how the template is written: ``format`` (``{name}``, as `str.format`) or ``jinja2``
    (``{{ name }}``, rendered in Jinja's sandbox, by ``invocation-otel[jinja2]``). Without it, a template with Jinja's
    marks that cannot be meant for `str.format` is Jinja's (``docs/prompts.md``). Raises ``UsageError`` for a template
    that cannot be filled.
    """

    name: str
    version: str = field(default="", kw_only=True)
    template: str = field(default="", kw_only=True)
    variables: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    text: str = field(default="", kw_only=True)
    syntax: Syntax | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise UsageError(
                f'The prompt\'s name is {self.name!r}; expected a text such as Prompt("support-system", …).'
            )
        if self.syntax not in (None, *SYNTAXES):
            raise UsageError(f"Prompt {self.name!r} has syntax {self.syntax!r}; expected {' or '.join(SYNTAXES)}.")
        object.__setattr__(self, "version", str(self.version))
        # Its own: what is recorded is what the text was filled with, whatever the program does to them afterwards.
        object.__setattr__(self, "variables", dict(self.variables))
        if not self.text and self.template:
            syntax = self.syntax or syntax_of(self.template, self.variables, name=self.name)
            object.__setattr__(self, "syntax", syntax)
            object.__setattr__(self, "text", render(self.template, self.variables, syntax=syntax, name=self.name))
