"""Checks of Python clients that speak Responses and Messages against a Trestle server with the fake Claude behind it.

Run by scripts/check-python.ts, which scripts the fake. TRESTLE_URL and TRESTLE_KEY say where the server is.
"""

import asyncio
import os
from importlib.metadata import version

import anthropic
from agents import Agent, ModelSettings, Runner, function_tool, set_tracing_disabled
from agents.memory import OpenAIConversationsSession, SQLiteSession
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import AsyncOpenAI, NotFoundError, OpenAI
from openai.types.shared import Reasoning
from pydantic import BaseModel
from pydantic_ai import Agent as PydanticAgent
from pydantic_ai.models.openai import OpenAIResponsesModel as PydanticResponsesModel

URL = os.environ["TRESTLE_URL"]
KEY = os.environ["TRESTLE_KEY"]
# As their users set it, for the clients that make their own.
os.environ["OPENAI_BASE_URL"] = f"{URL}/v1"
os.environ["OPENAI_API_KEY"] = KEY
MODEL = "claude-opus-5-5"
TEXT = "Hello! How can I help you today?"
QUESTION = "What is the weather in Oslo and in Bergen?"
HOW_OFTEN = "How often did I ask?"
TWICE = "You asked 2 times."
REPORT = "I found: Oslo: 4 degrees; Bergen: 6 degrees."
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}

client = OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0)
claude = anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=0)


def weather(city):
    return f"{city}: {len(city)} degrees"


def check_openai_responses():
    created = client.responses.create(model=MODEL, input="Hello", metadata={"order": "7"})
    assert created.output_text == TEXT, created
    assert client.responses.retrieve(created.id).metadata == {"order": "7"}
    with client.responses.stream(model=MODEL, input="Hello") as stream:
        pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
        assert len(pieces) > 1 and "".join(pieces) == TEXT
        assert stream.get_final_response().output_text == TEXT


def check_openai_strict():
    """Every answer and event fits the types of OpenAI's own package, which validates them here."""
    strict = OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0, _strict_response_validation=True)
    tools = [{"type": "function", "name": "get_weather", "strict": True, "parameters": PARAMETERS}]
    options = {
        "model": MODEL,
        "tools": tools,
        "reasoning": {"effort": "high", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
    }
    asked = strict.responses.create(input=QUESTION, **options)
    calls = [item for item in asked.output if item.type == "function_call"]
    assert len(calls) == 2, asked
    results = [{"type": "function_call_output", "call_id": call.call_id, "output": "rain"} for call in calls]
    kinds = {event.type for event in strict.responses.create(input=QUESTION, stream=True, **options)}
    assert {"response.created", "response.function_call_arguments.done", "response.completed"} <= kinds, kinds
    said = {event.type for event in strict.responses.create(model=MODEL, input="Hello", stream=True)}
    assert {"response.output_text.delta", "response.content_part.done", "response.completed"} <= said, said
    given = [
        {"role": "user", "content": [{"type": "input_text", "text": QUESTION}]},
        {"role": "assistant", "content": "Let me see."},
        *[item.model_dump(exclude_none=True) for item in asked.output],
        *results,
        {"type": "custom_tool_call", "call_id": "d", "name": "run", "input": "x"},
        {"type": "custom_tool_call_output", "call_id": "d", "output": "y"},
        {"type": "shell_call", "call_id": "e", "action": {"commands": ["ls"]}},
        {"type": "shell_call_output", "call_id": "e", "output": []},
        {"role": "user", "content": HOW_OFTEN},
    ]
    answered = strict.responses.create(model=MODEL, input=given, tools=tools)
    assert len(list(strict.responses.input_items.list(answered.id))) == len(given)
    strict.responses.retrieve(answered.id)
    conversation = strict.conversations.create(items=given)
    strict.responses.create(model=MODEL, input="And?", conversation=conversation.id, tools=tools)
    assert len(list(strict.conversations.items.list(conversation.id))) > len(given)
    strict.models.list()
    failing = strict.responses.create(model=MODEL, input="Break off", stream=True)
    assert [event.type for event in failing][-1] == "response.failed"
    try:
        strict.batches.cancel("batch_x")
    except NotFoundError as error:
        assert error.param == "id", error
    else:
        raise AssertionError("a batch that is not there was cancelled")


class City(BaseModel):
    name: str


def check_openai_parse():
    parsed = client.responses.parse(model=MODEL, input="Where?", text_format=City)
    assert isinstance(parsed.output_parsed, City), parsed


def check_openai_error():
    try:
        client.responses.create(model="no-model", input="Hello")
    except Exception as error:
        assert error.status_code == 404 and error.code == "model_not_found", error
    else:
        raise AssertionError("an unknown model was answered")


def check_anthropic():
    message = claude.messages.create(model=MODEL, max_tokens=100, messages=[{"role": "user", "content": "Hello"}])
    assert message.content[-1].text == TEXT, message
    with claude.messages.stream(
        model=MODEL, max_tokens=100, messages=[{"role": "user", "content": "Hello"}]
    ) as stream:
        assert "".join(stream.text_stream) == TEXT
    counted = claude.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "Hello"}])
    assert counted.input_tokens > 0
    assert MODEL in [model.id for model in claude.models.list(limit=5)]


def check_anthropic_tools():
    tools = [{"name": "get_weather", "input_schema": PARAMETERS}]
    messages = [{"role": "user", "content": QUESTION}]
    asked = claude.messages.create(model=MODEL, max_tokens=100, tools=tools, messages=messages)
    calls = [block for block in asked.content if block.type == "tool_use"]
    assert [call.input["city"] for call in calls] == ["Oslo", "Bergen"], asked
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": weather(call.input["city"])} for call in calls]
    messages += [{"role": "assistant", "content": asked.content}, {"role": "user", "content": results}]
    said = claude.messages.create(model=MODEL, max_tokens=100, tools=tools, messages=messages)
    assert said.content[-1].text == REPORT, said


def check_anthropic_streamed_tools():
    tools = [{"name": "get_weather", "input_schema": PARAMETERS}]
    with claude.messages.stream(
        model=MODEL, max_tokens=100, tools=tools, messages=[{"role": "user", "content": QUESTION}]
    ) as stream:
        said = stream.get_final_message()
    assert [block.input["city"] for block in said.content if block.type == "tool_use"] == ["Oslo", "Bergen"], said


def check_anthropic_batches():
    params = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}
    batches = claude.messages.batches
    made = batches.create(requests=[{"custom_id": name, "params": params} for name in ["a", "b"]])
    assert batches.retrieve(made.id).processing_status == "ended"
    results = {line.custom_id: line.result for line in batches.results(made.id)}
    assert [results[name].message.content[-1].text for name in ["a", "b"]] == [TEXT, TEXT], results
    assert made.id in [batch.id for batch in batches.list(limit=1)]
    other = anthropic.Anthropic(base_url=URL, api_key=os.environ["TRESTLE_OTHER_KEY"], max_retries=0)
    try:
        other.messages.batches.retrieve(made.id)
    except anthropic.NotFoundError as error:
        assert error.body["error"]["type"] == "not_found_error", error.body
    else:
        raise AssertionError("another caller was given a batch")
    assert batches.delete(made.id).id == made.id


def check_anthropic_strict():
    """Every answer and event fits the types of Anthropic's own package, which validates them here."""
    strict = anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=0, _strict_response_validation=True)
    hello = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}
    assert strict.messages.create(**hello).content[-1].text == TEXT
    kinds = {event.type for event in strict.messages.create(stream=True, **hello)}
    assert {"message_start", "content_block_delta", "message_stop"} <= kinds, kinds
    assert strict.messages.count_tokens(model=MODEL, messages=hello["messages"]).input_tokens > 0
    assert len(list(strict.models.list())) > 5
    made = strict.messages.batches.create(requests=[{"custom_id": "a", "params": hello}])
    assert strict.messages.batches.retrieve(made.id).processing_status == "ended"
    assert [result.result.type for result in strict.messages.batches.results(made.id)] == ["succeeded"]


def check_anthropic_error():
    try:
        claude.messages.create(model=MODEL, max_tokens=100, messages=[])
    except anthropic.BadRequestError as error:
        assert error.body["error"]["type"] == "invalid_request_error", error.body
    else:
        raise AssertionError("no messages were answered")


@function_tool
def get_weather(city: str) -> str:
    """The weather now."""
    return weather(city)


def agent(**options):
    """In the SDK's default mode: a model by its name."""
    return Agent(name="Weather", model=MODEL, tools=[get_weather], **options)


async def check_agents():
    set_tracing_disabled(True)
    result = await Runner.run(agent(), QUESTION)
    assert result.final_output == REPORT, result
    assert result.last_response_id.startswith("resp_"), result
    again = await Runner.run(agent(), HOW_OFTEN, previous_response_id=result.last_response_id)
    assert again.final_output == TWICE, again
    settings = ModelSettings(store=False, reasoning=Reasoning(effort="high"), response_include=["reasoning.encrypted_content"])
    sealed = await Runner.run(agent(model_settings=settings), QUESTION)
    assert sealed.final_output == REPORT, sealed
    streamed = Runner.run_streamed(agent(), QUESTION)
    async for _ in streamed.stream_events():
        pass
    assert streamed.final_output == REPORT, streamed


async def check_agents_session():
    session = SQLiteSession("one")
    await Runner.run(agent(), QUESTION, session=session)
    result = await Runner.run(agent(), HOW_OFTEN, session=session)
    assert result.final_output == TWICE, result


async def check_agents_conversation():
    session = OpenAIConversationsSession(openai_client=AsyncOpenAI(base_url=f"{URL}/v1", api_key=KEY))
    await Runner.run(agent(), QUESTION, session=session)
    result = await Runner.run(agent(), HOW_OFTEN, session=session)
    assert result.final_output == TWICE, result
    await session.clear_session()
    result = await Runner.run(agent(), HOW_OFTEN, session=session)
    assert result.final_output == "You asked 1 times.", result


async def check_agents_handoff():
    expert = agent(handoff_description="Knows the weather")
    front = Agent(name="Front", model=expert.model, handoffs=[expert])
    result = await Runner.run(front, QUESTION)
    assert result.last_agent.name == "Weather" and "Weather" in result.final_output, result


async def check_pydantic_ai():
    pydantic = PydanticAgent(f"openai:{MODEL}")
    assert isinstance(pydantic.model, PydanticResponsesModel), pydantic.model

    @pydantic.tool_plain
    def get_weather(city: str) -> str:
        """The weather now."""
        return weather(city)

    assert (await pydantic.run(QUESTION)).output == REPORT


def check_langchain():
    @tool
    def get_weather(city: str) -> str:
        """The weather now."""
        return weather(city)

    model = ChatOpenAI(model=MODEL, base_url=f"{URL}/v1", api_key=KEY, use_responses_api=True).bind_tools([get_weather])
    asked = model.invoke(QUESTION)
    assert [call["args"]["city"] for call in asked.tool_calls] == ["Oslo", "Bergen"], asked
    results = [get_weather.invoke(call) for call in asked.tool_calls]
    said = model.invoke([("user", QUESTION), asked, *results])
    assert said.text == REPORT, said


checks = [value for name, value in list(globals().items()) if name.startswith("check_")]


async def run():
    """In one event loop, since clients that are made once are bound to it."""
    for check in checks:
        outcome = check()
        if asyncio.iscoroutine(outcome):
            await outcome


asyncio.run(run())
names = ["openai", "anthropic", "openai-agents", "pydantic-ai-slim", "langchain-openai"]
print(f"python {', '.join(f'{name} {version(name)}' for name in names)}: {len(checks)} checks passed")
