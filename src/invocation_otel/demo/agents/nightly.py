"""The night's report: a task of the queue, written as an own loop around OpenAI's chat completions."""

import json
from typing import cast

from openai import OpenAI
from openai.types.chat import (
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionMessageParam,
    ChatCompletionToolMessageParam,
    ChatCompletionToolParam,
)

import invocation_otel
from invocation_otel import Run
from invocation_otel.demo.shop import BackOffice, Bills, Shop, prompt

ORDERS: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "orders_of_day",
        "description": "All orders of a shop on the last day.",
        "parameters": {"type": "object", "properties": {"shop": {"type": "string"}}, "required": ["shop"]},
    },
}


def nightly_report(shop: Shop, day: str, *, task_id: str, gpt: OpenAI, office: BackOffice, bills: Bills) -> str:
    """The report of one shop, as the task *task_id* of the queue."""
    system = prompt("report-system", shop=shop.name)
    question = prompt("report-question", day=f"{day} at {shop.name}")
    with invocation_otel.invocation(
        "nightly-report",
        triggered_by="task",
        celery_task_id=task_id,
        tenant=shop.tenant,
        system_prompt=system,
        user_prompt=question,
        external_id=f"report-{shop.tenant}",
    ) as run:
        bills.add(run)
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": system.text},
            {"role": "user", "content": question.text},
        ]
        while True:
            answer = gpt.chat.completions.create(model="gpt-6.1-terra", messages=messages, tools=[ORDERS])
            message = answer.choices[0].message
            if not message.tool_calls:
                return message.content or ""
            messages.append(cast("ChatCompletionMessageParam", message.to_dict()))
            messages.extend(_orders(run, call, office) for call in message.tool_calls if call.type == "function")


def _orders(
    run: Run, call: ChatCompletionMessageFunctionToolCall, office: BackOffice
) -> ChatCompletionToolMessageParam:
    arguments = json.loads(call.function.arguments)
    with run.tool(call.function.name, arguments=arguments, call_id=call.id) as tool:
        orders = office.orders_of_day(**arguments)
        tool.result(orders)
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(orders)}
