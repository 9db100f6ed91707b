"""Prompts: how a template is filled, which syntax it has, and what is recorded of it."""

import json
import subprocess
import sys
from typing import Any

import pytest

from conftest import Recording
from invocation_otel import Prompt, invocation
from invocation_otel.errors import UsageError


class Patient:
    """What agents fill prompts with: an object of the program's."""

    name = "Ann"
    _diagnosis = "private"


@pytest.mark.parametrize(
    ("template", "variables", "text", "syntax"),
    [
        ("Hello {name}.", {"name": "Ann"}, "Hello Ann.", "format"),
        ("{0.name!r:>7}".replace("0", "patient"), {"patient": Patient()}, "  'Ann'", "format"),
        ('Answer as {{"a": 1}}.', {}, 'Answer as {"a": 1}.', "format"),
        ("{{ name }} is not given", {}, "{ name } is not given", "format"),
        ("Hello {{ name }}.", {"name": "Ann"}, "Hello Ann.", "jinja2"),
        ("{{ name|upper }}\n", {"name": "Ann"}, "ANN\n", "jinja2"),
        ("{% for n in names %}{{ n }},{% endfor %}", {"names": ["a", "b"]}, "a,b,", "jinja2"),
        ('{% if x %}Answer as {"a": 1}{% endif %}', {"x": 1}, 'Answer as {"a": 1}', "jinja2"),
        ("<b>{{ name }}</b>", {"name": "<Ann>"}, "<b><Ann></b>", "jinja2"),
    ],
)
def test_a_template_is_filled_in_the_syntax_that_it_is_written_in(
    template: str, variables: dict[str, Any], text: str, syntax: str
) -> None:
    prompt = Prompt("greeting", template=template, variables=variables)
    assert (prompt.text, prompt.syntax) == (text, syntax)


def test_the_syntax_can_be_said() -> None:
    both = "Hello {{ name }} and {name}."
    assert Prompt("p", template=both, variables={"name": "Ann"}, syntax="format").text == "Hello { name } and Ann."
    assert Prompt("p", template=both, variables={"name": "Ann"}, syntax="jinja2").text == "Hello Ann and {name}."


def test_a_text_that_the_program_filled_itself_is_kept_as_it_is() -> None:
    name = "Ann {curly}"
    prompt = Prompt("greeting", version="2", text=f"Hello {name}.", variables={"name": name})
    assert (prompt.text, dict(prompt.variables)) == ("Hello Ann {curly}.", {"name": "Ann {curly}"})


def test_what_was_filled_in_stays_when_the_program_changes_its_variables() -> None:
    variables = {"name": "Ann"}
    prompt = Prompt("greeting", template="Hello {name}.", variables=variables)
    variables["name"] = "Bob"
    assert (prompt.text, dict(prompt.variables)) == ("Hello Ann.", {"name": "Ann"})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"template": "{shop}"}, r"Prompt 'p' needs the variable 'shop' but has \[\]"),
        ({"template": "{a.__class__}", "variables": {"a": 1}}, r"asks for 'a\.__class__'; names that begin with an"),
        ({"template": "{a[_b]}", "variables": {"a": {}}}, r"asks for 'a\[_b\]'"),
        ({"template": "{a._diagnosis}", "variables": {"a": Patient()}}, r"asks for 'a\._diagnosis'"),
        ({"template": "{open"}, r"cannot be filled as a format template \(ValueError"),
        ({"template": "{a} {{ a }}", "variables": {"a": 1}}, r"has \{fields\} of str\.format and marks of Jinja2"),
        (
            {"template": "{{ a.b.c }}", "variables": {"a": {}}},
            r"cannot be filled as a jinja2 template \(UndefinedError",
        ),
        ({"template": "{% if %}"}, r"cannot be filled as a jinja2 template \(TemplateSyntaxError"),
        ({"template": "{{ a.__class__.mro() }}", "variables": {"a": 1}}, r"jinja2 template \(SecurityError"),
        ({"template": "{{ a.append(2) }}", "variables": {"a": [1]}}, r"jinja2 template \(SecurityError"),
        ({"template": "{% include '/etc/passwd' %}"}, r"jinja2 template \(TypeError: no loader"),
        ({"template": "x", "syntax": "mako"}, r"has syntax 'mako'; expected format or jinja2"),
    ],
)
def test_a_template_that_cannot_be_filled_says_why(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Prompt("p", **arguments)


def test_without_a_name_it_is_no_prompt() -> None:
    with pytest.raises(UsageError, match=r"The prompt's name is ''; expected a text"):
        Prompt("", template="x")


def test_without_jinja2_other_templates_work_and_its_own_say_what_to_install() -> None:
    program = (
        "import sys; sys.modules['jinja2'] = None\n"
        "from invocation_otel import Prompt, InvocationError\n"
        "print(Prompt('p', template='Hello {name}', variables={'name': 'Ann'}).text)\n"
        "try:\n    Prompt('p', template='Hello {{ name }}', variables={'name': 'Ann'})\n"
        "except InvocationError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "Hello Ann",
        "The template of prompt 'p' is Jinja2's, which is not installed: pip install \"invocation-otel[jinja2]\".",
    ]


def test_a_round_keeps_both_prompts_by_name_and_version_and_what_they_were_filled_with(recording: Recording) -> None:
    system = Prompt("support-system", version="3", template="You help {{ shop }}.", variables={"shop": "Acme"})
    user = Prompt("support-user", version="7", text="Where is order 7?", variables={"order": 7})
    with invocation("support", system_prompt=system, user_prompt=user) as run:
        for _ in range(2):
            with run.round(provider="p", model="m", system=system.text, messages=user.text) as round_:
                round_.respond("On its way.")
    first, second = recording.of("chat")
    for chat in (first, second):
        assert {name: value for name, value in chat.items() if ".prompt." in name} == {
            "invocation.prompt.system.name": "support-system",
            "invocation.prompt.system.version": "3",
            "invocation.prompt.user.name": "support-user",
            "invocation.prompt.user.version": "7",
            "invocation.prompt.variables": '{"variables":{"order":7},"system_variables":{"shop":"Acme"}}',
        }
        assert json.loads(chat["gen_ai.system_instructions"]) == [{"type": "text", "content": "You help Acme."}]


def test_secrets_among_the_variables_are_taken_out_by_their_names(recording: Recording) -> None:
    account = {"name": "Ann", "apiKey": "abc", "limits": {"max_tokens": 7, "session_token": "t"}}
    user = Prompt("p", text="Hello.", variables={"password": "hunter2", "account": account})
    with (
        invocation("support", user_prompt=user, system_variables={"Authorization": "Basic x", "shop": "Acme"}) as run,
        run.round(provider="p", model="m", messages=user.text),
    ):
        pass
    [chat] = recording.of("chat")
    marker = "[redacted]"
    assert json.loads(chat["invocation.prompt.variables"]) == {
        "variables": {
            "password": marker,
            "account": {"name": "Ann", "apiKey": marker, "limits": {"max_tokens": 7, "session_token": marker}},
        },
        "system_variables": {"Authorization": marker, "shop": "Acme"},
    }
