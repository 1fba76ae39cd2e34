"""Checks of OpenAI's Python package against a Trestle server with the fake Claude behind it.

Run by scripts/check-python.ts, which scripts the fake. TRESTLE_URL and TRESTLE_KEY say where the server is.
"""

import asyncio
import json
import os
from typing import List, Optional

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

BASE_URL = os.environ["TRESTLE_URL"] + "/v1"
KEY = os.environ["TRESTLE_KEY"]
MODELS = ["claude-sonnet-4-6", "claude-opus-5-5", "claude-haiku-4-5"]
TEXT = "Hello! How can I help you today?"
REPORT = "I found: Oslo: 4 degrees; Bergen: 6 degrees."
HELLO = [{"role": "user", "content": "Hello"}]
QUESTION = {"role": "user", "content": "What is the weather in Oslo and in Bergen?"}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather now",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}

client = OpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0)


class Stop(BaseModel):
    name: str
    nights: int


class Trip(BaseModel):
    city: str
    stops: List[Stop]
    note: Optional[str]


def run(call):
    city = json.loads(call.function.arguments)["city"]
    return {"role": "tool", "tool_call_id": call.id, "content": f"{city}: {len(city)} degrees"}


def check_create():
    answer = client.chat.completions.create(model=MODELS[0], messages=HELLO, max_tokens=100, temperature=0.5)
    assert answer.choices[0].message.content == TEXT, answer
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id.startswith("req_")


def check_stream():
    stream = client.chat.completions.create(
        model=MODELS[0], messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == TEXT
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 0


def check_stream_helper():
    with client.chat.completions.stream(model=MODELS[0], messages=HELLO) as stream:
        pieces = [event.delta for event in stream if event.type == "content.delta"]
    assert len(pieces) > 1 and "".join(pieces) == TEXT
    assert stream.get_final_completion().choices[0].message.content == TEXT


def check_async():
    async def both():
        async with AsyncOpenAI(base_url=BASE_URL, api_key=KEY, max_retries=0) as asynchronous:
            whole = await asynchronous.chat.completions.create(model=MODELS[0], messages=HELLO)
            text = ""
            async for chunk in await asynchronous.chat.completions.create(model=MODELS[0], messages=HELLO, stream=True):
                text += chunk.choices[0].delta.content or ""
            return whole.choices[0].message.content, text

    assert asyncio.run(both()) == (TEXT, TEXT)


def check_models():
    assert MODELS[0] in [model.id for model in client.models.list()]
    assert client.models.retrieve(MODELS[0]).owned_by == "anthropic"


def fails(error_class, **request):
    try:
        client.chat.completions.create(**{"model": MODELS[0], "messages": HELLO, **request})
    except error_class as error:
        return error
    raise AssertionError(f"no {error_class.__name__} for {request}")


def check_errors():
    missing = fails(openai.NotFoundError, model="no-such-model")
    assert (missing.code, missing.param) == ("model_not_found", "model"), missing
    wrong = fails(openai.BadRequestError, temperature=3)
    assert (wrong.code, wrong.param) == ("invalid_value", "temperature"), wrong
    assert fails(openai.BadRequestError, temperature=3, stream=True).param == "temperature"
    busy = fails(openai.RateLimitError, messages=[{"role": "user", "content": "Be busy"}])
    assert busy.response.headers["retry-after"] == "7"
    try:
        client.with_options(api_key="wrong").chat.completions.create(model=MODELS[0], messages=HELLO)
    except openai.AuthenticationError as error:
        assert error.code == "invalid_api_key"
    else:
        raise AssertionError("a wrong key was taken")


def check_broken_stream():
    text = ""
    try:
        for chunk in client.chat.completions.create(
            model=MODELS[0], messages=[{"role": "user", "content": "Break off"}], stream=True
        ):
            text += chunk.choices[0].delta.content or ""
    except openai.APIError as error:
        assert error.code == "overloaded", error
        assert text == "Hel"
    else:
        raise AssertionError("the stream ended as if it were whole")


def check_tools(model):
    messages = [QUESTION]
    first = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER])
    assert first.choices[0].finish_reason == "tool_calls"
    messages += [first.choices[0].message, *map(run, first.choices[0].message.tool_calls)]
    second = client.chat.completions.create(model=model, messages=messages, tools=[WEATHER])
    assert second.choices[0].message.content == REPORT, second


def check_streamed_tools(model):
    messages = [QUESTION]
    for _ in range(2):
        with client.chat.completions.stream(
            model=model, messages=messages, tools=[WEATHER], reasoning_effort="high"
        ) as stream:
            message = stream.get_final_completion().choices[0].message
        # As agents keep it: the fields of OpenAI's alone.
        calls = [call.model_dump(include={"id", "type", "function"}) for call in message.tool_calls or []]
        messages.append({"role": "assistant", "content": message.content, **({"tool_calls": calls} if calls else {})})
        messages += map(run, message.tool_calls or [])
    assert messages[-1]["content"] == REPORT, messages


def check_parse(model):
    completion = client.chat.completions.parse(model=model, messages=HELLO, response_format=Trip)
    assert isinstance(completion.choices[0].message.parsed, Trip), completion


def check_parsed_tool():
    tools = [openai.pydantic_function_tool(Stop, name="get_weather")]
    completion = client.chat.completions.parse(
        model=MODELS[0], messages=HELLO, tools=tools, tool_choice={"type": "function", "function": {"name": "get_weather"}}
    )
    [call] = completion.choices[0].message.tool_calls
    assert isinstance(call.function.parsed_arguments, Stop), call


CHECKS = [
    check_create,
    check_stream,
    check_stream_helper,
    check_async,
    check_models,
    check_errors,
    check_broken_stream,
    *[lambda model=model: check_tools(model) for model in MODELS],
    *[lambda model=model: check_streamed_tools(model) for model in MODELS],
    *[lambda model=model: check_parse(model) for model in MODELS],
    check_parsed_tool,
]

for check in CHECKS:
    check()
print(f"python openai: {len(CHECKS)} checks passed")
