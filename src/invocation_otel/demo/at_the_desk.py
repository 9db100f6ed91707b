"""What is written: product texts, letters, translations, labels."""

from collections.abc import Generator
from contextlib import closing, suppress

import anthropic
import httpx2

import invocation_otel

from .act import ANTHROPIC, OPENAI, Act
from .agents.crowd import translate
from .shop import HARBOUR, KAYA, NORDLICHT, Shop, prompt
from .staff import Staff

FROST_TEXT = """
Silver-green leaves, rolled tightly by a cold January morning in the Blue Mountains. Nilgiri Frost is plucked on the few
nights when the gardens above Coonoor freeze; the cup is light, with lime blossom at first and something of pear at the
end. Pour water of 85 degrees over it and wait three minutes.
"""
TOFTE_TEXT = """
An ash foot, oiled and not varnished, so that the grain can be felt with the thumb. Tofte stands 148 centimetres tall on
a plate that is heavier than it looks; the linen shade lets warm light out at the top and below.
"""


def _product_text(staff: Staff, shop: Shop, product: str) -> Generator[str, None, None]:
    pieces: Generator[str, None, None] = staff.product_writer.run(
        f"Write the product text for {product}.",
        system_prompt=prompt("product-text-system", shop=shop.name),
        triggered_by="user",
        tenant=shop.tenant,
        user_id="jonas",
    )
    return pieces


async def write_texts(staff: Staff) -> None:
    """Product texts and letters, streamed; somebody reads them all."""
    "".join(_product_text(staff, HARBOUR, "Nilgiri Frost"))
    "".join(_product_text(staff, NORDLICHT, "the floor lamp Tofte"))


async def write_letters(staff: Staff) -> None:
    """The monthly letters, streamed by the async client."""
    for shop, occasion in ((HARBOUR, "December"), (NORDLICHT, "the lamp makers' open day")):
        letter = staff.newsletter.run(
            f"Write the letter for {occasion}.",
            system_prompt=prompt("newsletter-system", shop=shop.name),
            triggered_by="system",
            tenant=shop.tenant,
        )
        "".join([piece async for piece in letter])


async def write_unfinished_texts(staff: Staff) -> None:
    """One reader has seen enough; one stream breaks off."""
    with closing(_product_text(staff, KAYA, "the bowl ash grey")) as pieces:
        for _ in range(4):
            next(pieces)
    with suppress(httpx2.HTTPError):
        "".join(_product_text(staff, HARBOUR, "Masala no. 7"))


async def translate_texts(staff: Staff) -> None:
    """Two texts that fit."""
    for shop, text, language in ((HARBOUR, FROST_TEXT, "German"), (NORDLICHT, TOFTE_TEXT, "French")):
        with invocation_otel.scope(tenant=shop.tenant):
            await _translated(staff, shop, text, language)


async def translate_too_much(staff: Staff) -> None:
    """A text that does not fit into the model's window."""
    with invocation_otel.scope(tenant=KAYA.tenant), suppress(anthropic.BadRequestError):
        await _translated(staff, KAYA, "The whole catalogue of 2019 to 2026, with all pages.", "Japanese")


async def _translated(staff: Staff, shop: Shop, text: str, language: str) -> str:
    return await translate(text, language, claude=staff.clients.claude_async, shop=shop.name, bills=staff.bills)


async def use_own_models(staff: Staff) -> None:
    """Models of the shop's own: no list knows their price."""
    for tea in ("Nilgiri Frost", "Masala no. 7"):
        staff.labels.run(tea, triggered_by="system", tenant=HARBOUR.tenant)
    marks = {"lime blossom": 7, "pear": 5, "smoke": 1, "body": 3}
    staff.tasting.run(
        "Nilgiri Frost", marks, triggered_by="user", tenant=HARBOUR.tenant, user_id="jonas", variables=marks
    )


ACTS = (
    Act(agent="product-writer", story="streams two product texts", asks=ANTHROPIC, play=write_texts),
    Act(agent="newsletter", story="streams two letters on the async client", asks=OPENAI, play=write_letters),
    Act(
        agent="product-writer",
        story="is stopped by its reader once, and once its stream breaks off",
        asks=ANTHROPIC,
        play=write_unfinished_texts,
        only_scripted=True,
    ),
    Act(
        agent="translate",
        story="is a decorated function, and translates two texts",
        asks=ANTHROPIC,
        play=translate_texts,
    ),
    Act(
        agent="translate",
        story="is given more than fits into the model (400)",
        asks=ANTHROPIC,
        play=translate_too_much,
        only_scripted=True,
    ),
    Act(
        agent="label-writer",
        story="and tasting-notes use models of their own, whose price nobody knows",
        asks=OPENAI,
        play=use_own_models,
        only_scripted=True,
    ),
)
