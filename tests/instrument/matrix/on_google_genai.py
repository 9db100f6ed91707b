"""What `google-genai` is asked to do: Gemini's generateContent, plain and streamed."""

from typing import Any

from google import genai
from google.genai import types

from invocation_otel import invocation
from matrix_inside import QUESTION, SYSTEM, TOOL, TOOL_RESULT, World, cancelled
from matrix_providers import GEMINI

PROVIDER, MODEL, AGENT = "gcp.gen_ai", "gemini-2.5-flash", "chat"
COST_USD = 0.000242
ERROR = "ClientError"
EMPTY: dict[str, str] = {}

DECLARED = types.FunctionDeclaration(
    name=TOOL,
    description="Look an order up.",
    parameters_json_schema={"type": "object", "properties": {"order": {"type": "integer"}}},
)


def _client(world: World) -> genai.Client:
    return genai.Client(api_key=world.api_key, http_options=types.HttpOptions(base_url=world.server.url_of(GEMINI)))


def _config(**more: Any) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(system_instruction=SYSTEM, **more)


def plain(world: World) -> None:
    client = _client(world)  # which closes its connections when nobody holds it any more
    client.models.generate_content(model=MODEL, contents=QUESTION, config=_config())


def stream(world: World) -> None:
    client = _client(world)
    for _ in client.models.generate_content_stream(model=MODEL, contents=QUESTION, config=_config()):
        pass


async def async_plain(world: World) -> None:
    client = _client(world)
    await client.aio.models.generate_content(model=MODEL, contents=QUESTION, config=_config())


async def async_stream(world: World) -> None:
    client = _client(world)
    chunks = await client.aio.models.generate_content_stream(model=MODEL, contents=QUESTION, config=_config())
    async for _ in chunks:
        pass


def tools(world: World) -> None:
    client, config = _client(world), _config(tools=[types.Tool(function_declarations=[DECLARED])])
    contents: Any = [types.Content(role="user", parts=[types.Part(text=QUESTION)])]
    with invocation("support") as run:
        answer = client.models.generate_content(model=MODEL, contents=contents, config=config)
        contents.append((answer.candidates or [])[0].content)
        for call in answer.function_calls or []:
            with run.tool(call.name or "", arguments=call.args, call_id=call.id) as tool:
                tool.result(TOOL_RESULT)
            part = types.Part.from_function_response(name=TOOL, response={"text": TOOL_RESULT})
            contents.append(types.Content(role="user", parts=[part]))
        client.models.generate_content(model=MODEL, contents=contents, config=config)


def error(world: World) -> None:
    plain(world)


async def cancel(world: World) -> None:
    client = _client(world)
    await cancelled(client.aio.models.generate_content(model=MODEL, contents=QUESTION, config=_config()))
