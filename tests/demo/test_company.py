"""The company's day, recorded by the real library: every status, every trigger, nothing that is not expected."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import invocation_otel
from event_loops import in_a_loop
from invocation_otel.demo.act import Act
from invocation_otel.demo.clients import live_clients, live_keys, scripted_clients
from invocation_otel.demo.company import DAY, run_company
from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.screenplay import script
from invocation_otel.demo.script import Failure, Message, Request
from invocation_otel.demo.shop import prompt
from invocation_otel.demo.staff import Staff
from invocation_otel.errors import SettingsError

EXPECTED = {
    "concierge": {"success": 2, "timeout": 1, "cancelled": 1},
    "delivery-watch": {"running": 1},
    "extraction": {"success": 3, "failed": 1},
    "fact-check": {"success": 3},
    "label-writer": {"success": 2},
    "newsletter": {"success": 2},
    "nightly-report": {"success": 3, "failed": 1},
    "product-writer": {"success": 2, "cancelled": 1, "failed": 1},
    "research": {"success": 2},
    "review-tagger": {"success": 7, "failed": 1},
    "stock-forecast": {"success": 1, "timeout": 2},
    "support": {"success": 9},
    "tasting-notes": {"success": 1},
    "translate": {"success": 2, "failed": 1},
}


async def play(*, live: bool = False) -> tuple[Staff, list[tuple[str, int]]]:
    told: list[tuple[str, int]] = []

    def tell(act: Act, runs: int) -> None:
        told.append((act.agent, runs))

    async with scripted_clients() as clients:
        return await run_company(clients, live=live, told=tell), told


@in_a_loop
async def test_the_day_has_every_status_and_trigger_and_all_rounds_are_recorded(recording: Any) -> None:
    staff, told = await play()
    runs = staff.bills.runs
    found: dict[str, Counter[str]] = {run.agent: Counter() for run in runs}
    for run in runs:
        found[run.agent][run.status] += 1
    assert {agent: dict(statuses) for agent, statuses in sorted(found.items())} == EXPECTED
    assert sum(count for _, count in told) == len(runs) == 50
    assert {run.identity["invocation.trigger"] for run in runs} == {"user", "system", "task"}
    assert {run.tenant for run in runs} == {"harbour-tea", "nordlicht-lamps", "atelier-kaya"}
    rounds = Counter(span["invocation.run.id"] for span in recording.of("chat"))
    assert dict(rounds) == {run.id: run.rounds for run in runs}
    assert min(rounds.values()) >= 1
    unpriced = {run.agent for run in runs if run.cost_usd is None and run.status == "success"}
    assert unpriced == {"label-writer", "tasting-notes"}


@in_a_loop
async def test_live_leaves_out_what_cannot_be_forced_and_keeps_tools_memory_and_nested_runs(
    recording: Any,
) -> None:
    staff, told = await play(live=True)
    assert [agent for agent, _ in told] == [act.agent for act in DAY if not act.only_scripted]
    assert {run.status for run in staff.bills.runs} == {"success", "failed"}
    rounds, tools = recording.of("chat"), recording.of("execute_tool")
    talk = [r for r in rounds if r.get("gen_ai.conversation.id") == "chat-7c21"]
    assert [r.get("invocation.memory.messages", 0) for r in talk] == [0, 0, 2, 2, 2, 4, 4]
    assert Counter(t["invocation.status"] for t in tools) == {"success": 14, "failed": 1}
    cached = {r["gen_ai.provider.name"] for r in rounds if r.get("gen_ai.usage.cache_read.input_tokens", 0)}
    assert cached == {"anthropic", "openai"}
    by_agent = {run.id: run.agent for run in staff.bills.runs}
    nested = [run for run in staff.bills.runs if "invocation.parent_run.id" in run.identity]
    assert [(run.agent, by_agent[run.identity["invocation.parent_run.id"]]) for run in nested] == [
        ("fact-check", "research")
    ] * 3


@in_a_loop
async def test_live_without_a_key_is_refused_and_with_one_key_asks_that_provider_only() -> None:
    with pytest.raises(SettingsError, match="neither OPENAI_API_KEY nor ANTHROPIC_API_KEY is set"):
        live_keys({"OPENAI_API_KEY": ""})
    async with live_clients(live_keys({"OPENAI_API_KEY": "sk-…"})) as clients:
        assert clients.providers == {"openai"}


@in_a_loop
async def test_a_provider_that_refuses_everything_makes_failed_runs_and_the_day_goes_on(
    recording: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one whose key may not use these models."""
    with ProviderServer(lambda _: Failure(status=403, message="This key may not use the model.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.anthropic_url)
        async with live_clients({"openai": server.api_key, "anthropic": server.api_key}) as clients:
            staff = await run_company(clients, live=True, told=lambda *_: None)
    assert {run.status for run in staff.bills.runs} == {"failed"}
    assert {run.agent for run in staff.bills.runs} == {act.agent for act in DAY if not act.only_scripted}
    assert recording.handle.flush()


def test_a_question_without_a_scene_is_an_error_and_not_an_invented_answer() -> None:
    asked = Request(
        api="openai.chat",
        model="gpt-6-luna",
        system="",
        messages=(Message(role="user", text="What is the meaning of tea?"),),
        tools=(),
        prompt=(),
        stream=False,
        max_output_tokens=None,
        body={},
    )
    with pytest.raises(LookupError, match=r"No scene .* 'What is the meaning of tea"):
        script(asked)


def test_a_prompt_is_the_newest_version_unless_one_is_named() -> None:
    facts = {"shop": "Harbour Tea", "goods": "tea", "today": "Sunday"}
    newest, older = prompt("support-system", **facts), prompt("support-system", version="3", **facts)
    assert (newest.version, older.version) == ("4", "3")
    assert newest.text.startswith("You answer customers of Harbour Tea")
    assert isinstance(newest, invocation_otel.Prompt)
    assert Path(invocation_otel.__file__).parent.joinpath("demo/files/prompts.toml").exists()
