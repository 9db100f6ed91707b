"""A library that cannot be recorded is named in one warning, with what to do; everything else goes on."""

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.metadata import version
from types import ModuleType

import openai
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import invocation_otel
from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.script import Reply
from invocation_otel.instrument.activate import instrument_libraries, uninstrument_libraries
from invocation_otel.instrument.libraries import LIBRARIES
from invocation_otel.instrument.library import Library, Recorder, own
from invocation_otel.instrument.methods import Undo

OPENAI, ANTHROPIC = (next(known for known in LIBRARIES if known.extra == name) for name in ("openai", "anthropic"))
REFUSAL = "module 'openai' has no attribute 'OpenAI'"
INSTALLED = f"openai {version('openai')} is installed but not recorded: "


@pytest.fixture
def exporter(global_provider: TracerProvider) -> Iterator[InMemorySpanExporter]:
    """What is recorded, with no library recorded yet."""
    kept = InMemorySpanExporter()
    handle = invocation_otel.configure(tracer_provider=global_provider, exporter=kept, instrument=False)
    yield kept
    uninstrument_libraries()
    handle.shutdown()


def _ask() -> str | None:
    with ProviderServer(lambda _: Reply(text="Shipped.")) as server:
        client = openai.OpenAI(base_url=server.openai_url, api_key=server.api_key, max_retries=0)
        with client:
            messages = [{"role": "user", "content": "Where?"}]
            return client.chat.completions.create(model="gpt-4o-mini", messages=messages).choices[0].message.content  # type: ignore[arg-type] # a dictionary will do


def _refuse(_provider: object) -> Undo:
    raise AttributeError(REFUSAL)


UNSUPPORTED = replace(OPENAI, versions=">=0.27,<1")
FAILING = replace(OPENAI, recorders=(*OPENAI.recorders, Recorder(needs="wrapt", start=_refuse)))
WITHOUT_EXTRA = replace(OPENAI, recorders=(replace(own("stainless.record_openai"), needs="no_such_package.of_ours"),))


@pytest.mark.parametrize(
    ("library", "what_to_do"),
    [
        (UNSUPPORTED, "supported are other versions: pip install 'openai>=0.27,<1'."),
        (
            FAILING,
            f"recording it failed (AttributeError: {REFUSAL}); please report it. Its calls go on.",
        ),
        (WITHOUT_EXTRA, "pip install 'invocation-otel[openai]'."),
    ],
    ids=["unsupported", "failing", "without its extra"],
)
def test_one_warning_says_what_to_do_and_the_library_works_on(
    exporter: InMemorySpanExporter, caplog: pytest.LogCaptureFixture, library: Library, what_to_do: str
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            instrument_libraries(None, (library, ANTHROPIC))

    assert [record.getMessage() for record in caplog.records] == [INSTALLED + what_to_do]
    assert _ask() == "Shipped."
    assert exporter.get_finished_spans() == ()


def test_a_library_that_the_program_does_not_import_is_not_its_concern(
    exporter: InMemorySpanExporter, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one is that only another package needs."""
    assert exporter.get_finished_spans() == ()
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with caplog.at_level(logging.WARNING):
        instrument_libraries(None, (replace(UNSUPPORTED, module="colorsys"),))
        assert caplog.records == []
        import_module("colorsys")
    what_to_do = "supported are other versions: pip install 'openai>=0.27,<1'."
    assert [record.getMessage() for record in caplog.records] == [INSTALLED + what_to_do]


def test_the_others_are_recorded_all_the_same(exporter: InMemorySpanExporter) -> None:
    instrument_libraries(None, (replace(ANTHROPIC, versions=">=99"), OPENAI))
    assert _ask() == "Shipped."
    assert invocation_otel.configure().flush(10)
    assert "chat gpt-4o-mini" in [span.name for span in exporter.get_finished_spans()]


@pytest.mark.parametrize(("switched_off", "spans"), [(" redis,openai ", 0), ("*", 0), ("openai-agents", 1)])
def test_opentelemetry_s_own_switch_turns_a_library_off(
    exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, switched_off: str, spans: int
) -> None:
    monkeypatch.setenv("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", switched_off)
    instrument_libraries(None, (OPENAI,))
    assert _ask() == "Shipped."
    assert invocation_otel.configure().flush(10)
    assert [span.name for span in exporter.get_finished_spans()].count("chat gpt-4o-mini") == spans


def test_a_module_of_the_program_with_the_name_of_a_library_is_not_that_library() -> None:
    assert not replace(OPENAI, module="logging", distribution="no-such-distribution").installed


@pytest.mark.parametrize("name", ["openai", "celery"])
def test_what_a_test_puts_in_the_place_of_a_library_is_not_that_library(
    exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(sys.modules, name, ModuleType(name))
    invocation_otel.instrument()
    with invocation_otel.invocation("of the program"):
        pass
    assert invocation_otel.configure().flush(10)
    assert "invoke_agent of the program" in [span.name for span in exporter.get_finished_spans()]
    invocation_otel.uninstrument()
