"""Everybody who works for the shops, and what they work with."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import invocation_otel

from .agents.crowd import Concierge, ReviewTagger
from .agents.documents import ExtractionAgent
from .agents.in_house import LabelWriter, TastingNotes
from .agents.planning import DeliveryWatch, ForecastAgent
from .agents.research import FactCheckAgent, ResearchAgent
from .agents.support import SupportAgent
from .agents.writers import NewsletterWriter, ProductWriter
from .clients import Clients
from .shop import BackOffice, Bills

AGENTS = (
    Concierge,
    DeliveryWatch,
    ExtractionAgent,
    FactCheckAgent,
    ForecastAgent,
    LabelWriter,
    NewsletterWriter,
    ProductWriter,
    ResearchAgent,
    ReviewTagger,
    SupportAgent,
    TastingNotes,
)


# Callers say `triggered_by`, `user_id`, `files` and more; the agents' own `run` does not take them, instrument() does.
Recorded = Any


@dataclass(frozen=True, kw_only=True)
class Staff:
    """The agents of the shops."""

    clients: Clients
    bills: Bills
    office: BackOffice
    support: Recorded
    extraction: Recorded
    research: Recorded
    product_writer: Recorded
    newsletter: Recorded
    tagger: Recorded
    concierge: Recorded
    forecast: Recorded
    watch: Recorded
    labels: Recorded
    tasting: Recorded
    open_watches: list[Iterator[str]] = field(default_factory=list)
    """Watches that somebody still listens to: their runs have not ended."""

    @classmethod
    def hired(cls, clients: Clients) -> Self:
        """The agents with their clients; from here on each call of their `run` is recorded."""
        for agent in AGENTS:
            invocation_otel.instrument(agent)
        bills, office = Bills(), BackOffice()
        return cls(
            clients=clients,
            bills=bills,
            office=office,
            support=SupportAgent(clients.claude, office, bills),
            extraction=ExtractionAgent(clients.gpt, bills),
            research=ResearchAgent(clients.gpt, FactCheckAgent(clients.claude, bills), bills),
            product_writer=ProductWriter(clients.claude, bills),
            newsletter=NewsletterWriter(clients.gpt_async, bills),
            tagger=ReviewTagger(clients.gpt_async, bills),
            concierge=Concierge(clients.gpt_async, bills),
            forecast=ForecastAgent(clients.claude, bills),
            watch=DeliveryWatch(clients.claude, bills),
            labels=LabelWriter(clients.gpt, bills),
            tasting=TastingNotes(bills),
        )
