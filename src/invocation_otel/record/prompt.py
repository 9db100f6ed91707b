"""A prompt with its name, version, template and the variables it was filled with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from invocation_otel.errors import UsageError


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a named prompt, filled with variables by ``str.format``.

    ``text`` is what the model is sent; name, version and variables are kept on each round of the run.
    """

    name: str
    version: str = field(default="", kw_only=True)
    template: str = field(kw_only=True)
    variables: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    @property
    def text(self) -> str:
        """The template with its variables filled in."""
        try:
            return self.template.format(**self.variables)
        except (KeyError, IndexError) as missing:
            raise UsageError(
                f"Prompt {self.name!r} needs the variable {missing} but has {sorted(self.variables)}; "
                "give it in variables={…}, or write {{ and }} for braces that belong to the text."
            ) from None
