"""What `store.py` loads: rows of the typed tables by the million, made by the engine, and spans by the thousand."""

import json
import random
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from invocation_otel.store.landing import LandingRow

WORDS = ["order", "invoice", "Thursday", "warehouse", "refund", "please", "customer", "delivery", "price", "thanks"]

# One run is one number; everything about it follows from the number, so that its rounds find it.
_RUN = """
    if(
        cityHash64(number, 't') % 10 < 4, 'tenant-0',
        concat('tenant-', toString(1 + cityHash64(number) % 49))) AS tenant,
    {now:DateTime64(3, 'UTC')} - toIntervalMillisecond(
        toUInt64(({runs:UInt64} - number) * (90 * 86400000. / {runs:UInt64})) + 60000) AS began,
    toUUID(concat(
        substring(leftPad(hex(toUnixTimestamp64Milli(began)), 16, '0'), 5),
        '7', substring(leftPad(hex(cityHash64(number, 'a')), 16, '0'), 1, 3),
        '8', substring(leftPad(hex(cityHash64(number, 'b')), 16, '0'), 1, 15))) AS id,
    UUIDv7ToDateTime(id, 'UTC') AS run_began,
    concat('agent-', toString(cityHash64(number, 'g') % 12)) AS agent,
    ['openai', 'anthropic', 'google'][1 + cityHash64(number, 'p') % 3] AS provider,
    concat(provider, '-model-', toString(cityHash64(number, 'm') % 4)) AS model,
    ['user', 'user', 'system', 'task'][1 + cityHash64(number, 'r') % 4] AS trigger,
    concat('user-', toString(cityHash64(number, 'u') % 2000)) AS user_id,
    concat('session-', toString(intDiv(number, 5))) AS session_id,
    cityHash64(session_id) AS scope,
    multiIf(
        cityHash64(number, 's') % 50 = 0, 'failed', cityHash64(number, 's') % 50 = 1, 'timeout', 'success') AS status,
    lower(hex(sipHash128(number))) AS trace_id
"""
_MESSAGE = """
    concat('{"role":"', if(said = 0, 'user', 'assistant'), '","parts":[{"type":"text","content":"', arrayStringConcat(
        arrayMap(word -> concat('word', toString(cityHash64(number, said, word) % 20000)), range(25)), ' '), '"}]}')
"""
_HASH = "toFixedString(substring(SHA256(body_of), 1, 16), 16)"
LOADS = {
    "runs": f"""
        INSERT INTO runs (tenant, started_at, run_id, version, last_seen_at, latency_ms, trace_id, span_id, root_run_id,
            service, environment, agent, provider, model, trigger, user_id, session_id, memory_enabled, status, rounds,
            tool_calls, input_tokens, output_tokens, cost_usd, ingested_at)
        WITH {_RUN}
        SELECT tenant, run_began, id, 4294967295, run_began + toIntervalSecond(9), 9000 + cityHash64(number) % 9000,
            trace_id, lower(hex(cityHash64(number, 0))), id, 'shop', 'production', agent, provider, model, trigger,
            user_id, session_id, number % 2, status, 4, 1, 4000, 400, toDecimal64(0.004, 9), began
        FROM numbers({{first:UInt64}}, {{count:UInt64}})
        """,
    "rounds": f"""
        INSERT INTO rounds (tenant, run_started_at, run_id, started_at, span_id, parent_span_id, trace_id, round,
            service, environment, agent, provider, model, request_model, trigger, user_id, session_id, memory_enabled,
            status, stop_reason, input_tokens, output_tokens, usage_valid, cost_usd, cost_source, latency_ms, scope,
            input_hashes, output_hashes, ingested_at)
        WITH {_RUN},
            arrayMap(said -> {_HASH.replace("body_of", _MESSAGE)}, range(5)) AS hashes
        SELECT tenant, run_began, id, run_began + toIntervalSecond(2 * nth), lower(hex(cityHash64(number, nth))),
            lower(hex(cityHash64(number, 0))), trace_id, nth, 'shop', 'production', agent, provider, model, model,
            trigger, user_id, session_id, number % 2, 'success', 'stop', 1000, 100, true, toDecimal64(0.001, 9),
            'computed', 500 + cityHash64(number, nth) % 3000, scope, arraySlice(hashes, 1, nth),
            [hashes[nth + 1]], began
        FROM numbers({{first:UInt64}}, {{count:UInt64}})
        ARRAY JOIN [1, 2, 3, 4] AS nth
        """,
    "tool_calls": f"""
        INSERT INTO tool_calls (tenant, run_started_at, run_id, started_at, span_id, parent_span_id, trace_id, round,
            service, environment, agent, trigger, user_id, session_id, tool, tool_call_id, tool_type, status,
            latency_ms, arguments, result)
        WITH {_RUN}
        SELECT tenant, run_began, id, run_began + toIntervalSecond(3), lower(hex(cityHash64(number, 9))),
            lower(hex(cityHash64(number, 0))), trace_id, 1, 'shop', 'production', agent, trigger, user_id, session_id,
            'lookup', 'call_1', 'function', 'success', 20, concat('{{"order":', toString(number), '}}'), '"sent"'
        FROM numbers({{first:UInt64}}, {{count:UInt64}})
        """,
    "contents": f"""
        INSERT INTO contents (tenant, day, scope, hash, kind, role, body, run_id, run_started_at, version)
        WITH {_RUN}, {_MESSAGE} AS body_of
        SELECT tenant, toDate(run_began), scope, {_HASH}, 'message', if(said = 0, 'user', 'assistant'), body_of, id,
            run_began, toUInt64(4102444800000 - toUnixTimestamp64Milli(run_began))
        FROM numbers({{first:UInt64}}, {{count:UInt64}})
        ARRAY JOIN range(5) AS said
        """,
    "facets": """
        INSERT INTO facets (tenant, facet, value, last_seen)
        SELECT tenant, said.1, said.2, max(toDate(started_at))
        FROM runs
        ARRAY JOIN [('agent', agent::String), ('provider', provider::String), ('model', model::String),
            ('user', user_id), ('status', status::String), ('trigger', trigger::String)] AS said
        GROUP BY ALL
        """,
}


def text(seeded: random.Random, length: int) -> str:
    """Words that compress as prose does, roughly."""
    words: list[str] = []
    while sum(map(len, words)) + len(words) < length:
        words.append(seeded.choice(WORDS) if seeded.random() < 0.4 else f"{seeded.getrandbits(28):x}")
    return " ".join(words)[:length]


def message(role: str, content: str) -> str:
    return json.dumps({"role": role, "parts": [{"type": "text", "content": content}]}, separators=(",", ":"))


def run_id(began: datetime, seeded: random.Random) -> str:
    milliseconds = round(began.timestamp() * 1000)
    return f"run_{milliseconds:012x}7{seeded.getrandbits(12):03x}8{seeded.getrandbits(60):015x}"


def spans(
    began: datetime, seeded: random.Random, messages: list[str], *, keep_history: bool
) -> Iterator[dict[str, Any]]:
    """A run with a round for each of *messages*, as the Collector writes its spans; its last span is the run's."""
    identity = {
        "invocation.run.id": run_id(began, seeded),
        "invocation.tenant": "fresh",
        "invocation.trigger": "user",
        "gen_ai.agent.name": "agent-1",
        "gen_ai.conversation.id": f"{seeded.getrandbits(64):x}",
    }
    trace, own = f"{seeded.getrandbits(128):032x}", f"{seeded.getrandbits(64):016x}"
    totals: dict[str, str] = {}
    for number, said in enumerate(messages, 1):
        totals = {
            "invocation.run.seq": str(number),
            "invocation.run.rounds": str(number),
            "invocation.run.cost": "0.01",
        }
        told = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-5",
            "gen_ai.usage.input_tokens": "1000",
            "gen_ai.usage.output_tokens": "100",
            "invocation.cost.total": "0.001",
            "invocation.cost.source": "computed",
            "invocation.round.index": str(number),
            "gen_ai.input.messages": f"[{','.join(messages[: number - 1] if keep_history else [])}]",
            "gen_ai.output.messages": f"[{said}]",
        }
        yield span(trace, f"{seeded.getrandbits(64):016x}", own, began, {**identity, **told, **totals})
    ended = {"gen_ai.operation.name": "invoke_agent", "invocation.status": "success"}
    yield span(trace, own, "", began, {**identity, **ended, **totals})


def span(trace: str, own: str, parent: str, began: datetime, attributes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Timestamp": f"{began.timestamp():.3f}",
        "TraceId": trace,
        "SpanId": own,
        "ParentSpanId": parent,
        "SpanName": "chat gpt-5",
        "SpanKind": "Client",
        "ServiceName": "shop",
        "ResourceAttributes": {"service.name": "shop"},
        "SpanAttributes": attributes,
        "Duration": 500_000_000,
        "StatusCode": "Unset",
    }


def landing_row(row: Mapping[str, Any]) -> LandingRow:
    """The same row, ready to be encoded."""
    return LandingRow(
        timestamp_ns=round(float(row["Timestamp"]) * 1e9),
        trace_id=row["TraceId"],
        span_id=row["SpanId"],
        parent_span_id=row["ParentSpanId"],
        trace_state="",
        span_name=row["SpanName"],
        span_kind=row["SpanKind"],
        service_name=row["ServiceName"],
        resource_attributes=sorted(row["ResourceAttributes"].items()),
        scope_name="",
        scope_version="",
        span_attributes=sorted(row["SpanAttributes"].items()),
        duration_ns=row["Duration"],
        status_code=row["StatusCode"],
        status_message="",
        event_timestamps_ns=[],
        event_names=[],
        event_attributes=[],
        link_trace_ids=[],
        link_span_ids=[],
        link_trace_states=[],
        link_attributes=[],
    )
