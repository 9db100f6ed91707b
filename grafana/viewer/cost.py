"""*Cost*: who spent what on which model, what caches saved, and what nobody could price."""

from typing import Any

from . import looks
from .dashboard import dashboard, tenant
from .looks import agent_link, wide, width
from .panels import Panel, Place, bars, donut, facts, shown, table

SPENT_BAR = looks.bar() | {
    "unit": "currencyUSD",
    "color": {"mode": "fixed", "fixedColor": "blue"},
    "noValue": "unpriced",
}


def cost(*, budget: str) -> dict[str, Any]:
    """The page of what was spent; *budget* is SQL for a tenant's US dollars a month."""
    figures = {
        "Total cost": looks.SPENT,
        "Per run": looks.USD | {"noValue": looks.NOTHING},
        "Input from cache": looks.SHARE,
        "Saved by cache": looks.USD | {"noValue": looks.NOTHING},
        "Unpriced rounds": looks.RED_FROM_ONE,
    }
    return dashboard(
        "invocation-cost",
        "Cost",
        [
            facts("Summary", Place(y=0, h=4), "cost_facts", columns=figures),
            shown(Place(y=4, h=3), "runs_shown"),
            bars(
                "Cost per day (UTC) by agent",
                Place(x=0, y=7, w=16, h=9),
                "cost_daily",
                unit="currencyUSD",
                label="agent",
            ),
            donut("Cost by model", Place(x=16, y=7, w=8, h=9), "cost_by_model", unit="currencyUSD"),
            _tenants(budget),
            _agents(),
            _users(),
            _models(),
            _sources(),
            _unpriced(),
        ],
        [tenant()],
        description="What was spent: by tenant, agent, user, model and day, against the budget, and what has no price.",
        since="now-30d",
    )


def _tenants(budget: str) -> Panel:
    columns = {
        "Tenant": wide(160) | looks.link("Cost of this tenant", "invocation-cost", tenant=looks.cell("Tenant")),
        "Rounds": looks.COUNT,
        "Cost": looks.SPENT | width(110),
        "This month": looks.SPENT | width(110),
        "Budget": looks.SPENT | width(110),
        "Used": looks.bar(1) | looks.SHARE | width(200) | {"noValue": "no budget"},
    }
    place = Place(y=16, h=8)
    return table("Tenants and their budgets", place, "cost_tenants", columns=columns, values={"budget": budget})


def _agents() -> Panel:
    columns = {
        "Agent": wide(140) | agent_link("Runs of this agent"),
        "Rounds": looks.COUNT | width(80),
        "Cost": SPENT_BAR | width(220),
        "Unpriced": looks.COUNT | looks.COLOURED | looks.RED_FROM_ONE,
    }
    return table("By agent", Place(x=0, y=24, w=12, h=9), "cost_agents", columns=columns)


def _users() -> Panel:
    columns = {"User": wide(140), "Rounds": looks.COUNT | width(80), "Cost": SPENT_BAR | width(240)}
    return table("By user", Place(x=12, y=24, w=12, h=9), "cost_users", columns=columns)


def _models() -> Panel:
    columns = {
        "Provider": width(110),
        "Model": wide(140),
        "Rounds": looks.COUNT | width(80),
        "Tokens": {"custom.align": "right"} | width(120),
        "From cache": looks.SHARE,
        "Cost": looks.SPENT,
        "Unpriced": looks.COUNT | looks.COLOURED | looks.RED_FROM_ONE,
    }
    return table("By model", Place(x=0, y=33, w=15, h=9), "cost_models", columns=columns)


def _sources() -> Panel:
    columns = {
        "Cost source": width(110),
        "Price list": wide(140),
        "Rounds": looks.COUNT | width(80),
        "Cost": looks.SPENT,
    }
    return table("Cost sources", Place(x=15, y=33, w=9, h=9), "cost_sources", columns=columns)


def _unpriced() -> Panel:
    columns = {
        "Provider": width(140),
        "Model": wide(160),
        "Asked for": wide(160),
        "Status": looks.STATUS_CELL,
        "Rounds": looks.COUNT,
        "Tokens": {"custom.align": "right"} | width(90),
        "Last": looks.AGO,
    }
    return table("Without a price", Place(y=42, h=7), "cost_unpriced", columns=columns)
