"""Filling a prompt's template. Templates are often edited by others than the program's authors: none may run code."""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

from invocation_otel.errors import UsageError

if TYPE_CHECKING:
    from jinja2 import Template

Syntax = Literal["format", "jinja2"]
SYNTAXES: tuple[Syntax, ...] = ("format", "jinja2")

_STATEMENT = re.compile(r"\{%-?\s*[a-z]+\b.*?%\}", re.DOTALL)
_EXPRESSION = re.compile(r"\{\{-?\s*([A-Za-z_]\w*)[^{}]*\}\}")
_PRIVATE = re.compile(r"(?:^|[.\[])_")


def syntax_of(template: str, variables: Mapping[str, Any], *, name: str) -> Syntax:
    """How *template* is written: Jinja's when it has a ``{% statement %}`` or a ``{{ variable }}`` that is given.

    ``{{`` is also how `str.format` writes one brace. So a template with such marks that has a field of `str.format`
    as well, for a variable that is given, is a ``UsageError``: nobody shall guess.
    """
    expressions = any(found in variables for found in _EXPRESSION.findall(template))
    if not expressions and not _STATEMENT.search(template):
        return "format"
    if _has_field(template, variables):
        raise UsageError(
            f"Prompt {name!r} has {{fields}} of str.format and marks of Jinja2; "
            'say which it is with Prompt(…, syntax="format") or Prompt(…, syntax="jinja2").'
        )
    return "jinja2"


def render(template: str, variables: Mapping[str, Any], *, syntax: Syntax, name: str) -> str:
    """*template* with *variables* filled in. *name* is the prompt's, for what a ``UsageError`` says."""
    if syntax == "jinja2" and not _has_jinja():
        raise UsageError(
            f"The template of prompt {name!r} is Jinja2's, which is not installed: "
            'pip install "invocation-otel[jinja2]".'
        )
    try:
        return _jinja(template).render(variables) if syntax == "jinja2" else _FORMATTER.vformat(template, (), variables)
    except UsageError:
        raise
    except (KeyError, IndexError) as missing:
        raise UsageError(
            f"Prompt {name!r} needs the variable {missing} but has {sorted(variables)}; "
            "give it in variables={…}, or write {{ and }} for braces that belong to the text."
        ) from None
    except Exception as error:
        raise UsageError(
            f"Prompt {name!r} cannot be filled as a {syntax} template ({type(error).__name__}: {error}); "
            "correct the template or its variables."
        ) from error


class _PublicFormatter(Formatter):
    """`str.format` without access to what begins with an underscore, such as ``{user.__class__}``."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        if _PRIVATE.search(field_name):
            raise UsageError(f"The template asks for {field_name!r}; names that begin with an underscore are not read.")
        return super().get_field(field_name, args, kwargs)


_FORMATTER = _PublicFormatter()


def _has_field(template: str, variables: Mapping[str, Any]) -> bool:
    try:
        fields = [re.split(r"[.\[]", found)[0] for _, found, _, _ in Formatter().parse(template) if found]
    except ValueError:
        return False
    return any(found in variables for found in fields)


def _has_jinja() -> bool:
    try:
        return find_spec("jinja2") is not None
    except ValueError:  # it was kept from being imported
        return False


@lru_cache(maxsize=256)
def _jinja(template: str) -> "Template":
    from jinja2 import StrictUndefined  # noqa: PLC0415 - optional
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - optional

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(template)
