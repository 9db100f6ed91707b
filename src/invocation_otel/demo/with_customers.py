"""What customers and visitors ask."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import openai
from anthropic.types import MessageParam

import invocation_otel
from invocation_otel import Prompt

from .act import ANTHROPIC, OPENAI, Act
from .shop import HARBOUR, KAYA, NORDLICHT, TODAY, Shop, prompt
from .staff import Staff


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A customer's conversation with the support agent."""

    shop: Shop
    user_id: str
    session_id: str
    questions: tuple[str, ...]
    prompt_version: str = "4"


TALKS = (
    Talk(
        shop=HARBOUR,
        user_id="lena.hofer",
        session_id="chat-7c21",
        questions=(
            "Where is my order 1042?",
            "Can it still go to my office instead? I am not at home on Tuesday.",
            "Thank you! And is the Assam in stock again, in tins and in the big bags?",
        ),
    ),
    Talk(
        shop=HARBOUR,
        user_id="marco.dallasta",
        session_id="chat-7c40",
        questions=(
            "Both tins of Sencha from order 1047 arrived with a dent, one of them open.",
            "That was quick. When will I see the money?",
        ),
    ),
    Talk(
        shop=NORDLICHT,
        user_id="aiko.tanaka",
        session_id="chat-7c58",
        questions=(
            "My new lamp flickers, order 5511.",
            "An old one from the hardware store. Without the dimmer it is fine.",
        ),
        prompt_version="3",
    ),
    Talk(
        shop=KAYA,
        user_id="sam.okafor",
        session_id="chat-7c61",
        questions=("Are the grey bowls safe in the dishwasher?",),
    ),
    Talk(
        shop=HARBOUR,
        user_id="priya.nair",
        session_id="chat-7c63",
        questions=("My daughter cannot eat nuts: is there anything without nuts?",),
    ),
)
REVIEWS = (
    (HARBOUR, "The Sencha tastes like a meadow after rain. Third order this year."),
    (HARBOUR, "Three days for two streets? Tea is good though."),
    (HARBOUR, "Second time that the tin came open. I wrote to you in August and nobody answered!"),
    (HARBOUR, "Cheaper at the station, and the jasmine there is not worse."),
    (KAYA, "The lady on the telephone was an angel, and the plates were here before the guests."),
    (NORDLICHT, "Light like in my grandmother's kitchen. Not cheap, but I knew that."),
    (NORDLICHT, "If the money is not here by Friday I will come round with my brothers."),
    (KAYA, "One bowl of six was broken, the other five are lovely."),
)


def support_prompt(shop: Shop, version: str) -> Prompt:
    """The support prompt as the shop has it in use."""
    return prompt("support-system", version=version, shop=shop.name, goods=shop.goods, today=TODAY)


async def answer_customers(staff: Staff) -> None:
    """Each question is a run; the conversation so far is the memory of the next."""
    for talk in TALKS:
        memory: list[MessageParam] = []
        for question in talk.questions:
            answer = staff.support.run(
                question,
                system_prompt=support_prompt(talk.shop, talk.prompt_version),
                memory=tuple(memory),
                triggered_by="user",
                tenant=talk.shop.tenant,
                user_id=talk.user_id,
                session_id=talk.session_id,
            )
            memory += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


async def tag_reviews(staff: Staff) -> None:
    """All reviews of the night at once."""
    runs = [
        staff.tagger.run(
            review,
            system_prompt=prompt("review-tags-system", shop=shop.name),
            triggered_by="system",
            tenant=shop.tenant,
        )
        for shop, review in REVIEWS
    ]
    for outcome in await asyncio.gather(*runs, return_exceptions=True):
        if isinstance(outcome, BaseException) and not isinstance(outcome, openai.RateLimitError):
            raise outcome


async def greet_visitors(staff: Staff) -> None:
    """Two visitors, one after the other; the provider has the long prompt in its cache for the second."""
    questions = (
        ("visitor-381", "Do you have something for a person who drinks only coffee?"),
        ("visitor-384", "Which of them may stand in the pot for longer? I forget it always."),
    )
    for visitor, question in questions:
        with invocation_otel.scope(tenant=HARBOUR.tenant, user_id=visitor, trigger="user"):
            await staff.concierge.run(question, system_prompt=support_prompt(HARBOUR, "4"))


async def keep_visitors_waiting(staff: Staff) -> None:
    """The answers come too late: for the agent's own limit, and for the visitor."""
    with invocation_otel.scope(tenant=KAYA.tenant, user_id="visitor-382", trigger="user"), suppress(TimeoutError):
        question = "Good evening, do you still have the blue plates from the window?"
        await staff.concierge.run(question, system_prompt=support_prompt(KAYA, "4"))
    with invocation_otel.scope(tenant=NORDLICHT.tenant, user_id="visitor-383", trigger="user"):
        question = "I am looking for a lamp that, how shall I say, does not look like one."
        talk = asyncio.create_task(staff.concierge.run(question, system_prompt=support_prompt(NORDLICHT, "3")))
    await asyncio.sleep(0.15)
    talk.cancel()
    with suppress(asyncio.CancelledError):
        await talk


EARLY = (
    Act(
        agent="review-tagger",
        story="tags eight reviews at once; one runs into the rate limit (429)",
        asks=OPENAI,
        play=tag_reviews,
    ),
)
ACTS = (
    Act(
        agent="concierge",
        story="talks with two visitors in the chat window",
        asks=OPENAI,
        play=greet_visitors,
    ),
    Act(
        agent="concierge",
        story="is too slow for two more: a timeout, and a closed window",
        asks=OPENAI,
        play=keep_visitors_waiting,
        only_scripted=True,
    ),
    Act(
        agent="support",
        story="answers customers, with tools and the memory of the conversation",
        asks=ANTHROPIC,
        play=answer_customers,
    ),
)
