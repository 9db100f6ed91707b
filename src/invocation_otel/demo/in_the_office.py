"""What the shops' own people and the queue's tasks ask."""

import base64
from contextlib import suppress

import anthropic
import openai

import invocation_otel
from invocation_otel import File, Prompt

from .act import ANTHROPIC, OPENAI, Act
from .agents.nightly import nightly_report
from .shop import HARBOUR, KAYA, NORDLICHT, Shop, prompt, shop_file
from .staff import Staff


def _document(kind: str, name: str, content: str) -> Prompt:
    return prompt("invoice-question", kind=kind, name=name, content=content)


async def read_documents(staff: Staff) -> None:
    """Two documents from files of the shops."""
    for kind, name, shop in (
        ("invoice", "invoice-2041.txt", HARBOUR),
        ("price list", "price-list-2026-11.csv", NORDLICHT),
    ):
        path = shop_file(name)
        staff.extraction.run(
            _document(kind, name, path.read_text(encoding="utf-8")),
            system_prompt=prompt("invoice-system", shop=shop.name),
            files=[File.from_path(path)],
            triggered_by="user",
            tenant=shop.tenant,
            user_id="marlene",
            external_id=f"inbox/{name}",
        )


async def read_what_is_not_there(staff: Staff) -> None:
    """A document behind an address, and a photograph in a format that the provider refuses."""
    url = "https://suppliers.example/westerwald/DN-77120.pdf"
    staff.extraction.run(
        _document("delivery note", "DN-77120.pdf", "(attached)"),
        system_prompt=prompt("invoice-system", shop=KAYA.name),
        attachment={"type": "input_file", "file_url": url},
        files=[File.from_url(url)],
        triggered_by="system",
        tenant=KAYA.tenant,
    )
    photograph = b"\x00\x00\x00\x18ftypheic" + bytes(400)
    encoded = base64.b64encode(photograph).decode()
    with suppress(openai.BadRequestError):
        staff.extraction.run(
            _document("receipt", "till-scan.heic", "(attached)"),
            system_prompt=prompt("invoice-system", shop=HARBOUR.name),
            attachment={"type": "input_image", "image_url": f"data:image/heic;base64,{encoded}", "detail": "auto"},
            files=[File.from_bytes(photograph, name="till-scan.heic"), File.from_path(shop_file("invoice-2041.txt"))],
            triggered_by="user",
            tenant=HARBOUR.tenant,
            user_id="marlene",
        )


def _report(staff: Staff, shop: Shop, day: str, *, task_id: str) -> None:
    nightly_report(shop, day, task_id=task_id, gpt=staff.clients.gpt, office=staff.office, bills=staff.bills)


async def write_reports(staff: Staff) -> None:
    """A task of the queue for each shop."""
    _report(staff, HARBOUR, "21 November", task_id="2f0d7c1e-5b0a-4c35-9f52-0a6f6d1c8e01")
    _report(staff, NORDLICHT, "21 November", task_id="91b3a6d4-1f7e-4b0c-8a1d-7d2f4a9be302")


async def write_a_report_twice(staff: Staff) -> None:
    """The provider is down; the queue starts the task again."""
    with suppress(openai.InternalServerError):
        _report(staff, KAYA, "21 November", task_id="c7e84f20-93aa-4d57-bb0e-5c1d0e7a4f03")
    _report(staff, KAYA, "21 November, second try,", task_id="c7e84f20-93aa-4d57-bb0e-5c1d0e7a4f03")


async def research(staff: Staff) -> None:
    """Questions of the owners."""
    questions = (
        (HARBOUR, "Should we pack the Christmas boxes in cellulose film instead of plastic?"),
        (NORDLICHT, "Can we say that our lamp shades are fireproof when the linen is sprayed?"),
    )
    for shop, question in questions:
        with invocation_otel.scope(tenant=shop.tenant, user_id="owner", trigger="user"):
            staff.research.run(question, system_prompt=prompt("research-system", shop=shop.name))


async def plan(staff: Staff) -> None:
    """Forecasts with a limit; two of them run into it."""
    questions = ((HARBOUR, "How much Assam"), (NORDLICHT, "How many lamps Fjord"), (KAYA, "How many bowls"))
    for shop, question in questions:
        with suppress(anthropic.APITimeoutError):
            staff.forecast.run(
                f"{question} do we need until Easter?", triggered_by="user", tenant=shop.tenant, user_id="owner"
            )


async def watch_a_delivery(staff: Staff) -> None:
    """A run that goes on when the day is over."""
    watch = staff.watch.run("Has the container of clay left Koblenz?", triggered_by="system", tenant=KAYA.tenant)
    next(watch)
    next(watch)
    staff.open_watches.append(watch)


ACTS = (
    Act(agent="extraction", story="reads an invoice and a price list from files", asks=OPENAI, play=read_documents),
    Act(
        agent="extraction",
        story="reads a note behind a URL, and fails at a photograph (400)",
        asks=OPENAI,
        play=read_what_is_not_there,
        only_scripted=True,
    ),
    Act(agent="nightly-report", story="runs as a task for two shops", asks=OPENAI, play=write_reports),
    Act(
        agent="nightly-report",
        story="fails when the provider is down (500); the queue starts it again",
        asks=OPENAI,
        play=write_a_report_twice,
        only_scripted=True,
    ),
    Act(
        agent="research",
        story="has each claim checked by fact-check, a run of its own inside",
        asks=OPENAI | ANTHROPIC,
        play=research,
    ),
    Act(
        agent="stock-forecast",
        story="has a time limit, and runs into it twice",
        asks=ANTHROPIC,
        play=plan,
        only_scripted=True,
    ),
    Act(
        agent="delivery-watch",
        story="looks after a ship, and is still running when the day ends",
        asks=ANTHROPIC,
        play=watch_a_delivery,
        only_scripted=True,
    ),
)
