"""What is taken out of texts, and what must stay."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invocation_otel import Pattern, Redaction
from invocation_otel.spans.redact import FAILED, Redactor
from invocation_otel.spans.redact_patterns import CARD, EMAIL, PATTERNS, is_card_number
from invocation_otel.spans.secret_names import SecretNames

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\n-----END RSA PRIVATE KEY-----"
KEY = "abcdefghij0123456789ABCDEFGHIJ012345"

SECRETS = {
    f"key sk-proj-{KEY} here": "key sk-[redacted: API key] here",
    f"\nsk-ant-api03-{KEY}": "\nsk-[redacted: API key]",
    f"ghp_{KEY}": "ghp_[redacted: API key]",
    f"sk_live_{KEY}.": "sk_live_[redacted: API key].",
    "AKIAIOSFODNN7EXAMPLE": "AKIA[redacted: access key]",
    f"Authorization: Bearer {KEY}": "Authorization: Bearer [redacted: token]",
    f"it is {JWT}!": "it is [redacted: token]!",
    f"{PEM} and more": "[redacted: private key] and more",
    "postgres://shop:p4ss@db/shop": "postgres://shop:[redacted: password]@db/shop",
    "pay with 4111 1111 1111 1111 12 times": "pay with [redacted: card number] 12 times",
    "378282246310005, 5555-5555-5555-4444": "[redacted: card number], [redacted: card number]",
    "password: hunter2!, user: bob": "password: [redacted], user: bob",
    'curl -u "x" "https://a.b/?api_key=abc123def&n=1"': 'curl -u "x" "https://a.b/?api_key=[redacted]&n=1"',
    "DB_PASSWORD='correct horse'": "DB_PASSWORD='[redacted]'",
}

KEPT = [
    "4111 1111 1111 1112 is no card number, 1763790000000000000 a time, 0.4111111111111111 a number",
    "order-4111111111111111 and call_4111111111111111 are ids",
    "max_tokens: 1000000, total_tokens=812345, token_count: 123456789",
    "a risk-based task-list-of-the-day-2024-11-22-report",
    "toolu_01A09q90qw90lq917835lq9 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "sha256 315d429b7714cedb6ad04ac31240145257692630457f3c88253c5beceac76027",
    "The password is required; the secret: be kind. api_key=os.environ['X']",
    "https://example.org:8443/a@b?x=1",
]


def redactor(**options: Any) -> Redactor:
    return Redactor(Redaction(**options))


def message(text: str) -> str:
    return json.dumps([{"role": "user", "parts": [{"type": "text", "content": text}]}], separators=(",", ":"))


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_taken_out_of_a_text_and_of_a_message(text: str) -> None:
    assert redactor().text(text) == SECRETS[text]
    assert redactor().messages_json(message(text)) == message(SECRETS[text])


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert redactor().text(text) == text
    assert redactor().messages_json(message(text)) == message(text)


def test_what_stands_under_a_secret_name_is_taken_out_however_deep_and_counts_are_not() -> None:
    given = {
        "apiKey": "x",
        "headers": [{"X-Auth-Token": "y", "Accept": "json"}],
        "password": 1234,
        "max_tokens": 100,
        "prompt_token": 7,
        "usage": {"input_tokens": 3},
        "response": '{"pin": "9876", "n": 1}',
        "card": 4111111111111111,
        "none": {"password": None, "secret": ""},
    }
    assert json.loads(redactor().json(json.dumps(given))) == {
        "apiKey": "[redacted]",
        "headers": [{"X-Auth-Token": "[redacted]", "Accept": "json"}],
        "password": "[redacted]",
        "max_tokens": 100,
        "prompt_token": 7,
        "usage": {"input_tokens": 3},
        "response": '{"pin":"[redacted]","n":1}',
        "card": "[redacted: card number]",
        "none": {"password": None, "secret": ""},
    }


@given(st.text('":\\ a', min_size=1))
def test_nothing_that_a_secret_consists_of_hides_its_name(secret: str) -> None:
    kept = json.loads(redactor().json(json.dumps({"a": "b", "pin": secret, "inside": json.dumps({"pin": secret})})))
    assert (kept["pin"], json.loads(kept["inside"])) == ("[redacted]", {"pin": "[redacted]"})


@pytest.mark.parametrize("sign", [":", "=", " : ", "\n=\t", "': ", '" = '])
@pytest.mark.parametrize("word", ["Password", "passwd", "passphrase", "PWD", "client-secret", "api_key", "auth_token"])
def test_what_is_assigned_to_a_word_for_a_secret_is_taken_out_of_running_text(word: str, sign: str) -> None:
    text = f"The {word}{sign}hunter2hunter2, and so on"
    assert redactor().text(text) == text.replace("hunter2hunter2", "[redacted]")


def test_a_schema_that_names_a_secret_stays_readable() -> None:
    tools = json.dumps([{"name": "login", "parameters": {"properties": {"password": {"type": "string"}}}}])
    assert redactor().content_json(tools) == tools


def test_the_structure_of_messages_stays_and_what_they_say_goes_through_the_own_function() -> None:
    given = [
        {"role": "user", "parts": [{"type": "text", "content": "hello"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "f", "arguments": {"id": "hi"}}]},
    ]
    shouted = redactor(function=str.upper).messages_json(json.dumps(given))
    assert json.loads(shouted) == [
        {"role": "user", "parts": [{"type": "text", "content": "HELLO"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "f", "arguments": {"ID": "HI"}}]},
    ]


def test_where_the_own_function_fails_nothing_is_kept() -> None:
    def failing(text: str) -> str:
        raise ValueError(text)

    assert redactor(function=failing).messages_json(message("hello")) == message(FAILED)


def test_a_long_text_ends_in_a_marker_that_says_how_long_it_was() -> None:
    [kept] = json.loads(redactor(max_chars=10).messages_json(message("x" * 25)))
    assert kept["parts"] == [{"type": "text", "content": "x" * 10 + "… [shortened, was 25 characters]"}]


def test_own_patterns_names_and_addresses_can_be_added_and_all_of_it_turned_off() -> None:
    own = redactor(patterns=(*PATTERNS, EMAIL, Pattern("order", r"\bORD-\d{4}\b")), names=("shoe size",))
    assert own.text("bob@example.org wants ORD-1234") == "[redacted: e-mail address] wants [redacted: order]"
    assert own.json('{"shoeSize": "44", "size": "xl"}') == '{"shoeSize":"[redacted]","size":"xl"}'
    nothing = redactor(patterns=(), names=None)
    assert nothing.json(f'{{"password": "{KEY}"}}') == f'{{"password": "{KEY}"}}'


def test_the_messages_of_a_growing_conversation_are_redacted_as_when_seen_at_once() -> None:
    texts = ["hi", "password: hunter2!", "fine", f"sk-{KEY}", "bye"]
    whole = [{"role": "user", "parts": [{"type": "text", "content": text}]} for text in texts]
    growing = redactor()
    for n in (1, 2, 2, 4, 5, 3, 5):
        told = json.dumps(whole[:n], separators=(",", ":"))
        assert growing.messages_json(told) == redactor().content_json(told)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=20,
)


@given(json_values.filter(lambda value: isinstance(value, list | dict)))
def test_json_stays_json_and_a_second_time_changes_nothing(value: Any) -> None:
    once = redactor().json(json.dumps(value))
    json.loads(once)
    assert redactor().json(once) == once


@given(st.from_regex(r"[2-6][0-9]{12,18}", fullmatch=True))
def test_card_numbers_are_those_with_a_right_check_digit(digits: str) -> None:
    if is_card_number(digits):
        wrong = str((int(digits[-1]) + 1) % 10)
        assert not is_card_number(digits[:-1] + wrong)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True),
        ("DB_PASSWORD", True),
        ("apiKey", True),
        ("X-API-Key", True),
        ("Set-Cookie", True),
        ("access_token", True),
        ("max_tokens", False),
        ("tokens", False),
        ("token_type", False),
        ("key", False),
        ("author", False),
        ("description", False),
    ],
)
def test_a_name_is_a_secrets_in_any_spelling(name: str, *, secret: bool) -> None:
    assert SecretNames().holds(name) is secret


def test_what_runs_remember_together_is_asked_again_where_it_stands_elsewhere_or_an_own_function_decides() -> None:
    remembered: set[int] = set()
    harmless = f'[{{"type":"sk-{KEY}"}}]'
    assert Redactor(Redaction(), remembered).content_json(harmless) == harmless
    assert remembered
    assert Redactor(Redaction(), remembered).json(harmless) == '[{"type":"sk-[redacted: API key]"}]'
    assert Redactor(Redaction(), remembered).content_json(harmless) == harmless
    answers = iter(["hello", "HELLO"])
    own = Redaction(function=lambda _: next(answers))
    assert [Redactor(own, remembered).json('"hello you"') for _ in range(2)] == ["hello", "HELLO"]


@given(st.from_regex(r"[é²]?[2-6][0-9]{3}[ -]?[0-9]{4,6}[ -]?[0-9]{4,5}[ -]?[0-9]{0,4}") | st.text("0123456789 -x²"))
def test_no_card_number_is_passed_over_by_the_look_at_the_digits_alone(text: str) -> None:
    assert CARD.hinted_in(text) is (CARD.hint.search(text) is not None)
